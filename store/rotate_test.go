package store

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestRotationKeepsAll(t *testing.T) {
	directory := t.TempDir()
	bindings, _ := open(t, BindingsOptions{Directory: directory})
	want := fill(t, bindings, 500)
	batch := bindings.Batch()
	for i := range 100 {
		user := fmt.Sprintf("user%d", i)
		batch.Stage(removal(user))
		delete(want, user+"@example.com")
	}
	expired := registration("expired", 1)
	expired.Bindings[0].Expires = noon
	batch.Stage(change(expired))
	commit(t, batch)
	before := bindings.LogStatistics().Bytes
	live, err := bindings.rotate()
	if err != nil {
		t.Fatal(err)
	}
	bindings.log.rotated(live, err)
	after := bindings.LogStatistics().Bytes
	if after >= before || live+framesStart > after || live < 400*200 {
		t.Errorf("rotated from %d to %d bytes with %d live", before, after, live)
	}
	if err := bindings.Close(); err != nil {
		t.Fatal(err)
	}
	onlySegment(t, directory)
	bindings, recovery := open(t, BindingsOptions{Directory: directory})
	wantLedger(t, "after rotation", bindings, want)
	if recovery.Expired != 0 {
		t.Error("an expired binding was copied")
	}
}

// TestRemovedDoesNotComeBack: rotation died between removing segments, and the one that
// is left over tells of something that was removed since.
func TestRemovedDoesNotComeBack(t *testing.T) {
	directory := t.TempDir()
	bindings, _ := open(t, BindingsOptions{Directory: directory})
	want := fill(t, bindings, 3)
	old, err := os.ReadFile(onlySegment(t, directory))
	if err != nil {
		t.Fatal(err)
	}
	batch := bindings.Batch()
	batch.Stage(removal("user1"))
	commit(t, batch)
	delete(want, "user1@example.com")
	if _, err := bindings.rotate(); err != nil {
		t.Fatal(err)
	}
	if err := bindings.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(segmentPath(directory, 1), old, 0o600); err != nil {
		t.Fatal(err)
	}
	bindings, _ = open(t, BindingsOptions{Directory: directory})
	wantLedger(t, "the complete segment counts alone", bindings, want)
}

