package media

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"hookflash/media/resample"
	"hookflash/media/wav"
)

// maxSamples of a file are played: an hour at 16 kHz.
const maxSamples = 3600 * wideRate

// readSound reads a WAV file, at 8 kHz if it is, else at 16 kHz.
func readSound(r io.Reader) (*sound, error) {
	reader, err := wav.NewReader(r)
	if err != nil {
		return nil, err
	}
	s := &sound{rate: wideRate}
	if reader.Rate() <= narrowRate {
		s.rate = narrowRate
	}
	turn, err := turner(reader.Rate(), s.rate)
	if err != nil {
		return nil, err
	}
	block := make([]int16, reader.Rate()/10)
	for len(s.samples) < maxSamples {
		n, err := reader.Read(block)
		s.samples = turn(s.samples, block[:n])
		if errors.Is(err, io.EOF) {
			s.samples = slices.Clip(s.samples)
			return s, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: longer than %d samples", ErrSource, maxSamples)
}

// turner changes the rate, block by block: the end of a file is a few milliseconds short.
func turner(from, to int) (func(dst, block []int16) []int16, error) {
	if from == to {
		return func(dst, block []int16) []int16 { return append(dst, block...) }, nil
	}
	if made, err := resample.New(from, to); err == nil {
		return func(dst, block []int16) []int16 {
			dst = slices.Grow(dst, made.Room(len(block)))
			return dst[:len(dst)+made.Resample(dst[len(dst):len(dst)+made.Room(len(block))], block)]
		}, nil
	}
	return newUneven(from, to)
}

// uneven changes between any rates, such as from 44100 Hz: the filters of package resample want whole
// ratios. A table holds one windowed sinc per phase.
type uneven struct {
	up, down int // the ratio, in lowest terms
	taps     [][]float32
	history  []int16
	position int // of the next sample out, in 1/up of samples in, from the beginning of history
}

// maxPhases is how many phases a ratio may have.
const (
	maxPhases  = 1024
	unevenTaps = 64
)

func newUneven(from, to int) (func(dst, block []int16) []int16, error) {
	divisor := gcd(from, to)
	u := &uneven{up: to / divisor, down: from / divisor, history: make([]int16, unevenTaps)}
	if from <= 0 || u.up > maxPhases {
		return nil, fmt.Errorf("%w: %d samples a second", ErrSource, from)
	}
	cut := min(1, float64(to)/float64(from)) * 0.92 // of half the rate in
	for phase := range u.up {
		taps := make([]float32, unevenTaps)
		for i := range taps {
			x := float64(i-unevenTaps/2+1) - float64(phase)/float64(u.up)
			window := math.Cos(math.Pi * x / unevenTaps)
			value := cut * window * window
			if x != 0 {
				value *= math.Sin(math.Pi*x*cut) / (math.Pi * x * cut)
			}
			taps[i] = float32(value)
		}
		u.taps = append(u.taps, taps)
	}
	return u.turn, nil
}

func (u *uneven) turn(dst, block []int16) []int16 {
	u.history = append(u.history, block...)
	for u.position/u.up+unevenTaps <= len(u.history) {
		from := u.history[u.position/u.up:][:unevenTaps]
		var sum float32
		for i, tap := range u.taps[u.position%u.up] {
			sum += tap * float32(from[i])
		}
		dst = append(dst, int16(max(min(sum, 32767), -32768)))
		u.position += u.down
	}
	passed := min(u.position/u.up, len(u.history))
	u.history = append(u.history[:0], u.history[passed:]...)
	u.position -= passed * u.up
	return dst
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, 1)
}
