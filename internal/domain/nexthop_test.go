package domain_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
)

// Where the next hops of carrier.example are.
var hops = map[string]netip.AddrPort{
	"one": at("198.51.100.21:5060"), "two": at("198.51.100.22:5060"), "three": at("198.51.100.23:5060"),
}

// carrier is alice (trusted, as an agent), the server, and the next hops that the name
// carrier.example leads to.
type carrier struct {
	*world
	alice *agent
	hop   map[string]*agent
	// leads is what a lookup finds, each "udp one", "tcp 192.0.2.1:5060", …; unanswered when
	// nobody answers. asked is what was looked up.
	leads      []string
	unanswered bool
	asked      []proxy.NextHop
}

func newCarrier(n *sim.Network, leads []string, answers map[string]func(m *sip.Message) []string, mutate ...func(*domain.Config)) *carrier {
	c := &carrier{leads: leads, hop: map[string]*agent{}}
	c.world = newWorld(n, append([]func(*domain.Config){func(config *domain.Config) {
		config.Trusted, config.Lookup = trusting("alice"), c.lookup
	}}, mutate...)...)
	c.alice = c.agent("alice", machine.UDP, nil)
	c.serve()
	for _, name := range []string{"one", "two", "three"} {
		if answer, present := answers[name]; present {
			c.hop[name] = c.add(name, answer)
		}
	}
	return c
}

// add adds a next hop that listens over UDP and TCP.
func (c *carrier) add(name string, answer func(m *sip.Message) []string) *agent {
	a := &agent{name: name, answer: answer, answered: map[string][]string{}, address: hops[name].String()}
	a.flow = machine.Flow{Transport: machine.UDP, Remote: serverAddress}
	a.host = c.Add(sim.HostConfig{
		Name:   name,
		Listen: []sim.Listener{{Transport: machine.UDP, Address: hops[name]}, {Transport: machine.TCP, Address: hops[name]}},
		Start:  func(time.Time) machine.Machine { return a },
	})
	return a
}

func (c *carrier) lookup(hop proxy.NextHop) proxy.Candidates {
	c.asked = append(c.asked, hop)
	found := proxy.Candidates{Unanswered: c.unanswered}
	for _, lead := range c.leads {
		transport, name, _ := strings.Cut(lead, " ")
		address, known := hops[name]
		if !known {
			address = at(name)
		}
		found.List = append(found.List, proxy.Candidate{
			Transport: map[string]machine.Transport{"udp": machine.UDP, "tcp": machine.TCP, "tls": machine.TLS}[transport], Address: address, Name: hop.Host,
		})
	}
	return found
}

// counts are the requests of a method that came to one, two and three.
func (c *carrier) counts(method sip.Method) (counts [3]int) {
	for i, name := range []string{"one", "two", "three"} {
		if c.hop[name] != nil {
			counts[i] = len(c.hop[name].requests(method))
		}
	}
	return counts
}

func (c *carrier) want(t *testing.T, reason string, method sip.Method, want [3]int) {
	t.Helper()
	if got := c.counts(method); got != want {
		t.Errorf("%s: %v %s came to one, two and three, not %v\n%s", reason, got, method, want, c.Ladder().DrawPlain())
	}
}

// finished lets everything come to its end; calls may stand.
func (c *carrier) finished(t *testing.T) {
	t.Helper()
	if err := c.RunUntilQuiet(20 * time.Minute); err != nil {
		t.Error(err)
	}
	c.settled(t)
}

func (c *carrier) settled(t *testing.T) {
	t.Helper()
	inside := c.domain().Proxy()
	if servers, clients, _, _ := inside.Pending(); servers+clients+inside.Merged()+inside.Lookups() > 0 {
		t.Errorf("left in the server: %d server and %d client transactions, %d merged, %d lookups", servers, clients, inside.Merged(), inside.Lookups())
	}
}

const far = "sip:far@carrier.example"

// silent says nothing; refuses is a 503.
func silent(*sip.Message) []string { return nil }

func refuses(more ...string) func(m *sip.Message) []string {
	return func(m *sip.Message) []string {
		if m.Method() == sip.ACK {
			return nil
		}
		return []string{respond(m, 503, "busy", more...)}
	}
}

