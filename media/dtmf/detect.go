package dtmf

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrRate is a rate at which tones can't be heard.
var ErrRate = errors.New("dtmf: not a rate that tones are heard at")

// What a digit must be like, after ITU-T Q.24 and its national values. Sound is looked at in
// blocks of 12.75 ms, each half over the last: bins of 78 Hz, which take 1.8 % of detuning. A tone
// that fills less than six tenths of a block is not pure enough.
const (
	hop      = 51   // samples at 8000 Hz, half a block
	toBegin  = 5    // blocks alike that begin a digit: 40 ms always have them, 23 ms never
	detuning = 40.0 // Hz of a column and twice a row together, at 1.5 %
	toEnd    = 3    // blocks unlike that end one: 40 ms always have them, 10 ms never
)

// Ratios of power.
var (
	leastLevel   = decibels(-36) // of either tone against a full-scale sine
	forwardTwist = decibels(8)   // by which the column may be louder than the row
	reverseTwist = decibels(6)   // by which the row may be louder
	aboveOthers  = decibels(8)   // of the loudest row or column over each other
	harmonic     = decibels(12)  // of a tone over its second harmonic: voices have harmonics
	purity       = 0.6           // of all the power is in the two tones
)

func decibels(value float64) float64 { return math.Pow(10, value/10) }

// maxPresses is how many presses one call of Listen gives; they don't fit into less than a second.
const maxPresses = 64

// Detector hears digits in sound: both tones alone for 40 ms, 40 ms between digits. One goroutine
// may use it. Make it with NewDetector.
type Detector struct {
	rate    int
	block   []int16
	filled  int
	tones   [2][4]float32 // of rows and columns: 2cos
	doubled [2][4]float32 // of their second harmonics
	leak    [4][4]float64 // of the power of a column, into the second harmonic of a row
	least   float64       // power of the quietest tone

	digit  byte // that is pressed; 0: none
	likely byte // that was in the last block
	alike  int  // blocks with it
	unlike int  // blocks since the digit that is pressed was heard
	blocks int  // that the digit has lasted
	out    [maxPresses]Press
}

// NewDetector makes a detector for sound of a rate in Hz, from 8000 to 48000: ErrRate.
func NewDetector(rate int) (*Detector, error) {
	if rate < 8000 || rate > 48000 {
		return nil, fmt.Errorf("%w: %d Hz", ErrRate, rate)
	}
	d := &Detector{rate: rate, block: make([]int16, 2*(hop*rate/8000))}
	for group, hertz := range [2][4]float64{rows, columns} {
		for i := range hertz {
			d.tones[group][i] = float32(2 * math.Cos(2*math.Pi*hertz[i]/float64(rate)))
			d.doubled[group][i] = float32(2 * math.Cos(4*math.Pi*hertz[i]/float64(rate)))
		}
	}
	for row, low := range rows {
		for column, high := range columns {
			// The edge of a sinc, with both tones detuned towards each other.
			away := max(0, math.Abs(2*low-high)-detuning) * float64(len(d.block)) / float64(rate)
			d.leak[row][column] = 1 / max(1, math.Pi*away*math.Pi*away)
		}
	}
	// A sine of a peak has the power (peak·length/2)² in its bin, and the energy peak²·length/2.
	d.least = leastLevel * math.Pow(32767*float64(len(d.block))/2, 2)
	return d, nil
}

// Listen takes sound in and gives the presses that ended in it. The slice is good until the next
// call. It does not allocate.
func (d *Detector) Listen(pcm []int16) []Press {
	over := d.out[:0]
	for len(pcm) > 0 {
		n := copy(d.block[d.filled:], pcm)
		pcm = pcm[n:]
		if d.filled += n; d.filled < len(d.block) {
			break
		}
		press, ended := d.take(d.look())
		if ended && len(over) < maxPresses {
			over = append(over, press)
		}
		d.filled = copy(d.block, d.block[len(d.block)/2:])
	}
	return over
}

// Pressed is the digit that sounds now; ok is false where none does.
func (d *Detector) Pressed() (digit byte, ok bool) { return d.digit, d.digit != 0 }

// take goes on with what was in a block, 0 for nothing, and gives the press that is over.
func (d *Detector) take(found byte) (over Press, ended bool) {
	if found == d.likely {
		d.alike++
	} else {
		d.likely, d.alike = found, 1
	}
	if d.digit != 0 {
		d.blocks++
		if found == d.digit {
			d.unlike = 0
			return Press{}, false
		}
		if d.unlike++; d.unlike < toEnd {
			return Press{}, false
		}
		over, ended = Press{Digit: d.digit, Lasted: d.lasted(d.blocks - d.unlike)}, true
		d.digit, d.blocks, d.unlike = 0, 0, 0
	}
	if d.likely != 0 && d.alike >= toBegin {
		d.digit, d.blocks = d.likely, d.alike
	}
	return over, ended
}

// lasted is how long a tone was that so many blocks were pure enough of.
func (d *Detector) lasted(blocks int) time.Duration {
	samples := (10*blocks + 4) * len(d.block) / 20
	return min(time.Duration(samples)*time.Second/time.Duration(d.rate), MaxPress)
}

// look tells which digit is in the block, 0 for none.
func (d *Detector) look() byte {
	var sum int64
	for _, sample := range d.block {
		sum += int64(sample) * int64(sample)
	}
	energy := float64(sum) * float64(len(d.block)) / 2
	if energy < 2*d.least {
		return 0
	}
	row, rowPower := loudest(d.power(&d.tones[0]))
	column, columnPower := loudest(d.power(&d.tones[1]))
	switch {
	case row < 0 || column < 0,
		rowPower < d.least, columnPower < d.least,
		columnPower > rowPower*forwardTwist, rowPower > columnPower*reverseTwist,
		rowPower+columnPower < purity*energy:
		return 0
	}
	overRow, overColumn := d.power(&d.doubled[0]), d.power(&d.doubled[1])
	if (overRow[row]-columnPower*d.leak[row][column])*harmonic > rowPower || overColumn[column]*harmonic > columnPower {
		return 0
	}
	return keypad[4*row+column]
}

// loudest gives the one that is far above the others, -1 where none is.
func loudest(power [4]float64) (index int, most float64) {
	for i := range power {
		if power[i] > power[index] {
			index = i
		}
	}
	for i := range power {
		if i != index && power[i]*aboveOthers > power[index] {
			return -1, 0
		}
	}
	return index, power[index]
}

// power is Goertzel's algorithm over the block, four bins abreast.
func (d *Detector) power(twice *[4]float32) (power [4]float64) {
	t0, t1, t2, t3 := twice[0], twice[1], twice[2], twice[3]
	var a0, a1, a2, a3, b0, b1, b2, b3 float32
	for _, sample := range d.block {
		value := float32(sample)
		a0, b0 = value+t0*a0-b0, a0
		a1, b1 = value+t1*a1-b1, a1
		a2, b2 = value+t2*a2-b2, a2
		a3, b3 = value+t3*a3-b3, a3
	}
	return [4]float64{
		float64(a0*a0 + b0*b0 - t0*a0*b0), float64(a1*a1 + b1*b1 - t1*a1*b1),
		float64(a2*a2 + b2*b2 - t2*a2*b2), float64(a3*a3 + b3*b3 - t3*a3*b3),
	}
}

// Reset forgets what was heard.
func (d *Detector) Reset() {
	d.filled, d.digit, d.likely, d.alike, d.unlike, d.blocks = 0, 0, 0, 0, 0, 0
}
