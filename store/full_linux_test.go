package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

// fullDirectory names, for the process that may not write, where it tries.
const fullDirectory = "HOOKFLASH_TEST_FULL_DIRECTORY"

// TestDiskFull runs TestFullProcess in a process of its own: the limit that stands for
// the end of the disk is for whole processes.
func TestDiskFull(t *testing.T) {
	command := exec.Command(os.Args[0], "-test.run=^TestFullProcess$")
	command.Env = append(os.Environ(), fullDirectory+"="+t.TempDir())
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// limitFiles keeps files from growing beyond size bytes.
func limitFiles(t *testing.T, size uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = min(size, limit.Max)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
}

// TestFullProcess: with no space left, writing is refused and reading goes on; with space
// again, writing does too, and all that was acknowledged is there after a restart.
func TestFullProcess(t *testing.T) {
	directory := os.Getenv(fullDirectory)
	if directory == "" {
		t.Skip("only as a process of TestDiskFull")
	}
	signal.Ignore(syscall.SIGXFSZ)
	ctx := context.Background()
	data := openData(t, directory)
	limitFiles(t, 8<<10)
	var kept []string
	for refused := 0; refused < 2; {
		name := fmt.Sprintf("user%d", len(kept)+refused)
		_, err := data.Users().Put(ctx, UserEntry{User: user(name, "secret"), Source: FromFile})
		if err == nil && refused > 0 || err != nil && !errors.Is(err, ErrUnavailable) || len(kept) > 1000 {
			t.Fatalf("put %s after %d kept and %d refused: %v", name, len(kept), refused, err)
		}
		if err != nil {
			refused++
			continue
		}
		kept = append(kept, name)
	}
	batch := data.Bindings.Batch()
	var err error
	last := uint32(0)
	for ; err == nil && last < 1000; last++ {
		record := registration("alice", last)
		record.Bindings[0].Expires = noon.AddDate(100, 0, 0)
		batch.Stage(change(record))
		err = batch.Commit()
	}
	if !errors.Is(err, syscall.EFBIG) || data.Bindings.Bindings("alice@example.com").TemporaryGRUUs != last-2 {
		t.Fatalf("registration %d: %v, %+v", last, err, data.Bindings.Bindings("alice@example.com"))
	}
	for _, name := range kept {
		if data.Directory().User(name) == nil {
			t.Fatalf("%s can't be read", name)
		}
	}

	if data.Health() == nil {
		t.Error("healthy, though nothing can be written")
	}

	limitFiles(t, 1<<40)
	if _, err := data.Users().Put(ctx, UserEntry{User: user("after", "secret"), Source: FromFile}); err != nil {
		t.Fatalf("put with space again: %v", err)
	}
	kept = append(kept, "after")
	record := registration("bob", 1)
	record.Bindings[0].Expires = noon.AddDate(100, 0, 0)
	batch.Stage(change(record))
	commit(t, batch)
	if err := data.Health(); err != nil {
		t.Errorf("not healthy with space again: %v", err)
	}
	if err := data.Close(); err != nil {
		t.Fatal(err)
	}
	data = openData(t, directory)
	for _, name := range kept {
		if data.Directory().User(name) == nil {
			t.Errorf("%s was acknowledged and is gone", name)
		}
	}
	alice := data.Bindings.Bindings("alice@example.com")
	if alice == nil || alice.TemporaryGRUUs != last-2 || data.Bindings.Bindings("bob@example.com") == nil {
		t.Errorf("bindings are %+v", data.Bindings.All())
	}
}
