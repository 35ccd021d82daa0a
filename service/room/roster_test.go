package room_test

import (
	"fmt"
	"strings"
	"testing"

	"hookflash/event/conference"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/room"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// sight is what somebody sees of a room.
type sight struct {
	watching  *ua.Watching
	table     conference.Table
	documents []conference.Document
	results   []conference.Result
}

// watches has somebody watch a room, until it is over.
func watches(o *office.Office, who, number string, s *sight) func() error {
	return func() error {
		var failed error
		o.Desk(who).Do(func(a *ua.Agent) {
			s.watching, failed = a.Watch(office.AOR(number), sip.Event{Package: conference.Package}, 0)
			if failed != nil {
				return
			}
			a.Go("watch", func(t *task.Task) {
				for t.First(s.watching.Documents, s.watching.Ended()) == 0 || s.watching.Documents.Len() > 0 {
					body, _ := s.watching.Documents.Take()
					d, err := conference.Parse(body)
					if err != nil {
						continue
					}
					s.documents = append(s.documents, d)
					s.results = append(s.results, s.table.Apply(d))
				}
			})
		})
		if failed != nil {
			return failed
		}
		return o.Pause()
	}
}

func (s *sight) closes(o *office.Office, who string) func() error {
	return func() error {
		o.Desk(who).Do(func(*ua.Agent) { s.watching.Close() })
		return o.Pause()
	}
}

// shows is a step: who is in the room, as somebody sees it.
func (s *sight) shows(want ...string) func() error {
	return func() error {
		var got []string
		for _, user := range s.table.Document().Users {
			line := strings.TrimSuffix(strings.TrimPrefix(user.Entity, "sip:"), "@example.test") + " " + strings.Join(user.Roles, ",")
			for _, e := range user.Endpoints {
				line += fmt.Sprintf(" %s %s", e.JoiningMethod, e.Status)
				for _, m := range e.Media {
					line += " " + m.Status
				}
				if e.DisconnectionMethod != "" {
					line += " " + e.DisconnectionMethod
				}
				if e.Referred.By != "" {
					line += " by " + strings.TrimPrefix(e.Referred.By, "sip:")
				}
			}
			got = append(got, line)
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			return fmt.Errorf("the room is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		return nil
	}
}

// names tells whether anything of what was seen names a call.
func (s *sight) names() bool {
	for _, d := range s.documents {
		for _, user := range d.Users {
			for _, e := range user.Endpoints {
				if e.Call.CallID != "" || strings.Contains(e.Entity, "gr=") {
					return true
				}
			}
		}
	}
	return false
}

// TestRoster is RFC 4575 and RFC 4579 §5.6: the first document is full, those behind it say what has changed, and the last one
// that the room is no more.
func TestRoster(t *testing.T) {
	const inRoom = " dialed-in connected sendrecv"
	run(t, []play.Scene{
		{
			Name: "roster", Title: "Carol watches the room: Alice and Bob come, Bob mutes himself and leaves", Golden: true, Hears: alone,
			Play: func(o *office.Office) error {
				var s sight
				return office.InOrder(in(o, "3100", "alice"), watches(o, "carol", "3100", &s), s.shows("alice moderator"+inRoom),
					in(o, "3100", "bob"), s.shows("alice moderator"+inRoom, "bob participant"+inRoom),
					presses(o, "bob", "*1"), s.shows("alice moderator"+inRoom, "bob participant dialed-in muted-via-focus recvonly"),
					leaves(o, "bob"), s.shows("alice moderator"+inRoom), func() error {
						first := s.documents[0]
						if first.State != conference.Full || first.Description == nil || first.Description.DisplayText != "The team" || first.Description.MaximumUsers != 100 ||
							first.Status == nil || first.Status.Locked != conference.No || first.Status.Active != conference.Yes {
							return unlike(first)
						}
						if s.names() {
							return unlike("Carol is no moderator, and sees identifiers")
						}
						partial := 0
						for i, d := range s.documents {
							if s.results[i] == conference.Applied && d.State == conference.Partial && d.Version == uint32(i)+1 {
								partial++
							}
						}
						if partial == 0 {
							return unlike("no document is partial")
						}
						return nil
					}, s.closes(o, "carol"))
			},
		},
		{
			Name: "roster-moderator", Title: "a moderator sees identifiers, who is called, who had them called, and who is busy", Golden: true,
			Manners: map[string]office.Manner{"carol": {Code: 486}},
			Hears:   aliceBob,
			Play: func(o *office.Office) error {
				var s sight
				return office.InOrder(in(o, "3100", "alice"), watches(o, "alice", "3100", &s), refers(o, "alice", office.AOR("bob"), 0),
					s.shows("alice moderator"+inRoom, "bob participant dialed-out connected sendrecv by alice@example.test"),
					refers(o, "alice", office.AOR("carol"), 486), s.shows("alice moderator"+inRoom, "bob participant dialed-out connected sendrecv by alice@example.test"),
					func() error {
						if !s.names() {
							return unlike("Alice sees no identifiers")
						}
						return nil
					}, s.closes(o, "alice"))
			},
		},
		{
			Name: "roster-busy", Title: "somebody who was called and is busy leaves as such", Manners: map[string]office.Manner{"carol": {Code: 486}},
			Hears: alone, Seeds: 1, // on a bad line two changes may be told as one
			Play: func(o *office.Office) error {
				var s sight
				return office.InOrder(in(o, "3100", "alice"), watches(o, "alice", "3100", &s), refers(o, "alice", office.AOR("carol"), 486), func() error {
					for _, d := range s.documents {
						for _, user := range d.Users {
							if len(user.Endpoints) > 0 && user.Endpoints[0].DisconnectionMethod == "busy" {
								return nil
							}
						}
					}
					return unlike("nobody is said to be busy")
				}, s.closes(o, "alice"))
			},
		},
		{
			Name: "roster-wait", Title: "who waits for the moderator is pending, who holds is on hold", Hears: "",
			Play: func(o *office.Office) error {
				var s sight
				return office.InOrder(in(o, "3102", "bob"), watches(o, "bob", "3102", &s), s.shows("bob participant dialed-in pending inactive"),
					in(o, "3102", "alice"), s.shows("bob participant"+inRoom, "alice moderator"+inRoom),
					holds(o, "bob", true), s.shows("bob participant dialed-in on-hold inactive", "alice moderator"+inRoom),
					leaves(o, "alice"), leaves(o, "bob"), s.shows(), s.closes(o, "bob"))
			},
		},
		{
			Name: "roster-locked", Title: "the room is locked, and deleted: that is the last", Golden: true,
			Play: func(o *office.Office) error {
				var s sight
				return office.InOrder(in(o, agent, "alice"), watches(o, "alice", "3001", &s), presses(o, "alice", "*2"), func() error {
					if d := s.table.Document(); d.Status == nil || d.Status.Locked != conference.Yes {
						return unlike(d.Status)
					}
					return nil
				}, inside(o, func(s *room.Service) error { return s.Delete("3001") }), func() error {
					if !s.table.Over() {
						return unlike("it is not over")
					}
					return nil
				})
			},
		},
		{
			Name: "roster-refused", Title: "Bob may not come into the room, and sees nothing of it", Golden: true, Hears: alone,
			Play: func(o *office.Office) error {
				var s sight
				return office.InOrder(in(o, "3105", "alice"), watches(o, "bob", "3105", &s), func() error {
					if f := s.watching.Failure(); f.Code != 403 || len(s.documents) > 0 {
						return unlike(f)
					}
					return nil
				})
			},
		},
		{
			Name: "roster-left", Title: "who was in a room by its PIN alone sees no more of it when they have left", Hears: "",
			Play: func(o *office.Office) error {
				var s sight
				return office.InOrder(call(o, "alice", "3101"), until(o, pinPrompt), types(o, "alice", pinOfAll+"#", alone), o.Pause, watches(o, "alice", "3101", &s),
					s.shows("alice participant"+inRoom), leaves(o, "alice"), func() error {
						if s.watching.Failure().Code == 0 && s.watching.Failure().Reason == "" {
							return unlike(s.watching.Failure())
						}
						return nil
					})
			},
		},
	})
}
