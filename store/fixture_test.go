package store

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hookflash/machine"
	"hookflash/registrar"
)

// noon is the clock of tests.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// equal compares records as readers see them.
var equal = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
}

// registration is a record such as a phone makes, with a number that tells it from others.
func registration(user string, number uint32) *registrar.Record {
	return &registrar.Record{
		AddressOfRecord: user + "@example.com",
		TemporaryGRUUs:  number,
		Bindings: []registrar.Binding{{
			Contact:   "sip:" + user + "@192.0.2.17:5060;transport=udp",
			Q:         1000,
			Expires:   noon.Add(time.Hour),
			CallID:    "a84b4c76e66710@pc33.example.com",
			CSeq:      number,
			Instance:  "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
			RegID:     1,
			Path:      []string{"<sip:edge.example.com;lr>"},
			Flow:      machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort("192.0.2.17:5060")},
			FlowBound: true,
			UserAgent: "Phone/1.0",
		}},
	}
}

func removal(user string) registrar.Change {
	return registrar.Change{AddressOfRecord: user + "@example.com"}
}

func change(record *registrar.Record) registrar.Change {
	return registrar.Change{AddressOfRecord: record.AddressOfRecord, New: record}
}

// ledger is what was acknowledged.
type ledger map[string]*registrar.Record

// open opens bindings at noon and closes them with the test.
func open(t testing.TB, options BindingsOptions) (*Bindings, Recovery) {
	t.Helper()
	options.Now = func() time.Time { return noon }
	bindings, recovery, err := OpenBindings(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bindings.Close() })
	return bindings, recovery
}

// wantLedger compares what readers see with what was acknowledged.
func wantLedger(t testing.TB, reason string, bindings *Bindings, want ledger) {
	t.Helper()
	got := make(ledger)
	for _, record := range bindings.All() {
		got[record.AddressOfRecord] = record
	}
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", reason, diff)
	}
}

func commit(t testing.TB, batch *Batch) {
	t.Helper()
	if err := batch.Commit(); err != nil {
		t.Fatal(err)
	}
}

// fill commits count registrations, one write each, and returns the ledger.
func fill(t testing.TB, bindings *Bindings, count int) ledger {
	t.Helper()
	want := make(ledger)
	batch := bindings.Batch()
	for i := range count {
		record := registration(fmt.Sprintf("user%d", i), uint32(i))
		batch.Stage(change(record))
		commit(t, batch)
		want[record.AddressOfRecord] = record
	}
	return want
}

// onlySegment is the path of the one segment with frames in a closed directory.
func onlySegment(t testing.TB, directory string) string {
	t.Helper()
	numbers, err := segmentNumbers(directory)
	if err != nil {
		t.Fatal(err)
	}
	if len(numbers) != 1 {
		t.Fatalf("segments %v, want one", numbers)
	}
	return segmentPath(directory, numbers[0])
}

// directoryWith makes a directory with one segment of these contents.
func directoryWith(t testing.TB, name string, contents []byte) string {
	t.Helper()
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, name), contents, 0o600); err != nil {
		t.Fatal(err)
	}
	return directory
}

// faultyDisk makes files that fail when told to.
type faultyDisk struct {
	mutex    sync.Mutex
	create   error
	write    error
	partly   int // bytes that a failing write writes all the same
	truncate error
	sync     error
	writes   int
}

func (d *faultyDisk) set(change func(d *faultyDisk)) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	change(d)
}

func (d *faultyDisk) open(path string) (file, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.create != nil {
		return nil, d.create
	}
	created, err := createFile(path)
	return &faultyFile{file: created, disk: d}, err
}

type faultyFile struct {
	file
	disk *faultyDisk
}

func (f *faultyFile) Write(data []byte) (int, error) {
	f.disk.mutex.Lock()
	defer f.disk.mutex.Unlock()
	f.disk.writes++
	if f.disk.write != nil {
		n, _ := f.file.Write(data[:min(f.disk.partly, len(data))])
		return n, f.disk.write
	}
	return f.file.Write(data)
}

func (f *faultyFile) Truncate(size int64) error {
	f.disk.mutex.Lock()
	defer f.disk.mutex.Unlock()
	if f.disk.truncate != nil {
		return f.disk.truncate
	}
	return f.file.Truncate(size)
}

func (f *faultyFile) Sync() error {
	f.disk.mutex.Lock()
	defer f.disk.mutex.Unlock()
	if f.disk.sync != nil {
		return f.disk.sync
	}
	return f.file.Sync()
}

// createUnsynced makes files for tests that open a great many.
func createUnsynced(path string) (file, error) {
	created, err := createFile(path)
	return unsynced{created}, err
}

type unsynced struct{ file }

func (unsynced) Sync() error { return nil }
