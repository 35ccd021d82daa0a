package media

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"
	"weak"

	"hookflash/media/graph"
	"hookflash/media/wav"
)

// sound is what a file holds, at 8 or 16 kHz. Players share it; nobody changes it.
type sound struct {
	rate    int
	samples []int16
}

// library reads the files that are played, and keeps those that any player still has, and the prompts that are
// built in.
type library struct {
	roots    map[string]*os.Root // by kind
	builtin  fs.FS               // nil: none
	language string
	mutex    sync.Mutex
	kept     map[key]weak.Pointer[sound] // guarded by mutex, as what follows
	steady   map[string]*sound           // built in
	kepts    int                         // samples of these
}

// key tells one version of one file.
type key struct {
	kind, name string
	size, time int64
}

func newLibrary(settings *Settings, files, prompts *os.Root) *library {
	l := &library{
		roots: map[string]*os.Root{}, kept: map[key]weak.Pointer[sound]{}, steady: map[string]*sound{},
		builtin: settings.Builtin, language: settings.Language,
	}
	if files != nil {
		l.roots["file"] = files
	}
	if prompts != nil {
		l.roots["prompt"] = prompts
	}
	return l
}

func (l *library) close() error {
	if root := l.roots["prompt"]; root != nil {
		return root.Close()
	}
	return nil
}

// load reads a file, unless it is kept.
func (l *library) load(kind, name string) loaded {
	find := func(name string) (*sound, error) { return l.file(kind, name) }
	if kind == "prompt" {
		find = l.prompt
	}
	found, err := find(name)
	if err != nil {
		return loaded{err: fmt.Errorf("play %s %q: %w", kind, name, err)}
	}
	return loaded{sound: found}
}

func (l *library) file(kind, name string) (*sound, error) {
	root := l.roots[kind]
	if root == nil {
		return nil, ErrSource
	}
	name, err := named(name)
	if err != nil {
		return nil, err
	}
	info, err := root.Stat(name)
	if err != nil {
		return nil, errors.Join(ErrSource, err)
	}
	if !info.Mode().IsRegular() || info.Size() > MaxSource {
		return nil, fmt.Errorf("%w: no file of at most %d bytes", ErrSource, MaxSource)
	}
	which := key{kind, name, info.Size(), info.ModTime().UnixNano()}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if kept := l.kept[which].Value(); kept != nil {
		return kept, nil
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, errors.Join(ErrSource, err)
	}
	defer file.Close()
	read, err := readSound(file)
	if err != nil {
		return nil, err
	}
	for k, kept := range l.kept {
		if kept.Value() == nil {
			delete(l.kept, k)
		}
	}
	l.kept[which] = weak.Make(read)
	return read, nil
}

// named is a name as it is meant: below the directory, which os.Root makes sure of again, and with its
// ending.
func named(name string) (string, error) {
	if !filepath.IsLocal(name) || path.Clean(name) == "." {
		return "", fmt.Errorf("%w: not a name of a file", ErrSource)
	}
	if path.Ext(name) == "" {
		name += ".wav"
	}
	return name, nil
}

// file is what a recorder writes. Its methods don't wait: the disk's goroutine does the work.
type file struct {
	engine *Engine
	node   graph.Node
	name   string
	queued atomic.Int64 // bytes

	// What follows belongs to the disk's goroutine.
	open     *os.File
	writer   *wav.Writer
	err      error
	finished bool
}

// newFile creates the file, so that what is wrong with it is told before anybody speaks.
func newFile(e *Engine, node graph.Node, name string) *file {
	f := &file{engine: e, node: node, name: name}
	e.writing.do(func() {
		f.open, f.err = create(e.files, name)
		if f.err != nil {
			f.finish()
		}
	})
	return f
}

func create(root *os.Root, name string) (*os.File, error) {
	name, err := named(name)
	if err != nil {
		return nil, err
	}
	if info, err := root.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: not a file", ErrSource)
	}
	if directory := path.Dir(name); directory != "." {
		if err := root.MkdirAll(directory, 0o700); err != nil {
			return nil, errors.Join(ErrSource, err)
		}
	}
	opened, err := root.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, errors.Join(ErrSource, err)
	}
	return opened, nil
}

func (f *file) begin(rate int) {
	f.engine.writing.do(func() {
		if f.err == nil {
			f.writer, f.err = wav.NewWriter(f.open, rate, wav.PCM16)
		}
	})
}

// write takes samples over. What the disk can't take in time is lost.
func (f *file) write(samples []int16) {
	size := int64(2 * len(samples))
	if f.queued.Add(size) > MaxWriting {
		f.queued.Add(-size)
		return
	}
	f.engine.writing.do(func() {
		f.queued.Add(-size)
		if f.err == nil && f.writer != nil {
			f.err = f.writer.Write(samples)
		}
	})
}

func (f *file) end() { f.engine.writing.do(f.finish) }

// finish closes the file and tells that it is whole, or what went wrong; once.
func (f *file) finish() {
	if f.finished {
		return
	}
	f.finished = true
	if f.writer == nil && f.err == nil { // it never joined a room
		f.writer, f.err = wav.NewWriter(f.open, narrowRate, wav.PCM16)
	}
	if f.writer != nil {
		f.err = errors.Join(f.err, f.writer.Close())
	}
	if f.open != nil {
		f.err = errors.Join(f.err, f.open.Close())
	}
	err := f.err
	if err != nil {
		err = fmt.Errorf("record to file %q: %w", f.name, err)
	}
	f.engine.teller.tell(graph.Ended{Node: f.node, Err: err})
}
