//go:build interop

package attacks

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hookflash/sip"
)

// mostForked is how many requests two addresses of record that point at each other may make.
const mostForked = 60

// TestAttack17ForkAmplification: two addresses of record, each with contacts that lead
// back to both, so that each round doubles the requests.
//
// Anchor: RFC 5393. Must: loop detection, Max-Breadth, Max-Forwards, a limit of branches.
//
// Figure: at most 60 messages, and the caller hears an error: 482, 440 or what the
// contacts come to. Where a proxy of the attacker's makes each round look new, Max-Breadth
// bounds what is under way at a time by 60, so all of the tree by twice that.
func TestAttack17ForkAmplification(t *testing.T) {
	t.Run("through our own domain", func(t *testing.T) {
		s := startServer(t, setup{})
		beside(t, s, func() { forkAtHome(t, s) })
	})
	for _, mirror := range mirrors {
		t.Run(mirror.name, func(t *testing.T) {
			s := startServer(t, setup{})
			beside(t, s, func() { forkThrough(t, s, mirror) })
		})
	}
}

// forkAtHome: contacts are addresses of the domain, in several spellings.
func forkAtHome(t *testing.T, s *server) {
	t.Helper()
	carol, dave := newPhone(t, s, "carol"), newPhone(t, s, "dave")
	spellings := []string{"sip:%s@" + domain, "sip:%s@" + strings.ToUpper(domain) + ":5060", "sip:%s@" + domain + ".", "sip:%s@" + s.address.String(), "sip:%%63%.0sarol@" + domain}
	for _, p := range []*phone{carol, dave} {
		for i, spelling := range spellings {
			for _, user := range []string{"carol", "dave"} {
				r := p.registration(3600)
				r.contact = "<" + fmt.Sprintf(spelling, user) + ";x=" + fmt.Sprint(i) + ">"
				if _, _, err := p.ask(r); err != nil { // refusing one is right, too
					t.Fatal(err)
				}
			}
		}
	}
	before := s.metric(t, "hookflash_requests_forwarded_total")
	caller := newPhone(t, s, "mallory")
	for _, callee := range []string{"carol", "dave"} {
		for _, method := range []string{"INVITE", "MESSAGE"} {
			response, _, err := caller.ask(caller.request(method, addressOf(callee)))
			if err != nil {
				t.Fatal(err)
			}
			if code := response.StatusCode(); code < 300 {
				t.Errorf("%s to nobody but themselves is answered %d", method, code)
			}
		}
	}
	// The good calls beside forward three requests each.
	if forwarded := s.metric(t, "hookflash_requests_forwarded_total") - before; forwarded > mostForked {
		t.Errorf("%v requests forwarded for addresses that only lead to each other", forwarded)
	}
}

// mirror is a proxy of the attacker's that sends back what it gets.
type mirror struct {
	name  string
	most  int64 // requests that may pass it
	again func(r *sip.Message, via string) string
}

var mirrors = []mirror{
	{"through a proxy that obeys", mostForked, func(r *sip.Message, via string) string { return sentBack(r, via, "") }},
	{"through a proxy that turns loops into spirals", 2 * mostForked, func(r *sip.Message, via string) string { return sentBack(r, via, ";x="+word()) }},
}

// sentBack is a request as a proxy forwards it to the user it names.
func sentBack(r *sip.Message, via, parameter string) string {
	text := r.Text()
	user := "carol"
	if strings.Contains(r.RequestURI(), "dave") {
		user = "dave"
	}
	head, rest, _ := strings.Cut(text, "\r\n")
	method, _, _ := strings.Cut(head, " ")
	hops, _ := r.Number(sip.HeaderMaxForwards)
	rest = strings.Replace(rest, fmt.Sprintf("Max-Forwards: %d", hops), fmt.Sprintf("Max-Forwards: %d", hops-1), 1)
	return fmt.Sprintf("%s %s%s SIP/2.0\r\nVia: %s;branch=z9hG4bK%s\r\n%s", method, addressOf(user), parameter, via, word(), rest)
}

// forkThrough: both users have two contacts at the mirror, which stand for both users.
func forkThrough(t *testing.T, s *server, m mirror) {
	t.Helper()
	var passed atomic.Int64
	hall := newPhoneAt(t, s, "mirror", trustedAddress(t))
	hall.onRequest(func(p *phone, r *sip.Message) {
		switch r.Method() {
		case sip.INVITE, sip.MESSAGE:
			if passed.Add(1) <= 20*mostForked {
				hops, _ := r.Number(sip.HeaderMaxForwards)
				if hops > 0 {
					p.send(m.again(r, "SIP/2.0/UDP "+p.place()))
				}
			}
		case sip.CANCEL:
			p.respond(r, "200 OK")
		}
	})
	hall.onResponse(func(p *phone, r *sip.Message) { p.send(withoutTopVia(r.Text())) })
	for _, user := range []string{"carol", "dave"} {
		p := newPhone(t, s, user)
		for _, other := range []string{"carol", "dave"} {
			r := p.registration(3600)
			r.contact = "<sip:" + other + "@" + hall.place() + ">"
			response, _, err := p.ask(r)
			if err != nil || response.StatusCode() != 200 {
				t.Fatalf("%s registers a contact at the mirror: %v%s", user, err, textOf(response))
			}
		}
	}
	caller := newPhone(t, s, "mallory")
	for _, method := range []string{"INVITE", "MESSAGE"} {
		passed.Store(0)
		response, _, err := caller.ask(caller.request(method, addressOf("carol")))
		time.Sleep(sized(timerT1, 4*timerT1))
		t.Logf("%s: %d requests passed the mirror, the caller hears %v %s", method, passed.Load(), err, firstLine(response))
		if err == nil && response.StatusCode() < 300 {
			t.Errorf("%s: the caller hears an error, not %d", method, response.StatusCode())
		}
		if err != nil && method == "INVITE" {
			t.Errorf("the caller of an INVITE hears something: %v", err)
		}
		if count := passed.Load(); count > m.most {
			t.Errorf("%s: %d requests from one, at most %d", method, count, m.most)
		}
	}
}

func firstLine(m *sip.Message) string {
	if m == nil {
		return "nothing"
	}
	line, _, _ := strings.Cut(m.Text(), "\r\n")
	return line
}

// withoutTopVia is a response as a proxy hands it on.
func withoutTopVia(text string) string {
	head, rest, _ := strings.Cut(text, "\r\n")
	_, rest, _ = strings.Cut(rest, "\r\n")
	return head + "\r\n" + rest
}
