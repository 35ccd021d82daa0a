package rtp

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/pion/rtp"
)

// HeaderSize is the length of the headers written, in bytes.
const HeaderSize = 12

// version is the first byte of a header without padding, extension and contributing sources.
const version = 2 << 6

// Header is an RTP header as pion/rtp reads it. One that is used again allocates nothing.
type Header = rtp.Header

// Session is one far side. It belongs to one goroutine.
type Session struct {
	SSRC uint32 // ours
	Name string // our CNAME (RFC 7022)

	sequence uint16
	sent     sent
	received received
	reported reported
	spoke    bool // a report was made
}

// sent counts what went out.
type sent struct {
	packets, octets uint32
	timestamp       uint32 // of the last packet
	recently        bool   // something was sent since the last report
}

// NewSession begins one with random numbers (RFC 3550, sections 5.1 and 8).
func NewSession(name string) *Session {
	return &Session{SSRC: rand.Uint32(), Name: name, sequence: uint16(rand.Uint32() >> 17)}
}

// Outgoing is what the header of one packet says.
type Outgoing struct {
	Payload   uint8
	Timestamp uint32
	Marker    bool
}

// Write puts the header of the next packet in front of size bytes of payload: packet has room for
// HeaderSize and them. It returns the packet's length.
func (s *Session) Write(packet []byte, outgoing Outgoing, size int) int {
	packet[0], packet[1] = version, outgoing.Payload&0x7f
	if outgoing.Marker {
		packet[1] |= 0x80
	}
	binary.BigEndian.PutUint16(packet[2:], s.sequence)
	binary.BigEndian.PutUint32(packet[4:], outgoing.Timestamp)
	binary.BigEndian.PutUint32(packet[8:], s.SSRC)
	s.sequence++
	s.sent.packets++
	s.sent.octets += uint32(size)
	s.sent.timestamp = outgoing.Timestamp
	s.sent.recently = true
	return HeaderSize + size
}

// Source is the SSRC that is received; zero before anything was.
func (s *Session) Source() uint32 { return s.received.ssrc }

// Next is the sequence number of the next packet that Write makes.
func (s *Session) Next() uint16 { return s.sequence }

// Pass puts a header with a sequence number of its own in front of size bytes of payload: packet has room
// for HeaderSize and them. What is written afterwards has higher numbers. It returns the packet's length.
func (s *Session) Pass(packet []byte, outgoing Outgoing, sequence uint16, size int) int {
	next := s.sequence
	s.sequence = sequence
	n := s.Write(packet, outgoing, size)
	if int16(s.sequence-next) < 0 {
		s.sequence = next
	}
	return n
}

// Payload cuts the payload out of a packet whose header was read up to start, without its padding;
// ok is false when the padding is no padding.
func Payload(header *Header, packet []byte, start int) (payload []byte, ok bool) {
	payload = packet[start:]
	if !header.Padding {
		return payload, true
	}
	if len(payload) == 0 {
		return nil, false
	}
	padding := int(payload[len(payload)-1])
	if padding == 0 || padding > len(payload) {
		return nil, false
	}
	return payload[:len(payload)-padding], true
}

// IsControl tells RTCP from RTP on a shared port (RFC 5761, section 4).
func IsControl(packet []byte) bool {
	return len(packet) >= 2 && packet[1] >= 192 && packet[1] <= 223
}
