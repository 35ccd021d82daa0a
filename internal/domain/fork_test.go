package domain_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/sip"
)

// group is alice calling the phones of bob, carol and dave, which are all registered as
// "team", each with its behaviour and its q in thousandths.
type group struct {
	bob, carol, dave sim.Behaviour
	qs               [3]uint16
	options          sim.CallOptions
	world            *world
	call             *sim.Call
	phones           [3]*sim.Phone
}

func (g group) play(want func(g *group) error) func(n *sim.Network) (string, error) {
	return func(n *sim.Network) (string, error) {
		g := g
		w := newWorld(n)
		alice := w.phone("alice")
		w.serve()
		var bindings []any
		for i, name := range []string{"bob", "carol", "dave"} {
			behaviour := []sim.Behaviour{g.bob, g.carol, g.dave}[i]
			if g.qs[i] == 0 {
				continue
			}
			g.phones[i] = w.phone(name, incoming(behaviour))
			bindings = append(bindings, binding(g.phones[i].ContactURI(), g.qs[i]))
		}
		w.bound("team", bindings...)
		g.world, g.call = w, alice.CallWith("sip:team@example.test", g.options)
		state, err := w.end()
		if err == nil {
			err = want(&g)
		}
		return state, err
	}
}

// states wants each phone to have had one call that ended in a state; "" for none.
func (g *group) states(want ...sim.State) error {
	var got []sim.State
	for _, phone := range g.phones {
		switch {
		case phone == nil:
		case phone.LastCall() == nil:
			got = append(got, "")
		default:
			got = append(got, phone.LastCall().State())
		}
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("the phones ended as %q, not %q", got, want)
	}
	return nil
}

func (g *group) ended(code int, want ...sim.State) error {
	if g.call.FinalCode != code {
		return fmt.Errorf("alice got %d, not %d", g.call.FinalCode, code)
	}
	return g.states(want...)
}

func TestForks(t *testing.T) {
	together, inTurn := [3]uint16{1000, 1000, 1000}, [3]uint16{1000, 700, 300}
	hangUp := sim.CallOptions{HangUp: 5 * time.Second}
	for _, s := range []scenario{
		{
			name: "fork-parallel", title: "three phones ring, one answers, the others get CANCEL (RFC 3261 section 16.7 step 10)",
			play: group{bob: sim.RingForever(), carol: sim.AnswerAfter(3 * time.Second), dave: sim.RingForever(), qs: together, options: hangUp}.
				play(func(g *group) error { return g.ended(200, sim.Cancelled, sim.Ended, sim.Cancelled) }),
		},
		{
			name: "fork-sequential", title: "by q: bob is busy, carol declines with 480, dave answers (RFC 3261 section 16.6)",
			play: group{bob: sim.Busy(), carol: sim.Behaviour{Ring: true, After: time.Second, Code: 480}, dave: sim.AnswerAfter(time.Second), qs: inTurn, options: hangUp}.
				play(func(g *group) error { return g.ended(200, sim.Failed, sim.Failed, sim.Ended) }),
		},
		{
			name: "fork-two-answers", title: "bob and carol answer at once: both 200 go back, and alice ends the second (RFC 3261 section 13.2.2.4)",
			play: group{bob: sim.AnswerAfter(time.Second), carol: sim.AnswerAfter(time.Second), qs: [3]uint16{1000, 1000, 0}, options: hangUp}.
				play(func(g *group) error { return g.ended(200, sim.Ended, sim.Ended) }),
			seeds: 1, // which of the two wins is up to the network: TestTwoAnswers
		},
		{
			name: "fork-decline", title: "carol declines for all: 6xx cancels bob, and goes back once he is through (RFC 3261 section 16.7 step 5)",
			play: group{bob: sim.RingForever(), carol: sim.Decline(2 * time.Second), qs: [3]uint16{1000, 1000, 0}}.
				play(func(g *group) error { return g.ended(603, sim.Cancelled, sim.Failed) }),
		},
		{
			name: "fork-decline-sequential", title: "after a 6xx nobody else is asked",
			play: group{bob: sim.Decline(time.Second), carol: sim.AnswerAfter(time.Second), qs: [3]uint16{1000, 500, 0}}.
				play(func(g *group) error { return g.ended(603, sim.Failed, "") }),
		},
		{
			name: "fork-cancel", title: "alice gives up: every branch that rings is cancelled, who would be next is not asked",
			play: group{
				bob: sim.RingForever(), carol: sim.RingForever(), dave: sim.AnswerAfter(0), qs: [3]uint16{1000, 1000, 500},
				options: sim.CallOptions{CancelAll: 40 * time.Second},
			}.
				play(func(g *group) error { return g.ended(487, sim.Cancelled, sim.Cancelled, "") }),
		},
		{
			name: "fork-best", title: "of 404, 486 and 503 the 486 tells most (RFC 3261 section 16.7 step 6)",
			play: group{bob: sim.Behaviour{Code: 404}, carol: sim.Busy(), dave: sim.Behaviour{Code: 503}, qs: together}.
				play(func(g *group) error { return g.ended(486, sim.Failed, sim.Failed, sim.Failed) }),
		},
		{
			name: "fork-timer-c", title: "bob rings until Timer C, then carol is asked",
			play: group{bob: sim.RingForever(), carol: sim.AnswerAfter(time.Second), qs: [3]uint16{1000, 500, 0}, options: hangUp}.
				play(func(g *group) error { return g.ended(200, sim.Cancelled, sim.Ended) }),
		},
	} {
		s.run(t)
	}
}

