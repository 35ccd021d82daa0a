package domain_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/proxy"
	"hookflash/service/order"
	"hookflash/sip"
)

// Where the gateways are.
var gateways = map[string]netip.AddrPort{"gateway": at("198.51.100.7:5060"), "provider": at("198.51.100.8:5060")}

// lineCount counts the lines of trunks, and the most that were taken at a time.
type lineCount struct{ taken, most map[string]int }

// Take implements proxy.Lines.
func (l *lineCount) Take(trunk string, limit int) bool {
	if limit > 0 && l.taken[trunk] >= limit {
		return false
	}
	l.taken[trunk]++
	l.most[trunk] = max(l.most[trunk], l.taken[trunk])
	return true
}

// Give implements proxy.Lines.
func (l *lineCount) Give(trunk string) { l.taken[trunk]-- }

// free wants every line to be given back.
func (l *lineCount) free() error {
	for name, count := range l.taken {
		if count != 0 {
			return fmt.Errorf("%d lines of %s are taken at the end", count, name)
		}
	}
	return nil
}

// german is how people dial in the tests: "0301234" is a number of Germany.
func german(dialled string) (string, directory.Class, bool) {
	switch {
	case strings.HasPrefix(dialled, "+491900"), strings.HasPrefix(dialled, "01900"):
		return "+49" + strings.TrimPrefix(strings.TrimPrefix(dialled, "+49"), "0"), directory.ClassPremium, true
	case strings.HasPrefix(dialled, "+49"):
		return dialled, directory.ClassNational, true
	case strings.HasPrefix(dialled, "+"):
		return dialled, directory.ClassInternational, true
	case strings.HasPrefix(dialled, "0"):
		return "+49" + dialled[1:], directory.ClassNational, true
	}
	return "", "", false
}

// exchange is the telephone network around the domain: the trunks "gateway" and "provider" with one
// hop each, and who is there.
type exchange struct {
	routing           map[string]*directory.Routing
	gateway, provider *sim.Behaviour // nil: silent
	bob               *sim.Behaviour // nil: his phone is not there
	// answer decides about a call to the gateway instead.
	answer func(call *sim.Call) sim.Behaviour
	trunks func(gateway, provider *proxy.Trunk)
	config func(*domain.Config)

	world  *world
	lines  *lineCount
	phones map[string]*sim.Phone
}

// numbersOf are the usual ones, and what a test adds.
func numbersOf(more map[string]*directory.Routing) map[string]*directory.Routing {
	numbers := map[string]*directory.Routing{
		"alice": {Numbers: []string{"1001", "+49301001"}}, "bob": {Numbers: []string{"1002", "+49301002"}},
	}
	for name, routing := range more {
		numbers[name] = routing
	}
	return numbers
}

// run sets the exchange up, and plays.
func (x exchange) run(play func(x *exchange) error) func(n *sim.Network) (string, error) {
	return func(n *sim.Network) (string, error) {
		x := x
		x.lines = &lineCount{map[string]int{}, map[string]int{}}
		x.phones = map[string]*sim.Phone{}
		trunks := []proxy.Trunk{
			{Name: "gateway", Hops: []string{"sip:" + gateways["gateway"].String()}},
			{Name: "provider", Hops: []string{"sip:" + gateways["provider"].String()}},
		}
		if x.trunks != nil {
			x.trunks(&trunks[0], &trunks[1])
		}
		x.world = newWorld(n, func(c *domain.Config) {
			c.Services, c.Normalize, c.Emergency, c.Trunks, c.Lines = order.Routes, german, []string{"112"}, trunks, x.lines
			c.Routing = numbersOf(x.routing)
			if x.config != nil {
				x.config(c)
			}
		})
		x.phones["alice"] = x.world.phone("alice")
		x.world.serve()
		if x.bob != nil {
			x.phones["bob"] = x.world.phone("bob", incoming(*x.bob))
			x.world.bound("bob", x.phones["bob"])
		}
		for _, hop := range []struct {
			name string
			does *sim.Behaviour
		}{{"gateway", x.gateway}, {"provider", x.provider}} {
			if hop.does != nil {
				x.phones[hop.name] = x.world.phone(hop.name, incoming(*hop.does), func(c *sim.PhoneConfig) { c.Address, c.Password = gateways[hop.name], "" })
			}
		}
		if x.answer != nil {
			x.phones["gateway"].OnInvite = x.answer
		}
		if err := play(&x); err != nil {
			return "", err
		}
		state, err := x.world.end()
		if err == nil {
			err = x.lines.free()
		}
		return state, err
	}
}

