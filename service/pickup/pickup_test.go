package pickup_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/event/dialoginfo"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/order"
	"hookflash/service/pickup"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Who hears whom.
const (
	aliceBill  = "alice hears bill\nbill hears alice"
	aliceBob   = "alice hears bob\nbob hears alice"
	aliceCarol = "alice hears carol\ncarol hears alice"
)

// team is a domain whose bob, bill and carol may pick up each other's calls.
func team(members ...string) office.Options {
	return office.Options{Digest: true, Server: func(c *domain.Config) {
		c.Groups = map[string]*directory.Group{"team": {Name: "team", Members: members, Pickup: true}}
	}}
}

// run plays scenes: bob's telephone rings on, unless the scene has it otherwise.
func run(t *testing.T, scenes ...play.Scene) {
	t.Helper()
	for _, s := range scenes {
		if s.Desks == nil {
			s.Desks = []string{"alice", "server", "bob", "bill"}
		}
		if s.Office.Server == nil {
			s.Office = team("bob", "bill", "carol")
		}
		if s.Manners == nil {
			s.Manners = map[string]office.Manner{"bob": {Never: true}}
		}
		acted, manners := s.Play, s.Manners
		s.Play = func(o *office.Office) error {
			for _, name := range s.Desks {
				if name != "server" && !manners[name].Plain {
					equip(o.Desk(name))
				}
			}
			return acted(o)
		}
		s.Run(t)
	}
}

// equip gives a telephone the services; whom the server vouches for sees everything of its calls.
func equip(d *office.Desk) {
	d.Do(func(a *ua.Agent) {
		order.Install(a, a.Handlers())
		h := a.Handlers()
		h.Subscribe[ua.DialogPackage] = a.DialogEvents(func(ua.Party) bool { return true })
		a.Handle(h)
	})
}

// calls is a step: alice calls bob, whose telephone rings.
func calls(o *office.Office) func() error {
	return func() error {
		return office.InOrder(func() error {
			return o.Act("alice", func(_ *task.Task, a *ua.Agent) error {
				_, err := a.Invite(ua.Invitation{Target: office.AOR("bob")})
				return err
			})
		}, func() error {
			return o.RunUntil(func() bool {
				c := o.Desk("alice").Call("bob")
				return o.Rings("alice", "bob")() && c != nil && c.State == ua.Alerting
			}, 3*time.Minute)
		})
	}
}

// gruu is the address of bob's telephone.
func gruu(o *office.Office) string { return o.Desk("bob").Agent().ContactURI() }

// starts has somebody pick up what rings at bob's telephone.
func starts(o *office.Office, who string) func() error {
	return o.Begin(who, func(t *task.Task, a *ua.Agent) error {
		_, err := pickup.Pickup(t, a, gruu(o))
		return err
	})
}

// picks is a step: somebody does, and it works.
func picks(o *office.Office, who string) func() error {
	return func() error { return office.InOrder(starts(o, who), o.Pause) }
}

// fails is a step: somebody does, and gets a code.
func fails(o *office.Office, who string, code int) func() error {
	return func() error { return office.InOrder(refused(starts(o, who), code), o.Pause) }
}

func refused(wait func() error, code int) func() error {
	return func() error { return office.Refused(wait(), code) }
}

// ringsOn is a step: nothing has changed for alice and bob.
func ringsOn(o *office.Office) func() error {
	return func() error {
		if !o.Rings("alice", "bob")() {
			return errors.New("bob's telephone does not ring any more")
		}
		return nil
	}
}

const rfcLadder = `F1 alice>bob INVITE
F2 bob>alice 180 Ringing
F3 bill>bob SUBSCRIBE
F4 bob>bill 200 OK
F5 bob>bill NOTIFY early
F6 bill>bob 200 OK
F7 bill>alice INVITE Replaces
F8 alice>bill 200 OK
F9 alice>bob CANCEL
F10 bob>alice 200 OK
F11 bill>alice ACK
F12 bob>alice 487 Request Terminated
F13 alice>bob ACK
F14 alice>bill BYE
F15 bill>alice 200 OK`

