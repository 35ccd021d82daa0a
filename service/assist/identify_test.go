package assist_test

import (
	"fmt"
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// sees holds whom somebody's telephone shows in its only call.
func sees(o *office.Office, who, uri string) func() error {
	return func() error {
		calls := o.Desk(who).Agent().Calls()
		if len(calls) != 1 || calls[0].Remote.URI != uri {
			return fmt.Errorf("%w: %s is in %d calls, with %+v, want %s", errUnlike, who, len(calls), shown(calls), uri)
		}
		return nil
	}
}

func shown(calls []*ua.Call) (parties []ua.Party) {
	for _, c := range calls {
		parties = append(parties, c.Remote)
	}
	return parties
}

// meetsHidden has alice call bob without being known to him (RFC 3323).
func meetsHidden(o *office.Office) func() error {
	return hides(o, ua.Field{Name: sip.HeaderPrivacy, Value: "id"})
}

// hides is meetsHidden by an anonymous From, and what else the INVITE says.
func hides(o *office.Office, fields ...ua.Field) func() error {
	return func() error {
		return office.InOrder(func() error {
			return o.Act("alice", func(t *task.Task, a *ua.Agent) error {
				call, err := a.Invite(ua.Invitation{Target: office.AOR("bob"), From: ua.Anonymous, Fields: fields})
				if err != nil {
					return err
				}
				a.Attend(call)
				return call.Settle(t)
			})
		}, o.Pause)
	}
}

// TestIdentify: a telephone that takes UPDATE shows with whom it is connected, one that does not goes on as it did.
func TestIdentify(t *testing.T) {
	plain := func(names ...string) map[string]office.Manner {
		manners := map[string]office.Manner{}
		for _, name := range names {
			manners[name] = office.Manner{Plain: true}
		}
		return manners
	}
	met := func(steps func(o *office.Office) []func() error) func(o *office.Office) []func() error {
		return func(o *office.Office) []func() error {
			return append([]func() error{func() error { return o.Meet("alice", "bob") }}, steps(o)...)
		}
	}
	consults := func(o *office.Office) []func() error {
		return []func() error{press(o, "bob", "*21003#"), until(o, "bob hears carol"), o.Pause, leaves(o, "bob")}
	}
	for _, s := range []struct {
		play.Scene
		steps func(o *office.Office) []func() error
	}{
		{Scene: play.Scene{Name: "identify-plain-target", Title: "carol's telephone knows no UPDATE, alice's does", Golden: true, Manners: plain("carol"), Hears: aliceCarol}, steps: met(func(o *office.Office) []func() error {
			return append(consults(o), sees(o, "alice", office.AOR("carol")), sees(o, "carol", office.AOR("bob")))
		})},
		{Scene: play.Scene{Name: "identify-plain-caller", Title: "alice's telephone knows no UPDATE, carol's does", Golden: true, Manners: plain("alice"), Hears: aliceCarol}, steps: met(func(o *office.Office) []func() error {
			return append(consults(o), sees(o, "alice", office.AOR("bob")), sees(o, "carol", office.AOR("alice")))
		})},
		{Scene: play.Scene{Name: "identify-plain-both", Title: "neither does", Manners: plain("alice", "carol"), Hears: aliceCarol}, steps: met(func(o *office.Office) []func() error {
			return append(consults(o), sees(o, "alice", office.AOR("bob")), sees(o, "carol", office.AOR("bob")))
		})},
		{Scene: play.Scene{Name: "identify-hidden", Title: "who hides is nobody in particular", Golden: true, Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return append(append([]func() error{meetsHidden(o)}, consults(o)...), sees(o, "alice", office.AOR("carol")), sees(o, "carol", ua.Anonymous.URI))
		}},
		{Scene: play.Scene{Name: "identify-hidden-holds", Title: "also after a hold", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			steps := append([]func() error{meetsHidden(o)}, consults(o)...)
			return append(steps, func() error {
				return o.Do("alice", "carol", func(t *task.Task, call *ua.Call) error {
					if err := call.Hold(t); err != nil {
						return err
					}
					return call.Resume(t)
				})
			}, sees(o, "carol", ua.Anonymous.URI))
		}},
		{Scene: play.Scene{Name: "identify-back", Title: "carol hangs up, and bob is back", Golden: true, Hears: aliceBob}, steps: met(func(o *office.Office) []func() error {
			return []func() error{
				press(o, "bob", "*31003#"), until(o, "bob hears alice, carol"), o.Pause, leaves(o, "carol"),
				sees(o, "alice", office.AOR("bob")), sees(o, "bob", office.AOR("alice")),
			}
		})},
		{Scene: play.Scene{Name: "identify-transfers", Title: "one transfer after the other", Hears: aliceBob}, steps: met(func(o *office.Office) []func() error {
			return []func() error{
				press(o, "bob", "##1003#"), o.Pause, sees(o, "alice", office.AOR("carol")), sees(o, "carol", office.AOR("alice")),
				press(o, "carol", "##1002#"), o.Pause, sees(o, "alice", office.AOR("bob")), sees(o, "bob", office.AOR("alice")),
			}
		})},
	} {
		s.Office = helped()
		s.Play = func(o *office.Office) error { return office.InOrder(s.steps(o)...) }
		s.Run(t)
	}
}
