//go:build interop

package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// behindGateway is the number that RFC 5359 §2.7 forwards to.
const behindGateway = "+19727293660"

// got are the messages that a SIPp received so far. It keeps those of a few calls.
func (r *sippRun) got() (messages []*sip.Message) {
	for entry := range strings.SplitSeq(fileText(r.messages), "\n----------") {
		head, text, _ := strings.Cut(entry, "\n\n")
		if !strings.Contains(head, "message received") {
			continue
		}
		if m, err := sip.Parse(text); err == nil {
			messages = append(messages, m)
		}
	}
	return messages
}

// invite is the first INVITE that a SIPp received.
func (r *sippRun) invite(t testing.TB) *sip.Message {
	t.Helper()
	for _, m := range r.got() {
		if m.IsRequest() && m.Method() == sip.INVITE {
			return m
		}
	}
	t.Fatalf("%s got no INVITE", r.name)
	return nil
}

// wantForwarded: who gets a forwarded call is told by whom and why, in History-Info and in Diversion.
func wantForwarded(t testing.TB, invite *sip.Message, by string, cause int, reason string) {
	t.Helper()
	var entries []sip.HistoryEntry
	for value := range invite.Values(sip.HeaderHistoryInfo) {
		entry, err := sip.ParseHistoryInfo(value)
		if err != nil {
			t.Errorf("History-Info %q: %v", value, err)
		}
		entries = append(entries, entry)
	}
	if len(entries) != 2 || entries[0].Address.URI.User != by || entries[0].Index != "1" || entries[1].Index != "1.1" || entries[1].Mapped != "1" ||
		!strings.Contains(sip.Unescape(entries[0].Address.URI.Headers), fmt.Sprintf("cause=%d", cause)) {
		t.Errorf("History-Info tells of %s, cause %d: %q", by, cause, invite.Header(sip.HeaderHistoryInfo))
	}
	d, err := sip.ParseDiversion(invite.TopValue(sip.HeaderDiversion))
	if err != nil || d.Address.URI.User != by || d.Reason != reason {
		t.Errorf("Diversion tells of %s, %s: %q", by, reason, invite.Header(sip.HeaderDiversion))
	}
}

// wantAnnounced: the caller got one 181, after so many 180s, whose tag is nobody else's, and nothing of a phone that was left after it.
func wantAnnounced(t testing.TB, caller *sippRun, before int) {
	t.Helper()
	rang, forwarded, early, left := 0, 0, map[string]bool{}, map[string]bool{}
	for _, m := range caller.got() {
		switch code := m.StatusCode(); {
		case m.IsRequest() || code == 100 || code == 407 || m.Method() != sip.INVITE:
			continue
		case code == 181:
			forwarded++
			if rang != before || early[m.ToTag()] || m.ToTag() == "" || m.Has(sip.HeaderContact) || m.Has(sip.HeaderRSeq) {
				t.Errorf("after %d 180, %d wanted: the 181 makes no dialog:\n%s", rang, before, m.Text())
			}
			early[m.ToTag()] = true
			left = early
			early = map[string]bool{}
		case left[m.ToTag()]:
			t.Errorf("the caller hears of a phone that was left:\n%s", m.Text())
		default:
			early[m.ToTag()] = true
			if code == 180 {
				rang++
			}
		}
	}
	if forwarded != 1 || rang != before+1 {
		t.Errorf("%d 181 and %d 180, want 1 and %d", forwarded, rang, before+1)
	}
}

// wantCancelled: a SIPp was cancelled with the branch of its INVITE, and its 487 was acknowledged.
func wantCancelled(t testing.TB, r *sippRun) {
	t.Helper()
	var branches []string
	for _, m := range r.got() {
		branches = append(branches, string(m.Method())+" "+m.Branch())
	}
	branch := r.invite(t).Branch()
	if got, want := strings.Join(branches, ", "), fmt.Sprintf("INVITE %s, CANCEL %[1]s, ACK %[1]s", branch); got != want {
		t.Errorf("%s got %s, want %s", r.name, got, want)
	}
}

// callee is a SIPp that is called once, registered as a user.
func (s *server) callee(t testing.TB, name, user string) *sippRun {
	t.Helper()
	r := sipp(t, scenario{name: name, remote: s.address, calls: 1, keys: map[string]string{"service": user}}).listening(t)
	register(t, s, "u1", user, r)
	return r
}