func TestPickup(t *testing.T) {
	run(t,
		play.Scene{
			Name: "pickup", Title: "RFC 5359 section 2.16: Bill takes the call that rings at Bob's telephone",
			Golden: true, Documents: "pickup.go", Want: rfcLadder,
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o), picks(o, "bill"), func() error { return o.Hears(aliceBill) }, func() error { return o.HangUp("alice", "bill") })
			},
		},
		play.Scene{
			Name: "pickup-nothing", Title: "nobody's telephone rings", Golden: true,
			Play: func(o *office.Office) error {
				err := starts(o, "bill")()
				if !errors.Is(err, pickup.ErrNothing) {
					return fmt.Errorf("got %w", err)
				}
				return o.Pause()
			},
		},
		play.Scene{
			Name: "pickup-answered", Title: "Bob has answered: there is nothing to pick up", Hears: aliceBob, Manners: map[string]office.Manner{},
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return o.Meet("alice", "bob") }, func() error {
					if err := starts(o, "bill")(); !errors.Is(err, pickup.ErrNothing) {
						return fmt.Errorf("got %w", err)
					}
					return o.Pause()
				})
			},
		},
		play.Scene{
			Name: "pickup-too-late", Title: "Bob answers while Bill picks up: early-only is refused with 486", Golden: true, Drawn: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o), func() error {
					d := ringingDialog(o)
					o.Desk("bob").Do(func(a *ua.Agent) { _ = a.Calls()[0].Answer() })
					return office.InOrder(o.Pause, func() error { return office.Refused(takes(o, "bill", d), 486) }, o.Pause)
				})
			},
		},
		play.Scene{
			Name: "pickup-given-up", Title: "Alice gives up while Bill picks up", Golden: true, Drawn: true,
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o), func() error {
					d := ringingDialog(o)
					o.Desk("alice").Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
					// The server knows nothing of the call any more.
					return office.InOrder(o.Pause, refused(func() error { return takes(o, "bill", d) }, 403), o.Pause)
				})
			},
		},
		play.Scene{
			Name: "pickup-plain-caller", Title: "Alice's telephone knows no Replaces: it rings on", Golden: true,
			Manners: map[string]office.Manner{"alice": {Plain: true}, "bob": {Never: true}},
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o), fails(o, "bill", 420), ringsOn(o), o.Leave)
			},
		},
		play.Scene{
			Name: "pickup-stranger", Title: "Bill is in no group with Bob: his telephone may tell all it wants, the server lets nothing pass", Golden: true, Drawn: true,
			Office: team("bob", "carol"),
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o), fails(o, "bill", 403), ringsOn(o), o.Leave)
			},
		},
		play.Scene{
			Name: "pickup-hidden", Title: "whom Bob's telephone shows no identifiers", Golden: true,
			Play: func(o *office.Office) error {
				o.Desk("bob").Do(func(a *ua.Agent) { order.Install(a, a.Handlers()) })
				return office.InOrder(calls(o), func() error {
					err := starts(o, "bill")()
					if !errors.Is(err, pickup.ErrHidden) {
						return fmt.Errorf("got %w", err)
					}
					return office.Refused(err, 403)
				}, ringsOn(o), o.Leave)
			},
		},
		play.Scene{
			Name: "pickup-two", Title: "two pick up at once: one has the call", Desks: []string{"alice", "server", "bob", "bill", "carol"}, Seeds: 1,
			Play: func(o *office.Office) error { return office.InOrder(calls(o), both(o), o.Leave) },
		},
	)
}

// both is a step: bill and carol pick up at the same time, and one of them talks to alice.
func both(o *office.Office) func() error {
	return func() error {
		bill, carol := starts(o, "bill"), starts(o, "carol")
		one, other := bill(), carol()
		if err := o.Pause(); err != nil {
			return err
		}
		switch {
		case one == nil && other != nil:
			return o.Hears(aliceBill)
		case one != nil && other == nil:
			return o.Hears(aliceCarol)
		}
		return fmt.Errorf("bill: %w, carol: %w", errOr(one), errOr(other))
	}
}

func errOr(err error) error {
	if err == nil {
		return errors.New("has it")
	}
	return err
}

