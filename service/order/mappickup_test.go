package order_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/b2bua"
	"hookflash/directory"
	"hookflash/event/dialoginfo"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/proxy"
	"hookflash/service/pickup"
	"hookflash/service/transfer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// helpedLamps is a domain with lamps in which all calls go through the agent that helps telephones; bob and bill may pick up
// each other's, also by codes.
func helpedLamps() office.Options {
	options := withLamps(false)
	before := options.Server
	options.Lasts = map[string]time.Duration{"tone:none": 3 * time.Second, "tone:refused": 3 * time.Second}
	options.Server = func(c *domain.Config) {
		before(c)
		c.Assist, c.Routing = directory.AssistAll, map[string]*directory.Routing{"bob": {Numbers: []string{"1002"}}}
		c.Codes = []proxy.Code{{Code: "*8", Does: "pickup-group"}, {Code: "**", Does: "pickup"}}
		c.Inside = append(c.Inside, domain.Agent{Name: "codes", Install: excuse}, domain.Agent{
			Name: "bridge", Settings: ua.Settings{ContactParams: b2bua.ContactParams},
			Install: func(a *ua.Agent) {
				b2bua.New(a, b2bua.Settings{Domain: "example.test", Local: localUser, Partner: func(call *ua.Call, with ua.Party) {
					d := call.Dialog()
					a.Tell(proxy.Partner{Dialog: d.Triple(), By: "bridge", As: with.URI})
				}})
			},
		})
	}
	return options
}

// excuse is an agent that says why a code did nothing.
func excuse(a *ua.Agent) {
	a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
		a.Go("excuse", func(t *task.Task) {
			uri, err := sip.ParseURI(c.Target)
			if err != nil || c.Answer() != nil {
				return
			}
			why, _ := uri.Params.Get("result")
			if c.Say(t, "tone:"+why) == nil {
				c.HangUp()
			}
		})
	}})
}

// shown is what a lamp shows of calls: who with whom, and how far.
func (e *eye) shown() string {
	var lines []string
	for _, d := range e.table.Dialogs() {
		lines = append(lines, fmt.Sprintf("%s %s %s", d.Direction, d.State, strings.TrimSuffix(strings.TrimPrefix(d.Remote.Identity.URI, "sip:"), "@example.test")))
	}
	return strings.Join(lines, "; ")
}

func (e *eye) tells(o *office.Office, want string) func() error {
	return func() error {
		if err := o.RunUntil(func() bool { return e.table.Known() && e.shown() == want }, 5*time.Minute); err != nil {
			return fmt.Errorf("the lamp shows %q, want %q: %w", e.shown(), want, err)
		}
		return e.fault
	}
}

// dials has somebody dial, and attend to what comes of it.
func dials(o *office.Office, who, number string) func() error {
	return func() error {
		return o.Act(who, func(t *task.Task, a *ua.Agent) error {
			c, err := a.Invite(ua.Invitation{Target: office.AOR(number)})
			if err != nil {
				return err
			}
			if err := c.Settle(t); err != nil {
				return err
			}
			a.Attend(c)
			return nil
		})
	}
}

// collects has somebody pick up by the lamps of a target.
func collects(o *office.Office, who string, target func() string) func() error {
	return func() error {
		return o.Act(who, func(t *task.Task, a *ua.Agent) error {
			_, err := pickup.Pickup(t, a, target())
			return err
		})
	}
}

// hiding is a step: alice calls somebody who is not to know who calls.
func hiding(o *office.Office, target string) func() error {
	return func() error {
		return o.Act("alice", func(_ *task.Task, a *ua.Agent) error {
			_, err := a.Invite(ua.Invitation{Target: office.AOR(target), Fields: []ua.Field{{Name: sip.HeaderPrivacy, Value: "id"}}})
			return err
		})
	}
}

// ringing waits until somebody's telephone rings, and the caller knows.
func ringing(o *office.Office, caller, called string) func() error {
	return func() error {
		return o.RunUntil(func() bool {
			c := o.Desk(caller).Call(called)
			return c != nil && c.State == ua.Alerting && slices.ContainsFunc(o.Desk(called).Agent().Calls(), func(c *ua.Call) bool { return c.State == ua.Alerting })
		}, 3*time.Minute)
	}
}

