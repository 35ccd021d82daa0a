package media

import (
	"hookflash/media/mix"
	"hookflash/media/resample"
)

// converter is a resampler as the mixer wants it, made when it is first needed.
type converter struct {
	from, to  int // Hz
	resampler *resample.Resampler
}

func (c *converter) Convert(to, from []int16) {
	if c.resampler == nil {
		made, err := resample.New(c.from, c.to)
		if err != nil {
			clear(to)
			return
		}
		c.resampler = made
	}
	n := c.resampler.Resample(to, from)
	clear(to[n:])
}

func (c *converter) Reset() {
	if c.resampler != nil {
		c.resampler.Reset()
	}
}

// newConverter makes one between two rates in Hz that are known to go.
func newConverter(from, to int) mix.Converter { return &converter{from: from, to: to} }

// newConverters makes those of a room.
func newConverters() (up, down mix.Converter) {
	return newConverter(narrowRate, wideRate), newConverter(wideRate, narrowRate)
}
