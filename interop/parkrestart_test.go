//go:build interop

package interop

import (
	"testing"

	"hookflash/machine"
	ours "hookflash/phone"
)

// TestKilledWhileParked: the server is killed with -9 while somebody is parked. The next process plays the music on, from the
// port it came from, and the call is taken as if nothing had been.
func TestKilledWhileParked(t *testing.T) {
	t.Run("and is taken", func(t *testing.T) {
		t.Parallel()
		s, alice, _, carol := parkedBefore(t)
		s.kill()
		alice.hears(t, "nobody plays music without a server")
		s.start()
		alice.hears(t, "the next process does", musicTone)
		alice.calls(t, "by the same call", 1)
		carol.do(t, "unpark 701")
		alice.hears(t, "taken", carolTone)
		carol.hears(t, "taken", aliceTone)
		carol.do(t, "hangup")
		alice.alone(t, "the BYE arrives")
	})
	t.Run("twice, and the number is dialled at once", func(t *testing.T) {
		t.Parallel()
		s, alice, _, carol := parkedBefore(t)
		for range 2 {
			s.kill()
			s.start()
		}
		carol.do(t, "call 701")
		alice.hears(t, "taken", carolTone)
		carol.hears(t, "taken", aliceTone)
		alice.do(t, "hangup")
		carol.alone(t, "the BYE arrives")
	})
	t.Run("over TCP", func(t *testing.T) {
		t.Parallel()
		s, alice, _, carol := parkedBefore(t, func(settings *ours.Settings) { settings.Transport = machine.TCP })
		s.kill()
		alice.hears(t, "nobody plays music without a server")
		s.start()
		alice.hears(t, "the next process does", musicTone)
		within(t, 2*commandLimit, "her phone connects again", func() bool {
			return alice.newest(false, "UPDATE ") != "" || alice.newest(false, "INVITE ") != ""
		})
		carol.do(t, "unpark 701")
		alice.hears(t, "taken", carolTone)
		carol.hears(t, "taken", aliceTone)
	})
	t.Run("and hangs up", func(t *testing.T) {
		t.Parallel()
		s, alice, _, carol := parkedBefore(t)
		s.kill()
		s.start()
		alice.hears(t, "music goes on", musicTone)
		alice.do(t, "hangup")
		alice.alone(t, "the BYE is answered")
		carol.fails(t, "unpark 701", "480")
	})
	t.Run("and has left meanwhile", func(t *testing.T) {
		t.Parallel()
		s, alice, bob, carol := parkedBefore(t)
		s.kill()
		alice.do(t, "hangup") // and nobody hears of it
		alice.alone(t, "she has left")
		s.start()
		within(t, commandLimit, "the place is free as soon as it is known that nobody is there", func() bool {
			return s.metric(t, `hookflash_park_slots{state="parked"}`) == 0
		})
		carol.fails(t, "unpark 701", "480")
		bob.talks(t, carol)
	})
}

// parkedBefore is bob having parked alice at 701.
func parkedBefore(t *testing.T, changes ...func(*ours.Settings)) (s *server, alice, bob, carol *desk) {
	t.Helper()
	s = serveAgents(t)
	alice, bob, carol = s.desk(t, "alice", aliceTone, changes...), s.desk(t, "bob", bobTone, changes...), s.desk(t, "carol", carolTone, changes...)
	alice.talks(t, bob)
	bob.do(t, "park 701")
	bob.alone(t, "parked")
	alice.hears(t, "parked", musicTone)
	return s, alice, bob, carol
}

// TestKilledWhileParkedBaresip: baresip knows neither Replaces nor the other things that would help.
func TestKilledWhileParkedBaresip(t *testing.T) {
	t.Parallel()
	s := serveTapped(t, "address: 127.0.0.1, ports: 46000-47999")
	rtp := tap(t)
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
	bob.talksTo(t, alice, rtp)
	bob.do(t, "transfer *5901")
	bob.alone(t, "parked")
	within(t, commandLimit, "parked: the number of the place is said, and then there is music", func() bool {
		return areTones(rtp.to(alice.mediaPort(t)), musicTone)
	})
	s.kill()
	s.start()
	rtp.takes(t, "after the restart", alice.mediaPort(t), musicTone)
	carol.do(t, "unpark 5901")
	carol.hears(t, "taken", aliceTone)
	rtp.takes(t, "taken", alice.mediaPort(t), carolTone)
	carol.do(t, "hangup")
	alice.expect(t, "the BYE arrives", "CALL_CLOSED")
}

// TestKilledWhileParkedAssisted: the server stands between the telephones, and the call was parked by a code.
func TestKilledWhileParkedAssisted(t *testing.T) {
	t.Parallel()
	s := serve(t, setting{
		users: []string{having("alice", `numbers: ["1001"]`), having("bob", `numbers: ["1002"]`), having("carol", `numbers: ["1003"]`)},
		more:  strangers + musical(t, "ports: 42000-45999") + "assist: all\n",
	})
	alice, bob, carol := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
	alice.talks(t, bob)
	bob.do(t, "dtmf #72")
	alice.hears(t, "parked", musicTone)
	bob.do(t, "hangup")
	s.kill()
	alice.hears(t, "nobody plays music without a server")
	s.start()
	alice.hears(t, "the next process does", musicTone)
	carol.do(t, "call 701")
	alice.hears(t, "taken", carolTone)
	carol.hears(t, "taken", aliceTone)
	carol.do(t, "hangup")
	alice.alone(t, "the BYE arrives")
}
