package hold_test

import (
	"fmt"
	"strings"
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/hold"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

const both = "alice hears bob\nbob hears alice"

// meeting is how every scene here begins: alice calls bob.
func meeting(o *office.Office, steps ...func() error) error {
	return office.InOrder(append([]func() error{func() error { return o.Meet("alice", "bob") }}, steps...)...)
}

// by is a step: somebody does something to the call with somebody else, and afterwards who hears whom is as it should be.
func by(o *office.Office, who, with string, act func(t *task.Task, call *ua.Call) error, hears string) func() error {
	return func() error {
		if err := o.Do(who, with, act); err != nil {
			return err
		}
		return o.Hears(hears)
	}
}

func leaves(o *office.Office, who, with string) func() error {
	return func() error { return o.HangUp(who, with) }
}

func TestHold(t *testing.T) {
	for _, s := range []play.Scene{
		{
			Name: "hold", Title: "RFC 5359 section 2.1: Bob holds Alice and takes her off hold again",
			Golden: true, Drawn: true, Documents: "hold.go", Want: holdLadder,
			Play: func(o *office.Office) error {
				return meeting(o,
					by(o, "bob", "alice", hold.Hold, ""),
					describes(o, "a=sendonly", true), describes(o, "a=recvonly", false),
					by(o, "bob", "alice", hold.Resume, both),
					describes(o, "a=sendrecv", false),
					func() error { return rises(o) },
					leaves(o, "alice", "bob"),
				)
			},
		},
		{
			Name: "hold-left", Title: "Alice does not wait: she hangs up while she is held", Golden: true, Drawn: true,
			Play: func(o *office.Office) error {
				return meeting(o, by(o, "bob", "alice", hold.Hold, ""), leaves(o, "alice", "bob"))
			},
		},
		{
			Name: "hold-refused", Title: "Alice's phone does not let itself be held: the two talk on", Golden: true, Drawn: true, Hears: both,
			Play: func(o *office.Office) error {
				o.Desk("alice").RefuseAgain(sip.INVITE, 488)
				return meeting(o, by(o, "bob", "alice", office.Refuses(hold.Hold, 488), both))
			},
		},
		{
			Name: "resume-refused", Title: "nor to be taken off hold: it stays on hold",
			Play: func(o *office.Office) error {
				return meeting(o, by(o, "bob", "alice", hold.Hold, ""), func() error {
					o.Desk("alice").RefuseAgain(sip.INVITE, 488)
					return nil
				}, by(o, "bob", "alice", office.Refuses(hold.Resume, 488), ""))
			},
		},
		{
			Name: "hold-both", Title: "both hold: inactive; each takes off its own hold only", Golden: true, Drawn: true, Hears: both,
			Play: func(o *office.Office) error {
				return meeting(o,
					by(o, "bob", "alice", hold.Hold, ""), by(o, "alice", "bob", hold.Hold, ""),
					describes(o, "a=inactive", true),
					by(o, "bob", "alice", hold.Resume, ""), by(o, "alice", "bob", hold.Resume, both),
					func() error { return rises(o) },
				)
			},
		},
		{
			Name: "hold-glare", Title: "both hold in the same moment: one waits (RFC 3261 section 14.1)",
			Play: func(o *office.Office) error {
				return meeting(o, func() error {
					one := o.Begin("bob", func(t *task.Task, a *ua.Agent) error { return hold.Hold(t, a.Calls()[0]) })
					other := o.Begin("alice", func(t *task.Task, a *ua.Agent) error { return hold.Hold(t, a.Calls()[0]) })
					return office.InOrder(one, other)
				})
			},
		},
	} {
		s.Run(t)
	}
}

// TestHoldLeft: whoever hangs up at whatever step, before it or while it is on its way, nothing is left.
func TestHoldLeft(t *testing.T) {
	acts := []func(t *task.Task, call *ua.Call) error{hold.Hold, hold.Resume, hold.Hold}
	for step := range acts {
		for _, who := range []string{"alice", "bob"} {
			for _, crossing := range []bool{false, true} {
				play.Scene{
					Name: fmt.Sprintf("step-%d-%s-crossing-%v", step+1, who, crossing), Seeds: 8,
					Play: func(o *office.Office) error {
						if err := o.Meet("alice", "bob"); err != nil {
							return err
						}
						for _, act := range acts[:step] {
							if err := o.Do("bob", "alice", act); err != nil {
								return err
							}
						}
						wait := func() error { return nil }
						if crossing {
							call := o.Desk("bob").Call("alice")
							wait = o.Begin("bob", func(t *task.Task, _ *ua.Agent) error { return acts[step](t, call) })
						}
						with := map[string]string{"alice": "bob", "bob": "alice"}[who]
						if err := o.HangUp(who, with); err != nil {
							return err
						}
						_ = wait() // whether the change was made before the end is a matter of chance
						return nil
					},
				}.Run(t)
			}
		}
	}
}

// describes wants the last description with that line, and its Contact to say whether anybody listens there (RFC 4235 §5.2).
func describes(o *office.Office, line string, silent bool) func() error {
	return func() error {
		last := ""
		for _, arrow := range o.Ladder().Arrows {
			if strings.Contains(arrow.Text, "\r\n"+line+"\r\n") {
				last = arrow.Text
			}
		}
		m, err := sip.Parse(last)
		if err != nil {
			return fmt.Errorf("nothing says %s: %w", line, err)
		}
		contact := m.Header(sip.HeaderContact)
		if strings.Contains(contact, `+sip.rendering="no"`) != silent {
			return fmt.Errorf("with %s Contact is %s", line, contact)
		}
		return nil
	}
}

// rises wants the version of each side's descriptions to rise with each that is another one (RFC 3264 §8).
func rises(o *office.Office) error {
	versions, bodies := map[string]int{}, map[string]string{}
	for _, arrow := range o.Ladder().Arrows {
		m, err := sip.Parse(arrow.Text)
		if err != nil || m.Body() == "" || o.Ladder().Name(arrow.From) == "server" {
			continue
		}
		var name, session, net string
		var version int
		_, origin, _ := strings.Cut(m.Body(), "\no=")
		if _, err := fmt.Sscan(origin, &name, &session, &version, &net); err != nil {
			return err
		}
		_, rest, _ := strings.Cut(origin, "\n")
		before, known := versions[session]
		if changed := bodies[session] != rest; known && (changed && version != before+1 || !changed && version != before) {
			return fmt.Errorf("version %d comes after %d, changed %v", version, before, changed)
		}
		versions[session], bodies[session] = version, rest
	}
	if len(versions) != 2 {
		return fmt.Errorf("%d sessions", len(versions))
	}
	return nil
}

const holdLadder = `F1 alice>server INVITE
F2 server>bob INVITE
F3 server>alice 100 Trying
F4 bob>server 180 Ringing
F5 server>alice 180 Ringing
F6 bob>server 200 OK
F7 server>alice 200 OK
F8 alice>server ACK
F9 server>bob ACK
F10 bob>server INVITE (hold)
F11 server>alice INVITE (hold)
F12 alice>server 200 OK
F13 server>bob 200 OK
F14 bob>server ACK
F15 server>alice ACK
F16 bob>server INVITE
F17 server>alice INVITE
F18 alice>server 200 OK
F19 server>bob 200 OK
F20 bob>server ACK
F21 server>alice ACK
F22 alice>server BYE
F23 server>bob BYE
F24 bob>server 200 OK
F25 server>alice 200 OK`
