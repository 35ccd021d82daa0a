//go:build interop

package interop

import (
	"strings"
	"testing"

	"hookflash/service/order"
	"hookflash/task"
	"hookflash/ua"
)

// TestUnattendedSIPp: each column of RFC 5359 §2.4 is a stranger once.
func TestUnattendedSIPp(t *testing.T) {
	t.Run("alice", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice := s.stranger(t, "transferor", "alice", 1)
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		bob.meets(t, "alice", alice.ears[0])
		alice.goOn(t, bob.callID(t, true, "INVITE "))
		carol.expect(t, "the target is called", "incoming")
		bob.calls(t, "the transferor is gone", 1)
		carol.do(t, "answer")
		bob.hears(t, "transferred", carolTone)
		carol.hears(t, "transferred", bobTone)
		alice.ends(t)
		if by := field(carol.newest(false, "INVITE "), "Referred-By"); !strings.Contains(by, "sip:alice@"+domain) {
			t.Errorf("the target learns who referred the caller: %q", by)
		}
	})
	t.Run("bob", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
		bob := s.stranger(t, "transferee", "bob", 1)
		alice.meetsCaller(t, bob.ears[0])
		transferred := alice.transfersAtOnce(t, "carol")
		carol.meetsCaller(t, bob.ears[0])
		transferred()
		alice.alone(t, "transferred")
		carol.do(t, "hangup")
		bob.ends(t)
	})
	t.Run("carol", func(t *testing.T) {
		t.Parallel()
		s := serveStrangers(t)
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		carol := s.stranger(t, "transfer_target", "carol", 1)
		bob.talks(t, alice)
		alice.do(t, "transfer carol")
		alice.alone(t, "transferred")
		bob.hears(t, "transferred", sippTone)
		carol.ears[0].hears(t, "transferred", bobTone)
		bob.do(t, "hangup")
		carol.ends(t)
	})
}

// transfersAtOnce transfers the call and hangs up as soon as the far side has set out.
func (d *desk) transfersAtOnce(t testing.TB, target string) (ends func()) {
	t.Helper()
	result := make(chan error, 1)
	d.phone.Do(func(a *ua.Agent) {
		call := a.Attended()
		a.Go("transfer", func(k *task.Task) {
			transfer, _ := order.Find("transfer")
			result <- transfer.Run(k, order.Request{Agent: a, Call: call, Target: "sip:" + target + "@" + domain, AtOnce: true})
		})
	})
	return func() {
		t.Helper()
		if err := <-result; err != nil {
			t.Fatalf("%s transfers: %v", d.user, err)
		}
	}
}

// TestUnattendedBaresip: baresip is transferred by a phone of ours, is the target, and transfers one of ours.
func TestUnattendedBaresip(t *testing.T) {
	t.Run("transferee", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		rtp := tap(t)
		alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
		bob := s.phone(t, account{user: "bob", tone: bobTone})
		bob.do(t, "dial", "sip:alice@"+domain)
		alice.expect(t, "the call arrives", "incoming")
		alice.do(t, "answer")
		bob.expect(t, "the call is answered", "CALL_ESTABLISHED")
		alice.hears(t, "the caller speaks", bobTone)
		transferred := alice.starts(t, "transfer carol")
		carol.expect(t, "the target is called", "incoming")
		carol.do(t, "answer")
		transferred()
		alice.alone(t, "transferred")
		carol.hears(t, "transferred", bobTone)
		rtp.takes(t, "transferred", bob.mediaPort(t), carolTone)
	})
	t.Run("target", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		rtp := tap(t)
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		carol := s.phone(t, account{user: "carol", tone: carolTone})
		bob.talks(t, alice)
		transferred := alice.starts(t, "transfer carol")
		carol.expect(t, "the target is called", "CALL_INCOMING")
		carol.do(t, "accept", "")
		transferred()
		alice.alone(t, "transferred")
		bob.hears(t, "transferred", carolTone)
		rtp.takes(t, "transferred", carol.mediaPort(t), bobTone)
	})
	t.Run("transferor", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		alice := s.phone(t, account{user: "alice", tone: aliceTone})
		bob.talksTo(t, alice, tap(t))
		alice.do(t, "transfer", "sip:carol@"+domain)
		carol.expect(t, "the target is called", "incoming")
		carol.do(t, "answer")
		bob.hears(t, "transferred", carolTone)
		carol.hears(t, "transferred", bobTone)
		bob.calls(t, "the transferor is gone", 1)
	})
}

// TestUnattendedLinphone: the same with linphonec.
func TestUnattendedLinphone(t *testing.T) {
	t.Run("transferee", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		alice, carol := s.desk(t, "alice", aliceTone), s.desk(t, "carol", carolTone)
		bob := s.startLinphone(t, account{user: "bob", tone: bobTone})
		bob.registered(t)
		alice.talksWith(t, bob)
		transferred := alice.starts(t, "transfer carol")
		carol.expect(t, "the target is called", "incoming")
		carol.do(t, "answer")
		transferred()
		alice.alone(t, "transferred")
		carol.hears(t, "transferred", bobTone)
		bob.hears(t, "transferred", carolTone)
	})
	t.Run("target", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
		carol := s.startLinphone(t, account{user: "carol", tone: carolTone})
		carol.registered(t)
		bob.talks(t, alice)
		transferred := alice.starts(t, "transfer carol")
		carol.logged(t, "the target is called", "incoming call from sip:bob@"+domain)
		carol.do(t, "answer")
		transferred()
		alice.alone(t, "transferred")
		bob.hears(t, "transferred", carolTone)
		carol.hears(t, "transferred", bobTone)
	})
	t.Run("transferor", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: everybody()})
		bob, carol := s.desk(t, "bob", bobTone), s.desk(t, "carol", carolTone)
		alice := s.startLinphone(t, account{user: "alice", tone: aliceTone})
		alice.registered(t)
		bob.talksWith(t, alice)
		alice.do(t, "transfer sip:carol@"+domain)
		carol.expect(t, "the target is called", "incoming")
		carol.do(t, "answer")
		alice.logged(t, "the transferor learns of it", "has been transfered")
		bob.hears(t, "transferred", carolTone)
		carol.hears(t, "transferred", bobTone)
		bob.calls(t, "the transferor is gone", 1)
	})
}
