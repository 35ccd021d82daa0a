package media

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"hookflash/media/resample"
	"hookflash/media/wav"
)

// maxSamples of a file are played: an hour at 16 kHz.
const maxSamples = 3600 * wideRate

// readSound reads a WAV file, at 8 kHz if it is, else at 16 kHz.
func readSound(r io.Reader) (*sound, error) {
	reader, err := wav.NewReader(r)
	if err != nil {
		return nil, err
	}
	s := &sound{rate: wideRate}
	if reader.Rate() <= narrowRate {
		s.rate = narrowRate
	}
	turn, err := resample.Blocks(reader.Rate(), s.rate)
	if err != nil {
		return nil, errors.Join(ErrSource, err)
	}
	block := make([]int16, reader.Rate()/10)
	for len(s.samples) < maxSamples {
		n, err := reader.Read(block)
		s.samples = turn(s.samples, block[:n])
		if errors.Is(err, io.EOF) {
			s.samples = slices.Clip(s.samples)
			return s, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: longer than %d samples", ErrSource, maxSamples)
}
