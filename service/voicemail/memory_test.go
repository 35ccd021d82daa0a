package voicemail_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
	"time"

	"hookflash/directory"
	"hookflash/store/mailbox"
)

var errBroken = errors.New("the disk is broken")

// memory is a disk in memory, which may break.
type memory struct {
	mutex  sync.Mutex
	files  map[string]*bytes.Buffer
	made   map[string]bool // directories
	broken bool
}

func newMemory() *memory {
	return &memory{files: map[string]*bytes.Buffer{}, made: map[string]bool{".": true}}
}

func (m *memory) disk() mailbox.Disk { return mailbox.Disk{Files: m, Directories: directories{m}} }

func (m *memory) do(act func() error) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.broken {
		return errBroken
	}
	return act()
}

func (m *memory) Create(name string) (f mailbox.File, err error) {
	err = m.do(func() error {
		m.files[name] = &bytes.Buffer{}
		f = &file{m, m.files[name]}
		return nil
	})
	return f, err
}

func (m *memory) Open(name string) (f mailbox.File, err error) {
	err = m.do(func() error {
		if m.files[name] == nil {
			return fs.ErrNotExist
		}
		f = &file{m, bytes.NewBuffer(bytes.Clone(m.files[name].Bytes()))}
		return nil
	})
	return f, err
}

func (m *memory) Rename(from, to string) error {
	return m.do(func() error {
		if m.files[from] == nil {
			return fs.ErrNotExist
		}
		m.files[to] = m.files[from]
		delete(m.files, from)
		return nil
	})
}

func (m *memory) Remove(name string) error {
	return m.do(func() error {
		if m.files[name] == nil {
			return fs.ErrNotExist
		}
		delete(m.files, name)
		return nil
	})
}

type directories struct{ *memory }

func (d directories) Mkdir(name string) error {
	return d.do(func() error { d.made[name] = true; return nil })
}
func (d directories) Sync(string) error { return d.do(func() error { return nil }) }
func (d directories) Free() int64       { return -1 }

func (d directories) List(name string) (entries []mailbox.Entry, err error) {
	err = d.do(func() error {
		for file, content := range d.files {
			if path.Dir(file) == name {
				entries = append(entries, mailbox.Entry{Name: path.Base(file), Size: int64(content.Len())})
			}
		}
		return nil
	})
	return entries, err
}

type file struct {
	disk    *memory
	content *bytes.Buffer
}

func (f *file) Read(p []byte) (n int, err error) { return f.content.Read(p) }
func (f *file) Write(p []byte) (n int, err error) {
	err = f.disk.do(func() error { n, err = f.content.Write(p); return err })
	return n, err
}
func (f *file) Sync() error  { return f.disk.do(func() error { return nil }) }
func (f *file) Close() error { return nil }

// left is what the disk holds beside messages and greetings.
func (m *memory) left() (names []string) {
	for name := range m.files {
		if path.Dir(name) == "incoming" && path.Base(name) != "probe" {
			names = append(names, name)
		}
	}
	return names
}

// recording stands in for the media side: what begins to be recorded is there.
type recording struct {
	*mailbox.Boxes
	disk     *memory
	keepLess bool // Keep fails
}

func (r *recording) Begin(box string, now time.Time) (string, error) {
	id, err := r.Boxes.Begin(box, now)
	if err == nil {
		r.disk.files[mailbox.Incoming(id)] = bytes.NewBufferString(fmt.Sprintf("RIFF    WAVEfmt %s", id))
	}
	return id, err
}

func (r *recording) Keep(box, id string, meta mailbox.Meta) error {
	if r.keepLess {
		r.disk.broken = true
	}
	return r.Boxes.Keep(box, id, meta)
}

// view knows alice, bob, carol, dave, and their settings.
type view struct{ routing map[string]*directory.Routing }

func (v view) User(name string) *directory.User {
	switch name {
	case "alice", "bob", "carol", "dave":
		return &directory.User{Name: name, Routing: v.routing[name]}
	}
	return nil
}

func (v view) Number(number string) string {
	for name, routing := range v.routing {
		for _, own := range routing.Numbers {
			if own == number {
				return name
			}
		}
	}
	return ""
}

func (view) Group(string) *directory.Group       { return nil }
func (view) Calendar(string) *directory.Calendar { return nil }
