package sdp

import (
	"net/netip"
	"strings"
	"time"
)

// description is what one m= line says about an audio stream.
type description struct {
	session *Session
	media   *Media

	codecs [MaxFormats]Codec // in the order of the m= line; strings are pieces of the text
	count  int

	direction              Direction
	directed               bool // it is written
	mux                    bool
	packetTime, packetMost time.Duration
	control                string // value of a=rtcp
	crypto                 int    // how many a=crypto lines
	place                  [128]uint8
}

// defaults are what the session says for media that say nothing (RFC 8866 §5.13).
type defaults struct {
	session                *Session
	direction              Direction
	packetTime, packetMost time.Duration
}

func defaultsOf(s *Session) defaults {
	d := description{media: &Media{}}
	for i := range s.Lines {
		d.attribute(s.Lines[i])
	}
	return defaults{s, d.direction, d.packetTime, d.packetMost}
}

// read reads the m= line in one pass over its formats and one over its attributes.
func (d *description) read(session *defaults, m *Media) {
	*d = description{session: session.session, media: m}
	for format, rest := field(m.Formats); format != ""; format, rest = field(rest) {
		payload, ok := decimal(format, 7)
		if !ok || d.place[payload] != 0 {
			continue // not a number of RTP, or twice
		}
		d.codecs[d.count].Payload = uint8(payload)
		d.count++
		d.place[payload] = uint8(d.count)
	}
	for i := range m.Lines {
		d.attribute(m.Lines[i])
	}
	if !d.directed {
		d.direction = session.direction
	}
	if d.packetTime == 0 {
		d.packetTime = session.packetTime
	}
	if d.packetMost == 0 {
		d.packetMost = session.packetMost
	}
	for i := range d.codecs[:d.count] {
		if c := &d.codecs[i]; c.Name == "" {
			fixed, _ := static(c.Payload) // RFC 3551 §6: without a=rtpmap the table counts
			c.Name, c.Rate, c.Channels = fixed.Name, fixed.Rate, fixed.Channels
		}
	}
}

// attribute takes one attribute in; of two with one meaning the first counts.
func (d *description) attribute(l Line) {
	name, value, _ := l.Attribute()
	switch name {
	case "sendrecv", "sendonly", "recvonly", "inactive":
		if !d.directed {
			d.direction, d.directed = directionOf(name)
		}
	case "rtpmap":
		payload, rest := field(value)
		c := d.codec(payload)
		if read, ok := encoding(rest); ok && c != nil && c.Name == "" {
			c.Name, c.Rate, c.Channels = read.Name, read.Rate, read.Channels
		}
	case "fmtp":
		payload, rest := field(value)
		if c := d.codec(payload); c != nil && c.Format == "" && len(rest) <= MaxParameters {
			c.Format = strings.Trim(rest, " ")
		}
	case "ptime":
		if d.packetTime == 0 {
			d.packetTime = milliseconds(value)
		}
	case "maxptime":
		if d.packetMost == 0 {
			d.packetMost = milliseconds(value)
		}
	case "rtcp":
		if d.control == "" {
			d.control = value
		}
	case "rtcp-mux":
		d.mux = true
	case "crypto":
		d.crypto++
	}
}

// codec is the format with a number, nil when the m= line doesn't list it.
func (d *description) codec(payload string) *Codec {
	number, ok := decimal(payload, 7)
	if !ok || d.place[number] == 0 {
		return nil
	}
	return &d.codecs[d.place[number]-1]
}

// formats are those of the m= line that have a name.
func (d *description) formats() []Codec { return d.codecs[:d.count] }

// milliseconds reads "20", and "20.0" as some write it, within the limits of packet time;
// 0 for anything else.
func milliseconds(text string) time.Duration {
	whole, _, _ := strings.Cut(strings.Trim(text, " "), ".")
	value, ok := decimal(whole, 16)
	if !ok || value == 0 {
		return 0
	}
	return min(max(time.Duration(value)*time.Millisecond, MinPacketTime), MaxPacketTime)
}

// packets is the packet time to send with: what the other side wants, else ours, and
// never more than it takes (RFC 8866 §6.4, §6.5).
func (d *description) packets(ours time.Duration) time.Duration {
	t := d.packetTime
	if t == 0 {
		t = ours
	}
	if t == 0 {
		t = DefaultPacketTime
	}
	if d.packetMost != 0 {
		t = min(t, d.packetMost)
	}
	return t
}

// profiles that RTP streams are described with, and whether they are secured by SRTP.
func profile(protocol string) (secure, known bool) {
	switch protocol {
	case "RTP/AVP", "RTP/AVPF":
		return false, true
	case "RTP/SAVP", "RTP/SAVPF":
		return true, true
	default:
		return false, false
	}
}

// address is where the stream goes to. The zero address is hold in the manner of RFC 2543:
// right, and nothing is sent there (RFC 3264 §8.4, RFC 6337 §5.4).
func (d *description) address(ours netip.Addr) (remote netip.AddrPort, held bool, err error) {
	c, ok := d.session.Connection(d.media)
	switch {
	case !ok:
		return remote, false, malformed("no c= for an m= line")
	case !c.Address.IsValid():
		return remote, false, ErrHostName
	case c.Address.IsUnspecified():
		return remote, true, nil
	case !unicast(c.Address):
		return remote, false, ErrAddress
	case c.Address.Is4() != ours.Unmap().Is4():
		return remote, false, ErrFamily
	}
	return netip.AddrPortFrom(c.Address, d.media.Port), false, nil
}

func unicast(a netip.Addr) bool {
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// controls is where RTCP goes to: with RTP when they share a port, to where a=rtcp says
// (RFC 3605), else to the port after that of RTP. Invalid when that is no address to send to.
func (d *description) controls(remote netip.AddrPort, mux bool) netip.AddrPort {
	if mux || !remote.IsValid() {
		return remote
	}
	text, rest := field(d.control)
	var port uint16
	if !number(text, &port) || port == 0 {
		if remote.Port() == 1<<16-1 {
			return netip.AddrPort{}
		}
		return netip.AddrPortFrom(remote.Addr(), remote.Port()+1)
	}
	if strings.Trim(rest, " ") == "" {
		return netip.AddrPortFrom(remote.Addr(), port)
	}
	c := connectionOf(rest)
	if !unicast(c.Address) || c.Address.Is4() != remote.Addr().Is4() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(c.Address, port)
}
