package announce_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/service/announce"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

const target = "sip:announce@example.test;announcement=closed"

// options are an office whose server announces "closed", which takes a minute, in two languages.
func options(most int) office.Options {
	settings := announce.Settings{
		Exists: func(name, _ string) bool { return name == "closed" || name == "nach haus" || name == "broken" },
		Most:   most, Language: "en",
	}
	return office.Options{
		Server: func(c *domain.Config) {
			c.Inside = []domain.Agent{{
				Name: "announce", Install: func(a *ua.Agent) { announce.Install(a, settings) },
				Settings: ua.Settings{ContactParams: announce.ContactParams},
			}}
		},
		Lasts: map[string]time.Duration{"prompt:en/closed": time.Minute, "prompt:zh/closed": time.Minute, "prompt:en/nach haus": time.Minute, "prompt:en/broken": -1},
	}
}

// calls is a step: somebody calls, and is answered.
func calls(o *office.Office, who string, i ua.Invitation) func() error {
	return func() error {
		return o.Act(who, func(t *task.Task, a *ua.Agent) error {
			c, err := a.Invite(i)
			if err != nil {
				return err
			}
			if err := c.Settle(t); err != nil {
				return err
			}
			a.Attend(c)
			return nil
		})
	}
}

// refused is a step: a call is refused.
func refused(o *office.Office, who, target string, code int) func() error {
	return func() error { return office.Refused(calls(o, who, ua.Invitation{Target: target})(), code) }
}

func after(o *office.Office, d time.Duration) func() error {
	return func() error { return o.RunFor(d) }
}

func does(o *office.Office, who string, act func(t *task.Task, c *ua.Call) error) func() error {
	return func() error {
		return o.Act(who, func(t *task.Task, a *ua.Agent) error { return act(t, a.Calls()[0]) })
	}
}

func hears(o *office.Office, what string) func() error { return func() error { return o.Hears(what) } }

const closed = "alice hears announce's prompt:en/closed"

func TestAnnounce(t *testing.T) {
	for _, s := range []play.Scene{
		{
			Name: "announce", Title: "RFC 5359 section 2.13, F10 to F14: the announcement is played, and the server hangs up", Golden: true,
			Documents: "announce.go",
			Want: `F1 alice>announce INVITE
				F2 announce>alice 200 OK
				F3 alice>announce ACK
				F4 announce>alice BYE
				F5 alice>announce 200 OK`,
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", ua.Invitation{Target: target}), after(o, time.Second), hears(o, closed), o.Pause, o.Pause,
					func() error { return contact(o) })
			},
		},
		{
			Name: "announce-left", Title: "the caller does not wait for the end", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", ua.Invitation{Target: target}), after(o, time.Second),
					does(o, "alice", func(_ *task.Task, c *ua.Call) error { c.HangUp(); return nil }), o.Pause, o.Pause)
			},
		},
		{
			Name: "announce-given-up", Title: "the caller gives up before there is an answer: the 200 crosses the CANCEL", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(func() error {
					return o.Act("alice", func(t *task.Task, a *ua.Agent) error {
						c, err := a.Invite(ua.Invitation{Target: target})
						if err != nil {
							return err
						}
						c.HangUp()
						return nil
					})
				}, o.Pause, o.Pause)
			},
		},
		{
			Name: "announce-offerless", Title: "the server makes the offer: nothing is played before the ACK answers it", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", ua.Invitation{Target: target, Offerless: true}), after(o, 2*time.Second), hears(o, closed), o.Pause, o.Pause)
			},
		},
		{
			Name: "announce-held", Title: "held in the middle, it goes on where it was", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", ua.Invitation{Target: target}), after(o, 2*time.Second),
					does(o, "alice", func(t *task.Task, c *ua.Call) error { return c.Hold(t) }), after(o, time.Minute), hears(o, ""),
					does(o, "alice", func(t *task.Task, c *ua.Call) error { return c.Resume(t) }), after(o, time.Second), hears(o, closed), o.Pause, o.Pause)
			},
		},
		{
			Name: "announce-unknown", Title: "there is no such announcement", Golden: true,
			Play: func(o *office.Office) error {
				for _, target := range []string{
					"sip:announce@example.test;announcement=nothing", "sip:announce@example.test", "sip:announce@example.test;announcement=",
					"sip:announce@example.test;announcement=" + strings.Repeat("a", 65), "sip:announce@example.test;announcement=..%2F..%2Fetc%2Fpasswd",
				} {
					if err := refused(o, "alice", target, 404)(); err != nil {
						return fmt.Errorf("%s: %w", target, err)
					}
				}
				return o.Pause()
			},
		},
		{
			Name: "announce-broken", Title: "it is there and can't be played: the call ends",
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", ua.Invitation{Target: "sip:announce@example.test;announcement=broken"}), o.Pause, o.Pause)
			},
		},
		{
			Name: "announce-escaped", Title: "a name with a space",
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", ua.Invitation{Target: "sip:announce@example.test;announcement=nach%20haus"}), after(o, time.Second),
					hears(o, "alice hears announce's prompt:en/nach haus"), o.Pause, o.Pause)
			},
		},
		{
			Name: "announce-language", Title: "each in a language",
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", ua.Invitation{Target: target + ";language=ZH"}), calls(o, "bob", ua.Invitation{Target: target}), after(o, 2*time.Second),
					hears(o, "alice hears announce's prompt:zh/closed\nbob hears announce's prompt:en/closed"), o.Pause, o.Pause)
			},
		},
	} {
		s.Desks, s.Office = []string{"alice", "server", "bob"}, options(0)
		s.Run(t)
	}
}

