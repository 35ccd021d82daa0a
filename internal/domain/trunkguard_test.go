package domain_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/registrar"
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/ua"
)

// TestTrunkLadders are further ladders of calls by trunks.
func TestTrunkLadders(t *testing.T) {
	hangUp := sim.CallOptions{HangUp: 5 * time.Second}
	answers := on(sim.AnswerAfter(time.Second))
	challenged := func(after sim.Behaviour) func(call *sim.Call) sim.Behaviour {
		return challenging(407, "carrier", after)
	}
	withSecret := func(gateway, _ *proxy.Trunk) { secret(gateway) }
	private := sim.CallOptions{HangUp: 5 * time.Second, Fields: []string{"Privacy: id"}}
	stale := func() func(call *sim.Call) sim.Behaviour {
		return func(call *sim.Call) sim.Behaviour {
			credentials, err := digest.ParseCredentials(call.Invite().Header(sip.HeaderAuthorization))
			if err == nil && credentials.Nonce == "two" {
				return sim.AnswerAfter(time.Second)
			}
			nonce, more := "one", ""
			if err == nil {
				nonce, more = "two", ", stale=true"
			}
			return sim.Behaviour{Code: 401, Fields: []string{`WWW-Authenticate: Digest realm="carrier", nonce="` + nonce + `", algorithm=SHA-256, qop="auth"` + more}}
		}
	}()
	for _, s := range []scenario{
		{
			name: "trunk-challenge-stale", title: "the nonce went stale: it is answered once more",
			play: exchange{gateway: answers, answer: stale, trunks: withSecret}.call("alice", "sip:0301234@example.test", hangUp, 200, "gateway ended"),
		},
		{
			name: "trunk-challenge-reliable", title: "what follows in the call is counted on: PRACK, ACK and BYE (RFC 3262 section 7.2)", whole: true,
			play: exchange{gateway: answers, answer: challenged(sim.Behaviour{Reliable: true, Ring: true, After: 3 * time.Second}), trunks: withSecret}.
				call("alice", "sip:0301234@example.test", sim.CallOptions{HangUp: 5 * time.Second, Fields: []string{"Supported: 100rel"}}, 200, "gateway ended"),
		},
		{
			name: "trunk-challenge-given-up", title: "alice gives up behind a challenge",
			play: exchange{gateway: answers, answer: challenged(sim.RingForever()), trunks: withSecret}.
				call("alice", "sip:0301234@example.test", sim.CallOptions{CancelAll: 40 * time.Second}, 487, "gateway cancelled"),
		},
		{
			name: "trunk-challenge-busy", title: "busy behind a challenge: the answer has the CSeq that alice knows",
			play: exchange{gateway: answers, answer: challenged(sim.Busy()), trunks: withSecret}.call("alice", "sip:0301234@example.test", hangUp, 486, "gateway failed"),
		},
		{
			name: "trunk-two-answers", title: "two phones behind the gateway answer at once: alice ends one call, and both lines come back",
			play: exchange{gateway: on(sim.Behaviour{Ring: true, After: time.Second, Twice: true})}.
				call("alice", "sip:0301234@example.test", hangUp, 200, "gateway ended"),
			seeds: 10,
		},
		{
			name: "trunk-private", title: "alice hides from a gateway that is not trusted: it is not told who she is",
			play: exchange{gateway: answers}.call("alice", "sip:0301234@example.test", private, 200, "gateway ended", sent("gateway", sip.HeaderPAssertedIdentity, "")),
		},
		{
			name: "trunk-private-trusted", title: "a trusted gateway is told, and that it must not say so",
			play: exchange{gateway: answers, trunks: func(gateway, _ *proxy.Trunk) { gateway.Trusted = true }}.
				call("alice", "sip:0301234@example.test", private, 200, "gateway ended",
					sent("gateway", sip.HeaderPAssertedIdentity, "<sip:+49301001@example.test;user=phone>"), sent("gateway", sip.HeaderPrivacy, "id")),
		},
		{
			name: "trunk-number", title: "alice has no number of her own: the trunk's is shown, and the number is written as the gateway wants it",
			play: exchange{
				routing: map[string]*directory.Routing{"alice": {}}, gateway: answers,
				trunks: func(gateway, _ *proxy.Trunk) {
					gateway.Number, gateway.Strip, gateway.Prepend = "+49300", 3, "0"
				},
			}.call("alice", "sip:0301234@example.test", hangUp, 200, "gateway ended",
				rang("gateway", "sip:0301234@198.51.100.7:5060;user=phone"), sent("gateway", sip.HeaderPAssertedIdentity, "<sip:+49300@example.test;user=phone>")),
		},
		{
			name: "trunk-prefixes", title: "the gateway takes other countries: this call goes by the provider",
			play: exchange{gateway: answers, provider: answers, trunks: func(gateway, _ *proxy.Trunk) { gateway.Prefixes = []directory.Pattern{pattern("+44*")} }}.
				call("alice", "sip:0301234@example.test", hangUp, 200, "provider ended"),
		},
		{
			name: "trunk-nowhere", title: "no trunk takes the number: 404",
			play: exchange{trunks: func(gateway, provider *proxy.Trunk) {
				gateway.Prefixes, provider.Prefixes = []directory.Pattern{pattern("+44*")}, []directory.Pattern{pattern("+1*")}
			}}.call("alice", "sip:0301234@example.test", hangUp, 404, ""),
		},
		{
			name: "trunk-in-full", title: "a call from the gateway while its only line is taken: 486",
			play: exchange{bob: answers, gateway: answers, trunks: func(gateway, _ *proxy.Trunk) { gateway.Limit = 1 }}.run(func(x *exchange) error {
				first := x.phones["alice"].CallWith("sip:0301234@example.test", sim.CallOptions{HangUp: 40 * time.Second})
				if err := x.world.RunFor(20 * time.Second); err != nil {
					return err
				}
				second := x.phones["gateway"].Call("sip:+49301002@example.test")
				if err := x.world.quiet(); err != nil {
					return err
				}
				if first.FinalCode != 200 || second.FinalCode != 486 {
					return fmt.Errorf("got %d and %d", first.FinalCode, second.FinalCode)
				}
				return nil
			}),
		},
		{
			name: "trunk-in-came-back", title: "a trusted trunk says that bob forwarded this call before: he does not again",
			play: exchange{
				routing: map[string]*directory.Routing{"bob": {Numbers: []string{"+49301002"}, Forward: directory.Forward{Unconditional: to("+491511")}}},
				gateway: answers, provider: answers, trunks: func(gateway, provider *proxy.Trunk) { gateway.Trusted, provider.Trusted = true, true },
			}.call("provider", "sip:+49301002@example.test", sim.CallOptions{Fields: []string{"Diversion: <sip:+49301002@example.test>;reason=unconditional"}}, 482, ""),
		},
	} {
		s.run(t)
	}
}

