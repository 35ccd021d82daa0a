//go:build interop

package interop

import (
	"strings"
	"testing"
)

// TestHoldBaresip is RFC 5359 §2.1 between a phone of ours and baresip: either side calls, holds and resumes.
func TestHoldBaresip(t *testing.T) {
	t.Parallel()
	s := serve(t, setting{users: everybody()})
	rtp := tap(t)
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	alice := s.desk(t, "alice", aliceTone)

	alice.talksTo(t, bob, rtp)
	alice.do(t, "hold")
	alice.hears(t, "who is held is not heard")
	rtp.silence(t, "and hears nobody", bob.mediaPort(t))
	alice.do(t, "resume")
	alice.hears(t, "resumed", bobTone)
	rtp.takes(t, "resumed", bob.mediaPort(t), aliceTone)

	bob.do(t, "hold", "")
	alice.expect(t, "the re-INVITE", "held_by_them")
	alice.hears(t, "held")
	rtp.silence(t, "the held side is silent", bob.mediaPort(t))
	alice.do(t, "hold")
	eventually(t, "both sides hold: the answer says a=inactive", func() bool {
		return strings.Contains(bob.newest(true, "\nm=audio ").text, "\na=inactive")
	})
	bob.do(t, "resume", "")
	alice.expect(t, "the re-INVITE", "resumed_by_them")
	rtp.silence(t, "one side still holds", bob.mediaPort(t))
	alice.do(t, "resume")
	alice.hears(t, "nobody holds", bobTone)
	rtp.takes(t, "nobody holds", bob.mediaPort(t), aliceTone)
	bob.do(t, "hangup", "")
	alice.alone(t, "the BYE arrives")

	bob.do(t, "dial", "sip:alice@"+domain)
	alice.expect(t, "the call arrives", "incoming")
	alice.do(t, "answer")
	bob.expect(t, "the call is answered", "CALL_ESTABLISHED")
	alice.hears(t, "the caller speaks", bobTone)
	rtp.takes(t, "the callee speaks", bob.mediaPort(t), aliceTone)
	alice.do(t, "hold")
	rtp.silence(t, "held", bob.mediaPort(t))
	alice.do(t, "resume")
	rtp.takes(t, "resumed", bob.mediaPort(t), aliceTone)
	alice.do(t, "hangup")
	bob.expect(t, "the BYE arrives", "CALL_CLOSED")
}

// talksTo calls a baresip; each hears the other.
func (d *desk) talksTo(t testing.TB, callee *phone, rtp *wire) {
	t.Helper()
	d.do(t, "call "+callee.user)
	callee.expect(t, "the call arrives", "CALL_INCOMING")
	callee.do(t, "accept", "")
	callee.expect(t, "the answer is acknowledged", "CALL_ESTABLISHED")
	d.expect(t, "the call is answered", "established")
	d.hears(t, "the callee speaks", callee.tone)
	rtp.takes(t, "the caller speaks", callee.mediaPort(t), d.tone)
}

// TestHoldLinphone is the same with linphonec, which plays its tone while it holds.
func TestHoldLinphone(t *testing.T) {
	t.Parallel()
	s := serve(t, setting{users: everybody()})
	rtp := tap(t)
	bob := s.startLinphone(t, account{user: "bob", tone: bobTone})
	alice := s.desk(t, "alice", aliceTone)
	bob.registered(t)

	alice.talksWith(t, bob)
	alice.do(t, "hold")
	alice.hears(t, "who is held is not heard")
	rtp.silence(t, "and hears nobody", bob.mediaPort())
	alice.do(t, "resume")
	alice.hears(t, "resumed", bobTone)
	bob.hears(t, "resumed", aliceTone)

	bob.do(t, "pause")
	alice.expect(t, "the re-INVITE", "held_by_them")
	rtp.silence(t, "the held side is silent", bob.mediaPort())
	alice.hears(t, "music", bobTone)
	alice.do(t, "hold")
	alice.hears(t, "both sides hold")
	eventually(t, "both sides hold: the answer says a=inactive", func() bool {
		return strings.Contains(bob.newest(true, "\nm=audio ").text, "\na=inactive")
	})
	alice.do(t, "resume")
	alice.hears(t, "music again", bobTone)
	bob.do(t, "resume")
	alice.expect(t, "the re-INVITE", "resumed_by_them")
	alice.hears(t, "resumed", bobTone)
	bob.hears(t, "resumed", aliceTone)
	bob.do(t, "terminate")
	alice.alone(t, "the BYE arrives")
}

// talksWith calls a linphonec; each hears the other.
func (d *desk) talksWith(t testing.TB, callee *linphone) {
	t.Helper()
	rings := strings.Count(callee.text(), "incoming call from ")
	d.do(t, "call "+callee.user)
	callee.loggedTimes(t, "the call arrives", "incoming call from ", rings+1)
	callee.do(t, "answer")
	d.expect(t, "the call is answered", "established")
	d.hears(t, "the callee speaks", callee.tone)
	callee.hears(t, "the caller speaks", d.tone)
}

// TestHoldSIPp: each column of RFC 5359 §2.1 is a stranger once.
func TestHoldSIPp(t *testing.T) {
	t.Run("alice", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		bob := s.desk(t, "bob", bobTone)
		alice := s.stranger(t, "held", "alice", 1)
		bob.meetsCaller(t, alice.ears[0])
		bob.do(t, "hold")
		bob.hears(t, "who is held is not heard")
		alice.ears[0].silence(t, "and hears nobody")
		bob.do(t, "resume")
		bob.hears(t, "resumed", sippTone)
		alice.ears[0].hears(t, "resumed", bobTone)
		alice.goOn(t, bob.callID(t, false, "INVITE "))
		alice.ends(t)
		bob.alone(t, "the BYE arrives")
	})
	t.Run("bob", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		bob := s.stranger(t, "holds", "bob", 1)
		alice := s.desk(t, "alice", aliceTone)
		alice.meets(t, "bob", bob.ears[0])
		call := alice.callID(t, true, "INVITE ")
		bob.goOn(t, call)
		alice.expect(t, "the re-INVITE", "held_by_them")
		alice.hears(t, "held")
		bob.goOn(t, call)
		alice.expect(t, "the re-INVITE", "resumed_by_them")
		alice.hears(t, "resumed", sippTone)
		bob.ears[0].hears(t, "resumed", aliceTone)
		alice.do(t, "hangup")
		bob.ends(t)
	})
}
