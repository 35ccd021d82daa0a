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

// toCarol is alice's transfer of bob.
func toCarol(atOnce bool) act {
	return func(t *task.Task, call *ua.Call) error {
		return transfer.Unattended(t, call, office.AOR("carol"), transfer.Options{AtOnce: atOnce})
	}
}

// unattended is how every scene here begins: bob calls alice.
func unattended(steps func(o *office.Office) []func() error) func(o *office.Office) error {
	return func(o *office.Office) error {
		return office.InOrder(append([]func() error{func() error { return o.Meet("bob", "alice") }}, steps(o)...)...)
	}
}

// transfers is a scene in which alice transfers bob, and that is all.
func transfers(act act) func(o *office.Office) error {
	return unattended(func(o *office.Office) []func() error { return []func() error{does(o, "alice", "bob", act)} })
}

const unattendedLadder = `F1 bob>alice INVITE
F2 alice>bob 180 Ringing
F3 alice>bob 200 OK
F4 bob>alice ACK
F5 alice>bob REFER
F6 bob>alice 200 OK
F7 bob>alice NOTIFY 100 Trying
F8 alice>bob 200 OK
F9 alice>bob BYE
F10 bob>alice 200 OK
F11 bob>carol INVITE Referred-By
F12 carol>bob 180 Ringing
F13 carol>bob 200 OK
F14 bob>carol ACK
F15 bob>alice NOTIFY 200 OK
F16 alice>bob 200 OK`

func TestUnattended(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "unattended", Title: "RFC 5359 section 2.4: Alice transfers Bob to Carol, and hangs up at once",
			Golden: true, Documents: "unattended.go", Want: unattendedLadder, Hears: bobCarol,
			Play: transfers(toCarol(true)),
		},
		{
			Name: "unattended-stays", Title: "Alice stays until Bob and Carol talk (RFC 5589 section 6.1)", Golden: true, Hears: bobCarol,
			Play: transfers(toCarol(false)),
		},
		{
			Name: "unattended-refused", Title: "Bob does not want to be transferred: he and Alice talk on", Golden: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				o.Desk("bob").RefuseAgain(sip.REFER, 603)
				return transfers(office.Refuses(toCarol(false), 603))(o)
			},
		},
		{
			Name: "unattended-busy", Title: "Carol is busy: Bob and Alice talk on", Golden: true, Hears: aliceBob,
			Manners: map[string]office.Manner{"carol": {Code: 486}}, Play: transfers(office.Refuses(toCarol(false), 486)),
		},
		{
			Name: "unattended-returned", Title: "Carol is busy, and Alice has hung up: Bob calls her again", Golden: true, Hears: aliceBob,
			Manners: map[string]office.Manner{"carol": {Code: 486}}, Play: transfers(office.Refuses(toCarol(true), 486)),
		},
		{
			Name: "unattended-left", Title: "Alice does not wait for Carol's answer: Bob and Carol talk all the same", Golden: true, Hears: bobCarol,
			Manners: map[string]office.Manner{"carol": {Rings: 100 * time.Second}},
			Play: unattended(func(o *office.Office) []func() error {
				return []func() error{o.During(o.Starts("alice", "bob", toCarol(false)), o.Rings("bob", "carol"), leaves(o, "alice", "bob"))}
			}),
		},
		{
			Name: "unattended-left-busy", Title: "nor for her refusal: Bob calls her again", Hears: aliceBob,
			Manners: map[string]office.Manner{"carol": {Rings: 100 * time.Second, Code: 486}},
			Play: unattended(func(o *office.Office) []func() error {
				return []func() error{o.During(o.Starts("alice", "bob", office.Refuses(toCarol(false), 486)), o.Rings("bob", "carol"), leaves(o, "alice", "bob"))}
			}),
		},
		{
			Name: "unattended-given-up", Title: "Bob gives Carol up while her phone rings: he and Alice talk on", Golden: true, Hears: aliceBob,
			Manners: map[string]office.Manner{"carol": {Never: true}},
			Play: unattended(func(o *office.Office) []func() error {
				return []func() error{o.During(o.Starts("alice", "bob", office.Refuses(toCarol(false), 487)), o.Rings("bob", "carol"), leaves(o, "bob", "carol"))}
			}),
		},
		{
			Name: "unattended-given-up-alone", Title: "and calls nobody back when Alice has hung up",
			Manners: map[string]office.Manner{"carol": {Never: true}},
			Play: unattended(func(o *office.Office) []func() error {
				return []func() error{o.During(o.Starts("alice", "bob", office.Refuses(toCarol(true), 487)), o.Rings("bob", "carol"), leaves(o, "bob", "carol"))}
			}),
		},
		{
			Name: "unattended-first-ended", Title: "Bob hangs up on Alice while Carol's phone rings: he goes on to Carol", Hears: bobCarol,
			Manners: map[string]office.Manner{"carol": {Rings: 100 * time.Second}},
			Play: unattended(func(o *office.Office) []func() error {
				return []func() error{o.During(o.Starts("alice", "bob", toCarol(false)), o.Rings("bob", "carol"), leaves(o, "bob", "alice"))}
			}),
		},
		{
			Name: "unattended-by-caller", Title: "it was Alice who called Bob", Hears: bobCarol,
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return o.Meet("alice", "bob") }, does(o, "alice", "bob", toCarol(true)))
			},
		},
		{
			Name: "unattended-with-credentials", Title: "the server asks everybody for credentials", Hears: bobCarol,
			Office: office.Options{Digest: true}, Play: transfers(toCarol(false)),
		},
		{
			Name: "unattended-held", Title: "Alice holds Bob before: when it fails he is on hold as he was", Hears: "",
			Manners: map[string]office.Manner{"carol": {Code: 486}},
			Play: unattended(func(o *office.Office) []func() error {
				return []func() error{
					does(o, "alice", "bob", func(t *task.Task, call *ua.Call) error { return call.Hold(t) }),
					does(o, "alice", "bob", office.Refuses(toCarol(false), 486)),
				}
			}),
		},
	})
}