// TestNextHopsInTurn is RFC 3263 §4.3: a 503, a refused connection and silence make the
// next one be asked, by a request of its own; anything else is the answer.
func TestNextHopsInTurn(t *testing.T) {
	type answers = map[string]func(m *sip.Message) []string
	both := []string{"udp one", "udp two"}
	for _, test := range []struct {
		reason  string
		method  string
		leads   []string
		answers answers
		code    int // for alice; 0: none
		arrive  [3]int
		within  time.Duration // of the last answer
	}{
		{"the first is there", "INVITE", both, answers{"one": says(200), "two": says(200)}, 200, [3]int{1, 0, 0}, time.Second},
		{"the first says 503", "INVITE", both, answers{"one": refuses(), "two": says(200)}, 200, [3]int{1, 1, 0}, time.Second},
		{"the first is silent", "INVITE", both, answers{"one": silent, "two": says(200)}, 200, [3]int{1, 1, 0}, 5 * time.Second},
		{"the first is not there", "INVITE", both, answers{"two": says(200)}, 200, [3]int{0, 1, 0}, 5 * time.Second},
		{"nobody listens at the first", "INVITE", []string{"tcp 198.51.100.99:5060", "udp two"}, answers{"two": says(200)}, 200, [3]int{0, 1, 0}, time.Second},
		{"two are dead, in two ways", "INVITE", []string{"udp one", "tcp 198.51.100.99:5060", "tcp three"}, answers{"one": silent, "three": says(200)}, 200, [3]int{1, 0, 1}, 5 * time.Second},
		{"the first is busy: that is the answer", "INVITE", both, answers{"one": says(486), "two": says(200)}, 486, [3]int{1, 0, 0}, time.Second},
		{"the first says 500: that is, too", "INVITE", both, answers{"one": says(500), "two": says(200)}, 500, [3]int{1, 0, 0}, time.Second},
		{"all say 503: that is nothing of ours to say", "INVITE", both, answers{"one": refuses(), "two": refuses()}, 500, [3]int{1, 1, 0}, time.Second},
		{"all are silent: within one client's time", "INVITE", []string{"udp one", "udp two", "udp three"}, answers{"one": silent, "two": silent, "three": silent}, 408, [3]int{1, 1, 1}, 33 * time.Second},
		{"another request, the first is silent", "MESSAGE", both, answers{"one": silent, "two": says(200)}, 200, [3]int{1, 1, 0}, 5 * time.Second},
		{"another request, all are silent: no answer (RFC 4320 §4.2)", "MESSAGE", both, answers{"one": silent, "two": silent}, 0, [3]int{1, 1, 0}, 33 * time.Second},
		{"another request, 503", "MESSAGE", both, answers{"one": refuses(), "two": says(200)}, 200, [3]int{1, 1, 0}, time.Second},
	} {
		t.Run(test.reason, func(t *testing.T) {
			c := newCarrier(sim.New(sim.Config{}), test.leads, test.answers)
			asked := c.alice.ask(outside(test.method, far, "call", 1))
			_ = c.RunFor(test.within)
			if asked.code() != test.code {
				t.Errorf("alice got %d within %v, not %d", asked.code(), test.within, test.code)
			}
			c.finished(t)
			c.want(t, test.reason, sip.Method(test.method), test.arrive)
			branches := map[string]bool{}
			total := 0
			for _, hop := range c.hop {
				for _, m := range hop.requests(sip.Method(test.method)) {
					branches[m.Branch()] = true
					total++
					if m.RequestURI() != far {
						t.Errorf("the URI is not rewritten by what is found (RFC 3263 §4): %s", m.RequestURI())
					}
				}
			}
			if len(branches) != total {
				t.Errorf("%d requests on %d branches", total, len(branches))
			}
			if len(c.asked) != 1 || c.asked[0] != (proxy.NextHop{Host: "carrier.example"}) {
				t.Errorf("looked up %+v", c.asked)
			}
		})
	}
}

