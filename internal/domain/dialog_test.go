package domain_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/sip"
)

// talking is alice and bob in a call.
func talking(n *sim.Network, mutate ...func(w *world)) (w *world, alice, bob *sim.Phone, err error) {
	w, alice, bob = pair(n, sim.AnswerAfter(time.Second))
	for _, change := range mutate {
		change(w)
	}
	return w, alice, bob, w.connect(alice, bob)
}

// connect makes alice call bob and waits until both know that the call stands.
func (w *world) connect(alice, bob *sim.Phone) error {
	alice.Call(bobsAddress)
	return w.RunUntil(func() bool { return bob.LastCall() != nil && bob.LastCall().Acknowledged }, 4*time.Minute)
}

// answered waits for the final response to a request and wants its code.
func (w *world) answered(answer *sim.Answer, code int) error {
	if err := w.RunUntil(func() bool { return answer.Code != 0 }, time.Minute); err != nil {
		return err
	}
	if answer.Code != code {
		return fmt.Errorf("got %d, not %d", answer.Code, code)
	}
	return nil
}

// reinvited sends a re-INVITE and waits for the end of it.
func (w *world) reinvited(call *sim.Call) error {
	call.Reinvite()
	err := w.RunUntil(func() bool { return call.ReinviteCode != 0 }, 4*time.Minute)
	if err == nil && call.ReinviteCode != 200 {
		err = fmt.Errorf("the re-INVITE got %d", call.ReinviteCode)
	}
	return err
}

// done hangs up and looks at the end.
func (w *world) done(call *sim.Call) (string, error) {
	if err := w.RunFor(time.Second); err != nil {
		return "", err
	}
	call.HangUp()
	state, err := w.end()
	if err == nil && call.ByeCode != 200 {
		err = fmt.Errorf("the BYE got %d", call.ByeCode)
	}
	return state, err
}

// inDialog is every method that a dialog carries besides, and what a phone says to it.
var inDialog = []struct {
	method sip.Method
	code   int
	fields []string
}{
	{sip.UPDATE, 200, []string{"Contact: <sip:alice@192.0.2.1:5060>"}},
	{sip.INFO, 200, nil},
	{sip.MESSAGE, 200, nil},
	{sip.OPTIONS, 200, nil},
	{sip.REFER, 202, []string{"Refer-To: <sip:carol@example.test>", "Contact: <sip:alice@192.0.2.1:5060>"}},
	{sip.SUBSCRIBE, 202, []string{"Event: dialog", "Contact: <sip:alice@192.0.2.1:5060>"}},
	{sip.NOTIFY, 200, []string{"Event: refer", "Subscription-State: active", "Contact: <sip:alice@192.0.2.1:5060>"}},
	{"FROBNICATE", 501, nil},
}

func TestDialogs(t *testing.T) {
	for _, s := range []scenario{
		{name: "reinvite", title: "a re-INVITE from each end (RFC 3261 section 14)", whole: true, play: func(n *sim.Network) (string, error) {
			w, alice, bob, err := talking(n)
			if err != nil {
				return "", err
			}
			if err := w.reinvited(alice.LastCall()); err != nil {
				return "", err
			}
			if err := w.reinvited(bob.LastCall()); err != nil {
				return "", err
			}
			return w.done(bob.LastCall())
		}},
		{name: "in-dialog", title: "every other method within the dialog, from each end", play: func(n *sim.Network) (string, error) {
			w, alice, bob, err := talking(n)
			if err != nil {
				return "", err
			}
			for _, phone := range []*sim.Phone{alice, bob} {
				for _, ask := range inDialog {
					fields := slices.Clone(ask.fields)
					for i := range fields {
						if fields[i] == "Contact: <sip:alice@192.0.2.1:5060>" {
							fields[i] = "Contact: <" + phone.ContactURI() + ">"
						}
					}
					if err := w.answered(phone.LastCall().Ask(ask.method, fields...), ask.code); err != nil {
						return "", fmt.Errorf("%s: %w", ask.method, err)
					}
				}
			}
			return w.done(alice.LastCall())
		}},
		{name: "silent-request", title: "nobody answers a request other than INVITE: nothing is said, no 408 (RFC 4320 section 4.2)", play: func(n *sim.Network) (string, error) {
			w, alice, bob := pair(n, sim.AnswerAfter(time.Second))
			w.bound("carol", binding("sip:carol@192.0.2.3:5060", 1000))
			_ = bob
			gone := alice.Ask(sip.MESSAGE, "sip:carol@example.test")
			state, err := w.end()
			if err == nil && (gone.Code != 408 || gone.Response != nil) {
				err = fmt.Errorf("got %d in %v", gone.Code, gone.Response)
			}
			return state, err
		}},
		{name: "restart", title: "the server is killed in the middle of a call: re-INVITE and BYE go on by the route's token", whole: true, play: func(n *sim.Network) (string, error) {
			w, alice, bob, err := talking(n)
			if err != nil {
				return "", err
			}
			w.server.Kill()
			if err := w.RunFor(2 * time.Second); err != nil {
				return "", err
			}
			w.server.Restart()
			if err := w.reinvited(alice.LastCall()); err != nil {
				return "", err
			}
			if _, _, _, dialogs := w.domain().Proxy().Pending(); dialogs != 1 {
				return "", fmt.Errorf("the new process knows %d calls", dialogs)
			}
			if err := w.reinvited(bob.LastCall()); err != nil {
				return "", err
			}
			return w.done(bob.LastCall())
		}},
		{name: "restart-bye", title: "killed in the middle of a call, restarted only after the BYE was sent", play: func(n *sim.Network) (string, error) {
			w, alice, _, err := talking(n)
			if err != nil {
				return "", err
			}
			w.server.Kill()
			w.After(3*time.Second, w.server.Restart)
			return w.done(alice.LastCall())
		}},
		{name: "restart-ringing", seeds: 1, title: "killed while it rings: the callee's 200 is a stray, and alice gets nothing; she tries again", play: func(n *sim.Network) (string, error) {
			w, alice, bob := pair(n, sim.RingForever())
			call := alice.Call(bobsAddress)
			if err := w.RunUntil(func() bool { return bob.LastCall() != nil }, time.Minute); err != nil {
				return "", err
			}
			w.expected = "no ACK to our 486"
			w.server.Restart()
			call.Cancel()
			bob.LastCall().Reject(486)
			return w.end()
		}},
	} {
		s.run(t)
	}
}

