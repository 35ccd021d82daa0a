//go:build interop

package attacks

import (
	"sync"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/sip"
)

const (
	guessers       = 1_000 // addresses of the attackers
	guessesAMinute = 100_000
	mostEvaluated  = 100 // in a minute
)

// TestAttack10PasswordGuessing: many addresses try passwords of one user, and of many.
//
// Anchor: svcrack. Must: back-off by user and by network, which nobody can use to lock the
// owner out at his own address.
//
// Figure: 100,000 guesses a minute from 1,000 addresses: the owner still registers at
// once, and at most 100 guesses are evaluated.
func TestAttack10PasswordGuessing(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		owner := newPhone(t, s, "carol")
		owner.register(t)
		sockets := make([]*socket, sized(guessers/10, guessers))
		nonces := make([]*digest.Session, len(sockets))
		for i := range sockets {
			sockets[i] = newSocketAt(t, freePort(t, attackerAddress(i)))
			nonces[i] = learnGuess(t, s, sockets[i])
		}
		before := s.metrics(t)
		var attack sync.WaitGroup
		stop := make(chan struct{})
		attack.Go(func() { guessOn(s, sockets, nonces, stop) })
		for range sized(20, 600) {
			time.Sleep(callPeriod)
			response, challenges, err := owner.ask(owner.registration(3600))
			if err != nil || response.StatusCode() != 200 || challenges > 0 {
				t.Errorf("the owner registers at once: %v, %d challenges%s", err, challenges, textOf(response))
			}
		}
		close(stop)
		attack.Wait()
		after := s.metrics(t)
		tried := after["hookflash_credentials_withheld_total"] - before["hookflash_credentials_withheld_total"]
		wrong := after["hookflash_credentials_wrong_total"] - before["hookflash_credentials_wrong_total"]
		t.Logf("%.0f guesses evaluated, %.0f withheld", wrong, tried)
		if wrong > mostEvaluated {
			t.Errorf("%.0f guesses evaluated, at most %d", wrong, mostEvaluated)
		}
		if total := tried + wrong; total < float64(sized(guessesAMinute/60, guessesAMinute*8/10)) {
			t.Errorf("only %.0f guesses got as far as being counted: the test is too slow", total)
		}
		fresh := newPhoneAt(t, s, "carol", freePort(t, owner.local.Addr())) // another device at home
		fresh.register(t)
	})
}

// learnGuess asks for a nonce, which is good for the address.
func learnGuess(t *testing.T, s *server, from *socket) *digest.Session {
	t.Helper()
	r := newRequest("REGISTER", addressOf("carol"), "sip:"+domain)
	r.to = "<" + addressOf("carol") + ">"
	response := from.ask(s.address, r, 10)
	if response == nil {
		t.Fatalf("%s is challenged", from.local)
	}
	challenge, err := digest.ParseChallenge(response.Header(sip.HeaderWWWAuthenticate))
	if err != nil {
		t.Fatal(err)
	}
	return digest.NewSession(challenge, "carol", "a wrong password")
}

// guessOn sends guesses at the rate of the figure until it is told to stop: most at one user.
func guessOn(s *server, sockets []*socket, nonces []*digest.Session, stop chan struct{}) {
	const period = 10 * time.Millisecond
	const batch = int(guessesAMinute * period / time.Minute)
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for i := 0; ; {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		for range batch + i%2 {
			from := sockets[i%len(sockets)]
			r := newRequest("REGISTER", addressOf("carol"), "sip:"+domain)
			r.to = "<" + addressOf("carol") + ">"
			value, err := nonces[i%len(sockets)].Answer(nil, digest.Outgoing{Method: r.method, URI: r.uri, CNonce: word()})
			if err == nil {
				r.fields = []string{"Authorization: " + string(value)}
				from.send(s.address, r.text("UDP", from.local.String()))
			}
			i++
		}
	}
}
