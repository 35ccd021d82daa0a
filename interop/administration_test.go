//go:build interop

package interop

import (
	"os/exec"
	"strings"
	"testing"
)

// administer runs hookflash against a server, as its administrator, and gives what it prints.
func (s *server) administer(t testing.TB, arguments ...string) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command(path, append(arguments, "--config", s.file())...).CombinedOutput()
	if err != nil {
		t.Fatalf("hookflash %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return string(output)
}

// arrives has alice call somebody, and wants the call to ring at a phone.
func arrives(t testing.TB, reason string, alice *phone, callee string, at *phone) {
	t.Helper()
	alice.do(t, "dial", "sip:"+callee+"@"+domain)
	at.expect(t, reason, "CALL_INCOMING")
	alice.do(t, "hangup", "")
	at.expect(t, reason+": given up", "CALL_CLOSED")
}

// TestAdministration: what a command changes takes effect at the next call, is told before, and is
// there after a kill and a start, where the file still says something else.
func TestAdministration(t *testing.T) {
	t.Parallel()
	s := serve(t, setting{users: everybody()})
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	carol := s.phone(t, account{user: "carol", tone: sippTone})
	arrives(t, "before", alice, "bob", bob)

	s.administer(t, "user", "forward", "bob", "--unconditional", "carol")
	if told := s.administer(t, "route", "explain", "alice", "bob"); !strings.Contains(told, "carol") {
		t.Errorf("it is told where the call would go:\n%s", told)
	}
	arrives(t, "forwarded at the next call", alice, "bob", carol)

	s.kill()
	s.start()
	arrives(t, "forwarded after a kill", alice, "bob", carol)

	s.administer(t, "rule", "add", "carol", "--name", "no alice", "--from", "alice", "--action", "refuse")
	alice.do(t, "dial", "sip:bob@"+domain)
	alice.expect(t, "carol does not let alice in", "CALL_CLOSED")

	s.administer(t, "user", "forward", "bob", "--off")
	arrives(t, "and not forwarded any more", alice, "bob", bob)

	alice.do(t, "dial", "sip:*72carol@"+domain)
	alice.expect(t, "a dialled code is answered", "CALL_ESTABLISHED")
	alice.expect(t, "and confirmed", "CALL_CLOSED")
	bob.do(t, "dial", "sip:alice@"+domain)
	carol.expect(t, "alice's calls are forwarded by the code", "CALL_INCOMING")
	bob.do(t, "hangup", "")
}
