package room_test

import (
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/room"
	"hookflash/task"
	"hookflash/ua"
)

// numbered is a domain in which a user is called by the number of a room that a call would make.
type numbered struct{ view }

func (v numbered) User(name string) *directory.User {
	if name == "3002" {
		return &directory.User{Name: name}
	}
	return v.view.User(name)
}

// TestNumbersOfOthers: a room calls by its number, so nobody makes one that is a user's: whom it called would take it for them.
func TestNumbersOfOthers(t *testing.T) {
	run(t, []play.Scene{{
		Name: "number-of-a-user", Title: "3002 is a user", Seeds: 4,
		Office: rooms(func(s *room.Settings) { s.Users = numbered{} }),
		Play: func(o *office.Office) error {
			return office.InOrder(refused(o, "alice", agent+";room=3002", 404), func() error {
				if serviceOf(o).Has("3002") {
					return unlike("a room with the number of a user")
				}
				return nil
			})
		},
	}})
}

// TestKeptFurther: what is changed, or too large, in what outlives the process.
func TestKeptFurther(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "kept-ad-hoc-changed", Title: "a room of a call that the administrator took over after a restart stays, with nobody in it", Seeds: 4,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3002", "alice"), dies(o, "alice"),
					inside(o, func(s *room.Service) error { return s.Change("3002", room.Room{Number: "3002", Title: "Sales"}) }),
					func() error { return o.RunFor(2 * room.EmptyLimit) }, o.Pause, func() error {
						if !serviceOf(o).Has("3002") {
							return unlike("the room is gone")
						}
						return nil
					})
			},
		},
		{
			Name: "kept-too-large", Title: "a room that can't be kept is not made, and one that is there stays as it was", Seeds: 4,
			Play: func(o *office.Office) error {
				large := room.Room{Number: "3198", Dial: []string{"sip:" + strings.Repeat("a", 70_000) + "@example.test"}}
				code := func(do func(s *room.Service) error) func() error {
					return func() error {
						return office.InOrder(func() error { return office.Refused(inside(o, do)(), 413) }, o.Pause)
					}
				}
				return office.InOrder(code(func(s *room.Service) error { return s.Make(large) }),
					inside(o, func(s *room.Service) error {
						if s.Has("3198") {
							return unlike("it was made")
						}
						return s.Make(room.Room{Number: "3198", Title: "Sales"})
					}),
					code(func(s *room.Service) error { return s.Change("3198", large) }), func() error {
						if st := standing(o, "3198"); st.Title != "Sales" || len(st.Dial) != 0 || st.Revision != 1 {
							return unlike(st.Title)
						}
						return nil
					})
			},
		},
		{
			Name: "kept-lock-forgotten", Title: "nothing is kept of a room that the configuration has no more", Seeds: 4,
			Play: func(o *office.Office) error {
				without := settings(nil)
				without.Rooms = without.Rooms[:1]
				return office.InOrder(acts(o, room.Act{Room: "3106", Does: "unlock"}), func() error {
					o.Inside("conference", func(a *ua.Agent) { room.Install(a, without) })
					return o.Pause()
				}, func() error {
					var kept []string
					o.Inside("conference", func(a *ua.Agent) {
						for id := range a.Kept("room") {
							kept = append(kept, id)
						}
					})
					if len(kept) != 0 {
						return unlike(kept)
					}
					return nil
				})
			},
		},
	})
}

// TestTooManyTasks: a room that a call makes is there with who calls it, or not at all.
func TestTooManyTasks(t *testing.T) {
	full := func(o *office.Office) func() error {
		return func() error {
			o.Inside("conference", func(a *ua.Agent) {
				for a.Go("busy", func(t *task.Task) { t.Sleep(time.Minute) }) != nil {
				}
			})
			return nil
		}
	}
	gone := func(o *office.Office) func() error {
		return func() error {
			if serviceOf(o).Has("3002") {
				return unlike("a room with nobody in it")
			}
			return nil
		}
	}
	run(t, []play.Scene{
		{
			Name: "tasks-made", Title: "Alice makes a room by calling it", Seeds: 1,
			Play: func(o *office.Office) error {
				return office.InOrder(full(o), refused(o, "alice", "3002", 486), gone(o))
			},
		},
		{
			Name: "tasks-kept", Title: "a room of a call that was kept, and nobody comes back", Seeds: 1,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3002", "alice"), dies(o, "alice"), full(o), func() error {
					return office.Refused(inside(o, func(s *room.Service) error { return s.Do(room.Act{Room: "3002", Does: "dial", Target: "bob"}) })(), 486)
				}, gone(o))
			},
		},
	})
}
