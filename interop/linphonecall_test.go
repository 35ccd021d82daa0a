//go:build interop

package interop

import (
	"fmt"
	"strings"
	"testing"
)

// TestLinphone: linphonec registers with digest, calls a baresip and is called by it, over each transport.
// Either side holds and resumes, and either side hangs up.
func TestLinphone(t *testing.T) {
	for _, crossing := range []struct{ linphone, baresip string }{{"udp", "tcp"}, {"tcp", "udp"}} {
		t.Run("linphonec "+crossing.linphone+"-baresip "+crossing.baresip, func(t *testing.T) {
			t.Parallel()
			s := serve(t, setting{users: everybody()})
			alice := s.startLinphone(t, account{user: "alice", transport: crossing.linphone, tone: aliceTone})
			bob := s.phone(t, account{user: "bob", transport: crossing.baresip, tone: bobTone})
			alice.registered(t)
			wantBindings(t, s, 2)

			alice.do(t, "call sip:bob@"+domain+" --audio-only")
			bob.expect(t, "the call arrives", "CALL_INCOMING")
			alice.logged(t, "the caller hears that it rings", "ringing.")
			bob.do(t, "accept", "")
			alice.logged(t, "the call is answered", "Media streams established")
			bob.expect(t, "the answer is acknowledged", "CALL_ESTABLISHED")
			alice.hears(t, "the callee speaks", bobTone)
			bob.hears(t, "the caller speaks", aliceTone)
			wantIdentity(t, bob, "alice")
			alice.holds(t, bob)
			alice.do(t, "terminate")
			bob.expect(t, "the BYE arrives", "CALL_CLOSED")
			alice.logged(t, "the BYE is answered", "ended (No error)")

			bob.do(t, "dial", "sip:alice@"+domain)
			alice.logged(t, "the call arrives", "incoming call from sip:bob@"+domain)
			bob.expect(t, "the caller hears that it rings", "CALL_RINGING")
			alice.do(t, "answer")
			bob.expect(t, "the call is answered", "CALL_ESTABLISHED")
			alice.hears(t, "the caller speaks", bobTone)
			bob.hears(t, "the callee speaks", aliceTone)
			bob.holds(t, alice)
			bob.do(t, "hangup", "")
			alice.loggedTimes(t, "the BYE arrives", "ended (No error)", 2)
		})
	}
}

// holds sends re-INVITEs: to hold, with the phone's own tone as music, and to resume.
func (l *linphone) holds(t testing.TB, held *phone) {
	t.Helper()
	rtp := tap(t)
	invites := held.count(false, "INVITE ")
	reinvite := func(reason, command, direction string, want bool) {
		t.Helper()
		l.do(t, command)
		invites++
		eventually(t, reason+": the re-INVITE and its ACK arrive", func() bool {
			return held.count(false, "INVITE ") == invites && strings.HasPrefix(held.newest(false, "").text, "ACK ")
		})
		if invite := held.newest(false, "INVITE ").text; strings.Contains(invite, direction) != want {
			t.Errorf("%s: linphonec's re-INVITE says %s: %v, want %v:\n%s", reason, direction, !want, want, invite)
		}
	}
	reinvite("hold", "pause", "a=sendonly", true)
	rtp.restsAt(t, "the held side is silent", l.mediaPort())
	rtp.carries(t, "the held side hears music", held, l.tone)
	reinvite("resume", "resume", "a=sendonly", false)
	rtp.carries(t, "the holder is heard again", held, l.tone)
	l.hears(t, "and hears", held.tone)
}

