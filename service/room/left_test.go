package room_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/room"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// TestLeft: whoever hangs up everything at whatever moment, and whenever the room is deleted, nothing is left.
func TestLeft(t *testing.T) {
	begin := func(o *office.Office) (waits []func() error) {
		for who, target := range map[string]string{"alice": "3104", "carol": agent, "bob": "3104"} {
			waits = append(waits, o.Begin(who, func(t *task.Task, a *ua.Agent) error {
				c, err := a.Invite(ua.Invitation{Target: strings.Replace(target, "3104", office.AOR("3104"), 1)})
				if err != nil || c.Settle(t) != nil {
					return nil
				}
				a.Attend(c)
				if r, err := c.Refer(t, ua.Reference{Target: office.AOR("dave")}); err == nil {
					defer r.Close()
					_ = final(t, r)
				}
				return nil
			}))
		}
		return waits
	}
	for _, who := range []string{"alice", "bob", "carol", "dave", "the server"} {
		for moment := range 10 {
			run(t, []play.Scene{{
				Name: fmt.Sprintf("%s-%d", who, moment), Seeds: 6, Desks: []string{"alice", "server", "bob", "carol", "dave"},
				Play: func(o *office.Office) error {
					waits := begin(o)
					if err := o.RunFor(time.Duration(moment) * 170 * time.Millisecond); err != nil {
						return err
					}
					if who == "the server" {
						o.Inside("conference", func(*ua.Agent) {
							for _, st := range serviceOf(o).Rooms() {
								_ = serviceOf(o).Delete(st.ID)
							}
						})
					} else {
						o.Desk(who).Do(func(a *ua.Agent) {
							for _, c := range a.Calls() {
								c.HangUp()
							}
						})
					}
					for _, wait := range waits {
						_ = wait()
					}
					return office.InOrder(o.Pause, o.Leave, func() error { return o.RunFor(ua.RingLimit) }, o.Leave, func() error {
						if l := serviceOf(o).Load(); l.Participants != 0 || l.Rooms != 7 {
							return unlike(l)
						}
						return nil
					})
				},
			}})
		}
	}
}

// TestGuessed: who guesses at a PIN has ten tries an hour, however often they call; who needs none comes in all the while.
func TestGuessed(t *testing.T) {
	guess := func(o *office.Office, tries int) func() error {
		return func() error {
			steps := []func() error{call(o, "alice", "3101")}
			for range tries {
				steps = append(steps, until(o, pinPrompt), types(o, "alice", "111111#", wrongPIN))
			}
			return office.InOrder(append(steps, until(o, "alice hears conference's prompt:too-many-tries"), gone(o, "alice"))...)
		}
	}
	run(t, []play.Scene{{
		Name: "guessed", Title: "ten tries in an hour, and no more", Seeds: 1, Hears: "carol hears conference's music:default",
		Play: func(o *office.Office) error {
			return office.InOrder(guess(o, 3), guess(o, 3), guess(o, 3), guess(o, 1), guess(o, 0), in(o, "3101", "carol"),
				func() error { return o.RunFor(time.Hour) }, guess(o, 3))
		},
	}})
}

// TestMenuHidesRooms: the number that asks tells nobody which rooms there are, who has no business in them and does not know a PIN:
// not by how they stand, and not by what was tried elsewhere.
func TestMenuHidesRooms(t *testing.T) {
	asked := func(o *office.Office, number, then string) func() error {
		return func() error {
			return office.InOrder(call(o, "alice", "3000"), until(o, "alice hears conference's prompt:enter-room"), types(o, "alice", number+"#", then))
		}
	}
	guess := func(o *office.Office, tries int) func() error {
		return func() error {
			steps := []func() error{asked(o, "4711", pinPrompt)}
			for range tries {
				steps = append(steps, until(o, pinPrompt), types(o, "alice", "111111#", wrongPIN))
			}
			return office.InOrder(append(steps, gone(o, "alice"))...)
		}
	}
	run(t, []play.Scene{
		{
			Name: "menu-guessed", Title: "ten tries at a room that there is not, then another one", Seeds: 1,
			Play: func(o *office.Office) error {
				return office.InOrder(guess(o, 3), guess(o, 3), guess(o, 3), guess(o, 1), asked(o, "4711", "alice hears conference's prompt:too-many-tries"), gone(o, "alice"),
					asked(o, "4712", pinPrompt), leaves(o, "alice"))
			},
		},
		{
			Name: "menu-locked", Title: "a room that is locked", Seeds: 1,
			Office: rooms(func(s *room.Settings) { s.Rooms[1].Locked, s.Rooms[1].ModeratorPIN = true, "" }),
			Play: func(o *office.Office) error {
				return office.InOrder(asked(o, "3101", pinPrompt), types(o, "alice", pinOfAll+"#", "alice hears conference's prompt:room-locked"), gone(o, "alice"))
			},
		},
		{
			Name: "menu-full", Title: "a room that is full", Seeds: 1, Hears: "carol hears conference's music:default",
			Office: rooms(func(s *room.Settings) { s.Rooms[1].Limit = 1 }),
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3101", "carol"), asked(o, "3101", pinPrompt), leaves(o, "alice"))
			},
		},
	})
}

