package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// Options says where a node's data is.
type Options struct {
	// Directory is the data directory; it is made when it is not there.
	Directory string
	// NonceLifetime is how long nonces are good for. Zero: digest.Lifetime.
	NonceLifetime time.Duration
	// RotateFloor is the size of the log of bindings, in bytes, below which it is never
	// rotated. Zero: 16 MiB.
	RotateFloor int64
	// Now is the clock that expiry is told by. Nil: time.Now.
	Now func() time.Time
	// Logger takes what the engine says. Nil: silent.
	Logger *slog.Logger
}

// Data is all that a node keeps.
type Data struct {
	Bindings *Bindings
	Store
	Recovery Recovery // what the log of bindings was found to be

	lock *Lock
}

// Open locks the directory and opens everything in it. The error is a *LockedError when
// another process has it.
func Open(ctx context.Context, options Options) (*Data, error) {
	if err := os.MkdirAll(options.Directory, 0o700); err != nil {
		return nil, fmt.Errorf("store: data directory: %w", err)
	}
	lock, err := LockDirectory(options.Directory)
	if err != nil {
		return nil, err
	}
	d := &Data{lock: lock}
	type opened struct {
		engine *engine
		err    error
	}
	engineOpened := make(chan opened, 1)
	go func() {
		e, err := openEngine(ctx, engineOptions{directory: engineDirectory(options.Directory), logger: options.Logger})
		engineOpened <- opened{e, err}
	}()
	d.Bindings, d.Recovery, err = OpenBindings(BindingsOptions{
		Directory:     filepath.Join(options.Directory, "bindings"),
		RotateFloor:   options.RotateFloor,
		NonceLifetime: options.NonceLifetime,
		Now:           options.Now,
	})
	other := <-engineOpened
	if other.err == nil {
		d.Store = other.engine
	}
	if err = errors.Join(err, other.err); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Health is what keeps changes from being kept now; nil when nothing does. Reading goes on
// whatever it is.
func (d *Data) Health() error {
	statistics := d.Bindings.LogStatistics()
	err := errors.Join(statistics.WriteError, statistics.RotationError)
	if e, embedded := d.Store.(*engine); embedded {
		err = errors.Join(err, e.trouble())
	}
	return err
}

// Unreadable names the users, groups, calendars and tokens that are kept but can't be read, as
// "users/alice": they are not served until they are put anew.
func (d *Data) Unreadable() []string {
	var names []string
	if e, embedded := d.Store.(*engine); embedded {
		for _, c := range e.collections() {
			names = append(names, c.unreadable()...)
		}
	}
	return names
}

// Close closes everything, bindings first, and lets go of the directory.
func (d *Data) Close() error {
	var bindingsError, storeError, lockError error
	if d.Bindings != nil {
		bindingsError = d.Bindings.Close()
	}
	if d.Store != nil {
		storeError = d.Store.Close()
	}
	if d.lock != nil {
		lockError = d.lock.Release()
	}
	return errors.Join(bindingsError, storeError, lockError)
}
