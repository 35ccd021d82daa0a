package tone

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Errors of tones; errors.Is finds them.
var (
	ErrUnknown   = errors.New("tone: no tone of that name")
	ErrFrequency = errors.New("tone: not a frequency that can be made")
	ErrLength    = errors.New("tone: too many or too long steps, or none")
)

// The limits of a tone: ErrLength, ErrFrequency.
const (
	MaxPartials = 4
	MaxSteps    = 256
	MaxLength   = time.Hour // of all steps
)

// Tone is a sequence of steps.
type Tone struct {
	Name   string
	Steps  []Step
	Repeat bool // from the first step again after the last one; else it ends
}

// Step is a stretch of the same frequencies; none is silence.
type Step struct {
	Partials []Partial
	Lasts    time.Duration // zero: for ever, only in the last step
}

// Partial is one sine of a tone.
type Partial struct {
	Hertz float64
	Level float64 // in dBFS, at most 0
}

// Parse gives the tone that a text names: one of the table ("ringback", "busy-us"), or
// frequencies in Hz that sound until it is stopped ("440", "350+440"): ErrUnknown, ErrFrequency.
func Parse(text string) (Tone, error) {
	for _, tone := range table {
		if strings.EqualFold(tone.Name, text) {
			return tone, nil
		}
	}
	if text == "" || text[0] < '0' || text[0] > '9' {
		return Tone{}, fmt.Errorf("%w: %q", ErrUnknown, text)
	}
	parts := strings.Split(text, "+")
	if len(parts) > MaxPartials {
		return Tone{}, fmt.Errorf("%w: %q: at most %d", ErrFrequency, text, MaxPartials)
	}
	var frequencies []float64
	for _, part := range parts {
		hertz, err := strconv.ParseFloat(part, 64)
		if err != nil || !(hertz >= 1 && hertz < 24000) {
			return Tone{}, fmt.Errorf("%w: %q", ErrFrequency, part)
		}
		frequencies = append(frequencies, hertz)
	}
	return Tone{Name: text, Steps: []Step{on(0, frequencies...)}}, nil
}

// Names lists the tones of the table.
func Names() []string {
	names := make([]string, 0, len(table))
	for _, tone := range table {
		names = append(names, tone.Name)
	}
	return names
}
