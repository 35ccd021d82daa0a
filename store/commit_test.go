package store

import (
	"errors"
	"syscall"
	"testing"
)

func TestFailedWriteIsTakenBack(t *testing.T) {
	for _, test := range []struct {
		reason   string
		partly   int
		truncate error
	}{
		{"nothing written", 0, nil},
		{"a part written and cut off", 100, nil},
		{"a whole frame written and cut off", 500, nil},
		{"a whole frame written that can't be cut off: sealed", 500, syscall.EIO},
	} {
		t.Run(test.reason, func(t *testing.T) {
			directory, disk := t.TempDir(), &faultyDisk{}
			bindings, _ := open(t, BindingsOptions{Directory: directory, create: disk.open})
			want := fill(t, bindings, 3)

			disk.set(func(d *faultyDisk) { d.write, d.partly, d.truncate = syscall.ENOSPC, test.partly, test.truncate })
			batch := bindings.Batch()
			batch.Stage(change(registration("user0", 100)))
			batch.Stage(change(registration("new", 100)))
			batch.Stage(change(registration("user0", 101)))
			batch.Stage(removal("user1"))
			if err := batch.Commit(); !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("commit: %v, want ENOSPC", err)
			}
			wantLedger(t, "all is as it was before the batch", bindings, want)
			if bindings.LogStatistics().WriteError == nil {
				t.Error("health must be able to tell that writing fails")
			}

			disk.set(func(d *faultyDisk) { d.write = nil })
			after := registration("after", 1)
			batch.Stage(change(after))
			commit(t, batch)
			want[after.AddressOfRecord] = after
			wantLedger(t, "it goes on once there is space", bindings, want)
			if err := bindings.LogStatistics().WriteError; err != nil {
				t.Errorf("write error %v after a good write", err)
			}
			disk.set(func(d *faultyDisk) { d.truncate = nil })
			if err := bindings.Close(); err != nil {
				t.Fatal(err)
			}
			bindings, recovery := open(t, BindingsOptions{Directory: directory})
			wantLedger(t, "nothing that was refused comes back", bindings, want)
			if recovery.Damaged != 0 {
				t.Errorf("recovered %+v, want no damage", recovery)
			}
		})
	}
}

func TestNoSegmentToFallBackOn(t *testing.T) {
	directory, disk := t.TempDir(), &faultyDisk{}
	bindings, _ := open(t, BindingsOptions{Directory: directory, create: disk.open})
	want := fill(t, bindings, 3)
	batch := bindings.Batch()
	disk.set(func(d *faultyDisk) {
		d.write, d.partly, d.truncate, d.create = syscall.EIO, 500, syscall.EIO, syscall.EIO
	})
	for range 3 {
		batch.Stage(change(registration("refused", 1)))
		if err := batch.Commit(); !errors.Is(err, syscall.EIO) {
			t.Fatalf("commit: %v, want EIO", err)
		}
		wantLedger(t, "refused while nothing can be written", bindings, want)
	}
	*disk = faultyDisk{writes: disk.writes}
	after := registration("after", 1)
	batch.Stage(change(after))
	commit(t, batch)
	want[after.AddressOfRecord] = after
	if err := bindings.Close(); err != nil {
		t.Fatal(err)
	}
	bindings, _ = open(t, BindingsOptions{Directory: directory})
	wantLedger(t, "after it was opened again", bindings, want)
}

// TestFailureTakesAllStaged: what two batches staged may build on each other, so they
// fall together; what was written before stays.
func TestFailureTakesAllStaged(t *testing.T) {
	disk := &faultyDisk{}
	bindings, _ := open(t, BindingsOptions{Directory: t.TempDir(), create: disk.open})
	first, second, third := bindings.Batch(), bindings.Batch(), bindings.Batch()
	third.Stage(change(registration("kept", 1)))
	commit(t, first) // nothing of its own: writes nothing
	second.Stage(change(registration("kept", 2)))
	commit(t, second) // takes along what third staged

	first.Stage(change(registration("alice", 1)))
	second.Stage(change(registration("alice", 2)))
	disk.set(func(d *faultyDisk) { d.write = syscall.ENOSPC })
	if err := first.Commit(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("first: %v, want ENOSPC", err)
	}
	disk.set(func(d *faultyDisk) { d.write = nil })
	second.Stage(change(registration("bob", 1)))
	if bindings.Bindings("bob@example.com") != nil {
		t.Error("a batch that has lost a change must not go on")
	}
	if err := second.Commit(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("second: %v, want ENOSPC: its change fell with the first's", err)
	}
	if err := third.Commit(); err != nil {
		t.Errorf("third: %v, but its change was written before", err)
	}
	second.Stage(change(registration("bob", 2)))
	commit(t, second)
	wantLedger(t, "in the end", bindings, ledger{
		"kept@example.com": registration("kept", 2),
		"bob@example.com":  registration("bob", 2),
	})
}

// TestFailureWhileOthersStage: the lock for staging is free during a write, and what is
// staged then builds on what is being written.
func TestFailureWhileOthersStage(t *testing.T) {
	inWrite, goOn := make(chan struct{}), make(chan struct{})
	options := BindingsOptions{Directory: t.TempDir(), create: func(path string) (file, error) {
		created, err := createFile(path)
		return &slowFile{file: created, inWrite: inWrite, goOn: goOn}, err
	}}
	bindings, _ := open(t, options)
	first, second := bindings.Batch(), bindings.Batch()
	first.Stage(change(registration("alice", 1)))
	told := make(chan error)
	go func() { told <- first.Commit() }()
	<-inWrite
	second.Stage(change(registration("alice", 2)))
	if got := bindings.Bindings("alice@example.com"); got == nil || got.TemporaryGRUUs != 2 {
		t.Error("staging must not wait for the disk")
	}
	close(goOn)
	if err := <-told; err == nil {
		t.Error("first: no error for a write that failed")
	}
	if err := second.Commit(); err == nil {
		t.Error("second: no error, though it was staged on what was lost")
	}
	wantLedger(t, "both are taken back", bindings, ledger{})
}

// slowFile waits in the first write after the header, and fails it.
type slowFile struct {
	file
	inWrite, goOn chan struct{}
	writes        int
}

func (f *slowFile) Write(data []byte) (int, error) {
	if f.writes++; f.writes != 2 {
		return f.file.Write(data)
	}
	close(f.inWrite)
	<-f.goOn
	return 0, syscall.ENOSPC
}
