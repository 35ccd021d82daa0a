//go:build interop

package interop

import (
	"strings"
	"testing"
)

// TestKilledWithRooms: rooms and their settings are there after kill -9, and phones that call again find each other in them.
func TestKilledWithRooms(t *testing.T) {
	t.Parallel()
	s := serveAgents(t)
	alice, bob := s.desk(t, "alice", aliceTone), s.desk(t, "bob", bobTone)
	s.administer(t, "rooms", "add", "3300", "--title", "The team", "--limit", "7", "--moderator", "alice")
	s.administer(t, "rooms", "add", "3301")
	s.administer(t, "rooms", "remove", "3301")
	talk := func(reason string) {
		t.Helper()
		alice.do(t, "call 3300")
		alice.calls(t, reason, 1)
		bob.do(t, "call 3300")
		alice.hears(t, reason, bobTone)
		bob.hears(t, reason, aliceTone)
	}
	shown := func() string { return s.administer(t, "rooms", "show", "3300") }
	before := shown()
	talk("in the room")
	s.administer(t, "rooms", "lock", "3300")
	s.kill()
	s.start()
	for _, d := range []*desk{alice, bob} {
		d.hears(t, "the call ended with the server")
		d.do(t, "hangup")
		d.alone(t, "nobody knows of it any more")
	}
	if list := s.administer(t, "rooms", "list"); !strings.Contains(list, "3300") || strings.Contains(list, "3301") {
		t.Errorf("after the restart there are\n%s", list)
	}
	if after := shown(); !strings.Contains(after, "locked") {
		t.Errorf("a room that was locked is open:\n%s", after)
	}
	s.administer(t, "rooms", "unlock", "3300")
	if after := shown(); after != before {
		t.Errorf("the room is not what it was:\n%s\nbut\n%s", before, after)
	}
	talk("in the room again")
}
