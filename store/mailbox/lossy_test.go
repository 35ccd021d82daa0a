package mailbox

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"path"
	"sync"
)

var (
	errDead  = errors.New("the process is dead")
	errInput = errors.New("input/output error")
)

// node is a file or directory: as it is, and as a loss of power leaves it.
type node struct {
	data, synced      []byte
	names, syncedName map[string]*node // of a directory
}

func directoryNode() *node { return &node{names: map[string]*node{}, syncedName: map[string]*node{}} }

// lossy is a file system that forgets what was not synced, content and names each for itself, and
// may die or fail at any operation.
type lossy struct {
	mutex      sync.Mutex
	root       *node
	operations int
	dieAt      int              // the operation that is not done any more; 0: none
	failing    func(n int) bool // tells which operations fail; nil: none
	free       int64            // zero: unknown
	log        []string         // what was done, where wanted
	logging    bool
}

func newLossy() *lossy { return &lossy{root: directoryNode()} }

func (l *lossy) disk() Disk { return Disk{lossyFiles{l}, lossyDirectories{l}} }

// step counts an operation; the mutex is held.
func (l *lossy) step(what string) error {
	l.operations++
	if l.dieAt > 0 && l.operations >= l.dieAt {
		return errDead
	}
	if l.logging {
		l.log = append(l.log, what)
	}
	if l.failing != nil && l.failing(l.operations) {
		return errInput
	}
	return nil
}

// find walks to a node. Both results are nil without its directory.
func (l *lossy) find(name string) (parent, found *node, base string) {
	name = path.Clean(name)
	if name == "." {
		return nil, l.root, ""
	}
	at := l.root
	directory, base := path.Split(name)
	if directory != "" {
		_, at, _ = l.find(directory)
	}
	if at == nil || at.names == nil {
		return nil, nil, base
	}
	return at, at.names[base], base
}

// restart gives the file system to the next process: after a loss of power with what was synced, and
// by chance what was not.
func (l *lossy) restart(random *rand.Rand, power bool) *lossy {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if power {
		forget(l.root, random)
	}
	return &lossy{root: l.root}
}

func forget(n *node, random *rand.Rand) {
	if n.names == nil {
		if !bytes.Equal(n.data, n.synced) {
			n.data = torn(n.data, n.synced, random)
		}
		n.synced = bytes.Clone(n.data)
		return
	}
	all := map[string]bool{}
	for name := range n.names {
		all[name] = true
	}
	for name := range n.syncedName {
		all[name] = true
	}
	after := map[string]*node{}
	for name := range all {
		now, before := n.names[name], n.syncedName[name]
		if now != before && random.IntN(2) == 0 {
			now = before
		}
		if now != nil {
			after[name] = now
		}
	}
	n.names, n.syncedName = after, map[string]*node{}
	for name, child := range after {
		n.syncedName[name] = child
		forget(child, random)
	}
}

// torn is what may be left of content that was not synced.
func torn(data, synced []byte, random *rand.Rand) []byte {
	switch random.IntN(4) {
	case 0:
		return bytes.Clone(synced)
	case 1:
		return bytes.Clone(data[:random.IntN(len(data)+1)])
	case 2:
		return make([]byte, len(data)) // allocated, and never written
	default:
		return bytes.Clone(data)
	}
}

// paths lists all files.
func (l *lossy) paths() []string {
	var paths []string
	var walk func(at string, n *node)
	walk = func(at string, n *node) {
		if n.names == nil {
			paths = append(paths, at)
		}
		for name, child := range n.names {
			walk(path.Join(at, name), child)
		}
	}
	walk("", l.root)
	return paths
}

type lossyFiles struct{ *lossy }

func (l lossyFiles) Create(name string) (File, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err := l.step("create " + name); err != nil {
		return nil, err
	}
	parent, found, base := l.find(name)
	if parent == nil {
		return nil, fs.ErrNotExist
	}
	if found == nil {
		found = &node{}
		parent.names[base] = found
	}
	found.data = nil
	return &handle{disk: l.lossy, node: found, name: name}, nil
}

func (l lossyFiles) Open(name string) (File, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err := l.step("open " + name); err != nil {
		return nil, err
	}
	_, found, _ := l.find(name)
	if found == nil {
		return nil, fs.ErrNotExist
	}
	return &handle{disk: l.lossy, node: found, name: name}, nil
}

func (l lossyFiles) Rename(from, to string) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err := l.step("rename " + from + " " + to); err != nil {
		return err
	}
	source, found, base := l.find(from)
	target, _, newBase := l.find(to)
	if found == nil || target == nil {
		return fs.ErrNotExist
	}
	delete(source.names, base)
	target.names[newBase] = found
	return nil
}

func (l lossyFiles) Remove(name string) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err := l.step("remove " + name); err != nil {
		return err
	}
	parent, found, base := l.find(name)
	if found == nil {
		return fs.ErrNotExist
	}
	delete(parent.names, base)
	return nil
}

type lossyDirectories struct{ *lossy }

func (l lossyDirectories) Mkdir(name string) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err := l.step("mkdir " + name); err != nil {
		return err
	}
	parent, found, base := l.find(name)
	if parent == nil {
		return fs.ErrNotExist
	}
	if found == nil {
		parent.names[base] = directoryNode()
	}
	return nil
}

func (l lossyDirectories) List(name string) ([]Entry, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err := l.step("list " + name); err != nil {
		return nil, err
	}
	_, found, _ := l.find(name)
	if found == nil {
		return nil, fs.ErrNotExist
	}
	var entries []Entry
	for name, child := range found.names {
		entries = append(entries, Entry{Name: name, Directory: child.names != nil, Size: int64(len(child.data))})
	}
	return entries, nil
}

func (l lossyDirectories) Sync(name string) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err := l.step("sync " + name); err != nil {
		return err
	}
	_, found, _ := l.find(name)
	if found == nil || found.names == nil {
		return fs.ErrNotExist
	}
	found.syncedName = map[string]*node{}
	for name, child := range found.names {
		found.syncedName[name] = child
	}
	return nil
}

func (l lossyDirectories) Free() int64 {
	if l.free == 0 {
		return -1
	}
	return l.free
}

type handle struct {
	disk *lossy
	node *node
	name string
	at   int
}

func (h *handle) Read(p []byte) (int, error) {
	h.disk.mutex.Lock()
	defer h.disk.mutex.Unlock()
	if err := h.disk.step("read " + h.name); err != nil {
		return 0, err
	}
	if h.at >= len(h.node.data) {
		return 0, io.EOF
	}
	n := copy(p, h.node.data[h.at:])
	h.at += n
	return n, nil
}

func (h *handle) Write(p []byte) (int, error) {
	h.disk.mutex.Lock()
	defer h.disk.mutex.Unlock()
	if err := h.disk.step("write " + h.name); err != nil {
		if errors.Is(err, errInput) { // some of it may be there
			h.node.data = append(h.node.data, p[:len(p)/2]...)
		}
		return 0, err
	}
	h.node.data = append(bytes.Clone(h.node.data), p...)
	return len(p), nil
}

func (h *handle) Sync() error {
	h.disk.mutex.Lock()
	defer h.disk.mutex.Unlock()
	if err := h.disk.step("sync " + h.name); err != nil {
		return err
	}
	h.node.synced = bytes.Clone(h.node.data)
	return nil
}

func (h *handle) Close() error { return nil }
