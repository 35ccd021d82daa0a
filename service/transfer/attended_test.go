package transfer_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/transfer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// consulted has alice call bob, who holds her and calls carol; he does not wait for her answer.
func consulted(o *office.Office) error {
	return office.InOrder(
		func() error { return o.Meet("alice", "bob") },
		does(o, "bob", "alice", func(t *task.Task, call *ua.Call) error { return call.Hold(t) }),
		func() error {
			return o.Act("bob", func(_ *task.Task, a *ua.Agent) error {
				_, err := a.Invite(ua.Invitation{Target: office.AOR("carol")})
				return err
			})
		},
	)
}

// attended is how most scenes here begin: alice is held, and bob talks with carol.
func attended(steps func(o *office.Office) []func() error) func(o *office.Office) error {
	return func(o *office.Office) error {
		begun := []func() error{func() error { return consulted(o) }, o.Pause, func() error { return o.Hears(bobCarol) }}
		return office.InOrder(append(begun, steps(o)...)...)
	}
}

// aliceOver is bob's transfer of alice to carol.
func aliceOver(t *task.Task, call *ua.Call) error {
	for _, other := range call.Agent().Calls() {
		if other != call {
			return transfer.Attended(t, call, other)
		}
	}
	return errors.New("there is no consultation")
}

func connects(act act) func(o *office.Office) error {
	return attended(func(o *office.Office) []func() error { return []func() error{does(o, "bob", "alice", act)} })
}

const attendedLadder = `F1 alice>bob INVITE
F2 bob>alice 180 Ringing
F3 bob>alice 200 OK
F4 alice>bob ACK
F5 bob>alice INVITE (hold)
F6 alice>bob 200 OK
F7 bob>alice ACK
F8 bob>carol INVITE
F9 carol>bob 180 Ringing
F10 carol>bob 200 OK
F11 bob>carol ACK
F12 bob>carol INVITE (hold)
F13 carol>bob 200 OK
F14 bob>carol ACK
F15 bob>alice REFER Replaces
F16 alice>bob 200 OK
F17 alice>bob NOTIFY 100 Trying
F18 bob>alice 200 OK
F19 alice>carol INVITE Replaces
F20 carol>alice 200 OK
F21 alice>carol ACK
F22 carol>bob BYE
F23 bob>carol 200 OK
F24 alice>bob NOTIFY 200 OK
F25 bob>alice 200 OK
F26 bob>alice BYE
F27 alice>bob 200 OK`

