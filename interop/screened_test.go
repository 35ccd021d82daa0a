//go:build interop

package interop

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// screening starts a server that refuses alice's calls to bob, and says why by a tone.
func screening(t *testing.T, alice, bob string) *server {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"screening", "screening-originating"} {
		writeSound(t, filepath.Join(folder, name+".wav"), tone(closedTone, 0, 3*time.Second))
	}
	return serve(t, setting{users: []string{alice, bob}, more: fmt.Sprintf("media: {prompts: %q, ports: 41000-41999}\n", folder)})
}

// refusal is the 403 that a SIPp got, with the URI in its Error-Info.
func (r *sippRun) refusal(t testing.TB) (uri string) {
	t.Helper()
	for _, m := range r.got() {
		if m.StatusCode() != 403 {
			continue
		}
		info, err := sip.ParseInfo(m.TopValue(sip.HeaderErrorInfo))
		if err != nil {
			t.Errorf("Error-Info: %v\n%s", err, m.Text())
		}
		return info.URI
	}
	t.Fatalf("%s was not refused", r.name)
	return ""
}

// listens has a SIPp call an announcement as alice, and hear it to its end.
func (s *server) listens(t testing.TB, uri string) {
	t.Helper()
	ear := listenRTP(t, sippTone)
	alice := sipp(t, scenario{
		name: "listens", remote: s.address, calls: 1, rows: []string{credentials("alice")}, arguments: []string{"-auth_uri", strings.TrimPrefix(uri, "sip:")},
		keys: map[string]string{"uri": uri, "rtp_port": fmt.Sprint(ear.address.Port())},
	})
	ear.hears(t, "the announcement", closedTone)
	alice.succeeds(t, "F10 to F14", patience)
}

// TestScreeningSIPp: Alice and Bob of RFC 5359 §2.13 and §2.14 are SIPp. What Alice calls in the end is what the
// server's Error-Info says.
func TestScreeningSIPp(t *testing.T) {
	t.Run("incoming", func(t *testing.T) {
		t.Parallel()
		s := screening(t, user("alice", ""), having("bob", "block: [alice]"))
		bob := sipp(t, scenario{name: "callee_use_proxy", remote: s.address, calls: 1, keys: map[string]string{"proxy": s.address.String()}}).listening(t)
		register(t, s, "u1", "bob", bob)
		alice := sipp(t, scenario{
			name: "screened", remote: bob.address, calls: 1, rows: []string{credentials("alice")}, arguments: []string{"-auth_uri", "bob@" + bob.address.String()},
			keys: map[string]string{
				"callee": bob.address.String(), "proxy_host": s.address.Addr().String(), "proxy_port": fmt.Sprint(s.address.Port()),
			},
		})
		alice.succeeds(t, "F1 to F9", patience)
		bob.succeeds(t, "F1 to F3", patience)
		s.listens(t, alice.refusal(t))
	})
	t.Run("outgoing", func(t *testing.T) {
		t.Parallel()
		s := screening(t, having("alice", "outgoing: {rules: [{to: [bob]}]}"), user("bob", ""))
		alice := s.caller(t, "caller_refused")
		alice.succeeds(t, "F1 to F6", patience)
		s.listens(t, alice.refusal(t))
	})
}

// TestScreeningBaresip: Alice and Bob are baresip, whose phone does not ring; Alice calls what the Error-Info says, and hears it.
func TestScreeningBaresip(t *testing.T) {
	for _, c := range []struct{ reason, alice, bob, phrase string }{
		{"incoming", user("alice", ""), having("bob", "block: [alice]"), "SIP/2.0 403 Screening Failure (Terminating)"},
		{"outgoing", having("alice", "outgoing: {rules: [{to: [bob]}]}"), user("bob", ""), "SIP/2.0 403 Screening Failure (Originating)"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			s := screening(t, c.alice, c.bob)
			alice, bob := s.phone(t, account{user: "alice", tone: aliceTone}), s.phone(t, account{user: "bob", tone: bobTone})
			alice.do(t, "dial", "sip:bob@"+domain)
			if closed := alice.expect(t, "the call is refused", "CALL_CLOSED"); !strings.HasPrefix(closed.Param, "403") {
				t.Errorf("the caller learns why: %q", closed.Param)
			}
			refused := alice.newest(false, c.phrase)
			if refused == nil {
				t.Fatalf("there is no %s", c.phrase)
			}
			info, err := sip.ParseInfo(field(refused.text, "Error-Info"))
			if err != nil {
				t.Fatalf("Error-Info: %v\n%s", err, refused.text)
			}
			alice.do(t, "dial", info.URI)
			alice.expect(t, "the announcement server answers", "CALL_ESTABLISHED")
			alice.hears(t, "it says why", closedTone)
			alice.expect(t, "it hangs up", "CALL_CLOSED")
			if got := bob.count(false, "INVITE "); got != 0 {
				t.Errorf("%d INVITEs reach Bob", got)
			}
		})
	}
}
