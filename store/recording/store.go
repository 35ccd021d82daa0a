package recording

import (
	"cmp"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Limits.
const (
	DefaultMost   = 1000    // recordings of an owner
	DefaultOctets = 4 << 30 // of an owner
	MaxOwners     = 100_000
	MaxWith       = 64
	MinFree       = 256 << 20 // octets of the disk that are left to others
)

// Errors of a store.
var (
	ErrNone  = errors.New("recording: there is none of that name")
	ErrFull  = errors.New("recording: the owner has too many recordings")
	ErrSpace = errors.New("recording: the disk is full")
)

// Recording is what is known of one.
type Recording struct {
	ID    string
	Owner string   // user who began it; "" of a room, which counts for itself
	Room  string   `json:",omitempty"` // "" of a call
	With  []string `json:",omitempty"` // URIs of the others who were there when it began
	Began time.Time
	// Whole tells that it is over; the following are known then.
	Whole  bool          `json:",omitempty"`
	Lasted time.Duration `json:",omitempty"` // of sound
	Octets int64         `json:",omitempty"`
}

// holder is whose limits a recording counts for.
func (r *Recording) holder() string {
	if r.Owner == "" {
		return "room " + r.Room // no user has a space in the name
	}
	return r.Owner
}

// Settings of a store. Root, Incoming and Kept are needed.
type Settings struct {
	Root           *os.Root // stays the caller's to close
	Incoming, Kept string   // directories below it; the media side knows the first
	Most           int      // of an owner; zero: the default
	Octets         int64    // of an owner; zero: the default
	// Free is how many octets the disk has left, below zero where nobody knows; nil: it is not asked.
	Free func() int64
}

// Store is all recordings. Any goroutine may use it; what it does may wait for the disk, but for List and Find.
type Store struct {
	settings Settings
	mutex    sync.Mutex
	all      map[string]Recording // guarded by mutex
	owned    map[string]held      // guarded by mutex: by owner
}

// held is how much somebody has.
type held struct {
	count  int
	octets int64
}

// Begin makes the place of a recording. name is where the media side is to write it, below Settings.Root.
func (s *Store) Begin(r Recording) (id, name string, err error) {
	if s.settings.Free != nil {
		if free := s.settings.Free(); free >= 0 && free < MinFree {
			return "", "", ErrSpace
		}
	}
	var random [16]byte
	rand.Read(random[:]) // never fails
	r.ID = strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random[:]))
	r.With = r.With[:min(len(r.With), MaxWith)]
	r.Whole, r.Lasted, r.Octets = false, 0, 0
	if err := s.reserve(r); err != nil {
		return "", "", err
	}
	if err := s.write(r); err != nil {
		s.forget(r.ID)
		return "", "", fmt.Errorf("begin a recording: %w", err)
	}
	return r.ID, s.incoming(r.ID), nil
}

func (s *Store) reserve(r Recording) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	has, known := s.owned[r.holder()]
	if has.count >= s.settings.Most || has.octets >= s.settings.Octets || !known && len(s.owned) >= MaxOwners {
		return ErrFull
	}
	s.enter(r)
	return nil
}

// enter notes a recording. The mutex is held.
func (s *Store) enter(r Recording) {
	old, there := s.all[r.ID]
	has := s.owned[r.holder()]
	if !there {
		has.count++
	}
	has.octets += r.Octets - old.Octets
	s.owned[r.holder()], s.all[r.ID] = has, r
}

func (s *Store) forget(id string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	r, there := s.all[id]
	if !there {
		return
	}
	delete(s.all, id)
	has := s.owned[r.holder()]
	has.count--
	has.octets -= r.Octets
	if s.owned[r.holder()] = has; has.count == 0 {
		delete(s.owned, r.holder())
	}
}

// Find gives what is known of a recording.
func (s *Store) Find(id string) (r Recording, ok bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	r, ok = s.all[id]
	return r, ok
}

// List gives the recordings that are over, the latest first: of an owner, or with all those of everybody.
func (s *Store) List(owner string, all bool) (list []Recording) {
	s.mutex.Lock()
	for _, r := range s.all {
		if r.Whole && (all || r.Owner == owner && owner != "") {
			list = append(list, r)
		}
	}
	s.mutex.Unlock()
	slices.SortFunc(list, func(r, other Recording) int {
		return cmp.Or(other.Began.Compare(r.Began), strings.Compare(r.ID, other.ID))
	})
	return list
}
