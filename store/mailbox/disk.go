package mailbox

import "io"

// Disk is where the files are. Names are slash-separated, below one directory that nothing
// leaves. Safe for any number of goroutines.
type Disk struct {
	Files
	Directories
}

// Files are regular files. What was written stays for sure only once it was synced, and
// under which name once the directory was.
type Files interface {
	// Create makes a file for writing; one that is there is emptied.
	Create(name string) (File, error)
	// Open opens a file for reading. An error that is fs.ErrNotExist tells that there is none.
	Open(name string) (File, error)
	// Rename takes the place of what has the new name.
	Rename(from, to string) error
	Remove(name string) error
}

// Directories hold them.
type Directories interface {
	// Mkdir makes a directory; one that is there is fine.
	Mkdir(name string) error
	// List tells what is in a directory, in any order.
	List(name string) ([]Entry, error)
	// Sync makes the names of a directory last.
	Sync(name string) error
	// Free is how many octets can be written; below zero: unknown.
	Free() int64
}

// File is an open file, used by one goroutine.
type File interface {
	io.Reader
	io.Writer
	io.Closer
	// Sync makes the content last.
	Sync() error
}

// Entry is a name in a directory.
type Entry struct {
	Name      string
	Directory bool
	Size      int64
}
