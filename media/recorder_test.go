package media

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hookflash/media/graph"
	"hookflash/media/tone"
	"hookflash/media/wav"
)

// recorded reads a recording.
func recorded(t *testing.T, name string) (samples []int16, rate int) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := wav.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]int16, 8000)
	for {
		n, err := r.Read(block)
		samples = append(samples, block[:n]...)
		if errors.Is(err, io.EOF) {
			return samples, r.Rate()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestRecordingIsPaused: what is said in a pause is not in the file, and nothing shows where it was; members come
// and go meanwhile.
func TestRecordingIsPaused(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	e, told := start(t, Settings{Files: directory})
	a, b, c := join(t, e, 10, pcmu), join(t, e, 11, pcmu), join(t, e, 12, pcmu)
	c.mute = true
	apply(t, e, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11})
	talk(20, a, b)
	apply(t, e, graph.Record{Recorder: 20, Sink: "file:one.wav", Consent: true}, graph.Join{Room: 1, Node: 20})
	talk(30, a, b)
	if found, err := tone.Find(a.heard[len(a.heard)-29*160:], 8000, -40, 1400); err != nil || len(found) == 0 {
		t.Errorf("everybody hears that it is recorded: %v, %v", found, err)
	}
	apply(t, e, graph.Pause{Recorder: 20, Paused: true}, graph.Leave{Node: 11}, graph.Join{Room: 1, Node: 12})
	c.mute = false
	talk(40, a, c)
	if found, err := tone.Find(a.heard[len(a.heard)-29*160:], 8000, -40, 1400); err != nil || len(found) != 0 {
		t.Errorf("and not in a pause: %v, %v", found, err)
	}
	apply(t, e, graph.Leave{Node: 12}, graph.Join{Room: 1, Node: 11})
	talk(10, a, b)
	apply(t, e, graph.Pause{Recorder: 20})
	talk(30, a, b)
	apply(t, e, graph.Close{Node: 20})
	eventually(t, "the file is whole", func() bool { _, ok := told.ended(20); return ok })
	samples, rate := recorded(t, filepath.Join(directory, "one.wav"))
	if frames := len(samples) / samplesOf(rate); frames < 56 || frames > 66 {
		t.Errorf("%d frames, not about 60: the pause is left out", frames)
	}
	found, err := tone.Find(samples[len(samples)/8:], rate, -40, tones...)
	slices.Sort(found)
	want := []float64{a.hertz, b.hertz}
	slices.Sort(want)
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("in the recording there is %v, not %v: %v", found, want, err)
	}
	wantRow(t, "through recording and pause", a, 0)
}

// TestRecordingOfTheKilled: what is on disk before the end is a file that can be read.
func TestRecordingOfTheKilled(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	e, _ := start(t, Settings{Files: directory})
	a := join(t, e, 10, pcmu)
	apply(t, e, graph.Join{Room: 1, Node: 10}, graph.Record{Recorder: 20, Sink: "file:one.wav"}, graph.Join{Room: 1, Node: 20})
	talk(75, a)
	samples, rate := recorded(t, filepath.Join(directory, "one.wav"))
	if len(samples) < rate {
		t.Errorf("%d samples of a second and a half", len(samples))
	}
}
