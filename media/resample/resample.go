package resample

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
)

// Rates are the rates that can be changed into each other, in Hz.
var rates = []int{8000, 16000, 24000, 32000, 48000}

// ErrRates are two rates that can't be changed into each other.
var ErrRates = errors.New("resample: not rates that can be changed into each other")

const (
	// lobes is how many zero crossings the filter has to each side, at the lower rate.
	lobes = 24
	// beta is of its Kaiser window: 65 dB.
	beta = 6.2
	// passed is the middle of the slope, as part of half the lower rate.
	passed = 0.95
	// piece is how many samples are worked on at once.
	piece = 960
	// scale is the bits of a coefficient behind the point.
	scale = 14
)

// Resampler changes the rate of one stream. One goroutine may use it. Make it with New.
type Resampler struct {
	from, to int
	up, down int       // to/from in lowest terms
	taps     int       // of one phase
	phases   [][]int32 // coefficients, newest sample last
	line     []int16   // the last taps-1 samples, then what came now
	phase    int       // of the next sample: 0 to up-1
	skip     int       // samples of line before the window of the next one
}

// New makes a resampler between two rates in Hz: ErrRates. Equal rates are copied.
func New(from, to int) (*Resampler, error) {
	if !slices.Contains(rates, from) || !slices.Contains(rates, to) {
		return nil, fmt.Errorf("%w: %d to %d", ErrRates, from, to)
	}
	r := &Resampler{from: from, to: to, up: to / divisor(from, to), down: from / divisor(from, to)}
	if from == to {
		return r, nil
	}
	r.taps = 2 * lobes * from / min(from, to)
	r.taps += -r.taps & 7 // the filter takes eight at a time
	r.phases = designOf(r)
	r.line = make([]int16, r.taps-1+piece)
	return r, nil
}

// designs are the filters that were needed so far, by both rates: they never change, and there are no more than pairs of
// rates.
var designs sync.Map

func designOf(r *Resampler) [][]int32 {
	key := [2]int{r.from, r.to}
	if known, ok := designs.Load(key); ok {
		return known.([][]int32)
	}
	known, _ := designs.LoadOrStore(key, design(r))
	return known.([][]int32)
}

func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// design cuts a sinc under a Kaiser window into its phases. Each phase adds up to one exactly, so
// that silence and a constant come out as they went in.
func design(r *Resampler) [][]int32 {
	length := r.taps * r.up
	cutoff := passed * float64(min(r.from, r.to)) / float64(r.from) / float64(r.up) // of half the raised rate
	phases := make([][]int32, r.up)
	for phase := range phases {
		values := make([]float64, r.taps)
		sum := 0.0
		for tap := range values {
			// The newest sample, tap taps-1, is phase steps of the raised rate old.
			at := float64((r.taps-1-tap)*r.up+phase) - float64(length-1)/2
			values[tap] = sinc(cutoff*at) * kaiser(2*at/float64(length))
			sum += values[tap]
		}
		phases[phase] = make([]int32, r.taps)
		rest, largest := int32(1<<scale), 0
		for tap, value := range values {
			phases[phase][tap] = int32(math.Round(value / sum * (1 << scale)))
			rest -= phases[phase][tap]
			if phases[phase][tap] > phases[phase][largest] {
				largest = tap
			}
		}
		phases[phase][largest] += rest
	}
	return phases
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

func kaiser(x float64) float64 { return bessel(beta*math.Sqrt(max(0, 1-x*x))) / bessel(beta) }

// bessel is the modified Bessel function of order zero.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= (x / 2 / k) * (x / 2 / k)
		sum += term
	}
	return sum
}

// Room is the most samples that so many of the source become; exactly so many where they are
// whole periods of both rates, as 10 ms are.
func (r *Resampler) Room(samples int) int { return (samples*r.up + r.down - 1) / r.down }

// Delay is how much later sound comes out, in samples of the rate it comes out at.
func (r *Resampler) Delay() float64 {
	if r.from == r.to {
		return 0
	}
	return float64(r.taps*r.up-1) / 2 / float64(r.down)
}

// Resample takes the next samples of the stream and puts what they become into dst, which has
// room for Room of them: it tells how many there are. With less room it takes only as much of src
// as fits, and the rest is lost. It does not allocate.
func (r *Resampler) Resample(dst, src []int16) (n int) {
	if r.from == r.to {
		return copy(dst, src)
	}
	for len(src) > 0 && n < len(dst) {
		taken := copy(r.line[r.taps-1:], src)
		src = src[taken:]
		n += r.run(dst[n:], taken)
		copy(r.line, r.line[taken:taken+r.taps-1])
	}
	return n
}

// run goes over the samples that came.
func (r *Resampler) run(dst []int16, came int) (n int) {
	for r.skip < came && n < len(dst) {
		dst[n] = filter(r.line[r.skip:r.skip+r.taps], r.phases[r.phase])
		n++
		r.phase += r.down
		r.skip += r.phase / r.up
		r.phase %= r.up
	}
	r.skip = max(0, r.skip-came)
	return n
}

// filter is one sample; four sums run abreast. 32 bits hold them: a phase's coefficients add up to
// less than three, whatever their signs.
func filter(line []int16, taps []int32) int16 {
	var a, b, c, d int32
	for i := 0; i+8 <= len(taps) && i+8 <= len(line); i += 8 {
		x, h := (*[8]int16)(line[i:]), (*[8]int32)(taps[i:])
		a += int32(x[0])*h[0] + int32(x[4])*h[4]
		b += int32(x[1])*h[1] + int32(x[5])*h[5]
		c += int32(x[2])*h[2] + int32(x[6])*h[6]
		d += int32(x[3])*h[3] + int32(x[7])*h[7]
	}
	sum := (a + b + c + d + 1<<(scale-1)) >> scale
	return int16(max(-32768, min(32767, sum)))
}

// Reset forgets the sound before: another stream begins.
func (r *Resampler) Reset() {
	clear(r.line)
	r.phase, r.skip = 0, 0
}
