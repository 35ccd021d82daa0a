package park

import (
	"strings"
	"testing"
)

// TestTransitions: what is not in the table can't happen, from every state the place becomes free again, and none but a free
// place takes a call.
func TestTransitions(t *testing.T) {
	for s := range State(states) {
		for m := range move(moves) {
			to := transitions[s][m]
			if got := s.may(m); got != (to != never) {
				t.Errorf("%v in a place that is %v: may: %v", m, s, got)
			}
			if to == never {
				refuses(t, s, m)
				continue
			}
			if got := s.after(m); got != to {
				t.Errorf("%v in a place that is %v: it is %v", m, s, got)
			}
		}
		if s != Free && !s.may(quit) {
			t.Errorf("a place that is %v never becomes free", s)
		}
		if s != Free && s.may(reserve) {
			t.Errorf("a place that is %v takes another call", s)
		}
		if s.may(fetch) && s != Parked && s != Recalling {
			t.Errorf("a call is taken from a place that is %v", s)
		}
	}
}

// refuses wants a panic that names both.
func refuses(t *testing.T, s State, m move) {
	t.Helper()
	defer func() {
		text, _ := recover().(string)
		if !strings.Contains(text, s.String()) || !strings.Contains(text, m.String()) {
			t.Errorf("%v in a place that is %v: %q", m, s, text)
		}
	}()
	s.after(m)
}
