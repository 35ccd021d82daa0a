package ua_test

import (
	"strings"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/sim"
	"hookflash/ua"
)

// TestPastTheServer: who calls a phone at its address is told that address, and not a GRUU, which leads
// to a server that knows nothing of the call.
func TestPastTheServer(t *testing.T) {
	n := sim.New(sim.Config{})
	o := office.New(n, office.Options{}, "alice", "server", "bob")
	answering(o.Desk("bob"))
	bob := o.Desk("bob").Agent().Settings().Local
	var call *ua.Call
	o.Desk("alice").Do(func(a *ua.Agent) { call, _ = a.Invite(ua.Invitation{Target: "sip:bob@" + bob.String()}) })
	if err := n.RunFor(5 * time.Second); err != nil || call.State != ua.Talking {
		t.Fatalf("the call is not answered: %v, %v", call.State, err)
	}
	if got, want := o.Hearing(), "alice hears bob\nbob hears alice\n"; got != want {
		t.Errorf("who hears whom: %q, want %q", got, want)
	}
	o.Desk("alice").Do(func(*ua.Agent) { call.HangUp() })
	if err := n.RunFor(5 * time.Second); err != nil || o.Desk("bob").Agent().Dialogs() != 0 {
		t.Errorf("the BYE reaches bob: %d dialogs left, %v", o.Desk("bob").Agent().Dialogs(), err)
	}
	if drawn := n.Ladder().Draw(); strings.Contains(drawn, "-> server") || strings.Contains(drawn, "server ->") {
		t.Errorf("the server has no part in it:\n%s", drawn)
	}
}
