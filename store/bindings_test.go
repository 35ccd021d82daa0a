package store

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/registrar"
)

func TestReopened(t *testing.T) {
	directory := t.TempDir()
	bindings, recovery := open(t, BindingsOptions{Directory: directory})
	if recovery.Records != 0 || recovery.Segments != 0 {
		t.Errorf("an empty directory recovered %+v", recovery)
	}
	want := fill(t, bindings, 20)
	batch := bindings.Batch()
	batch.Stage(removal("user3"))
	batch.Stage(change(registration("user4", 4000)))
	batch.Stage(removal("nobody"))
	commit(t, batch)
	delete(want, "user3@example.com")
	want["user4@example.com"] = registration("user4", 4000)
	wantLedger(t, "before it is closed", bindings, want)
	if err := bindings.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		bindings, recovery = open(t, BindingsOptions{Directory: directory})
		wantLedger(t, "after it was opened again", bindings, want)
		if recovery.Records != 19 || recovery.Damaged != 0 || recovery.Torn != 0 {
			t.Errorf("an undamaged log recovered as %+v", recovery)
		}
		if err := bindings.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStagedIsVisibleAtOnce(t *testing.T) {
	bindings, _ := open(t, BindingsOptions{Directory: t.TempDir()})
	batch := bindings.Batch()
	alice := registration("alice", 1)
	batch.Stage(change(alice))
	if bindings.Bindings("alice@example.com") != alice {
		t.Error("the next step must see what the one before it staged")
	}
	batch.Stage(removal("alice"))
	if bindings.Bindings("alice@example.com") != nil {
		t.Error("a staged removal must be seen")
	}
	commit(t, batch)
	if writes := bindings.LogStatistics().Writes; writes != 1 {
		t.Errorf("%d writes for one batch, want 1", writes)
	}
	commit(t, batch)
	if writes := bindings.LogStatistics().Writes; writes != 1 {
		t.Error("an empty batch wrote something")
	}
}

func TestExpiredAreNotReadBack(t *testing.T) {
	directory := t.TempDir()
	bindings, _ := open(t, BindingsOptions{Directory: directory})
	batch := bindings.Batch()
	over, both := registration("over", 1), registration("both", 1)
	over.Bindings[0].Expires = noon
	both.Bindings = append(both.Bindings, over.Bindings[0])
	batch.Stage(change(over))
	batch.Stage(change(both))
	commit(t, batch)
	if err := bindings.Close(); err != nil {
		t.Fatal(err)
	}
	bindings, recovery := open(t, BindingsOptions{Directory: directory})
	wantLedger(t, "only what has not expired", bindings, ledger{"both@example.com": registration("both", 1)})
	if recovery.Expired != 2 {
		t.Errorf("%d expired, want 2", recovery.Expired)
	}
}

func TestSweep(t *testing.T) {
	bindings, _ := open(t, BindingsOptions{Directory: t.TempDir()})
	batch := bindings.Batch()
	want := make(ledger)
	for i := range 1000 {
		record := registration(fmt.Sprintf("user%d", i), uint32(i))
		late := record.Bindings[0]
		late.Expires = noon.Add(2 * time.Hour)
		switch i % 3 {
		case 0:
			record.Bindings = append(record.Bindings, late)
			left := registration(fmt.Sprintf("user%d", i), uint32(i))
			left.Bindings[0] = late
			want[record.AddressOfRecord] = left
		case 1:
			record.Bindings[0] = late
			want[record.AddressOfRecord] = record
		}
		batch.Stage(change(record))
	}
	commit(t, batch)
	removed := 0
	for range shardCount {
		removed += bindings.Sweep(noon.Add(time.Hour), 1)
	}
	if removed != 667 {
		t.Errorf("%d bindings swept, want 667", removed)
	}
	wantLedger(t, "after the sweep", bindings, want)
	if again := bindings.Sweep(noon.Add(time.Hour), 1_000_000); again != 0 {
		t.Errorf("a second sweep removed %d more", again)
	}
}

func TestReadingDoesNotAllocate(t *testing.T) {
	bindings, _ := open(t, BindingsOptions{Directory: t.TempDir()})
	fill(t, bindings, 10)
	address := "user7@example.com"
	if allocations := testing.AllocsPerRun(100, func() { _ = bindings.Bindings(address) }); allocations != 0 {
		t.Errorf("%v allocations to read a record", allocations)
	}
}

func TestStagingDoesNotAllocate(t *testing.T) {
	bindings, _ := open(t, BindingsOptions{Directory: t.TempDir()})
	batch := bindings.Batch()
	staged := change(registration("alice", 1))
	use := digest.Use{Username: "alice", Nonce: digest.Nonce{Issued: noon.UnixMilli(), Salt: 1}}
	round := func() {
		for range 64 {
			batch.Stage(staged)
			use.NC++
			batch.StageUse(use)
		}
		if err := batch.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		round()
	}
	if allocations := testing.AllocsPerRun(50, round); allocations != 0 {
		t.Errorf("%v allocations to stage and commit 64 changes and 64 uses", allocations)
	}
}

func TestNoncesSurvive(t *testing.T) {
	directory := t.TempDir()
	bindings, _ := open(t, BindingsOptions{Directory: directory, RotateFloor: 1 << 20})
	fresh := digest.Nonce{Issued: noon.UnixMilli() - 1000, Salt: 1}
	old := digest.Nonce{Issued: noon.Add(-digest.Lifetime).UnixMilli() - 1000, Salt: 2}
	batch := bindings.Batch()
	for nc := uint32(1); nc <= 3; nc++ {
		batch.StageUse(digest.Use{Username: "alice", Nonce: fresh, NC: nc})
		batch.StageUse(digest.Use{Username: "alice", Nonce: old, NC: nc})
	}
	commit(t, batch)
	for _, rotated := range []bool{false, true, true} {
		if rotated {
			if _, err := bindings.rotate(); err != nil {
				t.Fatal(err)
			}
		}
		if err := bindings.Close(); err != nil {
			t.Fatal(err)
		}
		bindings, _ = open(t, BindingsOptions{Directory: directory})
		found := 0
		bindings.EachWindows(func(username string, windows digest.Windows) {
			found++
			if username != "alice" || windows.Len() != 1 {
				t.Errorf("windows of %q with %d nonces, want alice with 1", username, windows.Len())
			}
			if verdict := windows.Accept(noon, fresh, 2); verdict != digest.Replayed {
				t.Errorf("a count used before the restart is %v (rotated %v)", verdict, rotated)
			}
			if verdict := windows.Accept(noon, fresh, 4); verdict != digest.Fresh {
				t.Errorf("the next count is %v (rotated %v)", verdict, rotated)
			}
		})
		if found != 1 {
			t.Fatalf("%d users with nonces in use, want 1 (rotated %v)", found, rotated)
		}
	}
}

func TestConcurrentBatches(t *testing.T) {
	directory := t.TempDir()
	bindings, _ := open(t, BindingsOptions{Directory: directory, RotateFloor: 64 << 10})
	const writers, rounds = 6, 60
	ledgers := make([]ledger, writers)
	var done sync.WaitGroup
	for writer := range writers {
		ledgers[writer] = make(ledger)
		done.Go(func() {
			batch := bindings.Batch()
			for round := range rounds {
				user := fmt.Sprintf("writer%d-%d", writer, round%17)
				record := registration(user, uint32(round))
				if round%5 == 4 {
					batch.Stage(removal(user))
					delete(ledgers[writer], record.AddressOfRecord)
				} else {
					batch.Stage(change(record))
					ledgers[writer][record.AddressOfRecord] = record
				}
				if round%3 == 2 {
					if err := batch.Commit(); err != nil {
						t.Error(err)
					}
				}
				bindings.Sweep(noon, 10)
				_ = bindings.Bindings("writer0-1@example.com")
			}
			if err := batch.Commit(); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	want := make(ledger)
	for _, l := range ledgers {
		maps.Copy(want, l)
	}
	wantLedger(t, "after all writers", bindings, want)
	if err := bindings.Close(); err != nil {
		t.Fatal(err)
	}
	bindings, recovery := open(t, BindingsOptions{Directory: directory})
	wantLedger(t, "after it was opened again", bindings, want)
	if recovery.Damaged != 0 || recovery.Torn != 0 {
		t.Errorf("recovered %+v, want no damage", recovery)
	}
}

func TestClosedRefuses(t *testing.T) {
	bindings, _ := open(t, BindingsOptions{Directory: t.TempDir()})
	batch := bindings.Batch()
	if err := bindings.Close(); err != nil {
		t.Fatal(err)
	}
	batch.Stage(change(registration("alice", 1)))
	if err := batch.Commit(); !errors.Is(err, ErrClosed) {
		t.Errorf("commit after Close: %v, want ErrClosed", err)
	}
	if bindings.Count() != 0 {
		t.Error("a refused change was published")
	}
	if err := bindings.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("a second Close: %v, want ErrClosed", err)
	}
}

func TestPrivate(t *testing.T) {
	directory := t.TempDir() + "/bindings"
	bindings, _ := open(t, BindingsOptions{Directory: directory})
	fill(t, bindings, 1)
	for path, want := range map[string]os.FileMode{directory: 0o700, onlySegment(t, directory): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o: contacts and addresses are nobody else's business", path, got, want)
		}
	}
}

func TestTooLong(t *testing.T) {
	bindings, _ := open(t, BindingsOptions{Directory: t.TempDir()})
	batch := bindings.Batch()
	small, large := registration("small", 1), registration("large", 1)
	large.Bindings[0].Contact = "sip:" + string(make([]byte, MaxRecord))
	batch.Stage(change(small))
	batch.Stage(change(large))
	if err := batch.Commit(); !errors.Is(err, ErrRecordTooLong) {
		t.Errorf("commit: %v, want ErrRecordTooLong", err)
	}
	if bindings.Bindings("large@example.com") != nil {
		t.Error("a record that can't be kept was published")
	}
	batch.Stage(change(small))
	commit(t, batch)
	wantLedger(t, "after the refusal", bindings, ledger{"small@example.com": small})
}

func BenchmarkBindings(b *testing.B) {
	bindings, _ := open(b, BindingsOptions{Directory: b.TempDir()})
	batch := bindings.Batch()
	addresses := make([]string, 10_000)
	for i := range addresses {
		record := registration(fmt.Sprintf("user%d", i), 1)
		addresses[i] = record.AddressOfRecord
		batch.Stage(change(record))
	}
	commit(b, batch)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if bindings.Bindings(addresses[i%len(addresses)]) == nil {
				b.Fail()
			}
		}
	})
}

// BenchmarkCommit is one operation per change, 32 changes per commit.
func BenchmarkCommit(b *testing.B) {
	bindings, _ := open(b, BindingsOptions{Directory: b.TempDir()})
	records := make([]*registrar.Record, 10_000)
	for i := range records {
		records[i] = registration(fmt.Sprintf("user%d", i), 1)
	}
	batch := bindings.Batch()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		batch.Stage(change(records[i%len(records)]))
		if i%32 == 31 {
			commit(b, batch)
		}
	}
}

func BenchmarkRecover(b *testing.B) {
	directory := b.TempDir()
	bindings, _ := open(b, BindingsOptions{Directory: directory})
	batch := bindings.Batch()
	for i := range 10_000 {
		batch.Stage(change(registration(fmt.Sprintf("user%d", i), 1)))
	}
	commit(b, batch)
	if err := bindings.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		bindings, recovery := open(b, BindingsOptions{Directory: directory})
		if recovery.Records != 10_000 {
			b.Fatal(recovery)
		}
		_ = bindings.Close()
	}
}