// TestTwoAnswers: whoever of the two wins, both are acknowledged, one talks with alice, and
// the other is ended by her.
func TestTwoAnswers(t *testing.T) {
	play := func(n *sim.Network) (string, error) {
		_, err := group{
			bob: sim.AnswerAfter(time.Second), carol: sim.AnswerAfter(time.Second), dave: sim.AnswerAfter(time.Second),
			qs: [3]uint16{1000, 1000, 1000}, options: sim.CallOptions{HangUp: 90 * time.Second},
		}.play(func(g *group) error {
			extra := 0
			for _, phone := range g.phones {
				call := phone.LastCall()
				switch call.State() {
				case sim.Ended:
					extra++
				case sim.Cancelled:
				default:
					return fmt.Errorf("%s ended as %s", phone.AOR(), call.State())
				}
			}
			if g.call.Extra != extra-1 {
				return fmt.Errorf("alice ended %d calls of %d", g.call.Extra, extra)
			}
			return nil
		})(n)
		return "", err
	}
	if err := (sim.Swarm{Seeds: 40, FirstSeed: 100}).Run(play); err != nil {
		t.Error(err)
	}
}

// TestBestResponse: what alice gets when bob's and carol's phones refuse (RFC 3261 §16.7 step 6).
func TestBestResponse(t *testing.T) {
	for _, test := range []struct {
		reason     string
		bob, carol int
		want       int
	}{
		{"the lower class", 486, 500, 486},
		{"the lower class, the other way round", 500, 486, 486},
		{"3xx before 4xx", 486, 302, 302},
		{"6xx before anything", 302, 603, 603},
		{"6xx before anything, the other way round", 603, 302, 603},
		{"busy before not found", 404, 486, 486},
		{"what helps to try again before busy", 486, 484, 484},
		{"unsupported media before busy", 486, 415, 415},
		{"a 503 speaks of that hop only", 503, 503, 500},
		{"5xx before 503", 501, 503, 501},
		{"a 480 before a 487", 487, 480, 480},
		{"a 408 of a hop after a 404", 408, 404, 404},
	} {
		t.Run(test.reason, func(t *testing.T) {
			n := sim.New(sim.Config{})
			_, err := group{bob: sim.Behaviour{Code: test.bob}, carol: sim.Behaviour{Code: test.carol}, qs: [3]uint16{1000, 1000, 0}}.
				play(func(g *group) error { return g.ended(test.want, sim.Failed, sim.Failed) })(n)
			if err != nil {
				t.Errorf("%s: %v\n%s", test.reason, err, n.Ladder().DrawPlain())
			}
		})
	}
}