// TestLookedUp: what is looked up for which next hop.
func TestLookedUp(t *testing.T) {
	for _, test := range []struct {
		reason, uri string
		more        []string
		want        proxy.NextHop
	}{
		{"the Request-URI", "sip:a@carrier.example", nil, proxy.NextHop{Host: "carrier.example"}},
		{"its port", "sip:a@carrier.example:5070", nil, proxy.NextHop{Host: "carrier.example", Port: 5070}},
		{"its transport", "sip:a@carrier.example;transport=TCP", nil, proxy.NextHop{Host: "carrier.example", Transport: machine.TCP}},
		{"sips", "sips:a@carrier.example", nil, proxy.NextHop{Host: "carrier.example", Secure: true}},
		{"sips over tcp is TLS all the same", "sips:a@carrier.example;transport=tcp", nil, proxy.NextHop{Host: "carrier.example", Secure: true}},
		{"maddr goes before the host", "sip:a@192.0.2.77;maddr=carrier.example", nil, proxy.NextHop{Host: "carrier.example"}},
		{"a route goes before the Request-URI", "sip:a@192.0.2.77", []string{"Route: <sip:edge.example:5080;lr>"}, proxy.NextHop{Host: "edge.example", Port: 5080}},
		{"a strict route, too", "sip:a@192.0.2.77", []string{"Route: <sip:edge.example>"}, proxy.NextHop{Host: "edge.example"}},
		{"sips in the Request-URI holds for the route", "sips:a@192.0.2.77", []string{"Route: <sip:edge.example;lr>"}, proxy.NextHop{Host: "edge.example", Secure: true}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			c := newCarrier(sim.New(sim.Config{}), []string{"udp one"}, map[string]func(m *sip.Message) []string{"one": says(200)})
			c.alice.ask(outside("OPTIONS", test.uri, "call", 1, test.more...))
			c.finished(t)
			if len(c.asked) != 1 || c.asked[0] != test.want {
				t.Errorf("looked up %+v, not %+v", c.asked, test.want)
			}
			arrive := [3]int{1, 0, 0}
			if test.want.Secure {
				arrive[0] = 0 // what was found is not encrypted
			}
			c.want(t, test.reason, sip.OPTIONS, arrive)
		})
	}
	t.Run("an address is not looked up", func(t *testing.T) {
		c := newCarrier(sim.New(sim.Config{}), nil, map[string]func(m *sip.Message) []string{"one": says(200)})
		c.alice.ask(outside("OPTIONS", "sip:a@198.51.100.21", "call", 1))
		c.finished(t)
		if len(c.asked) != 0 {
			t.Errorf("looked up %+v", c.asked)
		}
		c.want(t, "by its address", sip.OPTIONS, [3]int{1, 0, 0})
	})
}

// TestLookupFails: what alice hears, and when.
func TestLookupFails(t *testing.T) {
	for _, test := range []struct {
		reason     string
		leads      []string
		unanswered bool
		delay      time.Duration
		code       int
		within     time.Duration
	}{
		{"the name leads nowhere", nil, false, 0, 502, time.Second},
		{"nobody answers", nil, true, 0, 504, time.Second},
		{"the lookup never comes back", []string{"udp one"}, false, time.Hour, 504, 4 * time.Second},
		{"over a transport that we don't have", []string{"tls one"}, false, 0, 502, time.Second},
		{"in a family that we don't have", []string{"udp [2001:db8::1]:5060"}, false, 0, 502, time.Second},
		{"to loopback", []string{"udp 127.0.0.1:5070"}, false, 0, 403, time.Second},
		{"to our own socket", []string{"udp 192.0.2.10:5060"}, false, 0, 403, time.Second},
		{"to a group", []string{"udp 224.0.1.75:5060"}, false, 0, 403, time.Second},
		{"to a link-local address", []string{"udp 169.254.169.254:80"}, false, 0, 403, time.Second},
		{"to everywhere and nowhere", []string{"udp 255.255.255.255:5060", "udp 0.0.0.0:5060", "udp 198.51.100.21:0"}, false, 0, 403, time.Second},
	} {
		t.Run(test.reason, func(t *testing.T) {
			c := newCarrier(sim.New(sim.Config{JobDelay: test.delay}), test.leads, map[string]func(m *sip.Message) []string{"one": says(200)})
			c.unanswered = test.unanswered
			asked := c.alice.ask(invite(far, "call"))
			_ = c.RunFor(test.within)
			if asked.code() != test.code {
				t.Errorf("alice got %d, not %d\n%s", asked.code(), test.code, c.Ladder().DrawPlain())
			}
			c.finished(t)
			_ = c.RunFor(2 * time.Hour) // what never came back comes back
			c.finished(t)
			c.want(t, "nothing goes anywhere", sip.INVITE, [3]int{0, 0, 0})
		})
	}
	t.Run("what may be reached is, all the same", func(t *testing.T) {
		c := newCarrier(sim.New(sim.Config{}), []string{"udp 127.0.0.1:5070", "tls one", "udp two"}, map[string]func(m *sip.Message) []string{"two": says(200)})
		asked := c.alice.ask(invite(far, "call"))
		_ = c.RunFor(time.Second)
		if asked.code() != 200 {
			t.Errorf("alice got %d", asked.code())
		}
		c.finished(t)
	})
}

