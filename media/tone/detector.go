package tone

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// MaxFrequencies is how many frequencies one detector listens for.
const MaxFrequencies = 32

// ErrDetector is a detector that can't be made.
var ErrDetector = errors.New("tone: no such detector")

const (
	// blockTime is the stretch that is analysed at once; its Hann window hears 20 Hz to each
	// side. The power of blocks is averaged, so that a jump of the phase (a lost packet, a
	// jitter buffer that slips) does not hide a tone.
	blockTime = 100 * time.Millisecond
	// shoulder is where a window beside a frequency hears least of it: 2.5 bins.
	shoulder = 25.0
	// prominence is by how much a tone is above the quieter of its shoulders; noise is not.
	prominence = 10.0
)

// Detector tells how loud each of several frequencies is in a stretch of sound, however many of
// them sound at once. One goroutine may use it.
type Detector struct {
	frequencies []float64
	window      []float32 // Hann, its sum 2: a full-scale sine has the power 1
	bins        []float32 // 2cos of each frequency, its lower and its upper shoulder
	block       []int16
	filled      int
	power       []float64 // of bins, over blocks
	blocks      int
}

// NewDetector makes a detector of frequencies in Hz for sound of a rate: ErrDetector.
func NewDetector(rate int, frequencies ...float64) (*Detector, error) {
	length := int(samples(blockTime, max(rate, 0)))
	if rate < 2000 || len(frequencies) == 0 || len(frequencies) > MaxFrequencies {
		return nil, fmt.Errorf("%w: %d frequencies at %d samples/s", ErrDetector, len(frequencies), rate)
	}
	detector := &Detector{
		frequencies: frequencies,
		window:      make([]float32, length),
		block:       make([]int16, length),
		power:       make([]float64, 3*len(frequencies)),
	}
	for i := range detector.window {
		detector.window[i] = float32((1 - math.Cos(2*math.Pi*(float64(i)+0.5)/float64(length))) * 2 / float64(length) / 32767)
	}
	for _, hertz := range frequencies {
		if !(hertz > shoulder && hertz < float64(rate)/2-shoulder) {
			return nil, fmt.Errorf("%w: %g Hz at %d samples/s", ErrDetector, hertz, rate)
		}
		for _, bin := range []float64{hertz, hertz - shoulder, hertz + shoulder} {
			detector.bins = append(detector.bins, float32(2*math.Cos(2*math.Pi*bin/float64(rate))))
		}
	}
	return detector, nil
}

// Listen takes sound in. It does not allocate.
func (d *Detector) Listen(pcm []int16) {
	for len(pcm) > 0 {
		n := copy(d.block[d.filled:], pcm)
		pcm = pcm[n:]
		if d.filled += n; d.filled == len(d.block) {
			d.analyse()
			d.filled = 0
		}
	}
}

// analyse is Goertzel's algorithm, for every bin.
func (d *Detector) analyse() {
	for i, twice := range d.bins {
		var one, two float32
		for j, sample := range d.block {
			one, two = float32(sample)*d.window[j]+twice*one-two, one
		}
		d.power[i] += float64(one*one + two*two - twice*one*two)
	}
	d.blocks++
}

// Reset forgets what was heard.
func (d *Detector) Reset() {
	clear(d.power)
	d.filled, d.blocks = 0, 0
}

// Heard is the time that was analysed, in blocks of 100 ms.
func (d *Detector) Heard() time.Duration { return time.Duration(d.blocks) * blockTime }

// Level is of the frequency with an index in NewDetector's order, in dBFS, averaged over all the
// time since Reset; -Inf where nothing was analysed.
func (d *Detector) Level(index int) float64 { return d.level(3 * index) }

func (d *Detector) level(bin int) float64 {
	if d.blocks == 0 {
		return math.Inf(-1)
	}
	return 10 * math.Log10(d.power[bin]/float64(d.blocks))
}

// Hears tells whether a frequency sounds: at least so loud, in dBFS, and as a tone, not as part
// of a noise.
func (d *Detector) Hears(index int, threshold float64) bool {
	level := d.Level(index)
	return level >= threshold && level >= min(d.level(3*index+1), d.level(3*index+2))+prominence
}

// Tones appends the frequencies that sound, in NewDetector's order.
func (d *Detector) Tones(dst []float64, threshold float64) []float64 {
	for i, hertz := range d.frequencies {
		if d.Hears(i, threshold) {
			dst = append(dst, hertz)
		}
	}
	return dst
}

// Find tells which frequencies sound in pcm: NewDetector, Listen and Tones in one.
func Find(pcm []int16, rate int, threshold float64, frequencies ...float64) ([]float64, error) {
	detector, err := NewDetector(rate, frequencies...)
	if err != nil {
		return nil, err
	}
	detector.Listen(pcm)
	return detector.Tones(nil, threshold), nil
}
