package recording_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hookflash/store/recording"
)

var began = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// opened opens the store of a folder.
func opened(t *testing.T, folder string, change func(s *recording.Settings)) *recording.Store {
	t.Helper()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	settings := recording.Settings{Root: root, Incoming: "media/recording", Kept: "recordings"}
	if change != nil {
		change(&settings)
	}
	s, err := recording.Open(settings)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sound is a file of so many seconds at 8 kHz.
func sound(seconds int) []byte {
	b := make([]byte, 44+16000*seconds)
	copy(b, "RIFF")
	binary.LittleEndian.PutUint32(b[28:], 16000)
	return b
}

// begin begins a recording, and writes what the media side would.
func begin(t *testing.T, s *recording.Store, folder, owner string, text []byte) string {
	t.Helper()
	id, name, err := s.Begin(recording.Recording{Owner: owner, With: []string{"sip:bob@example.test"}, Began: began})
	if err != nil {
		t.Fatal(err)
	}
	if text != nil {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

func TestKeep(t *testing.T) {
	folder := t.TempDir()
	s := opened(t, folder, nil)
	id := begin(t, s, folder, "alice", sound(3))
	if len(id) < 26 || len(s.List("alice", false)) != 0 {
		t.Errorf("what is being recorded is not listed, and its name can't be guessed: %q", id)
	}
	if err := s.Keep(id); err != nil {
		t.Fatal(err)
	}
	for _, after := range []string{"at once", "in the next process"} {
		r, ok := s.Find(id)
		if !ok || !r.Whole || r.Lasted != 3*time.Second || r.Octets != 48044 || r.Owner != "alice" || !r.Began.Equal(began) || len(r.With) != 1 {
			t.Errorf("%s: %+v", after, r)
		}
		if list := s.List("alice", false); len(list) != 1 || len(s.List("bob", false)) != 0 || len(s.List("", false)) != 0 || len(s.List("", true)) != 1 {
			t.Errorf("%s: alice's are hers: %v", after, list)
		}
		file, err := s.Open(id)
		if err != nil {
			t.Fatal(after, err)
		}
		text, err := io.ReadAll(file)
		if err != nil || !bytes.Equal(text, sound(3)) {
			t.Errorf("%s: %d octets, %v", after, len(text), err)
		}
		_ = file.Close()
		s = opened(t, folder, nil)
	}
	if err := s.Keep(id); !errors.Is(err, recording.ErrNone) {
		t.Errorf("it is kept once: %v", err)
	}
	if err := s.Delete(id); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(id); !errors.Is(err, recording.ErrNone) || !errors.Is(s.Delete(id), recording.ErrNone) {
		t.Errorf("it is gone: %v", err)
	}
	empty(t, folder)
}

// empty holds that nothing is left of recordings.
func empty(t *testing.T, folder string) {
	t.Helper()
	for _, directory := range []string{"media/recording", "recordings"} {
		entries, err := os.ReadDir(filepath.Join(folder, directory))
		if err != nil || len(entries) > 0 {
			t.Errorf("%s: %v, %v", directory, entries, err)
		}
	}
}

func TestDrop(t *testing.T) {
	folder := t.TempDir()
	s := opened(t, folder, nil)
	if err := s.Drop(begin(t, s, folder, "alice", sound(1))); err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(begin(t, s, folder, "alice", nil)); err != nil {
		t.Errorf("nothing was written: %v", err)
	}
	empty(t, folder)
}

// TestKilled: what a process that died was recording is there as far as it came, whenever it died.
func TestKilled(t *testing.T) {
	for _, test := range []struct {
		reason string
		at     func(folder, id string)
		there  bool
	}{
		{"while it was being recorded", func(string, string) {}, true},
		{"before anything was written", func(folder, id string) { _ = os.Remove(filepath.Join(folder, "media/recording", id+".wav")) }, false},
		{"when there was no sound yet", func(folder, id string) { _ = os.Truncate(filepath.Join(folder, "media/recording", id+".wav"), 44) }, false},
		{"in the header", func(folder, id string) { _ = os.Truncate(filepath.Join(folder, "media/recording", id+".wav"), 20) }, false},
		{"when it had been moved", func(folder, id string) {
			_ = os.Rename(filepath.Join(folder, "media/recording", id+".wav"), filepath.Join(folder, "recordings", id+".wav"))
		}, true},
		{"before anything was known of it", func(folder, id string) {
			_ = os.Rename(filepath.Join(folder, "recordings", id+".json"), filepath.Join(folder, "recordings", id+".new"))
		}, false},
		{"and what is known of it is damaged", func(folder, id string) {
			_ = os.WriteFile(filepath.Join(folder, "recordings", id+".json"), []byte("{"), 0o600)
		}, false},
		{"and somebody gave it another name", func(folder, id string) {
			_ = os.Rename(filepath.Join(folder, "recordings", id+".json"), filepath.Join(folder, "recordings", "other.json"))
		}, false},
	} {
		folder := t.TempDir()
		id := begin(t, opened(t, folder, nil), folder, "alice", sound(2))
		test.at(folder, id)
		s := opened(t, folder, nil)
		r, ok := s.Find(id)
		if ok != test.there || ok && (!r.Whole || r.Lasted != 2*time.Second) {
			t.Errorf("%s: %+v", test.reason, r)
		}
		if !test.there {
			empty(t, folder)
		}
	}
}

func TestLimits(t *testing.T) {
	folder := t.TempDir()
	s := opened(t, folder, func(s *recording.Settings) { s.Most, s.Octets = 2, 100_000 })
	first := begin(t, s, folder, "alice", sound(1))
	begin(t, s, folder, "alice", nil)
	if _, _, err := s.Begin(recording.Recording{Owner: "alice"}); !errors.Is(err, recording.ErrFull) {
		t.Errorf("those that are being recorded count: %v", err)
	}
	if err := s.Drop(first); err != nil {
		t.Fatal(err)
	}
	long := begin(t, s, folder, "alice", sound(7))
	if err := s.Keep(long); err != nil {
		t.Fatal(err)
	}
	other := begin(t, s, folder, "bob", nil)
	if err := s.Drop(other); err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		owner string
		full  bool
	}{{"alice", true}, {"bob", false}} {
		if _, _, err := s.Begin(recording.Recording{Owner: r.owner}); errors.Is(err, recording.ErrFull) != r.full {
			t.Errorf("%s, whose recordings are long: %v", r.owner, err)
		}
	}
}

// TestRooms: each room has limits of its own.
func TestRooms(t *testing.T) {
	s := opened(t, t.TempDir(), func(s *recording.Settings) { s.Most = 1 })
	for _, test := range []struct {
		room string
		full bool
	}{{"3300", false}, {"3301", false}, {"3300", true}} {
		if _, _, err := s.Begin(recording.Recording{Room: test.room}); errors.Is(err, recording.ErrFull) != test.full {
			t.Errorf("room %s: %v", test.room, err)
		}
	}
}

func TestSpace(t *testing.T) {
	for _, test := range []struct {
		reason string
		free   int64
		err    error
	}{{"there is some", recording.MinFree, nil}, {"there is little", recording.MinFree - 1, recording.ErrSpace}, {"nobody knows", -1, nil}} {
		s := opened(t, t.TempDir(), func(s *recording.Settings) { s.Free = func() int64 { return test.free } })
		if _, _, err := s.Begin(recording.Recording{Owner: "alice"}); !errors.Is(err, test.err) {
			t.Errorf("%s: %v", test.reason, err)
		}
	}
}

func TestExpire(t *testing.T) {
	folder := t.TempDir()
	s := opened(t, folder, nil)
	id := begin(t, s, folder, "alice", sound(1))
	if err := s.Keep(id); err != nil {
		t.Fatal(err)
	}
	begin(t, s, folder, "alice", sound(1))
	for _, test := range []struct {
		reason string
		after  time.Duration
		keep   time.Duration
		gone   int
	}{
		{"they last for ever", 1000 * time.Hour, 0, 0},
		{"it is not old", 23 * time.Hour, 24 * time.Hour, 0},
		{"it is; the other is being recorded", 24 * time.Hour, 24 * time.Hour, 1},
	} {
		if gone, err := s.Expire(began.Add(test.after), test.keep); gone != test.gone || err != nil {
			t.Errorf("%s: %d, %v", test.reason, gone, err)
		}
	}
}