// TestRebinding: a name that led to a good place leads to loopback and to our own sockets
// at its next lookup: nothing ever goes there.
func TestRebinding(t *testing.T) {
	c := newCarrier(sim.New(sim.Config{}), []string{"udp one"}, map[string]func(m *sip.Message) []string{"one": says(200)})
	for i, leads := range [][]string{{"udp one"}, {"udp 127.0.0.1:5060"}, {"udp 192.0.2.10:5060"}, {"tcp [::1]:5060"}, {"udp 224.0.0.1:5060"}} {
		c.leads = leads
		c.alice.ask(outside("MESSAGE", far, fmt.Sprint("call", i), 1))
		_ = c.RunFor(time.Second)
	}
	c.finished(t)
	c.want(t, "the first alone arrives", "MESSAGE", [3]int{1, 0, 0})
	l := c.Ladder()
	for _, arrow := range l.Arrows {
		if l.Name(arrow.From) == "server" && l.Name(arrow.To) != "alice" && l.Name(arrow.To) != "one" {
			t.Errorf("the server sent to %s", l.Name(arrow.To))
		}
	}
}

// TestLateAnswers: a next hop that was given up wakes up.
func TestLateAnswers(t *testing.T) {
	answerLate := func(code int, c **carrier, wait time.Duration) func(m *sip.Message) []string {
		return func(m *sip.Message) []string {
			switch m.Method() {
			case sip.ACK:
			case sip.CANCEL:
				return []string{respond(m, 200, "late"), strings.Replace(respond(m, 487, "late"), "CANCEL\r\n", "INVITE\r\n", 1)}
			default:
				text := respond(m, code, "late", "Contact: <sip:far@198.51.100.21:5060>")
				(*c).After(wait, func() { (*c).hop["one"].send(text) })
			}
			return nil
		}
	}
	ringing := func(m *sip.Message) []string {
		switch m.Method() {
		case sip.ACK:
			return nil
		case sip.CANCEL:
			return []string{respond(m, 200, "far"), strings.Replace(respond(m, 487, "far"), "CANCEL\r\n", "INVITE\r\n", 1)}
		default:
			return []string{respond(m, 180, "far")}
		}
	}
	for _, test := range []struct {
		reason, method string
		code           int // of one, 10 s after it was asked
		two            func(m *sip.Message) []string
		want           int    // for alice
		cancels        [3]int // that came
	}{
		{"it rings: it is cancelled, and two is answered", "INVITE", 180, says(200), 200, [3]int{1, 0, 0}},
		{"it takes the call: that stands, and two is cancelled", "INVITE", 200, ringing, 200, [3]int{0, 1, 0}},
		{"it is busy: too late to matter", "INVITE", 486, says(200), 200, [3]int{0, 0, 0}},
		{"nobody wants any more: too late to matter, too", "INVITE", 603, says(200), 200, [3]int{0, 0, 0}},
		{"it answers another request: two was silent", "MESSAGE", 200, silent, 200, [3]int{0, 0, 0}},
		{"it answers 100 to another request: there is nothing to cancel", "MESSAGE", 100, says(200), 200, [3]int{0, 0, 0}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			var c *carrier
			c = newCarrier(sim.New(sim.Config{}), []string{"udp one", "udp two"}, map[string]func(m *sip.Message) []string{
				"one": func(m *sip.Message) []string { return answerLate(test.code, &c, 10*time.Second)(m) }, "two": test.two,
			})
			asked := c.alice.ask(outside(test.method, far, "call", 1))
			_ = c.RunFor(20 * time.Second)
			if asked.code() != test.want {
				t.Errorf("alice got %d, not %d\n%s", asked.code(), test.want, c.Ladder().DrawPlain())
			}
			c.want(t, test.reason, sip.Method(test.method), [3]int{1, 1, 0})
			c.want(t, test.reason, sip.CANCEL, test.cancels)
			_ = c.RunFor(time.Minute)
			c.settled(t)
		})
	}
}

