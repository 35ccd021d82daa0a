package domain_test

import (
	"strings"
	"testing"
	"time"

	"hookflash/b2bua"
	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/sip"
	"hookflash/ua"
)

// bridged has all calls go through the agent that helps telephones.
func bridged(c *domain.Config) {
	c.Assist = directory.AssistAll
	c.Inside = append(c.Inside, domain.Agent{Name: "bridge", Install: func(a *ua.Agent) {
		b2bua.New(a, b2bua.Settings{Domain: "example.test", Local: func(uri string) string {
			name, ours := strings.CutSuffix(strings.TrimPrefix(uri, "sip:"), "@example.test")
			if !ours {
				return ""
			}
			return name
		}})
	}})
}

// TestBridgedCalls: a call through the agent that helps telephones goes where it would go without.
func TestBridgedCalls(t *testing.T) {
	for _, test := range []struct {
		reason string
		aim    string
		fields []string
		want   string // the Request-URI at the gateway
	}{
		{"a number", "sip:0301234@example.test", nil, "sip:+49301234@198.51.100.7;user=phone"},
		{"a tel URI", "tel:+49-30-1234", nil, "sip:+49301234@198.51.100.7;user=phone"},
		{"a caller who hides", "sip:0301234@example.test", []string{"Privacy: id"}, "sip:+49301234@198.51.100.7;user=phone"},
	} {
		l := newLine(t, nil, bridged)
		call := l.alice.CallWith(test.aim, sim.CallOptions{Fields: test.fields, HangUp: 5 * time.Second})
		if err := l.RunFor(time.Minute); err != nil {
			t.Fatal(err)
		}
		invites := l.gateway.requests(sip.INVITE)
		if len(invites) == 0 || invites[0].RequestURI() != test.want {
			t.Errorf("%s: got %d\n%s", test.reason, call.FinalCode, l.Ladder().DrawPlain())
		}
	}
}

// TestBridgedRedirection: what a telephone redirects to, the agent passes on to the caller; it is no call of the agent's that
// is handed to another telephone.
func TestBridgedRedirection(t *testing.T) {
	const replaces = "?Replaces=a%40b%3Bto-tag%3Dc%3Bfrom-tag%3Dd"
	for _, test := range []struct{ reason, contact string }{
		{"to a gateway", "sip:+4919001@198.51.100.7" + replaces},
		{"to a telephone", "sip:carol@203.0.113.30:5060" + replaces},
		{"to a stranger", "sip:eve@203.0.113.66" + replaces},
	} {
		l := newLine(t, nil, bridged)
		l.bound("bob", l.phone("bob", incoming(sim.Redirect(test.contact))))
		call := l.alice.CallWith(bobsAddress, sim.CallOptions{CancelAll: time.Minute})
		if err := l.RunFor(time.Minute); err != nil {
			t.Fatal(err)
		}
		drawn := l.Ladder().DrawPlain()
		if call.FinalCode != 302 || strings.Contains(drawn, "INVITE sip:eve") || strings.Contains(drawn, "INVITE sip:carol") || len(l.gateway.requests(sip.INVITE)) > 0 {
			t.Errorf("%s: got %d\n%s", test.reason, call.FinalCode, drawn)
		}
	}
}
