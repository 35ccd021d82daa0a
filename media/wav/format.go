package wav

import (
	"errors"
	"fmt"
)

// Limits; beyond them it is ErrFormat or, when writing, ErrFull.
const (
	MaxChannels = 8
	MaxRate     = 192000
	MaxChunks   = 64
	MaxSkip     = 16 << 20
	MaxData     = 1<<32 - 1 - 64 // lengths have 32 bits
)

// Errors of sound files; errors.Is finds them.
var (
	ErrFormat = errors.New("wav: not a sound file that can be read")
	ErrFull   = errors.New("wav: the file is as long as one can be")
	ErrClosed = errors.New("wav: the file is closed")
)

// Encoding is how samples are kept.
type Encoding uint8

// All encodings.
const (
	PCM16 Encoding = iota // little-endian, as the next two
	PCM24
	PCM32
	PCM8 // unsigned
	MuLaw
	ALaw
)

// tag is the number of an encoding in a header, and its bits.
func (e Encoding) tag() (tag, bits uint16) {
	switch e {
	case PCM16:
		return tagPCM, 16
	case PCM24:
		return tagPCM, 24
	case PCM32:
		return tagPCM, 32
	case PCM8:
		return tagPCM, 8
	case MuLaw:
		return tagMuLaw, 8
	case ALaw:
		return tagALaw, 8
	}
	return 0, 0
}

// The numbers of formats (mmreg.h).
const (
	tagPCM        = 1
	tagALaw       = 6
	tagMuLaw      = 7
	tagExtensible = 0xFFFE
)

func encodingOf(tag, bits uint16) (Encoding, error) {
	for e := PCM16; e <= ALaw; e++ {
		if t, b := e.tag(); t == tag && b == bits {
			return e, nil
		}
	}
	return 0, fmt.Errorf("%w: format %d with %d bits", ErrFormat, tag, bits)
}

// size is of a sample in bytes.
func (e Encoding) size() int {
	_, bits := e.tag()
	return int(bits / 8)
}