// TestUnattendedRefused: whatever Bob or Carol refuses it with, Alice is told, and the two talk on.
func TestUnattendedRefused(t *testing.T) {
	for _, code := range []int{403, 405, 500, 501, 603} {
		run(t, []play.Scene{{
			Name: fmt.Sprintf("refer-%d", code), Seeds: 8, Hears: aliceBob,
			Play: func(o *office.Office) error {
				o.Desk("bob").RefuseAgain(sip.REFER, code)
				return transfers(office.Refuses(toCarol(code%2 == 0), code))(o)
			},
		}})
	}
	for _, code := range []int{403, 404, 480, 486, 488, 600, 603} {
		run(t, []play.Scene{{
			Name: fmt.Sprintf("target-%d", code), Seeds: 8, Hears: aliceBob,
			Manners: map[string]office.Manner{"carol": {Code: code}}, Play: transfers(office.Refuses(toCarol(code%2 == 0), code)),
		}})
	}
	run(t, []play.Scene{
		{
			Name: "method-bye", Title: "a REFER that asks for something else than a call", Seeds: 8, Hears: aliceBob,
			Play: transfers(office.Refuses(func(t *task.Task, call *ua.Call) error {
				return transfer.Unattended(t, call, office.AOR("carol")+";method=BYE", transfer.Options{})
			}, 501)),
		},
		{
			Name: "no-refer", Title: "Bob's phone knows no REFER", Seeds: 8, Hears: aliceBob,
			Manners: map[string]office.Manner{"bob": {Plain: true}}, Play: transfers(office.Refuses(toCarol(true), 405)),
		},
		{
			Name: "no-answer", Title: "Carol's phone rings on: Bob gives up before the subscription does", Seeds: 8, Hears: aliceBob,
			Manners: map[string]office.Manner{"carol": {Never: true}},
			Play: transfers(fails(toCarol(false), func(err error) error {
				var status *sip.StatusError
				if !errors.As(err, &status) || status.Code != 408 && status.Code != 480 && status.Code != 487 {
					return fmt.Errorf("nobody answered: got %w", err)
				}
				return nil
			})),
		},
		{
			Name: "silence", Title: "Carol's phone says nothing", Seeds: 8, Hears: aliceBob,
			Manners: map[string]office.Manner{"carol": {Sleep: true}},
			Play: unattended(func(o *office.Office) []func() error {
				o.Desk("carol").Refuse(func(*sip.Message) int { return office.Drop })
				return []func() error{does(o, "alice", "bob", office.Refuses(toCarol(false), 408))}
			}),
		},
	})
}

// TestReports: what becomes of the NOTIFYs does not keep Bob from talking to Carol.
func TestReports(t *testing.T) {
	unknown := fails(toCarol(false), func(err error) error {
		if !errors.Is(err, transfer.ErrUnknown) {
			return fmt.Errorf("nobody told: got %w", err)
		}
		return nil
	})
	for name, code := range map[string]int{"lost": office.Drop, "481": 481, "500": 500} {
		run(t, []play.Scene{{
			Name: "reports-" + name, Seeds: 8, Hears: bobCarol,
			Play: func(o *office.Office) error {
				o.Desk("alice").RefuseAgain(sip.NOTIFY, code)
				return transfers(unknown)(o)
			},
		}})
	}
	run(t, []play.Scene{{
		Name: "last-report-lost", Title: "only the final NOTIFY is lost", Seeds: 8, Hears: bobCarol,
		Play: func(o *office.Office) error {
			o.Desk("alice").Refuse(func(m *sip.Message) int {
				if m.Method() == sip.NOTIFY && len(m.Body()) > 0 && m.Body()[8] == '2' {
					return office.Drop
				}
				return 0
			})
			return transfers(unknown)(o)
		},
	}})
}

// TestUnattendedLeft: whoever hangs up whatever at whatever moment, nothing is left, and whoever was asked to talk
// to somebody still does.
func TestUnattendedLeft(t *testing.T) {
	for _, who := range []string{"alice", "bob", "carol"} {
		for moment := range 12 {
			run(t, []play.Scene{{
				Name: fmt.Sprintf("%s-%d", who, moment), Seeds: 6,
				Play: unattended(func(o *office.Office) []func() error {
					return []func() error{func() error {
						wait := o.Begin("alice", func(t *task.Task, a *ua.Agent) error { return toCarol(moment%2 == 0)(t, a.Calls()[0]) })
						if err := o.RunFor(time.Duration(moment) * 120 * time.Millisecond); err != nil {
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
