package ua_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

const bothHear = "alice hears bob\nbob hears alice"

// steps does one thing after another until one fails.
func steps(steps ...func(o *office.Office) error) func(o *office.Office) error {
	return func(o *office.Office) error {
		for i, step := range steps {
			if err := step(o); err != nil {
				return fmt.Errorf("step %d: %w", i+1, err)
			}
		}
		return nil
	}
}

// talk has alice call bob until they talk.
func talk(o *office.Office) error {
	if _, err := o.Talk("alice", "bob"); err != nil {
		return err
	}
	return o.Pause()
}

// calls has alice call bob, and wants the call to end with a code.
func calls(i ua.Invitation, code int) func(o *office.Office) error {
	return func(o *office.Office) error {
		i.Target = office.AOR("bob")
		err := o.Act("alice", func(t *task.Task, a *ua.Agent) error {
			c, err := a.Invite(i)
			if err != nil {
				return err
			}
			return c.Settle(t)
		})
		var status *sip.StatusError
		switch {
		case code == 200 && err == nil:
			return o.Pause()
		case errors.As(err, &status) && status.Code == code:
			return o.Pause()
		}
		return fmt.Errorf("the call ends with %v, not %d", err, code)
	}
}

// first has somebody do something to the first call.
func first(who string, act func(c *ua.Call, t *task.Task) error) func(o *office.Office) error {
	return func(o *office.Office) error {
		if err := o.Act(who, func(t *task.Task, a *ua.Agent) error { return act(a.Calls()[0], t) }); err != nil {
			return err
		}
		return o.Pause()
	}
}

func hold(who string) func(o *office.Office) error   { return first(who, (*ua.Call).Hold) }
func resume(who string) func(o *office.Office) error { return first(who, (*ua.Call).Resume) }

func hangUp(who string) func(o *office.Office) error {
	return first(who, func(c *ua.Call, _ *task.Task) error { c.HangUp(); return nil })
}

// together has all do something at the same time.
func together(act func(c *ua.Call, t *task.Task) error, who ...string) func(o *office.Office) error {
	return func(o *office.Office) error {
		var waits []func() error
		for _, name := range who {
			waits = append(waits, o.Begin(name, func(t *task.Task, a *ua.Agent) error { return act(a.Calls()[0], t) }))
		}
		for _, wait := range waits {
			if err := wait(); err != nil {
				return err
			}
		}
		return o.Pause()
	}
}

func hears(want string) func(o *office.Office) error {
	return func(o *office.Office) error {
		if got := o.Hearing(); got != want && got != want+"\n" {
			return fmt.Errorf("who hears whom: got %q, want %q", got, want)
		}
		return nil
	}
}

func wait(d time.Duration) func(o *office.Office) error {
	return func(o *office.Office) error { return o.RunFor(d) }
}

// takes gives somebody another way of taking calls.
func takes(who string, take func(c *ua.Call)) func(o *office.Office) error {
	return func(o *office.Office) error {
		o.Desk(who).Do(func(a *ua.Agent) {
			h := a.Handlers()
			h.Invite = take
			a.Handle(h)
		})
		return nil
	}
}

// later answers a call after a while.
func later(c *ua.Call, after time.Duration) {
	c.Agent().Go("answer", func(t *task.Task) {
		t.Sleep(after)
		_ = c.Answer()
	})
}

var duo = []string{"alice", "server", "bob"}

