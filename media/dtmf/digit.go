package dtmf

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"hookflash/media/tone"
)

// Limits of digits: ErrDigits.
const (
	MaxPress = 8 * time.Second
	MaxQueue = 64
)

// ErrDigits is a sequence of digits that can't be sent.
var ErrDigits = errors.New("dtmf: not digits that can be sent")

// Digits are all digits, in the order of their event codes (RFC 4733 section 3.2).
const Digits = "0123456789*#ABCD"

// Press is a digit that was pressed for some time.
type Press struct {
	Digit  byte // one of Digits
	Lasted time.Duration
}

// Code is the event code of a digit, in either case.
func Code(digit byte) (code uint8, ok bool) {
	if digit >= 'a' && digit <= 'd' {
		digit -= 'a' - 'A'
	}
	at := strings.IndexByte(Digits, digit)
	return uint8(max(at, 0)), at >= 0
}

// The frequencies of a keypad in Hz (ITU-T Q.23): a row and a column make a digit.
var (
	rows    = [4]float64{697, 770, 852, 941}
	columns = [4]float64{1209, 1336, 1477, 1633}
)

const keypad = "123A456B789C*0#D"

// Levels in dBFS: columns 2 dB above rows, as lines are worse for them.
const (
	rowLevel    = -13
	columnLevel = -11
)

// Timing is how digits are sent; zero values are the usual ones.
type Timing struct {
	Each  time.Duration // of a digit; 0: 100 ms. ITU-T Q.24: 40 ms are always heard
	Pause time.Duration // between digits; 0: 100 ms
}

const usual = 100 * time.Millisecond

func (t Timing) filled() Timing {
	if t.Each == 0 {
		t.Each = usual
	}
	if t.Pause == 0 {
		t.Pause = usual
	}
	return t
}

// check refuses what can't be sent.
func check(digits string, timing Timing) error {
	if digits == "" || len(digits) > MaxQueue {
		return fmt.Errorf("%w: %d of them, at most %d", ErrDigits, len(digits), MaxQueue)
	}
	for i := range len(digits) {
		if _, ok := Code(digits[i]); !ok {
			return fmt.Errorf("%w: %q", ErrDigits, digits[i])
		}
	}
	if timing.Each < 0 || timing.Each > MaxPress || timing.Pause < 0 || timing.Pause > MaxPress {
		return fmt.Errorf("%w: %v each, pauses of %v, at most %v", ErrDigits, timing.Each, timing.Pause, MaxPress)
	}
	return nil
}

// Tones gives digits as a tone, with a pause after each: ErrDigits.
func Tones(digits string, timing Timing) (tone.Tone, error) {
	if err := check(digits, timing); err != nil {
		return tone.Tone{}, err
	}
	timing = timing.filled()
	made := tone.Tone{Name: "dtmf"}
	for i := range len(digits) {
		place := strings.IndexByte(keypad, upper(digits[i]))
		made.Steps = append(made.Steps, tone.Step{Lasts: timing.Each, Partials: []tone.Partial{
			{Hertz: rows[place/4], Level: rowLevel}, {Hertz: columns[place%4], Level: columnLevel},
		}}, tone.Step{Lasts: timing.Pause})
	}
	return made, nil
}

func upper(digit byte) byte {
	if digit >= 'a' && digit <= 'd' {
		return digit - 'a' + 'A'
	}
	return digit
}
