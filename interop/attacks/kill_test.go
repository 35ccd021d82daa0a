//go:build interop

package attacks

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/sip"
)

const (
	killUsers   = 60 // each registers through a phone of its own
	killWorkers = killUsers
	killContact = 3 // contacts of a user, at most
)

// TestKillUnderRegistrations: the server is killed (kill -9) at random moments under a load
// of registrations and started again on the same data.
//
// Must: what was acknowledged is kept; what was used once is refused.
//
// Figure: 100 kills (5 at the small size): no acknowledged and unexpired binding lost, no
// acknowledged removal undone, no captured credentials accepted twice, and no challenge for
// a nonce that was live.
func TestKillUnderRegistrations(t *testing.T) {
	var names []string
	for i := range killUsers {
		names = append(names, fmt.Sprintf("user%02d", i))
	}
	s := startServer(t, setup{users: names})
	ledgers := make([]*ledger, killUsers)
	for i, name := range names {
		ledgers[i] = newLedger(t, s, name, i%3 != 0)
	}
	thief := newPhone(t, s, "mallory")
	acknowledged := 0
	for kill := range sized(5, 100) {
		stop := make(chan struct{})
		var load sync.WaitGroup
		for _, l := range ledgers {
			load.Go(func() { l.work(stop) })
		}
		time.Sleep(time.Duration(50+rand.IntN(400)) * time.Millisecond)
		s.kill()
		close(stop)
		load.Wait()
		s.start(t)
		for _, l := range ledgers {
			acknowledged += l.acknowledged
			l.compare(t, s, kill)
			l.replayLast(t, thief, kill)
			if t.Failed() {
				t.Fatalf("after kill %d", kill+1)
			}
		}
	}
	s.alive(t)
	t.Logf("%d registrations acknowledged in all", acknowledged)
	if acknowledged < 50*sized(5, 100) {
		t.Errorf("only %d registrations were acknowledged: there was no load", acknowledged)
	}
}

// entry is what is known of one contact.
type entry struct {
	present bool      // as the last acknowledged request left it
	until   time.Time // when present
	unsure  bool      // a later request was not answered: it may have taken effect
}

// ledger is what one phone was told about its registrations. One goroutine at a time.
type ledger struct {
	phone        *phone
	signed       bool // by digest; else from a trusted address
	contacts     map[string]*entry
	random       *rand.Rand
	cseq         int
	callID       string
	acknowledged int    // in the last round
	lastAccepted string // the last request with credentials that was answered 200
	problems     []string
}

func newLedger(t *testing.T, s *server, name string, signed bool) *ledger {
	t.Helper()
	l := &ledger{signed: signed, contacts: map[string]*entry{}, random: rand.New(rand.NewPCG(uint64(len(name)), rand.Uint64())), callID: word()}
	if signed {
		l.phone = newPhone(t, s, name)
		r := l.phone.registration(0)
		r.contact = "" // only learns a nonce
		if response, _, err := l.phone.ask(r); err != nil || response.StatusCode() != 200 {
			t.Fatalf("%s asks for its bindings: %v%s", name, err, textOf(response))
		}
	} else {
		l.phone = newPhoneAt(t, s, name, trustedAddress(t))
	}
	return l
}

// work registers, refreshes and removes contacts until it is told to stop.
func (l *ledger) work(stop chan struct{}) {
	l.acknowledged = 0
	for {
		select {
		case <-stop:
			return
		default:
		}
		l.one()
	}
}

// one makes one random change and notes what was said to it.
func (l *ledger) one() {
	r := l.phone.registration(0)
	r.callID = l.callID
	l.cseq++
	r.cseq = l.cseq
	uri := fmt.Sprintf("sip:%s@%s;line=%d", l.phone.name, l.phone.place(), l.random.IntN(killContact))
	expires := 0
	if l.random.IntN(3) > 0 {
		expires = 60 + l.random.IntN(3000)
	}
	r.contact = fmt.Sprintf("<%s>;expires=%d", uri, expires)
	known := l.contacts[uri]
	if known == nil {
		known = &entry{}
		l.contacts[uri] = known
	}
	unsure := known.unsure
	known.unsure = true
	if l.signed {
		l.phone.sign(r)
	}
	asked := time.Now()
	text := r.text("UDP", l.phone.place())
	response, err := l.phone.once(r, 100*time.Millisecond)
	switch {
	case err != nil:
	case response.StatusCode() == 200:
		l.acknowledged++
		*known = entry{present: expires > 0, until: asked.Add(time.Duration(expires) * time.Second)}
		if l.signed {
			l.lastAccepted = text
		}
	case response.StatusCode() == 401:
		known.unsure = unsure
		// The first with a nonce, or one that was lost with its answer: its use may be known.
		if l.signed && l.phone.learn(response) != nil {
			l.problems = append(l.problems, "a challenge that can't be answered: "+response.Text())
		}
	default:
		known.unsure = unsure
		l.problems = append(l.problems, fmt.Sprintf("answered %d to\n%s", response.StatusCode(), text))
	}
}

// compare holds what the server knows to what it acknowledged.
func (l *ledger) compare(t *testing.T, s *server, kill int) {
	t.Helper()
	if len(l.problems) > 0 {
		t.Errorf("kill %d: %s: %s", kill+1, l.phone.name, l.problems[0])
	}
	// The signed ones ask with the next count of the nonce they had: it must still be good.
	asker := l.phone
	r := asker.registration(0)
	r.contact = ""
	if l.signed {
		asker.sign(r)
	}
	response, err := asker.once(r, timerB)
	if err != nil || response.StatusCode() != 200 {
		t.Errorf("kill %d: %s asks for its bindings with a live nonce: %v%s", kill+1, l.phone.name, err, textOf(response))
		return
	}
	found := map[string]bool{}
	for value := range response.Values(sip.HeaderContact) {
		found[uriIn(value)] = true
	}
	for uri, known := range l.contacts {
		lived := time.Now().Before(known.until.Add(-time.Second))
		switch {
		case known.unsure:
			known.present, known.unsure = found[uri], false // from here on it is as we see it
			known.until = time.Now().Add(time.Second)
		case known.present && lived && !found[uri]:
			t.Errorf("kill %d: %s was acknowledged until %s and is lost; there are %v", kill+1, uri, known.until, slices.Sorted(maps.Keys(found)))
		case !known.present && found[uri]:
			t.Errorf("kill %d: the removal of %s was acknowledged and is undone", kill+1, uri)
		}
		delete(found, uri)
	}
	for uri := range found {
		t.Errorf("kill %d: %s is bound to %s, which it never registered", kill+1, l.phone.name, uri)
	}
}

// replayLast sends the last accepted request again: changed, from its own address and from
// another; as it was, it must change nothing.
func (l *ledger) replayLast(t *testing.T, thief *phone, kill int) {
	t.Helper()
	if l.lastAccepted == "" {
		return
	}
	changed := replays(l.lastAccepted, thief.contact())
	for _, reason := range []string{"a new call", "a later request", "another contact"} {
		for _, from := range []*phone{l.phone, thief} {
			m, err := sip.Parse(changed[reason])
			if err != nil {
				t.Fatal(err)
			}
			if code := from.replay(m); code != 401 {
				t.Errorf("kill %d: %s with used credentials from %s: answered %d, want 401\n%s", kill+1, reason, from.place(), code, strings.TrimSpace(m.Text()))
			}
		}
	}
}
