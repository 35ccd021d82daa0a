package media

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"hookflash/media/graph"
)

// Engine runs the nodes. Its methods may be called from any goroutine.
type Engine struct {
	settings Settings
	began    time.Time // the origin of ticks, for all workers
	workers  []*worker
	teller   *teller
	reading  *disk
	writing  *disk
	sounds   *library
	music    *broadcast
	files    *os.Root // nil: none
	running  sync.WaitGroup

	// What follows is guarded by mutex, which no worker takes.
	mutex  sync.Mutex
	closed bool
	nodes  map[graph.Node]*place
	rooms  map[graph.Room]*meeting
	ports  map[uint16]*port
	cursor uint16 // where the search for a free port goes on
}

// place is where a node lives.
type place struct {
	worker *worker
	room   graph.Room // zero: none
	port   *port      // of a stream
}

// meeting is where a room is.
type meeting struct {
	worker  *worker
	members int
}

var (
	// ErrClosed says that the engine has been closed.
	ErrClosed = errors.New("the media engine is closed")
	// ErrNode says that a change names a node that isn't there, or one that is there already.
	ErrNode = errors.New("no such node, or there already")
	// ErrPort says that a port isn't bound, or in use.
	ErrPort = errors.New("no such port, or in use")
	// ErrLimit says that one of the package's limits is reached.
	ErrLimit = errors.New("a limit of the media engine is reached")
	// ErrSource says that what to play or where to record to makes no sense.
	ErrSource = errors.New("no such source or sink")
)

// New starts an engine. Errors: settings that don't validate, directories that can't be opened.
func New(settings Settings) (*Engine, error) {
	if err := settings.Validate(); err != nil {
		return nil, err
	}
	settings = settings.withDefaults()
	if settings.Name == "" {
		settings.Name = rand.Text()
	}
	e := &Engine{
		settings: settings, began: time.Now(),
		nodes: map[graph.Node]*place{}, rooms: map[graph.Room]*meeting{}, ports: map[uint16]*port{},
		cursor: settings.First,
	}
	if err := e.open(); err != nil {
		return nil, fmt.Errorf("start media: %w", err)
	}
	e.teller = newTeller(settings.Tell)
	e.reading, e.writing = newDisk(), newDisk()
	e.music = newBroadcast(e, settings.Music)
	for range settings.Workers {
		w, err := newWorker(e)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start media: %w", err), e.shut())
		}
		e.workers = append(e.workers, w)
	}
	e.nodes[graph.Device] = &place{worker: e.workers[0]}
	e.workers[0].adopt(newDeviceNode(settings.Device))
	for _, run := range []func(){e.teller.run, e.reading.run, e.writing.run, e.music.work.run} {
		e.running.Go(run)
	}
	for _, w := range e.workers {
		e.running.Go(w.run)
	}
	return e, nil
}

// open opens the directories.
func (e *Engine) open() error {
	var prompts *os.Root
	var err error
	if e.settings.Files != "" {
		if e.files, err = os.OpenRoot(e.settings.Files); err != nil {
			return err
		}
	}
	if e.settings.Prompts != "" {
		if prompts, err = os.OpenRoot(e.settings.Prompts); err != nil {
			return errors.Join(err, e.shut())
		}
	}
	e.sounds = newLibrary(&e.settings, e.files, prompts)
	return nil
}

// Close ends all nodes, tells the far sides (RTCP BYE), finishes recordings, and frees the ports.
func (e *Engine) Close() error {
	e.mutex.Lock()
	if e.closed {
		e.mutex.Unlock()
		return nil
	}
	e.closed = true
	e.mutex.Unlock()
	for _, w := range e.workers {
		w.stop()
	}
	for _, w := range e.workers {
		<-w.done
	}
	e.music.close()
	e.reading.stop()
	e.writing.stop()
	<-e.writing.done
	<-e.reading.done
	<-e.music.work.done
	e.teller.stop()
	e.running.Wait()
	return e.shut()
}

// shut closes what is open, when nobody uses it any more.
func (e *Engine) shut() (err error) {
	for _, w := range e.workers {
		err = errors.Join(err, w.pacer.close(), w.watch.Close())
	}
	for _, p := range e.ports {
		err = errors.Join(err, p.close())
	}
	if e.files != nil {
		err = errors.Join(err, e.files.Close())
	}
	if e.sounds != nil {
		err = errors.Join(err, e.sounds.close())
	}
	return err
}
