//go:build interop

package interop

import (
	"strings"
	"testing"

	ours "hookflash/phone"
	"hookflash/sip"
)

// oneLine makes a phone of ours busy as soon as it has a call.
func oneLine(s *ours.Settings) { s.Lines = 1 }

// TestRedialSIPp: each column of RFC 5359 §2.17 is a stranger once.
func TestRedialSIPp(t *testing.T) {
	t.Run("alice", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		bob, carol := s.desk(t, "bob", bobTone, oneLine), s.desk(t, "carol", carolTone)
		carol.talks(t, bob)
		alice := s.stranger(t, "redials", "alice", 1, "target", bob.gruu())
		eventually(t, "F7: the first NOTIFY is answered", func() bool { return bob.newest(false, " NOTIFY\n") != "" })
		bob.expect(t, "F2: refused without ringing", "ended:486")
		carol.do(t, "hangup")
		bob.meetsCaller(t, alice.ears[0])
		eventually(t, "F19: the last NOTIFY is answered", func() bool { return alice.lastNotified() })
		alice.goOn(t, field(bob.newest(true, "Subscription-State: terminated"), "Call-ID"))
		alice.ends(t)
		bob.alone(t, "the BYE arrives")
	})
	t.Run("bob", func(t *testing.T) {
		t.Parallel()
		s := serveAgents(t)
		alice := s.desk(t, "alice", aliceTone)
		bob := s.stranger(t, "busy_and_tells", "bob", 3)
		alice.do(t, "call bob")
		alice.expect(t, "busy", "ended:486")
		alice.do(t, "redial-when-free "+bob.gruu)
		eventually(t, "F7: the first NOTIFY is answered", func() bool { return alice.newest(false, "NOTIFY ") != "" })
		bob.goOn(t, field(alice.newest(false, "NOTIFY "), "Call-ID"))
		alice.hears(t, "he is free", sippTone)
		bob.ears[0].hears(t, "he is free", aliceTone)
		eventually(t, "F19: the last NOTIFY", func() bool { return alice.newest(false, "Subscription-State: terminated") != "" })
		alice.do(t, "hangup")
		bob.ends(t)
	})
}

// lastNotified tells whether a SIPp got the NOTIFY that ends its subscription.
func (r *sippRun) lastNotified() bool {
	for _, m := range r.got() {
		if m.Method() == sip.NOTIFY && strings.HasPrefix(m.Header(sip.HeaderSubscriptionState), "terminated") {
			return true
		}
	}
	return false
}

// TestRedialBaresip: baresip 1.0 is who is busy, and tells nobody; the server, which sees its calls, tells for it.
func TestRedialBaresip(t *testing.T) {
	t.Parallel()
	s := serveAgents(t)
	rtp := tap(t)
	alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
	bob := s.phone(t, account{user: "bob", tone: bobTone, config: "call_max_calls 1\n"})
	carol.talksTo(t, bob, rtp)
	alice.do(t, "call bob")
	alice.expect(t, "busy", "ended:486")
	alice.do(t, "redial-when-free bob")
	eventually(t, "the server tells", func() bool { return alice.newest(false, "NOTIFY ") != "" })
	carol.do(t, "hangup")
	bob.expect(t, "he is free", "CALL_INCOMING")
	bob.do(t, "accept", "")
	alice.hears(t, "connected", bobTone)
	rtp.takes(t, "connected", bob.mediaPort(t), aliceTone)
}

// TestRedialDialledBaresip: baresip 1.0 has the server call again, by a code: it rings here first, and then there.
func TestRedialDialledBaresip(t *testing.T) {
	t.Parallel()
	s := serveTapped(t, "address: 127.0.0.1, ports: 51000-52999")
	rtp := tap(t)
	bob, carol := s.desk(t, "bob", bobTone, oneLine), s.desk(t, "carol", carolTone)
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	carol.talks(t, bob)
	alice.do(t, "dial", "sip:bob@"+domain)
	alice.expect(t, "busy", "CALL_CLOSED")
	bob.expect(t, "busy", "ended:486")
	alice.do(t, "dial", "sip:*66@"+domain)
	alice.expect(t, "it is said what follows", "CALL_ESTABLISHED")
	alice.expect(t, "and that is all", "CALL_CLOSED")
	if listed := s.administer(t, "redial", "list", "alice"); !strings.Contains(listed, "queued") {
		t.Errorf("it waits in the server:\n%s", listed)
	}
	carol.do(t, "hangup")
	alice.expect(t, "it rings here first", "CALL_INCOMING")
	alice.do(t, "accept", "")
	bob.expect(t, "then there", "incoming")
	bob.do(t, "answer")
	bob.hears(t, "connected", aliceTone)
	rtp.takes(t, "connected", alice.mediaPort(t), bobTone)
}
