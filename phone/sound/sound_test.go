package sound

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hookflash/media/tone"
	"hookflash/media/wav"
)

// said takes frames of a source.
func said(t *testing.T, source Source, frames int) []int16 {
	t.Helper()
	var all []int16
	for range frames {
		var f [frame]int16
		if !source.Read(f[:]) {
			t.Fatal("a source says something all the time")
		}
		all = append(all, f[:]...)
	}
	return all
}

func write(t *testing.T, rate int, samples []int16) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "said.wav")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	writer, err := wav.NewWriter(file, rate, wav.PCM16)
	if err == nil {
		err = writer.Write(samples)
	}
	if err == nil {
		err = writer.Close()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestTone(t *testing.T) {
	source, err := NewTone("440")
	if err != nil {
		t.Fatal(err)
	}
	found, err := tone.Find(said(t, source, 50), Rate, -30, 440, 880)
	if err != nil || !slices.Equal(found, []float64{440}) {
		t.Errorf("440 Hz and nothing else are heard: %v %v", found, err)
	}
	if _, err := NewTone("loud"); !errors.Is(err, tone.ErrUnknown) {
		t.Errorf("no tone has this name: %v", err)
	}
}

// TestPlay: a file at another rate is said at ours, over and over.
func TestPlay(t *testing.T) {
	eight, err := tone.Parse("440")
	if err != nil {
		t.Fatal(err)
	}
	generator, err := tone.New(eight, 8000)
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]int16, 8000)
	generator.Generate(samples, 0)
	source, err := Play(write(t, 8000, samples))
	if err != nil {
		t.Fatal(err)
	}
	found, err := tone.Find(said(t, source, 150), Rate, -30, 440, 880)
	if err != nil || !slices.Equal(found, []float64{440}) {
		t.Errorf("three seconds of a one-second file: %v %v", found, err)
	}
}

func TestPlayMistakes(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.wav")
	if err := os.WriteFile(text, []byte("no sound"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ reason, name, want string }{
		{"a file that is not there", filepath.Join(t.TempDir(), "none.wav"), "no such file"},
		{"a file that is no WAV", text, "not a sound file"},
		{"a rate that can't be changed", write(t, 44100, make([]int16, 100)), "ffmpeg -i"},
		{"a file without sound", write(t, 8000, nil), "there is no sound in it"},
	}
	for _, test := range tests {
		if _, err := Play(test.name); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.reason, err, test.want)
		}
	}
}

// TestRecord: what is heard is in the file, silence in its place.
func TestRecord(t *testing.T) {
	name := filepath.Join(t.TempDir(), "heard.wav")
	sink, err := Record(name)
	if err != nil {
		t.Fatal(err)
	}
	device := &Device{Sink: sink}
	loud := slices.Repeat([]int16{1000}, frame)
	for _, heard := range [][]int16{loud, nil, loud} {
		device.Write(heard)
	}
	if device.Read(make([]int16, frame)) {
		t.Error("without a source nothing is said")
	}
	if err := device.Close(); err != nil {
		t.Fatal(err)
	}
	source, err := Play(name)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Concat(loud, make([]int16, frame), loud)
	if got := said(t, source, 3); !slices.Equal(got, want) {
		t.Errorf("three frames, the second one silent: %v", got)
	}
	if _, err := Record(filepath.Join(t.TempDir(), "none", "x.wav")); err == nil {
		t.Error("a folder that is not there")
	}
}

// TestRing: sound waits in its order, the oldest is dropped, and a loudspeaker never waits.
func TestRing(t *testing.T) {
	var r ring
	three := make([]int16, 3)
	if r.take(three) {
		t.Error("nothing is there")
	}
	_, _ = r.put([]int16{1, 2, 3, 4})
	if !r.take(three) || !slices.Equal(three, []int16{1, 2, 3}) {
		t.Errorf("the oldest first: %v", three)
	}
	if n, err := r.fill(three); n != 3 || err != nil || !slices.Equal(three, []int16{4, 0, 0}) {
		t.Errorf("silence behind what is there: %v", three)
	}
	long := make([]int16, maxWaiting+2)
	for i := range long {
		long[i] = int16(i)
	}
	_, _ = r.put(long)
	if !r.take(three) || three[0] != 2 {
		t.Errorf("the oldest is dropped: %v", three)
	}
}

// TestNoCard: without PulseAudio it says so.
func TestNoCard(t *testing.T) {
	t.Setenv("PULSE_SERVER", "unix:"+filepath.Join(t.TempDir(), "none"))
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if _, _, err := Card(); !errors.Is(err, ErrNoCard) {
		t.Errorf("nobody answers: %v", err)
	}
}
