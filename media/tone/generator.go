package tone

import (
	"fmt"
	"math"
	"time"
)

// Generator makes the samples of one tone at one rate. It is read only: any number of goroutines
// may use it.
type Generator struct {
	steps  []stretch
	length uint64 // of all steps in samples; 0: the last one never ends
	repeat bool
	edge   uint64 // samples over which a step fades in and out, so that it does not click
}

type stretch struct {
	partials []partial
	first    uint64 // position of its first sample
	end      uint64 // the first position after it
}

type partial struct {
	turn uint64 // of the phase per sample; 2^64 is a whole turn, so that positions wrap exactly
	peak int64  // out of 32767
}

const (
	sineBits  = 12
	edgeTime  = 2 * time.Millisecond
	fractions = 16 // bits between two places of the sine table
)

// sines is a turn in steps of 2^-12, and the first one again.
var sines = makeSines()

func makeSines() (table [1<<sineBits + 1]int32) {
	for i := range table {
		table[i] = int32(math.Round(math.Sin(2*math.Pi*float64(i)/(1<<sineBits)) * (1 << 20)))
	}
	return table
}

// New makes the generator of a tone at a rate in Hz: ErrFrequency where a frequency is half the
// rate or more, ErrLength.
func New(tone Tone, rate int) (*Generator, error) {
	if len(tone.Steps) == 0 || len(tone.Steps) > MaxSteps {
		return nil, fmt.Errorf("%w: %d steps of %q", ErrLength, len(tone.Steps), tone.Name)
	}
	if rate < 1 {
		return nil, fmt.Errorf("%w: at %d samples/s", ErrFrequency, rate)
	}
	generator := &Generator{repeat: tone.Repeat, edge: samples(edgeTime, rate)}
	var at uint64
	for i, step := range tone.Steps {
		last := i == len(tone.Steps)-1
		if step.Lasts < 0 || step.Lasts > MaxLength || step.Lasts == 0 && !last {
			return nil, fmt.Errorf("%w: step %d of %q lasts %v", ErrLength, i+1, tone.Name, step.Lasts)
		}
		made := stretch{first: at, end: at + samples(step.Lasts, rate)}
		if step.Lasts == 0 {
			made.end = math.MaxUint64
		}
		for _, wanted := range step.Partials {
			if !(wanted.Hertz > 0 && wanted.Hertz < float64(rate)/2) || !(wanted.Level <= 0) || len(step.Partials) > MaxPartials {
				return nil, fmt.Errorf("%w: %g Hz at %g dBFS and %d samples/s", ErrFrequency, wanted.Hertz, wanted.Level, rate)
			}
			made.partials = append(made.partials, partial{
				turn: uint64(wanted.Hertz / float64(rate) * (1 << 63) * 2),
				peak: int64(math.Round(32767 * math.Pow(10, wanted.Level/20))),
			})
		}
		at = made.end
		generator.steps = append(generator.steps, made)
	}
	if at != math.MaxUint64 {
		generator.length = at
	}
	return generator, nil
}

func samples(lasts time.Duration, rate int) uint64 {
	return uint64(lasts) * uint64(rate) / uint64(time.Second)
}

// Length is of the whole tone, in samples; 0: it does not end by itself.
func (g *Generator) Length() uint64 {
	if g.repeat {
		return 0
	}
	return g.length
}

// Generate puts the samples from a position on into dst and tells how many there are: fewer than
// asked for where the tone ends, 0 after it. It does not allocate.
func (g *Generator) Generate(dst []int16, position uint64) int {
	done := 0
	for done < len(dst) {
		at := position + uint64(done)
		if g.length > 0 && at >= g.length {
			if !g.repeat {
				return done
			}
			at %= g.length
		}
		step := g.step(at)
		count := int(min(uint64(len(dst)-done), step.end-at))
		step.fill(dst[done:done+count], position+uint64(done))
		g.fade(dst[done:done+count], step, at)
		done += count
	}
	return done
}

func (g *Generator) step(at uint64) *stretch {
	for i := range g.steps {
		if at < g.steps[i].end {
			return &g.steps[i]
		}
	}
	return &g.steps[len(g.steps)-1]
}

// fill adds the sines up. Their phase is of the position, so that repeated steps go on in phase.
func (s *stretch) fill(dst []int16, position uint64) {
	if len(s.partials) == 0 {
		clear(dst)
		return
	}
	for i := range dst {
		var sum int64
		for _, one := range s.partials {
			sum += one.peak * sine((position+uint64(i))*one.turn)
		}
		dst[i] = int16(max(-32768, min(32767, sum>>20)))
	}
}

// sine is of a phase out of 2^64, times 2^20.
func sine(phase uint64) int64 {
	place := phase >> (64 - sineBits)
	between := int64(phase >> (64 - sineBits - fractions) & (1<<fractions - 1))
	low, high := int64(sines[place]), int64(sines[place+1])
	return low + (high-low)*between>>fractions
}

// fade rounds the edges of a step off.
func (g *Generator) fade(dst []int16, step *stretch, at uint64) {
	if len(step.partials) == 0 || g.edge == 0 {
		return
	}
	for i := 0; i < len(dst) && at+uint64(i)-step.first < g.edge; i++ {
		dst[i] = part(dst[i], at+uint64(i)-step.first, g.edge)
	}
	for i := len(dst) - 1; i >= 0 && step.end-at-uint64(i) <= g.edge; i-- {
		dst[i] = part(dst[i], step.end-1-at-uint64(i), g.edge)
	}
}

func part(sample int16, done, whole uint64) int16 {
	return int16(int64(sample) * int64(done) / int64(whole))
}
