package assist_test

import (
	"fmt"
	"strings"
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/sim"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// TestHidden: who has hidden from bob (RFC 3323) is not shown to carol, whom bob calls by a code.
func TestHidden(t *testing.T) {
	const anonymous = "sip:anonymous@anonymous.invalid"
	for _, test := range []struct {
		reason string
		hides  bool
		who    string
		code   string
		from   string
	}{
		{"a caller is transferred", false, "bob", "##1003#", "sip:alice@example.test"},
		{"one who hides", true, "bob", "##1003#", anonymous},
		{"bob consults", true, "bob", "*21003#", "sip:bob@example.test"},
		{"alice, who hides, consults", true, "alice", "*21003#", anonymous},
		{"alice, who hides, transfers", true, "alice", "##1003#", "sip:bob@example.test"},
	} {
		o := office.New(sim.New(sim.Config{}), helped(), "alice", "server", "bob", "carol")
		o.Staff(ua.Handlers{}, map[string]office.Manner{"carol": {Never: true}})
		i := ua.Invitation{Target: office.AOR("bob")}
		if test.hides {
			i.From, i.Fields = ua.Party{URI: anonymous, Name: "Anonymous"}, []ua.Field{{Name: sip.HeaderPrivacy, Value: "id"}}
		}
		err := office.InOrder(func() error {
			return o.Act("alice", func(t *task.Task, a *ua.Agent) error {
				c, err := a.Invite(i)
				if err == nil {
					err = c.Settle(t)
				}
				return err
			})
		}, o.Pause, press(o, test.who, test.code), rings(o, "carol"), func() error {
			rung := o.Desk("carol").Agent().Calls()[0]
			if rung.Remote.URI != test.from || rung.Remote.Asserted == test.hides && test.from == anonymous {
				return fmt.Errorf("%w: carol is called by %+v", errUnlike, rung.Remote)
			}
			if test.hides && strings.Contains(rung.ReferredBy, "alice") {
				return fmt.Errorf("%w: carol hears of %s", errUnlike, rung.ReferredBy)
			}
			return nil
		}, o.GoHome)
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
		}
	}
}

// TestHiddenWithin: who has hidden from bob remains so when she holds him, whom the server knows by her credentials.
func TestHiddenWithin(t *testing.T) {
	o := office.New(sim.New(sim.Config{}), office.Options{Digest: true}, "alice", "server", "bob")
	o.Staff(ua.Handlers{}, nil)
	err := office.InOrder(meetsHidden(o), func() error {
		return o.Do("alice", "bob", func(t *task.Task, call *ua.Call) error { return call.Hold(t) })
	}, sees(o, "bob", ua.Anonymous.URI), o.GoHome)
	if err != nil {
		t.Error(err)
	}
}

// TestHiddenByFrom: who hides by an anonymous From alone, known by her credentials, is not told of either (RFC 3323 §4.1.1.3): with the server's help
// and without, nor is it told to whom bob hands her over.
func TestHiddenByFrom(t *testing.T) {
	for _, options := range []office.Options{{Digest: true}, helped()} {
		o := office.New(sim.New(sim.Config{}), options, "alice", "server", "bob", "carol")
		o.Staff(ua.Handlers{}, nil)
		steps := []func() error{hides(o), sees(o, "bob", ua.Anonymous.URI)}
		if options.Server != nil {
			steps = append(steps, press(o, "bob", "*21003#"), until(o, "bob hears carol"), o.Pause, leaves(o, "bob"), sees(o, "carol", ua.Anonymous.URI))
		}
		if err := office.InOrder(append(steps, o.GoHome)...); err != nil {
			t.Error(err)
		}
	}
}
