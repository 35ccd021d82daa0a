package media

import (
	"hookflash/media/mix"
	"hookflash/media/resample"
)

// converter is a resampler as the mixer wants it.
type converter struct{ resampler *resample.Resampler }

func (c converter) Convert(to, from []int16) {
	n := c.resampler.Resample(to, from)
	clear(to[n:])
}

func (c converter) Reset() { c.resampler.Reset() }

// newConverter makes one between two rates in Hz that are known to go.
func newConverter(from, to int) mix.Converter {
	made, err := resample.New(from, to)
	if err != nil {
		return nil
	}
	return converter{made}
}

// newConverters makes those of a room.
func newConverters() (up, down mix.Converter) {
	return newConverter(narrowRate, wideRate), newConverter(wideRate, narrowRate)
}
