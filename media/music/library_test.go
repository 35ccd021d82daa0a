package music

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// folder makes one with copies of a file under some names.
func folder(t *testing.T, names ...string) string {
	t.Helper()
	at := t.TempDir()
	for _, name := range names {
		text := readFile(t, "testdata/mono-16000.ogg")
		if filepath.Ext(name) == ".mp3" {
			text = readFile(t, "testdata/mono-24000.mp3")
		}
		if err := os.MkdirAll(filepath.Join(at, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return at
}

func TestLibrary(t *testing.T) {
	at := folder(t, "Jazz.mp3", "waltz.ogg", "evening/2.ogg", "evening/1 first.mp3", "evening/cover.jpg", "empty/readme.txt", ".hidden.mp3", "notes.txt")
	l, problems := Open(Settings{Folder: at, Playlists: map[string][]string{"lobby": {"waltz.ogg", "Jazz.mp3", "evening/2.ogg"}}})
	if len(problems) > 0 {
		t.Errorf("nothing is wrong: %v", problems)
	}
	if got, want := l.Names(), []string{"calm", "default", "evening", "jazz", "lobby", "waltz"}; !slices.Equal(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
	for name, want := range map[string]string{
		"jazz": "[Jazz.mp3]", "JAZZ": "[Jazz.mp3]", "evening": "[evening/1 first.mp3 evening/2.ogg]",
		"lobby": "[waltz.ogg Jazz.mp3 evening/2.ogg]", "default": "[default]", "hidden": "[]", "../jazz": "[]", "": "[]", "jazz.mp3": "[]",
	} {
		if got := fmt.Sprint(l.Pieces(name)); got != want || l.Knows(name) != (want != "[]") {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
	for _, name := range l.Names() {
		for _, piece := range l.Pieces(name) {
			if err := piece.Probe(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if samples, err := l.Pieces("waltz")[0].Load(context.Background()); err != nil || len(samples) < Rate {
		t.Errorf("%d samples, %v", len(samples), err)
	}
}

func TestProblems(t *testing.T) {
	outside := folder(t, "secret.mp3")
	at := folder(t, "a.mp3", "A.ogg", "two words.mp3", "kind/x.ogg", "default.mp3", "odd.mp3/x.txt")
	if err := os.Symlink(filepath.Join(outside, "secret.mp3"), filepath.Join(at, "link.mp3")); err != nil {
		t.Fatal(err)
	}
	_, problems := Open(Settings{Folder: at, Playlists: map[string][]string{
		"kind": {"a.mp3"}, "out": {"../secret.mp3", "/etc/passwd.mp3", "http://example.com/a.mp3", "kind", "gone.ogg", `..\a.mp3`, "kind/../a.mp3"},
		"a b": {"a.mp3"}, "none": {},
	}})
	var told []string
	for _, p := range problems {
		if p.What == "" || p.Remedy == "" {
			t.Errorf("%v says too little", p)
		}
		told = append(told, fmt.Sprintf("%s: %s (%v)", p.Path, p.What, p.Warning))
	}
	all := strings.Join(told, "\n")
	for _, want := range []string{
		`folder: "A.ogg" and "a.mp3" have the same name, and the first is played (true)`,
		`folder: "two words.mp3" can't be a name: a name has letters, digits, . _ - and nothing else (true)`,
		`folder: "link.mp3" can't be read (true)`,
		`playlists.kind: has the name of "kind" in the folder (false)`,
		`playlists.out[0]: "../secret.mp3" leads out of the folder (false)`,
		`playlists.out[1]: "/etc/passwd.mp3" leads out of the folder (false)`,
		`playlists.out[2]: "http://example.com/a.mp3" is an address, and nothing is fetched (false)`,
		`playlists.out[3]: "kind" is no MP3, Ogg or WAV file (false)`,
		`playlists.out[4]: there is no file "gone.ogg" (true)`,
		`playlists.out[5]: "..\\a.mp3" leads out of the folder (false)`,
		`playlists.out[6]: "kind/../a.mp3" leads out of the folder (false)`,
		`playlists.a b: "a b" can't be a name (false)`,
		`playlists.none: has 0 files (false)`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("it lacks %s in\n%s", want, all)
		}
	}
	if len(told) != 13 {
		t.Errorf("%d are told:\n%s", len(told), all)
	}
	for _, s := range []Settings{{Folder: filepath.Join(at, "nowhere")}, {Playlists: map[string][]string{"lobby": {"a.mp3"}}}} {
		l, problems := Open(s)
		if len(problems) != 1 || problems[0].Warning || !l.Knows("default") {
			t.Errorf("%v: %v", s, problems)
		}
	}
}

// TestOwn: our own pieces are a minute or two, at the level of speech, with nothing cut off, and go round without a gap.
func TestOwn(t *testing.T) {
	for name, make := range own {
		samples := make()
		if seconds := len(samples) / Rate; seconds < 60 || seconds > 120 {
			t.Errorf("%s takes %d seconds", name, seconds)
		}
		if level := rms(samples); level < speech*0.95 || level > speech*1.05 {
			t.Errorf("%s: its level is %.0f", name, level)
		}
		quiet := 0
		for at := 0; at+Rate <= len(samples); at += Rate {
			if rms(samples[at:at+Rate]) < speech/8 {
				quiet++
			}
		}
		if quiet > 2 {
			t.Errorf("%s is quiet for %d seconds", name, quiet)
		}
		for i, s := range samples {
			if s > loudest || s < -loudest {
				t.Errorf("%s: sample %d is %d", name, i, s)
			}
			next := samples[(i+1)%len(samples)]
			if jump := int(s) - int(next); jump > 6000 || jump < -6000 {
				t.Errorf("%s clicks at %d: from %d to %d", name, i, s, next)
			}
		}
	}
}

// TestScores: what is written fills its bars, and is within what a telephone carries.
func TestScores(t *testing.T) {
	for name, s := range map[string]*score{"default": &morning, "calm": &lake} {
		if len(s.melody) != len(s.chords) {
			t.Errorf("%s: %d bars of melody, %d of chords", name, len(s.melody), len(s.chords))
		}
		for i, bar := range s.melody {
			beats := 0.0
			for _, word := range strings.Fields(bar) {
				var note float64
				if _, err := fmt.Sscanf(word[strings.Index(word, ":")+1:], "%g", &note); err != nil || note <= 0 {
					t.Errorf("%s, bar %d: %s: %v", name, i, word, err)
				}
				beats += note
			}
			if beats != s.bar {
				t.Errorf("%s, bar %d: %g beats, want %g", name, i, beats, s.bar)
			}
		}
		events, length := s.events()
		for _, e := range events {
			if e.hertz < 60 || e.hertz > highest/2 || e.at < 0 || e.at+e.long > length+4 {
				t.Errorf("%s: %.0f Hz at %.1f s for %.1f s", name, e.hertz, e.at, e.long)
			}
		}
	}
	for note, hertz := range map[string]float64{"A4": 440, "C4": 261.63, "F#3": 185, "Bb3": 233.08} {
		if got := pitch(note); got < hertz-0.01 || got > hertz+0.01 {
			t.Errorf("%s is %.2f Hz, want %.2f", note, got, hertz)
		}
	}
}