func TestAttended(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "attended", Title: "RFC 5359 section 2.5: Bob, who talks with Carol, hands Alice over to her",
			Golden: true, Documents: "attended.go", Want: attendedLadder, Hears: aliceCarol, Play: connects(aliceOver),
		},
		{
			Name: "attended-refused", Title: "Alice does not want to be transferred: Bob talks with Carol, as before", Golden: true, Hears: bobCarol,
			Play: func(o *office.Office) error {
				o.Desk("alice").RefuseAgain(sip.REFER, 603)
				return connects(office.Refuses(aliceOver, 603))(o)
			},
		},
		{
			Name: "attended-replaces-refused", Title: "Carol does not take Alice: Bob talks with Carol, as before", Golden: true, Hears: bobCarol,
			Play: func(o *office.Office) error {
				refuses(o, "carol", 603)
				return connects(office.Refuses(aliceOver, 603))(o)
			},
		},
		{
			Name: "attended-without-replaces", Title: "Carol's phone knows no Replaces: Alice is transferred unattended (RFC 5589 section 7.7)",
			Golden: true, Hears: aliceCarol, Manners: map[string]office.Manner{"carol": {Plain: true}}, Play: connects(aliceOver),
		},
		{
			Name: "attended-incoming", Title: "it was Carol who called Bob, while Alice waited", Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return office.InOrder(
					func() error { return o.Meet("alice", "bob") },
					does(o, "bob", "alice", func(t *task.Task, call *ua.Call) error { return call.Hold(t) }),
					func() error { return o.Meet("carol", "bob") },
					func() error { return o.Hears(bobCarol) },
					does(o, "bob", "alice", aliceOver),
				)
			},
		},
		{
			Name: "attended-address", Title: "Carol's contact is an address that only her server reaches: the REFER names her (RFC 5589 section 7.5)",
			Golden: true, Hears: aliceCarol, Office: office.Options{Rootless: true}, Play: connects(aliceOver),
		},
		{
			Name: "attended-semi", Title: "Bob hands Alice over while Carol's phone rings: it waits for her answer (RFC 5589 section 7.6)",
			Golden: true, Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return consulted(o) }, does(o, "bob", "alice", aliceOver))
			},
		},
		{
			Name: "attended-semi-busy", Title: "and she is busy: Bob talks with Alice again", Golden: true, Hears: aliceBob,
			Manners: map[string]office.Manner{"carol": {Code: 486}},
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return consulted(o) }, does(o, "bob", "alice", office.Refuses(aliceOver, 486)))
			},
		},
		{
			Name: "attended-target-left", Title: "Carol hangs up first: Bob talks with Alice again", Golden: true, Hears: aliceBob,
			Play: attended(func(o *office.Office) []func() error {
				return []func() error{func() error {
					alice, carol := o.Desk("bob").Call("alice"), o.Desk("bob").Call("carol")
					if err := o.HangUp("carol", "bob"); err != nil {
						return err
					}
					err := o.Act("bob", func(t *task.Task, _ *ua.Agent) error { return transfer.Attended(t, alice, carol) })
					if !errors.Is(err, ua.ErrOver) {
						return fmt.Errorf("the consultation is over: got %w", err)
					}
					return o.Pause()
				}}
			}),
		},
		{
			Name: "attended-transferee-left", Title: "Alice hangs up first: Bob talks with Carol", Hears: bobCarol,
			Play: attended(func(o *office.Office) []func() error {
				return []func() error{func() error {
					alice, carol := o.Desk("bob").Call("alice"), o.Desk("bob").Call("carol")
					if err := o.HangUp("alice", "bob"); err != nil {
						return err
					}
					err := o.Act("bob", func(t *task.Task, _ *ua.Agent) error { return transfer.Attended(t, alice, carol) })
					if !errors.Is(err, ua.ErrOver) {
						return fmt.Errorf("the call is over: got %w", err)
					}
					return o.Pause()
				}}
			}),
		},
		{
			Name: "attended-transferor-left", Title: "Bob hangs up on Alice as soon as she has the REFER: she talks to Carol all the same",
			Golden: true, Hears: aliceCarol,
			Play: attended(func(o *office.Office) []func() error {
				return []func() error{o.During(o.Starts("bob", "alice", aliceOver),
					func() bool { return o.Desk("alice").Told(ua.Transferring) }, leaves(o, "bob", "alice"))}
			}),
		},
		{
			Name: "attended-holding", Title: "Carol holds Bob when Alice takes his place: so is she", Hears: "",
			Play: attended(func(o *office.Office) []func() error {
				return []func() error{
					does(o, "carol", "bob", func(t *task.Task, call *ua.Call) error { return call.Hold(t) }),
					does(o, "bob", "alice", aliceOver),
					func() error {
						if call := o.Desk("carol").Call("alice"); call == nil || !call.Held {
							return errors.New("carol holds who takes bob's place")
						}
						return nil
					},
				}
			}),
		},
	})
}

// TestAttendedRefused: whatever it is refused with, Bob is told and talks with Carol as before, while Alice waits.
func TestAttendedRefused(t *testing.T) {
	for _, code := range []int{403, 405, 501, 603} {
		run(t, []play.Scene{{
			Name: fmt.Sprintf("refer-%d", code), Seeds: 8, Hears: bobCarol,
			Play: func(o *office.Office) error {
				o.Desk("alice").RefuseAgain(sip.REFER, code)
				return connects(office.Refuses(aliceOver, code))(o)
			},
		}})
	}
	for _, code := range []int{400, 403, 420, 481, 486, 488, 603} {
		run(t, []play.Scene{{
			Name: fmt.Sprintf("replaces-%d", code), Seeds: 8, Hears: bobCarol,
			Play: func(o *office.Office) error {
				refuses(o, "carol", code)
				return connects(office.Refuses(aliceOver, code))(o)
			},
		}})
	}
}

// TestAttendedLeft: whoever hangs up everything at whatever moment, nothing is left.
func TestAttendedLeft(t *testing.T) {
	for _, who := range []string{"alice", "bob", "carol"} {
		for moment := range 10 {
			run(t, []play.Scene{{
				Name: fmt.Sprintf("%s-%d", who, moment), Seeds: 6,
				Play: attended(func(o *office.Office) []func() error {
					return []func() error{func() error {
						call := o.Desk("bob").Call("alice")
						wait := o.Begin("bob", func(t *task.Task, _ *ua.Agent) error { return aliceOver(t, call) })
						if err := o.RunFor(time.Duration(moment) * 70 * time.Millisecond); err != nil {
							return err
						}
						o.Desk(who).Do(func(a *ua.Agent) {
							for _, c := range a.Calls() {
								c.HangUp()
							}
						})
						_ = wait()
						return office.InOrder(o.Pause, o.Leave)
					}}
				}),
			}})
		}
	}
}