// TestDialledAtWhoseCost: what a referrer writes into the address of who is to be called says nothing of who pays, of how the
// server routes it, or of the header fields of the call.
func TestDialledAtWhoseCost(t *testing.T) {
	evil := "sip:bob@example.test;payer=carol;phones?Route=%3Csip%3Aevil.test%3E&Subject=x%0D%0AX-Evil%3A%201"
	run(t, []play.Scene{{
		Name: "cost", Title: "Alice pays for whom she has called", Hears: aliceBob, Seeds: 1,
		Play: func(o *office.Office) error {
			return office.InOrder(in(o, "3100", "alice"), refers(o, "alice", evil, 0), func() error {
				found := false
				for _, arrow := range o.Ladder().Arrows {
					m, err := sip.Parse(arrow.Text)
					if err != nil || !m.IsRequest() || m.Method() != sip.INVITE || o.Ladder().Name(arrow.From) != "conference" {
						continue
					}
					uri := m.RequestURI()
					found = found || strings.Contains(uri, ";payer=alice")
					if strings.Contains(uri, "carol") || strings.Contains(uri, "phones") || strings.Contains(strings.ToLower(arrow.Text), "evil") {
						return unlike(arrow.Text)
					}
				}
				if !found {
					return unlike("nobody was called at Alice's cost")
				}
				return nil
			})
		},
	}})
}

// TestBarred: nobody reaches a number through a room that they may not call: not by a REFER, and not by keys.
func TestBarred(t *testing.T) {
	asked := func(o *office.Office, refused bool) error {
		for _, arrow := range o.Ladder().Arrows {
			m, err := sip.Parse(arrow.Text)
			if err == nil && m.IsRequest() && m.Method() == sip.INVITE && o.Ladder().Name(arrow.From) == "conference" && strings.Contains(m.RequestURI(), "5551234") {
				if !strings.Contains(m.RequestURI(), ";payer=alice") {
					return unlike(m.RequestURI())
				}
				for _, answer := range o.Ladder().Arrows {
					if got, err := sip.Parse(answer.Text); err == nil && !got.IsRequest() && got.CallID() == m.CallID() && got.StatusCode() == 403 {
						return nil
					}
				}
				return unlike("Alice, who may not, has the number called")
			}
		}
		if !refused {
			return unlike("the room asks the server for nothing")
		}
		return nil
	}
	run(t, []play.Scene{
		{
			Name: "barred-refer", Title: "Alice may not call the number, and nor may the room for her", Seeds: 1, Hears: alone,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice"), refers(o, "alice", "sip:5551234@example.test;user=phone", 403), func() error { return asked(o, true) })
			},
		},
		{
			Name: "barred-keys", Title: "nor by keys", Seeds: 1, Hears: alone,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice"), types(o, "alice", "*6", "alice hears conference's prompt:enter-number"), types(o, "alice", "5551234#", alone), o.Pause, func() error { return asked(o, false) })
			},
		},
	})
}

// TestOptions: who asks is told that a room is a focus, and where it is (RFC 4579 §5.3).
func TestOptions(t *testing.T) {
	a := ua.New(ua.Settings{AOR: agent, ContactParams: room.ContactParams}, time.Unix(0, 0))
	room.Install(a, settings(nil))
	address := a.Handlers().Address
	for target, want := range map[string]string{
		agent: "", agent + ";room=3100": agent + ";room=3100", agent + ";room=team": agent + ";room=3100", agent + ";room=4711": "", agent + ";ask": "",
	} {
		if got := address(target); got != want {
			t.Errorf("%s is answered by %q, want %q", target, got, want)
		}
	}
	if !strings.Contains(a.Settings().ContactParams, ";isfocus") {
		t.Error("no Contact says isfocus")
	}
}

// TestAlias: rooms have numbers and names, and nobody loses a number to one.
func TestAlias(t *testing.T) {
	s := settings(func(s *room.Settings) { s.AdHoc = append(s.AdHoc, "carol") })
	alias := room.Alias(s, func(name string) bool { return name == "3377" })
	for uri, want := range map[string]string{
		"sip:3000@example.test":            agent + ";ask",
		"sip:3001@example.test":            agent + ";room=3001",
		"sip:3100@example.test;user=phone": agent + ";room=3100",
		"tel:3101":                         agent + ";room=3101",
		"sip:Team@example.test":            agent + ";room=Team",
		"sip:3377@example.test":            agent + ";room=3377",
		"sip:3378@example.test":            "",
		"sip:carol@example.test":           "",
		"sip:alice@example.test":           "",
		"sip:conference@example.test":      "",
		"sip:example.test":                 "",
	} {
		parsed, err := sip.ParseURI(uri)
		if err != nil {
			t.Fatal(uri, err)
		}
		if got, ok := alias(parsed); got != want || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", uri, got, ok, want)
		}
	}
}
