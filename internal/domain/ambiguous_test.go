package domain_test

import (
	"fmt"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
)

// TestTakingCallsAmbiguously: what another phone could read in another way than the server does goes
// nowhere (RFC 3891 §3, RFC 3911 §4): one Replaces or one Join, not both, in its right form.
func TestTakingCallsAmbiguously(t *testing.T) {
	const one, other = "a@b;to-tag=1;from-tag=2", "c@d;to-tag=3;from-tag=4"
	for _, fields := range [][]string{
		{"Replaces: " + one, "Replaces: " + other},
		{"Replaces: " + one + ", " + other},
		{"Join: " + one + ", " + other},
		{"Replaces: " + one, "Join: " + other},
		{"Replaces: c@d;to-tag=3"},
		{"Replaces: c@d;to-tag=3;to-tag=1;from-tag=4"},
		{"Join:"},
	} {
		n := sim.New(sim.Config{})
		w := newWorld(n, func(c *domain.Config) { c.Trusted = trusting("alice", "bob", "carol") })
		alice := w.phone("alice")
		w.serve()
		carol := w.phone("carol")
		w.bound("alice", alice)
		w.bound("carol", carol)
		call := carol.CallWith("sip:alice@example.test", sim.CallOptions{Fields: fields})
		_ = n.RunFor(3 * time.Second)
		if call.FinalCode != 400 || len(alice.Calls()) != 0 {
			t.Errorf("%q: %d, and alice got %d calls", fields, call.FinalCode, len(alice.Calls()))
		}
	}
}

// TestTakingCallsWithATag: a To tag that belongs to no dialog does not get a Replaces past the server.
func TestTakingCallsWithATag(t *testing.T) {
	n := sim.New(sim.Config{})
	w := newWorld(n, func(c *domain.Config) { c.Trusted = trusting("alice", "bob", "carol") })
	alice, bob := w.phone("alice"), w.phone("bob")
	w.serve()
	w.phone("carol")
	w.bound("alice", alice)
	w.bound("bob", bob)
	first := alice.Call("sip:bob@example.test")
	_ = n.RunFor(time.Second)
	d := first.Dialog()
	text := fmt.Sprintf("INVITE sip:alice@example.test SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKtag\r\nMax-Forwards: 70\r\n"+
		"From: <sip:carol@example.test>;tag=1\r\nTo: <sip:alice@example.test>;tag=2\r\nCall-ID: tagged\r\nCSeq: 1 INVITE\r\n"+
		"Contact: <sip:carol@%[1]s>\r\nReplaces: %s;to-tag=%s;from-tag=%s\r\nContent-Length: 0\r\n\r\n",
		addresses["carol"], first.CallID(), d.LocalTag(), d.RemoteTag())
	w.Inject(addresses["carol"], serverAddress, text)
	_ = n.RunFor(time.Second)
	for _, arrow := range n.Ladder().Arrows {
		if arrow.CallID == "tagged" && n.Ladder().Name(arrow.To) == "alice" {
			t.Errorf("alice is asked: %s", arrow.Label)
		}
	}
}