// contact wants the announcement server's Contact to say that nobody is there and nobody listens.
func contact(o *office.Office) error {
	for _, arrow := range o.Ladder().Arrows {
		m, err := sip.Parse(arrow.Text)
		if err != nil || m.IsRequest() || m.StatusCode() != 200 || m.Method() != sip.INVITE {
			continue
		}
		if value := m.Header(sip.HeaderContact); !strings.Contains(value, "sip:announce@example.test") || !strings.HasSuffix(value, announce.ContactParams) {
			return fmt.Errorf("the Contact is %s", value)
		}
	}
	return nil
}

func TestMost(t *testing.T) {
	play.Scene{
		Name: "announce-most", Title: "there is a limit, and it is of calls at a time", Desks: []string{"alice", "server", "bob", "carol"}, Office: options(2),
		Play: func(o *office.Office) error {
			return office.InOrder(calls(o, "alice", ua.Invitation{Target: target}), calls(o, "bob", ua.Invitation{Target: target}),
				refused(o, "carol", target, 486), o.Pause, o.Pause, calls(o, "carol", ua.Invitation{Target: target}), o.Pause, o.Pause)
		},
		Seeds: 1,
	}.Run(t)
}

// TestNoAck: the caller is gone without a word. The server sends its 200 for 32 seconds, then gives up.
func TestNoAck(t *testing.T) {
	o := office.New(sim.New(sim.Config{}), options(0), "alice", "server")
	o.Desk("alice").Do(func(a *ua.Agent) { _, _ = a.Invite(ua.Invitation{Target: target}) })
	o.Desk("alice").Host.Kill()
	for _, test := range []struct {
		reason string
		wait   time.Duration
		calls  int
	}{
		{"the 200 is sent again", 20 * time.Second, 1},
		{"nobody acknowledges it", 2 * time.Minute, 0},
	} {
		if err := o.RunFor(test.wait); err != nil {
			t.Fatal(err)
		}
		if load := o.Agent("announce").Load(); load.Calls != test.calls || load.Streams != test.calls {
			t.Errorf("%s: %v", test.reason, load)
		}
	}
}