// TestCancelMeanwhile: alice hangs up while her call is looked up, or while the first of
// two next hops says nothing.
func TestCancelMeanwhile(t *testing.T) {
	for _, test := range []struct {
		reason string
		delay  time.Duration // of the lookup
		after  time.Duration
		within time.Duration // for the 487
		arrive [3]int
	}{
		{"during the lookup: at once", time.Second, 500 * time.Millisecond, 100 * time.Millisecond, [3]int{0, 0, 0}},
		{"during one that never comes back", time.Hour, 500 * time.Millisecond, 100 * time.Millisecond, [3]int{0, 0, 0}},
		{"while the first is silent: nobody else is asked", 5 * time.Millisecond, 2 * time.Second, 33 * time.Second, [3]int{1, 0, 0}},
		{"while the second is silent", 5 * time.Millisecond, 6 * time.Second, 33 * time.Second, [3]int{1, 1, 0}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			c := newCarrier(sim.New(sim.Config{JobDelay: test.delay}), []string{"udp one", "udp two"}, map[string]func(m *sip.Message) []string{"one": silent, "two": silent})
			text := invite(far, "call")
			asked := c.alice.ask(text)
			_ = c.RunFor(test.after)
			cancel := c.alice.ask(strings.NewReplacer("INVITE sip", "CANCEL sip", "1 INVITE", "1 CANCEL").Replace(text))
			_ = c.RunFor(test.within)
			if asked.code() != 487 || cancel.code() != 200 {
				t.Errorf("alice got %d, and %d to the CANCEL\n%s", asked.code(), cancel.code(), c.Ladder().DrawPlain())
			}
			c.finished(t)
			_ = c.RunFor(2 * time.Hour)
			c.finished(t)
			c.want(t, test.reason, sip.INVITE, test.arrive)
		})
	}
}

// TestShunned: a next hop that failed is asked last for a while: after silence and a
// refused connection for half a minute, after a 503 for as long as it asks (RFC 3261
// §21.5.4).
func TestShunned(t *testing.T) {
	type answers = map[string]func(m *sip.Message) []string
	for _, test := range []struct {
		reason string
		leads  []string
		one    func(m *sip.Message) []string
		during time.Duration // later, one is not asked first
		after  time.Duration // but then it is
	}{
		{"silence", []string{"udp one", "udp two"}, silent, 20 * time.Second, 40 * time.Second},
		{"503 with Retry-After", []string{"udp one", "udp two"}, refuses("Retry-After: 120 (maintenance);duration=60"), 110 * time.Second, 130 * time.Second},
		{"503 that asks for no time", []string{"udp one", "udp two"}, refuses(), 0, time.Second},
		{"503 that asks for a year gets an hour", []string{"udp one", "udp two"}, refuses("Retry-After: 31536000"), 59 * time.Minute, 61 * time.Minute},
	} {
		t.Run(test.reason, func(t *testing.T) {
			c := newCarrier(sim.New(sim.Config{}), test.leads, answers{"one": test.one, "two": says(200)})
			began := c.Now()
			c.alice.ask(outside("OPTIONS", far, "first", 1))
			_ = c.RunFor(5 * time.Second)
			c.want(t, "the first request", sip.OPTIONS, [3]int{1, 1, 0})
			if test.during > 0 {
				_ = c.RunFor(test.during - c.Now().Sub(began))
				c.alice.ask(outside("OPTIONS", far, "second", 1))
				_ = c.RunFor(5 * time.Second)
				c.want(t, "the second goes to two at once", sip.OPTIONS, [3]int{1, 2, 0})
			}
			before := c.counts(sip.OPTIONS)
			_ = c.RunFor(test.after - c.Now().Sub(began))
			c.alice.ask(outside("OPTIONS", far, "third", 1))
			_ = c.RunFor(5 * time.Second)
			c.want(t, "the last is for one again", sip.OPTIONS, [3]int{before[0] + 1, before[1] + 1, 0})
			c.finished(t)
		})
	}
	t.Run("what one request learns holds for those under way", func(t *testing.T) {
		c := newCarrier(sim.New(sim.Config{}), []string{"udp one", "udp two", "udp three"}, answers{"one": silent, "two": refuses("Retry-After: 60"), "three": says(200)})
		c.alice.ask(outside("OPTIONS", far, "first", 1))
		_ = c.RunFor(3 * time.Second)
		c.alice.ask(outside("OPTIONS", far, "second", 1))
		_ = c.RunFor(5 * time.Second)
		c.want(t, "the second passes two over", sip.OPTIONS, [3]int{2, 1, 2})
		c.finished(t)
	})
	t.Run("who has no other is asked all the same", func(t *testing.T) {
		c := newCarrier(sim.New(sim.Config{}), []string{"udp one"}, answers{"one": refuses("Retry-After: 600")})
		for i := range 2 {
			asked := c.alice.ask(outside("OPTIONS", far, fmt.Sprint("call", i), 1))
			_ = c.RunFor(time.Second)
			if asked.code() != 500 {
				t.Errorf("alice got %d", asked.code())
			}
		}
		c.want(t, "both", sip.OPTIONS, [3]int{2, 0, 0})
		c.finished(t)
	})
}

