//go:build interop

package attacks

import (
	"io"
	"net/http"
	"slices"
	"strings"
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
// once, and at most 100 guesses are evaluated. Tokens of the HTTP API have 256 bits: every guess is
// answered with the same 401, whatever was right in it.
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
		guessTokens(t, s)
	})
}

// guessTokens tries tokens of the HTTP API: whatever is wrong with one, the answer is the same, and it takes
// as long (measured at the full size); the administrator's goes on to work.
func guessTokens(t *testing.T, s *server) {
	t.Helper()
	token := adminToken(t, s)
	name := token[:strings.LastIndexByte(token, '.')]
	secret := token[len(name)+1:]
	guesses := map[string]func(i int) string{
		"of a token that there is": func(i int) string { return name + "." + strings.Repeat(string("abc"[i%3]), len(secret)) },
		"that begins right":        func(i int) string { return token[:len(token)-1-i%10] + strings.Repeat("-", 1+i%10) },
		"of nobody":                func(i int) string { return "nobody." + strings.Repeat(string("abc"[i%3]), len(secret)) },
		"without a name":           func(int) string { return secret },
		"that is empty":            func(int) string { return "" },
	}
	ask := func(value string) (status int, answer string, took time.Duration) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.http.String()+"/api/v1/users", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", value)
		began := time.Now()
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, response.Header.Get("WWW-Authenticate") + string(text), time.Since(began)
	}
	first, times := "", map[string][]time.Duration{}
	for i := range sized(50, 5_000) {
		for kind, guess := range guesses {
			status, answer, took := ask("Bearer " + guess(i))
			if first == "" {
				first = answer
			}
			if status != http.StatusUnauthorized || answer != first {
				t.Errorf("a guess %s is answered %d %s, want 401 %s", kind, status, answer, first)
			}
			times[kind] = append(times[kind], took)
		}
	}
	if status, _, _ := ask("Bearer " + token); status != http.StatusOK {
		t.Errorf("the administrator's token is good all the same: %d", status)
	}
	middle := func(kind string) time.Duration { return slices.Sorted(slices.Values(times[kind]))[len(times[kind])/2] }
	known, unknown := middle("of a token that there is"), middle("of nobody")
	t.Logf("a wrong token that there is takes %s, one of nobody %s", known, unknown)
	if gap := (known - unknown).Abs(); full && gap > unknown/10 {
		t.Errorf("the time tells which tokens there are: %s", gap)
	}
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
