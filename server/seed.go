package server

import (
	"context"
	"fmt"

	"hookflash/config"
	"hookflash/directory"
	"hookflash/store"
)

// toldUnreadable is how many of what can't be read are named in the log.
const toldUnreadable = 10

// seed brings what the configuration says into the store: calendars and groups first, for users
// name them. What was done before a failure stays, and is told.
func (s *Server) seed(ctx context.Context, c *config.Config) error {
	users := make([]directory.User, len(c.Users))
	for i, user := range c.Users {
		users[i] = directory.User{
			Name: user.Name, HA1: user.HA1, Digest: user.Digest, Assistants: user.Assistants, Routing: user.Routing,
		}
	}
	for _, kind := range []struct {
		name string
		seed func() (store.Seeded, error)
	}{
		{"calendars", func() (store.Seeded, error) { return store.SeedCalendars(ctx, s.store.Calendars(), c.Calendars) }},
		{"groups", func() (store.Seeded, error) { return store.SeedGroups(ctx, s.store.Groups(), c.Groups) }},
		{"users", func() (store.Seeded, error) { return store.SeedUsers(ctx, s.store.Users(), users) }},
	} {
		done, err := kind.seed()
		s.logger.Debug(kind.name+" of the configuration kept", "created", done.Created, "updated", done.Updated, "removed", done.Removed)
		if done.Overridden > 0 {
			s.logger.Warn("the configuration says something new about "+kind.name+" that were changed otherwise: these changes are gone",
				"changes", done.Overridden)
		}
		if done.Kept > 0 {
			s.logger.Info(kind.name+" were changed since, and stay as they are, not as the configuration has them", "changes", done.Kept)
		}
		if done.Damaged > 0 {
			s.logger.Error(kind.name+" of the configuration can't be kept: what was there is damaged on the disk", "count", done.Damaged)
		}
		if err != nil {
			return fmt.Errorf("keeping the %s of the configuration (%d kept, %d removed before): %w",
				kind.name, done.Created+done.Updated, done.Removed, err)
		}
	}
	return nil
}

// tellUnreadable logs what the store has and can't read.
func (s *Server) tellUnreadable() {
	if names := s.store.Unreadable(); len(names) > 0 {
		s.logger.Error("some of what is kept can't be read, and is as if it were not there until it is set again",
			"count", len(names), "first", names[:min(len(names), toldUnreadable)])
	}
}
