package ua_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/internal/ladder/golden"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// encounter is one ladder between alice's phone, which is ours, and carol's, which is a stranger: it
// shares the parser with ours, and no line of its transactions, dialogs or calls.
type encounter struct {
	name, title string
	carol       sim.Behaviour
	phone       func(c *sim.PhoneConfig)
	play        func(e *meeting) error
}

// meeting is an encounter that is played.
type meeting struct {
	*office.Office
	carol *sim.Phone
	call  *ua.Call
}

const (
	alicesAddress = "sip:alice@192.0.2.101:5060"
	carolsAddress = "sip:carol@192.0.2.200:5060"
)

func (e encounter) run(t *testing.T) {
	t.Helper()
	t.Run(e.name, func(t *testing.T) {
		t.Parallel()
		n := sim.New(sim.Config{})
		if _, err := e.meet(n); err != nil {
			t.Fatalf("%v\n%s", err, n.Ladder().DrawPlain())
		}
		drawn := n.Ladder()
		drawn.Title = e.title
		golden.Ladder(t, "stranger-"+e.name, drawn, golden.Options{Plain: true})
		if err := (sim.Swarm{Seeds: 50, FirstSeed: 1}).Run(e.meet); err != nil {
			t.Error(err)
		}
	})
}

func (e encounter) meet(n *sim.Network) (string, error) {
	m := &meeting{Office: office.New(n, office.Options{Direct: true}, "alice")}
	config := sim.PhoneConfig{Name: "carol", Address: netip.MustParseAddrPort("192.0.2.200:5060"), Incoming: e.carol}
	if e.phone != nil {
		e.phone(&config)
	}
	m.carol = n.AddPhone(config)
	m.Staff(ua.Handlers{}, nil)
	if err := e.play(m); err != nil {
		return "", err
	}
	if err := n.RunUntilQuiet(30 * time.Minute); err != nil {
		return "", err
	}
	state := m.outcome() + m.EndState() + n.EndState()
	var problems []string
	problems = append(problems, m.carol.Leaks()...)
	problems = append(problems, m.carol.Complaints...)
	problems = append(problems, play.Faults(n.Ladder())...)
	if err := m.GoHome(); err != nil {
		problems = append(problems, err.Error())
	}
	if len(problems) > 0 {
		return state, errors.New(strings.Join(problems, "; "))
	}
	return state, nil
}

// outcome is how alice's calls ended, as she was told.
func (m *meeting) outcome() string {
	var b strings.Builder
	for _, e := range m.Desk("alice").Events {
		if e.Kind == ua.Ended {
			fmt.Fprintf(&b, "ended %d %s\n", e.Code, e.Reason)
		}
	}
	return b.String()
}

// calls has alice call carol.
func (m *meeting) calls(i ua.Invitation) *ua.Call {
	i.Target = carolsAddress
	m.Desk("alice").Do(func(a *ua.Agent) { m.call, _ = a.Invite(i) })
	return m.call
}

func (m *meeting) do(act func(c *ua.Call)) {
	m.Desk("alice").Do(func(*ua.Agent) { act(m.call) })
}

// answered has alice call carol and waits until they talk.
func (m *meeting) answered() error {
	m.calls(ua.Invitation{})
	if err := m.RunUntil(func() bool { return m.call.State == ua.Talking }, time.Minute); err != nil {
		return err
	}
	return m.Pause()
}

// answering has carol call alice, and waits until they talk.
func (m *meeting) answering(options sim.CallOptions) (*sim.Call, error) {
	c := m.carol.CallWith(alicesAddress, options)
	err := m.RunUntil(func() bool { return len(m.Desk("alice").Agent().Calls()) > 0 }, time.Minute)
	if err == nil {
		m.call = m.Desk("alice").Agent().Calls()[0]
		err = m.RunUntil(func() bool { return m.call.State == ua.Talking }, time.Minute)
	}
	if err != nil {
		return nil, err
	}
	return c, m.Pause()
}

func (m *meeting) holds() error {
	if err := m.Act("alice", func(t *task.Task, _ *ua.Agent) error { return m.call.Hold(t) }); err != nil {
		return err
	}
	return m.Pause()
}

func hangsUp(m *meeting) error {
	m.do(func(c *ua.Call) { c.HangUp() })
	return m.Pause()
}

