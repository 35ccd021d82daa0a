package domain_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
)

// TestTollFraud: however a call to a number that costs more gets on its way, it does not leave by a trunk.
func TestTollFraud(t *testing.T) {
	const premium = "+4919001"
	bobs := func(change func(r *directory.Routing)) func(*domain.Config) {
		return func(c *domain.Config) {
			r := &directory.Routing{Numbers: []string{"1002", "+49301002"}}
			change(r)
			c.Routing = numbersOf(map[string]*directory.Routing{"bob": r})
		}
	}
	group := func(g directory.Group) func(*domain.Config) {
		return func(c *domain.Config) {
			g.Name = "sales"
			c.Groups = map[string]*directory.Group{"sales": &g}
		}
	}
	guests := func(c *domain.Config) { c.Guests = true }
	ring := directory.Duration(2 * time.Second)
	for _, test := range []struct {
		reason string
		change []func(*domain.Config)
		bob    sim.Behaviour
		aim    string // of alice; "": bob
		guest  string // who calls instead: a URI of From
		never  bool   // also where alice and bob may call anybody
	}{
		{reason: "dialled", aim: "sip:" + premium + "@example.test"},
		{reason: "dialled as at home", aim: "sip:019001@example.test"},
		{reason: "as a tel URI with marks", aim: "tel:+49-1900-1"},
		{reason: "at one of our sockets", aim: "sip:" + premium + "@192.0.2.10:5060;user=phone"},
		{reason: "forwarded", change: []func(*domain.Config){bobs(func(r *directory.Routing) { r.Forward.Unconditional = to(premium) })}},
		{reason: "forwarded when busy", bob: sim.Busy(), change: []func(*domain.Config){bobs(func(r *directory.Routing) { r.Forward.Busy = to(premium) })}},
		{reason: "forwarded when nobody answers", bob: sim.RingForever(), change: []func(*domain.Config){
			bobs(func(r *directory.Routing) { r.Forward.NoAnswer = directory.NoAnswer{To: to(premium), After: ring} }),
		}},
		{reason: "a step of find-me", bob: sim.RingForever(), change: []func(*domain.Config){bobs(func(r *directory.Routing) {
			r.FindMe.Steps = []directory.Step{{Targets: []directory.Target{to("phones"), to(premium)}, For: ring}, {Targets: []directory.Target{to(premium)}, For: ring}}
		})}},
		{reason: "where screening sends a caller", change: []func(*domain.Config){
			bobs(func(r *directory.Routing) {
				r.Screening = []directory.Rule{{Action: directory.ActionDivert, To: to(premium)}}
			}),
		}},
		{reason: "a redirection that is followed", bob: sim.Redirect("sip:" + premium + "@example.test"), change: []func(*domain.Config){
			func(c *domain.Config) { c.Redirects = directory.RedirectsFollow },
		}},
		{reason: "a redirection to the gateway", bob: sim.Redirect("sip:" + premium + "@198.51.100.7"), change: []func(*domain.Config){
			func(c *domain.Config) { c.Redirects = directory.RedirectsFollow },
		}},
		{reason: "a guest dials a number that any user may", never: true, guest: "sip:eve@elsewhere.example", aim: "sip:+491511@example.test", change: []func(*domain.Config){guests}},
		{reason: "a guest calls the gateway", never: true, guest: "sip:eve@elsewhere.example", aim: "sip:+491511@198.51.100.7", change: []func(*domain.Config){guests}},
		{reason: "a guest calls a group that ends at a number", never: true, guest: "sip:eve@elsewhere.example", aim: "sip:sales@example.test", change: []func(*domain.Config){
			guests, group(directory.Group{Members: []string{"bob"}, Ring: ring, NoAnswer: to("+491511")}),
		}, bob: sim.RingForever()},
		{reason: "a guest who says to be bob's forward", never: true, guest: "sip:eve@elsewhere.example", aim: "sip:+491511@example.test;payer=bob", change: []func(*domain.Config){guests}},
		{reason: "alice on bob's bill", aim: "sip:" + premium + "@example.test;payer=carol", change: []func(*domain.Config){func(c *domain.Config) {
			c.Routing = numbersOf(map[string]*directory.Routing{"carol": {Outgoing: directory.Outgoing{Class: directory.ClassPremium}}})
		}}},
	} {
		for i := range 4 { // the last two calls go through the agent that helps telephones
			class, through := []directory.Class{directory.ClassDefault, directory.ClassPremium}[i%2], func(*domain.Config) {}
			if i >= 2 {
				through = bridged
			}
			l := newLine(t, nil, append(slices.Clone(test.change), through, func(c *domain.Config) {
				for _, name := range []string{"alice", "bob"} {
					changed := *c.Routing[name]
					changed.Outgoing.Class = class
					c.Routing[name] = &changed
				}
			})...)
			l.bound("bob", l.phone("bob", incoming(test.bob)))
			code := l.defraud(t, cmp.Or(test.aim, bobsAddress), test.guest)
			if may := class == directory.ClassPremium && !test.never; may != (len(l.gateway.got) > 0) || !may && code < 300 {
				t.Errorf("%s, class %q, %d: the call got %d, and the gateway %d messages\n%s", test.reason, class, i, code, len(l.gateway.got), l.Ladder().DrawPlain())
			}
		}
	}
}

