package api

import (
	"context"
	"net/http"

	"hookflash/store"
)

// collection is the entries of one kind.
type collection[V any] struct {
	kind    string // "group"
	entries store.Entries[V]
}

func (c collection[V]) find(name string) (*store.Entry[V], error) {
	if entry := c.entries.Find(name); entry != nil {
		return entry, nil
	}
	return nil, problem(http.StatusNotFound, "there is no %s %s", c.kind, name)
}

// keep puts a value once it was checked. a.changes is held.
func (c collection[V]) keep(ctx context.Context, a *administration, name string, entry store.Entry[V]) (*store.Entry[V], error) {
	revision, err := c.entries.Put(ctx, name, entry)
	if err != nil {
		return nil, a.unkept(err)
	}
	entry.Revision = revision
	a.changed(ctx, c.kind, name)
	return &entry, nil
}

// put checks and keeps a value.
func (c collection[V]) put(ctx context.Context, a *administration, in change[V]) (kept *store.Entry[V], status int, err error) {
	a.changes.Lock()
	defer a.changes.Unlock()
	entry, status := store.Entry[V]{Source: store.FromInterface}, http.StatusCreated
	if present := c.entries.Find(in.name); present != nil {
		entry, status = *present, http.StatusOK
	}
	if err := in.conditions.check(entry.Revision); err != nil {
		return nil, 0, err
	}
	faults := named(in.name, in.body)
	if faults = append(faults, in.faults()...); len(faults) > 0 {
		return nil, 0, refused(faults)
	}
	entry.Value = in.value
	kept, err = c.keep(ctx, a, in.name, entry)
	return kept, status, err
}

// change is a value that is to be put.
type change[V any] struct {
	name, body string // of the path, and of the body
	conditions Conditions
	value      V
	faults     func() []Fault // what is wrong with it
}

// remove deletes what nobody points to.
func (c collection[V]) remove(ctx context.Context, a *administration, in *deletion, pointing func() []Fault) error {
	a.changes.Lock()
	defer a.changes.Unlock()
	entry, err := c.find(in.Name)
	if err != nil {
		return err
	}
	if err := in.check(entry.Revision); err != nil {
		return err
	}
	if entry.Source == store.FromFile {
		return filed(in.Name)
	}
	if err := needed(in.Name, pointing()); err != nil {
		return err
	}
	if err := c.entries.Delete(ctx, in.Name, entry.Revision); err != nil {
		return a.unkept(err)
	}
	a.changed(ctx, c.kind, in.Name)
	return nil
}

// answer is a resource as it is answered.
func answer[V any](status int, revision uint64, path string, shown V) *answered[V] {
	answer := &answered[V]{Status: status, ETag: entityTag(revision), Body: shown}
	if status == http.StatusCreated {
		answer.Location = Prefix + path
	}
	return answer
}
