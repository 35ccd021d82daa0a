package store

import "context"

// users implements Users.
type users struct{ keeper[UserEntry] }

// Find implements Users.
func (u users) Find(name string) *UserEntry { return u.find(name) }

// All implements Users.
func (u users) All() []*UserEntry { return u.all() }

// Put implements Users.
func (u users) Put(ctx context.Context, entry UserEntry) (revision uint64, err error) {
	return u.put(ctx, &entry)
}

// Delete implements Users.
func (u users) Delete(ctx context.Context, name string, revision uint64) error {
	return u.remove(ctx, name, revision)
}
