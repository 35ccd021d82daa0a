package domain_test

import (
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/ua"
)

// TestServedUser: for whom the agent between telephones calls, other agents hear from the server alone.
func TestServedUser(t *testing.T) {
	said := proxy.ServedUser + ": <sip:carol@example.test>"
	for _, test := range []struct {
		reason  string
		trusted bool
		target  string // of the agent's; "": alice calls herself, and says it
		from    string // the agent
		want    string
	}{
		{"a phone says it", false, "", "", ""},
		{"a trusted neighbour says it", true, "", "", ""},
		{"the agent calls by somebody's permissions", false, "sip:ear@example.test;payer=alice", "bridge", "<sip:alice@example.test>"},
		{"by nobody's", false, "sip:ear@example.test", "bridge", ""},
		{"by those of nobody who is there", false, "sip:ear@example.test;payer=nobody", "bridge", ""},
		{"another agent does", false, "sip:ear@example.test;payer=alice", "menu", ""},
	} {
		heard := map[string]string{}
		w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) {
			if test.trusted {
				c.Trusted = trusting("alice")
			}
			c.Inside = []domain.Agent{
				{Name: "ear", Install: func(a *ua.Agent) {
					a.Handle(ua.Handlers{Invite: func(call *ua.Call) {
						value, _ := call.Request().HeaderNamed(proxy.ServedUser)
						heard[call.Target] = value
						call.Reject(sip.Answer{Code: 603})
					}})
				}},
				{Name: "bridge"},
				{Name: "menu"},
			}
		})
		alice := w.phone("alice")
		w.serve()
		if test.from == "" {
			alice.CallWith("sip:ear@example.test", sim.CallOptions{Fields: []string{said}})
		} else {
			w.server.Do(func(now time.Time, out *machine.Output) {
				w.domain().Do(now, test.from, out, func(a *ua.Agent) { _, _ = a.Invite(ua.Invitation{Target: test.target}) })
			})
		}
		_ = w.RunFor(5 * time.Second)
		if got, called := heard["sip:ear@example.test"]; !called || got != test.want {
			t.Errorf("%s: it hears %q of %v, want %q", test.reason, got, heard, test.want)
		}
	}
}
