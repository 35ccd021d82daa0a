package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// written is a closed segment of count registrations and where each frame ends.
func written(t *testing.T, count int) (name string, contents []byte, ends []int) {
	t.Helper()
	directory := t.TempDir()
	bindings, _ := open(t, BindingsOptions{Directory: directory})
	fill(t, bindings, count)
	if err := bindings.Close(); err != nil {
		t.Fatal(err)
	}
	path := onlySegment(t, directory)
	contents, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h, _, ok, err := parseHeader(contents)
	if !ok || err != nil {
		t.Fatal("header does not read back", err)
	}
	for at := framesStart; at < len(contents); {
		at += wholeFrame(contents[at:], h.salt)
		ends = append(ends, at)
	}
	return filepath.Base(path), contents, ends
}

// wantOnlyTruth: every record served is one that was written.
func wantOnlyTruth(t *testing.T, bindings *Bindings) {
	t.Helper()
	for _, record := range bindings.All() {
		user := record.AddressOfRecord[:len(record.AddressOfRecord)-len("@example.com")]
		want := registration(user, record.TemporaryGRUUs)
		if diff := cmp.Diff(want, record, equal); diff != "" {
			t.Fatalf("a damaged record was served (-want +got):\n%s", diff)
		}
	}
}

func TestTornTailAtEveryByte(t *testing.T) {
	name, contents, ends := written(t, 2)
	for length := range contents {
		directory := directoryWith(t, name, contents[:length])
		bindings, recovery := open(t, BindingsOptions{Directory: directory, create: createUnsynced})
		whole, good := 0, 0
		for _, end := range ends {
			if end <= length {
				whole, good = whole+1, end
			}
		}
		if length >= framesStart {
			good = max(good, framesStart)
		}
		if bindings.Count() != whole || recovery.Damaged != 0 || recovery.Torn != int64(length-good) {
			t.Fatalf("cut at %d of %d: %d records and %+v, want %d and %d bytes torn",
				length, len(contents), bindings.Count(), recovery, whole, length-good)
		}
		wantOnlyTruth(t, bindings)
		if err := bindings.Close(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(directory, name))
		switch {
		case whole == 0 && err == nil:
			t.Fatalf("cut at %d: a segment without frames was left", length)
		case whole > 0 && (err != nil || info.Size() != int64(good)):
			t.Fatalf("cut at %d: the torn tail was not cut off: %v", length, err)
		}
		again, recovery := open(t, BindingsOptions{Directory: directory, create: createUnsynced})
		if again.Count() != whole || recovery.Torn != 0 || recovery.Damaged != 0 {
			t.Fatalf("cut at %d, the second time: %d records and %+v", length, again.Count(), recovery)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestZerosAtTheEndAreTorn(t *testing.T) {
	name, contents, _ := written(t, 4)
	directory := directoryWith(t, name, append(contents, make([]byte, 4096)...))
	bindings, recovery := open(t, BindingsOptions{Directory: directory})
	if bindings.Count() != 4 || recovery.Torn != 4096 || recovery.Damaged != 0 {
		t.Errorf("a file that grew before its data came: %+v", recovery)
	}
}

func TestBitFlips(t *testing.T) {
	name, contents, ends := written(t, 40)
	for at := 0; at < len(contents); at += 64 {
		damaged := append([]byte(nil), contents...)
		damaged[at] ^= 1 << (at / 64 % 8)
		directory := directoryWith(t, name, damaged)
		bindings, recovery := open(t, BindingsOptions{Directory: directory, create: createUnsynced})
		want := 40
		if at >= framesStart {
			want--
		}
		// A length that changed in the last frame looks like a write cut short.
		detected := recovery.Damaged == 1 || at >= ends[38] && recovery.Torn > 0
		if !detected || bindings.Count() != want {
			t.Fatalf("bit flipped at %d: %+v, want %d records and the damage told", at, recovery, want)
		}
		wantOnlyTruth(t, bindings)
		if err := bindings.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDamageIsLeftBehind(t *testing.T) {
	name, contents, ends := written(t, 10)
	contents[ends[4]+100] ^= 4
	directory := directoryWith(t, name, contents)
	bindings, recovery := open(t, BindingsOptions{Directory: directory})
	if recovery.Damaged != 1 || recovery.Dropped != int64(ends[5]-ends[4]) {
		t.Fatalf("recovered %+v, want the one frame of %d bytes dropped", recovery, ends[5]-ends[4])
	}
	if _, err := bindings.rotate(); err != nil {
		t.Fatal(err)
	}
	if err := bindings.Close(); err != nil {
		t.Fatal(err)
	}
	bindings, recovery = open(t, BindingsOptions{Directory: directory})
	if bindings.Count() != 9 || recovery.Damaged != 0 {
		t.Errorf("after rotation %d records and %+v, want 9 and no damage", bindings.Count(), recovery)
	}
}

func TestMissingSegmentIsTold(t *testing.T) {
	directory := t.TempDir()
	for range 3 {
		bindings, _ := open(t, BindingsOptions{Directory: directory})
		fill(t, bindings, 3)
		if err := bindings.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(segmentPath(directory, 2)); err != nil {
		t.Fatal(err)
	}
	if _, recovery := open(t, BindingsOptions{Directory: directory}); recovery.Damaged != 1 {
		t.Errorf("a segment is gone: %+v, want it told", recovery)
	}
}

// TestNoFrameFromOutside: a phone that knows the format can't smuggle a frame in by a
// header field, to be found when the frame around it is damaged.
func TestNoFrameFromOutside(t *testing.T) {
	directory := t.TempDir()
	bindings, _ := open(t, BindingsOptions{Directory: directory})
	evil := appendRecord(openFrame(nil), registration("victim", 666))
	closeFrame(evil, 0, 0)
	mallory := registration("mallory", 1)
	mallory.Bindings[0].UserAgent = string(evil)
	batch := bindings.Batch()
	batch.Stage(change(mallory))
	batch.Stage(change(registration("bob", 1)))
	commit(t, batch)
	if err := bindings.Close(); err != nil {
		t.Fatal(err)
	}
	path := onlySegment(t, directory)
	contents, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	contents[framesStart] ^= 1
	if err := os.WriteFile(path, contents, 0o600); err != nil {
		t.Fatal(err)
	}
	bindings, recovery := open(t, BindingsOptions{Directory: directory})
	if recovery.Damaged != 1 {
		t.Errorf("recovered %+v, want the damage told", recovery)
	}
	wantLedger(t, "only what was written by us", bindings, ledger{"bob@example.com": registration("bob", 1)})
}

func TestNewerFormatIsRefused(t *testing.T) {
	name, contents, _ := written(t, 1)
	head := header{number: 1, salt: 1}.append(nil)
	for start := 0; start < framesStart; start += headerSize {
		head[start+8] = segmentVersion + 1
		sealHeader(head[start : start+headerSize])
	}
	copy(contents, head)
	directory := directoryWith(t, name, contents)
	_, _, err := OpenBindings(BindingsOptions{Directory: directory})
	if !errors.Is(err, errNewer) {
		t.Fatalf("open: %v, want %v: reading it wrongly would lose it", err, errNewer)
	}
	after, err := os.ReadFile(filepath.Join(directory, name))
	if err != nil || string(after) != string(contents) {
		t.Error("the segment of the newer version was touched")
	}
}

// FuzzReplay reads anything as the frames of a segment.
func FuzzReplay(f *testing.F) {
	f.Add([]byte{})
	frames := appendRecord(openFrame(nil), registration("alice", 1))
	closeFrame(frames, 0, 0)
	start := len(frames)
	frames = appendComplete(openFrame(frames), 1)
	closeFrame(frames, start, 0)
	f.Add(frames)
	f.Fuzz(func(t *testing.T, data []byte) {
		bindings := Memory(func() time.Time { return noon }).Bindings
		r := &replay{bindings: bindings, now: noon, segment: 1, records: make(map[string]latest)}
		result := scan(data, 0, r.frame)
		if result.good+result.torn+result.dropped < len(data) || result.good > len(data) {
			t.Errorf("%d bytes scanned as %+v", len(data), result)
		}
		var report Recovery
		r.publish(&report)
		if report.Records != bindings.Count() {
			t.Errorf("%d records served, %+v told", bindings.Count(), report)
		}
		for _, record := range bindings.All() {
			if len(record.Bindings) == 0 {
				t.Error("a record without bindings is served")
			}
		}
	})
}
