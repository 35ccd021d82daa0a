package directory

import (
	"fmt"
	"time"
)

// How long phones ring where nobody says, and the most and least that can be said.
const (
	DefaultRing = Duration(20 * time.Second)
	MinRing     = Duration(time.Second)
	MaxRing     = Duration(3 * time.Minute)
)

// Duration is a time span whose text form is "20s".
type Duration time.Duration

// Or is the duration, or another one where it is zero.
func (d Duration) Or(other Duration) time.Duration {
	if d == 0 {
		return time.Duration(other)
	}
	return time.Duration(d)
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	value, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no time span: write 20s or 1m30s", text)
	}
	*d = Duration(value)
	return nil
}
