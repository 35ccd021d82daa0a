package spoken

import (
	"hookflash/media/codec"
)

// FrameSize is the payload of a frame in octets, and its length in samples.
const FrameSize = 160

// Limits of a Mark.
const (
	MaxSpeaker = 1<<24 - 1
	MaxFrame   = 1<<16 - 1
)

// Mark tells who says a frame, and which one of his it is.
type Mark struct{ Speaker, Frame uint32 }

// pattern is what a frame consists of, again and again: a beginning that nothing else has, ten digits of the
// mark and two of their sum.
const (
	beginning   = "\x00\x80\x00\x80" // the loudest samples
	digits      = 10
	sums        = 2
	patternSize = len(beginning) + digits + sums
	digitCode   = 0x90 // a digit of 4 bits is a code from here on
)

// Fill makes a frame of at least FrameSize octets the one of a mark.
func (m Mark) Fill(payload []byte) {
	pattern := payload[:0:patternSize]
	pattern = append(pattern, beginning...)
	sum := uint32(0)
	value := uint64(m.Speaker&MaxSpeaker)<<16 | uint64(m.Frame&MaxFrame)
	for i := digits - 1; i >= 0; i-- {
		digit := uint32(value>>(4*i)) & 15
		sum = sum*7 + digit + 1
		pattern = append(pattern, digitCode|byte(digit))
	}
	pattern = append(pattern, digitCode|byte(sum&15), digitCode|byte(sum>>4&15))
	for at := patternSize; at < FrameSize; at += patternSize {
		copy(payload[at:FrameSize], pattern)
	}
}

// Find gives the marks of all whole frames in a recording, in their order.
func Find(samples []int16) (marks []Mark) {
	codes := make([]byte, len(samples))
	for i, sample := range samples {
		codes[i] = codec.MuLaw(sample)
	}
	for at := 0; at+FrameSize <= len(codes); {
		if mark, ok := read(codes[at : at+FrameSize]); ok {
			marks = append(marks, mark)
			at += FrameSize
		} else {
			at++
		}
	}
	return marks
}

// read is the mark of a frame every octet of which is as Fill made it.
func read(frame []byte) (Mark, bool) {
	if string(frame[:len(beginning)]) != beginning {
		return Mark{}, false
	}
	value := uint64(0)
	for _, code := range frame[len(beginning):][:digits] {
		value = value<<4 | uint64(code&15)
	}
	mark := Mark{Speaker: uint32(value >> 16), Frame: uint32(value & MaxFrame)}
	var whole [FrameSize]byte
	mark.Fill(whole[:])
	return mark, string(frame) == string(whole[:])
}