// TestNamedDialog: a gateway whose Contact has a name. What lies within the call goes
// where the call is, of all the places that the name leads to, and when the name leads
// nowhere any more.
func TestNamedDialog(t *testing.T) {
	named := func(m *sip.Message) []string {
		if m.Method() == sip.INVITE {
			return []string{respond(m, 200, "far", "Contact: <sip:far@gateway.carrier.example>")}
		}
		return says(200)(m)
	}
	for _, test := range []struct {
		reason     string
		leads      []string // after the INVITE
		unanswered bool
		arrive     [3]int // ACK, and BYE
	}{
		{"of two places, where the call is", []string{"udp one", "udp two"}, false, [3]int{0, 1, 0}},
		{"the name leads elsewhere", []string{"udp one"}, false, [3]int{1, 0, 0}},
		{"the name leads nowhere any more", nil, false, [3]int{0, 1, 0}},
		{"nobody answers", nil, true, [3]int{0, 1, 0}},
		{"it leads where we don't go", []string{"udp 127.0.0.1:5060"}, false, [3]int{0, 1, 0}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			c := newCarrier(sim.New(sim.Config{}), []string{"udp two"}, map[string]func(m *sip.Message) []string{"one": says(200), "two": named})
			asked := c.alice.ask(invite(far, "call"))
			_ = c.RunFor(time.Second)
			if asked.code() != 200 {
				t.Fatalf("alice got %d", asked.code())
			}
			c.leads, c.unanswered = test.leads, test.unanswered
			within := func(method string, sequence int) string {
				return lines(
					method+" sip:far@gateway.carrier.example SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK%s%d;rport", method, sequence), "Max-Forwards: 70",
					"Route: "+asked.final.TopValue(sip.HeaderRecordRoute), "From: <sip:alice@example.test>;tag=alice", "To: <"+far+">;tag=far",
					"Call-ID: call", fmt.Sprintf("CSeq: %d %s", sequence, method))
			}
			c.alice.send(within("ACK", 1))
			_ = c.RunFor(time.Second)
			c.want(t, test.reason, sip.ACK, test.arrive)
			bye := c.alice.ask(within("BYE", 2))
			_ = c.RunFor(time.Second)
			c.want(t, test.reason, sip.BYE, test.arrive)
			if bye.code() != 200 {
				t.Errorf("the BYE got %d", bye.code())
			}
			c.finished(t)
		})
	}
}

