//go:build interop

package attacks

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// TestAttack11NonceReplay: credentials captured on the way are sent again.
//
// Anchor: Kamailio's auth module, whose nonce_count and one_time_nonce are off by default.
// Must: keyed stateless nonces with a window of counts, bound to realm, method class and
// source; both survive a restart.
//
// Figure: captured credentials replayed as they are, for other requests, methods, URIs,
// counts and from other sources, also after kill -9: 0 accepted. After the restart a live
// nonce gets 0 further challenges.
func TestAttack11NonceReplay(t *testing.T) {
	s := startServer(t, setup{users: []string{"erin", "frank"}})
	victims := []*phone{newPhone(t, s, "carol"), newPhone(t, s, "dave"), newStreamPhone(t, s, "erin")}
	thief := newPhone(t, s, "mallory")
	thief.register(t) // so that the guard lets through what he sends
	mailbox := newPhone(t, s, "bob")
	mailbox.register(t)
	onPath := newPhone(t, s, "frank") // its failures hold up nobody else
	for _, victim := range append(victims, onPath) {
		victim.register(t)
		for range sized(3, 15) {
			for _, r := range []*request{victim.registration(3600), victim.request("MESSAGE", addressOf("bob")), victim.request("INVITE", addressOf("bob"))} {
				response, _, err := victim.ask(r)
				if err != nil || response.StatusCode() != 200 {
					t.Fatalf("%s of %s succeeds: %v%s", r.method, victim.name, err, textOf(response))
				}
			}
		}
	}
	replay := func() {
		before := s.metrics(t)
		for _, victim := range victims {
			replayAll(t, s, victim, thief, mailbox)
		}
		replayAll(t, s, onPath, thief, mailbox)
		replayOnPath(t, onPath, mailbox)
		if after := s.metrics(t); after["hookflash_registered"] != before["hookflash_registered"] {
			t.Errorf("a replay registers nobody: %v before, %v after", before["hookflash_registered"], after["hookflash_registered"])
		}
	}
	replay()
	for range sized(2, 20) {
		s.kill()
		s.start(t)
		replay()
		liveNonces(t, s, victims[:2]) // the third lost its connection with the server
	}
	s.alive(t)
}

// replayAll sends everything captured from a victim, as it is and changed, from elsewhere.
func replayAll(t *testing.T, s *server, victim, thief, mailbox *phone) {
	t.Helper()
	victim.mutex.Lock()
	captured := append([]string(nil), victim.captured...)
	victim.mutex.Unlock()
	if len(captured) == 0 {
		t.Fatal("nothing was captured: the test is wrong")
	}
	for _, text := range captured {
		mailbox.forget()
		for reason, changed := range replays(text, thief.contact()) {
			m, err := sip.Parse(changed)
			if err != nil {
				t.Fatalf("%s: the test is wrong: %v", reason, err)
			}
			if code := thief.replay(m); code/100 == 2 {
				t.Errorf("%s is accepted from elsewhere: %d\n%s", reason, code, changed)
			}
		}
		if got := mailbox.received(""); len(got) > 0 {
			t.Errorf("a replay from elsewhere reached a phone:\n%s\n%s", text, got[0].Text())
		}
	}
	for _, contact := range bindingsOf(t, s, victim.name) {
		if strings.Contains(contact, thief.place()) {
			t.Errorf("a replay registered the thief: %s", contact)
		}
	}
}

var (
	countPattern  = regexp.MustCompile(`nc=0*([0-9a-f]+)`)
	branchPattern = regexp.MustCompile(`branch=z9hG4bK[a-z0-9]+`)
	callPattern   = regexp.MustCompile(`Call-ID: [a-z0-9]+`)
	numberPattern = regexp.MustCompile(`CSeq: [0-9]+`)
	contactField  = regexp.MustCompile(`Contact: <[^>]*>`)
)