// caller is a SIPp that calls bob.
func (s *server) caller(t testing.TB, name string) *sippRun {
	t.Helper()
	return sipp(t, scenario{
		name: name, remote: s.address, calls: 1, hold: 100 * time.Millisecond, rows: []string{credentials("alice") + ";bob"}, arguments: asksFor("bob"),
	})
}

// gateway starts one that plays a scenario, and what the file says of its trunk, with further keys.
func gateway(t testing.TB, name, keys string, more ...string) (at *sippRun, trunk string) {
	t.Helper()
	with := scenario{name: name, remote: freeAddress(t), calls: 1, keys: map[string]string{"service": "gateway", "retry_after": "30"}, arguments: more}
	at = sipp(t, with).listening(t)
	return at, fmt.Sprintf("{name: %s%d, hops: [\"sip:%s\"]%s}", "gateway", at.address.Port(), at.address, keys)
}

const toGateway = `forward: {unconditional: "` + behindGateway + `"}, outgoing: {class: premium}`

// TestForwardingSIPp: Alice, B1, B2 and the gateway of RFC 5359 §2.7 to §2.9 are SIPp.
func TestForwardingSIPp(t *testing.T) {
	t.Run("unconditional", func(t *testing.T) {
		t.Parallel()
		to, trunk := gateway(t, "callee", ", trusted: true")
		s := serve(t, setting{users: []string{user("alice", ""), having("bob", toGateway)}, more: "trunks: [" + trunk + "]\n"})
		alice := s.caller(t, "caller_forwarded")
		alice.succeeds(t, "F1 to F14", patience)
		to.succeeds(t, "F4 to F13", patience)
		wantAnnounced(t, alice, 0)
		wantForwarded(t, to.invite(t), "bob", 302, "unconditional")
		if uri := to.invite(t).RequestURI(); !strings.HasPrefix(uri, "sip:"+behindGateway+"@"+to.address.String()) || !strings.Contains(uri, "user=phone") {
			t.Errorf("the gateway is asked for the number: %s", uri)
		}
	})
	t.Run("busy", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: []string{user("alice", ""), having("bob", "forward: {busy: carol}"), user("carol", "")}})
		bob, carol := s.callee(t, "callee_busy", "bob"), s.callee(t, "callee", "carol")
		alice := s.caller(t, "caller_forwarded")
		alice.succeeds(t, "F1 to F17", patience)
		bob.succeeds(t, "F2 to F5", patience)
		carol.succeeds(t, "F7 to F16", patience)
		wantAnnounced(t, alice, 0)
		wantForwarded(t, carol.invite(t), "bob", 486, "user-busy")
	})
	t.Run("no answer", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: []string{user("alice", ""), having("bob", "forward: {no-answer: {to: carol, after: 2s}}"), user("carol", "")}})
		bob, carol := s.callee(t, "callee_cancelled", "bob"), s.callee(t, "callee", "carol")
		alice := s.caller(t, "caller_forwarded")
		alice.succeeds(t, "F1 to F21", patience)
		bob.succeeds(t, "F2 to F9", patience)
		carol.succeeds(t, "F11 to F20", patience)
		wantAnnounced(t, alice, 1)
		wantCancelled(t, bob)
		wantForwarded(t, carol.invite(t), "bob", 408, "no-answer")
	})
}

