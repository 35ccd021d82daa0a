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
