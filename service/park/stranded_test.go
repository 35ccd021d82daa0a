package park_test

import (
	"testing"
	"time"

	"hookflash/service/park"
)

// TestTakerOfNobody: who wants to take a call that ends at that moment, while it is asked for patience, is told so, and does
// not hear ringing for ever.
func TestTakerOfNobody(t *testing.T) {
	r := newRig()
	r.service.Configure(settings(func(s *park.Settings) {
		s.Orbits = []park.Orbit{{Name: "all", Slots: []string{"701"}, Timeout: time.Hour, Every: 30 * time.Second}}
	}))
	alice, carol, place := "<sip:alice@example.test>;tag=1", "<sip:carol@example.test>;tag=2", "<sip:701@example.test>"
	r.send(request("INVITE", "alice", alice, place, 1, "alice", "P-Asserted-Identity: <sip:alice@example.test>\r\nReferred-By: <sip:bob@example.test>\r\n", offered))
	r.send(request("ACK", "alice", alice, place+";tag="+r.tag["alice"], 1, "ack", ""))
	for len(r.said) == 0 { // until she is asked
		r.now = r.a.Next()
		r.a.Advance(r.now, &r.out)
		r.take()
	}
	r.said = nil // which lasts
	r.send(request("INVITE", "carol", carol, place, 1, "carol", "P-Asserted-Identity: <sip:carol@example.test>\r\n", offered))
	r.send(request("BYE", "alice", alice, place+";tag="+r.tag["alice"], 2, "bye", ""))
	r.pass(time.Minute)
	if r.final["carol"] != 480 {
		t.Errorf("carol got %d, and nobody is parked any more", r.final["carol"])
	}
	if load := r.a.Load(); load.Calls+load.Tasks != 0 {
		t.Errorf("left behind: %+v", load)
	}
}
