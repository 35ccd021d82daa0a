package park_test

import (
	"strings"
	"testing"
	"time"

	"hookflash/service/park"
	"hookflash/task"
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

// TestNoRoomToSwap: when the agent can do no more at a time, who is to come in the place of the parker is refused, and the
// place is free as soon as the parker has left.
func TestNoRoomToSwap(t *testing.T) {
	r := newRig()
	anyPlace := func(text string) string { return strings.Replace(text, ";orbit=701", "", 1) }
	bob, alice, place := "<sip:bob@example.test>;tag=1", "<sip:alice@example.test>;tag=2", "<sip:700@example.test>"
	r.send(anyPlace(request("INVITE", "bob", bob, place, 1, "bob", "P-Asserted-Identity: <sip:bob@example.test>\r\n", offered)))
	r.send(request("ACK", "bob", bob, place+";tag="+r.tag["bob"], 1, "ack", ""))
	r.pass(10 * time.Second)
	if load := r.service.Load(); load.States[park.Parked] != 1 {
		t.Fatalf("bob is not there: %v", load.States)
	}
	var busy []*task.Task
	r.a.Do(r.now, &r.out, func() {
		for one := r.a.Go("busy", func(t *task.Task) { t.Sleep(24 * time.Hour) }); one != nil; one = r.a.Go("busy", func(t *task.Task) { t.Sleep(24 * time.Hour) }) {
			busy = append(busy, one)
		}
	})
	r.send(request("INVITE", "alice", alice, place, 1, "alice",
		"P-Asserted-Identity: <sip:alice@example.test>\r\nReferred-By: <sip:bob@example.test>\r\nReplaces: bob;to-tag="+r.tag["bob"]+";from-tag=1\r\n", offered))
	if r.final["alice"] != 486 {
		t.Errorf("alice got %d", r.final["alice"])
	}
	if load := r.service.Load(); load.States[park.Parked] != 1 {
		t.Errorf("bob is not there any more: %v", load.States)
	}
	r.a.Do(r.now, &r.out, func() {
		for _, one := range busy {
			one.Stop()
		}
	})
	r.send(request("BYE", "bob", bob, place+";tag="+r.tag["bob"], 2, "bye", ""))
	r.pass(time.Minute)
	if load := r.service.Load(); load.States[park.Free] != 1 {
		t.Errorf("the place is not free: %v", load.States)
	}
}

// TestSwapThatFails: who was to come in the place of a parker, who still heard which place it is, leaves before that stands:
// the parker is parked like anybody else who called.
func TestSwapThatFails(t *testing.T) {
	r := newRig()
	bob, alice, place := "<sip:bob@example.test>;tag=1", "<sip:alice@example.test>;tag=2", "<sip:700@example.test>"
	r.send(strings.Replace(request("INVITE", "bob", bob, place, 1, "bob", "P-Asserted-Identity: <sip:bob@example.test>\r\n", offered), ";orbit=701", "", 1))
	r.send(request("ACK", "bob", bob, place+";tag="+r.tag["bob"], 1, "ack", ""))
	r.send(request("INVITE", "alice", alice, place, 1, "alice",
		"P-Asserted-Identity: <sip:alice@example.test>\r\nReferred-By: <sip:bob@example.test>\r\nReplaces: bob;to-tag="+r.tag["bob"]+";from-tag=1\r\n", offered))
	if load := r.service.Load(); load.States[park.Arriving] != 1 || r.final["alice"] != 200 {
		t.Fatalf("alice got %d, and the places are %v", r.final["alice"], load.States)
	}
	r.pass(20 * time.Second)
	r.send(request("BYE", "alice", alice, place+";tag="+r.tag["alice"], 2, "bye", ""))
	r.pass(time.Minute)
	if load := r.service.Load(); load.States[park.Parked] != 1 {
		t.Errorf("bob is not parked: %v", load.States)
	}
}
