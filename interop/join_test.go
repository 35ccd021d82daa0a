//go:build interop

package interop

import (
	"fmt"
	"testing"

	"hookflash/ua"
)

// TestJoinSIPp: each column of RFC 5359 §2.11 is a stranger once. Carol knows the dialog by other means, and is
// Bob's assistant.
func TestJoinSIPp(t *testing.T) {
	t.Run("alice", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		alice := s.stranger(t, "conference_first", "alice", 1)
		bob.meetsCaller(t, alice.ears[0])
		target, join := bob.joinable(t)
		carol.do(t, "join "+target+" "+join)
		bob.hears(t, "three talk", sippTone, carolTone)
		carol.hears(t, "three talk", sippTone, bobTone)
		alice.ears[0].hearsAll(t, "three talk", bobTone, carolTone)
		bob.do(t, "hangup all")
		alice.ends(t)
		carol.alone(t, "the BYE arrives")
	})
	t.Run("bob", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
		bob := s.stranger(t, "join_focus", "bob", 2)
		alice.meets(t, "bob", bob.ears[0])
		var join string
		alice.phone.Do(func(a *ua.Agent) {
			d := a.Attended().Dialog()
			join = fmt.Sprintf("%s;to-tag=%s;from-tag=%s", d.CallID, d.RemoteTag, d.LocalTag)
		})
		carol.do(t, "join bob "+join)
		carol.hears(t, "the focus speaks", sippTone)
		bob.ears[1].hears(t, "who joined speaks", carolTone)
		alice.hears(t, "the focus speaks on", sippTone)
		alice.do(t, "hangup")
		carol.do(t, "hangup")
		bob.ends(t)
	})
	t.Run("carol", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		alice.talks(t, bob)
		target, join := bob.joinable(t)
		carol := s.stranger(t, "joins", "carol", 1, "target", target, "join", join)
		bob.expect(t, "somebody joins", "joined")
		bob.hears(t, "three talk", aliceTone, sippTone)
		alice.hears(t, "three talk", bobTone, sippTone)
		carol.ears[0].hearsAll(t, "three talk", aliceTone, bobTone)
		carol.goOn(t, bob.callID(t, false, "\nJoin: "))
		carol.ends(t)
		bob.hears(t, "two talk on", aliceTone)
		alice.hears(t, "two talk on", bobTone)
	})
}

// joinable is what it takes to join the phone's call: its contact, and the value of Join.
func (d *desk) joinable(t testing.TB) (target, join string) {
	t.Helper()
	d.phone.Do(func(a *ua.Agent) {
		target = a.ContactURI()
		dialog := a.Attended().Dialog()
		join = fmt.Sprintf("%s;to-tag=%s;from-tag=%s", dialog.CallID, dialog.LocalTag, dialog.RemoteTag)
	})
	return target, join
}