// holds sends re-INVITEs to a linphonec: to hold, and to resume.
func (p *phone) holds(t testing.TB, held *linphone) {
	t.Helper()
	rtp := tap(t)
	reinvite := func(reason, command, direction string) {
		t.Helper()
		before := held.count(false, "ACK ")
		p.do(t, command, "")
		eventually(t, reason+": the re-INVITE and its ACK arrive", func() bool { return held.count(false, "ACK ") == before+1 })
		if invite := held.newest(false, "INVITE ").text; !strings.Contains(invite, direction) {
			t.Errorf("%s: baresip's re-INVITE has no %s:\n%s", reason, direction, invite)
		}
	}
	reinvite("hold", "hold", "a=sendonly")
	rtp.rests(t, "the held side is silent", p)
	reinvite("resume", "resume", "a=sendrecv")
	rtp.carries(t, "the held side is heard again", p, held.tone)
	held.hears(t, "and hears", p.tone)
}

// TestLinphoneTransfers: three linphonecs transfer a call among themselves through the server, blind and
// attended, so that each role passes the proxy: REFER, NOTIFY, Referred-By, and an INVITE with Replaces.
func TestLinphoneTransfers(t *testing.T) {
	s := serve(t, setting{users: everybody()})
	alice := s.startLinphone(t, account{user: "alice", transport: "udp", tone: aliceTone})
	bob := s.startLinphone(t, account{user: "bob", transport: "tcp", tone: bobTone})
	carol := s.startLinphone(t, account{user: "carol", transport: "udp", tone: carolTone})
	for _, l := range []*linphone{alice, bob, carol} {
		l.registered(t)
	}
	alice.talks(t, bob)
	alice.do(t, "transfer sip:carol@"+domain)
	carol.logged(t, "the target is called", "incoming call from sip:bob@"+domain)
	carol.do(t, "answer")
	alice.logged(t, "the transferor learns of it and leaves", "has been transfered")
	bob.wantTransferred(t, alice, carol, false)
	bob.do(t, "terminate")
	carol.logged(t, "the call ends", "ended (No error)")

	alice.talks(t, bob)
	alice.do(t, "pause")
	alice.logged(t, "the first call is held", "is now paused")
	alice.talks(t, carol)
	alice.do(t, fmt.Sprintf("transfer %d --to-call %d", 2, 3))
	alice.loggedTimes(t, "the transferor learns of it and leaves", "has been transfered", 2)
	bob.wantTransferred(t, alice, carol, true)
	if strings.Count(carol.text(), "incoming call from sip:alice@") != 1 || carol.count(false, "INVITE ") < 3 {
		t.Error("the target had a call of the transferor's, and one with Replaces")
	}
}

// talks brings up a call from one linphonec to another, in which each hears the other's tone.
func (l *linphone) talks(t testing.TB, callee *linphone) {
	t.Helper()
	rings, streams := strings.Count(callee.text(), "incoming call from "), strings.Count(l.text(), "Media streams established")
	l.do(t, "call sip:"+callee.user+"@"+domain+" --audio-only")
	callee.loggedTimes(t, "the call arrives", "incoming call from ", rings+1)
	callee.do(t, "answer")
	l.loggedTimes(t, "the call is answered", "Media streams established", streams+1)
	l.hears(t, "the callee speaks", callee.tone)
	callee.hears(t, "the caller speaks", l.tone)
}

// wantTransferred: the transferee talks to the target, by an INVITE that tells who referred it and, after an
// attended transfer, what it replaces.
func (l *linphone) wantTransferred(t testing.TB, transferor, target *linphone, attended bool) {
	t.Helper()
	l.hears(t, "transferred", target.tone)
	target.hears(t, "transferred", l.tone)
	invite := target.newest(false, "INVITE ").text
	if !strings.Contains(invite, "Referred-By: <sip:"+transferor.user+"@"+domain+">") && !strings.Contains(invite, "Referred-By: sip:"+transferor.user+"@"+domain) {
		t.Errorf("the INVITE tells who referred it:\n%s", invite)
	}
	if strings.Contains(invite, "\nReplaces: ") != attended {
		t.Errorf("the INVITE has Replaces after an attended transfer alone:\n%s", invite)
	}
	eventually(t, "the transferor leaves", func() bool { return transferor.newest(true, "BYE ") != nil })
}
