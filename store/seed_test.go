package store

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hookflash/directory"
)

// TestSeedRouting: the file's word on a user's routing wins when it is new, and only then.
func TestSeedRouting(t *testing.T) {
	file := func(routing *directory.Routing) []directory.User {
		alice := user("alice", "a")
		alice.Routing = routing
		return []directory.User{alice}
	}
	toBob := func(t *testing.T) *directory.Routing {
		return &directory.Routing{Forward: directory.Forward{Unconditional: target(t, "bob")}}
	}
	toCarol := func(t *testing.T) *directory.Routing {
		return &directory.Routing{Forward: directory.Forward{Unconditional: target(t, "carol")}}
	}
	silent := func(*testing.T) *directory.Routing { return nil }
	empty := func(*testing.T) *directory.Routing { return &directory.Routing{} }
	type routing = func(t *testing.T) *directory.Routing
	for _, test := range []struct {
		reason   string
		said     routing // by the file, first
		commands []routing
		says     routing // the file, then
		want     routing
		seeded   Seeded
	}{
		{"the same again", toBob, nil, toBob, toBob, Seeded{Unchanged: 1}},
		{"a new word", toBob, nil, toCarol, toCarol, Seeded{Updated: 1}},
		{"its first word", silent, nil, toCarol, toCarol, Seeded{Updated: 1}},
		{"no word any more", toBob, nil, silent, silent, Seeded{Updated: 1}},
		{"a word without meaning is none", silent, nil, empty, silent, Seeded{Unchanged: 1}},
		{"changed since, no new word", toBob, []routing{toCarol}, toBob, toCarol, Seeded{Unchanged: 1, Kept: 1}},
		{"set since, no word", silent, []routing{toCarol}, silent, toCarol, Seeded{Unchanged: 1}},
		{"cleared since, no new word", toBob, []routing{silent}, toBob, silent, Seeded{Unchanged: 1, Kept: 1}},
		{"changed and changed back", toBob, []routing{toCarol, toBob}, toBob, toBob, Seeded{Unchanged: 1}},
		{"changed since, a new word", toBob, []routing{silent}, toCarol, toCarol, Seeded{Updated: 1, Overridden: 1}},
		{"changed since to just that", toBob, []routing{toCarol}, toCarol, toCarol, Seeded{Updated: 1}},
		{"set since, its first word", silent, []routing{toBob}, toCarol, toCarol, Seeded{Updated: 1, Overridden: 1}},
		{"changed since, no word any more", toBob, []routing{toCarol}, silent, toCarol, Seeded{Unchanged: 1, Kept: 1}},
		{"cleared since, no word any more", toBob, []routing{silent}, silent, silent, Seeded{Updated: 1}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			ctx, users := context.Background(), Memory(nil).Users()
			if _, err := SeedUsers(ctx, users, file(test.said(t))); err != nil {
				t.Fatal(err)
			}
			for _, command := range test.commands {
				entry := *users.Find("alice")
				entry.User.Routing = command(t)
				put(t, users, entry)
			}
			got, err := SeedUsers(ctx, users, file(test.says(t)))
			if err != nil || got != test.seeded {
				t.Errorf("%+v, %v; want %+v", got, err, test.seeded)
			}
			is := users.Find("alice").User
			if diff := cmp.Diff(test.want(t), is.Routing, routings); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			is.Routing = nil
			if !sameUser(is, user("alice", "a")) {
				t.Error("the rest of her changed")
			}
			again, err := SeedUsers(ctx, users, file(test.says(t)))
			if want := (Seeded{Unchanged: 1, Kept: test.seeded.Kept}); err != nil || again != want {
				t.Errorf("once more: %+v, %v; want %+v", again, err, want)
			}
		})
	}
}

