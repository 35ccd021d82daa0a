package flow

import (
	"math"
	"slices"
	"testing"
)

// sound makes a sample of a sound from its number.
type sound func(sample int) float64

func hum(hertz, level float64) sound {
	return func(sample int) float64 { return level * math.Sin(2*math.Pi*hertz*float64(sample)/speakerRate) }
}

// speech changes its pitch all the time, through the frequencies that people hum, and has overtones.
func speech(sample int) float64 {
	second := float64(sample) / speakerRate
	phase := 2 * math.Pi * (500*second + 30*math.Sin(2*math.Pi*3*second))
	return 0.1*math.Sin(phase) + 0.08*math.Sin(2*phase) + 0.06*math.Sin(3*phase)
}

func TestHears(t *testing.T) {
	for _, test := range []struct {
		reason, agent string
		heard         sound
		want          []string
	}{
		{"silence", announcementServer, hum(0, 0), nil},
		{"a person", announcementServer, hum(voices["bob"], 0.25), []string{"bob"}},
		{"two people", announcementServer, func(i int) float64 { return hum(voices["bob"], 0.25)(i) + hum(voices["b4"], 0.25)(i) }, []string{"b4", "bob"}},
		{"an announcement", announcementServer, speech, []string{announcementServer}},
		{"a hiss", announcementServer, func(i int) float64 { return 0.001 * float64(i%7-3) }, nil},
	} {
		s, err := newSpeaker("alice", test.agent)
		if err != nil {
			t.Fatal(err)
		}
		frame := make([]int16, speakerRate/50)
		for i := range speakerRate / len(frame) {
			for j := range frame {
				frame[j] = int16(32767 * test.heard(i*len(frame)+j))
			}
			s.Write(frame)
		}
		if got, stretch := s.hears(); !slices.Equal(got, test.want) || stretch < fresh {
			t.Errorf("%s: hears %v, want %v, after %d stretches", test.reason, got, test.want, stretch)
		}
	}
}
