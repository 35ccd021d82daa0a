//go:build interop

package interop

import "testing"

// TestConferenceSIPp: each column of RFC 5359 §2.10 is a stranger once.
func TestConferenceSIPp(t *testing.T) {
	t.Run("alice", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		alice := s.stranger(t, "conference_first", "alice", 1)
		bob.meetsCaller(t, alice.ears[0])
		bob.adds(t, carol)
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
		bob := s.stranger(t, "conference_focus", "bob", 1)
		alice.meets(t, "bob", bob.ears[0])
		call := alice.callID(t, true, "INVITE ")
		bob.goOn(t, call)
		carol.meetsCaller(t, bob.ears[1])
		alice.hears(t, "the focus speaks on", sippTone)
		bob.goOn(t, call)
		bob.ends(t)
		alice.alone(t, "the BYE arrives")
		carol.alone(t, "the BYE arrives")
	})
	t.Run("carol", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		carol := s.stranger(t, "conference_third", "carol", 1)
		alice.talks(t, bob)
		bob.do(t, "conference carol")
		bob.hears(t, "three talk", aliceTone, sippTone)
		alice.hears(t, "three talk", bobTone, sippTone)
		carol.ears[0].hearsAll(t, "three talk", aliceTone, bobTone)
		bob.do(t, "hangup all")
		carol.ends(t)
		alice.alone(t, "the BYE arrives")
	})
}

// adds calls a third party into the call.
func (d *desk) adds(t testing.TB, third *desk) {
	t.Helper()
	added := d.starts(t, "conference "+third.user)
	third.expect(t, "the third party is called", "incoming")
	third.do(t, "answer")
	added()
}

// TestConferenceBaresip: three talk, a phone of ours is the focus, and baresip is first or third.
func TestConferenceBaresip(t *testing.T) {
	t.Run("first", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		rtp := tap(t)
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		alice := s.phone(t, account{user: "alice", tone: aliceTone})
		bob.talksTo(t, alice, rtp)
		bob.adds(t, carol)
		bob.hears(t, "three talk", aliceTone, carolTone)
		carol.hears(t, "three talk", aliceTone, bobTone)
		rtp.takes(t, "three talk", alice.mediaPort(t), bobTone, carolTone)
		carol.do(t, "hangup")
		bob.calls(t, "one leaves", 1)
		bob.hears(t, "two talk on", aliceTone)
		rtp.takes(t, "two talk on", alice.mediaPort(t), bobTone)
	})
	t.Run("third", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		rtp := tap(t)
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		carol := s.phone(t, account{user: "carol", tone: carolTone})
		alice.talks(t, bob)
		added := bob.starts(t, "conference carol")
		carol.expect(t, "the third party is called", "CALL_INCOMING")
		carol.do(t, "accept", "")
		added()
		bob.hears(t, "three talk", aliceTone, carolTone)
		alice.hears(t, "three talk", bobTone, carolTone)
		rtp.takes(t, "three talk", carol.mediaPort(t), aliceTone, bobTone)
		carol.do(t, "hangup", "")
		bob.calls(t, "one leaves", 1)
		bob.hears(t, "two talk on", aliceTone)
		alice.hears(t, "two talk on", bobTone)
	})
}

// TestConferenceLinphone: the same with linphonec, which is also held and merged, and once the focus itself.
func TestConferenceLinphone(t *testing.T) {
	t.Run("first", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		alice := s.startLinphone(t, account{user: "alice", tone: aliceTone})
		alice.registered(t)
		bob.talksWith(t, alice)
		bob.consults(t, carol)
		bob.do(t, "conference")
		bob.hears(t, "three talk", aliceTone, carolTone)
		carol.hears(t, "three talk", aliceTone, bobTone)
		alice.hearsAll(t, "three talk", bobTone, carolTone)
	})
	t.Run("third", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		carol := s.startLinphone(t, account{user: "carol", tone: carolTone})
		carol.registered(t)
		alice.talks(t, bob)
		added := bob.starts(t, "conference carol")
		carol.logged(t, "the third party is called", "incoming call from sip:bob@"+domain)
		carol.do(t, "answer")
		added()
		bob.hears(t, "three talk", aliceTone, carolTone)
		alice.hears(t, "three talk", bobTone, carolTone)
		carol.hearsAll(t, "three talk", aliceTone, bobTone)
	})
	t.Run("focus", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
		bob := s.startLinphone(t, account{user: "bob", tone: bobTone})
		bob.registered(t)
		bob.callsDesk(t, alice)
		bob.do(t, "pause")
		alice.expect(t, "the re-INVITE", "held_by_them")
		bob.callsDesk(t, carol)
		bob.do(t, "conference add 1")
		bob.do(t, "conference add 2")
		alice.hears(t, "three talk", carolTone)
		carol.hears(t, "three talk", aliceTone)
	})
}
