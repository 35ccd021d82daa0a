//go:build interop

package interop

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What the server says in these tests, in Hz.
const (
	closedTone  = 1300
	menuTone    = 1500
	nameTone    = 1700
	fromTone    = 1900
	confirmTone = 2100
)

var answersInvite = regexp.MustCompile(`(?m)^CSeq: *[0-9]+ INVITE`)

// announcing starts a server whose prompts are tones: some of a few seconds, those that somebody answers longer.
func announcing(t *testing.T, users ...string) *server {
	t.Helper()
	folder := t.TempDir()
	for name, frequency := range map[string]int{"closed": closedTone, "say-your-name": nameTone} {
		writeSound(t, filepath.Join(folder, name+".wav"), tone(frequency, 0, 3*time.Second))
	}
	for name, frequency := range map[string]int{"front-door": menuTone, "ask-call-from": fromTone, "confirm-call": confirmTone} {
		writeTone(t, filepath.Join(folder, name+".wav"), frequency)
	}
	more := fmt.Sprintf("media: {prompts: %q, ports: 40000-40999}\nmenus: [{name: main, prompt: front-door, choices: {\"1\": bob, \"2\": \"announcement:closed\"}, dial: true}]\n", folder)
	return serve(t, setting{users: append([]string{user("alice", "")}, users...), more: more})
}

// having is a user with more than a name: further keys as the file has them.
func having(name, keys string) string {
	return strings.TrimSuffix(user(name, ""), "}") + ", " + keys + "}"
}

// TestAnnouncement: baresip hears an announcement to its end, and the server hangs up.
func TestAnnouncement(t *testing.T) {
	s := announcing(t, having("bob", "screening: [{name: closed, action: divert, to: \"announcement:closed\"}]"))
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	for _, c := range []struct{ reason, target string }{
		{"by its address", "sip:announce@" + domain + ";announcement=closed"},
		{"by a rule", "sip:bob@" + domain},
	} {
		alice.do(t, "dial", c.target)
		alice.expect(t, c.reason, "CALL_ESTABLISHED")
		alice.hears(t, c.reason, closedTone)
		alice.expect(t, "the server hangs up", "CALL_CLOSED")
	}
	alice.do(t, "dial", "sip:announce@"+domain+";announcement=nothing")
	if closed := alice.expect(t, "there is none of that name", "CALL_CLOSED"); !strings.HasPrefix(closed.Param, "404") {
		t.Errorf("the caller is told %q", closed.Param)
	}
}

// TestMenuOfBaresip: keys of one baresip lead to another one, and both hear each other.
func TestMenuOfBaresip(t *testing.T) {
	for _, c := range []struct{ reason, keys string }{{"a choice", "1"}, {"a number", "1002#"}} {
		t.Run(c.reason, func(t *testing.T) {
			s := announcing(t, having("bob", "numbers: [\"1002\"]"))
			alice, bob := s.phone(t, account{user: "alice", tone: aliceTone}), s.phone(t, account{user: "bob", tone: bobTone})
			alice.do(t, "dial", "sip:menu@"+domain+";menu=main")
			alice.expect(t, "the menu answers", "CALL_ESTABLISHED")
			alice.hears(t, "the menu is said", menuTone)
			for _, key := range c.keys {
				alice.do(t, "sndcode", string(key))
				time.Sleep(300 * time.Millisecond)
			}
			if rings := bob.expect(t, "the choice is called", "CALL_INCOMING"); !strings.Contains(rings.PeerURI, "alice@") {
				t.Errorf("bob is called by %s", rings.PeerURI)
			}
			bob.do(t, "accept", "")
			bob.expect(t, "bob answers", "CALL_ESTABLISHED")
			alice.hears(t, "bob is heard", bobTone)
			bob.hears(t, "alice is heard", aliceTone)
			bob.do(t, "hangup", "")
			alice.expect(t, "the end is passed on", "CALL_CLOSED")
		})
	}
}

// TestAskedBaresip: alice says who she is, bob hears that and takes the call by a key.
func TestAskedBaresip(t *testing.T) {
	s := announcing(t, having("bob", "screening: [{name: all, action: ask}]"))
	alice, bob := s.phone(t, account{user: "alice", tone: aliceTone}), s.phone(t, account{user: "bob", tone: bobTone})
	alice.do(t, "dial", "sip:bob@"+domain)
	alice.expect(t, "the server answers", "CALL_ESTABLISHED")
	alice.hears(t, "she is asked for her name", nameTone)
	bob.expect(t, "bob's phone rings", "CALL_INCOMING")
	bob.do(t, "accept", "")
	bob.expect(t, "bob answers", "CALL_ESTABLISHED")
	bob.hears(t, "somebody calls", fromTone)
	bob.do(t, "sndcode", "1")
	alice.hears(t, "bob takes the call", bobTone)
	bob.hears(t, "and hears her", aliceTone)
	alice.do(t, "hangup", "")
	bob.expect(t, "the end is passed on", "CALL_CLOSED")
}

// TestConfirmedBaresip: a find-me goes on until somebody presses 1, and the caller is answered by that alone.
func TestConfirmedBaresip(t *testing.T) {
	s := announcing(t, user("bob", ""), having("carol", "find-me: {steps: [{ring: [bob], for: 60s, confirm: true}]}"))
	alice, bob := s.phone(t, account{user: "alice", tone: aliceTone}), s.phone(t, account{user: "bob", tone: bobTone})
	alice.do(t, "dial", "sip:carol@"+domain)
	bob.expect(t, "bob's phone rings", "CALL_INCOMING")
	bob.do(t, "accept", "")
	bob.hears(t, "he is asked", confirmTone)
	for _, m := range alice.messages() {
		if !alice.sent(m) && strings.HasPrefix(m.text, "SIP/2.0 2") && answersInvite.MatchString(m.text) {
			t.Errorf("alice is answered before bob has pressed a key:\n%s", m.text)
		}
	}
	bob.do(t, "sndcode", "1")
	alice.expect(t, "now she is", "CALL_ESTABLISHED")
	alice.hears(t, "bob is heard", bobTone)
	bob.hears(t, "alice is heard", aliceTone)
	bob.do(t, "hangup", "")
	alice.expect(t, "the end is passed on", "CALL_CLOSED")
}
