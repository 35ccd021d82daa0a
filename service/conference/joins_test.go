package conference_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/service/conference"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// joins has carol join bob's call with alice; change makes another dialog of the one that he has.
func joins(o *office.Office, change func(id *sip.DialogID)) func() error {
	return func() error {
		call := o.Desk("bob").Call("alice")
		if call == nil {
			return errors.New("there is no call")
		}
		d := call.Dialog()
		id := sip.DialogID{CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag}
		if change != nil {
			change(&id)
		}
		err := o.Act("carol", func(t *task.Task, a *ua.Agent) error {
			_, err := conference.Join(t, a, o.Desk("bob").Agent().ContactURI(), id)
			return err
		})
		return errors.Join(err, o.Pause())
	}
}

func wants(step func() error, code int) func() error {
	return func() error { return office.Refused(step(), code) }
}

const joinedLadder = `F1 alice>bob INVITE
F2 bob>alice 180 Ringing
F3 bob>alice 200 OK
F4 alice>bob ACK
F5 carol>bob INVITE Join
F6 bob>carol 180 Ringing
F7 bob>alice INVITE isfocus
F8 alice>bob 200 OK
F9 bob>alice ACK
F10 bob>carol 200 OK
F11 carol>bob ACK`

func TestJoined(t *testing.T) {
	joinBob := func(code int, before ...func(o *office.Office) func() error) func(o *office.Office) error {
		return meeting(func(o *office.Office) []func() error {
			var steps []func() error
			for _, step := range before {
				steps = append(steps, step(o))
			}
			if code == 0 {
				return append(steps, joins(o, nil))
			}
			return append(steps, wants(joins(o, nil), code))
		})
	}
	run(t, []play.Scene{
		{
			Name: "joined", Title: "RFC 5359 section 2.11: Carol joins Bob's call with Alice",
			Golden: true, Documents: "joins.go", Want: joinedLadder, Hears: three, Play: joinBob(0),
		},
		{
			Name: "joined-left", Title: "Alice leaves: Bob and Carol talk on", Golden: true, Hears: bobCarol,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{joins(o, nil), leaves(o, "alice", "bob", bobCarol)}
			}),
		},
		{
			Name: "joined-third-left", Title: "Carol leaves: Alice and Bob talk on", Hears: aliceBob,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{joins(o, nil), leaves(o, "carol", "bob", aliceBob)}
			}),
		},
		{
			Name: "joined-focus-left", Title: "Bob leaves",
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{joins(o, nil), leaves(o, "bob", "carol", aliceBob), leaves(o, "bob", "alice", "")}
			}),
		},
		{
			Name: "joined-refused", Title: "Alice's phone does not let Bob be a focus: Carol gets 488, and the two talk on", Golden: true, Hears: aliceBob,
			Play: joinBob(488, func(o *office.Office) func() error { return stubborn(o, "alice", 488) }),
		},
		{
			Name: "joined-given-up", Title: "Carol gives up before Alice's phone has agreed: Bob is no focus", Golden: true, Hears: aliceBob,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{func() error {
					o.SetLink("server", "alice", sim.Link{Delay: 8 * time.Second})
					d := o.Desk("bob").Call("alice").Dialog()
					wait := o.Begin("carol", func(t *task.Task, a *ua.Agent) error {
						id := sip.DialogID{CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag}
						_, err := conference.Join(t, a, office.AOR("bob"), id)
						return err
					})
					return office.InOrder(
						func() error { return o.RunUntil(func() bool { return o.Desk("bob").Call("alice").Focus }, time.Minute) },
						func() error { return o.HangUp("carol", "bob") },
						func() error { return office.Refused(wait(), 487) }, o.Pause, func() error { return noFocus(o) },
					)
				}}
			}),
		},
		{
			Name: "joined-held", Title: "Bob holds Alice: nobody is let in", Seeds: 8,
			Play: joinBob(488, func(o *office.Office) func() error { return does(o, "bob", "alice", holds, "") }),
		},
		{
			Name: "joined-unknown", Title: "Bob has no such call: the server knows of none either", Hears: aliceBob, Seeds: 8,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{wants(joins(o, func(id *sip.DialogID) { id.CallID = "other" }), 403)}
			}),
		},
		{
			Name: "joined-stranger", Title: "Carol is nobody's assistant: knowing the call is worth nothing", Golden: true, Hears: aliceBob,
			Office: office.Options{Server: func(*domain.Config) {}}, Play: joinBob(403),
		},
		{
			Name: "joined-plain", Title: "Bob's phone knows no Join", Seeds: 8, Hears: aliceBob,
			Manners: map[string]office.Manner{"bob": {Plain: true}}, Play: joinBob(420),
		},
	})
	for _, code := range []int{403, 481, 486, 488, 603} {
		run(t, []play.Scene{{
			Name: fmt.Sprintf("joined-%d", code), Title: "Bob's phone refuses it", Seeds: 8, Hears: aliceBob,
			Play: joinBob(code, func(o *office.Office) func() error {
				o.Desk("bob").Refuse(func(m *sip.Message) int {
					if m.Method() == sip.INVITE && m.Has(sip.HeaderJoin) {
						return code
					}
					return 0
				})
				return func() error { return nil }
			}),
		}})
	}
}

// TestJoinedLeft: whoever hangs up everything at whatever moment, nothing is left.
func TestJoinedLeft(t *testing.T) {
	for _, who := range []string{"alice", "bob", "carol"} {
		for moment := range 8 {
			run(t, []play.Scene{{
				Name: fmt.Sprintf("%s-%d", who, moment), Seeds: 6,
				Play: meeting(func(o *office.Office) []func() error {
					return []func() error{func() error {
						d := o.Desk("bob").Call("alice").Dialog()
						wait := o.Begin("carol", func(t *task.Task, a *ua.Agent) error {
							id := sip.DialogID{CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag}
							_, err := conference.Join(t, a, office.AOR("bob"), id)
							return err
						})
						if err := o.RunFor(time.Duration(moment) * 25 * time.Millisecond); err != nil {
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