func TestRotationUnderLoad(t *testing.T) {
	directory := t.TempDir()
	bindings, _ := open(t, BindingsOptions{Directory: directory, RotateFloor: 32 << 10})
	ledgers := [2]ledger{{}, {}}
	var done sync.WaitGroup
	for writer := range ledgers {
		done.Go(func() {
			batch := bindings.Batch()
			for round := uint32(0); bindings.LogStatistics().Rotations < 20 && round < 100_000; round++ {
				user := fmt.Sprintf("user%d-%d", writer, round%50)
				record := registration(user, round)
				batch.Stage(change(record))
				ledgers[writer][record.AddressOfRecord] = record
				if round%7 == 0 {
					user := fmt.Sprintf("user%d-%d", writer, (round+25)%50)
					batch.Stage(removal(user))
					delete(ledgers[writer], user+"@example.com")
				}
				if err := batch.Commit(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
	statistics := bindings.LogStatistics()
	if statistics.Rotations < 20 || statistics.RotationError != nil {
		t.Errorf("statistics %+v, want 20 rotations", statistics)
	}
	want := make(ledger)
	maps.Copy(want, ledgers[0])
	maps.Copy(want, ledgers[1])
	if err := bindings.Close(); err != nil {
		t.Fatal(err)
	}
	bindings, _ = open(t, BindingsOptions{Directory: directory})
	wantLedger(t, "after rotation under load", bindings, want)
}

func TestRotationFails(t *testing.T) {
	for _, test := range []struct {
		reason string
		fault  func(d *faultyDisk)
	}{
		{"no new segment", func(d *faultyDisk) { d.create = syscall.ENOSPC }},
		{"the copy can't be written", func(d *faultyDisk) { d.write = syscall.ENOSPC }},
		{"the copy can't be synced", func(d *faultyDisk) { d.sync = syscall.EIO }},
	} {
		t.Run(test.reason, func(t *testing.T) {
			directory, disk := t.TempDir(), &faultyDisk{}
			bindings, _ := open(t, BindingsOptions{Directory: directory, create: disk.open})
			want := fill(t, bindings, 50)
			disk.set(test.fault)
			live, err := bindings.rotate()
			if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EIO) {
				t.Fatalf("rotate: %v, want the fault", err)
			}
			bindings.log.rotated(live, err)
			if bindings.LogStatistics().RotationError == nil {
				t.Error("health must be able to tell that rotation fails")
			}
			disk.set(func(d *faultyDisk) { d.create, d.write, d.sync = nil, nil, nil })
			after := registration("after", 1)
			batch := bindings.Batch()
			batch.Stage(change(after))
			commit(t, batch)
			want[after.AddressOfRecord] = after
			if err := bindings.Close(); err != nil {
				t.Fatal(err)
			}
			bindings, recovery := open(t, BindingsOptions{Directory: directory})
			wantLedger(t, "a rotation that fails loses nothing", bindings, want)
			if recovery.Damaged != 0 {
				t.Errorf("recovered %+v, want no damage", recovery)
			}
		})
	}
}

// TestCrashAnywhereInRotation looks at the directory after every step of a rotation, and
// in the middle of every write, as a crash would leave it.
func TestCrashAnywhereInRotation(t *testing.T) {
	directory := t.TempDir()
	var crashes []string
	watching := false
	crash := func() {
		if watching {
			crashes = append(crashes, copyDirectory(t, directory))
		}
	}
	options := BindingsOptions{Directory: directory, create: func(path string) (file, error) {
		created, err := createFile(path)
		crash()
		return steppedFile{created, crash}, err
	}}
	bindings, _ := open(t, options)
	want := fill(t, bindings, 400)
	batch := bindings.Batch()
	batch.Stage(removal("user7"))
	commit(t, batch)
	delete(want, "user7@example.com")
	watching = true
	if _, err := bindings.rotate(); err != nil {
		t.Fatal(err)
	}
	crash()
	watching = false
	if len(crashes) < 8 {
		t.Errorf("only %d steps", len(crashes))
	}
	for step, crashed := range crashes {
		bindings, recovery := open(t, BindingsOptions{Directory: crashed, create: createUnsynced})
		wantLedger(t, fmt.Sprintf("crash after step %d", step), bindings, want)
		if recovery.Damaged != 0 {
			t.Errorf("crash after step %d: %+v, want no damage", step, recovery)
		}
	}
}

// steppedFile tells of every step.
type steppedFile struct {
	file
	step func()
}

func (f steppedFile) Write(data []byte) (int, error) {
	half, err := f.file.Write(data[:len(data)/2])
	f.step()
	if err != nil {
		return half, err
	}
	rest, err := f.file.Write(data[half:])
	f.step()
	return half + rest, err
}

func (f steppedFile) Sync() error {
	err := f.file.Sync()
	f.step()
	return err
}

// killedDirectory names, for the process that is killed, where it writes.
const killedDirectory = "HOOKFLASH_TEST_KILLED_DIRECTORY"

// TestKilledProcess is what TestKill kills: it writes, rotating all the time, and prints
// what was acknowledged.
func TestKilledProcess(t *testing.T) {
	directory := os.Getenv(killedDirectory)
	if directory == "" {
		t.Skip("only as a process of TestKill")
	}
	bindings, _ := open(t, BindingsOptions{Directory: directory, RotateFloor: 16 << 10})
	batch := bindings.Batch()
	first := uint32(0)
	for _, record := range bindings.All() {
		first = max(first, record.TemporaryGRUUs)
	}
	for number := first + 1; ; number++ {
		batch.Stage(change(registration(fmt.Sprintf("user%d", number%40), number)))
		commit(t, batch)
		fmt.Printf("kept %d\n", number)
	}
}

// TestKill kills a writing process at random and compares what it had acknowledged with
// what is there.
func TestKill(t *testing.T) {
	directory := t.TempDir()
	want := make(map[string]uint32)
	kept := 0
	rounds := 12
	if os.Getenv("HOOKFLASH_SIZE") == "full" {
		rounds = 1000
	}
	for round := range rounds {
		command := exec.Command(os.Args[0], "-test.run=^TestKilledProcess$")
		command.Env = append(os.Environ(), killedDirectory+"="+directory)
		output, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		// Each round dies somewhere else, told by what it acknowledged.
		enough := 50 + round%12*(round%12)*37
		lines := bufio.NewScanner(output)
		for count := 0; lines.Scan(); {
			text, isNumber := strings.CutPrefix(lines.Text(), "kept ")
			number, err := strconv.ParseUint(text, 10, 32)
			if !isNumber || err != nil {
				continue
			}
			want[fmt.Sprintf("user%d@example.com", number%40)] = uint32(number)
			kept++
			if count++; count == enough {
				if err := command.Process.Signal(syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = command.Wait() // killed
		bindings, recovery := open(t, BindingsOptions{Directory: directory})
		for address, number := range want {
			record := bindings.Bindings(address)
			// One more may have been written and not told.
			if record == nil || record.TemporaryGRUUs < number {
				t.Fatalf("round %d: %s is at %v, acknowledged was %d; recovered %+v", round, address, record, number, recovery)
			}
			want[address] = record.TemporaryGRUUs
		}
		if recovery.Damaged != 0 {
			t.Fatalf("round %d: recovered %+v, want no damage", round, recovery)
		}
		wantOnlyTruth(t, bindings)
		if err := bindings.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d acknowledged", kept)
}

// TestCopiedWhileWriting opens copies of the directory made in the middle of rotations.
func TestCopiedWhileWriting(t *testing.T) {
	directory := t.TempDir()
	bindings, _ := open(t, BindingsOptions{Directory: directory, RotateFloor: 8 << 10})
	batch := bindings.Batch()
	want := make(map[string]uint32)
	var mutex sync.Mutex
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		for number := uint32(1); ; number++ {
			select {
			case <-stop:
				return
			default:
			}
			user := fmt.Sprintf("user%d", number%30)
			batch.Stage(change(registration(user, number)))
			if err := batch.Commit(); err != nil {
				t.Error(err)
				return
			}
			mutex.Lock()
			want[user+"@example.com"] = number
			mutex.Unlock()
		}
	})
	for range 20 {
		mutex.Lock()
		acknowledged := maps.Clone(want)
		mutex.Unlock()
		copied := copyDirectory(t, directory)
		reopened, _ := open(t, BindingsOptions{Directory: copied})
		for address, number := range acknowledged {
			if record := reopened.Bindings(address); record == nil || record.TemporaryGRUUs < number {
				t.Fatalf("%s is at %v, acknowledged was %d", address, record, number)
			}
		}
		if err := reopened.Close(); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	done.Wait()
}

// copyDirectory copies segments; it begins again when one was removed meanwhile.
func copyDirectory(t *testing.T, directory string) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		numbers, err := segmentNumbers(directory)
		if err != nil {
			t.Fatal(err)
		}
		copied := t.TempDir()
		for _, number := range numbers {
			var data []byte
			if data, err = os.ReadFile(segmentPath(directory, number)); err != nil {
				break
			}
			if err = os.WriteFile(segmentPath(copied, number), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err == nil {
			return copied
		}
	}
	t.Fatal("the directory changed all the time")
	return ""
}
