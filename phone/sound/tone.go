package sound

import (
	"fmt"

	"hookflash/media/tone"
)

// toneSource says a tone.
type toneSource struct {
	generator *tone.Generator
	position  uint64
}

// NewTone says what package tone understands by a text, such as "440".
func NewTone(text string) (Source, error) {
	parsed, err := tone.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("say %q: %w", text, err)
	}
	generator, err := tone.New(parsed, Rate)
	if err != nil {
		return nil, fmt.Errorf("say %q: %w", text, err)
	}
	return &toneSource{generator: generator}, nil
}

func (s *toneSource) Read(frame []int16) bool {
	n := s.generator.Generate(frame, s.position)
	s.position += uint64(len(frame))
	clear(frame[n:])
	return n > 0
}

func (s *toneSource) Close() error { return nil }
