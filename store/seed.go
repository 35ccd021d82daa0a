package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"hookflash/directory"
)

const (
	// seedWriters is how many users are seeded at the same time: each waits for the disk.
	seedWriters = 16
	// seedTries is how often a user is tried who is changed by somebody else meanwhile.
	seedTries = 5
)

// Seeded tells what SeedUsers did.
type Seeded struct {
	Created, Updated, Removed, Unchanged int
}

// SeedUsers brings the users of the configuration file into the store. Fields that a seed
// sets win over what is there; HA1 and Digest that are empty leave it. Users that an
// earlier seed made and this one doesn't name are removed; users made by API or console
// stay, and stay theirs.
func SeedUsers(ctx context.Context, users Users, seeds []directory.User) (Seeded, error) {
	wanted := make(map[string]directory.User, len(seeds))
	for _, seed := range seeds {
		if _, twice := wanted[seed.Name]; twice {
			return Seeded{}, fmt.Errorf("seed users: %s is named twice", seed.Name)
		}
		wanted[seed.Name] = seed
	}
	var steps []func(counts *seedCounts) error
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		steps = append(steps, func(counts *seedCounts) error { return seedUser(ctx, users, wanted[name], counts) })
	}
	for _, entry := range users.All() {
		if _, named := wanted[entry.User.Name]; !named && entry.Source == FromFile {
			steps = append(steps, func(counts *seedCounts) error { return unseedUser(ctx, users, entry.User.Name, counts) })
		}
	}
	var counts seedCounts
	err := inParallel(steps, &counts)
	seeded := Seeded{
		Created: int(counts.created.Load()), Updated: int(counts.updated.Load()),
		Removed: int(counts.removed.Load()), Unchanged: int(counts.unchanged.Load()),
	}
	if err != nil {
		return seeded, fmt.Errorf("seed users: %w", err)
	}
	return seeded, nil
}

type seedCounts struct {
	created, updated, removed, unchanged atomic.Int64
}

// inParallel takes the steps until one fails, and returns the first error.
func inParallel(steps []func(counts *seedCounts) error, counts *seedCounts) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var writers sync.WaitGroup
	for range min(seedWriters, len(steps)) {
		writers.Go(func() {
			for failed.Load() == nil {
				at := int(next.Add(1)) - 1
				if at >= len(steps) {
					return
				}
				if err := steps[at](counts); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	writers.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// seedUser makes or updates one user.
func seedUser(ctx context.Context, users Users, seed directory.User, counts *seedCounts) error {
	for try := 1; ; try++ {
		entry := UserEntry{User: seed, Source: FromFile}
		count := &counts.created
		if present := users.Find(seed.Name); present != nil {
			entry = *present
			if len(seed.HA1) > 0 {
				entry.User.HA1 = seed.HA1
			}
			if len(seed.Digest) > 0 {
				entry.User.Digest = seed.Digest
			}
			if len(seed.Assistants) > 0 {
				entry.User.Assistants = seed.Assistants
			}
			if maps.Equal(entry.User.HA1, present.User.HA1) && slices.Equal(entry.User.Digest, present.User.Digest) &&
				slices.Equal(entry.User.Assistants, present.User.Assistants) {
				counts.unchanged.Add(1)
				return nil
			}
			count = &counts.updated
		}
		_, err := users.Put(ctx, entry)
		if err == nil {
			count.Add(1)
		}
		if !errors.Is(err, ErrConflict) || try == seedTries {
			return err
		}
	}
}

// unseedUser removes a user whom the file names no more.
func unseedUser(ctx context.Context, users Users, name string, counts *seedCounts) error {
	for try := 1; ; try++ {
		present := users.Find(name)
		if present == nil || present.Source != FromFile {
			return nil
		}
		err := users.Delete(ctx, name, present.Revision)
		if err == nil {
			counts.removed.Add(1)
		}
		if !errors.Is(err, ErrConflict) || try == seedTries {
			return err
		}
	}
}
