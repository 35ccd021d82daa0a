//go:build interop

package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// trunks are what the file says of some, for a server on which alice may call all numbers.
func trunks(t testing.TB, more ...string) *server {
	t.Helper()
	return serve(t, setting{
		users: []string{having("alice", `numbers: ["+4930100"], outgoing: {class: premium}`), having("bob", `numbers: ["1001", "+4930101"]`)},
		more:  "trunks: [" + strings.Join(more, ", ") + "]\nnumbers: {country: DE, area: \"30\"}\n",
	})
}

// dials has a SIPp call a number as alice.
func (s *server) dials(t testing.TB, number string, calls int) *sippRun {
	t.Helper()
	return sipp(t, scenario{
		name: "caller", remote: s.address, calls: calls, rate: 5, hold: 100 * time.Millisecond, rows: []string{credentials("alice") + ";" + number}, arguments: asksFor(number),
	})
}

// TestTrunkOut: a number leaves by a static trunk, in its E.164 form, and says who calls.
func TestTrunkOut(t *testing.T) {
	to, trunk := gateway(t, "callee", "")
	s := trunks(t, trunk)
	s.dials(t, "0401234567", 1).succeeds(t, "the call is taken", patience)
	to.succeeds(t, "by the gateway", patience)
	invite := to.invite(t)
	if uri := invite.RequestURI(); !strings.HasPrefix(uri, "sip:+49401234567@"+to.address.String()) {
		t.Errorf("the number, as the whole world dials it: %s", uri)
	}
	if who := invite.Header(sip.HeaderPAssertedIdentity); !strings.Contains(who, "+4930100") {
		t.Errorf("the caller's number: %s", who)
	}
}

// TestTrunkIn: the gateway calls a number of bob's, without credentials, and they hear each other.
func TestTrunkIn(t *testing.T) {
	_, trunk := gateway(t, "callee", ", sources: [127.0.0.1/32]")
	s := trunks(t, trunk)
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	media := listenRTP(t, sippTone)
	caller := sipp(t, scenario{
		name: "caller_outside", remote: s.address, calls: 1, hold: 3 * time.Second, rows: []string{"+49401234567;;+4930101"},
		keys: map[string]string{"carrier": s.address.String(), "rtp_port": fmt.Sprint(media.address.Port())},
	})
	bob.expect(t, "bob's phone rings", "CALL_INCOMING")
	bob.do(t, "accept", "")
	bob.hears(t, "the caller speaks", sippTone)
	media.hears(t, "bob speaks", bobTone)
	caller.succeeds(t, "the gateway hangs up", patience)
}

// TestTrunkFailover: who is dead or overloaded is passed over, and then left alone for a while.
func TestTrunkFailover(t *testing.T) {
	const calls = 5
	takes := func(t *testing.T) *sippRun {
		return sipp(t, scenario{name: "callee", remote: freeAddress(t), calls: calls, keys: map[string]string{"service": "gateway"}}).listening(t)
	}
	t.Run("a dead hop", func(t *testing.T) {
		t.Parallel()
		dead, to := freePort(t, loopback), takes(t)
		s := trunks(t, fmt.Sprintf("{name: two, hops: [\"sip:%s\", \"sip:%s\"]}", dead, to.address))
		s.dials(t, "0401234567", calls).succeeds(t, "every call is taken", time.Minute)
		to.succeeds(t, "by the second hop", time.Minute)
	})
	t.Run("503", func(t *testing.T) {
		t.Parallel()
		busy, first := gateway(t, "callee_unavailable", "")
		to := takes(t)
		s := trunks(t, first, fmt.Sprintf("{name: second, hops: [\"sip:%s\"]}", to.address))
		s.dials(t, "0401234567", calls).succeeds(t, "every call is taken", time.Minute)
		to.succeeds(t, "by the second trunk", time.Minute)
		busy.succeeds(t, "the first is asked once, and left alone for the time that it asked for", patience)
	})
	t.Run("busy is an answer", func(t *testing.T) {
		t.Parallel()
		busy, first := gateway(t, "callee_busy", "")
		other, second := gateway(t, "callee", "")
		s := trunks(t, first, second)
		alice := s.phone(t, account{user: "alice", tone: aliceTone})
		alice.do(t, "dial", "sip:0401234567@"+domain)
		if closed := alice.expect(t, "the callee is busy", "CALL_CLOSED"); !strings.HasPrefix(closed.Param, "486") {
			t.Errorf("the caller learns that: %q", closed.Param)
		}
		busy.succeeds(t, "the first is asked", patience)
		if got := len(other.got()); got != 0 {
			t.Errorf("the second is not asked, and got %d messages", got)
		}
	})
}

// TestTrunkRegisters: a trunk registers with a provider that challenges, and is called by the contact that it gave.
func TestTrunkRegisters(t *testing.T) {
	provider := sipp(t, scenario{
		name: "provider", remote: freeAddress(t), calls: 1, keys: map[string]string{"realm": "provider.test", "user": "u123", "password": "secret-of-trunk"},
	}).listening(t)
	s := trunks(t, fmt.Sprintf(
		"{name: provider, hops: [\"sip:%s\"], username: u123, password: secret-of-trunk, realm: provider.test, register: true, default: bob}", provider.address))
	provider.succeeds(t, "the registration", patience)
	contact := ""
	for _, m := range provider.got() {
		if address, err := sip.ParseAddress(m.Header(sip.HeaderContact)); err == nil && m.Method() == "REGISTER" {
			contact = address.URI.User
		}
	}
	if len(contact) < 16 {
		t.Fatalf("a contact that nobody can guess: %q", contact)
	}
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	caller := sipp(t, scenario{
		name: "caller_outside", remote: s.address, calls: 1, hold: time.Second, rows: []string{"+49401234567;;" + contact},
		keys: map[string]string{"carrier": s.address.String()},
	})
	bob.expect(t, "who nobody else is called for calls bob", "CALL_INCOMING")
	bob.do(t, "accept", "")
	caller.succeeds(t, "the call", patience)
}
