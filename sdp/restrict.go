package sdp

import (
	"slices"
	"strconv"
	"strings"
)

// Restrict is a description of which no m= line goes further than most allows: with ReceiveOnly, "sendrecv"
// becomes "recvonly" and "sendonly" becomes "inactive" (RFC 7088 §2.1, §2.4). What is held in the manner of
// RFC 2543 (c=0.0.0.0) stays so.
//
// Errors: ErrMalformed, ErrLimit.
func Restrict(description string, most Direction) (string, error) {
	s, err := Parse(description)
	if err != nil {
		return "", err
	}
	var directions []Direction
	for i := range s.Media {
		directions = append(directions, s.Direction(&s.Media[i]).And(most))
	}
	s.Lines = undirected(s.Lines)
	for i := range s.Media {
		m := &s.Media[i]
		m.Lines = append(undirected(m.Lines), Line{'a', directions[i].String()})
	}
	return string(s.Append(nil)), nil
}

// undirected are lines without those that say a direction.
func undirected(lines []Line) []Line {
	return slices.DeleteFunc(slices.Clone(lines), func(l Line) bool {
		name, _, _ := l.Attribute()
		_, ok := directionOf(name)
		return ok
	})
}

// Toward is the direction of the first audio line of a description that carries anything, as its writer sees it;
// Inactive when there is none or nothing can be read.
func Toward(description string) Direction {
	s, err := Parse(description)
	if err != nil {
		return Inactive
	}
	for i := range s.Media {
		m := &s.Media[i]
		if m.Kind != "audio" || m.Port == 0 {
			continue
		}
		d := s.Direction(m)
		if c, ok := s.Connection(m); ok && c.Address.IsValid() && c.Address.IsUnspecified() {
			d = d.And(SendOnly)
		}
		return d
	}
	return Inactive
}

// reserved is the encoding name of payload numbers that are not to be used (RFC 7088 §2.8.3).
const reserved = "x-reserved/8000"

// Reserve is an offer of somebody else's, to be passed on to a third party whose answer is to be Passed in this
// session: a payload number that meant something else in this session is taken out of use, so that the answer can't
// give it a second meaning (RFC 7088 §2.8.2). Where the RFC gives the format another number, the format is left out
// here: RTP would come with a number that the offerer never wrote. When that leaves no format, the offer stays as it is,
// and so does one that can't be read.
func (n *Negotiation) Reserve(offer string) string {
	s, err := Parse(offer)
	if err != nil {
		return offer
	}
	changed := false
	session := defaultsOf(s)
	var d description
	for i := range s.Media {
		m := &s.Media[i]
		if m.Kind != "audio" || m.Port == 0 {
			continue
		}
		d.read(&session, m)
		taken, left := n.clashes(&d)
		if left == 0 {
			return offer
		}
		for _, payload := range taken {
			reserve(m, strconv.Itoa(int(payload)))
			changed = true
		}
	}
	if !changed {
		return offer
	}
	return string(s.Append(nil))
}

// clashes are the dynamic numbers of the session that the offer gives another meaning or none, and how many real
// formats it has beside them.
func (n *Negotiation) clashes(d *description) (taken []uint8, left int) {
	for _, c := range d.formats() {
		if !isEvents(c) {
			left++
		}
	}
	for _, ours := range n.bound {
		if !dynamic(ours.Payload) || slices.Contains(taken, ours.Payload) {
			continue
		}
		theirs := d.codec(strconv.Itoa(int(ours.Payload)))
		switch {
		case theirs == nil:
			taken = append(taken, ours.Payload)
		case !theirs.Is(ours):
			taken = append(taken, ours.Payload)
			if !isEvents(*theirs) {
				left--
			}
		}
	}
	return taken, left
}

func isEvents(c Codec) bool { return strings.EqualFold(c.Name, eventName) }

// reserve takes a number of an m= line out of use.
func reserve(m *Media, payload string) {
	formats := strings.Fields(m.Formats)
	if i := slices.Index(formats, payload); i >= 0 {
		formats = slices.Delete(formats, i, i+1)
	}
	if len(formats) < MaxFormats {
		formats = append(formats, payload) // least wanted
	}
	m.Formats = strings.Join(formats, " ")
	m.Lines = slices.DeleteFunc(slices.Clone(m.Lines), func(l Line) bool {
		name, value, _ := l.Attribute()
		number, _ := field(value)
		return (name == "rtpmap" || name == "fmtp") && number == payload
	})
	m.Lines = append(m.Lines, Line{'a', "rtpmap:" + payload + " " + reserved})
}