// TestForwardingBaresip: the people are baresip, and hear each other; the gateway, which baresip can't be without an account, is SIPp.
func TestForwardingBaresip(t *testing.T) {
	t.Run("unconditional", func(t *testing.T) {
		t.Parallel()
		to, trunk := gateway(t, "callee", "", "-rtp_echo")
		s := serve(t, setting{users: []string{user("alice", ""), having("bob", toGateway)}, more: "trunks: [" + trunk + "]\n"})
		alice := s.phone(t, account{user: "alice", tone: aliceTone})
		alice.do(t, "dial", "sip:bob@"+domain)
		alice.expect(t, "the gateway answers", "CALL_ESTABLISHED")
		alice.hears(t, "the gateway sends back what it hears", aliceTone)
		alice.do(t, "hangup", "")
		to.succeeds(t, "F4 to F13", patience)
		if invite := to.invite(t); invite.Has(sip.HeaderHistoryInfo) || invite.Has(sip.HeaderDiversion) {
			t.Errorf("a gateway that is not trusted learns nothing of bob:\n%s", invite.Text())
		}
	})
	for _, c := range []struct{ reason, forward, want string }{
		{"busy", "forward: {busy: carol}", "reason=user-busy"},
		{"no answer", "forward: {no-answer: {to: carol, after: 2s}}", "reason=no-answer"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			s := serve(t, setting{users: []string{user("alice", ""), having("bob", c.forward), user("carol", ""), user("bill", "")}})
			alice, carol := s.phone(t, account{user: "alice", tone: aliceTone}), s.phone(t, account{user: "carol", tone: carolTone})
			bob := s.phone(t, account{user: "bob", tone: bobTone})
			alice.do(t, "dial", "sip:bob@"+domain)
			bob.expect(t, "B1 rings", "CALL_INCOMING")
			if c.reason == "busy" {
				bob.do(t, "hangup", "") // baresip's word for it is 486
			} else {
				bob.expect(t, "B1 is cancelled", "CALL_CLOSED")
			}
			carol.expect(t, "B2 rings", "CALL_INCOMING")
			carol.do(t, "accept", "")
			alice.expect(t, "B2 answers", "CALL_ESTABLISHED")
			alice.hears(t, "B2 speaks", carolTone)
			carol.hears(t, "the caller speaks", aliceTone)
			if got := alice.count(false, "SIP/2.0 181 "); got != 1 {
				t.Errorf("the caller is told %d times that the call is forwarded", got)
			}
			if invite := carol.newest(false, "INVITE "); !strings.Contains(invite.text, "Diversion: <sip:bob@"+domain+">;"+c.want) {
				t.Errorf("B2 learns why it rings: %q is missing in\n%s", c.want, invite.text)
			}
			hangUp(t, alice, carol)
		})
	}
}

// TestForwardingCrosses: Bob answers just when his phone is cancelled. The call is his, and nobody else's phone rings.
func TestForwardingCrosses(t *testing.T) {
	s := serve(t, setting{users: []string{user("alice", ""), having("bob", "forward: {no-answer: {to: carol, after: 2s}}"), user("carol", "")}})
	bob, carol := s.callee(t, "callee_crosses", "bob"), s.callee(t, "callee", "carol")
	alice := s.caller(t, "caller")
	alice.succeeds(t, "no 181, and the 200", patience)
	bob.succeeds(t, "the 200 is acknowledged, and the call ends later", patience)
	if got := len(carol.got()); got != 0 {
		t.Errorf("carol's phone got %d messages", got)
	}
}

// TestRedirects: a phone's 302 is followed or passed on, and the server sends one of its own, as bob has it.
func TestRedirects(t *testing.T) {
	t.Run("a phone's is followed", func(t *testing.T) {
		t.Parallel()
		s := serve(t, setting{users: []string{user("alice", ""), having("bob", "redirects: follow"), user("carol", "")}})
		bob, carol := s.callee(t, "callee_moved", "bob"), s.callee(t, "callee", "carol")
		alice := s.caller(t, "caller_forwarded")
		alice.succeeds(t, "it is forwarded", patience)
		bob.succeeds(t, "by bob's phone", patience)
		carol.succeeds(t, "to carol", patience)
		wantAnnounced(t, alice, 0)
		wantForwarded(t, carol.invite(t), "bob", 480, "deflection")
	})
	for _, c := range []struct{ reason, bob string }{
		{"a phone's is passed on", "redirects: pass"},
		{"the server's own", "forward: {unconditional: carol, redirect: true}"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			s := serve(t, setting{users: []string{user("alice", ""), having("bob", c.bob), user("carol", "")}})
			bob := s.callee(t, "callee_moved", "bob")
			alice := s.phone(t, account{user: "alice", tone: aliceTone})
			alice.do(t, "dial", "sip:bob@"+domain)
			alice.logged(t, "the caller is told to call carol", "SIP/2.0 302 Moved Temporarily")
			if moved := alice.newest(false, "SIP/2.0 302 "); !strings.Contains(field(moved.text, "Contact"), "sip:carol@"+domain) {
				t.Errorf("where carol is:\n%s", moved.text)
			}
			if strings.HasPrefix(c.bob, "redirects") {
				bob.succeeds(t, "by bob's phone", patience)
			} else if got := len(bob.got()); got != 0 {
				t.Errorf("bob's phone got %d messages", got)
			}
		})
	}
}
