package mailbox

import (
	"errors"
	"io/fs"
	"os"
)

// In gives the files below a directory of the operating system. The root stays the
// caller's to close.
func In(root *os.Root) Disk {
	return Disk{files{root}, directories{root}}
}

type files struct{ root *os.Root }

func (f files) Create(name string) (File, error) {
	return opened(f.root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600))
}

// Open asks for writing too: some systems sync nothing else.
func (f files) Open(name string) (File, error) {
	return opened(f.root.OpenFile(name, os.O_RDWR, 0))
}

func opened(file *os.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return file, nil
}

func (f files) Rename(from, to string) error { return f.root.Rename(from, to) }

func (f files) Remove(name string) error { return f.root.Remove(name) }

type directories struct{ root *os.Root }

func (d directories) Mkdir(name string) error {
	if err := d.root.Mkdir(name, 0o700); !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := d.root.Lstat(name)
	if err == nil && !info.IsDir() {
		err = fs.ErrExist
	}
	return err
}

func (d directories) List(name string) ([]Entry, error) {
	directory, err := d.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer directory.Close()
	found, err := directory.Readdir(-1)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(found))
	for _, info := range found {
		entries = append(entries, Entry{Name: info.Name(), Directory: info.IsDir(), Size: info.Size()})
	}
	return entries, nil
}

func (d directories) Sync(name string) error {
	directory, err := d.root.Open(name)
	if err != nil {
		return err
	}
	defer directory.Close()
	return directory.Sync()
}

func (d directories) Free() int64 { return free(d.root) }
