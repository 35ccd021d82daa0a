package domain_test

import (
	"fmt"
	"testing"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
)

// TestReferences: whose phone a REFER outside a dialog reaches.
func TestReferences(t *testing.T) {
	for _, test := range []struct {
		reason, uri, target, field string
		code                       int
	}{
		{"the own phone", "sip:alice@example.test", "sip:bob@example.test", "", 200},
		{"somebody else's phone", "sip:bob@example.test", "sip:carol@example.test", "", 403},
		{"somebody else's phone, at its address", "sip:bob@192.0.2.2:5060", "sip:carol@example.test", "", 403},
		{"somebody else's phone, by Route", "sip:alice@example.test", "sip:carol@example.test", "Route: <sip:192.0.2.2:5060;lr>", 403},
		{"about a call that there is not", "sip:bob@example.test", "sip:carol@example.test", "Target-Dialog: no;local-tag=such;remote-tag=call", 403},
		{"a foreign phone", "sip:far@198.51.100.7:5060", "sip:carol@example.test", "", 403},
	} {
		w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Trusted = trusting("alice", "bob") })
		alice, bob := w.agent("alice", machine.UDP, says(200)), w.agent("bob", machine.UDP, says(200))
		w.serve()
		w.bound("alice", binding("sip:alice@192.0.2.1:5060", 1000))
		w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
		asked := alice.ask(outside("REFER", test.uri, "call", 1, "Refer-To: <"+test.target+">", test.field))
		if err := w.quiet(); err != nil {
			t.Fatal(err)
		}
		reached := len(alice.requests(sip.REFER)) + len(bob.requests(sip.REFER))
		if asked.code() != test.code || reached != 0 != (test.code == 200) {
			t.Errorf("%s: answered %d, want %d; it reached %d phones\n%s", test.reason, asked.code(), test.code, reached, w.Ladder().DrawPlain())
		}
	}
}

// TestManyReferences: a user has as many referrals in a minute as MaxRefers.
func TestManyReferences(t *testing.T) {
	w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Trusted = trusting("alice") })
	alice := w.agent("alice", machine.UDP, says(200))
	w.serve()
	w.bound("alice", binding("sip:alice@192.0.2.1:5060", 1000))
	for i := range proxy.MaxRefers + 10 {
		alice.ask(outside("REFER", "sip:alice@example.test", fmt.Sprintf("call%d", i), 1, "Refer-To: <sip:bob@example.test>"))
		if err := w.RunFor(0); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.quiet(); err != nil {
		t.Fatal(err)
	}
	if got := len(alice.requests(sip.REFER)); got != proxy.MaxRefers {
		t.Errorf("%d REFERs reached the phone, want %d", got, proxy.MaxRefers)
	}
}
