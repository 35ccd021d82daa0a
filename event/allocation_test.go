package event

import (
	"testing"
	"time"

	"hookflash/sip"
)

// TestAllocations: a standing subscription costs no memory beyond itself, whatever passes.
func TestAllocations(t *testing.T) {
	s, _ := Accept(start, Request{Event: dialogs, Expires: 3600, HasExpires: true}, Offer{})
	w := active(t)
	at, sequence := start, uint32(100)
	told := Notification{Event: dialogs, State: sip.SubscriptionState{State: Active, Expires: 3600, HasExpires: true}, HasState: true}
	if got := testing.AllocsPerRun(1000, func() {
		at = at.Add(time.Second)
		s.Change()
		if _, ok := s.Notify(at); ok {
			s.Answered(at, 200)
		}
		sequence++
		told.Sequence = sequence
		if w.s.Notified(at, told) != 200 {
			t.Error("not taken")
		}
		w.s.Step(at)
	}); got > 0 {
		t.Errorf("%v allocations for a change told and taken", got)
	}
}

func TestStates(t *testing.T) {
	for state, want := range map[string]string{"active": Active, "pending": Pending, "dormant": Active} {
		w := subscribe(t)
		w.notified("RFC 6665 §8.2.3: a state that is not known is of a subscription that stands", 0, state, 200)
		if w.s.State() != want || w.s.Stage() != Subscribed {
			t.Errorf("%s: %s", state, w.s.State())
		}
	}
}
