package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Lock keeps other processes out of a data directory. It ends with the process at the
// latest.
type Lock struct{ file *os.File }

// LockedError: another process has the data directory.
type LockedError struct {
	Directory string
	Process   int // its number, 0 when it is not known
}

// Error says what to do.
func (e *LockedError) Error() string {
	process := "another process"
	if e.Process != 0 {
		process = "process " + strconv.Itoa(e.Process)
	}
	return fmt.Sprintf("the data directory %s is in use by %s: stop that one, or give this one a data directory of its own",
		e.Directory, process)
}

// LockDirectory takes the lock of a data directory, which must exist. The error is a
// *LockedError when another process has it.
func LockDirectory(directory string) (*Lock, error) {
	file, err := os.OpenFile(filepath.Join(directory, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: lock the data directory: %w", err)
	}
	taken, err := lockFile(file)
	if err == nil && taken {
		if err = file.Truncate(0); err == nil {
			_, err = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
		}
		if err == nil {
			return &Lock{file: file}, nil
		}
	}
	defer func() { _ = file.Close() }()
	if err != nil {
		return nil, fmt.Errorf("store: lock the data directory: %w", err)
	}
	holder := make([]byte, 20)
	n, _ := file.ReadAt(holder, 0) // not known is good enough
	process, _ := strconv.Atoi(strings.TrimSpace(string(holder[:n])))
	return nil, &LockedError{Directory: directory, Process: process}
}

// Release lets go of the directory.
func (l *Lock) Release() error { return l.file.Close() }
