package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hookflash/directory"
)

func putGroup(t testing.TB, s Store, group directory.Group, revision uint64) uint64 {
	t.Helper()
	entry := Entry[directory.Group]{Value: group, Source: FromInterface, Revision: revision}
	revision, err := s.Groups().Put(context.Background(), group.Name, entry)
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// numbered is a user who has these numbers.
func numbered(name string, numbers ...string) directory.User {
	return directory.User{Name: name, Routing: &directory.Routing{Numbers: numbers}}
}

func office(t testing.TB) directory.Calendar {
	dates, err := directory.ParseDates("2026-12-31 09:00-12:00")
	if err != nil {
		t.Fatal(err)
	}
	return directory.Calendar{
		Name: "office", Zone: zone(t, "Europe/Berlin"), Open: hours(t, "mon-fri 09:00-17:00"), Dates: []directory.Dates{dates},
	}
}

func TestEntries(t *testing.T) {
	everywhere(t, func(t *testing.T, s Store) {
		t.Run("groups", func(t *testing.T) {
			sales := directory.Group{Name: "sales", Members: []string{"alice", "bob"}, Ring: directory.DefaultRing}
			changed := sales
			changed.Members = []string{"carol"}
			testEntries(t, s.Groups(), [2]directory.Group{sales, changed}, func(v *directory.Group, name string) { v.Name = name })
		})
		t.Run("calendars", func(t *testing.T) {
			changed := office(t)
			changed.Dates = nil
			testEntries(t, s.Calendars(), [2]directory.Calendar{office(t), changed}, func(v *directory.Calendar, name string) { v.Name = name })
		})
		t.Run("tokens", func(t *testing.T) {
			token := Token{Name: "robot", Hash: "00ff", User: "alice", Expires: noon}
			changed := token
			changed.Expires = time.Time{}
			testEntries(t, s.Tokens(), [2]Token{token, changed}, func(v *Token, name string) { v.Name = name })
		})
	})
}

// testEntries is what holds for entries of every kind; it leaves one that is named "last".
func testEntries[V any](t *testing.T, kept Entries[V], values [2]V, rename func(value *V, name string)) {
	t.Helper()
	ctx := context.Background()
	named := func(at int, name string) Entry[V] {
		value := values[at]
		rename(&value, name)
		return Entry[V]{Value: value, Source: FromInterface, Seed: "seed"}
	}
	first := named(0, "first")
	revision, err := kept.Put(ctx, "first", first)
	wantError(t, "create", err, nil)
	first.Revision = revision
	if diff := cmp.Diff(&first, kept.Find("first"), routings); diff != "" || revision == 0 {
		t.Errorf("what was put reads otherwise (-want +got):\n%s", diff)
	}
	_, err = kept.Put(ctx, "first", named(1, "first"))
	wantError(t, "create what is there", err, ErrConflict)
	changed := named(1, "first")
	changed.Revision = revision
	again, err := kept.Put(ctx, "first", changed)
	wantError(t, "change", err, nil)
	_, err = kept.Put(ctx, "first", changed)
	wantError(t, "change what has changed", err, ErrConflict)
	changed.Revision = again
	if diff := cmp.Diff(&changed, kept.Find("first"), routings); diff != "" || again <= revision {
		t.Errorf("the change, revision %d after %d, is not seen (-want +got):\n%s", again, revision, diff)
	}
	wantError(t, "delete what has changed", kept.Delete(ctx, "first", revision), ErrConflict)
	wantError(t, "delete nothing", kept.Delete(ctx, "nobody", 0), ErrNotFound)
	wantError(t, "delete", kept.Delete(ctx, "first", again), nil)
	if kept.Find("first") != nil || len(kept.All()) != 0 {
		t.Error("what was deleted is still seen")
	}
	for _, name := range []string{"odd name <*.> 鲍勃", "last"} {
		if _, err := kept.Put(ctx, name, named(0, name)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if all := kept.All(); len(all) != 2 || !cmp.Equal(all[1], kept.Find("odd name <*.> 鲍勃"), routings) {
		t.Errorf("%d listed, want two by name", len(all))
	}
	for _, test := range []struct {
		reason string
		name   string
		entry  Entry[V]
	}{
		{"another name than its own", "else", named(0, "other")},
		{"no name", "", named(0, "")},
		{"a name too long", strings.Repeat("a", MaxUserName+1), named(0, strings.Repeat("a", MaxUserName+1))},
		{"no source", "other", Entry[V]{Value: named(0, "other").Value}},
		{"too much in all", "other", Entry[V]{Value: named(0, "other").Value, Source: FromFile, Seed: strings.Repeat("s", MaxEntry)}},
	} {
		_, err := kept.Put(ctx, test.name, test.entry)
		wantError(t, test.reason, err, ErrInvalid)
	}
}

func TestUnreadableEntryIsRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, s Store) {
		never := directory.Calendar{Name: "never", Open: make([]directory.Hours, 1)}
		_, err := s.Calendars().Put(context.Background(), "never", Entry[directory.Calendar]{Value: never, Source: FromFile})
		wantError(t, "hours of no day", err, ErrInvalid)
	})
}

