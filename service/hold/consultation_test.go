package hold_test

import (
	"fmt"
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/hold"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// consults is bob's consultation of carol.
func consults(t *task.Task, call *ua.Call) error {
	_, err := hold.Consult(t, call, office.AOR("carol"))
	return err
}

// returns is the end of it.
func returns(t *task.Task, call *ua.Call) error {
	for _, other := range call.Agent().Calls() {
		if other != call {
			return hold.Return(t, call, other)
		}
	}
	return fmt.Errorf("there is no consultation")
}

func swaps(t *task.Task, call *ua.Call) error {
	for _, other := range call.Agent().Calls() {
		if other != call {
			return hold.Swap(t, call, other)
		}
	}
	return fmt.Errorf("there is no other call")
}

const consulting = "bob hears carol\ncarol hears bob"

func TestConsultation(t *testing.T) {
	for _, s := range []play.Scene{
		{
			Name: "consultation", Title: "RFC 5359 section 2.2: Bob holds Alice, calls Carol, and takes Alice up again",
			Golden: true, Drawn: true, Documents: "consultation.go", Want: holdLadderUntil15 + consultationLadder,
			Play: func(o *office.Office) error {
				return meeting(o, by(o, "bob", "alice", consults, consulting), by(o, "bob", "alice", returns, both), leaves(o, "alice", "bob"))
			},
		},
		{
			Name: "consultation-left", Title: "Alice hangs up while Bob talks to Carol", Golden: true, Drawn: true, Hears: consulting,
			Play: func(o *office.Office) error {
				return meeting(o, by(o, "bob", "alice", consults, consulting), leaves(o, "alice", "bob"))
			},
		},
		{
			Name: "consultation-over", Title: "Carol hangs up: Alice stays on hold until Bob comes back", Hears: both,
			Play: func(o *office.Office) error {
				return meeting(o, by(o, "bob", "alice", consults, consulting), leaves(o, "carol", "bob"),
					func() error { return o.Hears("") }, by(o, "bob", "alice", hold.Resume, both))
			},
		},
		{
			Name: "consultation-busy", Title: "Carol is busy: Bob talks with Alice again", Golden: true, Drawn: true, Hears: both,
			Manners: map[string]office.Manner{"carol": {Code: 486}},
			Play: func(o *office.Office) error {
				return meeting(o, by(o, "bob", "alice", office.Refuses(consults, 486), both))
			},
		},
		{
			Name: "consultation-declined", Title: "Carol does not want to", Hears: both, Manners: map[string]office.Manner{"carol": {Code: 603}},
			Play: func(o *office.Office) error {
				return meeting(o, by(o, "bob", "alice", office.Refuses(consults, 603), both))
			},
		},
		{
			Name: "consultation-unanswered", Title: "Carol does not answer, and Bob gives up", Hears: both,
			Manners: map[string]office.Manner{"carol": {Never: true}},
			Play: func(o *office.Office) error {
				return meeting(o, func() error {
					wait := o.Begin("bob", func(t *task.Task, a *ua.Agent) error { return consults(t, a.Calls()[0]) })
					if err := o.Pause(); err != nil {
						return err
					}
					if err := o.HangUp("bob", "carol"); err != nil {
						return err
					}
					return office.Refused(wait(), 487)
				}, o.Pause)
			},
		},
		{
			Name: "consultation-alone", Title: "Alice hangs up while Carol's phone rings: Bob talks to Carol", Hears: consulting,
			Manners: map[string]office.Manner{"carol": {Rings: 100e9}},
			Play: func(o *office.Office) error {
				return meeting(o, func() error {
					wait := o.Begin("bob", func(t *task.Task, a *ua.Agent) error { return consults(t, a.Calls()[0]) })
					return office.InOrder(o.Pause, leaves(o, "alice", "bob"), wait, o.Pause)
				})
			},
		},
		{
			Name: "consultation-hold-refused", Title: "Alice does not let herself be held: Carol is not called", Hears: both,
			Play: func(o *office.Office) error {
				o.Desk("alice").RefuseAgain(sip.INVITE, 488)
				return meeting(o, by(o, "bob", "alice", office.Refuses(consults, 488), both))
			},
		},
	} {
		s.Run(t)
	}
}

func TestSwap(t *testing.T) {
	for _, s := range []play.Scene{
		{
			Name: "swap", Title: "Bob talks with Carol, with Alice, and with Carol again", Golden: true, Hears: consulting,
			Play: func(o *office.Office) error {
				return meeting(o, by(o, "bob", "alice", consults, consulting), by(o, "bob", "carol", swaps, both), by(o, "bob", "alice", swaps, consulting))
			},
		},
		{
			Name: "swap-hold-refused", Title: "Carol does not let herself be held: nothing changes", Hears: consulting,
			Play: func(o *office.Office) error {
				o.Desk("carol").RefuseAgain(sip.INVITE, 488)
				return meeting(o, by(o, "bob", "alice", consults, consulting), by(o, "bob", "carol", office.Refuses(swaps, 488), consulting))
			},
		},
		{
			Name: "swap-resume-refused", Title: "Alice can't be taken off hold: Bob talks with Carol again", Hears: consulting,
			Play: func(o *office.Office) error {
				return meeting(o, by(o, "bob", "alice", consults, consulting), func() error {
					o.Desk("alice").RefuseAgain(sip.INVITE, 488)
					return nil
				}, by(o, "bob", "carol", office.Refuses(swaps, 488), consulting))
			},
		},
	} {
		s.Run(t)
	}
}

const holdLadderUntil15 = `F1 alice>server INVITE
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
`

const consultationLadder = `F16 bob>server INVITE
F17 server>carol INVITE
F18 server>bob 100 Trying
F19 carol>server 180 Ringing
F20 server>bob 180 Ringing
F21 carol>server 200 OK
F22 server>bob 200 OK
F23 bob>server ACK
F24 server>carol ACK
F25 bob>server BYE
F26 server>carol BYE
F27 carol>server 200 OK
F28 server>bob 200 OK
F29 bob>server INVITE
F30 server>alice INVITE
F31 alice>server 200 OK
F32 server>bob 200 OK
F33 bob>server ACK
F34 server>alice ACK
F35 alice>server BYE
F36 server>bob BYE
F37 bob>server 200 OK
F38 server>alice 200 OK`
