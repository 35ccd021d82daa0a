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

// TestBridgedForwards: bob forwards to a number what comes from a trunk, and the trunk says when it came back; who calls is
// known as without the agent.
func TestBridgedForwards(t *testing.T) {
	for _, test := range []struct {
		reason string
		field  string
		code   int
	}{
		{"it comes for the first time", "", 200},
		{"it came back", "Diversion: <sip:+49301002@198.51.100.8>;reason=unconditional", 482},
		{"it came back, and the other field says so", "History-Info: <sip:+49301002@198.51.100.8?Reason=SIP%3Bcause%3D302>;index=1", 482},
	} {
		for _, change := range []func(*domain.Config){nil, bridged} {
			var fields []string
			if test.field != "" {
				fields = []string{test.field}
			}
			bob := &directory.Routing{Numbers: []string{"1002", "+49301002"}, Forward: directory.Forward{Unconditional: to("+491511")}, Outgoing: directory.Outgoing{Class: directory.ClassNational}}
			play := exchange{
				routing: map[string]*directory.Routing{"bob": bob}, gateway: on(sim.AnswerAfter(time.Second)), provider: on(sim.AnswerAfter(time.Second)), config: change,
				trunks: func(gateway, provider *proxy.Trunk) { gateway.Trusted, provider.Trusted = true, true },
			}.run(func(x *exchange) error {
				call := x.phones["provider"].CallWith("sip:+49301002@example.test", sim.CallOptions{HangUp: 5 * time.Second, Fields: fields})
				if err := x.world.RunFor(time.Minute); err != nil {
					return err
				}
				if call.FinalCode != test.code {
					return fmt.Errorf("got %d, want %d", call.FinalCode, test.code)
				}
				return nil
			})
			n := sim.New(sim.Config{})
			if _, err := play(n); err != nil {
				t.Errorf("%s, through the agent %v: %v\n%s", test.reason, change != nil, err, n.Ladder().DrawPlain())
			}
		}
	}
}

// TestBridgedFromTrunk: who calls by a trunk is known as one who does, also where the agent calls in between.
func TestBridgedFromTrunk(t *testing.T) {
	for _, test := range []struct {
		reason, asserted string
		want             proxy.Called
	}{
		{"a number is called back at home", "sip:+49891234@198.51.100.7", proxy.Called{User: "bob", By: "+49891234", Back: "+49891234@example.test"}},
		{"nobody of ours calls by a trunk", "sip:eve@example.test", proxy.Called{}},
	} {
		for _, through := range []func(*domain.Config){func(*domain.Config) {}, bridged} {
			var called proxy.Called
			play := exchange{
				bob: on(sim.AnswerAfter(time.Second)), gateway: on(sim.Busy()), trunks: func(gateway, _ *proxy.Trunk) { gateway.Trusted = true },
				config: func(c *domain.Config) {
					through(c)
					c.Called = func(by proxy.Called) { called = by }
				},
			}.run(func(x *exchange) error {
				x.phones["gateway"].CallWith("sip:+49301002@example.test", sim.CallOptions{HangUp: 5 * time.Second, Fields: []string{"P-Asserted-Identity: <" + test.asserted + ">"}})
				return x.world.quiet()
			})
			n := sim.New(sim.Config{})
			if _, err := play(n); err != nil || called != test.want {
				t.Errorf("%s: %+v, want %+v: %v\n%s", test.reason, called, test.want, err, n.Ladder().DrawPlain())
			}
		}
	}
}

// TestBridgedSays: what the caller says of the call goes on.
func TestBridgedSays(t *testing.T) {
	fields := []string{"Subject: one, two", "Priority: urgent", "Organization: Example", "User-to-User: 56a390;encoding=hex", "Alert-Info: <urn:alert:source:internal>", "Call-Info: <http://example.test/a.png>;purpose=icon"}
	const answers = "Call-Info: <sip:example.test>;answer-after=0"
	for _, allows := range []bool{false, true} {
		l := newLine(t, nil, bridged, func(c *domain.Config) {
			c.Routing = numbersOf(map[string]*directory.Routing{"bob": {Numbers: []string{"1002"}, Intercom: allows}})
		})
		bob := l.phone("bob", incoming(sim.AnswerAfter(time.Second)))
		l.bound("bob", bob)
		l.alice.CallWith(bobsAddress, sim.CallOptions{HangUp: time.Second, Fields: append(fields, answers)})
		if err := l.RunFor(time.Minute); err != nil {
			t.Fatal(err)
		}
		text := bob.LastCall().Invite().Text()
		for _, field := range fields {
			if !strings.Contains(text, field+"\r\n") {
				t.Errorf("%q is missing in\n%s", field, text)
			}
		}
		if strings.Contains(text, answers) != allows {
			t.Errorf("bob, who allows that to his phone: %v, hears\n%s", allows, text)
		}
	}
}

