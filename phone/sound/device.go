package sound

import (
	"errors"
	"time"

	"hookflash/media"
)

// Rate is the rate of all devices, in Hz.
const Rate = 16000

// frame is how many samples 20 ms have.
const frame = Rate / 50

// Limits of what is said and recorded.
const (
	MaxPlay   = 30 * 60 * Rate
	MaxRecord = 12 * time.Hour
)

// Source says something, Sink listens. Both take 20 ms at Rate and don't wait.
type Source interface {
	Read(frame []int16) bool // false: nothing
	Close() error
}

// Sink listens.
type Sink interface {
	Write(frame []int16) // nil: nothing
	Close() error
}

// Device is a media.Device made of both; nil is nobody.
type Device struct {
	Source Source
	Sink   Sink
}

var _ media.Device = (*Device)(nil)

// Rate implements media.Device.
func (d *Device) Rate() int { return Rate }

// Read implements media.Device.
func (d *Device) Read(frame []int16) bool { return d.Source != nil && d.Source.Read(frame) }

// Write implements media.Device.
func (d *Device) Write(frame []int16) {
	if d.Sink != nil {
		d.Sink.Write(frame)
	}
}

// Close closes both. The engine must be closed before.
func (d *Device) Close() error {
	var failures []error
	if d.Source != nil {
		failures = append(failures, d.Source.Close())
	}
	if d.Sink != nil {
		failures = append(failures, d.Sink.Close())
	}
	return errors.Join(failures...)
}
