package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"hookflash/directory"
)

const (
	// seedWriters is how many entries are seeded at the same time: each waits for the disk.
	seedWriters = 16
	// seedTries is how often an entry is tried that is changed by somebody else meanwhile.
	seedTries = 5
	// seedSize is how long a Seed is, in hexadecimal digits.
	seedSize = 32
)

// Seeded tells what seeding did. An entry counts once as Created, Updated, Removed or Unchanged.
type Seeded struct {
	Created, Updated, Removed, Unchanged int
	// Overridden had been changed by API, command or telephone, but the file says something new about
	// them, and won.
	Overridden int
	// Kept are not as the file has them, or no longer in it, and stay so: they were changed by API,
	// command or telephone since the file last said something new about them.
	Kept int
	// Damaged could not be written, because the disk has damaged what was there (ErrDamaged).
	Damaged int
}

func (s *Seeded) add(other Seeded) {
	s.Created += other.Created
	s.Updated += other.Updated
	s.Removed += other.Removed
	s.Unchanged += other.Unchanged
	s.Overridden += other.Overridden
	s.Kept += other.Kept
	s.Damaged += other.Damaged
}

// SeedUsers brings the users of the configuration file into the store. HA1, Digest and Assistants
// that a seed sets win over what is there; empty ones leave it. Routing wins, as one value, when the
// file says something else about it than it did last; until then changes by others stay. Users
// that an earlier seed made and this one doesn't name are removed; users made by API or command
// stay, and stay theirs. What a seed names and others removed is made again.
//
// Nothing is written when a seed is invalid. When writing fails, Seeded says what was done.
func SeedUsers(ctx context.Context, users Users, seeds []directory.User) (Seeded, error) {
	wanted := make(map[string]directory.User, len(seeds))
	for _, seed := range seeds {
		if _, twice := wanted[seed.Name]; twice {
			return Seeded{}, fmt.Errorf("seed users: %s is named twice", seed.Name)
		}
		if _, err := encodeUser(&UserEntry{User: seed, Source: FromFile}); err != nil {
			return Seeded{}, fmt.Errorf("seed users: %w", err)
		}
		wanted[seed.Name] = seed
	}
	var steps []seedStep
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		steps = append(steps, func() (Seeded, error) { return seedUser(ctx, users, wanted[name]) })
	}
	for _, entry := range users.All() {
		if _, named := wanted[entry.User.Name]; !named && entry.Source == FromFile {
			steps = append(steps, func() (Seeded, error) { return unseedUser(ctx, users, entry.User.Name) })
		}
	}
	seeded, err := inParallel(steps)
	if err != nil {
		return seeded, fmt.Errorf("seed users: %w", err)
	}
	return seeded, nil
}

// seedStep seeds one entry. On ErrConflict it is taken again.
type seedStep func() (Seeded, error)

// inParallel takes the steps until one fails, and returns the first error.
func inParallel(steps []seedStep) (all Seeded, failed error) {
	var mutex sync.Mutex // of the results
	var next atomic.Int64
	var stop atomic.Bool
	var writers sync.WaitGroup
	for range min(seedWriters, len(steps)) {
		writers.Go(func() {
			for !stop.Load() {
				at := int(next.Add(1)) - 1
				if at >= len(steps) {
					return
				}
				seeded, err := steps[at].insist()
				mutex.Lock()
				if err == nil {
					all.add(seeded)
				} else if failed == nil {
					failed = err
				}
				mutex.Unlock()
				if err != nil {
					stop.Store(true)
				}
			}
		})
	}
	writers.Wait()
	return all, failed
}

func (s seedStep) insist() (seeded Seeded, err error) {
	for range seedTries {
		if seeded, err = s(); !errors.Is(err, ErrConflict) && !errors.Is(err, ErrNotFound) {
			break
		}
	}
	if errors.Is(err, ErrDamaged) { // the others don't fall with it
		return Seeded{Damaged: 1}, nil
	}
	return seeded, err
}

// seedUser makes or updates one user.
func seedUser(ctx context.Context, users Users, seed directory.User) (done Seeded, err error) {
	present := users.Find(seed.Name)
	if present == nil {
		done.Created = 1
		_, err = users.Put(ctx, UserEntry{User: seed, Source: FromFile, Seed: seedOfRouting(seed.Routing)})
		return done, err
	}
	entry := *present
	if len(seed.HA1) > 0 {
		entry.User.HA1 = seed.HA1
	}
	if len(seed.Digest) > 0 {
		entry.User.Digest = seed.Digest
	}
	if len(seed.Assistants) > 0 {
		entry.User.Assistants = seed.Assistants
	}
	done = seedRouting(&entry, seed.Routing)
	if entry.Seed == present.Seed && maps.Equal(entry.User.HA1, present.User.HA1) && slices.Equal(entry.User.Digest, present.User.Digest) &&
		slices.Equal(entry.User.Assistants, present.User.Assistants) {
		done.Unchanged = 1
		return done, nil
	}
	done.Updated = 1
	_, err = users.Put(ctx, entry)
	return done, err
}

// seedRouting applies what the file says about a user's routing, if that is something new.
func seedRouting(entry *UserEntry, routing *directory.Routing) (done Seeded) {
	said, is := seedOfRouting(routing), seedOfRouting(entry.User.Routing)
	changed := is != entry.Seed // by others, since the file said what it said
	switch {
	case said == entry.Seed:
		if changed && said != "" {
			done.Kept = 1
		}
	case said == "" && changed && is != "":
		done.Kept = 1
	default:
		if changed && is != said {
			done.Overridden = 1
		}
		entry.User.Routing, entry.Seed = routing, said
	}
	return done
}

// unseedUser removes a user whom the file names no more.
func unseedUser(ctx context.Context, users Users, name string) (done Seeded, err error) {
	present := users.Find(name)
	if present == nil || present.Source != FromFile {
		return done, nil
	}
	done.Removed = 1
	return done, users.Delete(ctx, name, present.Revision)
}

// seedOfRouting is "" for what says nothing.
func seedOfRouting(routing *directory.Routing) string {
	if routing == nil {
		return ""
	}
	return seedOf(routing, "{}")
}

// seedOf is a hash of the encoding of a value, "" for the encoding that says nothing, and for what
// has none.
func seedOf(value any, nothing string) string {
	text, err := json.Marshal(value)
	if err != nil || string(text) == nothing {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:seedSize]
}
