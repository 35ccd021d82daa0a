package media

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/media/graph"
	"hookflash/media/tone"
	"hookflash/media/wav"
)

// eventually waits for what an engine does on its own clock.
func eventually(t *testing.T, reason string, holds func() bool) {
	t.Helper()
	for range 500 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s: not within five seconds", reason)
}

func (t *told) ended(node graph.Node) (ended graph.Ended, ok bool) {
	for _, event := range t.all() {
		if e, is := event.(graph.Ended); is && e.Node == node {
			return e, true
		}
	}
	return graph.Ended{}, false
}

// store puts a tone into a file.
func store(t *testing.T, name string, rate int, hertz float64, lasts time.Duration) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w, err := wav.NewWriter(file, rate, wav.PCM16)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, int(lasts.Seconds()*float64(rate)))
	for i := range pcm {
		pcm[i] = int16(5000 * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate)))
	}
	if err := errors.Join(w.Write(pcm), w.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestPlayAndRecord(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	store(t, filepath.Join(directory, "music.wav"), 44100, 830, 200*time.Millisecond)
	store(t, filepath.Join(directory, "short.wav"), 8000, 620, 300*time.Millisecond)
	e, told := start(t, Settings{Files: directory})
	a := join(t, e, 10, pcmu)
	apply(t, e, graph.Join{Room: 1, Node: 10},
		graph.Play{Player: 20, Source: "file:music", Repeat: true}, graph.Join{Room: 1, Node: 20},
		graph.Play{Player: 21, Source: "tone:620"}, graph.Join{Room: 1, Node: 21},
		graph.Record{Recorder: 22, Sink: "file:calls/one.wav", Limit: time.Second}, graph.Join{Room: 1, Node: 22})
	talk(30, a)
	if got := slices.Sorted(slices.Values(a.hears(15))); !slices.Equal(got, []float64{620, 830}) {
		t.Errorf("the music, again and again, and the tone: %v", got)
	}
	if _, ok := told.ended(20); ok {
		t.Error("what repeats doesn't end")
	}
	apply(t, e, graph.Close{Node: 20}, graph.Close{Node: 21},
		graph.Play{Player: 23, Source: "file:short.wav"}, graph.Join{Room: 1, Node: 23})
	talk(25, a)
	eventually(t, "a file ends once", func() bool { _, ok := told.ended(23); return ok })
	eventually(t, "a recording ends at its limit", func() bool { _, ok := told.ended(22); return ok })
	if ended, _ := told.ended(22); ended.Err != nil {
		t.Error(ended.Err)
	}
	file, err := os.Open(filepath.Join(directory, "calls", "one.wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := wav.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, 20000)
	n, _ := r.Read(pcm)
	if n != r.Rate() {
		t.Errorf("a second was recorded, not %d samples at %d Hz", n, r.Rate())
	}
	// The room got wide when the music was read: the recorder was there before.
	found, err := tone.Find(pcm[n/4:n/2], r.Rate(), -40, tones...)
	if err != nil || !slices.Contains(found, a.hertz) || !slices.Contains(found, 620) {
		t.Errorf("all that was heard was recorded: %v, %v", found, err)
	}
}

// TestNamesStayInTheirDirectory: whatever a name says.
func TestNamesStayInTheirDirectory(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	directory := filepath.Join(parent, "files")
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	store(t, filepath.Join(parent, "secret.wav"), 8000, 440, 100*time.Millisecond)
	if err := os.Symlink(parent, filepath.Join(directory, "link")); err != nil {
		t.Fatal(err)
	}
	e, told := start(t, Settings{Files: directory})
	node := graph.Node(100)
	for _, name := range []string{"../secret.wav", "/etc/passwd", parent + "/secret.wav", "link/secret.wav", "a/../../secret", "./../secret.wav", "", ".", "..", "\x00"} {
		play, record := node, node+1
		node += 2
		apply(t, e, graph.Play{Player: play, Source: "file:" + name}, graph.Record{Recorder: record, Sink: "file:" + strings.Replace(name, "secret", "written", 1)})
		for _, which := range []graph.Node{play, record} {
			eventually(t, name, func() bool { _, ok := told.ended(which); return ok })
			if ended, _ := told.ended(which); !errors.Is(ended.Err, ErrSource) {
				t.Errorf("%q: %v", name, ended.Err)
			}
		}
	}
	if matches, _ := filepath.Glob(filepath.Join(parent, "written*")); len(matches) != 0 {
		t.Errorf("written outside: %v", matches)
	}
}

// TestDial: digits from one stream to another, as events and as tones.
func TestDial(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason string
		events uint8
		codec  graph.Codec
	}{{"events", 101, pcmu}, {"tones", 0, pcma}, {"tones at 16 kHz", 0, g722}} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			e, told := start(t, Settings{})
			ports, err := e.Ports(2)
			if err != nil {
				t.Fatal(err)
			}
			// Two streams of one engine, each the other's far side.
			for i := range 2 {
				node := graph.Node(10 + i)
				apply(t, e, graph.Open{Stream: node, Port: ports[i]}, graph.Set{
					Stream: node, Remote: netipLoopback(ports[1-i]), Codec: test.codec, Accept: []graph.Codec{test.codec},
					Events: test.events, Send: true, Receive: true,
				}, graph.Join{Room: graph.Room(1 + i), Node: node})
			}
			apply(t, e, graph.Dial{Stream: 10, Digits: "159*#", Each: 80 * time.Millisecond})
			digits := func() string {
				var digits []byte
				for _, event := range told.all() {
					if digit, ok := event.(graph.Digit); ok && digit.Stream == 11 {
						digits = append(digits, digit.Digit)
						if digit.Sounded != (test.events == 0) {
							t.Errorf("%c is told as a tone in the sound: %t", digit.Digit, digit.Sounded)
						}
					}
				}
				if test.events == 0 { // a tone breaks in two where the machine was kept from running
					digits = slices.Compact(digits)
				}
				return string(digits)
			}
			eventually(t, test.reason, func() bool { return len(digits()) >= 5 })
			if got := digits(); got != "159*#" {
				t.Errorf("%q arrives, not 159*#", got)
			}
		})
	}
}

