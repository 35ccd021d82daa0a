//go:build interop

package interop

import (
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestKilledInACall: the server is killed with -9 in the middle of a call. The phones go
// on talking; the next process routes their re-INVITE and BYE, and knows who is registered.
func TestKilledInACall(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		for _, hangsUp := range []string{"caller", "callee"} {
			t.Run(transport+"/the "+hangsUp+" hangs up", func(t *testing.T) {
				s := serve(t, setting{users: everybody()})
				bob := s.phone(t, account{user: "bob", transport: transport, tone: bobTone})
				alice := s.phone(t, account{user: "alice", transport: transport, tone: aliceTone})
				talk(t, alice, bob)
				s.kill()
				alice.hears(t, "the callee speaks without a server", bobTone)
				bob.hears(t, "the caller too", aliceTone)
				s.start()
				first, other := alice, bob
				if hangsUp == "callee" {
					first, other = bob, alice
				}
				hold(t, first, other)
				hangUp(t, first, other)
			})
		}
	}
}

// TestKilledBetweenCalls: a registration that was acknowledged is there after kill -9, so
// a call right after the restart finds the phone. Nobody registers again.
func TestKilledBetweenCalls(t *testing.T) {
	s := serve(t, setting{users: everybody()})
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	registers := alice.count(true, "REGISTER ") + bob.count(true, "REGISTER ")
	s.kill()
	s.start()
	wantBindings(t, s, 2)
	talk(t, alice, bob)
	hangUp(t, alice, bob)
	if now := alice.count(true, "REGISTER ") + bob.count(true, "REGISTER "); now != registers {
		t.Errorf("no phone had to register again: %d REGISTERs before the kill, %d after the call", registers, now)
	}
}

// TestDrain: SIGTERM refuses new calls, lets the call that is up end, and then the process
// ends by itself.
func TestDrain(t *testing.T) {
	s := serve(t, setting{users: everybody()})
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	carol := s.phone(t, account{user: "carol", tone: sippTone})
	talk(t, alice, bob)
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a draining server is not ready", func() bool { return s.status("/readyz") == http.StatusServiceUnavailable })
	if got := s.status("/healthz"); got != http.StatusOK {
		t.Errorf("but it is healthy: %d", got)
	}
	carol.do(t, "dial", "sip:bob@"+domain)
	if closed := carol.expect(t, "a new call is refused", "CALL_CLOSED"); !strings.HasPrefix(closed.Param, "503") {
		t.Errorf("a new call is refused because the server ends: %q, want 503", closed.Param)
	}
	hold(t, alice, bob)
	if !s.running() {
		t.Error("the server stays for the call that is up")
	}
	hangUp(t, bob, alice)
	if err := s.wait(t, patience); err != nil {
		t.Errorf("the last call ended, and the process with it: %v", err)
	}
}

// TestDrainLimit: a call that does not end is left to the phones after shutdown.drain.
func TestDrainLimit(t *testing.T) {
	s := serve(t, setting{users: everybody(), more: "shutdown: {drain: 1s}\n"})
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	talk(t, alice, bob)
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.wait(t, patience); err != nil {
		t.Errorf("the process ends in order: %v", err)
	}
	alice.hears(t, "the phones talk on", bobTone)
}

// TestReload: SIGHUP adds a user and removes none of the calls; a broken file changes
// nothing at all.
func TestReload(t *testing.T) {
	s := serve(t, setting{users: []string{user("alice", ""), user("bob", "")}})
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	talk(t, alice, bob)

	s.setting.users = append(s.setting.users, user("dora", ""), "{name: \"er in\", password: x}")
	s.configure(t)
	s.reload(t)
	s.logged(t, "a broken file is refused", "reload refused")
	// By SIPp, which asks once: baresip goes on asking until the server slows it down.
	if err := registration(t, s, "u1", "dora", 5060).wait(t, patience); err == nil {
		t.Error("none of a broken file takes effect: its new user got in")
	}

	s.setting.users = everybody()
	s.configure(t)
	s.reload(t)
	s.logged(t, "the mended file is taken", `"msg":"reloaded"`)
	carol := s.phone(t, account{user: "carol", tone: sippTone})
	hold(t, alice, bob)
	hangUp(t, alice, bob)

	carol.do(t, "dial", "sip:bob@"+domain)
	bob.expect(t, "the new user calls", "CALL_INCOMING")
	carol.do(t, "hangup", "")
	bob.expect(t, "and cancels", "CALL_CLOSED")
}

// TestReloadGone: without its file the server goes on too.
func TestReloadGone(t *testing.T) {
	s := serve(t, setting{digest: "[MD5]", users: everybody()})
	if err := os.Remove(s.file()); err != nil {
		t.Fatal(err)
	}
	s.reload(t)
	s.logged(t, "a missing file is refused", "reload refused")
	s.phone(t, account{user: "bob", tone: bobTone})
}
