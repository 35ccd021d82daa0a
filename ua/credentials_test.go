package ua_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"hookflash/machine"
	"hookflash/sip"
	"hookflash/ua"
)

func challenge(field, realm, nonce string, more ...string) string {
	return fmt.Sprintf(`%s: Digest realm="%s", nonce="%s", algorithm=SHA-256, qop="auth"%s`, field, realm, nonce, strings.Join(more, ""))
}

// credentialsIn are all that a message says to a challenge.
func credentialsIn(m *sip.Message) string {
	return m.Header(sip.HeaderAuthorization) + m.Header(sip.HeaderProxyAuthorization)
}

// TestChallenges: who gets an answer (CVE-2021-41158): the registrar's 401 to REGISTER and our server's
// 407, for our realm, and nobody else.
func TestChallenges(t *testing.T) {
	const ask, proxyAsk = "WWW-Authenticate", "Proxy-Authenticate"
	for _, test := range []struct {
		reason  string
		status  string
		fields  []string
		answers bool
	}{
		{"our server's", "407 Proxy Authentication Required", []string{challenge(proxyAsk, "example.test", "n1")}, true},
		{"a callee's", "401 Unauthorized", []string{challenge(ask, "example.test", "n1")}, false},
		{"a foreign realm", "407 Proxy Authentication Required", []string{challenge(proxyAsk, "evil.test", "n1")}, false},
		{"a foreign realm that looks alike", "407 Proxy Authentication Required", []string{challenge(proxyAsk, "example.test ", "n1")}, false},
		{"a realm in capitals", "407 Proxy Authentication Required", []string{challenge(proxyAsk, "EXAMPLE.TEST", "n1")}, false},
		{"ours behind a foreign one", "407 Proxy Authentication Required", []string{challenge(proxyAsk, "evil.test", "n0"), challenge(proxyAsk, "example.test", "n1")}, true},
		{"the wrong field for its code", "407 Proxy Authentication Required", []string{challenge(ask, "example.test", "n1")}, false},
		{"no challenge", "407 Proxy Authentication Required", nil, false},
		{"Basic", "407 Proxy Authentication Required", []string{`Proxy-Authenticate: Basic realm="example.test"`}, false},
		{"an algorithm that nobody has", "407 Proxy Authentication Required", []string{`Proxy-Authenticate: Digest realm="example.test", nonce="n", algorithm=ROT13`}, false},
	} {
		b := newBench(t)
		f, call, invite := b.calling(ua.Invitation{})
		b.want("nothing is said unasked", credentialsIn(invite), "")
		b.receive(f.response(invite, test.status, test.fields...))
		b.want("an ACK says nothing", credentialsIn(b.next("it is acknowledged", "ACK")), "")
		if !test.answers {
			b.silent(test.reason)
			b.want(test.reason, fmt.Sprint(b.ended().Code), test.status[:3])
			b.gone(test.reason)
			continue
		}
		again := b.next(test.reason, "INVITE")
		b.want("it answers ours", strings.Contains(again.Header(sip.HeaderProxyAuthorization), `nonce="n1"`), true)
		b.receive(f.response(again, "200 OK", offer))
		ack := b.next("to the server, the ACK repeats it (RFC 3261 §22.1)?", "ACK")
		b.want("not to the callee's own address", credentialsIn(ack), "")
		b.do(func(*ua.Agent) { call.HangUp() })
		bye := b.next("the BYE goes straight to the callee", "BYE")
		b.want("and says nothing", credentialsIn(bye), "")
		b.receive(f.response(bye, "407 Proxy Authentication Required", challenge(proxyAsk, "example.test", "harvest")))
		b.silent("even when asked for our own realm")
	}
}

// TestCredentialsAreReused: a known challenge is answered before it is repeated, on the way through our server
// only, and in the ACK (RFC 3261 §22.1).
func TestCredentialsAreReused(t *testing.T) {
	b := newBench(t)
	f, call, invite := b.calling(ua.Invitation{})
	f.route = "Record-Route: <sip:192.0.2.10:5060;lr>\r\n"
	b.receive(f.response(invite, "407 Proxy Authentication Required", challenge("Proxy-Authenticate", "example.test", "n1")))
	b.next("it is acknowledged", "ACK")
	again := b.next("answered", "INVITE")
	b.want("first use", strings.Contains(credentialsIn(again), "nc=00000001"), true)
	b.receive(f.response(again, "200 OK", offer))
	b.want("the ACK has that of its INVITE", credentialsIn(b.next("200", "ACK")), credentialsIn(again))
	b.task(call.Hold)
	second := b.next("hold", "INVITE")
	b.want("second use", strings.Contains(credentialsIn(second), "nc=00000002"), true)
	b.receive(f.response(second, "407 Proxy Authentication Required", challenge("Proxy-Authenticate", "example.test", "n2", ", stale=true")))
	b.next("it is acknowledged", "ACK")
	third := b.next("the nonce went stale", "INVITE")
	b.want("the new one", strings.Contains(credentialsIn(third), `nonce="n2"`), true)
	b.receive(f.response(third, "200 OK", offer))
	b.next("done", "ACK")
	b.do(func(*ua.Agent) { call.HangUp() })
	b.want("the BYE has one of its own", strings.Contains(credentialsIn(b.next("the end", "BYE")), "nc=00000002"), true)
	other, _, invite := b.calling(ua.Invitation{})
	b.want("so has the next call", strings.Contains(credentialsIn(invite), "nc=00000003"), true)
	_ = other
}

