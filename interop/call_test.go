//go:build interop

package interop

import (
	"strings"
	"testing"
)

// The tones that phones play.
const (
	aliceTone = 440 // Hz
	bobTone   = 660
	sippTone  = 880
	carolTone = 1100
)

// crossings are the transports of caller and callee.
var crossings = []struct{ caller, callee string }{{"udp", "udp"}, {"tcp", "tcp"}, {"udp", "tcp"}, {"tcp", "udp"}}

// TestCall: two baresips talk through the server, over each pair of transports, and either
// side hangs up. Held and resumed in between. The server offers its default list of algorithms.
func TestCall(t *testing.T) {
	for _, crossing := range crossings {
		for _, hangsUp := range []string{"caller", "callee"} {
			t.Run(crossing.caller+"-"+crossing.callee+"/the "+hangsUp+" hangs up", func(t *testing.T) {
				s := serve(t, setting{users: everybody()})
				bob := s.phone(t, account{user: "bob", transport: crossing.callee, tone: bobTone})
				alice := s.phone(t, account{user: "alice", transport: crossing.caller, tone: aliceTone})
				talk(t, alice, bob)
				wantIdentity(t, bob, "alice")
				if hangsUp == "caller" {
					hold(t, alice, bob)
					hangUp(t, alice, bob)
				} else {
					hold(t, bob, alice)
					hangUp(t, bob, alice)
				}
			})
		}
	}
}

// talk brings up a call in which each hears the other's tone.
func talk(t testing.TB, alice, bob *phone) {
	t.Helper()
	dial(t, alice, bob, "sip:bob@"+domain)
}

// dial calls an address at which the callee is reached; each hears the other's tone.
func dial(t testing.TB, caller, callee *phone, address string) {
	t.Helper()
	caller.do(t, "dial", address)
	callee.expect(t, "the call arrives", "CALL_INCOMING")
	caller.expect(t, "the caller hears that it rings", "CALL_RINGING")
	callee.do(t, "accept", "")
	caller.expect(t, "the call is answered", "CALL_ESTABLISHED")
	callee.expect(t, "the answer is acknowledged", "CALL_ESTABLISHED")
	caller.hears(t, "the callee speaks", callee.tone)
	callee.hears(t, "the caller speaks", caller.tone)
}

// hold sends re-INVITEs: to hold, after which the other sends no media, and to resume.
func hold(t testing.TB, holder, held *phone) {
	t.Helper()
	rtp := tap(t)
	invites := held.count(false, "INVITE ")
	reinvite := func(reason, command, direction string) {
		t.Helper()
		holder.do(t, command, "")
		invites++
		eventually(t, reason+": the re-INVITE and its ACK arrive", func() bool {
			if held.count(false, "INVITE ") != invites {
				return false
			}
			return strings.Contains(held.newest(false, "INVITE ").text, direction) && strings.Contains(held.newest(false, "").text, "ACK")
		})
	}
	reinvite("hold", "hold", "a=sendonly")
	rtp.rests(t, "the held side is silent", holder)
	reinvite("resume", "resume", "a=sendrecv")
	rtp.carries(t, "the call goes on", holder, held.tone)
	rtp.carries(t, "in both directions", held, holder.tone)
}

// hangUp ends a call from one side.
func hangUp(t testing.TB, first, other *phone) {
	t.Helper()
	first.do(t, "hangup", "")
	other.expect(t, "the BYE arrives", "CALL_CLOSED")
	eventually(t, "the BYE is answered", func() bool {
		answer := first.newest(false, " BYE\n")
		return answer != nil && strings.HasPrefix(answer.text, "SIP/2.0 200")
	})
}

// wantIdentity: From and P-Asserted-Identity name the caller who authenticated.
func wantIdentity(t testing.TB, callee *phone, caller string) {
	t.Helper()
	invite := callee.newest(false, "INVITE ")
	for _, field := range []string{
		"From: <sip:" + caller + "@" + domain + ">;tag=",
		"P-Asserted-Identity: <sip:" + caller + "@" + domain + ">",
	} {
		if !strings.Contains(invite.text, field) {
			t.Errorf("the callee learns who calls: %q is missing in\n%s", field, invite.text)
		}
	}
	if strings.Contains(invite.text, "Proxy-Authorization") {
		t.Errorf("credentials end at the proxy that asked for them:\n%s", invite.text)
	}
}

// TestCallCancelled: the caller hangs up while it rings.
func TestCallCancelled(t *testing.T) {
	for _, crossing := range crossings {
		t.Run(crossing.caller+"-"+crossing.callee, func(t *testing.T) {
			s := serve(t, setting{users: everybody()})
			bob := s.phone(t, account{user: "bob", transport: crossing.callee, tone: bobTone})
			alice := s.phone(t, account{user: "alice", transport: crossing.caller, tone: aliceTone})
			alice.do(t, "dial", "sip:bob@"+domain)
			bob.expect(t, "the call arrives", "CALL_INCOMING")
			alice.expect(t, "it rings", "CALL_RINGING")
			alice.do(t, "hangup", "")
			bob.expect(t, "the CANCEL arrives", "CALL_CLOSED")
			alice.logged(t, "the caller is answered by what the callee says", "SIP/2.0 487")
		})
	}
}

// TestCallRefused: the callee presses its red button, or nobody is there.
func TestCallRefused(t *testing.T) {
	s := serve(t, setting{users: everybody()})
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	for _, c := range []struct{ reason, callee, status string }{
		{"the callee declines", "bob", "486"},
		{"the callee is a user without a phone", "carol", "480"},
		{"there is no such user", "nobody", "404"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			alice.do(t, "dial", "sip:"+c.callee+"@"+domain)
			if c.callee == "bob" {
				bob.expect(t, "the call arrives", "CALL_INCOMING")
				bob.do(t, "hangup", "")
			}
			closed := alice.expect(t, "the call fails", "CALL_CLOSED")
			if !strings.HasPrefix(closed.Param, c.status) {
				t.Errorf("the caller learns why: %q, want %s", closed.Param, c.status)
			}
		})
	}
}