// TestTrunkRestart: a call that stands is counted again by what its route says.
func TestTrunkRestart(t *testing.T) {
	play := exchange{gateway: on(sim.AnswerAfter(time.Second)), answer: challenging(401, "carrier", sim.AnswerAfter(time.Second)), trunks: func(gateway, _ *proxy.Trunk) { secret(gateway) }}.
		run(func(x *exchange) error {
			w := x.world
			call := x.phones["alice"].Call("sip:0301234@example.test")
			if err := w.RunUntil(func() bool { last := x.phones["gateway"].LastCall(); return last != nil && last.Acknowledged }, 4*time.Minute); err != nil {
				return err
			}
			if err := w.RunFor(40 * time.Second); err != nil { // until no refusal waits for its ACK
				return err
			}
			w.server.Kill()
			clear(x.lines.taken)
			w.server.Restart()
			if err := w.RunFor(2 * time.Second); err != nil {
				return err
			}
			if err := w.reinvited(call); err != nil {
				return err
			}
			if x.lines.taken["gateway"] != 1 {
				return fmt.Errorf("%v are taken after the restart", x.lines.taken)
			}
			_, err := w.done(call)
			return err
		})
	if err := (sim.Swarm{Seeds: quickSeeds, FirstSeed: 1}).Run(play); err != nil {
		t.Error(err)
	}
}

// line is alice's call to the gateway, which is written by the test; it challenges what the test wants.
type line struct {
	*world
	alice   *sim.Phone
	gateway *agent
	call    *sim.Call
	asks    map[sip.Method]string // the realm, by method
}