// TestWrongPassword: two answers at most, then it is told.
func TestWrongPassword(t *testing.T) {
	b := newBench(t)
	f, _, invite := b.calling(ua.Invitation{})
	for i := range 2 {
		b.receive(f.response(invite, "407 Proxy Authentication Required", challenge("Proxy-Authenticate", "example.test", fmt.Sprint("n", i))))
		b.next("it is acknowledged", "ACK")
		if i == 0 {
			invite = b.next("one answer", "INVITE")
		}
	}
	b.silent("that was it")
	b.want("what is told", b.ended().Code, 407)

	b = newBench(t)
	f, _, invite = b.calling(ua.Invitation{})
	for i := range ua.MaxTries {
		b.receive(f.response(invite, "407 Proxy Authentication Required", challenge("Proxy-Authenticate", "example.test", fmt.Sprint("n", i), ", stale=true")))
		b.next("it is acknowledged", "ACK")
		if i < ua.MaxTries-1 {
			invite = b.next("a stale nonce is answered again", "INVITE")
		}
	}
	b.silent("but not for ever")
	b.want("what is told", b.ended().Code, 407)

	b = newBench(t, func(s *ua.Settings) { s.Password = "" })
	f, _, invite = b.calling(ua.Invitation{})
	b.receive(f.response(invite, "407 Proxy Authentication Required", challenge("Proxy-Authenticate", "example.test", "n")))
	b.next("who has no password", "ACK")
	b.silent("answers nothing")
}

// TestDirect: a phone without server tells nobody anything.
func TestDirect(t *testing.T) {
	b := newBench(t, func(s *ua.Settings) { s.Outbound = machine.Flow{} })
	f := b.far()
	b.do(func(a *ua.Agent) { _, _ = a.Invite(ua.Invitation{Target: "sip:alice@192.0.2.2"}) })
	b.want("it goes where the URI says", b.to[0].Remote.String(), "192.0.2.2:5060")
	b.receive(f.response(b.next("call", "INVITE"), "407 Proxy Authentication Required", challenge("Proxy-Authenticate", "example.test", "n")))
	b.next("it is acknowledged", "ACK")
	b.silent("and that is all")
}

// TestIdentity: only our server vouches for anybody (RFC 3325).
func TestIdentity(t *testing.T) {
	const asserted = `P-Asserted-Identity: "Mum" <sip:mum@example.test>`
	for _, test := range []struct {
		reason string
		flow   machine.Flow
		fields []string
		want   ua.Party
	}{
		{"our server's word", server, []string{asserted, offer}, ua.Party{URI: "sip:mum@example.test", Name: "Mum", Asserted: true}},
		{"a stranger's", stranger, []string{asserted, offer}, ua.Party{URI: "sip:alice@example.test"}},
		{"two of them are none", server, []string{asserted, `P-Asserted-Identity: <sip:dad@example.test>`, offer}, ua.Party{URI: "sip:alice@example.test"}},
		{"a number", server, []string{"P-Asserted-Identity: <tel:+15551234>", offer}, ua.Party{URI: "tel:+15551234", Asserted: true}},
		{"nothing", server, []string{offer}, ua.Party{URI: "sip:alice@example.test"}},
	} {
		b := newBench(t).handle(ua.Handlers{})
		b.from(test.flow, b.far().request("INVITE", test.fields...))
		b.want(test.reason, b.a.Calls()[0].Remote, test.want)
	}
	over := func(remote string, connection uint64) machine.Flow {
		return machine.Flow{Transport: machine.TLS, Remote: netip.MustParseAddrPort(remote), Connection: connection}
	}
	for _, test := range []struct {
		reason   string
		outbound machine.Flow
		flow     machine.Flow
		asserted bool
	}{
		{"the connection that was opened to our server", over("192.0.2.10:5061", 0), over("192.0.2.10:5061", 7), true},
		{"the connection that is named", over("192.0.2.10:5061", 7), over("192.0.2.10:5061", 7), true},
		{"another one", over("192.0.2.10:5061", 7), over("192.0.2.10:5061", 8), false},
		{"to somebody else", over("192.0.2.10:5061", 0), over("203.0.113.66:5061", 7), false},
		{"a datagram", over("192.0.2.10:5061", 0), machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort("192.0.2.10:5061")}, false},
	} {
		b := newBench(t, func(s *ua.Settings) { s.Outbound = test.outbound }).handle(ua.Handlers{})
		b.from(test.flow, b.far().request("INVITE", asserted, offer))
		b.want(test.reason, b.a.Calls()[0].Remote.Asserted, test.asserted)
	}
}
