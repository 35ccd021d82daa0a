package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// clock is an agent that tells the time: it answers, and hangs up after ten seconds.
func clock(a *ua.Agent) {
	a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
		a.Go("clock", func(t *task.Task) {
			if c.Answer() == nil {
				t.Sleep(10 * time.Second)
				c.HangUp()
			}
		})
	}})
}

func withClock(c *domain.Config) { c.Inside = []domain.Agent{{Name: "clock", Install: clock}} }

// TestInsideWays: whatever socket a phone calls an agent by, all that is within the call finds its way, in both
// directions, and the phone hears of no transport that it could not know.
func TestInsideWays(t *testing.T) {
	second := at("192.0.2.10:5070")
	for _, test := range []struct {
		reason    string
		listeners []proxy.Listener
		phone     func(*sim.PhoneConfig)
		route     string // how the agent's side of the call is reached
	}{
		{
			"the first socket, over UDP",
			[]proxy.Listener{{Transport: machine.UDP, Address: serverAddress}, {Transport: machine.TCP, Address: second}},
			func(*sim.PhoneConfig) {}, "@192.0.2.10:5060;lr>",
		},
		{
			"the first socket, over TCP",
			[]proxy.Listener{{Transport: machine.TCP, Address: serverAddress}},
			overTCP, "@192.0.2.10:5060;transport=tcp;lr>",
		},
		{
			"another socket",
			[]proxy.Listener{{Transport: machine.TCP, Address: second}, {Transport: machine.UDP, Address: serverAddress}},
			func(*sim.PhoneConfig) {}, "@192.0.2.10:5060;lr>",
		},
	} {
		for _, hangUp := range []time.Duration{5 * time.Second, 0} {
			w := newWorld(sim.New(sim.Config{}), withClock, func(c *domain.Config) { c.Listeners = test.listeners })
			alice := w.phone("alice", test.phone)
			w.serve()
			call := alice.CallWith("sip:clock@example.test;zone=utc", sim.CallOptions{HangUp: hangUp})
			if err := w.quiet(); err != nil {
				t.Fatalf("%s: %v\n%s", test.reason, err, w.Ladder().DrawPlain())
			}
			if err := ends(sim.Ended, 200)(call); err != nil {
				t.Errorf("%s: %v\n%s", test.reason, err, w.Ladder().DrawPlain())
			}
			var byes int
			for i := range w.Ladder().Arrows {
				arrow := &w.Ladder().Arrows[i]
				m, err := parse(arrow.Text)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(strings.ToUpper(arrow.Text), "INSIDE") {
					t.Errorf("%s: %s", test.reason, arrow.Text)
				}
				if m.Method() == sip.BYE && m.IsRequest() {
					byes++
				}
				if m.Method() != sip.INVITE || m.IsRequest() || m.StatusCode() != 200 {
					continue
				}
				routes := 0
				for value := range m.Values(sip.HeaderRecordRoute) {
					if routes++; !strings.HasSuffix(value, test.route) {
						t.Errorf("%s: the route %s", test.reason, value)
					}
				}
				if contact := m.TopValue(sip.HeaderContact); routes != 1 || contact != "<sip:clock@example.test>" {
					t.Errorf("%s: %d routes to %s", test.reason, routes, contact)
				}
			}
			if byes != 2 {
				t.Errorf("%s: %d hops of BYE", test.reason, byes)
			}
		}
	}
}

// TestInsideForged: nobody outside speaks for an agent, not even from the server's own address with all that is
// known of the call.
func TestInsideForged(t *testing.T) {
	w := newWorld(sim.New(sim.Config{}), withClock, func(c *domain.Config) { c.Guests = true })
	w.attacked = true
	alice := w.phone("alice")
	w.serve()
	call := alice.CallWith("sip:clock@example.test", sim.CallOptions{})
	if err := w.RunFor(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	var answer *sip.Message
	for i := range w.Ladder().Arrows {
		if m, err := parse(w.Ladder().Arrows[i].Text); err == nil && !m.IsRequest() && m.StatusCode() == 200 && m.Method() == sip.INVITE {
			answer = m
		}
	}
	for i, from := range []string{"192.0.2.10:1", "192.0.2.10:5060", "192.0.2.10:4000", "203.0.113.66:5060"} {
		text := fmt.Sprintf("BYE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKforged%d\r\nMax-Forwards: 70\r\nRoute: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\n"+
			"CSeq: 100 BYE\r\nContent-Length: 0\r\n\r\n", alice.ContactURI(), from, i, answer.TopValue(sip.HeaderRecordRoute), answer.To(), answer.From(), answer.CallID())
		w.Inject(at(from), serverAddress, text)
	}
	if err := w.RunFor(time.Second); err != nil {
		t.Fatal(err)
	}
	if call.State() != sim.Established {
		t.Errorf("the call is %s\n%s", call.State(), w.Ladder().DrawPlain())
	}
	// Its own BYE is let through.
	if err := w.RunFor(10 * time.Second); err != nil || call.State() != sim.Ended {
		t.Errorf("the call is %s, %v", call.State(), err)
	}
}

// TestInsideRestart: a call with an agent that died with its process ends when somebody says something in it.
func TestInsideRestart(t *testing.T) {
	w := newWorld(sim.New(sim.Config{}), withClock)
	alice := w.phone("alice")
	w.serve()
	call := alice.CallWith("sip:clock@example.test", sim.CallOptions{HangUp: 20 * time.Second})
	if err := w.RunFor(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	w.server.Restart()
	if err := w.quiet(); err != nil || call.State() != sim.Ended {
		t.Fatalf("the call is %s: %v\n%s", call.State(), err, w.Ladder().DrawPlain())
	}
	last := w.Ladder().Arrows[len(w.Ladder().Arrows)-1]
	if !strings.HasPrefix(last.Label, "481") {
		t.Errorf("the new process has no such call: %s", last.Label)
	}
}
