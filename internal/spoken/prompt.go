package spoken

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hookflash/media/codec"
	"hookflash/media/wav"
)

// Prompt is a prompt of one value, which any packet of it tells.
type Prompt byte

// The prompts of leaving a message, by the µ-law code that they consist of.
const (
	None     Prompt = 0xFF // silence
	Greeting Prompt = 0xA5
	Saved    Prompt = 0xA7
	TooShort Prompt = 0xA9
	Trouble  Prompt = 0xAB
	Full     Prompt = 0xAD
	Goodbye  Prompt = 0xAF
)

// names are the files in the folder of prompts, and how many frames each has.
var names = map[Prompt]struct {
	name   string
	frames int
}{
	Greeting: {"voicemail-greeting", 2},
	Saved:    {"message-saved", 10},
	TooShort: {"message-too-short", 10},
	Trouble:  {"storage-trouble", 10},
	Full:     {"mailbox-full", 10},
	Goodbye:  {"goodbye", 2},
}

func (p Prompt) String() string {
	if known, ok := names[p]; ok {
		return known.name
	}
	return fmt.Sprintf("nothing known (%#x)", byte(p))
}

// WritePrompts makes a folder of prompts for a server (media.prompts).
func WritePrompts(folder string) error {
	for prompt, known := range names {
		samples := make([]int16, known.frames*FrameSize)
		for i := range samples {
			samples[i] = codec.FromMuLaw(byte(prompt))
		}
		if err := WriteFile(filepath.Join(folder, known.name+".wav"), samples); err != nil {
			return err
		}
	}
	return nil
}

// WriteFile makes a WAV file of samples at 8 kHz.
func WriteFile(name string, samples []int16) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("make a prompt: %w", err)
	}
	writer, err := wav.NewWriter(file, 8000, wav.PCM16)
	if err == nil {
		err = errors.Join(writer.Write(samples), writer.Close())
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("make a prompt: %w", err)
	}
	return nil
}

// heard tells which prompt a payload is of, by nine tenths of it; sound is true for what is neither a prompt
// nor silence: a tone.
func heard(payload []byte) (prompt Prompt, sound bool) {
	if len(payload) == 0 {
		return None, false
	}
	count, most := 0, payload[len(payload)/2]
	for _, code := range payload {
		if code == most {
			count++
		}
	}
	if count*10 < len(payload)*9 {
		return None, true
	}
	if _, known := names[Prompt(most)]; known {
		return Prompt(most), false
	}
	return None, false
}
