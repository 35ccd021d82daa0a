package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"hookflash/media/graph"
)

// MaxFrame is the longest stretch of sound in one payload. RFC 6716 section 2.1.4: 120 ms; the
// others keep to 200 ms (RFC 3551 section 4.2).
const MaxFrame = 200 * time.Millisecond

// Errors of codecs; errors.Is finds them.
var (
	ErrUnknown = errors.New("codec: no such codec")
	ErrRoom    = errors.New("codec: no room in the destination")
	ErrFrame   = errors.New("codec: not a length of sound this codec takes")
	ErrPayload = errors.New("codec: malformed payload")
)

// Codec is one codec in both directions. None of its methods allocates, but for a memory that the first payload or gap
// needs; Conceal of Opus does.
type Codec interface {
	// Encode puts samples into a payload and tells its length in bytes: ErrRoom, ErrFrame.
	Encode(dst []byte, pcm []int16) (n int, err error)
	// Decode takes a payload out into samples and tells how many: ErrRoom, ErrPayload. What
	// comes after an error goes on as after a loss.
	Decode(dst []int16, payload []byte) (n int, err error)
	// Conceal fills dst with what may have been in a packet that is lost, and tells how many
	// samples: all of dst. It fades to silence within 60 ms (Opus: in its own way).
	Conceal(dst []int16) int
	// Rate is of samples, in Hz; the RTP clock may be another (Format.Clock).
	Rate() int
}

// Format is a payload format that this package knows.
type Format struct {
	Name     string // as in a=rtpmap
	Clock    uint32 // of RTP timestamps, in Hz
	Channels uint8  // as in a=rtpmap
	Payload  uint8  // static payload type (RFC 3551 section 6), or the one we offer
	Static   bool
	Samples  int  // samples per second of what Encode takes and Decode gives
	Memory   bool // what it makes depends on what was before
	make     func(graph.Codec) (Codec, error)
	lasts    func(payload []byte) (ticks uint32)
	quiet    byte // of G.711: the bits under loud of a sample no louder than 8; zero: another codec
	loud     byte
}

// formats are all there is, best sound first.
//
// RFC 3551 section 4.5.2: the clock of G722 is 8000 by an old mistake, its samples are 16000.
// RFC 7587 section 4.1: the clock of opus is 48000 and its channels are 2, whatever is sent.
var formats = [...]Format{
	{Name: "opus", Clock: 48000, Channels: 2, Payload: 107, Samples: 16000, Memory: true, make: newOpus, lasts: opusTicks},
	{Name: "G722", Clock: 8000, Channels: 1, Payload: 9, Static: true, Samples: 16000, Memory: true, make: newG722, lasts: byteTicks},
	{Name: "PCMU", Clock: 8000, Channels: 1, Payload: 0, Static: true, Samples: 8000, make: newMuLaw, lasts: byteTicks, quiet: 0x7e, loud: 0x7e},
	{Name: "PCMA", Clock: 8000, Channels: 1, Payload: 8, Static: true, Samples: 8000, make: newALaw, lasts: byteTicks, quiet: 0x55, loud: 0x7f},
}

// Formats gives all formats, best sound first.
func Formats() []Format { return formats[:] }

// Find gives the format of a negotiated codec, by name without case, clock and channels (zero:
// any).
func Find(wanted graph.Codec) (Format, bool) {
	for _, format := range formats {
		if strings.EqualFold(format.Name, wanted.Name) &&
			(wanted.Rate == 0 || wanted.Rate == format.Clock) &&
			(wanted.Channels == 0 || wanted.Channels == format.Channels) {
			return format, true
		}
	}
	return Format{}, false
}

// New makes a codec as negotiated: ErrUnknown.
func New(wanted graph.Codec) (Codec, error) {
	format, known := Find(wanted)
	if !known {
		return nil, fmt.Errorf("%w: %s/%d/%d", ErrUnknown, wanted.Name, wanted.Rate, wanted.Channels)
	}
	return format.make(wanted)
}

// Ticks is how much the RTP timestamp advances over so many samples.
func (f Format) Ticks(samples int) uint32 { return uint32(samples * int(f.Clock) / f.Samples) }

// Count is how many samples so much of the RTP timestamp is.
func (f Format) Count(ticks uint32) int {
	return int(uint64(ticks) * uint64(f.Samples) / uint64(f.Clock))
}

// Lasts is how much of the RTP timestamp a payload is, without decoding it; zero: it is malformed.
func (f Format) Lasts(payload []byte) uint32 { return f.lasts(payload) }

// byteTicks: a byte is a tick of G.711, and of G.722 by its clock (RFC 3551 section 4.5).
func byteTicks(payload []byte) uint32 { return uint32(len(payload)) }

// Length is the packet time that is sent where another is wished for: the longest one, in steps of 10 ms, that
// the format has and that is no longer; 10 ms at least.
func (f Format) Length(wished time.Duration) time.Duration {
	const step = 10 * time.Millisecond
	wished = max(wished.Truncate(step), step)
	if f.Clock == 48000 {
		return opusLength(wished)
	}
	return wished
}

// Quiet tells whether a payload is silence, as far as that can be told without decoding it: of G.711, no sample
// is louder than 8.
func (f Format) Quiet(payload []byte) bool {
	if f.quiet == 0 {
		return false
	}
	mask, quiet := repeat(f.loud), repeat(f.quiet)
	for ; len(payload) >= 8; payload = payload[8:] {
		if binary.NativeEndian.Uint64(payload)&mask != quiet {
			return false
		}
	}
	for _, sample := range payload {
		if sample&f.loud != f.quiet {
			return false
		}
	}
	return true
}

// repeat is eight times a byte.
func repeat(b byte) uint64 { return uint64(b) * 0x0101010101010101 }

// limit is how many samples MaxFrame is.
func limit(rate int) int { return rate * int(MaxFrame/time.Millisecond) / 1000 }
