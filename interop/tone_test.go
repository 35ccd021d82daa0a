//go:build interop

package interop

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"testing"
	"time"
)

const (
	sampleRate  = 8000 // Hz, G.711
	toneWindow  = sampleRate / 4
	toneSeconds = 120 // longer than any call here
	waveHeader  = 44  // bytes before the samples
)

// writeTone writes a WAV file, mono, 16 bits, that is longer than any call here.
func writeTone(t testing.TB, path string, frequency int) {
	t.Helper()
	writeSound(t, path, tone(frequency, 0, toneSeconds*time.Second))
}

func writeSound(t testing.TB, path string, samples []int16) {
	t.Helper()
	var file bytes.Buffer
	size := uint32(2 * len(samples))
	file.WriteString("RIFF")
	_ = binary.Write(&file, binary.LittleEndian, 36+size)
	file.WriteString("WAVEfmt ")
	_ = binary.Write(&file, binary.LittleEndian, struct {
		Size             uint32
		Format, Channels uint16
		Rate, Bytes      uint32
		Block, Bits      uint16
	}{16, 1, 1, sampleRate, 2 * sampleRate, 2, 16})
	file.WriteString("data")
	_ = binary.Write(&file, binary.LittleEndian, size)
	_ = binary.Write(&file, binary.LittleEndian, samples)
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tone is a sine from a sample on, at a quarter of full scale.
func tone(frequency, from int, length time.Duration) []int16 {
	samples := make([]int16, int(length*sampleRate/time.Second))
	for i := range samples {
		samples[i] = int16(8000 * math.Sin(2*math.Pi*float64(frequency)*float64(from+i)/sampleRate))
	}
	return samples
}

// readSamples reads the samples of a WAV file that may still grow.
func readSamples(path string) []int16 {
	text, err := os.ReadFile(path)
	if err != nil || len(text) < waveHeader {
		return nil
	}
	samples := make([]int16, (len(text)-waveHeader)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(text[waveHeader+2*i:]))
	}
	return samples
}

// isTone tells whether the last quarter of a second is a tone of this frequency: nine
// tenths of the power lie there.
func isTone(samples []int16, frequency int) bool {
	if len(samples) < toneWindow {
		return false
	}
	samples = samples[len(samples)-toneWindow:]
	return power(samples) > 100*100 && share(samples, frequency) > 0.9
}

// isSilent tells whether the last quarter of a second holds nothing anybody could hear.
func isSilent(samples []int16) bool {
	return len(samples) >= toneWindow && power(samples[len(samples)-toneWindow:]) < 50*50
}

// power is the mean square of the samples.
func power(samples []int16) float64 {
	sum := 0.0
	for _, sample := range samples {
		sum += float64(sample) * float64(sample)
	}
	return sum / float64(len(samples))
}

// share is the part of the power at a frequency, 0 to 1 (Goertzel's algorithm).
func share(samples []int16, frequency int) float64 {
	coefficient := 2 * math.Cos(2*math.Pi*float64(frequency)/sampleRate)
	var last, before float64
	for _, sample := range samples {
		last, before = float64(sample)+coefficient*last-before, last
	}
	magnitude := last*last + before*before - coefficient*last*before
	count := float64(len(samples))
	return 2 * magnitude / (count * count) / power(samples)
}

// TestTone: the yardstick of the other tests.
func TestTone(t *testing.T) {
	for _, c := range []struct {
		reason    string
		played    int
		asked     int
		recognise bool
	}{
		{"a tone is recognised", 440, 440, true},
		{"another tone is not", 440, 660, false},
		{"a tone off the grid of the window is recognised", 443, 443, true},
	} {
		if got := isTone(tone(c.played, 100, time.Second), c.asked); got != c.recognise {
			t.Errorf("%s: %d Hz taken for %d Hz is %v", c.reason, c.played, c.asked, got)
		}
	}
	if silence := make([]int16, sampleRate); isTone(silence, 440) || !isSilent(silence) {
		t.Error("silence is no tone")
	}
}
