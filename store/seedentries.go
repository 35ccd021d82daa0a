package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"hookflash/directory"
)

// SeedGroups brings the groups of the configuration file into the store. The file wins over what is
// there when it says something else than it did last; until then changes by others stay. Groups that
// an earlier seed made and this one doesn't name are removed, unless others have changed them since.
// What a seed names and others removed is made again.
//
// Nothing is written when a seed is invalid. When writing fails, Seeded says what was done.
func SeedGroups(ctx context.Context, groups Entries[directory.Group], seeds []directory.Group) (Seeded, error) {
	return seedEntries(ctx, newGroupKind(), groups, seeds)
}

// SeedCalendars is SeedGroups of calendars.
func SeedCalendars(ctx context.Context, calendars Entries[directory.Calendar], seeds []directory.Calendar) (Seeded, error) {
	return seedEntries(ctx, newCalendarKind(), calendars, seeds)
}

func seedEntries[V any](ctx context.Context, kind *kind[Entry[V]], entries Entries[V], seeds []V) (Seeded, error) {
	wanted := make(map[string]Entry[V], len(seeds))
	for _, seed := range seeds {
		entry := Entry[V]{Value: seed, Source: FromFile, Seed: seedOf(seed, "")}
		name := kind.head(&entry).name
		if _, twice := wanted[name]; twice {
			return Seeded{}, fmt.Errorf("seed %s: %s is named twice", kind.bucket, name)
		}
		if _, err := kind.encode(&entry); err != nil {
			return Seeded{}, fmt.Errorf("seed %s: %w", kind.bucket, err)
		}
		wanted[name] = entry
	}
	var steps []seedStep
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		steps = append(steps, func() (Seeded, error) { return seedEntry(ctx, entries, name, wanted[name]) })
	}
	for _, entry := range entries.All() {
		name := kind.head(entry).name
		if _, named := wanted[name]; !named && entry.Source == FromFile {
			steps = append(steps, func() (Seeded, error) { return unseedEntry(ctx, entries, name) })
		}
	}
	seeded, err := inParallel(steps)
	if err != nil {
		return seeded, fmt.Errorf("seed %s: %w", kind.bucket, err)
	}
	return seeded, nil
}

// seedEntry makes or updates one entry.
func seedEntry[V any](ctx context.Context, entries Entries[V], name string, seed Entry[V]) (done Seeded, err error) {
	present := entries.Find(name)
	if present == nil {
		done.Created = 1
		_, err = entries.Put(ctx, name, seed)
		return done, err
	}
	is := seedOf(present.Value, "")
	if seed.Seed == present.Seed {
		done.Unchanged = 1
		if is != seed.Seed {
			done.Kept = 1
		}
		return done, nil
	}
	done.Updated = 1
	if is != present.Seed && is != seed.Seed {
		done.Overridden = 1
	}
	entry := *present
	entry.Value, entry.Seed = seed.Value, seed.Seed
	_, err = entries.Put(ctx, name, entry)
	return done, err
}

// unseedEntry removes an entry that the file names no more, if it is as the file had it.
func unseedEntry[V any](ctx context.Context, entries Entries[V], name string) (done Seeded, err error) {
	present := entries.Find(name)
	switch {
	case present == nil || present.Source != FromFile:
		return done, nil
	case seedOf(present.Value, "") != present.Seed:
		done.Unchanged, done.Kept = 1, 1
		return done, nil
	}
	done.Removed = 1
	return done, entries.Delete(ctx, name, present.Revision)
}