func newLine(t *testing.T, asks map[sip.Method]string, mutate ...func(*domain.Config)) *line {
	t.Helper()
	l := &line{asks: asks}
	trunk := proxy.Trunk{Name: "gateway", Hops: []string{"sip:198.51.100.7"}}
	secret(&trunk)
	l.world = newWorld(sim.New(sim.Config{}), append([]func(*domain.Config){func(c *domain.Config) {
		c.Services, c.Normalize, c.Trunks, c.Routing = order.Routes, german, []proxy.Trunk{trunk}, numbersOf(nil)
	}}, mutate...)...)
	l.alice = l.phone("alice")
	l.serve()
	l.gateway = l.agent("gateway", machine.UDP, l.answers)
	return l
}

func (l *line) answers(m *sip.Message) []string {
	realm, challenged := l.asks[m.Method()]
	switch {
	case m.Method() == sip.ACK:
		return nil
	case challenged && !m.Has(sip.HeaderAuthorization):
		return []string{respond(m, 401, "g", `WWW-Authenticate: Digest realm="`+realm+`", nonce="n", algorithm=MD5, qop="auth"`)}
	}
	return []string{respond(m, 200, "g", "Contact: <sip:gateway@198.51.100.7>")}
}

func (l *line) connect(t *testing.T) {
	t.Helper()
	l.call = l.alice.Call("sip:0301234@example.test")
	if err := l.RunUntil(func() bool { return l.call.FinalCode != 0 }, time.Minute); err != nil || l.call.FinalCode != 200 {
		t.Fatalf("got %d, %v\n%s", l.call.FinalCode, err, l.Ladder().DrawPlain())
	}
	if err := l.RunFor(time.Second); err != nil {
		t.Fatal(err)
	}
}

// TestTrunkChallengesWithin: what a gateway challenges within a call is answered for its own realm.
func TestTrunkChallengesWithin(t *testing.T) {
	for _, test := range []struct{ reason, realm, username string }{
		{"its own realm", "carrier", "office"},
		{"another realm is for alice", "elsewhere", "alice"},
	} {
		l := newLine(t, map[sip.Method]string{sip.INVITE: "carrier", sip.BYE: test.realm})
		l.connect(t)
		l.call.HangUp()
		if err := l.RunFor(time.Minute); err != nil {
			t.Fatal(err)
		}
		if l.call.ByeCode != 200 {
			t.Errorf("%s: the BYE got %d\n%s", test.reason, l.call.ByeCode, l.Ladder().DrawPlain())
		}
		byes := l.gateway.requests(sip.BYE)
		last := byes[len(byes)-1]
		credentials, err := digest.ParseCredentials(last.Header(sip.HeaderAuthorization))
		if err != nil || credentials.Username != test.username || strings.Count(last.Text(), "Authorization:") != 1 {
			t.Errorf("%s: the gateway got the credentials of somebody else in\n%s", test.reason, last.Text())
		}
		if test.username == "office" && !credentials.Verify(digest.NewHA1(digest.MD5, "office", "carrier", "trunk secret"), "BYE", "") {
			t.Errorf("%s: they are wrong in\n%s", test.reason, last.Text())
		}
	}
}

