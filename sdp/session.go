package sdp

import (
	"net/netip"
	"strconv"
	"strings"
)

// Session is a description. Its strings are pieces of the text it was read from.
type Session struct {
	Origin Origin
	Lines  []Line  // of the session, without v=, o= and m=, in their order
	Media  []Media // the m= lines, in their order

	inlineLines [24]Line
	inlineMedia [2]Media
}

// Origin is the o= line (RFC 8866 §5.2). ID and Version are decimal digits.
type Origin struct {
	User, ID, Version string
	Address           string // "IN IP4 192.0.2.1"
}

// Line is any line but v=, o= and m=.
type Line struct {
	Type  byte
	Value string
}

// Media is an m= line with what stands below it (RFC 8866 §5.14).
type Media struct {
	Kind     string // "audio"
	Protocol string // "RTP/AVP"
	Formats  string // separated by spaces
	Lines    []Line
	Port     uint16 // 0: rejected, or disabled
	Ports    uint16 // how many ports or pairs of ports; 1 when nothing is written
}

// Attribute splits an a= line: "rtpmap", "0 PCMU/8000". ok is false on other lines.
func (l Line) Attribute() (name, value string, ok bool) {
	if l.Type != 'a' {
		return "", "", false
	}
	name, value, _ = strings.Cut(l.Value, ":")
	return name, value, true
}

// Connection is a c= line. Address is invalid when the line holds a host name, or an
// address in a network we don't know; then Host is what stands there.
type Connection struct {
	Address netip.Addr
	Host    string
}

// Connection is where media of the m= line goes to: its own c= line, or the session's.
func (s *Session) Connection(m *Media) (Connection, bool) {
	for _, lines := range [2][]Line{m.Lines, s.Lines} {
		for i := range lines {
			if lines[i].Type == 'c' {
				return connectionOf(lines[i].Value), true
			}
		}
	}
	return Connection{}, false
}

// Direction is the direction of the m= line, its own or the session's. The first counts.
func (s *Session) Direction(m *Media) Direction {
	for _, lines := range [2][]Line{m.Lines, s.Lines} {
		for i := range lines {
			name, _, _ := lines[i].Attribute()
			if d, ok := directionOf(name); ok {
				return d
			}
		}
	}
	return SendReceive
}

// connectionOf reads "IN IP4 192.0.2.1" or "IN IP4 233.252.0.1/127".
func connectionOf(value string) Connection {
	network, rest := field(value)
	version, rest := field(rest)
	host, _ := field(rest)
	if network != "IN" || version != "IP4" && version != "IP6" {
		return Connection{Host: host}
	}
	bare, _, _ := strings.Cut(host, "/")
	address, err := netip.ParseAddr(bare)
	if err != nil || address.Zone() != "" || address.Is4() != (version == "IP4") {
		return Connection{Host: host}
	}
	return Connection{Address: address.Unmap(), Host: host}
}

// Append prints the description, with CRLF at the end of each line.
func (s *Session) Append(b []byte) []byte {
	b = append(b, "v=0\r\no="...)
	for _, part := range [3]string{s.Origin.User, s.Origin.ID, s.Origin.Version} {
		b = append(b, part...)
		b = append(b, ' ')
	}
	b = append(b, s.Origin.Address...)
	b = append(b, "\r\n"...)
	b = appendLines(b, s.Lines)
	for i := range s.Media {
		b = s.Media[i].append(b)
	}
	return b
}

func (m *Media) append(b []byte) []byte {
	b = append(b, "m="...)
	b = append(b, m.Kind...)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(m.Port), 10)
	if m.Ports > 1 {
		b = append(b, '/')
		b = strconv.AppendUint(b, uint64(m.Ports), 10)
	}
	b = append(b, ' ')
	b = append(b, m.Protocol...)
	if m.Formats != "" {
		b = append(b, ' ')
		b = append(b, m.Formats...)
	}
	b = append(b, "\r\n"...)
	return appendLines(b, m.Lines)
}

func appendLines(b []byte, lines []Line) []byte {
	for i := range lines {
		b = append(b, lines[i].Type, '=')
		b = append(b, lines[i].Value...)
		b = append(b, "\r\n"...)
	}
	return b
}
