package resample

import (
	"fmt"
	"math"
	"slices"
)

// Blocks changes one stream between any two rates, block by block: each call appends what a block becomes to dst.
// The end of a stream is a few milliseconds short. Errors: ErrRates, where the ratio has more than 1024 phases.
func Blocks(from, to int) (func(dst, block []int16) []int16, error) {
	if from == to && from > 0 {
		return func(dst, block []int16) []int16 { return append(dst, block...) }, nil
	}
	if made, err := New(from, to); err == nil {
		return func(dst, block []int16) []int16 {
			dst = slices.Grow(dst, made.Room(len(block)))
			return dst[:len(dst)+made.Resample(dst[len(dst):len(dst)+made.Room(len(block))], block)]
		}, nil
	}
	return newUneven(from, to)
}

// uneven changes between any rates, such as from 44100 Hz: Resampler wants whole ratios. A table holds one
// windowed sinc per phase.
type uneven struct {
	up, down int // the ratio, in lowest terms
	taps     [][]float32
	history  []int16
	position int // of the next sample out, in 1/up of samples in, from the beginning of history
}

const (
	maxPhases  = 1024 // of a ratio
	unevenTaps = 64
)

func newUneven(from, to int) (func(dst, block []int16) []int16, error) {
	if from <= 0 || to <= 0 || to/divisor(from, to) > maxPhases {
		return nil, fmt.Errorf("%w: %d to %d", ErrRates, from, to)
	}
	u := &uneven{up: to / divisor(from, to), down: from / divisor(from, to), history: make([]int16, unevenTaps)}
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
