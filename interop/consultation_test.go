//go:build interop

package interop

import "testing"

// TestConsultationSIPp: each column of RFC 5359 §2.2 is a stranger once.
func TestConsultationSIPp(t *testing.T) {
	t.Run("alice", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		alice := s.stranger(t, "held", "alice", 1)
		bob.meetsCaller(t, alice.ears[0])
		call := bob.callID(t, false, "INVITE ")
		bob.consults(t, carol)
		bob.do(t, "hangup")
		carol.alone(t, "the consultation ends")
		bob.do(t, "resume")
		bob.hears(t, "resumed", sippTone)
		alice.ears[0].hears(t, "resumed", bobTone)
		alice.goOn(t, call)
		alice.ends(t)
		bob.alone(t, "the BYE arrives")
	})
	t.Run("bob", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
		bob := s.stranger(t, "consults", "bob", 1)
		alice.meets(t, "bob", bob.ears[0])
		call := alice.callID(t, true, "INVITE ")
		bob.goOn(t, call)
		alice.expect(t, "the re-INVITE", "held_by_them")
		alice.hears(t, "held")
		bob.goOn(t, call)
		carol.meetsCaller(t, bob.ears[0])
		bob.goOn(t, call)
		carol.alone(t, "the consultation ends")
		alice.expect(t, "the re-INVITE", "resumed_by_them")
		alice.hears(t, "resumed", sippTone)
		bob.ears[0].hears(t, "resumed", aliceTone)
		alice.do(t, "hangup")
		bob.ends(t)
	})
	t.Run("carol", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		carol := s.stranger(t, "called", "carol", 1)
		alice.talks(t, bob)
		bob.meets(t, "carol", carol.ears[0])
		alice.hears(t, "held meanwhile")
		bob.do(t, "hangup")
		carol.ends(t)
		bob.do(t, "resume")
		alice.hears(t, "resumed", bobTone)
		bob.hears(t, "resumed", aliceTone)
	})
}

// talks calls another phone of ours; each hears the other.
func (d *desk) talks(t testing.TB, callee *desk) {
	t.Helper()
	d.do(t, "call "+callee.user)
	callee.expect(t, "the call arrives", "incoming")
	callee.do(t, "answer")
	d.expect(t, "the call is answered", "established")
	d.hears(t, "the callee speaks", callee.tone)
	callee.hears(t, "the caller speaks", d.tone)
}

// consults holds the call and calls another phone of ours.
func (d *desk) consults(t testing.TB, callee *desk) {
	t.Helper()
	d.talks(t, callee)
	d.calls(t, "the first call is held", 2)
}
