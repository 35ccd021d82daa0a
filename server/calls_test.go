package server

import (
	"fmt"
	"testing"
)

// TestUserCalls: calls are counted by user, and who has none leaves nothing behind.
func TestUserCalls(t *testing.T) {
	calls := newUserCalls()
	for i := range 1000 {
		user := fmt.Sprint("user", i)
		calls.Begin(user)
		calls.Begin(user)
		calls.End(user)
		if got := calls.Count(user); got != 1 {
			t.Fatalf("%s has %d calls, not 1", user, got)
		}
		calls.End(user)
	}
	if got := calls.Count("user1"); got != 0 {
		t.Errorf("%d calls of a user who has none", got)
	}
	for i := range calls {
		if left := len(calls[i].counts); left > 0 {
			t.Errorf("%d users are kept in mind", left)
		}
	}
	if n := testing.AllocsPerRun(100, func() { calls.Begin("alice"); calls.End("alice") }); n > 0 {
		t.Errorf("%v allocations of a call", n)
	}
}

// BenchmarkUserCalls is what counting a call costs one of its two users, from the INVITE to the BYE.
func BenchmarkUserCalls(b *testing.B) {
	calls := newUserCalls()
	for b.Loop() {
		calls.Begin("alice")
		calls.Begin("alice")
		calls.End("alice")
		calls.End("alice")
	}
}