// TestExchangeLamps: a call through the exchange is one call at each of its users' lamps, with the other one.
func TestExchangeLamps(t *testing.T) {
	never := map[string]office.Manner{"bob": {Never: true}}
	desks := []string{"alice", "server", "bob", "bill", "carol", "dave"}
	hear := func(o *office.Office, want string) func() error { return func() error { return o.Hears(want) } }
	for _, s := range []struct {
		play.Scene
		steps func(o *office.Office, one, other *eye) []func() error
	}{
		{play.Scene{Name: "bridged-lamps", Title: "the lamps of caller and callee", Manners: never}, func(o *office.Office, one, other *eye) []func() error {
			return []func() error{
				opens(o, "alice", "alice", one), opens(o, "bill", "bob", other), calling(o, "bob"), one.tells(o, "initiator early bob"),
				other.tells(o, "recipient early alice"), answers(o, "bob"), one.tells(o, "initiator confirmed bob"), other.tells(o, "recipient confirmed alice"),
				hangsUp(o, "alice", "bob"), one.tells(o, ""), other.tells(o, ""), one.closes(o, "alice"), other.closes(o, "bill"),
			}
		}},
		{play.Scene{Name: "bridged-lamps-during", Title: "and to who begins to watch during the call", Manners: never}, func(o *office.Office, one, other *eye) []func() error {
			return []func() error{
				calling(o, "bob"), ringing(o, "alice", "bob"), answers(o, "bob"), opens(o, "alice", "alice", one), opens(o, "bill", "bob", other),
				one.tells(o, "initiator confirmed bob"), other.tells(o, "recipient confirmed alice"), o.Leave, one.tells(o, ""), other.tells(o, ""),
				one.closes(o, "alice"), other.closes(o, "bill"),
			}
		}},
		{play.Scene{Name: "bridged-lamps-transfer", Title: "bob hands alice over to carol: his lamp goes out, and carol's is on", Manners: never}, func(o *office.Office, one, other *eye) []func() error {
			return []func() error{
				calling(o, "bob"), ringing(o, "alice", "bob"), answers(o, "bob"), opens(o, "carol", "carol", one), opens(o, "bill", "bob", other),
				other.tells(o, "recipient confirmed alice"), refers(o, "bob", "alice", "carol"), one.tells(o, "recipient confirmed alice"), other.tells(o, ""),
				o.Leave, one.tells(o, ""), one.closes(o, "carol"), other.closes(o, "bill"),
			}
		}},
		{play.Scene{Name: "bridged-lamps-partner", Title: "and alice's lamp tells of carol then", Manners: never}, func(o *office.Office, one, other *eye) []func() error {
			return []func() error{
				calling(o, "bob"), ringing(o, "alice", "bob"), answers(o, "bob"), opens(o, "alice", "alice", one), one.tells(o, "initiator confirmed bob"),
				refers(o, "bob", "alice", "carol"), one.tells(o, "initiator confirmed carol"), o.Leave, one.tells(o, ""), one.closes(o, "alice"),
			}
		}},
		{play.Scene{Name: "bridged-lamps-united", Title: "as both tell of each other who were connected by REFER with Replaces", Manners: never}, func(o *office.Office, one, other *eye) []func() error {
			return []func() error{
				calling(o, "bob"), ringing(o, "alice", "bob"), answers(o, "bob"), holds(o, "bob", "alice"), meets(o, "bob", "carol"),
				opens(o, "alice", "alice", one), opens(o, "carol", "carol", other), other.tells(o, "recipient confirmed bob"),
				does(o, "bob", "alice", func(t *task.Task, call *ua.Call) error {
					return transfer.Attended(t, call, o.Desk("bob").Call("carol"))
				}),
				one.tells(o, "initiator confirmed carol"), other.tells(o, "recipient confirmed alice"), o.Leave, one.tells(o, ""), one.closes(o, "alice"), other.closes(o, "carol"),
			}
		}},
		{play.Scene{Name: "bridged-pickup", Title: "bill picks up by bob's lamp", Manners: never, Hears: "alice hears bill\nbill hears alice"}, func(o *office.Office, one, other *eye) []func() error {
			return []func() error{
				calling(o, "bob"), ringing(o, "alice", "bob"), opens(o, "bob", "bill", one), opens(o, "alice", "alice", other),
				collects(o, "bill", func() string { return office.AOR("bob") }), one.tells(o, "initiator confirmed alice"), other.tells(o, "initiator confirmed bob"),
				one.closes(o, "bob"), other.closes(o, "alice"),
			}
		}},
		{play.Scene{Name: "bridged-pickup-phone", Title: "by what bob's telephone itself tells", Manners: never, Hears: "alice hears bill\nbill hears alice"}, func(o *office.Office, _, _ *eye) []func() error {
			return []func() error{calling(o, "bob"), ringing(o, "alice", "bob"), collects(o, "bill", func() string { return o.Desk("bob").Agent().ContactURI() }), o.Pause}
		}},
		{play.Scene{Name: "bridged-pickup-group", Title: "by the lamps of the group", Manners: never, Hears: "alice hears bill\nbill hears alice"}, func(o *office.Office, _, _ *eye) []func() error {
			return []func() error{calling(o, "bob"), ringing(o, "alice", "bob"), collects(o, "bill", func() string { return office.AOR("2000") }), o.Pause}
		}},
		{play.Scene{Name: "bridged-pickup-code", Title: "by the code of the group", Manners: never, Hears: "alice hears bill\nbill hears alice"}, func(o *office.Office, one, _ *eye) []func() error {
			return []func() error{
				calling(o, "bob"), ringing(o, "alice", "bob"), opens(o, "bob", "bill", one), dials(o, "bill", "*8"),
				one.tells(o, "initiator confirmed alice"), one.closes(o, "bob"),
			}
		}},
		{play.Scene{Name: "bridged-pickup-directed", Title: "by the code and bob's number", Manners: never, Hears: "alice hears bill\nbill hears alice"}, func(o *office.Office, _, _ *eye) []func() error {
			return []func() error{calling(o, "bob"), ringing(o, "alice", "bob"), dials(o, "bill", "**1002"), o.Pause}
		}},
		{play.Scene{Name: "bridged-pickup-transfer", Title: "what rings because carol hands alice over is picked up, too", Manners: never, Hears: "alice hears bill\nbill hears alice"}, func(o *office.Office, _, _ *eye) []func() error {
			return []func() error{meets(o, "alice", "carol"), func() error {
				call := o.Desk("carol").Call("alice")
				wait := o.Begin("carol", func(t *task.Task, _ *ua.Agent) error {
					return transfer.Unattended(t, call, office.AOR("bob"), transfer.Options{})
				})
				return office.InOrder(func() error { return o.RunUntil(o.Rings("alice", "bob"), 3*time.Minute) }, func() error { return o.RunFor(10 * time.Second) },
					collects(o, "bill", func() string { return office.AOR("bob") }), wait, o.Pause)
			}}
		}},
		{play.Scene{Name: "bridged-lamps-hidden", Title: "alice hides: nobody's lamp tells of her but her own, whoever takes the call", Manners: never, Hears: "alice hears bill\nbill hears alice"}, func(o *office.Office, one, other *eye) []func() error {
			bill := &eye{}
			return []func() error{
				opens(o, "alice", "alice", one), opens(o, "bill", "bob", other), opens(o, "bob", "bill", bill), hiding(o, "bob"), one.tells(o, "initiator early bob"), other.tells(o, "recipient early "),
				ringing(o, "alice", "bob"), dials(o, "bill", "*8"), other.tells(o, ""), bill.tells(o, "initiator confirmed *8"), one.tells(o, "initiator confirmed bob"),
				one.closes(o, "alice"), other.closes(o, "bill"), bill.closes(o, "bob"),
			}
		}},
		{play.Scene{Name: "bridged-pickup-stranger", Title: "dave is in no group with bob, whose telephone rings on", Manners: never}, func(o *office.Office, _, _ *eye) []func() error {
			return []func() error{
				calling(o, "bob"), ringing(o, "alice", "bob"), dials(o, "dave", "**bob"), func() error { return o.RunFor(time.Second) },
				hear(o, "dave hears codes's tone:refused"), ringing(o, "alice", "bob"), hangsUp(o, "alice", "bob"),
			}
		}},
		{play.Scene{Name: "bridged-pickup-nothing", Title: "the call was answered", Manners: never, Hears: "alice hears bob\nbob hears alice"}, func(o *office.Office, _, _ *eye) []func() error {
			return []func() error{
				calling(o, "bob"), ringing(o, "alice", "bob"), answers(o, "bob"), dials(o, "bill", "**bob"), func() error { return o.RunFor(time.Second) },
				hear(o, "alice hears bob\nbob hears alice\nbill hears codes's tone:none"), o.Pause,
			}
		}},
		{play.Scene{Name: "bridged-pickup-late", Title: "bob answers between what bill sees and does: 486", Manners: never, Hears: "alice hears bob\nbob hears alice"}, func(o *office.Office, _, other *eye) []func() error {
			var seen dialoginfo.Dialog
			return []func() error{
				opens(o, "bill", "bob", other), calling(o, "bob"), other.tells(o, "recipient early alice"),
				func() error { seen = other.table.Dialogs()[0]; return nil }, answers(o, "bob"),
				func() error {
					id := seen.Triple()
					id.EarlyOnly = true
					for _, target := range []string{seen.Remote.Target, seen.Remote.Identity.URI, office.AOR("bob")} {
						err := o.Act("bill", func(t *task.Task, a *ua.Agent) error {
							call, err := a.Invite(ua.Invitation{Target: target, Replaces: id})
							if err != nil {
								return err
							}
							return call.Settle(t)
						})
						if err = office.Refused(err, 486); err != nil {
							return errors.Join(fmt.Errorf("to %s", target), err)
						}
					}
					return nil
				}, other.closes(o, "bill"), o.Pause,
			}
		}},
	} {
		s.Desks, s.Office = desks, helpedLamps()
		s.Play = equipped(desks, func(o *office.Office) error {
			o.Desk("alice").Do(func(a *ua.Agent) { a.Handle(ua.Handlers{}) }) // her telephone knows nothing
			o.Desk("bob").Do(func(a *ua.Agent) {
				a.Handlers().Subscribe[ua.DialogPackage] = a.DialogEvents(func(p ua.Party) bool { return p.URI == office.AOR("bill") })
			})
			return office.InOrder(s.steps(o, &eye{}, &eye{})...)
		})
		s.Run(t)
	}
}
