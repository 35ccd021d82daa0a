package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hookflash/media/tone"
	"hookflash/media/wav"
)

// tune makes a file with two seconds of a tone.
func tune(t *testing.T, text string) string {
	t.Helper()
	parsed, err := tone.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	generator, err := tone.New(parsed, 16000)
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]int16, 32000)
	generator.Generate(samples, 0)
	name := filepath.Join(t.TempDir(), text+".wav")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	writer, err := wav.NewWriter(file, 16000, wav.PCM16)
	if err == nil {
		err = errors.Join(writer.Write(samples), writer.Close(), file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// heard are the tones in a recording, its first and last moments left out.
func heard(t *testing.T, name string, among ...float64) []float64 {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	reader, err := wav.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []int16
	for block := make([]int16, 4096); ; {
		n, err := reader.Read(block)
		all = append(all, block[:n]...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 8000 {
		t.Fatalf("%d samples are heard", len(all))
	}
	found, err := tone.Find(all[len(all)/4:len(all)*3/4], reader.Rate(), -40, among...)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestPhoneSound: what one plays the other hears, and nothing else; without a file it is a tone.
func TestPhoneSound(t *testing.T) {
	o := newOffice(t)
	said, alice, bob := tune(t, "1000"), filepath.Join(t.TempDir(), "alice.wav"), filepath.Join(t.TempDir(), "bob.wav")
	o.phone("bob", lines("wait incoming", "answer", "wait ended"), func(options *phoneOptions) { options.record = bob })
	o.phone("alice", lines("call bob", "wait established", "sleep 1.2", "hangup"), func(options *phoneOptions) { options.play, options.record = said, alice })
	o.succeed()
	if got := heard(t, bob, 440, 1000); !slices.Equal(got, []float64{1000}) {
		t.Errorf("bob hears what alice plays: %v", got)
	}
	if got := heard(t, alice, 440, 1000); !slices.Equal(got, []float64{440}) {
		t.Errorf("alice hears bob's tone: %v", got)
	}
}
