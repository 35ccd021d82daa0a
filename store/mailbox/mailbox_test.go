package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func opening(t testing.TB, settings Settings) *Boxes {
	t.Helper()
	b, err := Open(settings)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func rootOf(t testing.TB, directory string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(directory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	})
	return root
}

// TestBitFlips: each bit of a message's two files, flipped: the message is never served.
func TestBitFlips(t *testing.T) {
	disk := newLossy()
	b := opening(t, Settings{Disk: disk.disk()})
	id, err := deposit(t, b, "bob", wave(1, 40), noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range disk.paths() {
		if strings.HasSuffix(file, "probe") {
			continue
		}
		_, found, _ := disk.find(file)
		whole := bytes.Clone(found.data)
		for bit := range 8 * len(whole) {
			found.data = bytes.Clone(whole)
			found.data[bit/8] ^= 1 << (bit % 8)
			again := opening(t, Settings{Disk: disk.disk()})
			if audio, err := again.Audio("bob", id); err == nil {
				t.Fatalf("bit %d of %s: served %d octets", bit, file, len(audio))
			}
			if name, err := again.Source("bob", id); err == nil || name != "" {
				t.Fatalf("bit %d of %s: named %q for playing", bit, file, name)
			}
			if described := strings.HasSuffix(file, sidecar); described != (len(again.Recovered().Damaged) == 1) || again.Recovered().Swept > 1 {
				t.Fatalf("bit %d of %s: found %+v: damage is told, and nothing is removed for it", bit, file, again.Recovered())
			}
		}
		found.data = whole
	}
	if _, err := opening(t, Settings{Disk: disk.disk()}).Audio("bob", id); err != nil {
		t.Errorf("whole again: %v", err)
	}
}

func TestLimits(t *testing.T) {
	disk := newLossy()
	b := opening(t, Settings{Disk: disk.disk(), Messages: 2, Boxes: 2, Octets: 1000})
	first, err := b.Begin("bob", noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Begin("bob", noon); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Begin("bob", noon); !errors.Is(err, ErrFull) {
		t.Errorf("a recording that has begun has its place: %v", err)
	}
	if err := b.Drop(first); err != nil {
		t.Error(err)
	}
	if err := b.Drop(first); !errors.Is(err, ErrUnknown) {
		t.Errorf("dropped twice: %v", err)
	}
	if _, err := deposit(t, b, "bob", wave(1, 10), noon); err != nil {
		t.Errorf("a place that was given back: %v", err)
	}
	if _, err := deposit(t, b, "carol", wave(2, 600), noon); err != nil {
		t.Error(err)
	}
	if _, err := b.Begin("carol", noon); !errors.Is(err, ErrFull) {
		t.Errorf("octets of a box: %v", err)
	}
	if _, err := b.Begin("bill", noon); !errors.Is(err, ErrBoxes) {
		t.Errorf("boxes: %v", err)
	}
	for _, name := range []string{"", strings.Repeat("a", MaxName+1)} {
		if _, err := b.Begin(name, noon); !errors.Is(err, ErrBox) {
			t.Errorf("a box named %.5q: %v", name, err)
		}
	}
	if err := b.Empty("carol"); err != nil || b.Counts("carol") != (Counts{}) {
		t.Errorf("emptied: %v", err)
	}
	if _, err := b.Begin("bill", noon); err != nil {
		t.Errorf("an empty box does not count: %v", err)
	}
}

func TestRecordingsThatAreNone(t *testing.T) {
	disk := newLossy()
	b := opening(t, Settings{Disk: disk.disk()})
	if _, err := deposit(t, b, "bob", []byte("RIFF is not enough"), noon); !errors.Is(err, ErrNoSound) {
		t.Errorf("no WAV file: %v", err)
	}
	id, err := b.Begin("bob", noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Keep("carol", id, Meta{}); !errors.Is(err, ErrUnknown) {
		t.Errorf("into somebody else's box: %v", err)
	}
	if err := b.Keep("bob", id, Meta{}); !errors.Is(err, ErrDisk) {
		t.Errorf("that the media side never made: %v", err)
	}
	if len(b.Names()) != 0 {
		t.Errorf("nothing is left: %v", b.Names())
	}
}

func TestMarkDeleteCounts(t *testing.T) {
	var changes []string
	b := opening(t, Settings{Disk: newLossy().disk(), Changed: func(box string) { changes = append(changes, box) }})
	var ids []string
	for i := range 3 {
		id, err := deposit(t, b, "bob", wave(uint64(i), 5), noon.Add(time.Duration(-i)*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if list := b.List("bob"); list[0].ID != ids[2] || list[2].ID != ids[0] {
		t.Error("oldest first")
	}
	if err := b.Mark("bob", ids[1], true); err != nil || b.Counts("bob") != (Counts{New: 2, Old: 1}) {
		t.Errorf("heard: %v, %+v", err, b.Counts("bob"))
	}
	if err := b.Mark("bob", ids[1], false); err != nil || b.Counts("bob") != (Counts{New: 3}) {
		t.Errorf("new again: %v, %+v", err, b.Counts("bob"))
	}
	if err := b.Delete("bob", ids[0]); err != nil || b.Counts("bob") != (Counts{New: 2}) {
		t.Errorf("deleted: %v, %+v", err, b.Counts("bob"))
	}
	for _, err := range []error{b.Delete("bob", ids[0]), b.Mark("bob", ids[0], true), b.Delete("nobody", ids[1]), b.Mark("bob", greeting, true)} {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("what is not there: %v", err)
		}
	}
	if len(changes) != 6 {
		t.Errorf("each change is told: %v", changes)
	}
}

func TestExpire(t *testing.T) {
	disk := newLossy()
	b := opening(t, Settings{Disk: disk.disk(), Keep: 24 * time.Hour})
	for i := range 4 {
		if _, err := deposit(t, b, "bob", wave(uint64(i), 5), noon.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	id, err := b.Begin("carol", noon)
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := b.Expire(noon.Add(25 * time.Hour)); gone != 2 || err != nil || b.Counts("bob").New != 2 {
		t.Errorf("what is a day old goes: %d, %v", gone, err)
	}
	if err := b.Keep("carol", id, Meta{}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a recording that nobody ended: %v", err)
	}
}

func TestHealth(t *testing.T) {
	disk := newLossy()
	b := opening(t, Settings{Disk: disk.disk()})
	if err := b.Health(); err != nil {
		t.Error(err)
	}
	disk.free = MinFree - 1
	if err := b.Health(); !errors.Is(err, ErrSpace) {
		t.Errorf("little is left: %v", err)
	}
	if _, err := b.Begin("bob", noon); !errors.Is(err, ErrSpace) {
		t.Errorf("nobody is asked to speak then: %v", err)
	}
	disk.free = MinFree
	disk.failing = func(int) bool { return true }
	if _, err := b.Begin("bob", noon); !errors.Is(err, ErrDisk) {
		t.Errorf("nothing can be written: %v", err)
	}
	disk.failing = nil
	if _, err := deposit(t, b, "bob", wave(1, 5), noon); err != nil {
		t.Errorf("as soon as it works again: %v", err)
	}
}

func TestGreeting(t *testing.T) {
	disk := newLossy()
	b := opening(t, Settings{Disk: disk.disk()})
	if _, err := b.Greeting("bob"); !errors.Is(err, ErrUnknown) {
		t.Errorf("without one: %v", err)
	}
	for round := range 2 {
		id, err := b.Begin("bob", noon)
		if err != nil {
			t.Fatal(err)
		}
		if err := recording(t, b.disk, id, wave(uint64(round), 9)); err != nil {
			t.Fatal(err)
		}
		if err := b.KeepGreeting("bob", id, Meta{}); err != nil {
			t.Fatal(err)
		}
	}
	again := opening(t, Settings{Disk: disk.disk()})
	name, err := again.Greeting("bob")
	if err != nil || again.Counts("bob") != (Counts{}) || again.Recovered().Swept != 1 { // the probe
		t.Errorf("the second one, and it is no message: %q, %v, %+v", name, err, again.Recovered())
	}
	if err := again.DropGreeting("bob"); err != nil {
		t.Error(err)
	}
	if _, err := again.Greeting("bob"); !errors.Is(err, ErrUnknown) || len(again.Names()) != 0 {
		t.Errorf("dropped: %v", err)
	}
}

// TestManyAtOnce: goroutines leave, hear and delete; nothing is lost or counted twice. Run by the
// race detector.
func TestManyAtOnce(t *testing.T) {
	root := rootOf(t, t.TempDir())
	b := opening(t, Settings{Disk: In(root), Messages: 1000})
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(worker), 0))
			box := fmt.Sprint("box", worker%3)
			for i := range 20 {
				id, err := deposit(t, b, box, wave(random.Uint64(), 50), noon)
				if err != nil {
					t.Error(err)
					return
				}
				if i%4 == 0 {
					if err := b.Delete(box, id); err != nil {
						t.Error(err)
					}
				} else if err := b.Mark(box, id, i%2 == 0); err != nil {
					t.Error(err)
				}
				b.Counts(box)
				b.Names()
				if id, err := b.Begin(fmt.Sprint("passing", i), noon); err != nil || b.Drop(id) != nil {
					t.Error("a box that comes and goes", err)
				}
			}
		})
	}
	group.Wait()
	total := Counts{}
	for _, box := range b.Names() {
		total.New += b.Counts(box).New
		total.Old += b.Counts(box).Old
	}
	if total != (Counts{New: 80, Old: 40}) {
		t.Errorf("messages: %+v", total)
	}
	again := opening(t, Settings{Disk: In(root)})
	if got := again.Recovered(); len(got.Damaged) > 0 || got.Swept > 1 || !slices.Equal(again.Names(), b.Names()) {
		t.Errorf("all of them on the disk: %+v", got)
	}
}

// traversals are 500 ways to spell a way out of a directory.
func traversals() []string {
	ups := []string{"..", "%2e%2e", ".%2e", "%252e%252e", "..%00", "\u2025", "\uff0e\uff0e", "..;", ". .", "....", "\x00..", "..\x00", "%c0%ae%c0%ae", "..%ff", "~", "$HOME", "C:", `\\?\C:`, "-", "*"}
	separators := []string{"/", `\`, "%2f", "%5c", "//"}
	ends := []string{"etc/passwd", "secret.wav", "incoming/probe", "x\x00.wav", "secret"}
	var all []string
	for _, up := range ups {
		for _, separator := range separators {
			for i, end := range ends {
				all = append(all, strings.Repeat(up+separator, 1+i)+end)
			}
		}
	}
	return all
}

// hasty is a disk of the operating system that syncs nothing, for tests of names alone.
type hasty struct {
	Files
	Directories
}

func (h hasty) Create(name string) (File, error) { return unsyncing(h.Files.Create(name)) }
func (h hasty) Open(name string) (File, error)   { return unsyncing(h.Files.Open(name)) }
func (h hasty) Sync(string) error                { return nil }

func unsyncing(file File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return unsynced{file}, nil
}

type unsynced struct{ File }

func (unsynced) Sync() error { return nil }

// TestTraversal: no spelling of a box or message gets out of the directory, or at a file of
// somebody else.
func TestTraversal(t *testing.T) {
	outside := t.TempDir()
	inside := filepath.Join(outside, "data", "voicemail")
	if err := os.MkdirAll(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(outside, "secret.wav")
	if err := os.WriteFile(secret, wave(1, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	root := rootOf(t, inside)
	quick := hasty{In(root).Files, In(root).Directories}
	b := opening(t, Settings{Disk: Disk{quick, quick}, Boxes: 10000})
	id, err := deposit(t, b, "bob", wave(2, 2), noon)
	if err != nil {
		t.Fatal(err)
	}
	spellings := traversals()
	if len(spellings) < 500 {
		t.Fatalf("%d spellings", len(spellings))
	}
	directories := map[string]string{}
	for _, spelling := range spellings {
		directory, err := Directory(spelling)
		if err != nil || strings.Trim(directory, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			t.Errorf("box %q has the directory %q, %v", spelling, directory, err)
		}
		if other, taken := directories[directory]; taken {
			t.Errorf("boxes %q and %q share a directory", spelling, other)
		}
		directories[directory] = spelling
		if _, err := deposit(t, b, spelling, wave(3, 3), noon); err != nil {
			t.Errorf("box %q: %v", spelling, err)
		}
		for _, box := range []string{"bob", spelling} {
			if name, err := b.Source(box, spelling); err == nil {
				t.Errorf("message %q of %q is %q", spelling, box, name)
			}
			if _, err := b.Audio(box, spelling); err == nil {
				t.Errorf("message %q of %q is served", spelling, box)
			}
			for _, err := range []error{b.Keep(box, spelling, Meta{}), b.KeepGreeting(box, spelling, Meta{}), b.Delete(box, spelling), b.Mark(box, spelling, true), b.Drop(spelling)} {
				if !errors.Is(err, ErrUnknown) {
					t.Errorf("message %q of %q: %v", spelling, box, err)
				}
			}
		}
		if _, err := b.Audio(spelling, id); err == nil {
			t.Errorf("bob's message is served as of %q", spelling)
		}
	}
	for _, entry := range mustList(t, outside) {
		if entry != "data" && entry != "secret.wav" {
			t.Errorf("%s is outside the root", entry)
		}
	}
	if got := mustList(t, filepath.Join(outside, "data")); !slices.Equal(got, []string{"voicemail"}) {
		t.Errorf("outside the root: %v", got)
	}
	if got, err := os.ReadFile(secret); err != nil || !bytes.Equal(got, wave(1, 1)) {
		t.Errorf("what was outside is as it was: %v", err)
	}
}

func mustList(t *testing.T, directory string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// TestLinks: a link that leads out of the directory is not followed.
func TestLinks(t *testing.T) {
	outside := t.TempDir()
	inside := filepath.Join(outside, "voicemail")
	if err := os.MkdirAll(filepath.Join(inside, "boxes"), 0o700); err != nil {
		t.Fatal(err)
	}
	directory, err := Directory("bob")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(inside, "boxes", directory)); err != nil {
		t.Skip(err)
	}
	root := rootOf(t, inside)
	b := opening(t, Settings{Disk: In(root)})
	if _, err := deposit(t, b, "bob", wave(1, 1), noon); err == nil {
		t.Error("a box that is a link takes no message")
	}
	if got := mustList(t, outside); !slices.Equal(got, []string{"voicemail"}) {
		t.Errorf("outside the root: %v", got)
	}
}

func TestMetaIsData(t *testing.T) {
	disk := newLossy()
	b := opening(t, Settings{Disk: disk.disk()})
	id, err := b.Begin("bob", noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := recording(t, b.disk, id, wave(1, 1)); err != nil {
		t.Fatal(err)
	}
	evil := Meta{From: "sip:\xff\"},{", Name: strings.Repeat("李", 400), Received: noon, Length: 1500 * time.Millisecond}
	if err := b.Keep("bob", id, evil); err != nil {
		t.Fatal(err)
	}
	got := opening(t, Settings{Disk: disk.disk()}).List("bob")
	if len(got) != 1 || got[0].From != "sip:\uFFFD\"},{" || got[0].Name != strings.Repeat("李", MaxText/3) || got[0].Length != evil.Length || !got[0].Received.Equal(noon) {
		t.Errorf("%+v", got)
	}
	if !slices.Equal(got, b.List("bob")) {
		t.Error("what is read again is what was in memory")
	}
}