func TestCallLadders(t *testing.T) {
	for _, s := range []play.Scene{
		{Name: "call", Title: "RFC 3261 section 24.2: alice calls bob, who hangs up", Play: steps(talk, hears(bothHear), hangUp("bob"))},
		{Name: "caller-hangs-up", Title: "alice calls bob and hangs up", Play: steps(talk, hangUp("alice"))},
		{Name: "digest", Title: "a server that asks for credentials: once a day", Office: office.Options{Digest: true}, Play: steps(talk, hold("bob"), hears(""), hangUp("alice"))},
		{Name: "busy", Title: "bob is busy", Manners: map[string]office.Manner{"bob": {Code: 486}}, Play: calls(ua.Invitation{}, 486)},
		{Name: "decline", Title: "bob declines", Manners: map[string]office.Manner{"bob": {Code: 603}}, Play: calls(ua.Invitation{}, 603)},
		{
			Name: "moved", Title: "bob sends alice elsewhere: the 302 is told, and followed by nobody else",
			Play: steps(takes("bob", func(c *ua.Call) { c.Redirect(302, office.AOR("carol")) }), calls(ua.Invitation{}, 302)),
		},
		{
			Name: "cancel", Title: "alice gives up while it rings", Manners: map[string]office.Manner{"bob": {Never: true}},
			Play: steps(begin, wait(10*time.Second), hangUp("alice")),
		},
		{
			Name: "ring-limit", Title: "bob does not answer: after four minutes alice's phone gives up", Manners: map[string]office.Manner{"bob": {Never: true}},
			Play: calls(ua.Invitation{}, 487),
		},
		{
			Name: "offerless", Title: "bob makes the offer, and the ACK answers it (RFC 3725)",
			Play: steps(calls(ua.Invitation{Offerless: true}, 200), attend("alice"), hears(bothHear), hangUp("alice")),
		},
		{
			Name: "reliable", Title: "RFC 3262: alice requires that provisional responses arrive",
			Play: steps(calls(ua.Invitation{Require: "100rel"}, 200), hears(bothHear), hangUp("bob")),
		},
		{
			Name: "early-media", Title: "bob's phone is heard before he answers",
			Play: steps(takes("bob", func(c *ua.Call) { _ = c.Early(sip.Answer{Code: 183}); later(c, 2*time.Second) }),
				calls(ua.Invitation{}, 200), hears(bothHear), hangUp("bob")),
		},
		{
			Name: "early-media-reliable", Title: "RFC 3262 section 5: the answer is in the 183, the 200 has none",
			Play: steps(takes("bob", func(c *ua.Call) { _ = c.Early(sip.Answer{Code: 183}); later(c, 2*time.Second) }),
				calls(ua.Invitation{Require: "100rel"}, 200), hears(bothHear), hangUp("bob")),
		},
		{
			Name: "offer-in-183", Title: "RFC 3262 section 5: the offer is in the 183, the answer in its PRACK",
			Play: steps(takes("bob", func(c *ua.Call) { _ = c.Early(sip.Answer{Code: 183}); later(c, 2*time.Second) }),
				calls(ua.Invitation{Require: "100rel", Offerless: true}, 200), hears(bothHear), hangUp("bob")),
		},
		{
			Name: "queued", Title: "RFC 3262 section 3: one reliable response waits for the PRACK of the one before it",
			Play: steps(takes("bob", func(c *ua.Call) {
				c.Ring()
				c.Progress(sip.Answer{Code: 182})
				c.Progress(sip.Answer{Code: 183})
				later(c, 20*time.Second)
			}), calls(ua.Invitation{Require: "100rel"}, 200), hears(bothHear), hangUp("bob")),
		},
		{
			Name: "refresh", Title: "RFC 4028: the session is refreshed by UPDATE while they talk for an hour",
			Play: steps(talk, wait(time.Hour), hears(bothHear), hangUp("alice")),
		},
		{
			Name: "unregistered", Title: "bob unregisters: he can't be reached until he registers again",
			Play: steps(registers((*ua.Agent).Unregister), calls(ua.Invitation{}, 480), registers((*ua.Agent).Register), calls(ua.Invitation{}, 200), hears(bothHear), hangUp("bob")),
		},
		{
			Name: "message", Title: "RFC 3428: a text outside any call",
			Play: func(o *office.Office) error {
				return o.Act("alice", func(t *task.Task, a *ua.Agent) error {
					return a.Send(t, ua.Letter{To: office.AOR("bob"), Text: "hello"})
				})
			},
		},
	} {
		s.Desks, s.Golden, s.Drawn = duo, true, true
		s.Run(t)
	}
}

// begin has alice call bob, and goes on.
func begin(o *office.Office) (err error) {
	o.Desk("alice").Do(func(a *ua.Agent) { _, err = a.Invite(ua.Invitation{Target: office.AOR("bob")}) })
	return err
}

// registers has bob register, or unregister.
func registers(how func(a *ua.Agent, done func(ua.Response))) func(o *office.Office) error {
	return func(o *office.Office) error {
		code := 0
		o.Desk("bob").Do(func(a *ua.Agent) { how(a, func(r ua.Response) { code = r.Code }) })
		if err := o.RunUntil(func() bool { return code > 0 }, time.Minute); err != nil || code != 200 {
			return fmt.Errorf("registering ends with %d: %w", code, err)
		}
		return o.Pause()
	}
}

