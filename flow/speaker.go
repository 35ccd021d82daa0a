package flow

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"hookflash/media/tone"
)

// The tone that each person speaks, in Hz: far apart, no multiples of each other.
var voices = map[string]float64{"alice": 440, "bob": 620, "bill": 770, "carol": 950}

const (
	speakerRate = 8000
	// listened is how much sound is needed to tell who is heard.
	listened = 200 * time.Millisecond
	// audible is the level above which a tone is heard, in dBFS; the tones are spoken at about -12.
	audible = -30
)

// speaker is the person at a phone: one who hums a tone, and tells whom they hear.
type speaker struct {
	mutex    sync.Mutex
	voice    *tone.Generator
	position uint64
	ear      *tone.Detector
	people   []string
	heard    []string // during the last stretch
	stretch  int      // counts them
}

func newSpeaker(name string) (*speaker, error) {
	s := &speaker{}
	var hertz []float64
	for person := range voices {
		s.people = append(s.people, person)
	}
	slices.Sort(s.people)
	for _, person := range s.people {
		hertz = append(hertz, voices[person])
	}
	spoken, err := tone.Parse(strconv.FormatFloat(voices[name], 'f', -1, 64))
	if err != nil {
		return nil, err
	}
	if s.voice, err = tone.New(spoken, speakerRate); err != nil {
		return nil, err
	}
	s.ear, err = tone.NewDetector(speakerRate, hertz...)
	return s, err
}

// Rate implements media.Device.
func (s *speaker) Rate() int { return speakerRate }

// Read implements media.Device.
func (s *speaker) Read(frame []int16) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.voice.Generate(frame, s.position)
	s.position += uint64(len(frame))
	return true
}

// Write implements media.Device.
func (s *speaker) Write(frame []int16) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if frame == nil {
		frame = silence[:]
	}
	s.ear.Listen(frame)
	if s.ear.Heard() < listened {
		return
	}
	var heard []string
	for i, person := range s.people {
		if s.ear.Hears(i, audible) {
			heard = append(heard, person)
		}
	}
	s.ear.Reset()
	s.heard = heard
	s.stretch++
}

var silence [speakerRate / 50]int16

// hears gives whom the person heard during the last whole stretch, and its number.
func (s *speaker) hears() ([]string, int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.heard, s.stretch
}
