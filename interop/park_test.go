//go:build interop

package interop

import "testing"

// TestParkSIPp: each person of RFC 5359 §2.15 is a stranger once. The park server is ours.
func TestParkSIPp(t *testing.T) {
	t.Run("alice", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		alice := s.stranger(t, "parked", "alice", 3)
		bob.do(t, "message alice call me")
		bob.meetsCaller(t, alice.ears[0])
		first := bob.newest(true, " INVITE\n")
		bob.do(t, "park 701")
		bob.alone(t, "parked")
		alice.ears[0].hears(t, "parked", musicTone)
		wantTriple(t, alice.replaces(t, "park"), first, true)
		carol.do(t, "unpark 701")
		carol.hears(t, "she is taken", sippTone)
		alice.ears[1].hears(t, "she is taken", carolTone)
		alice.goOn(t, carol.callID(t, true, "INVITE "))
		alice.ends(t)
		carol.alone(t, "the BYE arrives")
	})
	t.Run("bob", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
		bob := s.stranger(t, "parks", "bob", 1)
		alice.meets(t, "bob", bob.ears[0])
		bob.goOn(t, alice.callID(t, true, "INVITE "))
		bob.ends(t)
		alice.calls(t, "one call takes the other's place", 1)
		alice.hears(t, "parked", musicTone)
		carol.do(t, "unpark 701")
		alice.hears(t, "taken", carolTone)
		carol.hears(t, "taken", aliceTone)
	})
	t.Run("carol", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		alice.talks(t, bob)
		bob.do(t, "park 701")
		bob.alone(t, "parked")
		alice.hears(t, "parked", musicTone)
		carol := s.stranger(t, "retrieves", "carol", 1)
		alice.calls(t, "one call takes the other's place", 1)
		alice.hears(t, "taken", sippTone)
		carol.ears[0].hears(t, "taken", aliceTone)
		alice.do(t, "hangup")
		carol.ends(t)
	})
}

// TestParkBaresip: baresip 1.0 knows no Replaces, so the park server can't take it by REFER, and the call goes on; transferred
// to a place where who calls is parked it is, though it says nothing of who transferred it (Referred-By), and whoever takes it has it.
func TestParkBaresip(t *testing.T) {
	t.Parallel()
	s := serveTapped(t, "address: 127.0.0.1, ports: 48000-49999")
	rtp := tap(t)
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
	bob.talksTo(t, alice, rtp)
	bob.fails(t, "park 701", "420")
	bob.calls(t, "a refusal leaves the call standing", 1)
	bob.hears(t, "as before", aliceTone)
	rtp.takes(t, "as before", alice.mediaPort(t), bobTone)

	bob.do(t, "transfer *5901")
	bob.alone(t, "parked")
	within(t, commandLimit, "parked: the number of the place is said, and then there is music", func() bool {
		return areTones(rtp.to(alice.mediaPort(t)), musicTone)
	})
	carol.do(t, "unpark 5901")
	carol.hears(t, "taken", aliceTone)
	rtp.takes(t, "taken", alice.mediaPort(t), carolTone)
	carol.do(t, "hangup")
	alice.expect(t, "the BYE arrives", "CALL_CLOSED")
}

// TestParkDialledBaresip: baresip parks and takes by the codes that everybody can dial.
func TestParkDialledBaresip(t *testing.T) {
	t.Parallel()
	s := serveAgents(t)
	rtp := tap(t)
	alice := s.desk(t, "alice", aliceTone)
	bob, carol := s.phone(t, account{user: "bob", tone: bobTone}), s.phone(t, account{user: "carol", tone: carolTone})
	alice.talksTo(t, bob, rtp)
	bob.do(t, "transfer", "sip:700@"+domain)
	alice.hears(t, "parked at the first free place", musicTone)
	bob.do(t, "hangup", "")
	carol.do(t, "dial", "sip:701@"+domain)
	carol.expect(t, "the place answers", "CALL_ESTABLISHED")
	alice.hears(t, "taken", carolTone)
	rtp.takes(t, "taken", carol.mediaPort(t), aliceTone)
	alice.do(t, "hangup")
	carol.expect(t, "the BYE arrives", "CALL_CLOSED")
}

// TestParkLinphone: linphonec, which knows Replaces, is parked and taken.
func TestParkLinphone(t *testing.T) {
	t.Parallel()
	s := serveAgents(t)
	bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
	alice := s.startLinphone(t, account{user: "alice", tone: aliceTone})
	alice.registered(t)
	alice.callsDesk(t, bob)
	bob.do(t, "park 701")
	bob.alone(t, "parked")
	alice.hears(t, "parked", musicTone)
	carol.do(t, "unpark 701")
	carol.hears(t, "taken", aliceTone)
	alice.hears(t, "taken", carolTone)
}