// TestNamedContact: a phone that registered with a name, over UDP and with no flow of its
// own, and one behind an edge proxy with a name (RFC 3327).
func TestNamedContact(t *testing.T) {
	for _, test := range []struct {
		reason  string
		contact string
		path    []string
		want    string
	}{
		{"its Contact", "sip:bob@pc.example:5062", nil, "pc.example"},
		{"its Path", "sip:bob@10.1.1.1", []string{"<sip:edge.example;lr>"}, "edge.example"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			c := newCarrier(sim.New(sim.Config{}), []string{"udp one", "udp two"}, map[string]func(m *sip.Message) []string{"one": silent, "two": says(200)})
			b := binding(test.contact, 1000)
			b.Path = test.path
			c.bound("bob", b)
			asked := c.alice.ask(invite(bobsAddress, "call"))
			_ = c.RunFor(5 * time.Second)
			if asked.code() != 200 || len(c.asked) != 1 || c.asked[0].Host != test.want {
				t.Errorf("alice got %d, looked up %+v", asked.code(), c.asked)
			}
			c.want(t, test.reason, sip.INVITE, [3]int{1, 1, 0})
			c.finished(t)
		})
	}
}

// TestLookupBesideRinging: of two phones one must be looked up; the other answers first.
// Then nothing is sent to the one, and nothing is left.
func TestLookupBesideRinging(t *testing.T) {
	c := newCarrier(sim.New(sim.Config{JobDelay: 2 * time.Second}), []string{"udp one"}, map[string]func(m *sip.Message) []string{"one": says(200), "two": says(200)})
	c.bound("bob", binding("sip:bob@pc.example", 1000), binding("sip:bob@198.51.100.22:5060", 1000))
	asked := c.alice.ask(invite(bobsAddress, "call"))
	_ = c.RunFor(time.Second)
	if asked.code() != 200 {
		t.Errorf("alice got %d", asked.code())
	}
	c.finished(t)
	c.want(t, "the one that answers", sip.INVITE, [3]int{0, 1, 0})
}

// TestTooManyLookups: one user can't make the server wait for more names than
// MaxLookupsEach at a time; for others there is room.
func TestTooManyLookups(t *testing.T) {
	c := newCarrier(sim.New(sim.Config{JobDelay: time.Second}), []string{"udp one"}, map[string]func(m *sip.Message) []string{"one": says(200)},
		func(config *domain.Config) { config.Trusted = append(config.Trusted, trusting("dave")...) })
	dave := c.agent("dave", machine.UDP, nil)
	var asked []*asking
	for i := range proxy.MaxLookupsEach + 5 {
		asked = append(asked, c.alice.ask(outside("OPTIONS", far, fmt.Sprint("call", i), 1)))
	}
	other := dave.ask(strings.NewReplacer("alice", "dave", "192.0.2.1", "192.0.2.4").Replace(outside("OPTIONS", far, "dave", 1)))
	_ = c.RunFor(2 * time.Second)
	codes := map[int]int{}
	for _, one := range asked {
		codes[one.code()]++
	}
	if codes[200] != proxy.MaxLookupsEach || codes[502] != 5 || other.code() != 200 {
		t.Errorf("alice got %v, dave %d", codes, other.code())
	}
	c.finished(t)
	if len(c.asked) != proxy.MaxLookupsEach+1 {
		t.Errorf("%d lookups", len(c.asked))
	}
}

// TestManyCandidates: of a long list MaxAlternatives are tried.
func TestManyCandidates(t *testing.T) {
	var leads []string
	for i := range 30 {
		leads = append(leads, fmt.Sprintf("udp 203.0.113.%d:5060", i+100))
	}
	c := newCarrier(sim.New(sim.Config{}), leads, nil)
	asked := c.alice.ask(invite(far, "call"))
	_ = c.RunFor(40 * time.Second)
	if asked.code() != 408 {
		t.Errorf("alice got %d", asked.code())
	}
	c.finished(t)
	var tried []string
	l := c.Ladder()
	for _, arrow := range l.Arrows {
		if to := l.Name(arrow.To); l.Name(arrow.From) == "server" && strings.HasPrefix(to, "203.") && !slices.Contains(tried, to) {
			tried = append(tried, to)
		}
	}
	if len(tried) != proxy.MaxAlternatives {
		t.Errorf("tried %q", tried)
	}
}

