//go:build interop

package interop

import (
	"strings"
	"testing"

	"hookflash/sip"
)

const lookForBob = "find-me: {steps: [{ring: [b1], for: 2s}, {ring: [b2, b3, b4], in-turn: true}]}"

// TestFindMeSIPp: Alice and B1 to B4 of RFC 5359 §2.12 are SIPp.
func TestFindMeSIPp(t *testing.T) {
	s := serve(t, setting{users: []string{user("alice", ""), having("bob", lookForBob), user("b1", ""), user("b2", ""), user("b3", ""), user("b4", "")}})
	places := []*sippRun{
		s.callee(t, "callee_cancelled", "b1"), s.callee(t, "callee_absent", "b2"), s.callee(t, "callee_busy", "b3"), s.callee(t, "callee_hangs_up", "b4"),
	}
	alice := s.caller(t, "caller_waits")
	alice.succeeds(t, "F1 to F25", patience)
	for i, place := range places {
		place.succeeds(t, "B"+string(rune('1'+i)), patience)
		if asked := place.invite(t).Header(sip.HeaderTo); !strings.Contains(asked, "sip:bob@"+domain) {
			t.Errorf("it is Bob who is looked for: %s", asked)
		}
	}
	wantCancelled(t, places[0])
	rang := map[string]int{}
	for _, m := range alice.got() {
		if m.StatusCode() == 180 {
			rang[m.ToTag()]++
		} else if m.StatusCode() > 300 && m.StatusCode() != 407 || m.StatusCode() == 199 {
			t.Errorf("the caller hears nothing of places that were left:\n%s", m.Text())
		}
	}
	if len(rang) != 2 {
		t.Errorf("two places ring: %v", rang)
	}
}

// TestFindMeBaresip: Alice and who is found are baresip, and hear each other; all places ring at once.
func TestFindMeBaresip(t *testing.T) {
	s := serve(t, setting{users: []string{user("alice", ""), having("bob", "find-me: {steps: [{ring: [b1, b2]}]}"), user("b1", ""), user("b2", "")}})
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	first, second := s.phone(t, account{user: "b1", tone: bobTone}), s.phone(t, account{user: "b2", tone: carolTone})
	alice.do(t, "dial", "sip:bob@"+domain)
	first.expect(t, "B1 rings", "CALL_INCOMING")
	second.expect(t, "and B2", "CALL_INCOMING")
	second.do(t, "accept", "")
	first.expect(t, "B1 is cancelled", "CALL_CLOSED")
	alice.expect(t, "B2 answers", "CALL_ESTABLISHED")
	alice.hears(t, "B2 speaks", carolTone)
	second.hears(t, "the caller speaks", aliceTone)
	hangUp(t, second, alice)
}