func TestView(t *testing.T) {
	everywhere(t, func(t *testing.T, s Store) {
		ctx, view := context.Background(), s.Directory()
		wantNumber := func(reason, number, want string) {
			t.Helper()
			if got := view.Number(number); got != want {
				t.Errorf("%s: %s is %q's, want %q", reason, number, got, want)
			}
		}
		bob := put(t, s.Users(), UserEntry{User: numbered("bob", "1002", "+4930123456"), Source: FromInterface})
		sales := putGroup(t, s, directory.Group{Name: "sales", Numbers: []string{"2000"}, Members: []string{"bob"}}, 0)
		wantNumber("a user's", "1002", "bob")
		wantNumber("a user's other", "+4930123456", "bob")
		wantNumber("a group's", "2000", "sales")
		wantNumber("nobody's", "1003", "")
		wantNumber("a name is no number", "bob", "")
		if view.Group("sales").Members[0] != "bob" || view.Group("bob") != nil || view.User("sales") != nil {
			t.Error("groups are groups and users are users")
		}
		if view.Calendar("office") != nil {
			t.Error("there is no calendar yet")
		}
		if _, err := s.Calendars().Put(ctx, "office", Entry[directory.Calendar]{Value: office(t), Source: FromFile}); err != nil {
			t.Fatal(err)
		}
		if got := view.Calendar("office"); got == nil || !cmp.Equal(*got, office(t), routings) {
			t.Errorf("the calendar is %+v", got)
		}

		alice := put(t, s.Users(), UserEntry{User: numbered("alice", "1001", "1002", "2000", "1001"), Source: FromInterface})
		wantNumber("two who have it: the first by name", "1002", "alice")
		wantNumber("a group after a user by name", "2000", "alice")
		wantNumber("one who has it twice", "1001", "alice")
		alice = put(t, s.Users(), UserEntry{User: numbered("alice", "1001"), Source: FromInterface, Revision: alice})
		wantNumber("one of them gave it up", "1002", "bob")
		wantNumber("one kept", "1001", "alice")
		putGroup(t, s, directory.Group{Name: "sales", Numbers: []string{"2000", "2001"}, Members: []string{"bob"}}, sales)
		wantNumber("a group's new one", "2001", "sales")
		wantError(t, "delete", s.Users().Delete(ctx, "bob", bob), nil)
		wantNumber("of a user who is gone", "1002", "")
		wantError(t, "delete", s.Users().Delete(ctx, "alice", alice), nil)
		wantNumber("of another who is gone", "1001", "")

		both := put(t, s.Users(), UserEntry{User: numbered("sales", "2000"), Source: FromInterface})
		wantError(t, "delete a user who is named as a group", s.Users().Delete(ctx, "sales", both), nil)
		wantNumber("the group has it still", "2000", "sales")
	})
}

// TestNumbersAgree: in whatever order users come and go, a number is the first's by name.
func TestNumbersAgree(t *testing.T) {
	c := newContents()
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"alice", "bob", "carol", "dave"}
	has := make(map[string][]string)
	for range 2000 {
		name := names[random.IntN(len(names))]
		var numbers []string
		for range random.IntN(4) {
			numbers = append(numbers, fmt.Sprint(random.IntN(5)))
		}
		c.numbers.move(name, has[name], numbers)
		has[name] = numbers
		for number := range 5 {
			want := ""
			for _, name := range names {
				if slices.Contains(has[name], fmt.Sprint(number)) {
					want = name
					break
				}
			}
			if got := c.Number(fmt.Sprint(number)); got != want {
				t.Fatalf("%d is %q's, want %q of %v", number, got, want, has)
			}
		}
	}
	for _, name := range names {
		c.numbers.move(name, has[name], nil)
	}
	if left := c.numbers.claims.count(); left != 0 {
		t.Errorf("%d numbers are nobody's and still there", left)
	}
}

// TestNumberIsNeverMissing: who changes what a user has keeps the number that stays, for every
// reader at every time.
func TestNumberIsNeverMissing(t *testing.T) {
	s := Memory(nil)
	revision := put(t, s.Users(), UserEntry{User: numbered("alice", "1001"), Source: FromInterface})
	stop := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() {
		view := s.Directory()
		for {
			select {
			case <-stop:
				return
			default:
			}
			if view.Number("1001") != "alice" {
				t.Error("the number was nobody's for a moment")
				return
			}
		}
	})
	for i := range 500 {
		revision = put(t, s.Users(), UserEntry{User: numbered("alice", "1001", fmt.Sprint(i)), Source: FromInterface, Revision: revision})
	}
	close(stop)
	reading.Wait()
}

func TestReadingTheViewDoesNotAllocate(t *testing.T) {
	s := Memory(nil)
	put(t, s.Users(), UserEntry{User: numbered("alice", "1001"), Source: FromFile})
	putGroup(t, s, directory.Group{Name: "sales", Numbers: []string{"2000"}}, 0)
	if _, err := s.Calendars().Put(context.Background(), "office", Entry[directory.Calendar]{Value: office(t), Source: FromFile}); err != nil {
		t.Fatal(err)
	}
	view := s.Directory()
	allocations := testing.AllocsPerRun(100, func() {
		if view.Group(view.Number("2000")) == nil || view.User(view.Number("1001")) == nil || view.Calendar("office") == nil {
			t.Fatal("not found")
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations to read the view", allocations)
	}
}
