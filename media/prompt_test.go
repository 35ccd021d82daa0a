package media

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"hookflash/media/graph"
	"hookflash/media/wav"
)

// counted counts how often a file is opened.
type counted struct {
	fs.FS
	opened atomic.Int32
}

func (c *counted) Open(name string) (fs.File, error) {
	file, err := c.FS.Open(name)
	if err == nil {
		c.opened.Add(1)
	}
	return file, err
}

// said is a WAV file of so many samples, by which it is told from others.
func said(t *testing.T, samples int) []byte {
	t.Helper()
	var text bytes.Buffer
	w, err := wav.NewWriter(&text, 8000, wav.MuLaw)
	if err == nil {
		err = errors.Join(w.Write(make([]int16, 2*samples)), w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

func promptLibrary(t *testing.T, language string) (*library, *counted) {
	t.Helper()
	folder := t.TempDir()
	for name, samples := range map[string]int{"all.wav": 11, "zh/both.wav": 12, "en/english.wav": 13, "greetings/sales.wav": 14, "own.wav": 15} {
		if err := os.MkdirAll(filepath.Join(folder, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), said(t, samples), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(folder), "outside.wav"), said(t, 99), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	builtin := &counted{FS: fstest.MapFS{
		"en/all.wav": {Data: said(t, 1)}, "zh/all.wav": {Data: said(t, 2)}, "en/both.wav": {Data: said(t, 3)},
		"zh/both.wav": {Data: said(t, 4)}, "en/only.wav": {Data: said(t, 5)}, "zh/english.wav": {Data: said(t, 6)},
		"en/broken.wav": {Data: []byte("RIFF")},
	}}
	return newLibrary(&Settings{Builtin: builtin, Language: language}, nil, root), builtin
}

func TestWhichPrompt(t *testing.T) {
	for _, test := range []struct {
		reason, language, name string
		samples                int // 0: none
	}{
		{"built in, in the language asked for", "en", "zh/both", 12},
		{"the folder's, in all languages", "en", "zh/all", 11},
		{"the folder's, where no language is named", "zh", "all", 11},
		{"the language of the settings", "zh", "both", 12},
		{"the other language of the settings", "en", "both", 3},
		{"English stands in", "zh", "only", 5},
		{"English stands in for a language that is named", "en", "zh/only", 5},
		{"the folder's in one language leaves the other as it is", "en", "zh/english", 6},
		{"the folder's in one language", "zh", "en/english", 13},
		{"a language that nobody speaks", "zh", "fr/both", 12},
		{"a folder that is no language", "en", "greetings/sales", 14},
		{"a folder that is no language is not left out", "en", "greetings/all", 0},
		{"a prompt of one's own", "en", "own", 15},
		{"with its ending", "en", "own.wav", 15},
		{"none", "en", "nothing", 0},
		{"none at all", "en", "", 0},
		{"a language alone", "en", "zh/", 0},
		{"above the folder", "en", "../outside", 0},
		{"above the folder by a language", "en", "zh/../../outside", 0},
		{"absolute", "en", "/etc/passwd", 0},
		{"a file that is none", "en", "broken", 0},
	} {
		l, _ := promptLibrary(t, test.language)
		got := l.load("prompt", test.name)
		switch {
		case test.samples == 0 && got.err == nil:
			t.Errorf("%s: %q is played", test.reason, test.name)
		case test.samples != 0 && (got.err != nil || len(got.sound.samples) != 2*test.samples):
			t.Errorf("%s: %q: %+v, want %d samples", test.reason, test.name, got, test.samples)
		}
		e := &Engine{sounds: l}
		if knows := e.Knows(test.name); knows != (test.samples != 0) && test.name != "broken" {
			t.Errorf("%s: knows %q: %v", test.reason, test.name, knows)
		}
	}
}

func TestPromptDecodedOnce(t *testing.T) {
	l, builtin := promptLibrary(t, "en")
	first := l.load("prompt", "only").sound
	for range 1000 {
		if got := l.load("prompt", "zh/only").sound; got != first {
			t.Fatal("a copy for a listener")
		}
	}
	if opened := builtin.opened.Load(); opened != 1 {
		t.Errorf("it was read %d times", opened)
	}
	l.kepts = MaxKept
	if one, other := l.load("prompt", "both").sound, l.load("prompt", "both").sound; one == nil || one == other {
		t.Error("beyond the limit nothing more is kept")
	}
	if len(l.steady) != 1 {
		t.Errorf("%d are kept", len(l.steady))
	}
}

// Whoever waits for a player or recorder is told, also when there never was one.
func TestUnmade(t *testing.T) {
	t.Parallel()
	e, told := start(t, Settings{Builtin: fstest.MapFS{"en/short.wav": {Data: said(t, 80)}}})
	_ = e.Apply([]any{
		graph.Play{Player: 20, Source: "prompt:nothing"},
		graph.Play{Player: 21, Source: "tone:nothing"},
		graph.Play{Player: 22, Source: "nothing"},
		graph.Record{Recorder: 23, Sink: "file:x"},
		graph.Play{Player: 24, Source: "prompt:zh/short"},
		graph.Join{Room: 1, Node: 24},
	})
	for _, test := range []struct {
		reason string
		node   graph.Node
		fails  bool
	}{
		{"no such prompt", 20, true},
		{"no such tone", 21, true},
		{"no such kind", 22, true},
		{"nowhere to record to", 23, true},
		{"a prompt that is there", 24, false},
	} {
		eventually(t, test.reason, func() bool { _, ok := told.ended(test.node); return ok })
		if ended, _ := told.ended(test.node); (ended.Err != nil) != test.fails {
			t.Errorf("%s: %v", test.reason, ended.Err)
		}
	}
	apply(t, e, graph.Close{Node: 20}, graph.Close{Node: 24})
}

// TestManyListeners: each has a player of their own, and none of them a copy of what it plays. A tick of all allocates nothing.
func TestManyListeners(t *testing.T) {
	if raceDetector {
		t.Skip("a tick of a thousand takes too long")
	}
	const listeners = 1000
	e, w := still(t)
	e.sounds.builtin = fstest.MapFS{"en/news.wav": {Data: said(t, 8000)}}
	var heard []*player
	for i := range listeners {
		n, err := e.newPlayer(graph.Play{Player: graph.Node(10 + i), Source: "prompt:news", Repeat: true}, "prompt", "news")
		if err != nil {
			t.Fatal(err)
		}
		w.look()
		w.adopt(n)
		w.obey(command{n.id, e.sounds.load("prompt", "news")})
		w.obey(command{n.id, graph.Join{Room: graph.Room(1 + i), Node: n.id}})
		heard = append(heard, n.part.(*player))
	}
	tick := int64(100)
	if n := testing.AllocsPerRun(50, func() {
		tick++
		w.beat(tick)
	}); n > 0 {
		t.Errorf("%v allocations in a tick of %d", n, listeners)
	}
	for _, p := range heard {
		if p.sound != heard[0].sound || p.at == 0 {
			t.Fatalf("a listener has another sound, or is at %d", p.at)
		}
	}
}

// TestNoWayOut: a prompt's name leads nowhere but to prompts, however it is spelled.
func TestNoWayOut(t *testing.T) {
	l, _ := promptLibrary(t, "en")
	e := &Engine{sounds: l}
	tried := 0
	for _, start := range []string{"", "en/", "zh/", "/", "./", "en/../", "en/./", "greetings/", "\\", "C:\\", "//", "en//", "~/", "%2e/"} {
		for _, up := range []string{"../", "..\\", "..%2f", "%2e%2e/", "..;/", "..../", "....//", ".../", "..\x00/", "..\u2215"} {
			for times := range 6 {
				for _, file := range []string{"outside", "outside.wav", "etc/passwd", "etc/passwd.wav"} {
					name := start + strings.Repeat(up, times+1) + file
					tried++
					if got := l.load("prompt", name); got.err == nil {
						t.Errorf("%q is played", name)
					}
					if e.Knows(name) {
						t.Errorf("%q is known", name)
					}
				}
			}
		}
	}
	if tried < 500 {
		t.Errorf("%d spellings", tried)
	}
}