func attend(who string) func(o *office.Office) error {
	return first(who, func(c *ua.Call, _ *task.Task) error { c.Agent().Attend(c); return nil })
}

func TestHoldLadders(t *testing.T) {
	for _, s := range []play.Scene{
		{Name: "hold", Title: "alice holds and resumes", Play: steps(talk, hold("alice"), hears(""), resume("alice"), hears(bothHear), hangUp("bob"))},
		{
			Name: "hold-both", Title: "RFC 3264 section 8.4: both hold, and resume in the order in which they held",
			Play: steps(talk, hold("alice"), hold("bob"), hears(""), resume("alice"), hears(""), resume("bob"), hears(bothHear), hangUp("bob")),
		},
		{
			Name: "hold-both-back", Title: "both hold, and resume in the other order",
			Play: steps(talk, hold("alice"), hold("bob"), hears(""), resume("bob"), hears(""), resume("alice"), hears(bothHear), hangUp("bob")),
		},
		{
			Name: "hold-glare", Title: "RFC 3261 section 14.1: both hold at the same time",
			Play: steps(talk, together((*ua.Call).Hold, "alice", "bob"), hears(""), together((*ua.Call).Resume, "bob", "alice"), hears(bothHear), hangUp("alice")),
		},
		{
			Name: "renegotiate", Title: "RFC 3261 section 14.1: a re-INVITE without an offer; on hold it stays",
			Play: steps(talk, hold("bob"), first("alice", (*ua.Call).Renegotiate), hears(""), first("bob", (*ua.Call).Renegotiate), hears(""), resume("bob"), hears(bothHear), hangUp("alice")),
		},
		{
			Name: "update", Title: "RFC 3311: an UPDATE with an offer",
			Play: steps(talk, first("alice", (*ua.Call).Update), first("bob", (*ua.Call).Update), hears(bothHear), hangUp("alice")),
		},
		{
			Name: "update-glare", Title: "RFC 3311 section 5.2: two UPDATEs with offers meet",
			Play: steps(talk, together((*ua.Call).Update, "alice", "bob"), hears(bothHear), hangUp("alice")),
		},
		{
			Name: "hold-hang-up", Title: "the held one hangs up",
			Play: steps(talk, hold("alice"), hangUp("bob")),
		},
	} {
		s.Desks, s.Golden, s.Drawn = duo, true, true
		s.Run(t)
	}
}

func TestEndLadders(t *testing.T) {
	gone := func(o *office.Office) error {
		o.Desk("bob").Host.Restart()
		return nil
	}
	for _, s := range []play.Scene{
		{
			Name: "bye-glare", Title: "both hang up at the same time",
			Play: steps(talk, together(func(c *ua.Call, _ *task.Task) error { c.HangUp(); return nil }, "alice", "bob")),
		},
		{
			Name: "bye-crosses-hold", Title: "bob hangs up while alice holds",
			Play: steps(talk, func(o *office.Office) error {
				done := o.Begin("alice", func(t *task.Task, a *ua.Agent) error { _ = a.Calls()[0].Hold(t); return nil })
				o.Desk("bob").Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
				return errors.Join(done(), o.Pause())
			}),
		},
		{
			Name: "restarted", Title: "bob's phone restarted: it knows of no call any more, and alice's ends with the next change (RFC 3261 section 12.2.1.2)",
			Play: steps(talk, gone, func(o *office.Office) error {
				err := o.Act("alice", func(t *task.Task, a *ua.Agent) error { return a.Calls()[0].Hold(t) })
				var status *sip.StatusError
				if !errors.As(err, &status) || status.Code != 481 {
					return fmt.Errorf("the hold ends with %w", err)
				}
				return o.Pause()
			}),
		},
		{
			Name: "dead", Title: "bob's phone lost its power: the refresh gets no answer, and the call ends",
			Play: steps(talk, func(o *office.Office) error {
				o.Desk("bob").Host.Kill()
				if err := o.RunFor(30 * time.Minute); err != nil {
					return err
				}
				o.Desk("bob").Host.Restart()
				return nil
			}),
		},
		{
			Name: "hang-up-at-once", Title: "bob hangs up before alice's ACK is there: his BYE waits for it (RFC 3261 section 15)",
			Play: steps(takes("bob", func(c *ua.Call) { c.Ring(); _ = c.Answer(); c.HangUp() }), begin, wait(time.Minute)),
		},
	} {
		s.Desks, s.Golden, s.Drawn = duo, true, true
		s.Run(t)
	}
}
