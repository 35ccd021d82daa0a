//go:build interop

package interop

import (
	"strings"
	"testing"
)

// TestTransferRefused: whoever refuses whatever in a transfer, the two who talked talk on, and the transferor is told.
func TestTransferRefused(t *testing.T) {
	t.Run("SIPp refuses the REFER", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice := s.desk(t, "alice", aliceTone)
		bob := s.stranger(t, "transfer_refused", "bob", 1)
		alice.meets(t, "bob", bob.ears[0])
		alice.fails(t, "transfer carol", "603")
		alice.hears(t, "the call goes on", sippTone)
		bob.ears[0].hears(t, "the call goes on", aliceTone)
		alice.do(t, "hangup")
		bob.ends(t)
	})
	t.Run("the target is busy, SIPp", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		carol := s.stranger(t, "callee_busy", "carol", 1)
		bob.talks(t, alice)
		alice.fails(t, "transfer carol", "486")
		carol.ends(t)
		alice.hears(t, "the call goes on", bobTone)
		bob.hears(t, "the call goes on", aliceTone)
	})
	t.Run("the target is busy, baresip is transferred", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		rtp := tap(t)
		alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
		carol.do(t, "dnd on")
		bob := s.phone(t, account{user: "bob", tone: bobTone})
		alice.talksTo(t, bob, rtp)
		port := bob.mediaPort(t)
		alice.fails(t, "transfer carol", "486")
		alice.hears(t, "the call goes on", bobTone)
		rtp.takes(t, "the call goes on", port, aliceTone)
	})
	t.Run("the target is busy, linphonec is transferred", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
		carol.do(t, "dnd on")
		bob := s.startLinphone(t, account{user: "bob", tone: bobTone})
		bob.registered(t)
		alice.talksWith(t, bob)
		alice.fails(t, "transfer carol", "486")
		alice.expect(t, "linphonec takes the call up again", "resumed_by_them")
		alice.hears(t, "the call goes on", bobTone)
		bob.hears(t, "the call goes on", aliceTone)
	})
	t.Run("the target is busy, linphonec transfers", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		carol.do(t, "dnd on")
		alice := s.startLinphone(t, account{user: "alice", tone: aliceTone})
		alice.registered(t)
		bob.talksWith(t, alice)
		alice.do(t, "transfer sip:carol@"+domain)
		eventually(t, "the transferor is told", func() bool {
			told := alice.newest(false, "message/sipfrag")
			return told != nil && strings.Contains(told.text, "SIP/2.0 486")
		})
		bob.hears(t, "the call goes on", aliceTone)
		alice.hears(t, "the call goes on", bobTone)
	})
}

// fails gives the phone a command that does not succeed, for a reason that it tells.
func (d *desk) fails(t testing.TB, command, reason string) {
	t.Helper()
	if err := d.session.Run(t.Context(), command); err == nil || !strings.Contains(err.Error(), reason) {
		t.Fatalf("%s: %s: %v, want %s", d.user, command, err, reason)
	}
}
