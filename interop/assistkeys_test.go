//go:build interop

package interop

import (
	"fmt"
	"testing"
	"time"
)

// TestKeysBaresip: three baresips, which lack Replaces and Join, have twelve keys and no more: hold, consultation,
// three-way, transfer and park one after the other, and at each step who hears whom.
func TestKeysBaresip(t *testing.T) {
	t.Parallel()
	s := serveAssisted(t, "lacking", "ports: 46000-49999")
	alice, bob, carol := s.phone(t, account{user: "alice", tone: aliceTone}), s.phone(t, account{user: "bob", tone: bobTone}), s.phone(t, account{user: "carol", tone: carolTone})
	talk(t, alice, bob)
	bob.presses(t, "*4")
	alice.hearsAll(t, "held", musicTone)
	bob.presses(t, "*4")
	alice.hearsAll(t, "resumed", bobTone)

	bob.presses(t, "*21003#")
	carol.answers(t)
	carol.hearsAll(t, "consulted", bobTone)
	bob.hearsAll(t, "consulted", carolTone)
	alice.hearsAll(t, "she waits", musicTone)
	bob.presses(t, "*3")
	alice.hearsAll(t, "three talk", bobTone, carolTone)
	bob.hearsAll(t, "three talk", aliceTone, carolTone)
	carol.hearsAll(t, "three talk", aliceTone, bobTone)
	carol.do(t, "hangup", "")
	carol.expect(t, "she leaves", "CALL_CLOSED")
	alice.hearsAll(t, "two talk on", bobTone)

	bob.presses(t, "##1003#")
	carol.answers(t)
	bob.expect(t, "he is hung up", "CALL_CLOSED")
	alice.hearsAll(t, "transferred", carolTone)
	carol.hearsAll(t, "transferred", aliceTone)

	carol.presses(t, "#72")
	carol.expect(t, "she is hung up", "CALL_CLOSED")
	alice.hearsAll(t, "parked", musicTone)
	bob.do(t, "dial", "sip:701@"+domain)
	bob.expect(t, "the place answers", "CALL_ESTABLISHED")
	alice.hearsAll(t, "taken", bobTone)
	bob.hearsAll(t, "taken", aliceTone)
	alice.do(t, "hangup", "")
	bob.expect(t, "the BYE arrives", "CALL_CLOSED")
}

// answers takes a call that comes in.
func (p *phone) answers(t testing.TB) {
	t.Helper()
	within(t, commandLimit, p.user+" is called", func() (called bool) {
		p.lock.Lock()
		defer p.lock.Unlock()
		for ; p.seen < len(p.events); p.seen++ {
			called = called || p.events[p.seen].Type == "CALL_INCOMING"
		}
		return called
	})
	p.do(t, "accept", "")
	p.expect(t, "the call is answered", "CALL_ESTABLISHED")
}

// hearsAll waits until the phone hears these tones and no other in its newest call, from now on.
func (p *phone) hearsAll(t testing.TB, reason string, frequencies ...int) {
	t.Helper()
	from := len(p.recording())
	within(t, toneLimit, fmt.Sprintf("%s: %s hears %d Hz", reason, p.user, frequencies), func() bool {
		samples := p.recording()
		return from <= len(samples) && areTones(samples[from:], frequencies...)
	})
}

// TestKeysLinphone: linphonec transfers by keys, and is helped though it knows REFER.
func TestKeysLinphone(t *testing.T) {
	t.Parallel()
	s := serveAssisted(t, "all", assistedPorts)
	alice, carol := s.desk(t, "alice", aliceTone, plain), s.desk(t, "carol", carolTone, plain)
	bob := s.startLinphone(t, account{user: "bob", tone: bobTone})
	bob.registered(t)
	bob.callsDesk(t, alice)
	bob.do(t, "##")
	alice.hears(t, "she waits", musicTone)
	time.Sleep(time.Second)
	bob.do(t, "1003#")
	carol.expect(t, "the target is called", "incoming")
	carol.do(t, "answer")
	bob.logged(t, "he is hung up", "ended")
	alice.hears(t, "transferred", carolTone)
	carol.hears(t, "transferred", aliceTone)
}