func TestStrangers(t *testing.T) {
	calling := func(after time.Duration, then func(m *meeting) error) func(m *meeting) error {
		return func(m *meeting) error {
			m.calls(ua.Invitation{})
			if err := m.RunFor(after); err != nil || then == nil {
				return err
			}
			return then(m)
		}
	}
	for _, e := range []encounter{
		{name: "call", title: "alice calls carol, and hangs up", carol: sim.AnswerAfter(time.Second), play: calling(40*time.Second, hangsUp)},
		{name: "hangs-up", title: "carol hangs up", carol: sim.Behaviour{Ring: true, HangUp: 5 * time.Second}, play: calling(time.Minute, nil)},
		{name: "busy", title: "carol is busy", carol: sim.Busy(), play: calling(time.Minute, nil)},
		{name: "decline", title: "carol declines", carol: sim.Decline(2 * time.Second), play: calling(time.Minute, nil)},
		{name: "redirect", title: "carol moved", carol: sim.Redirect("sip:carol@198.51.100.1"), play: calling(time.Minute, nil)},
		{name: "cancel", title: "alice gives up while it rings", carol: sim.RingForever(), play: calling(20*time.Second, hangsUp)},
		{name: "cancel-crosses", title: "carol answers as the CANCEL comes: the 200 wins", carol: sim.Behaviour{Ring: true, Never: true, CrossCancel: true}, play: calling(20*time.Second, hangsUp)},
		{name: "two-answers", title: "two phones answer: the second is acknowledged and hung up (RFC 3261 section 13.2.2.4)", carol: sim.Behaviour{Ring: true, After: time.Second, Twice: true}, play: calling(time.Minute, hangsUp)},
		{name: "reliable", title: "carol's 183 wants to be acknowledged (RFC 3262)", carol: sim.Behaviour{Reliable: true, Ring: true, After: time.Second}, play: calling(time.Minute, hangsUp)},
		{name: "offerless", title: "alice makes no offer", carol: sim.AnswerAfter(time.Second), play: func(m *meeting) error {
			m.calls(ua.Invitation{Offerless: true})
			if err := m.RunFor(time.Minute); err != nil {
				return err
			}
			return hangsUp(m)
		}},
		{name: "hold", title: "alice holds carol, who knows nothing of that", carol: sim.AnswerAfter(time.Second), play: func(m *meeting) error {
			return errors.Join(m.answered(), m.holds(), hangsUp(m))
		}},
		{name: "glare", title: "both send a re-INVITE at the same time (RFC 3261 section 14.1)", carol: sim.AnswerAfter(time.Second), play: func(m *meeting) error {
			if err := m.answered(); err != nil {
				return err
			}
			m.carol.LastCall().Reinvite()
			if err := m.holds(); err != nil {
				return err
			}
			if code := m.carol.LastCall().ReinviteCode; code != 200 || !m.call.Held {
				return fmt.Errorf("carol's re-INVITE ends with %d, held %v", code, m.call.Held)
			}
			return hangsUp(m)
		}},
		{name: "glare-called", title: "the same where carol has the Call-ID", play: func(m *meeting) error {
			c, err := m.answering(sim.CallOptions{})
			if err != nil {
				return err
			}
			c.Reinvite()
			if err := m.holds(); err != nil {
				return err
			}
			if c.ReinviteCode != 200 || !m.call.Held {
				return fmt.Errorf("carol's re-INVITE ends with %d, held %v", c.ReinviteCode, m.call.Held)
			}
			return hangsUp(m)
		}},
		{name: "bye-glare", title: "both hang up at the same time", carol: sim.AnswerAfter(time.Second), play: func(m *meeting) error {
			err := m.answered()
			m.carol.LastCall().HangUp()
			return errors.Join(err, hangsUp(m))
		}},
		{name: "called", title: "carol calls alice and hangs up", play: func(m *meeting) error {
			c, err := m.answering(sim.CallOptions{})
			if err != nil {
				return err
			}
			c.HangUp()
			return m.Pause()
		}},
		{name: "called-offerless", title: "carol calls without an offer, and her ACK has no answer", play: func(m *meeting) error {
			m.carol.CallWith(alicesAddress, sim.CallOptions{NoOffer: true})
			return m.RunFor(2 * time.Minute)
		}},
		{name: "called-cancel", title: "carol gives up", play: func(m *meeting) error {
			_ = m.Staffed(office.Manner{Never: true})
			m.carol.CallWith(alicesAddress, sim.CallOptions{CancelAll: 20 * time.Second})
			return m.RunFor(2 * time.Minute)
		}},
		{name: "called-no-ack", title: "carol never acknowledges (RFC 3261 section 13.3.1.4)", play: func(m *meeting) error {
			m.carol.CallWith(alicesAddress, sim.CallOptions{NoACK: true})
			return m.RunFor(2 * time.Minute)
		}},
		{name: "called-reliable", title: "carol requires reliable responses (RFC 3262)", play: func(m *meeting) error {
			c, err := m.answering(sim.CallOptions{Fields: []string{"Require: 100rel"}})
			if err != nil {
				return err
			}
			c.HangUp()
			return m.Pause()
		}},
		{name: "called-asks", title: "carol asks for one thing and another within the call", play: func(m *meeting) error {
			c, err := m.answering(sim.CallOptions{})
			if err != nil {
				return err
			}
			for _, ask := range []struct {
				method sip.Method
				code   int
			}{{sip.OPTIONS, 200}, {sip.INFO, 405}, {sip.UPDATE, 200}, {sip.REFER, 405}, {sip.MESSAGE, 200}, {"DANCE", 405}} {
				answer := c.Ask(ask.method)
				if err := m.Pause(); err != nil {
					return err
				}
				if answer.Code != ask.code {
					return fmt.Errorf("%s gets %d, not %d", ask.method, answer.Code, ask.code)
				}
			}
			c.HangUp()
			return m.Pause()
		}},
		{name: "harvest", title: "carol asks for credentials, also for our own realm: there are none (CVE-2021-41158)", carol: sim.Behaviour{Code: 407}, play: func(m *meeting) error {
			m.calls(ua.Invitation{})
			err := m.Pause()
			for _, arrow := range m.Ladder().Arrows {
				if strings.Contains(arrow.Text, "Authorization") {
					err = errors.Join(err, errors.New("credentials leave"))
				}
			}
			return err
		}},
	} {
		e.run(t)
	}
}

// Staffed changes how alice takes calls.
func (m *meeting) Staffed(manner office.Manner) error {
	m.Staff(ua.Handlers{}, map[string]office.Manner{"alice": manner})
	return nil
}