// TestGuestsByName: a guest within a call can't aim at hosts by their names: his requests
// go to the end of the call, or nowhere.
func TestGuestsByName(t *testing.T) {
	for _, test := range []struct {
		reason, uri, route string
		code               int
		arrive             [3]int
	}{
		{"the name leads to the end itself", "sip:bob@pc.example", "", 200, [3]int{0, 1, 0}},
		{"the name leads elsewhere: to the end all the same", "sip:bob@three.example", "", 200, [3]int{0, 1, 0}},
		{"a route that leads elsewhere", "sip:bob@198.51.100.22", "<sip:three.example;lr>", 403, [3]int{0, 0, 0}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			answer := func(m *sip.Message) []string {
				if m.Method() == sip.INVITE {
					return []string{respond(m, 200, "far", "Contact: <sip:bob@198.51.100.22:5060>")}
				}
				return says(200)(m)
			}
			c := newCarrier(sim.New(sim.Config{}), nil, map[string]func(m *sip.Message) []string{"two": answer, "three": says(200)}, func(config *domain.Config) {
				config.Guests = true
				config.Lookup = func(hop proxy.NextHop) proxy.Candidates {
					address := hops["three"]
					if hop.Host == "pc.example" {
						address = hops["two"]
					}
					return proxy.Candidates{List: []proxy.Candidate{{Transport: machine.UDP, Address: address, Name: hop.Host}}}
				}
			})
			c.bound("bob", binding("sip:bob@198.51.100.22:5060", 1000))
			guest := c.agent("gateway", machine.UDP, nil)
			text := func(method, uri, to string, sequence int, route ...string) string {
				return lines(append([]string{
					method + " " + uri + " SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK%s%d;rport", method, sequence), "Max-Forwards: 70",
					"From: <sip:guest@foreign.test>;tag=guest", "To: <sip:bob@example.test>" + to,
					"Call-ID: call", fmt.Sprintf("CSeq: %d %s", sequence, method), "Contact: <sip:guest@198.51.100.7:5060>",
				}, route...)...)
			}
			asked := guest.ask(text("INVITE", bobsAddress, "", 1))
			_ = c.RunFor(time.Second)
			if asked.code() != 200 {
				t.Fatalf("the guest got %d", asked.code())
			}
			routes := []string{"Route: " + asked.final.TopValue(sip.HeaderRecordRoute)}
			if test.route != "" {
				routes = append(routes, "Route: "+test.route)
			}
			bye := guest.ask(text("BYE", test.uri, ";tag=far", 2, routes...))
			_ = c.RunFor(time.Second)
			if bye.code() != test.code {
				t.Errorf("the BYE got %d\n%s", bye.code(), c.Ladder().DrawPlain())
			}
			c.want(t, test.reason, sip.BYE, test.arrive)
			c.finished(t)
		})
	}
}

// TestNextHopLadders: calls to a carrier of whose two next hops the first fails, on bad
// lines, too.
func TestNextHopLadders(t *testing.T) {
	call := func(one sim.Behaviour, present bool) func(n *sim.Network) (string, error) {
		return func(n *sim.Network) (string, error) {
			w := newWorld(n, func(config *domain.Config) {
				config.Lookup = func(hop proxy.NextHop) proxy.Candidates {
					return proxy.Candidates{List: []proxy.Candidate{
						{Transport: machine.UDP, Address: hops["one"], Name: hop.Host}, {Transport: machine.UDP, Address: hops["two"], Name: hop.Host},
					}}
				}
			})
			alice := w.phone("alice")
			w.serve()
			hop := func(name string, behaviour sim.Behaviour) {
				w.phone(name, incoming(behaviour), func(c *sim.PhoneConfig) { c.Address = hops[name] })
			}
			if present {
				hop("one", one)
			}
			hop("two", sim.AnswerAfter(2*time.Second))
			call := alice.CallWith(far, sim.CallOptions{HangUp: 10 * time.Second})
			state, err := w.end()
			if err == nil {
				err = ends(sim.Ended, 200)(call)
			}
			return state, err
		}
	}
	for _, s := range []scenario{
		{name: "nexthop-silent", title: "of two next hops of a name the first is silent (RFC 3263 section 4.3)", play: call(sim.Behaviour{}, false)},
		{name: "nexthop-503", title: "the first says 503", play: call(sim.Behaviour{Code: 503}, true)},
	} {
		s.run(t)
	}
}