// TestTransports: phones on UDP and TCP in every combination, with requests in the dialog
// from both ends; two Record-Route values where the transports differ (RFC 5658).
func TestTransports(t *testing.T) {
	play := func(n *sim.Network, caller, callee machine.Transport) (string, error) {
		w := newWorld(n)
		alice := w.phone("alice", func(c *sim.PhoneConfig) { c.Transport = caller })
		w.serve()
		bob := w.phone("bob", func(c *sim.PhoneConfig) { c.Transport, c.Incoming = callee, sim.AnswerAfter(time.Second) })
		registration := bob.Register()
		if err := w.RunUntil(func() bool { return registration.Registered }, time.Minute); err != nil {
			return "", err
		}
		if err := w.connect(alice, bob); err != nil {
			return "", err
		}
		want := 1
		if caller != callee {
			want = 2
		}
		if got := len(alice.LastCall().Dialog().Route()); got != want {
			return "", fmt.Errorf("%d Record-Route values, not %d", got, want)
		}
		for _, phone := range []*sim.Phone{alice, bob} {
			if err := w.reinvited(phone.LastCall()); err != nil {
				return "", err
			}
			if err := w.answered(phone.LastCall().Ask(sip.INFO), 200); err != nil {
				return "", err
			}
		}
		registration.Remove()
		return w.done(bob.LastCall())
	}
	for _, caller := range []machine.Transport{machine.UDP, machine.TCP} {
		for _, callee := range []machine.Transport{machine.UDP, machine.TCP} {
			scenario{
				name:  sip.Lower(caller.String() + "-to-" + callee.String()),
				title: "a phone on " + caller.String() + " calls one on " + callee.String(), whole: caller != callee,
				play: func(n *sim.Network) (string, error) { return play(n, caller, callee) },
			}.run(t)
		}
	}
}

// TestRestartWithStreams: the connections are gone with the process; the phones come back
// over new ones, and show who they are.
func TestRestartWithStreams(t *testing.T) {
	for _, s := range []scenario{
		{name: "restart-tcp-caller", title: "killed in the middle of a call; alice, on TCP, goes on over a new connection", play: func(n *sim.Network) (string, error) {
			return restartWithStreams(n, func(alice, _ *sim.Phone) []*sim.Call { return []*sim.Call{alice.LastCall()} })
		}},
		{name: "restart-tcp-callee", title: "killed in the middle of a call; bob, on TCP, goes on over a new connection", play: func(n *sim.Network) (string, error) {
			return restartWithStreams(n, func(_, bob *sim.Phone) []*sim.Call { return []*sim.Call{bob.LastCall()} })
		}},
		{name: "restart-tcp-both", title: "killed in the middle of a call between phones on TCP; each re-INVITEs, bob first", play: func(n *sim.Network) (string, error) {
			return restartWithStreams(n, func(alice, bob *sim.Phone) []*sim.Call { return []*sim.Call{bob.LastCall(), alice.LastCall()} })
		}},
		{name: "restart-tcp-gruu", title: "killed in the middle of a call; bob, on TCP and known by his GRUU, comes back over a new connection, and is asked by it", play: func(n *sim.Network) (string, error) {
			return restartWithStreams(n, func(alice, _ *sim.Phone) []*sim.Call { return []*sim.Call{alice.LastCall()} }, func(c *sim.PhoneConfig) {
				c.Instance, c.GRUU = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", true
			})
		}},
	} {
		s.run(t)
	}
}

