//go:build interop

package interop

import (
	"fmt"
	"strings"
	"testing"
)

// TestAttendedSIPp: each column of RFC 5359 §2.5 is a stranger once.
func TestAttendedSIPp(t *testing.T) {
	t.Run("alice", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		alice := s.stranger(t, "attended_transferee", "alice", 1)
		bob.meetsCaller(t, alice.ears[0])
		call := bob.callID(t, false, "INVITE ")
		bob.consults(t, carol)
		bob.do(t, "complete")
		bob.alone(t, "transferred")
		carol.calls(t, "one call takes the other's place", 1)
		carol.hears(t, "transferred", sippTone)
		alice.ears[0].hears(t, "transferred", carolTone)
		alice.goOn(t, call)
		alice.ends(t)
		carol.alone(t, "the BYE arrives")
	})
	t.Run("bob", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
		bob := s.stranger(t, "attended_transferor", "bob", 1)
		alice.meets(t, "bob", bob.ears[0])
		call := alice.callID(t, true, "INVITE ")
		bob.goOn(t, call)
		alice.expect(t, "the re-INVITE", "held_by_them")
		carol.meetsCaller(t, bob.ears[0])
		bob.goOn(t, call)
		bob.ends(t)
		alice.calls(t, "one call takes the other's place", 1)
		carol.calls(t, "one call takes the other's place", 1)
		alice.hears(t, "transferred", carolTone)
		carol.hears(t, "transferred", aliceTone)
	})
	t.Run("carol", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		carol := s.stranger(t, "attended_target", "carol", 2)
		alice.talks(t, bob)
		bob.meets(t, "carol", carol.ears[0])
		bob.do(t, "complete")
		bob.alone(t, "transferred")
		alice.calls(t, "one call takes the other's place", 1)
		alice.hears(t, "transferred", sippTone)
		carol.ears[1].hears(t, "transferred", aliceTone)
		wantTriple(t, field(alice.newest(true, "\nReplaces: "), "Replaces"), bob.newest(false, " INVITE\n"), false)
		alice.do(t, "hangup")
		carol.ends(t)
	})
}

// TestAttendedLinphone: linphonec in each of the three roles; the others are phones of ours.
func TestAttendedLinphone(t *testing.T) {
	t.Run("transferee", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		alice := s.startLinphone(t, account{user: "alice", tone: aliceTone})
		alice.registered(t)
		bob.talksWith(t, alice)
		bob.consults(t, carol)
		bob.do(t, "complete")
		bob.alone(t, "transferred")
		wantReplaces(t, carol)
		carol.calls(t, "one call takes the other's place", 1)
		carol.hears(t, "transferred", aliceTone)
		alice.hears(t, "transferred", carolTone)
	})
	t.Run("transferor", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
		bob := s.startLinphone(t, account{user: "bob", tone: bobTone})
		bob.registered(t)
		bob.callsDesk(t, alice)
		bob.do(t, "pause")
		alice.expect(t, "the re-INVITE", "held_by_them")
		bob.callsDesk(t, carol)
		bob.do(t, fmt.Sprintf("transfer %d --to-call %d", 1, 2))
		bob.logged(t, "the transferor learns of it", "has been transfered")
		wantReplaces(t, carol)
		alice.calls(t, "one call takes the other's place", 1)
		carol.calls(t, "one call takes the other's place", 1)
		alice.hears(t, "transferred", carolTone)
		carol.hears(t, "transferred", aliceTone)
	})
	t.Run("target", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		carol := s.startLinphone(t, account{user: "carol", tone: carolTone})
		carol.registered(t)
		alice.talks(t, bob)
		bob.talksWith(t, carol)
		bob.do(t, "complete")
		bob.alone(t, "transferred")
		eventually(t, "the target is called with Replaces", func() bool {
			invite := carol.newest(false, "INVITE ")
			return invite != nil && field(invite.text, "Replaces") != ""
		})
		alice.calls(t, "one call takes the other's place", 1)
		alice.hears(t, "transferred", carolTone)
		carol.hears(t, "transferred", aliceTone)
	})
}

// callsDesk calls a phone of ours; each hears the other.
func (l *linphone) callsDesk(t testing.TB, callee *desk) {
	t.Helper()
	l.do(t, "call sip:"+callee.user+"@"+domain+" --audio-only")
	callee.expect(t, "the call arrives", "incoming")
	callee.do(t, "answer")
	callee.expect(t, "the answer is acknowledged", "acknowledged")
	callee.hears(t, "the caller speaks", l.tone)
	l.hears(t, "the callee speaks", callee.tone)
}

// wantReplaces: who was called was called with Replaces at last.
func wantReplaces(t testing.TB, target *desk) {
	t.Helper()
	target.expect(t, "Replaces", "replaced")
	if invite := target.newest(false, "\nReplaces: "); !strings.HasPrefix(invite, "INVITE ") {
		t.Errorf("the target is called with Replaces:\n%s", invite)
	}
}

// TestAttendedBaresip: baresip 1.0 knows no Replaces, so the consultation ends and it is called again (RFC 5589 §7.7).
func TestAttendedBaresip(t *testing.T) {
	t.Parallel()
	s := serve(t, setting{users: everybody()})
	rtp := tap(t)
	alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
	carol := s.phone(t, account{user: "carol", tone: carolTone})
	alice.talks(t, bob)
	bob.talksTo(t, carol, rtp)
	transferred := bob.starts(t, "complete")
	carol.expect(t, "the target is called again", "CALL_INCOMING")
	carol.do(t, "accept", "")
	transferred()
	bob.alone(t, "transferred")
	alice.hears(t, "transferred", carolTone)
	rtp.takes(t, "transferred", carol.mediaPort(t), aliceTone)
}