func TestSilent(t *testing.T) {
	t.Parallel()
	e, told := start(t, Settings{Silence: 200 * time.Millisecond})
	a := join(t, e, 10, pcmu)
	apply(t, e, graph.Join{Room: 1, Node: 10})
	talk(20, a)
	if events := told.all(); len(events) != 0 {
		t.Errorf("who talks isn't silent: %v", events)
	}
	eventually(t, "then nothing comes", func() bool { return len(told.all()) > 0 })
	time.Sleep(300 * time.Millisecond)
	if events := told.all(); len(events) != 1 || events[0].(graph.Silent).Stream != 10 {
		t.Errorf("it is told once: %v", events)
	}
}

// person is a device that says a tone and remembers what it hears.
type person struct {
	mutex sync.Mutex
	tone  *tone.Generator
	at    uint64
	heard []int16
}

func (p *person) Rate() int { return 16000 }

func (p *person) Read(frame []int16) bool {
	p.at += uint64(p.tone.Generate(frame, p.at))
	return true
}

func (p *person) Write(frame []int16) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.heard = append(p.heard, frame...)
}

func TestDevice(t *testing.T) {
	t.Parallel()
	parsed, err := tone.Parse("620")
	if err != nil {
		t.Fatal(err)
	}
	somebody := &person{}
	if somebody.tone, err = tone.New(parsed, 16000); err != nil {
		t.Fatal(err)
	}
	e, _ := start(t, Settings{Device: somebody})
	a := join(t, e, 10, pcmu)
	apply(t, e, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: graph.Device})
	talk(40, a)
	if got := a.hears(15); !slices.Equal(got, []float64{620}) {
		t.Errorf("the far side hears the person: %v", got)
	}
	somebody.mutex.Lock()
	defer somebody.mutex.Unlock()
	heard := somebody.heard[max(len(somebody.heard)-4800, 0):]
	if got, err := tone.Find(heard, 16000, -40, tones...); err != nil || !slices.Equal(got, []float64{a.hertz}) {
		t.Errorf("the person hears the far side: %v, %v", got, err)
	}
}
