package sdp

import (
	"net/netip"
	"slices"
	"strconv"
)

// Pass makes somebody else's description ours, to be sent in this session: a party that connects two others
// without its own media sends each what the other said (RFC 3725, RFC 7088). The o= line becomes ours, with a
// version that rises by one when anything differs from what was sent last (RFC 3264 §8); the rest stays as it
// is, but for a s= line where there is none. The m= lines and payload numbers count as written by us from now on.
// address is for the o= line of a session that has none yet.
//
// Errors, after which nothing has changed: ErrMalformed, ErrLimit, ErrFewerMedia.
func (n *Negotiation) Pass(description string, address netip.Addr) (string, error) {
	s, err := Parse(description)
	if err != nil {
		return "", err
	}
	if len(s.Media) < len(n.slots) {
		return "", ErrFewerMedia
	}
	slots := n.keepSlots(s)
	n.remember(s)
	n.slots = slots
	if n.stream == 0 {
		n.stream = 1 + slices.IndexFunc(s.Media, func(m Media) bool { return m.Kind == "audio" })
	}
	n.pending, n.stands = nil, true
	return n.writePassed(s, address), nil
}

// Sent is what was sent last, "" for nothing.
func (n *Negotiation) Sent() string { return n.sent }

func (n *Negotiation) writePassed(s *Session, address netip.Addr) string {
	var body []byte
	if !slices.ContainsFunc(s.Lines, func(l Line) bool { return l.Type == 's' }) {
		body = append(body, "s=-\r\n"...)
	}
	body = appendLines(body, s.Lines)
	for i := range s.Media {
		body = s.Media[i].append(body)
	}
	if n.sent == "" {
		n.origin = address.Unmap().WithZone("")
	} else {
		if n.sent[n.body:] == string(body) {
			return n.sent
		}
		n.version++
	}
	text := append([]byte{}, "v=0\r\no=- "...)
	text = strconv.AppendUint(text, n.session, 10)
	text = append(text, ' ')
	text = strconv.AppendUint(text, n.version, 10)
	text = append(text, ' ')
	text = appendAddress(text, n.origin)
	n.body = len(text)
	n.sent = string(append(text, body...))
	return n.sent
}

// remember notes what payload numbers mean in a description that is passed on (RFC 3264 §8.3.2).
func (n *Negotiation) remember(s *Session) {
	session := defaultsOf(s)
	var d description
	for i := range s.Media {
		if s.Media[i].Kind != "audio" || s.Media[i].Port == 0 {
			continue
		}
		d.read(&session, &s.Media[i])
		n.seen.addAll(d.formats())
		n.bound = bind(n.bound, named(d.formats()))
	}
}

// named are the codecs that have a name, apart from the text that they were read from.
func named(codecs []Codec) []Codec {
	var list []Codec
	for _, c := range codecs {
		if c.Name != "" {
			c.Name, c.Format = keep(c.Name), keep(c.Format)
			list = append(list, c)
		}
	}
	return list
}

// Empty is a description without m= lines: an offer that asks for nothing yet (RFC 3725 §4.4).
func Empty(address netip.Addr) string {
	text := appendAddress([]byte("v=0\r\no=- 0 0 "), address.Unmap().WithZone(""))
	text = appendAddress(append(text, "s=-\r\nc="...), address.Unmap().WithZone(""))
	return string(append(text, "t=0 0\r\n"...))
}
