package identity

import (
	"encoding/binary"

	"hookflash/machine"
	"hookflash/sip"
)

// End ends a response that Begin began.
const End = "Content-Length: 0\r\n\r\n"

// Begin begins a response that nobody remembers, with our Tag: all that ties it to the
// request (RFC 3261 §8.2.6.2). The caller appends header fields and End.
func (s *Settings) Begin(p machine.Packet, code int, reason string) []byte {
	tag := s.Tag(p)
	whole := sip.NewResponse(p.Message, p.Flow.Remote, sip.Answer{Code: code, Reason: reason, ToTag: string(tag[:])}).Empty()
	return whole[:len(whole)-len(End)]
}

// Tag is the To tag of responses that nobody remembers: a keyed hash over the source and
// what an ACK has in common with its INVITE (RFC 3261 §8.2.7, §17.1.1.3).
type Tag [16]byte

// Tag makes the tag for a request.
func (s *Settings) Tag(p machine.Packet) (tag Tag) {
	var space [512]byte
	const digits = "0123456789abcdef"
	sum := s.hash(appendTransaction(append(space[:0], labelTag), p))
	for i := range tag {
		tag[i] = digits[sum>>(4*i)&15]
	}
	return tag
}

// Answered tells whether an ACK is to a final response with our Tag: it ends there.
func (s *Settings) Answered(ack machine.Packet) bool {
	tag := s.Tag(ack)
	return ack.Message.ToTag() == string(tag[:])
}

// appendTransaction appends what is the same in a request, its retransmissions and its ACK.
func appendTransaction(dst []byte, p machine.Packet) []byte {
	m := p.Message
	dst = appendAddressPort(dst, p.Flow.Remote)
	dst = binary.LittleEndian.AppendUint32(dst, m.CSeq())
	dst = append(append(dst, m.Branch()...), 0)
	dst = append(append(dst, m.FromTag()...), 0)
	return append(dst, m.CallID()...)
}