// replays are ways to use captured credentials again, by what was changed.
func replays(text, contact string) map[string]string {
	branch := func(text string) string { return branchPattern.ReplaceAllString(text, "branch=z9hG4bK"+word()) }
	fresh := callPattern.ReplaceAllString(branch(text), "Call-ID: "+word())
	method, _, _ := strings.Cut(text, " ")
	another := "MESSAGE"
	if method == another {
		another = "INVITE"
	}
	return map[string]string{
		"a request as it was captured": text,
		"a new transaction":            branch(text),
		"a new call":                   fresh,
		"a later request":              numberPattern.ReplaceAllString(fresh, "CSeq: 999999"),
		"another contact":              contactField.ReplaceAllString(fresh, "Contact: <"+contact+">"),
		"another method":               strings.ReplaceAll(strings.Replace(fresh, method+" ", another+" ", 1), " "+method+"\r\n", " "+another+"\r\n"),
		"another callee":               strings.Replace(fresh, " "+addressOf("bob")+" ", " "+addressOf("alice")+" ", 1),
		"the next count":               countPattern.ReplaceAllString(fresh, "nc=0000ffff"),
		"the first count":              countPattern.ReplaceAllString(fresh, "nc=00000001"),
		"a count without qop":          strings.Replace(countPattern.ReplaceAllString(fresh, "nc=00000001"), "qop=auth", "qopp=auth", 1),
		"both fields":                  strings.Replace(fresh, "Proxy-Authorization", "Authorization", 1),
	}
}

// replay sends a text as it is, and gives the final status code; 0 for silence. The
// answer to an INVITE that is refused is acknowledged.
func (p *phone) replay(m *sip.Message) int {
	responses := make(chan *sip.Message, 16)
	name := key(m)
	p.mutex.Lock()
	p.waiting[name] = responses
	p.mutex.Unlock()
	defer func() {
		p.mutex.Lock()
		delete(p.waiting, name)
		p.mutex.Unlock()
	}()
	for range 3 {
		p.send(m.Text())
		for limit := time.After(timerT1); ; {
			select {
			case response := <-responses:
				if response.StatusCode() >= 200 {
					return response.StatusCode()
				}
				continue
			case <-limit:
			}
			break
		}
	}
	return 0
}

// replayOnPath sends what was captured from the victim's own address and port, as who
// forges it would: a new transaction with used credentials is challenged, a retransmission
// has no effect.
func replayOnPath(t *testing.T, victim, mailbox *phone) {
	t.Helper()
	victim.mutex.Lock()
	captured := append([]string(nil), victim.captured...)
	victim.mutex.Unlock()
	for _, text := range captured[:min(len(captured), 9)] {
		mailbox.forget()
		for reason, changed := range replays(text, victim.contact()) {
			if reason == "a request as it was captured" {
				continue // indistinguishable from a retransmission, and answered like one
			}
			m, err := sip.Parse(changed)
			if err != nil {
				t.Fatal(err)
			}
			if code := victim.replay(m); code/100 == 2 {
				t.Errorf("%s is accepted from the victim's address: %d\n%s", reason, code, changed)
			}
		}
		if got := mailbox.received(""); len(got) > 0 {
			t.Errorf("a replay from the victim's address reached a phone:\n%s\n%s", text, got[0].Text())
		}
	}
}

// liveNonces: the next request with a nonce from before the restart is accepted at once.
func liveNonces(t *testing.T, s *server, victims []*phone) {
	t.Helper()
	for _, victim := range victims {
		for _, r := range []*request{victim.registration(3600), victim.request("MESSAGE", addressOf("bob"))} {
			response, challenges, err := victim.ask(r)
			if err != nil || response.StatusCode() != 200 {
				t.Fatalf("%s of %s after the restart: %v%s", r.method, victim.name, err, textOf(response))
			}
			if challenges != 0 {
				t.Errorf("%s of %s with a nonce from before the restart is challenged %d times", r.method, victim.name, challenges)
			}
		}
	}
	s.alive(t)
}