func TestSeedEntries(t *testing.T) {
	everywhere(t, func(t *testing.T, s Store) {
		ctx := context.Background()
		group := func(name string, members ...string) directory.Group {
			return directory.Group{Name: name, Members: members}
		}
		seed := func(reason string, want Seeded, seeds ...directory.Group) {
			t.Helper()
			got, err := SeedGroups(ctx, s.Groups(), seeds)
			if err != nil || got != want {
				t.Errorf("%s: %+v, %v; want %+v", reason, got, err, want)
			}
		}
		change := func(value directory.Group) {
			t.Helper()
			entry := *s.Groups().Find(value.Name)
			entry.Value = value
			if _, err := s.Groups().Put(ctx, value.Name, entry); err != nil {
				t.Fatal(err)
			}
		}
		wantMembers := func(reason, name string, members ...string) {
			t.Helper()
			got := s.Directory().Group(name)
			if got == nil && members == nil {
				return
			}
			if got == nil || !cmp.Equal(got.Members, members) {
				t.Errorf("%s: %+v, want members %v", reason, got, members)
			}
		}
		seed("an empty store", Seeded{Created: 2}, group("sales", "alice"), group("support", "bob"))
		seed("the same again", Seeded{Unchanged: 2}, group("sales", "alice"), group("support", "bob"))
		change(group("sales", "carol"))
		seed("changed by command: kept", Seeded{Unchanged: 2, Kept: 1}, group("sales", "alice"), group("support", "bob"))
		wantMembers("as the command said", "sales", "carol")
		seed("gone from the file, but changed: kept", Seeded{Unchanged: 2, Kept: 1}, group("support", "bob"))
		wantMembers("as the command said", "sales", "carol")
		seed("the file says something new", Seeded{Updated: 1, Overridden: 1, Removed: 1}, group("sales", "dave"))
		wantMembers("as the file says", "sales", "dave")
		wantMembers("gone with the file's word", "support")
		putGroup(t, s, group("own", "erin"), 0)
		seed("not the file's", Seeded{Unchanged: 1}, group("sales", "dave"))
		wantMembers("made by command", "own", "erin")
		seed("the file names it as well", Seeded{Unchanged: 1, Updated: 1, Overridden: 1}, group("sales", "dave"), group("own", "frank"))
		wantMembers("as the file says", "own", "frank")
		seed("and no more", Seeded{Removed: 1})
		wantMembers("made by command, so never the file's to remove", "own", "frank")

		_, err := SeedGroups(ctx, s.Groups(), []directory.Group{group("new"), group("new")})
		if err == nil {
			t.Error("a group named twice must be refused")
		}
		_, err = SeedGroups(ctx, s.Groups(), []directory.Group{group("new"), group("")})
		wantError(t, "an invalid group", err, ErrInvalid)
		wantMembers("nothing is half done", "new")

		calendars, err := SeedCalendars(ctx, s.Calendars(), []directory.Calendar{office(t)})
		if err != nil || calendars.Created != 1 || s.Directory().Calendar("office") == nil {
			t.Errorf("calendars: %+v, %v", calendars, err)
		}
		calendars, err = SeedCalendars(ctx, s.Calendars(), []directory.Calendar{office(t)})
		if err != nil || calendars != (Seeded{Unchanged: 1}) {
			t.Errorf("the same calendar again: %+v, %v", calendars, err)
		}
	})
}

func TestSeedNothingOfAnInvalidFile(t *testing.T) {
	s := Memory(nil)
	broken := user("bob", "b")
	broken.Name = strings.Repeat("b", MaxUserName+1)
	_, err := SeedUsers(context.Background(), s.Users(), []directory.User{user("alice", "a"), broken})
	wantError(t, "an invalid user", err, ErrInvalidUser)
	if s.Users().Find("alice") != nil {
		t.Error("a user was made though the file is refused")
	}
}

// failing is users of whom some can't be written, or are changed by others all the time.
type failing struct {
	Users
	puts func(entry *UserEntry) error
}

func (f failing) Put(ctx context.Context, entry UserEntry) (uint64, error) {
	if err := f.puts(&entry); err != nil {
		return 0, err
	}
	return f.Users.Put(ctx, entry)
}

func TestSeedTellsWhatWasDone(t *testing.T) {
	s := Memory(nil)
	seeds := []directory.User{user("alice", "a"), user("zoe", "z")}
	users := failing{s.Users(), func(entry *UserEntry) error {
		if entry.User.Name == "zoe" {
			return ErrUnavailable
		}
		return nil
	}}
	got, err := SeedUsers(context.Background(), users, seeds)
	wantError(t, "a disk that is full", err, ErrUnavailable)
	made := 0
	if s.Users().Find("alice") != nil {
		made = 1
	}
	if got != (Seeded{Created: made}) {
		t.Errorf("told %+v, but %d were made", got, made)
	}

	tries := 0
	users.puts = func(entry *UserEntry) error {
		if tries++; tries < seedTries {
			return ErrConflict
		}
		return nil
	}
	if got, err := SeedUsers(context.Background(), users, seeds[1:]); err != nil || got.Created != 1 {
		t.Errorf("changed by others a few times: %+v, %v", got, err)
	}
	users.puts = func(*UserEntry) error { return ErrConflict }
	_, err = SeedUsers(context.Background(), users, []directory.User{user("carol", "c")})
	if !errors.Is(err, ErrConflict) {
		t.Errorf("changed by others without end: %v", err)
	}
}