// TestTrunkDigestLeaks: nobody but the trunk sees an answer to a challenge, whoever challenges and for
// whatever realm.
func TestTrunkDigestLeaks(t *testing.T) {
	leaked := func(w *world) string {
		l := w.Ladder()
		for i := range l.Arrows {
			if a := &l.Arrows[i]; strings.Contains(a.Text, `username="office"`) && l.Name(a.To) != "gateway" {
				return a.Text
			}
		}
		return ""
	}
	challenge := []string{
		`401 WWW-Authenticate: Digest realm="carrier", nonce="evil", algorithm=MD5, qop="auth"`,
		`407 Proxy-Authenticate: Digest realm="carrier", nonce="evil", algorithm=MD5, qop="auth"`,
		`401 WWW-Authenticate: Digest realm="CARRIER", nonce="evil"`,
		`407 Proxy-Authenticate: Digest realm="198.51.100.7", nonce="evil"`,
	}
	evil := func(text string) func(m *sip.Message) []string {
		return func(m *sip.Message) []string {
			if m.Method() == sip.ACK {
				return nil
			}
			return []string{respond(m, map[byte]int{'1': 401, '7': 407}[text[2]], "evil", text[4:])}
		}
	}
	for _, text := range challenge {
		t.Run("of a phone: "+text, func(t *testing.T) {
			l := newLine(t, nil)
			l.agent("mallory", machine.UDP, evil(text))
			l.bound("mallory", binding("sip:mallory@203.0.113.66:5060", 1000))
			l.alice.Call("sip:mallory@example.test")
			l.alice.Call("sip:evil@203.0.113.66:5060")
			if err := l.RunFor(time.Minute); err != nil {
				t.Fatal(err)
			}
			if text := leaked(l.world); text != "" {
				t.Errorf("mallory got\n%s", text)
			}
		})
		t.Run("within a call with the trunk: "+text, func(t *testing.T) {
			l := newLine(t, nil, func(c *domain.Config) { c.Trusted = trusting("carol") })
			mallory := l.agent("mallory", machine.UDP, evil(text))
			carol := l.agent("carol", machine.UDP, nil)
			from := func(method, uri, to string, sequence int, more ...string) string {
				return lines(append([]string{
					method + " " + uri + " SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP 192.0.2.3:5060;branch=z9hG4bKcarol%d;rport", sequence), "Max-Forwards: 70",
					"From: <sip:carol@example.test>;tag=carol", "To: <sip:0301234@example.test>" + to, "Call-ID: call", fmt.Sprintf("CSeq: %d %s", sequence, method),
					"Contact: <sip:carol@192.0.2.3:5060>",
				}, more...)...)
			}
			call := carol.ask(from("INVITE", "sip:0301234@example.test", "", 1))
			if err := l.RunFor(time.Second); err != nil || call.code() != 200 {
				t.Fatalf("got %d, %v", call.code(), err)
			}
			route := "Route: " + call.final.TopValue(sip.HeaderRecordRoute)
			for i, method := range []string{"INFO", "INVITE", "BYE"} {
				carol.ask(from(method, "sip:evil@203.0.113.66:5060", ";tag=g", 2+i, route))
				if err := l.RunFor(10 * time.Second); err != nil {
					t.Fatal(err)
				}
			}
			if len(mallory.got) == 0 {
				t.Errorf("nothing came to mallory: the test shows nothing\n%s", l.Ladder().DrawPlain())
			}
			if text := leaked(l.world); text != "" {
				t.Errorf("mallory got\n%s", text)
			}
		})
	}
}

