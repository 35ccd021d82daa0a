//go:build interop

package interop

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

const (
	loadCalls = 200
	loadRate  = 50 // calls per second
)

// register registers a user's SIPp, by another SIPp that then ends.
func register(t testing.TB, s *server, transport, name string, at *sippRun) {
	t.Helper()
	registration(t, s, transport, name, at.address.Port()).succeeds(t, name+" registers", patience)
}

// registration is a SIPp that registers a user at a port.
func registration(t testing.TB, s *server, transport, name string, port uint16) *sippRun {
	t.Helper()
	return sipp(t, scenario{
		name: "register", transport: transport, remote: s.address, calls: 1,
		rows: []string{credentials(name)},
		keys: map[string]string{"port": fmt.Sprint(port)},
	})
}

// TestCallSIPp: baresip calls SIPp, which echoes what it hears: the tone comes back to
// the caller only when both ways work.
func TestCallSIPp(t *testing.T) {
	for _, transport := range []string{"u1", "t1"} {
		t.Run(transport+"/echo", func(t *testing.T) {
			s := serve(t, setting{users: everybody()})
			bob := sipp(t, scenario{name: "callee", transport: transport, remote: s.address, calls: 1, arguments: []string{"-rtp_echo"}}).listening(t)
			register(t, s, transport, "bob", bob)
			alice := s.phone(t, account{user: "alice", tone: aliceTone})
			alice.do(t, "dial", "sip:bob@"+domain)
			alice.expect(t, "the call is answered", "CALL_ESTABLISHED")
			alice.hears(t, "what SIPp heard comes back", aliceTone)
			alice.do(t, "hangup", "")
			bob.succeeds(t, "the caller hangs up", patience)
		})
		t.Run(transport+"/a tone each", func(t *testing.T) {
			s := serve(t, setting{users: everybody()})
			media := listenRTP(t, sippTone)
			bob := sipp(t, scenario{
				name: "callee_hangs_up", transport: transport, remote: s.address, calls: 1, hold: 3 * time.Second,
				keys: map[string]string{"rtp_port": fmt.Sprint(media.address.Port())},
			}).listening(t)
			register(t, s, transport, "bob", bob)
			alice := s.phone(t, account{user: "alice", tone: aliceTone})
			alice.do(t, "dial", "sip:bob@"+domain)
			alice.expect(t, "the call is answered", "CALL_ESTABLISHED")
			media.hears(t, "the caller speaks", aliceTone)
			alice.hears(t, "the callee speaks", sippTone)
			alice.expect(t, "SIPp hangs up", "CALL_CLOSED")
			bob.succeeds(t, "the BYE is answered", patience)
		})
	}
}

// TestCallSIPpRefuses: what SIPp says reaches the caller.
func TestCallSIPpRefuses(t *testing.T) {
	for _, c := range []struct{ reason, scenario, status string }{
		{"busy", "callee_busy", "486"},
		{"the caller gives up", "callee_cancelled", "487"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			s := serve(t, setting{users: everybody()})
			alice := s.phone(t, account{user: "alice", tone: aliceTone})
			bob := sipp(t, scenario{name: c.scenario, remote: s.address, calls: 1}).listening(t)
			register(t, s, "u1", "bob", bob)
			alice.do(t, "dial", "sip:bob@"+domain)
			if c.status == "487" {
				alice.expect(t, "it rings", "CALL_RINGING")
				alice.do(t, "hangup", "")
				alice.logged(t, "the caller is told by the callee", "SIP/2.0 487")
			} else if closed := alice.expect(t, "the call fails", "CALL_CLOSED"); !strings.HasPrefix(closed.Param, c.status) {
				t.Errorf("the caller learns why: %q, want %s", closed.Param, c.status)
			}
			bob.succeeds(t, "the callee's side ends well", patience)
		})
	}
}

// TestManyCalls: SIPp calls SIPp with digest, fifty calls a second, and none fails.
func TestManyCalls(t *testing.T) {
	for _, crossing := range []struct{ caller, callee string }{{"u1", "u1"}, {"t1", "t1"}, {"u1", "t1"}, {"t1", "u1"}} {
		t.Run(crossing.caller+"-"+crossing.callee, func(t *testing.T) {
			manyCalls(t, serve(t, setting{users: everybody()}), crossing.caller, crossing.callee)
		})
	}
	for _, transport := range []string{"u1", "t1"} {
		t.Run("IPv6/"+transport, func(t *testing.T) {
			s := serveAt(t, freePort(t, netip.IPv6Loopback()), setting{users: everybody()})
			manyCalls(t, s, transport, transport)
		})
	}
}

func manyCalls(t *testing.T, s *server, from, to string) {
	t.Helper()
	callee := sipp(t, scenario{name: "callee", transport: to, remote: s.address, calls: loadCalls}).listening(t)
	register(t, s, to, "bob", callee)
	caller := sipp(t, scenario{
		name: "caller", transport: from, remote: s.address,
		calls: loadCalls, rate: loadRate, hold: 100 * time.Millisecond,
		rows: []string{credentials("alice") + ";bob"}, arguments: asksFor("bob"),
	})
	caller.succeeds(t, "every call succeeds", time.Minute)
	callee.succeeds(t, "at both ends", time.Minute)
	if got := caller.count("SuccessfulCall(C)"); got != loadCalls {
		t.Errorf("%d calls were placed: %s", loadCalls, caller.counts())
	}
	if failed := caller.count("FailedCall(C)") + callee.count("FailedCall(C)"); failed != 0 {
		t.Errorf("no call fails: caller %s; callee %s", caller.counts(), callee.counts())
	}
}

// asksFor makes SIPp sign the Request-URI; by itself it names the address it sends to.
func asksFor(callee string) []string { return []string{"-auth_uri", callee + "@" + domain} }

// TestManyCallsCalleeHangsUp: the BYE comes from the side that was called.
func TestManyCallsCalleeHangsUp(t *testing.T) {
	for _, transport := range []string{"u1", "t1"} {
		t.Run(transport, func(t *testing.T) {
			s := serve(t, setting{users: everybody()})
			callee := sipp(t, scenario{name: "callee_hangs_up", transport: transport, remote: s.address, calls: loadCalls, hold: 100 * time.Millisecond}).listening(t)
			register(t, s, transport, "bob", callee)
			caller := sipp(t, scenario{
				name: "caller_waits", transport: transport, remote: s.address, calls: loadCalls, rate: loadRate,
				rows: []string{credentials("alice") + ";bob"}, arguments: asksFor("bob"),
			})
			caller.succeeds(t, "every call succeeds", time.Minute)
			callee.succeeds(t, "at both ends", time.Minute)
		})
	}
}
