package flow

import (
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"hookflash/media/tone"
)

// The tone that each person speaks, in Hz: far apart, no multiples of each other.
var voices = map[string]float64{
	"alice": 440, "bob": 620, "bill": 770, "carol": 950, "gateway": 1090, "b1": 1270, "b2": 1490, "b3": 1690, "b4": 2030,
}

const (
	speakerRate = 8000
	// listened is how much sound is needed to tell who is heard.
	listened = 200 * time.Millisecond
	// spoken is the level above which something else than tones is heard, in dBFS.
	spoken = -45
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
	agent    string  // whom is heard when it is nobody's tone; "": nobody
	energy   float64 // of the samples of this stretch
	samples  int
	heard    []string // during the last stretch
	stretch  int      // counts them
	told     int      // counts those with the agent
}

func newSpeaker(name, agent string) (*speaker, error) {
	s := &speaker{agent: agent}
	var hertz []float64
	for person := range voices {
		s.people = append(s.people, person)
	}
	slices.Sort(s.people)
	for _, person := range s.people {
		hertz = append(hertz, voices[person])
	}
	hummed, err := tone.Parse(strconv.FormatFloat(voices[name], 'f', -1, 64))
	if err != nil {
		return nil, err
	}
	if s.voice, err = tone.New(hummed, speakerRate); err != nil {
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
	for _, sample := range frame {
		s.energy += float64(sample) * float64(sample) / (32768 * 32768)
	}
	s.samples += len(frame)
	if s.ear.Heard() < listened {
		return
	}
	var heard []string
	tones := 0.0 // the power of people's tones; a full-scale sine has 1/2
	for i, person := range s.people {
		if s.ear.Hears(i, audible) {
			heard = append(heard, person)
			tones += math.Pow(10, s.ear.Level(i)/10) / 2
		}
	}
	if power := s.energy / float64(s.samples); s.agent != "" && power > math.Pow(10, spoken/10.) && tones < power/2 {
		heard = []string{s.agent} // speech has these frequencies, too, beside others
		s.told++
	}
	s.ear.Reset()
	s.energy, s.samples = 0, 0
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

// times is how often the person has heard the agent.
func (s *speaker) times() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.told
}

// wasTold tells whether the person has heard the agent at all.
func (s *speaker) wasTold() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.told > 0
}
