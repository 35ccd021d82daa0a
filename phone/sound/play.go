package sound

import (
	"errors"
	"fmt"
	"io"
	"os"

	"hookflash/media/resample"
	"hookflash/media/wav"
)

// fileSource says what is in a file, over and over.
type fileSource struct {
	samples []int16
	at      int
}

// Play reads a WAV file to be said.
func Play(name string) (Source, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("play: %w", err)
	}
	defer func() { _ = file.Close() }()
	samples, err := readAll(file)
	switch {
	case errors.Is(err, resample.ErrRates):
		return nil, fmt.Errorf("play %s: %w; change it by: ffmpeg -i %s -ar %d OTHER.wav", name, err, name, Rate)
	case err != nil:
		return nil, fmt.Errorf("play %s: %w", name, err)
	case len(samples) == 0:
		return nil, fmt.Errorf("play %s: there is no sound in it", name)
	}
	return &fileSource{samples: samples}, nil
}

// readAll reads a WAV, up to MaxPlay samples of it at Rate.
func readAll(source io.Reader) ([]int16, error) {
	reader, err := wav.NewReader(source)
	if err != nil {
		return nil, err
	}
	turner, err := resample.New(reader.Rate(), Rate)
	if err != nil {
		return nil, err
	}
	var samples []int16
	block := make([]int16, 4096)
	turned := make([]int16, turner.Room(len(block)))
	for len(samples) < MaxPlay {
		n, err := reader.Read(block)
		m := turner.Resample(turned, block[:n])
		samples = append(samples, turned[:m]...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return samples, nil
}

func (s *fileSource) Read(frame []int16) bool {
	for n := 0; n < len(frame); {
		copied := copy(frame[n:], s.samples[s.at:])
		n += copied
		s.at = (s.at + copied) % len(s.samples)
	}
	return true
}

func (s *fileSource) Close() error { return nil }