// TestBridgedRefused: a call through the agent that was in vain can be made again when the callee is free.
func TestBridgedRefused(t *testing.T) {
	for _, redirects := range []directory.Redirects{directory.RedirectsPass, directory.RedirectsFollow} {
		var heard []proxy.Refused
		l := newLine(t, nil, bridged, func(c *domain.Config) {
			c.Redirects = redirects
			c.Inside = append(c.Inside, domain.Agent{Name: "ear", Record: func(record any) {
				if refused, ok := record.(proxy.Refused); ok {
					heard = append(heard, refused)
				}
			}})
		})
		l.bound("bob", l.phone("bob", incoming(sim.Busy())))
		l.alice.CallWith(bobsAddress, sim.CallOptions{})
		if err := l.RunFor(time.Minute); err != nil {
			t.Fatal(err)
		}
		if want := (proxy.Refused{User: "alice", Callee: "bob", Code: 486}); len(heard) != 1 || heard[0] != want {
			t.Errorf("redirections %q: %+v, want %+v", redirects, heard, want)
		}
	}
}

// TestBridgedSecurely: a call to a sips URI is one to a sips URI on both sides of the agent (RFC 5630 §5.1).
func TestBridgedSecurely(t *testing.T) {
	w := newWorld(sim.New(sim.Config{}), bridged, func(c *domain.Config) {
		c.Trusted, c.Listeners = trusting("alice", "bob"), []proxy.Listener{{Transport: machine.TLS, Address: at("192.0.2.10:5061")}}
	})
	w.serve()
	bob := w.agent("bob", machine.TLS, func(m *sip.Message) []string { return []string{respond(m, 180, "b", "Contact: <sips:bob@192.0.2.2>")} })
	alice := w.agent("alice", machine.TLS, nil)
	alice.flow.Remote, bob.flow.Remote = at("192.0.2.10:5061"), at("192.0.2.10:5061")
	bob.ask(lines(
		"REGISTER sip:example.test SIP/2.0", "Via: SIP/2.0/TLS df7jal23ls0d.invalid;branch=z9hG4bKbob", "Max-Forwards: 70",
		"From: <sip:bob@example.test>;tag=bob", "To: <sip:bob@example.test>", "Call-ID: bob", "CSeq: 1 REGISTER", "Contact: <sips:bob@df7jal23ls0d.invalid>",
	))
	if err := w.RunFor(time.Second); err != nil {
		t.Fatal(err)
	}
	asked := alice.ask(replaceFirst(invite("sips:bob@example.test", "call"), "SIP/2.0/UDP", "SIP/2.0/TLS"))
	if err := w.RunFor(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	invites := bob.requests(sip.INVITE)
	if len(invites) == 0 {
		t.Fatalf("bob is not called: %d\n%s", asked.code(), w.Ladder().DrawPlain())
	}
	if contact := invites[0].Header(sip.HeaderContact); !strings.HasPrefix(contact, "<sips:") {
		t.Errorf("bob is told %q", contact)
	}
	for _, m := range alice.got {
		if contact := m.Header(sip.HeaderContact); m.StatusCode() > 100 && !strings.HasPrefix(contact, "<sips:") {
			t.Errorf("alice is told %q in\n%s", contact, m.Text())
		}
	}
}

// TestBridgedBehaviours: whatever bob's phone does, alice's call ends, and nothing is left of it.
func TestBridgedBehaviours(t *testing.T) {
	for _, test := range []struct {
		reason string
		bob    sim.Behaviour
		alice  sim.CallOptions
		code   int
	}{
		{"he answers", sim.AnswerAfter(time.Second), sim.CallOptions{HangUp: time.Second}, 200},
		{"he hangs up", sim.Behaviour{HangUp: time.Second}, sim.CallOptions{}, 200},
		{"he rings reliably", sim.Behaviour{Reliable: true, After: time.Second}, sim.CallOptions{HangUp: time.Second, Fields: []string{"Supported: 100rel"}}, 200},
		{"his phone progresses", sim.Behaviour{Ring: true, Progress: []int{183, 182, 181, 180}, After: 2 * time.Second}, sim.CallOptions{HangUp: time.Second}, 200},
		{"no offer", sim.AnswerAfter(time.Second), sim.CallOptions{NoOffer: true, HangUp: time.Second}, 200},
		{"two of his phones answer", sim.Behaviour{Twice: true}, sim.CallOptions{HangUp: time.Second}, 200},
		{"alice gives up", sim.RingForever(), sim.CallOptions{CancelAll: 3 * time.Second}, 487},
		{"she gives up at once", sim.RingForever(), sim.CallOptions{CancelAll: 100 * time.Millisecond}, 487},
		{"his answer crosses that", sim.Behaviour{Ring: true, Never: true, CrossCancel: true}, sim.CallOptions{CancelAll: 3 * time.Second}, 487},
		{"she does not acknowledge", sim.Behaviour{}, sim.CallOptions{NoACK: true}, 200},
		{"he refuses", sim.Decline(time.Second), sim.CallOptions{}, 603},
		{"his phone wants other words", sim.Behaviour{Code: 415}, sim.CallOptions{}, 415},
		{"his phone asks for a password", sim.Behaviour{Code: 401, Fields: []string{`WWW-Authenticate: Digest realm="elsewhere", nonce="n"`}}, sim.CallOptions{}, 500},
		{"he never answers", sim.RingForever(), sim.CallOptions{}, 487},
		{"his phone says nothing", sim.Behaviour{Silent: true}, sim.CallOptions{}, 408},
		{"the call expires", sim.RingForever(), sim.CallOptions{Fields: []string{"Expires: 5"}}, 487},
	} {
		n := sim.New(sim.Config{})
		w := newWorld(n, bridged)
		alice := w.phone("alice")
		w.serve()
		w.bound("bob", w.phone("bob", incoming(test.bob)))
		call := alice.CallWith(bobsAddress, test.alice)
		if err := w.RunFor(10 * time.Minute); err != nil {
			t.Fatal(err)
		}
		if left := w.domain().Agent("bridge").Load().String(); call.FinalCode != test.code || left != "" {
			t.Errorf("%s: got %d, want %d; left behind: %q\n%s", test.reason, call.FinalCode, test.code, left, n.Ladder().DrawPlain())
		}
	}
}

// TestBridgedSound: calls whose sound the agent does not understand go as they would without it.
func TestBridgedSound(t *testing.T) {
	for _, test := range []struct {
		reason, body string
		bridged      bool
	}{
		{"a telephone", "v=0\r\nm=audio 4000 RTP/AVP 0\r\n", true},
		{"with a picture", "v=0\r\nm=video 4002 RTP/AVP 96\r\nm=audio 4000 RTP/AVP 0\r\n", true},
		{"encrypted", "v=0\r\nm=audio 4000 RTP/SAVP 0\r\n", true},
		{"the offer is to come", "", true},
		{"a browser", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", false},
		{"a fax", "v=0\r\nm=image 4000 udptl t38\r\n", false},
	} {
		w := newWorld(sim.New(sim.Config{}), bridged, func(c *domain.Config) { c.Trusted = trusting("alice") })
		w.serve()
		bob := w.phone("bob", incoming(sim.Behaviour{}))
		w.bound("bob", bob)
		text := strings.TrimSuffix(invite(bobsAddress, "call"), "\r\n")
		text, _, _ = strings.Cut(text, "\r\nContent-Length")
		text = strings.TrimSuffix(text, "\r\n") + fmt.Sprintf("\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(test.body), test.body)
		w.agent("alice", machine.UDP, nil).ask(text)
		if err := w.RunFor(10 * time.Second); err != nil {
			t.Fatal(err)
		}
		drawn := w.Ladder().DrawPlain()
		if got := strings.Contains(drawn, "INVITE sip:bridge"); got != test.bridged || !got && bob.LastCall() == nil {
			t.Errorf("%s: by the agent %v\n%s", test.reason, got, drawn)
		}
	}
}

// TestBridgedCodec: two telephones that share a codec which the agent does not know talk without it, if the caller may call
// there at all.
func TestBridgedCodec(t *testing.T) {
	const odd = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 97\r\na=rtpmap:97 iLBC/8000\r\n"
	for _, test := range []struct {
		reason, aim string
		reached     bool
	}{
		{"a user", bobsAddress, true},
		{"a number that she may not call", "sip:+1900123456@example.test", false},
	} {
		w := newWorld(sim.New(sim.Config{}), bridged, func(c *domain.Config) { c.Trusted = trusting("alice") })
		w.serve()
		bob := w.phone("bob", incoming(sim.Behaviour{}))
		w.bound("bob", bob)
		text, _, _ := strings.Cut(strings.TrimSuffix(invite(test.aim, "call"), "\r\n"), "\r\nContent-Length")
		text = strings.TrimSuffix(text, "\r\n") + fmt.Sprintf("\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(odd), odd)
		w.agent("alice", machine.UDP, nil).ask(text)
		if err := w.RunFor(10 * time.Second); err != nil {
			t.Fatal(err)
		}
		drawn := w.Ladder().DrawPlain()
		if reached := bob.LastCall() != nil; reached != test.reached {
			t.Errorf("%s: reached %v\n%s", test.reason, reached, drawn)
		}
	}
}