// TestPastTheRules: nothing leads to a gateway but numbers that may be called, whatever names it.
func TestPastTheRules(t *testing.T) {
	named := func(c *domain.Config) {
		c.Lookup = func(proxy.NextHop) proxy.Candidates {
			return proxy.Candidates{List: []proxy.Candidate{{Transport: machine.UDP, Address: gateways["gateway"]}}}
		}
	}
	barred := func(c *domain.Config) {
		c.Routing = map[string]*directory.Routing{"alice": {Outgoing: directory.Outgoing{Class: directory.ClassInternal}}}
	}
	byName := func(c *domain.Config) { c.Trunks[0].Hops = []string{"sip:gw.carrier.example"} }
	for _, test := range []struct {
		reason string
		uri    string
		change []func(*domain.Config)
		fields []string
	}{
		{"its address", "sip:+4919001@198.51.100.7", nil, nil},
		{"another port", "sip:+4919001@198.51.100.7:5080", nil, nil},
		{"written otherwise", "sip:%2b49-1900.1@198.51.100.7", nil, nil},
		{"its transport", "sip:+4919001@198.51.100.7;transport=tcp", nil, nil},
		{"by maddr", "sip:+4919001@elsewhere.example;maddr=198.51.100.7", nil, nil},
		{"a name that leads there", "sip:+4919001@evil.example", []func(*domain.Config){named}, nil},
		{"its name", "sip:+4919001@gw.carrier.example", []func(*domain.Config){named, byName}, nil},
		{"its name in capitals, with a dot", "sip:+4919001@GW.carrier.example.", []func(*domain.Config){named, byName}, nil},
		{"where its name leads", "sip:+4919001@198.51.100.7", []func(*domain.Config){named, byName}, nil},
		{"no number", "sip:operator@198.51.100.7", nil, nil},
		{"a route", "sip:+4919001@elsewhere.example", nil, []string{"Route: <sip:198.51.100.7;lr>"}},
		{"a route behind ours", "sip:+4919001@elsewhere.example", nil, []string{"Route: <sip:192.0.2.10;lr>, <sip:198.51.100.7;lr>"}},
		{"a tel URI", "tel:+4919001", nil, nil},
	} {
		l := newLine(t, nil, append(test.change, barred)...)
		if err := l.RunFor(time.Second); err != nil {
			t.Fatal(err)
		}
		// What was called before has the names looked up.
		l.alice.Call("sip:nobody@example.test")
		if err := l.RunFor(10 * time.Second); err != nil {
			t.Fatal(err)
		}
		call := l.alice.CallWith(test.uri, sim.CallOptions{Fields: test.fields})
		if err := l.RunFor(time.Minute); err != nil {
			t.Fatal(err)
		}
		if call.FinalCode < 400 || len(l.gateway.got) > 0 {
			t.Errorf("%s: alice got %d, the gateway %d requests\n%s", test.reason, call.FinalCode, len(l.gateway.got), l.Ladder().DrawPlain())
		}
	}
	t.Run("a contact", func(t *testing.T) {
		l := newLine(t, nil, barred)
		l.bound("alice", registrar.Binding{
			Contact: "sip:+4919001@198.51.100.7", Q: 1000, CallID: "bound", CSeq: 1,
			Flow: machine.Flow{Transport: machine.UDP, Remote: addresses["alice"]},
		})
		call := l.alice.Call("sip:alice@example.test")
		if err := l.RunFor(time.Minute); err != nil {
			t.Fatal(err)
		}
		if call.FinalCode < 400 || len(l.gateway.got) > 0 {
			t.Errorf("alice got %d, the gateway %d requests\n%s", call.FinalCode, len(l.gateway.got), l.Ladder().DrawPlain())
		}
	})
}

// TestTrunkLoops: a number that the gateway sends back to us does not go round.
func TestTrunkLoops(t *testing.T) {
	l := newLine(t, nil, func(c *domain.Config) {
		c.Routing = map[string]*directory.Routing{"bob": {Numbers: []string{"+49301002"}, Forward: directory.Forward{Unconditional: to("+491511")}}}
	})
	l.gateway.answer = bounce(l.gateway, "sip:+49301002@example.test")
	call := l.alice.Call("sip:0301234@example.test")
	if err := l.RunFor(time.Minute); err != nil {
		t.Fatal(err)
	}
	if sent := len(l.gateway.requests(sip.INVITE)); call.FinalCode != 482 || sent != 1 {
		t.Errorf("alice got %d after %d INVITEs to the gateway\n%s", call.FinalCode, sent, l.Ladder().DrawPlain())
	}
}

// TestTrunkSession: the line of a call whose end nobody told comes back with the end of its session.
func TestTrunkSession(t *testing.T) {
	taken := &lineCount{map[string]int{}, map[string]int{}}
	l := newLine(t, nil, func(c *domain.Config) { c.Lines = taken })
	l.connect(t)
	sweep := func(after time.Duration) int {
		if err := l.RunFor(after); err != nil {
			t.Fatal(err)
		}
		l.server.Do(func(now time.Time, out *machine.Output) { l.domain().Advance(now, out) })
		if err := l.RunFor(time.Second); err != nil {
			t.Fatal(err)
		}
		return taken.taken["gateway"]
	}
	if count := sweep(time.Hour); count != 1 {
		t.Errorf("%d lines are taken while the call may stand", count)
	}
	if count := sweep(25 * time.Hour); count != 0 {
		t.Errorf("%d lines are taken when it can't", count)
	}
}

