package domain_test

import (
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/sip"
)

// TestRingingTwice: mallory knows the identifiers of a call that rings, and has one ring between two telephones of his own with
// the same. He is an end of his own call alone: the other one is not his to take, whichever of both a Replaces names.
func TestRingingTwice(t *testing.T) {
	for i, early := range []string{"", ";early-only", "", ";early-only"} {
		answered := i >= 2 // the accomplice answers
		n := sim.New(sim.Config{})
		w := newWorld(n, func(c *domain.Config) { c.Trusted = trusting("alice", "bob", "carol", "dave") })
		rings := func(m *sip.Message) []string {
			if m.Method() != sip.INVITE {
				return nil
			}
			return []string{respond(m, 180, "callee", "Contact: <sip:callee@192.0.2.99>")}
		}
		alice, bob := w.agent("alice", machine.UDP, rings), w.agent("bob", machine.UDP, rings)
		w.serve()
		mallory, accomplice := w.agent("carol", machine.UDP, rings), w.agent("dave", machine.UDP, func(m *sip.Message) []string {
			if m.Method() == sip.INVITE && answered {
				return []string{respond(m, 200, "callee", "Contact: <sip:callee@192.0.2.99>")}
			}
			return rings(m)
		})
		for name, a := range map[string]*agent{"alice": alice, "bob": bob, "carol": mallory, "dave": accomplice} {
			w.bound(name, binding("sip:"+name+"@"+a.address, 1000))
		}
		call := func(from, to, sequence string, more ...string) string {
			return lines(append([]string{
				"INVITE sip:" + to + "@example.test SIP/2.0", "Via: SIP/2.0/UDP " + addresses[from].String() + ";branch=z9hG4bK" + from + to + sequence, "Max-Forwards: 70",
				"From: <sip:" + from + "@example.test>;tag=caller", "To: <sip:" + to + "@example.test>", "Call-ID: the-call" + more[0], "CSeq: " + sequence + " INVITE",
				"Contact: <sip:" + from + "@" + addresses[from].String() + ">",
			}, more[1:]...)...)
		}
		alice.ask(call("alice", "bob", "1", ""))
		_ = n.RunFor(time.Second)
		mallory.ask(call("carol", "dave", "2", ""))
		_ = n.RunFor(time.Second)
		if len(bob.requests(sip.INVITE)) == 0 || len(accomplice.requests(sip.INVITE)) == 0 {
			t.Fatal("both calls ring")
		}
		before := len(alice.requests(sip.INVITE))
		theft := mallory.ask(call("carol", "alice", "1", "-other", "Replaces: the-call;to-tag=caller;from-tag=callee"+early))
		_ = n.RunFor(3 * time.Second)
		if code := theft.code(); code != 403 || len(alice.requests(sip.INVITE)) != before {
			t.Errorf("%q, answered: %v: mallory gets %d, and alice is asked %d times", early, answered, code, len(alice.requests(sip.INVITE))-before)
		}
	}
}