// defraud has alice call, or a guest, and gives the final response.
func (l *line) defraud(t *testing.T, aim, guest string) int {
	t.Helper()
	wait := func() {
		if err := l.RunFor(3 * time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if guest == "" {
		call := l.alice.CallWith(aim, sim.CallOptions{CancelAll: time.Minute})
		wait()
		return call.FinalCode
	}
	asked := l.agent("mallory", machine.UDP, nil).ask(lines("INVITE "+aim+" SIP/2.0", "Via: SIP/2.0/UDP 203.0.113.66:5060;branch=z9hG4bKeve;rport", "Max-Forwards: 70",
		"From: <"+guest+">;tag=eve", "To: <"+aim+">", "Call-ID: eve", "CSeq: 1 INVITE", "Contact: <sip:eve@203.0.113.66:5060>"))
	wait()
	return asked.code()
}

// TestTrunkNames: the names of hops are looked up, what they lead to is tried in turn, and remembered.
func TestTrunkNames(t *testing.T) {
	leads := map[string][]string{"gw.example": {"198.51.100.21:5060", "198.51.100.22:5060"}, "backup.example": {"198.51.100.23:5060"}}
	for _, test := range []struct {
		reason string
		does   map[string]sim.Behaviour // by the last octet; those that are missing are silent
		first  string                   // who is asked by two calls, one after the other
		second string
	}{
		{"the first place is well", map[string]sim.Behaviour{"21": {}}, "21", "21"},
		{"the first says 503", map[string]sim.Behaviour{"21": {Code: 503}, "22": {}}, "21 22", "22"},
		{"a place that says 500 failed at that call alone", map[string]sim.Behaviour{"21": {Code: 500}, "22": {}}, "21 22", "21 22"},
		{"both fail: the next hop", map[string]sim.Behaviour{"21": {Code: 503}, "22": {Code: 503}, "23": {}}, "21 22 23", "23"},
		{"both are silent", map[string]sim.Behaviour{"23": {}}, "21 22 23", "23"},
		{"all fail: all are asked again, who failed first at the end", map[string]sim.Behaviour{"21": {Code: 503}, "22": {Code: 503}, "23": {Code: 503}}, "21 22 23", "23 22 21"},
	} {
		l := newLine(t, nil, func(c *domain.Config) {
			c.Trunks[0].Hops = []string{"sip:gw.example", "sip:backup.example"}
			c.Lookup = func(hop proxy.NextHop) (found proxy.Candidates) {
				for _, address := range leads[hop.Host] {
					found.List = append(found.List, proxy.Candidate{Transport: machine.UDP, Address: at(address), Name: hop.Host})
				}
				return found
			}
		})
		for _, octet := range []string{"21", "22", "23"} {
			does, there := test.does[octet]
			does.Silent = !there
			l.phone("hop"+octet, incoming(does), func(c *sim.PhoneConfig) { c.Address = netip.MustParseAddrPort("198.51.100." + octet + ":5060") })
		}
		for _, want := range []string{test.first, test.second} {
			since := len(l.Ladder().Arrows)
			call := l.alice.CallWith("sip:0301234@example.test", sim.CallOptions{HangUp: time.Second})
			if err := l.RunFor(20 * time.Second); err != nil {
				t.Fatal(err)
			}
			var asked []string
			ladder := l.Ladder()
			for _, arrow := range ladder.Arrows[since:] {
				if m, err := sip.Parse(arrow.Text); err == nil && m.IsRequest() && m.Method() == sip.INVITE && ladder.Name(arrow.From) == "server" {
					to := strings.TrimPrefix(ladder.Name(arrow.To), "hop")
					if len(asked) == 0 || asked[len(asked)-1] != to {
						asked = append(asked, to)
					}
				}
			}
			if got := strings.Join(asked, " "); got != want {
				t.Errorf("%s: asked %s, not %s; alice got %d\n%s", test.reason, got, want, call.FinalCode, ladder.DrawPlain())
			}
		}
	}
}

// TestTrunkRefusesConnections: a hop that nobody listens at is passed by.
func TestTrunkRefusesConnections(t *testing.T) {
	play := exchange{provider: on(sim.AnswerAfter(time.Second)), trunks: func(gateway, _ *proxy.Trunk) {
		gateway.Hops = []string{"sip:198.51.100.8:5099;transport=tcp"} // the provider's host, where no such port is open
	}}.run(func(x *exchange) error {
		call := x.phones["alice"].CallWith("sip:0301234@example.test", sim.CallOptions{HangUp: time.Second})
		if err := x.world.RunFor(3 * time.Second); err != nil {
			return err
		}
		if call.FinalCode != 200 {
			return fmt.Errorf("got %d within three seconds", call.FinalCode)
		}
		return nil
	})
	n := sim.New(sim.Config{})
	if _, err := play(n); err != nil {
		t.Errorf("%v\n%s", err, n.Ladder().DrawPlain())
	}
}
