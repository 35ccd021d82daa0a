package room_test

import (
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/room"
)

// dies has the server be killed and started again, while everybody hangs up what was.
func dies(o *office.Office, who ...string) func() error {
	return func() error {
		o.Server.Kill()
		o.Server.Restart()
		for _, name := range who {
			if err := leaves(o, name)(); err != nil {
				return err
			}
		}
		return o.Pause()
	}
}

// TestKept: after kill -9 the rooms are there again that were, as they were, and who calls again is in them.
func TestKept(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "kept-ad-hoc", Title: "a room that Alice made by calling it, and locked", Hears: alone, Seeds: 8,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3002", "alice"), presses(o, "alice", "*2"), dies(o, "alice"), refused(o, "bob", "3002", 480), in(o, "3002", "alice"))
			},
		},
		{
			Name: "kept-ad-hoc-forgotten", Title: "nobody comes back: it is over after a while", Seeds: 8,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3002", "alice"), dies(o, "alice"), func() error { return o.RunFor(room.EmptyLimit) }, o.Pause, dies(o), func() error {
					if serviceOf(o).Has("3002") {
						return unlike("the room is still there")
					}
					return nil
				})
			},
		},
		{
			Name: "kept-made", Title: "a room that was made over the API, with its PIN and what was changed of it", Hears: alone, Seeds: 8,
			Play: func(o *office.Office) error {
				return office.InOrder(inside(o, func(s *room.Service) error {
					return s.Make(room.Room{Number: "3198", PIN: hash(pinOfAll), Members: []string{"bob"}})
				}), inside(o, func(s *room.Service) error {
					return s.Change("3198", room.Room{Number: "3198", Title: "Sales", PIN: hash(pinOfAll), Members: []string{"carol"}})
				}), dies(o), call(o, "alice", agent+";room=3198"), until(o, pinPrompt), types(o, "alice", pinOfAll+"#", alone), func() error {
					if st := standing(o, "3198"); st.Title != "Sales" || st.Origin != "api" {
						return unlike(st)
					}
					return nil
				})
			},
		},
		{
			Name: "kept-deleted", Title: "one that was deleted stays so", Seeds: 8,
			Play: func(o *office.Office) error {
				return office.InOrder(inside(o, func(s *room.Service) error { return s.Make(room.Room{Number: "3198"}) }),
					inside(o, func(s *room.Service) error { return s.Delete("3198") }), dies(o), refused(o, "alice", agent+";room=3198", 404))
			},
		},
		{
			Name: "kept-lock", Title: "a room of the configuration that was opened is open", Hears: "bob hears conference's music:default", Seeds: 8,
			Play: func(o *office.Office) error {
				return office.InOrder(acts(o, room.Act{Room: "3106", Does: "unlock"}), dies(o), in(o, "3106", "bob"))
			},
		},
	})
}
