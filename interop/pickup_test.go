//go:build interop

package interop

import (
	"testing"

	ours "hookflash/phone"
	"hookflash/ua"
)

// billMay lets bill see the identifiers of a phone's calls.
func billMay(s *ours.Settings) { s.Pickup = []string{"bill"} }

// gruu is where a phone of ours is reached.
func (d *desk) gruu() (uri string) {
	d.phone.Do(func(a *ua.Agent) { uri = a.ContactURI() })
	return uri
}

// rings calls somebody, and waits until it rings there.
func (d *desk) rings(t testing.TB, callee *desk) {
	t.Helper()
	d.do(t, "call "+callee.user)
	callee.expect(t, "it rings", "incoming")
}

// TestPickupSIPp: each column of RFC 5359 §2.16 is a stranger once.
func TestPickupSIPp(t *testing.T) {
	t.Run("alice", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		bob, bill := s.desk(t, "bob", bobTone, billMay), s.desk(t, "bill", carolTone)
		alice := s.stranger(t, "picked_up", "alice", 2)
		bob.do(t, "message alice call me")
		bob.expect(t, "it rings", "incoming")
		bill.do(t, "pickup "+bob.gruu())
		bill.hears(t, "picked up", sippTone)
		alice.ears[1].hears(t, "picked up", carolTone)
		bob.alone(t, "it rings no more")
		alice.goOn(t, bill.callID(t, true, "INVITE "))
		alice.ends(t)
		bill.alone(t, "the BYE arrives")
	})
	t.Run("bob", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		alice, bill := s.desk(t, "alice", aliceTone), s.desk(t, "bill", carolTone)
		bob := s.stranger(t, "rings_and_tells", "bob", 2)
		alice.do(t, "call bob")
		alice.expect(t, "it rings", "ringing")
		bill.do(t, "pickup "+bob.gruu)
		alice.hears(t, "picked up", carolTone)
		bill.hears(t, "picked up", aliceTone)
		bob.ends(t)
	})
	t.Run("bill", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone, billMay)
		alice.rings(t, bob)
		bill := s.stranger(t, "picks_up", "bill", 1, "target", bob.gruu())
		alice.hears(t, "picked up", sippTone)
		bill.ears[0].hears(t, "picked up", aliceTone)
		bob.alone(t, "it rings no more")
		alice.do(t, "hangup")
		bill.ends(t)
	})
}

// TestPickupDialledBaresip: baresip 1.0 picks up by codes, for which it needs to know nothing; of a caller who knows no Replaces
// it hears that it can't, and it rings on.
func TestPickupDialledBaresip(t *testing.T) {
	t.Parallel()
	s := serveAgents(t)
	rtp := tap(t)
	alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
	bill, carol := s.phone(t, account{user: "bill", tone: carolTone}), s.phone(t, account{user: "carol", tone: carolTone})
	for _, dialled := range []string{"*8", "**1002"} {
		alice.rings(t, bob)
		bill.do(t, "dial", "sip:"+dialled+"@"+domain)
		bill.expect(t, dialled, "CALL_ESTABLISHED")
		alice.hears(t, dialled, carolTone)
		rtp.takes(t, dialled, bill.mediaPort(t), aliceTone)
		bob.alone(t, "it rings no more")
		alice.do(t, "hangup")
		bill.expect(t, "the BYE arrives", "CALL_CLOSED")
	}
	carol.do(t, "dial", "sip:bob@"+domain)
	bob.expect(t, "it rings", "incoming")
	bill.do(t, "dial", "sip:*8@"+domain)
	bill.expect(t, "it is told why", "CALL_ESTABLISHED")
	bill.expect(t, "it is told why", "CALL_CLOSED")
	bob.do(t, "answer")
	carol.expect(t, "it rang on", "CALL_ESTABLISHED")
	bob.hears(t, "as if nobody had tried", carolTone)
}

// TestPickupLinphone: linphonec calls, and is called in the callee's place; it asks its person first, though it should not.
func TestPickupLinphone(t *testing.T) {
	t.Parallel()
	s := serveAgents(t)
	bob, bill := s.desk(t, "bob", bobTone, billMay), s.desk(t, "bill", carolTone)
	alice := s.startLinphone(t, account{user: "alice", tone: aliceTone})
	alice.registered(t)
	alice.do(t, "call sip:bob@"+domain+" --audio-only")
	bob.expect(t, "it rings", "incoming")
	picked := bill.starts(t, "pickup "+bob.gruu())
	alice.logged(t, "it is called", "incoming call from sip:bill@"+domain)
	alice.do(t, "answer 2")
	picked()
	bill.hears(t, "picked up", aliceTone)
	alice.hears(t, "picked up", carolTone)
}