func restartWithStreams(n *sim.Network, who func(alice, bob *sim.Phone) []*sim.Call, callee ...func(*sim.PhoneConfig)) (string, error) {
	w := newWorld(n)
	alice := w.phone("alice", overTCP)
	w.serve()
	bob := w.phone("bob", append(callee, overTCP, incoming(sim.AnswerAfter(time.Second)))...)
	registration := bob.Register()
	if err := w.RunUntil(func() bool { return registration.Registered }, time.Minute); err != nil {
		return "", err
	}
	if err := w.connect(alice, bob); err != nil {
		return "", err
	}
	w.server.Restart()
	registration.Refresh() // phones come back when their connection breaks
	if err := w.RunFor(5 * time.Second); err != nil {
		return "", err
	}
	calls := who(alice, bob)
	for _, call := range calls {
		if err := w.reinvited(call); err != nil {
			return "", err
		}
	}
	if err := w.RunFor(time.Second); err != nil {
		return "", err
	}
	registration.Remove()
	return w.done(calls[0])
}

// TestSessionTimers: a call that is not refreshed in time is forgotten (RFC 4028 §10), one
// whose phones know no session timers after a day of silence.
func TestSessionTimers(t *testing.T) {
	for _, test := range []struct {
		reason    string
		supported []string
		stands    time.Duration
		forgotten time.Duration
	}{
		{"the caller knows session timers", []string{"Supported: timer"}, 9 * time.Minute, 11 * time.Minute},
		{"and asks for a shorter one", []string{"Supported: timer", "Session-Expires: 120"}, 119 * time.Second, 122 * time.Second},
		{"nobody knows them", nil, 23 * time.Hour, 25 * time.Hour},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w, alice, bob := pair(sim.New(sim.Config{}), sim.AnswerAfter(time.Second), func(c *domain.Config) { c.SessionExpires = 10 * time.Minute })
			alice.CallWith(bobsAddress, sim.CallOptions{Fields: test.supported})
			if err := w.RunUntil(func() bool { return bob.LastCall() != nil && bob.LastCall().Acknowledged }, time.Minute); err != nil {
				t.Fatal(err)
			}
			start := w.Elapsed()
			after := func(wait time.Duration) (dialogs int) {
				if err := w.Run(start + wait); err != nil {
					t.Fatal(err)
				}
				w.server.Do(w.domain().Advance) // as the shell does at every tick
				_, _, _, dialogs = w.domain().Proxy().Pending()
				return dialogs
			}
			if after(test.stands) != 1 {
				t.Errorf("%s: after %v it is forgotten", test.reason, test.stands)
			}
			if after(test.forgotten) != 0 {
				t.Errorf("%s: after %v it still stands", test.reason, test.forgotten)
			}
		})
	}
}

// TestSessionRefreshed: a call whose session is refreshed by UPDATE is kept in mind (RFC 4028 §7.4).
func TestSessionRefreshed(t *testing.T) {
	w, alice, bob := pair(sim.New(sim.Config{}), sim.AnswerAfter(time.Second), func(c *domain.Config) { c.SessionExpires = 10 * time.Minute })
	call := alice.CallWith(bobsAddress, sim.CallOptions{Fields: []string{"Supported: timer"}})
	if err := w.RunUntil(func() bool { return bob.LastCall() != nil && bob.LastCall().Acknowledged }, time.Minute); err != nil {
		t.Fatal(err)
	}
	start := w.Elapsed()
	for _, step := range []struct {
		at    time.Duration
		calls int
	}{{9 * time.Minute, 1}, {18 * time.Minute, 1}, {29 * time.Minute, 0}} {
		if err := w.Run(start + step.at); err != nil {
			t.Fatal(err)
		}
		w.server.Do(w.domain().Advance) // as the shell does at every tick
		if _, _, _, calls := w.domain().Proxy().Pending(); calls != step.calls {
			t.Errorf("%d calls are known after %v, not %d", calls, step.at, step.calls)
		}
		if step.calls > 0 {
			if err := w.answered(call.Ask(sip.UPDATE, "Contact: <"+alice.ContactURI()+">", "Supported: timer"), 200); err != nil {
				t.Fatal(err)
			}
		}
	}
}
