package music

import (
	"math"
	"strconv"
	"strings"
	"sync"
)

// own are the pieces of our own, by name. The sound is made from the score once, when it is first heard.
var own = map[string]func() []int16{
	"default": sync.OnceValue(func() []int16 { return perform(&morning) }),
	"calm":    sync.OnceValue(func() []int16 { return perform(&lake) }),
}

// score is a piece as notes. It is played in a circle.
type score struct {
	tempo float64 // beats in a minute
	bar   float64 // beats of a bar
	// chords are one to a bar: the bass, then the voices, low to high.
	chords []string
	parts  []part
	melody []string // one to a bar: "E5:1.5 D5:0.5 -:2", each a note and its beats
	lead   voice
	echo   float64 // of the melody: how loud, a beat and a half later
}

// part is one way to play the chords.
type part struct {
	voice voice
	// steps are what is played when: which note of the chord (0 is the bass), at which beat, for how many.
	steps []step
}

type step struct {
	note     int
	at, long float64
	loud     float64 // beside the voice: 1 is as loud
}

// event is one note in time.
type event struct {
	hertz, at, long float64 // seconds
	loud            float64
	voice           *voice
}

// events are all notes, and how long the piece is in seconds.
func (s *score) events() (events []event, length float64) {
	beat := 60 / s.tempo
	for i, chord := range s.chords {
		notes := strings.Fields(chord)
		start := float64(i) * s.bar * beat
		for p := range s.parts {
			for _, step := range s.parts[p].steps {
				if step.note < len(notes) {
					events = append(events, event{pitch(notes[step.note]), start + step.at*beat, step.long * beat, step.loud, &s.parts[p].voice})
				}
			}
		}
	}
	for i, bar := range s.melody {
		at := float64(i) * s.bar * beat
		for _, word := range strings.Fields(bar) {
			name, text, _ := strings.Cut(word, ":")
			beats, _ := strconv.ParseFloat(text, 64)
			if name != "-" {
				played := event{pitch(name), at, beats * beat, 1, &s.lead}
				events = append(events, played)
				if s.echo > 0 {
					played.at, played.loud = played.at+1.5*beat, s.echo
					events = append(events, played)
				}
			}
			at += beats * beat
		}
	}
	return events, float64(len(s.chords)) * s.bar * beat
}

// pitch is the frequency of a note, such as "C4", "F#3" or "Bb3", in Hz; A4 is 440.
func pitch(name string) float64 {
	semitones := map[byte]int{'C': 0, 'D': 2, 'E': 4, 'F': 5, 'G': 7, 'A': 9, 'B': 11}[name[0]]
	switch name[1] {
	case '#':
		semitones++
	case 'b':
		semitones--
	}
	octave := int(name[len(name)-1] - '0')
	return 440 * math.Pow(2, float64(12*(octave-4)+semitones-9)/12)
}