// call has somebody call, and wants a final response and who was reached in the end.
func (x exchange) call(from, to string, options sim.CallOptions, code int, reached string, also ...func(x *exchange) error) func(n *sim.Network) (string, error) {
	return x.run(func(x *exchange) error {
		call := x.phones[from].CallWith(to, options)
		if err := x.world.quiet(); err != nil {
			return err
		}
		var got []string
		for _, name := range []string{"bob", "gateway", "provider"} {
			phone := x.phones[name]
			if phone == nil || name == from && phone.LastCall() == call {
				continue
			}
			if last := phone.LastCall(); last != nil {
				got = append(got, fmt.Sprintf("%s %s", name, last.State()))
			}
		}
		if said := strings.Join(got, ", "); call.FinalCode != code || said != reached {
			return fmt.Errorf("%s got %d, and the calls ended as %q, not %d and %q", from, call.FinalCode, said, code, reached)
		}
		for _, check := range also {
			if err := check(x); err != nil {
				return err
			}
		}
		return nil
	})
}

// sent wants the last INVITE that came to somebody to say something in a header field; "": nothing.
func sent(to string, header sip.Header, want string) func(x *exchange) error {
	return func(x *exchange) error {
		invite := x.phones[to].LastCall().Invite()
		if got := invite.Header(header); got != want {
			return fmt.Errorf("%s got %q, not %q, in\n%s", to, got, want, invite.Text())
		}
		return nil
	}
}

// rang wants the last INVITE that came to somebody to have a Request-URI.
func rang(to, uri string) func(x *exchange) error {
	return func(x *exchange) error {
		if got := x.phones[to].LastCall().Invite().RequestURI(); got != uri {
			return fmt.Errorf("%s was called as %s, not %s", to, got, uri)
		}
		return nil
	}
}

// nothingSaid wants no credentials for a trunk to have gone to anybody but its own hop.
func nothingSaid(username, but string) func(x *exchange) error {
	return func(x *exchange) error {
		l := x.world.Ladder()
		for i := range l.Arrows {
			arrow := &l.Arrows[i]
			if strings.Contains(arrow.Text, `username="`+username+`"`) && (l.Name(arrow.To) != but || l.Name(arrow.From) != "server") {
				return fmt.Errorf("credentials went from %s to %s:\n%s", l.Name(arrow.From), l.Name(arrow.To), arrow.Text)
			}
		}
		return nil
	}
}

// challenging lets calls in that bring credentials for a realm, and refuses others with a status line's
// code and a field's name.
func challenging(code int, realm string, after sim.Behaviour) func(call *sim.Call) sim.Behaviour {
	asked, answered := "WWW-Authenticate", sip.HeaderAuthorization
	if code == 407 {
		asked, answered = "Proxy-Authenticate", sip.HeaderProxyAuthorization
	}
	challenge := sim.Behaviour{Code: code, Fields: []string{asked + `: Digest realm="` + realm + `", nonce="one", algorithm=MD5, qop="auth"`}}
	return func(call *sim.Call) sim.Behaviour {
		credentials, err := digest.ParseCredentials(call.Invite().Header(answered))
		if err != nil || credentials.Username != "office" || credentials.URI != call.Invite().RequestURI() ||
			!credentials.Verify(digest.NewHA1(digest.MD5, "office", realm, "trunk secret"), "INVITE", call.Invite().Body()) {
			return challenge
		}
		return after
	}
}

// secret gives a trunk credentials.
func secret(t *proxy.Trunk) { t.Username, t.Password, t.Realm = "office", "trunk secret", "carrier" }

