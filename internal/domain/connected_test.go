package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/b2bua"
	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// introducing is bridged, and says some seconds into each call with whom it connects the callee now.
func introducing(who ua.Party) func(c *domain.Config) {
	return func(c *domain.Config) {
		bridged(c)
		install := c.Inside[0].Install
		c.Inside[0].Install = func(a *ua.Agent) {
			install(a)
			a.Begin(func() {
				a.Go("introduce", func(t *task.Task) {
					t.Sleep(10 * time.Second)
					for _, call := range a.Calls() {
						if !call.Incoming {
							call.Identify(who)
						}
					}
				})
			})
		}
	}
}

// talks answers as a telephone that takes UPDATE.
func talks(contact string) func(m *sip.Message) []string {
	const sound = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
	return func(m *sip.Message) []string {
		switch m.Method() {
		case sip.ACK:
			return nil
		case sip.INVITE:
			text := respond(m, 200, "t", "Contact: <"+contact+">", "Allow: INVITE, ACK, CANCEL, BYE, UPDATE", "Content-Type: application/sdp")
			return []string{strings.Replace(text, "Content-Length: 0\r\n\r\n", fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(sound), sound), 1)}
		}
		return []string{respond(m, 200, "t", "Contact: <"+contact+">")}
	}
}

// TestConnected: who is told with whom the agent connects them (RFC 3325 §5, §7), and how: nobody else's word reaches anybody.
func TestConnected(t *testing.T) {
	const number, bobsHost = "sip:0301234@example.test", "192.0.2.2:5060"
	carol := ua.Party{URI: "sip:carol@example.test", Name: "Carol"}
	for _, test := range []struct {
		reason, aim string
		trusted     bool
		who         ua.Party
		want        string // P-Asserted-Identity, "" for no UPDATE
	}{
		{"a user, by name", bobsAddress, false, carol, `"Carol" <sip:carol@example.test>`},
		{"of a stranger", bobsAddress, false, ua.Party{URI: "sip:+1555@carrier.test"}, "<sip:+1555@carrier.test>"},
		{"of who hides", bobsAddress, false, ua.Anonymous, `"Anonymous" <sip:anonymous@anonymous.invalid>`},
		{"a trunk that is trusted, by the user's number", number, true, carol, "<sip:+49301003@example.test;user=phone>"},
		{"of a stranger", number, true, ua.Party{URI: "sip:+1555@carrier.test"}, "<sip:+1555@carrier.test>"},
		{"of who hides", number, true, ua.Anonymous, `"Anonymous" <sip:anonymous@anonymous.invalid>`},
		{"a trunk that is not", number, false, carol, ""},
	} {
		l := newLine(t, nil, introducing(test.who), func(c *domain.Config) {
			c.Trunks = []proxy.Trunk{{Name: "gateway", Hops: []string{"sip:198.51.100.7"}, Trusted: test.trusted}}
			c.Routing = numbersOf(map[string]*directory.Routing{"carol": {Numbers: []string{"1003", "+49301003"}}})
		})
		l.gateway.answer = talks("sip:gateway@198.51.100.7")
		bob := l.agent("bob", machine.UDP, talks("sip:bob@"+bobsHost))
		l.bound("bob", binding("sip:bob@"+bobsHost, 1000))
		l.alice.Call(test.aim)
		if err := l.RunFor(time.Minute); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range append(l.gateway.requests(sip.UPDATE), bob.requests(sip.UPDATE)...) {
			got = append(got, m.Header(sip.HeaderPAssertedIdentity))
			if m.Body() != "" || m.Has(sip.HeaderPrivacy) {
				t.Errorf("%s: it says more\n%s", test.reason, m.Text())
			}
		}
		if strings.Join(got, "; ") != test.want {
			t.Errorf("%s: told %q, want %q\n%s", test.reason, got, test.want, l.Ladder().DrawPlain())
		}
	}
}

// joined is bridged, and has carol come into each call for a moment; told gets with whom callers are connected then.
func joined(told func(with ua.Party)) func(c *domain.Config) {
	return func(c *domain.Config) {
		bridged(c)
		c.Inside[0].Install = func(a *ua.Agent) {
			e := b2bua.New(a, b2bua.Settings{Domain: "example.test", Partner: func(call *ua.Call, with ua.Party) {
				if call.Incoming {
					told(with)
				}
			}})
			a.Begin(func() {
				a.Go("join", func(t *task.Task) {
					t.Sleep(10 * time.Second)
					if third, err := e.Call(t, b2bua.Outgoing{Target: "carol"}); err == nil {
						e.Of(a.Calls()[0]).Conversation().Add(third)
						third.HangUp()
					}
				})
			})
		}
	}
}

// TestConnectedHidden: who has answered somebody else's call and hides is nobody in particular, for lamps as well (RFC 3325 §7).
func TestConnectedHidden(t *testing.T) {
	for _, test := range []struct{ reason, privacy, want string }{
		{"who has answered", "none", "sip:bob@example.test"},
		{"who hides", "id", ua.Anonymous.URI},
	} {
		var told []string
		w := newWorld(sim.New(sim.Config{}), joined(func(with ua.Party) { told = append(told, with.URI) }), func(c *domain.Config) {
			c.Services = order.Routes
		}, team(directory.Group{Name: "team", Members: []string{"bob"}}))
		alice := w.phone("alice")
		answer := talks("sip:bob@192.0.2.2:5060")
		w.agent("bob", machine.UDP, func(m *sip.Message) (texts []string) {
			for _, text := range answer(m) {
				texts = append(texts, strings.Replace(text, "Contact:", "Privacy: "+test.privacy+"\r\nContact:", 1))
			}
			return texts
		})
		w.serve()
		w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
		w.bound("carol", w.phone("carol", incoming(sim.AnswerAfter(time.Second))))
		alice.Call("sip:team@example.test")
		if err := w.RunFor(20 * time.Second); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(told, "; "); got != test.want {
			t.Errorf("%s: alice's lamps are told of %q, not of %q\n%s", test.reason, got, test.want, w.Ladder().DrawPlain())
		}
	}
}
