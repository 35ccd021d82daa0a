package codec

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/thesyncim/gopus"

	"hookflash/media/graph"
)

const (
	opusRate = 16000
	// opusMost is 120 ms, the longest packet of Opus (RFC 6716 section 2.1.4).
	opusMost = opusRate * 120 / 1000
	// opusUnit is 2.5 ms: lengths of sound are multiples of it.
	opusUnit = opusRate / 400
	// opusBits is the bit rate where the far side asked for no less: wideband speech (RFC 7587
	// section 3.1.1 has 16 to 20 kbit/s).
	opusBits = 24000
	// opusComplexity trades sound for time, 0 to 10. Above it little is gained for speech.
	opusComplexity = 5
)

type opus struct {
	encoder *gopus.Encoder
	decoder *gopus.Decoder
}

func newOpus(wanted graph.Codec) (Codec, error) {
	encoder, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: opusRate, Channels: 1, Application: gopus.ApplicationVoIP})
	if err != nil {
		return nil, fmt.Errorf("codec: opus encoder: %w", err)
	}
	decoder, err := gopus.NewDecoder(gopus.DecoderConfig{SampleRate: opusRate, Channels: 1, MaxPacketSamples: opusMost})
	if err != nil {
		return nil, fmt.Errorf("codec: opus decoder: %w", err)
	}
	bits := opusBits
	// RFC 7587 section 6.1: what the far side wants to receive.
	if most := parameter(wanted.Format, "maxaveragebitrate"); most >= 6000 {
		bits = min(bits, most)
	}
	if err := encoder.SetBitrate(bits); err != nil {
		return nil, fmt.Errorf("codec: opus bit rate %d: %w", bits, err)
	}
	if err := encoder.SetComplexity(opusComplexity); err != nil {
		return nil, fmt.Errorf("codec: opus complexity: %w", err)
	}
	encoder.SetVBR(parameter(wanted.Format, "cbr") != 1)
	if parameter(wanted.Format, "useinbandfec") == 1 {
		encoder.SetFEC(true)
		if err := encoder.SetPacketLoss(5); err != nil {
			return nil, fmt.Errorf("codec: opus forward error correction: %w", err)
		}
	}
	return &opus{encoder: encoder, decoder: decoder}, nil
}

// parameter is a number out of a=fmtp, 0 where there is none.
func parameter(format, name string) int {
	for pair := range strings.SplitSeq(format, ";") {
		key, value, _ := strings.Cut(pair, "=")
		if strings.EqualFold(strings.TrimSpace(key), name) {
			number, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil {
				return 0
			}
			return number
		}
	}
	return 0
}

func (c *opus) Rate() int { return opusRate }

func (c *opus) Encode(dst []byte, pcm []int16) (int, error) {
	switch len(pcm) / opusUnit {
	case 1, 2, 4, 8, 16, 24, 32, 40, 48: // 2.5, 5, 10, 20, 40 … 120 ms
	default:
		return 0, ErrFrame
	}
	if len(pcm)%opusUnit != 0 {
		return 0, ErrFrame
	}
	if c.encoder.FrameSize() != len(pcm) {
		if err := c.encoder.SetFrameSize(len(pcm)); err != nil {
			return 0, ErrFrame
		}
	}
	n, err := c.encoder.EncodeInt16(pcm, dst)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrRoom, err)
	}
	return n, nil
}

func (c *opus) Decode(dst []int16, payload []byte) (int, error) {
	if len(payload) == 0 {
		return 0, ErrPayload
	}
	n, err := c.decoder.DecodeInt16(payload, dst)
	switch {
	case err == gopus.ErrBufferTooSmall:
		return 0, ErrRoom
	case err != nil:
		return 0, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	return n, nil
}

func (c *opus) Conceal(dst []int16) int {
	const piece = 8 * opusUnit // 20 ms at a time: a longer one would mean the last packet again
	for rest := dst; len(rest) > 0; {
		take := min(len(rest), piece)
		whole := take - take%opusUnit
		n := 0
		if whole > 0 {
			var err error
			if n, err = c.decoder.DecodeInt16(nil, rest[:whole]); err != nil {
				n = 0
			}
		}
		clear(rest[n:take])
		rest = rest[take:]
	}
	return len(dst)
}

// opusLength is the longest packet of Opus that is no longer than wanted, from 10 ms on (RFC 6716 section 3.2.1,
// one frame or several of 20 ms).
func opusLength(wanted time.Duration) time.Duration {
	const least, frame = 10 * time.Millisecond, 20 * time.Millisecond
	if wanted < frame {
		return least
	}
	return min(wanted.Truncate(frame), 6*frame)
}

// opusTicks reads the first bytes of a packet (RFC 6716 sections 3.1 and 3.2).
func opusTicks(payload []byte) uint32 {
	if len(payload) == 0 {
		return 0
	}
	kind := payload[0] >> 3
	var frame uint32 // at 48 kHz
	switch {
	case kind < 12: // SILK
		frame = [...]uint32{480, 960, 1920, 2880}[kind&3]
	case kind < 16: // hybrid
		frame = [...]uint32{480, 960}[kind&1]
	default: // CELT
		frame = [...]uint32{120, 240, 480, 960}[kind&3]
	}
	count := uint32(2)
	switch payload[0] & 3 {
	case 0:
		count = 1
	case 3:
		if len(payload) < 2 {
			return 0
		}
		count = uint32(payload[1] & 0x3f)
	}
	if frame*count > 48*120 {
		return 0
	}
	return frame * count
}
