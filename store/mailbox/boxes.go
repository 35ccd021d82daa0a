package mailbox

import (
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"sync"
	"time"
)

// Limits.
const (
	MaxMessage = 64 << 20 // octets of one recording
	MaxText    = 512      // octets of each text in a Meta; more are cut off
	MinFree    = 32 << 20 // octets that stay free: nobody is asked to speak when there are fewer
	MaxName    = 256      // octets of a box's name
	MaxSidecar = 16 << 10 // octets of a JSON file
	// Abandoned is how old a recording is that nobody will end any more.
	Abandoned = 2 * time.Hour

	DefaultMessages = 100
	DefaultOctets   = 256 << 20
	DefaultBoxes    = 100_000
)

// Errors. What the disk says is joined to ErrDisk.
var (
	ErrFull    = errors.New("mailbox: the box is full")
	ErrBoxes   = errors.New("mailbox: too many boxes")
	ErrBox     = errors.New("mailbox: no name of a box")
	ErrUnknown = errors.New("mailbox: no such message")
	ErrTooLong = errors.New("mailbox: the recording is too long")
	ErrDamaged = errors.New("mailbox: the message is damaged")
	ErrNoSound = errors.New("mailbox: not a recording")
	ErrDisk    = errors.New("mailbox: the disk does not work")
	ErrSpace   = errors.New("mailbox: the disk is full")
)

// Settings of Boxes. But for Disk, the zero value works.
type Settings struct {
	Disk     Disk
	Messages int   // of a box; zero: DefaultMessages
	Octets   int64 // of a box; zero: DefaultOctets
	Boxes    int   // zero: DefaultBoxes
	// Keep is how long messages are kept; zero: for good.
	Keep time.Duration
	// Random gives the names of recordings; nil: the system's.
	Random io.Reader
	// Changed is told the box whose messages changed, on the goroutine that changed them and without
	// a lock; nil: nobody is.
	Changed func(box string)
}

// Meta is what is known of a message. The texts come from callers: they are data.
type Meta struct {
	From     string        `json:"from,omitempty"`     // URI of the caller
	Name     string        `json:"name,omitempty"`     // display name
	Asserted bool          `json:"asserted,omitempty"` // the domain vouches for From
	Cause    string        `json:"cause,omitempty"`    // why the call came here (RFC 4458), like "486"
	Received time.Time     `json:"received"`
	Length   time.Duration `json:"length"` // nanoseconds
}

// Message is one message that is kept.
type Message struct {
	ID string
	Meta
	Heard  bool
	Octets int64 // of the recording
}

// Counts are how many messages a box has.
type Counts struct{ New, Old int }

// Boxes are all mailboxes of a domain, of which there may be one per directory. Any number of
// goroutines may use it.
type Boxes struct {
	settings Settings
	disk     Disk
	found    Recovery

	mutex  sync.Mutex
	boxes  map[string]*box  // by name; those with something in them, or a recording that begins; guarded by mutex
	begun  map[string]begun // by ID; guarded by mutex
	health health
}

// begun is a recording that somebody may be making.
type begun struct {
	box *box
	at  time.Time
}

// box is one of them. Its name and directory never change.
type box struct {
	name, directory string

	// change is held while files of the box change: one at a time, in an order that lasts.
	change sync.Mutex
	made   bool // the directory lasts; guarded by change

	mutex    sync.Mutex // never held while the disk works
	messages []kept     // oldest first; guarded by mutex
	greeting *kept      // guarded by mutex; what it points to does not change
	octets   int64      // of messages; guarded by mutex
	pending  int        // recordings that have begun; guarded by mutex
}

// kept is a message as it is known in memory.
type kept struct {
	Message
	sum uint32
	// unsure: a change failed, and what the disk holds of the message may be something else.
	unsure bool
}

func (s Settings) withDefaults() Settings {
	if s.Messages <= 0 {
		s.Messages = DefaultMessages
	}
	if s.Octets <= 0 {
		s.Octets = DefaultOctets
	}
	if s.Boxes <= 0 {
		s.Boxes = DefaultBoxes
	}
	if s.Random == nil {
		s.Random = rand.Reader
	}
	return s
}

// find is a box that is there; nil without one.
func (b *Boxes) find(name string) *box {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.boxes[name]
}

// enter finds a box, or makes one, and reserves a place in it.
func (b *Boxes) enter(name string) (*box, error) {
	directory, err := Directory(name)
	if err != nil {
		return nil, err
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	x := b.boxes[name]
	if x == nil {
		if len(b.boxes) >= b.settings.Boxes {
			return nil, ErrBoxes
		}
		x = &box{name: strings.Clone(name), directory: directory}
	}
	if !x.reserve(&b.settings) {
		return nil, ErrFull
	}
	b.boxes[x.name] = x
	return x, nil
}

func (b *Boxes) changed(box string) {
	if b.settings.Changed != nil {
		b.settings.Changed(box)
	}
}