// TestTwoAtOnce: whoever is faster, on whatever lines, one has the call and everybody else none.
func TestTwoAtOnce(t *testing.T) {
	for moment := range 6 {
		run(t, play.Scene{
			Name: fmt.Sprint("later-", moment), Desks: []string{"alice", "server", "bob", "bill", "carol"}, Seeds: 12,
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o), func() error {
					bill := starts(o, "bill")
					if err := o.RunFor(time.Duration(moment) * 7 * time.Millisecond); err != nil {
						return err
					}
					carol := starts(o, "carol")
					one, other := bill(), carol()
					if (one == nil) == (other == nil) {
						return fmt.Errorf("bill: %w, carol: %w", errOr(one), errOr(other))
					}
					return office.InOrder(o.Pause, o.Leave)
				})
			},
		})
	}
}

// TestRaces: whatever else happens at whatever moment, alice talks to one or to none, and nothing is left.
func TestRaces(t *testing.T) {
	for _, who := range []string{"alice", "bob", "bill"} {
		for moment := range 10 {
			run(t, play.Scene{
				Name: fmt.Sprintf("%s-%d", who, moment), Seeds: 6,
				Play: func(o *office.Office) error {
					return office.InOrder(calls(o), func() error {
						wait := starts(o, "bill")
						if err := o.RunFor(time.Duration(moment) * 11 * time.Millisecond); err != nil {
							return err
						}
						o.Desk(who).Do(func(a *ua.Agent) {
							for _, c := range a.Calls() {
								if who == "bob" {
									_ = c.Answer()
									a.Attend(c)
								} else {
									c.HangUp()
								}
							}
						})
						_ = wait()
						return office.InOrder(o.Pause, func() error { return one(o) }, o.Leave)
					})
				},
			})
		}
	}
}

// one wants alice to talk to nobody, or to one who hears her.
func one(o *office.Office) error {
	switch hearing := o.Hearing(); hearing {
	case "", aliceBob + "\n", aliceBill + "\n":
		return nil
	default:
		return fmt.Errorf("%w: %q", office.ErrHearing, hearing)
	}
}

// ringingDialog is what bob's telephone could tell now.
func ringingDialog(o *office.Office) dialoginfo.Dialog {
	c := o.Desk("bob").Call("alice")
	d := c.Dialog()
	return dialoginfo.Dialog{
		CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag, Direction: dialoginfo.Recipient, State: dialoginfo.Early,
		Remote: dialoginfo.Participant{Target: d.Target},
	}
}

// takes has somebody use what was told before.
func takes(o *office.Office, who string, d dialoginfo.Dialog) error {
	return o.Act(who, func(t *task.Task, a *ua.Agent) error {
		id := d.Triple()
		id.EarlyOnly = true
		c, err := a.Invite(ua.Invitation{Target: d.Remote.Target, Replaces: id})
		if err != nil {
			return err
		}
		return c.Settle(t)
	})
}

// TestUnanswered: who tells nothing is not waited for forever, and who refuses says why.
func TestUnanswered(t *testing.T) {
	for _, test := range []struct {
		reason string
		answer int
		want   int
	}{{"no such package", 489, 489}, {"nobody", 404, 404}, {"refused", 403, 403}} {
		run(t, play.Scene{
			Name: test.reason, Seeds: 4,
			Play: func(o *office.Office) error {
				o.Desk("bob").Refuse(func(m *sip.Message) int {
					if m.Method() == sip.SUBSCRIBE {
						return test.answer
					}
					return 0
				})
				return office.InOrder(calls(o), fails(o, "bill", test.want), ringsOn(o), o.Leave)
			},
		})
	}
	run(t, play.Scene{
		Name: "silent", Seeds: 4,
		Play: func(o *office.Office) error {
			o.Desk("bob").Refuse(func(m *sip.Message) int {
				if m.Method() == sip.SUBSCRIBE {
					return office.Drop
				}
				return 0
			})
			return office.InOrder(calls(o), func() error {
				if err := starts(o, "bill")(); !errors.Is(err, pickup.ErrSilent) {
					return fmt.Errorf("got %w", err)
				}
				return o.Pause()
			}, ringsOn(o), o.Leave)
		},
	})
}
