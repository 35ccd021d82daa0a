//go:build interop

package interop

import "testing"

// TestMessageSIPp: each column of RFC 5359 §2.6 is a stranger once.
func TestMessageSIPp(t *testing.T) {
	t.Run("alice", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		alice := s.stranger(t, "replaced", "alice", 2)
		bob.do(t, "message alice call me")
		bob.meetsCaller(t, alice.ears[0])
		bob.do(t, "message-transfer carol")
		carol.expect(t, "the URI", "message")
		carol.do(t, "take-over")
		bob.alone(t, "somebody else took the call over")
		carol.hears(t, "it is taken over", sippTone)
		alice.ears[1].hears(t, "it is taken over", carolTone)
		wantTriple(t, field(carol.newest(true, "\nReplaces: "), "Replaces"), bob.newest(true, " INVITE\n"), true)
		alice.goOn(t, carol.callID(t, true, "INVITE "))
		alice.ends(t)
		carol.alone(t, "the BYE arrives")
	})
	t.Run("bob", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
		bob := s.stranger(t, "message_sender", "bob", 1)
		alice.meets(t, "bob", bob.ears[0])
		bob.goOn(t, alice.callID(t, true, "INVITE "))
		carol.expect(t, "the URI", "message")
		carol.do(t, "take-over")
		bob.ends(t)
		alice.calls(t, "one call takes the other's place", 1)
		alice.hears(t, "it is taken over", carolTone)
		carol.hears(t, "it is taken over", aliceTone)
	})
	t.Run("carol", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		carol := s.stranger(t, "message_taker", "carol", 1)
		alice.talks(t, bob)
		bob.do(t, "message-transfer carol")
		call := bob.callID(t, true, "MESSAGE ")
		carol.goOn(t, call)
		bob.alone(t, "somebody else took the call over")
		alice.hears(t, "it is taken over", sippTone)
		carol.ears[0].hears(t, "it is taken over", aliceTone)
		carol.goOn(t, call)
		carol.ends(t)
		alice.alone(t, "the BYE arrives")
	})
}

// TestMessageLinphone: linphonec is the one whose call is taken over, by Replaces, and knows nothing of the message.
func TestMessageLinphone(t *testing.T) {
	t.Parallel()
	s := serve(t, setting{users: everybody()})
	bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
	alice := s.startLinphone(t, account{user: "alice", tone: aliceTone})
	alice.registered(t)
	alice.callsDesk(t, bob)
	bob.do(t, "message-transfer carol")
	carol.expect(t, "the URI", "message")
	carol.do(t, "take-over")
	bob.alone(t, "somebody else took the call over")
	carol.hears(t, "it is taken over", aliceTone)
	alice.hears(t, "it is taken over", carolTone)
}