func TestTrunks(t *testing.T) {
	hangUp := sim.CallOptions{HangUp: 5 * time.Second}
	answers, refuses := on(sim.AnswerAfter(time.Second)), on(sim.Behaviour{Code: 503})
	mobile := &directory.Routing{
		Numbers: []string{"1002", "+49301002"}, Forward: directory.Forward{Unconditional: to("+491511")},
		Outgoing: directory.Outgoing{Class: directory.ClassNational},
	}
	barred := &directory.Routing{
		Numbers: []string{"1002", "+49301002"}, Forward: directory.Forward{Unconditional: to("+491511")},
		Outgoing: directory.Outgoing{Class: directory.ClassInternal},
	}
	one := func(gateway, _ *proxy.Trunk) { gateway.Limit = 1 }
	trusted := func(gateway, provider *proxy.Trunk) { gateway.Trusted, provider.Trusted = true, true }
	for _, s := range []scenario{
		{
			name: "trunk-forward", title: "bob forwards all calls to a number behind the gateway (RFC 5359 section 2.7)", whole: true,
			play: exchange{routing: map[string]*directory.Routing{"bob": mobile}, gateway: answers, trunks: trusted}.
				call("alice", bobsAddress, hangUp, 200, "gateway ended", rang("gateway", "sip:+491511@198.51.100.7:5060;user=phone"),
					sent("gateway", sip.HeaderPAssertedIdentity, "<sip:+49301001@example.test;user=phone>"),
					sent("gateway", sip.HeaderDiversion, "<sip:+49301002@example.test;user=phone>;reason=unconditional")),
		},
		{
			name: "trunk-out", title: "alice dials a number: her own is shown", whole: true,
			play: exchange{gateway: answers}.call("alice", "sip:0301234@example.test", hangUp, 200, "gateway ended",
				rang("gateway", "sip:+49301234@198.51.100.7:5060;user=phone"),
				sent("gateway", sip.HeaderPAssertedIdentity, "<sip:+49301001@example.test;user=phone>")),
		},
		{
			name: "trunk-503", title: "the gateway says 503: the provider is asked",
			play: exchange{gateway: refuses, provider: answers}.call("alice", "sip:0301234@example.test", hangUp, 200, "gateway failed, provider ended"),
		},
		{
			name: "trunk-silent", title: "the gateway says nothing: the provider is asked",
			play: exchange{provider: answers}.call("alice", "sip:0301234@example.test", hangUp, 200, "provider ended"),
		},
		{
			name: "trunk-busy", title: "who is called is busy: that is the answer",
			play: exchange{gateway: on(sim.Busy()), provider: answers}.call("alice", "sip:0301234@example.test", hangUp, 486, "gateway failed"),
		},
		{
			name: "trunk-rang", title: "a phone rang, so nobody else is asked after a 503",
			play: exchange{gateway: on(sim.Behaviour{Ring: true, After: 20 * time.Second, Code: 503}), provider: answers}.
				call("alice", "sip:0301234@example.test", hangUp, 500, "gateway failed"),
		},
		{
			name: "trunk-given-up", title: "alice gives up while it rings behind the gateway",
			play: exchange{gateway: on(sim.RingForever()), provider: answers, trunks: one}.
				call("alice", "sip:0301234@example.test", sim.CallOptions{CancelAll: 40 * time.Second}, 487, "gateway cancelled"),
		},
		{
			name: "trunk-challenge", title: "the gateway challenges for its own realm: the server answers", whole: true,
			play: exchange{gateway: answers, answer: challenging(407, "carrier", sim.AnswerAfter(time.Second)), trunks: func(gateway, _ *proxy.Trunk) { secret(gateway) }}.
				call("alice", "sip:0301234@example.test", hangUp, 200, "gateway ended", nothingSaid("office", "gateway")),
		},
		{
			name: "trunk-challenge-foreign", title: "the gateway challenges for another realm: that is for alice", whole: true,
			play: exchange{gateway: answers, answer: challenging(401, "elsewhere", sim.AnswerAfter(time.Second)), trunks: func(gateway, _ *proxy.Trunk) { secret(gateway) }}.
				call("alice", "sip:0301234@example.test", hangUp, 401, "gateway failed", nothingSaid("office", "")),
		},
		{
			name: "trunk-challenge-wrong", title: "the gateway does not take the password: the provider is asked, once",
			play: exchange{gateway: answers, provider: answers, answer: challenging(401, "carrier", sim.AnswerAfter(time.Second)), trunks: func(gateway, _ *proxy.Trunk) {
				secret(gateway)
				gateway.Password = "wrong"
			}}.call("alice", "sip:0301234@example.test", hangUp, 200, "gateway failed, provider ended", nothingSaid("office", "gateway")),
		},
		{
			name: "trunk-in", title: "a call from the gateway to bob's number", whole: true,
			play: exchange{bob: answers, gateway: answers, trunks: trusted}.call("gateway", "sip:+49301002@example.test",
				sim.CallOptions{HangUp: 5 * time.Second, Fields: []string{"P-Asserted-Identity: <sip:+49891234@198.51.100.7>"}}, 200, "bob ended",
				sent("bob", sip.HeaderPAssertedIdentity, "<sip:+49891234@198.51.100.7>")),
		},
		{
			name: "trunk-in-untrusted", title: "what a gateway that is not trusted says of the caller is not passed on",
			play: exchange{bob: answers, gateway: answers}.call("gateway", "sip:0301002@example.test",
				sim.CallOptions{HangUp: 5 * time.Second, Fields: []string{"P-Asserted-Identity: <sip:alice@example.test>"}}, 200, "bob ended",
				sent("bob", sip.HeaderPAssertedIdentity, "")),
		},
		{
			name: "trunk-in-nobody", title: "nobody has the number: 404",
			play: exchange{bob: answers, gateway: answers}.call("gateway", "sip:+49309999@example.test", hangUp, 404, ""),
		},
		{
			name: "trunk-in-default", title: "nobody has the number: bob takes those calls",
			play: exchange{bob: answers, gateway: answers, trunks: func(gateway, _ *proxy.Trunk) { gateway.Default = to("bob") }}.
				call("gateway", "sip:+49309999@example.test", hangUp, 200, "bob ended"),
		},
		{
			name: "trunk-in-through", title: "a call from the gateway to a number elsewhere goes nowhere",
			play: exchange{gateway: answers, provider: answers}.call("gateway", "sip:+491511@example.test", hangUp, 404, ""),
		},
		{
			name: "trunk-in-forward", title: "bob forwards a call from the provider to a number: his own is shown to a gateway that is not trusted", whole: true,
			play: exchange{routing: map[string]*directory.Routing{"bob": mobile}, gateway: answers, provider: answers}.
				call("provider", "sip:+49301002@example.test", hangUp, 200, "gateway ended",
					sent("gateway", sip.HeaderPAssertedIdentity, "<sip:+49301002@example.test;user=phone>"), sent("gateway", sip.HeaderDiversion, "")),
		},
		{
			name: "trunk-in-forward-trusted", title: "trusted trunks are told who calls, and who forwards",
			play: exchange{routing: map[string]*directory.Routing{"bob": mobile}, gateway: answers, provider: answers, trunks: trusted}.
				call("provider", "sip:+49301002@example.test", sim.CallOptions{HangUp: 5 * time.Second, Fields: []string{"P-Asserted-Identity: <sip:+49891234@198.51.100.8>"}},
					200, "gateway ended", sent("gateway", sip.HeaderPAssertedIdentity, "<sip:+49891234@example.test;user=phone>"),
					sent("gateway", sip.HeaderDiversion, "<sip:+49301002@example.test;user=phone>;reason=unconditional")),
		},
		{
			name: "trunk-in-barred", title: "bob may not call numbers, so his calls can't be forwarded there", whole: true,
			play: exchange{routing: map[string]*directory.Routing{"bob": barred}, gateway: answers, provider: answers}.
				call("provider", "sip:+49301002@example.test", hangUp, 403, ""),
		},
		{
			name: "trunk-past-rules", title: "alice may not call numbers, however she writes them",
			play: exchange{routing: map[string]*directory.Routing{"alice": {Outgoing: directory.Outgoing{Class: directory.ClassInternal}}}, gateway: answers}.
				call("alice", "sip:+491511@198.51.100.7", hangUp, 403, ""),
		},
		{
			name: "trunk-limit", title: "the only line is taken by alice: bob's call goes by the provider, and then there is none",
			play: exchange{bob: answers, gateway: answers, provider: answers, trunks: func(gateway, provider *proxy.Trunk) { gateway.Limit, provider.Limit = 1, 1 }}.run(threeCalls("sip:0301234@example.test", 480)),
		},
		{
			name: "trunk-emergency", title: "a call for help needs no free line, and no permission",
			play: exchange{
				routing: map[string]*directory.Routing{"bob": {Outgoing: directory.Outgoing{Class: directory.ClassInternal}}},
				bob:     answers, gateway: answers, provider: answers,
				trunks: func(gateway, provider *proxy.Trunk) { gateway.Limit, provider.Limit, provider.Emergency = 1, 1, true },
			}.run(threeCalls("sip:112@example.test", 200)),
		},
	} {
		s.run(t)
	}
}

// threeCalls has alice call twice, so that all lines are taken, and then bob.
func threeCalls(last string, code int) func(x *exchange) error {
	return func(x *exchange) error {
		long := sim.CallOptions{HangUp: time.Minute}
		first := x.phones["alice"].CallWith("sip:0301234@example.test", long)
		if err := x.world.RunFor(20 * time.Second); err != nil {
			return err
		}
		second := x.phones["alice"].CallWith("sip:0301235@example.test", long)
		if err := x.world.RunFor(20 * time.Second); err != nil {
			return err
		}
		third := x.phones["bob"].CallWith(last, sim.CallOptions{HangUp: time.Second})
		if err := x.world.quiet(); err != nil {
			return err
		}
		if first.FinalCode != 200 || second.FinalCode != 200 || third.FinalCode != code {
			return fmt.Errorf("got %d, %d and %d, not 200, 200 and %d", first.FinalCode, second.FinalCode, third.FinalCode, code)
		}
		if code == 200 {
			return rang("provider", "sip:112@198.51.100.8:5060;user=phone")(x)
		}
		if x.lines.most["gateway"] != 1 || x.lines.most["provider"] != 1 {
			return fmt.Errorf("as many as %v lines were taken", x.lines.most)
		}
		return nil
	}
}