// TestTrunkMemory: a hop that failed is asked last for a while.
func TestTrunkMemory(t *testing.T) {
	play := exchange{provider: on(sim.AnswerAfter(time.Second))}.run(func(x *exchange) error {
		for range 2 {
			call := x.phones["alice"].CallWith("sip:0301234@example.test", sim.CallOptions{HangUp: time.Second})
			if err := x.world.RunFor(20 * time.Second); err != nil {
				return err
			}
			if call.FinalCode != 200 {
				return fmt.Errorf("got %d", call.FinalCode)
			}
		}
		var asked []string
		l := x.world.Ladder()
		for i := range l.Arrows {
			if a := &l.Arrows[i]; l.Name(a.From) == "server" && strings.HasPrefix(a.Text, "INVITE ") {
				asked = append(asked, a.Text[len("INVITE sip:+49301234@198.51.100."):][:1])
			}
		}
		if got := slices.Compact(asked); !slices.Equal(got, []string{"7", "8"}) {
			return fmt.Errorf("asked %v in turn", got)
		}
		return nil
	})
	if _, err := play(sim.New(sim.Config{})); err != nil {
		t.Error(err)
	}
}

// TestTrunkRegisters: an agent of the process registers at the hop, answers its challenge, and calls to the
// contact that it named come by the trunk, from wherever.
func TestTrunkRegisters(t *testing.T) {
	const contact = "0123456789abcdef"
	trunk := proxy.Trunk{Name: "gateway", Hops: []string{"sip:198.51.100.7"}, Contact: contact}
	secret(&trunk)
	l := &line{}
	l.world = newWorld(sim.New(sim.Config{}), func(c *domain.Config) {
		c.Services, c.Normalize, c.Trunks, c.Routing = order.Routes, german, []proxy.Trunk{trunk}, numbersOf(nil)
		c.Inside = []domain.Agent{{Name: "trunk", Settings: ua.Settings{
			AOR: "sip:office@198.51.100.7", Registrar: trunk.Hops[0], Contact: "sip:" + contact + "@192.0.2.10:5060",
			Username: trunk.Username, Password: trunk.Password, Realm: trunk.Realm,
		}}}
	})
	l.serve()
	l.asks = map[sip.Method]string{sip.REGISTER: "carrier"}
	l.gateway = l.agent("gateway", machine.UDP, func(m *sip.Message) []string {
		if m.Method() == sip.REGISTER && m.Has(sip.HeaderAuthorization) {
			return []string{respond(m, 200, "g", "Contact: "+m.Header(sip.HeaderContact))}
		}
		return l.answers(m)
	})
	other := l.agent("mallory", machine.UDP, nil) // a further proxy of the provider
	bob := l.phone("bob", incoming(sim.AnswerAfter(time.Second)))
	l.bound("bob", bob)
	l.server.Do(func(now time.Time, out *machine.Output) {
		l.domain().Do(now, "trunk", out, func(a *ua.Agent) { a.Register(nil) })
	})
	if err := l.RunFor(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	requests := l.gateway.requests(sip.REGISTER)
	if len(requests) != 2 {
		t.Fatalf("%d REGISTER came\n%s", len(requests), l.Ladder().DrawPlain())
	}
	last := requests[1]
	credentials, err := digest.ParseCredentials(last.Header(sip.HeaderAuthorization))
	if err != nil || !credentials.Verify(digest.NewHA1(digest.MD5, "office", "carrier", "trunk secret"), "REGISTER", "") {
		t.Errorf("the credentials are wrong (%v) in\n%s", err, last.Text())
	}
	if last.RequestURI() != "sip:198.51.100.7" || last.CSeq() <= requests[0].CSeq() || !strings.HasPrefix(last.Header(sip.HeaderContact), "<sip:"+contact+"@192.0.2.10:5060>") {
		t.Errorf("registered by\n%s", last.Text())
	}
	call := other.ask(lines("INVITE sip:"+contact+"@192.0.2.10:5060 SIP/2.0", "Via: SIP/2.0/UDP 203.0.113.66:5060;branch=z9hG4bKin;rport", "Max-Forwards: 70",
		"From: <sip:+49891234@carrier.example>;tag=in", "To: <sip:+49301002@carrier.example>", "Call-ID: in", "CSeq: 1 INVITE", "Contact: <sip:far@203.0.113.66:5060>"))
	if err := l.RunFor(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	if call.code() != 200 || bob.LastCall() == nil {
		t.Errorf("the call to the contact got %d\n%s", call.code(), l.Ladder().DrawPlain())
	}
	stranger := other.ask(lines("INVITE sip:bob@example.test SIP/2.0", "Via: SIP/2.0/UDP 203.0.113.66:5060;branch=z9hG4bKno;rport", "Max-Forwards: 70",
		"From: <sip:bob@example.test>;tag=no", "To: <sip:bob@example.test>", "Call-ID: no", "CSeq: 1 INVITE", "Contact: <sip:far@203.0.113.66:5060>"))
	if err := l.RunFor(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	if stranger.code() != 407 {
		t.Errorf("who does not know the contact got %d", stranger.code())
	}
}

// TestTrunkSources: who calls from a network of a trunk is a trunk's guest; phones there show credentials,
// and what comes within a call may come from another place of the network.
func TestTrunkSources(t *testing.T) {
	l := newLine(t, nil, func(c *domain.Config) {
		c.Trunks[0].Sources = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
	})
	bob := l.phone("bob", incoming(sim.AnswerAfter(time.Second)))
	l.bound("bob", bob)
	far := l.agent("mallory", machine.UDP, nil)
	ask := func(method, uri, from, to, callID string, sequence int, more ...string) *asking {
		return far.ask(lines(append([]string{
			method + " " + uri + " SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP 203.0.113.66:5060;branch=z9hG4bK%s%d;rport", callID, sequence), "Max-Forwards: 70",
			"From: " + from + ";tag=far", "To: " + to, "Call-ID: " + callID, fmt.Sprintf("CSeq: %d %s", sequence, method), "Contact: <sip:far@203.0.113.66:5060>",
		}, more...)...))
	}
	const didOfBob, stranger = "<sip:+49301002@example.test>", "<sip:+49891234@carrier.example>"
	in := ask("INVITE", "sip:+49301002@example.test", stranger, didOfBob, "in", 1)
	ping := ask("OPTIONS", "sip:192.0.2.10:5060", stranger, "<sip:192.0.2.10>", "ping", 1)
	phone := ask("INVITE", "sip:0301234@example.test", "<sip:alice@example.test>", "<sip:0301234@example.test>", "phone", 1)
	message := ask("MESSAGE", "sip:bob@example.test", stranger, "<sip:bob@example.test>", "message", 1)
	out := ask("INVITE", "sip:0301234@example.test", stranger, "<sip:0301234@example.test>", "out", 1)
	foreign := ask("INVITE", "sip:bob@elsewhere.example", stranger, "<sip:bob@elsewhere.example>", "foreign", 1)
	taking := ask("INVITE", "sip:+49301002@example.test", stranger, didOfBob, "taking", 1, "Replaces: in;to-tag=far;from-tag=x")
	if err := l.RunFor(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason string
		asked  *asking
		code   int
	}{
		{"a call to bob's number", in, 200},
		{"are you there?", ping, 200},
		{"a phone of alice's, who has not shown credentials", phone, 407},
		{"a message", message, 407},
		{"a number elsewhere", out, 404},
		{"another domain", foreign, 404},
		{"somebody's call", taking, 403},
	} {
		if got := test.asked.code(); got != test.code {
			t.Errorf("%s: got %d, not %d", test.reason, got, test.code)
		}
	}
	if in.final == nil {
		t.FailNow()
	}
	// The call came from 203.0.113.66; another host of that network ends it.
	end := l.add("203.0.113.67:5060")
	bye := end.ask(lines("BYE "+strings.Trim(in.final.TopValue(sip.HeaderContact), "<>")+" SIP/2.0", "Via: SIP/2.0/UDP 203.0.113.67:5060;branch=z9hG4bKbye;rport", "Max-Forwards: 70",
		"Route: "+in.final.TopValue(sip.HeaderRecordRoute), "From: "+stranger+";tag=far", "To: "+in.final.To(), "Call-ID: in", "CSeq: 2 BYE"))
	if err := l.RunFor(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	if bye.code() != 200 {
		t.Errorf("the BYE got %d\n%s", bye.code(), l.Ladder().DrawPlain())
	}
}

// add adds a peer at an address.
func (l *line) add(address string) *agent {
	a := &agent{name: address, answered: map[string][]string{}, address: address, flow: machine.Flow{Transport: machine.UDP, Remote: serverAddress}}
	a.host = l.Add(sim.HostConfig{
		Name: address, Listen: []sim.Listener{{Transport: machine.UDP, Address: at(address)}}, Start: func(time.Time) machine.Machine { return a },
	})
	return a
}