// TestSilentBranch: a phone that is gone and one that is busy: the busy one answers.
func TestSilentBranch(t *testing.T) {
	n := sim.New(sim.Config{})
	w := newWorld(n)
	alice := w.phone("alice")
	w.serve()
	bob := w.phone("bob", incoming(sim.Busy()))
	w.bound("team", bob, binding("sip:carol@192.0.2.3:5060", 1000))
	call := alice.Call("sip:team@example.test")
	if _, err := w.end(); err != nil || call.FinalCode != 486 {
		t.Errorf("408 is not better than 486: got %d, %v", call.FinalCode, err)
	}
}

// TestChallengesAreGathered: two phones challenge, alice gets both challenges
// (RFC 3261 §16.7 step 7).
func TestChallengesAreGathered(t *testing.T) {
	for _, test := range []struct {
		reason      string
		bob, carol  string
		code        int
		challenges  []string
		proxyFields []string
	}{
		{
			"two of a kind", `401 WWW-Authenticate: Digest realm="bob", nonce="1"`, `401 WWW-Authenticate: Digest realm="carol", nonce="2"`,
			401,
			[]string{`Digest realm="bob", nonce="1"`, `Digest realm="carol", nonce="2"`},
			nil,
		},
		{
			"one of each", `401 WWW-Authenticate: Digest realm="bob", nonce="1"`, `407 Proxy-Authenticate: Digest realm="carol", nonce="2"`,
			401,
			[]string{`Digest realm="bob", nonce="1"`},
			[]string{`Digest realm="carol", nonce="2"`},
		},
		{
			"a challenge and a refusal", `486 X: y`, `407 Proxy-Authenticate: Digest realm="carol", nonce="2"`,
			407, nil,
			[]string{`Digest realm="carol", nonce="2"`},
		},
		{"a decision has no challenge in it", `401 WWW-Authenticate: Digest realm="bob", nonce="1"`, `603 X: y`, 603, nil, nil},
		{
			"nor after two challenges", `401 WWW-Authenticate: Digest realm="bob", nonce="1"`, `401 WWW-Authenticate: Digest realm="carol", nonce="2"`,
			603, nil, nil,
		},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Trusted = trusting("alice") })
			w.serve()
			answer := func(text, tag string) func(m *sip.Message) []string {
				return func(m *sip.Message) []string {
					if m.Method() != sip.INVITE {
						return nil
					}
					code := int(text[0]-'0')*100 + int(text[1]-'0')*10 + int(text[2]-'0')
					return []string{respond(m, code, tag, text[4:])}
				}
			}
			alice := w.agent("alice", 1, nil)
			w.agent("bob", 1, answer(test.bob, "b"))
			w.agent("carol", 1, answer(test.carol, "c"))
			bindings := []any{binding("sip:bob@192.0.2.2:5060", 1000), binding("sip:carol@192.0.2.3:5060", 1000)}
			if test.code == 603 {
				w.phone("dave", incoming(sim.Decline(time.Second)))
				bindings = append(bindings, binding("sip:dave@192.0.2.4:5060", 1000))
			}
			w.bound("team", bindings...)
			asked := alice.ask(invite("sip:team@example.test", "call"))
			if err := w.quiet(); err != nil {
				t.Fatal(err)
			}
			if asked.code() != test.code {
				t.Fatalf("%s: got %d", test.reason, asked.code())
			}
			if got := slices.Sorted(asked.final.FieldValues(sip.HeaderWWWAuthenticate)); !slices.Equal(got, test.challenges) {
				t.Errorf("%s: WWW-Authenticate is %q", test.reason, got)
			}
			if got := slices.Sorted(asked.final.FieldValues(sip.HeaderProxyAuthenticate)); !slices.Equal(got, test.proxyFields) {
				t.Errorf("%s: Proxy-Authenticate is %q", test.reason, got)
			}
		})
	}
}
