package ask_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/proxy"
	"hookflash/service/ask"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Bob has callers announced; who calls carol reaches bob, who has to confirm that.
const (
	announced = "sip:bob@example.test"
	confirmed = "sip:carol@example.test"
)

// services decide that.
var services = []proxy.Service{{
	Name: "announced",
	Arrive: func(c *proxy.Context) proxy.Decision {
		switch {
		case c.Callee != nil && c.Callee.Name == "bob":
			return proxy.Decision{Act: proxy.Redirect, Ask: true, Reason: proxy.Unconditional}
		case c.Callee != nil && c.Callee.Name == "carol":
			return proxy.Decision{
				Act: proxy.Fork, Targets: []directory.Target{{Kind: directory.TargetName, Value: "bob"}}, Ring: time.Minute, Confirm: true,
			}
		}
		return proxy.Decision{}
	},
}}

// mailbox is a voicemail of which only the address counts: it takes calls for bob, and says nothing.
func mailbox(a *ua.Agent) {
	a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
		if !strings.Contains(c.Target, ";target=sip:bob%40example.test;cause=4") {
			c.Reject(sip.Answer{Code: 404})
			return
		}
		if c.Answer() == nil {
			c.Sound("tone:beep")
		}
	}})
}

// options are an office that announces callers; removed, which may be nil, is told of files that are deleted. There is a mailbox, or none.
func options(removed *[]string, box bool, most int) office.Options {
	settings := ask.Settings{Domain: "example.test", Language: "en", Patience: 30 * time.Second, Most: most, Remove: func(file string) error {
		if removed != nil {
			*removed = append(*removed, file)
		}
		return nil
	}}
	return office.Options{
		Digest: true,
		Lasts:  map[string]time.Duration{"tone:beep": 400 * time.Millisecond, "prompt:en/confirm-call": 10 * time.Second, "prompt:en/ask-choices": time.Minute},
		Server: func(c *domain.Config) {
			c.Inside = []domain.Agent{{
				Name: "ask", Install: func(a *ua.Agent) { ask.Install(a, settings) }, Settings: ua.Settings{ContactParams: ask.ContactParams},
			}}
			if box {
				c.Inside = append(c.Inside, domain.Agent{Name: "voicemail", Install: mailbox})
			}
			c.Services = services
		},
	}
}

func begins(o *office.Office, target string) func() error {
	return func() (err error) {
		o.Desk("alice").Do(func(a *ua.Agent) { _, err = a.Invite(ua.Invitation{Target: target}) })
		return err
	}
}

// calls is begins, and waits for the answer.
func calls(o *office.Office, target string) func() error {
	return func() error {
		return office.InOrder(begins(o, target), func() error {
			return o.Act("alice", func(t *task.Task, a *ua.Agent) error {
				for _, c := range a.Calls() {
					if err := c.Settle(t); err != nil {
						return err
					}
					a.Attend(c)
				}
				return nil
			})
		})
	}
}

func until(o *office.Office, hears string) func() error {
	return func() error {
		if err := o.RunUntil(func() bool { return strings.Contains(o.Hearing(), hears) }, 10*time.Minute); err != nil {
			return fmt.Errorf("nobody hears %q but %q: %w", hears, o.Hearing(), err)
		}
		return nil
	}
}

func press(o *office.Office, who, keys string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) { a.Calls()[0].Dial(keys, 100*time.Millisecond) })
		return o.RunFor(500 * time.Millisecond)
	}
}

func rings(o *office.Office) func() error {
	return func() error {
		return o.RunUntil(func() bool { return len(o.Desk("bob").Agent().Calls()) > 0 }, 10*time.Minute)
	}
}

func leaves(o *office.Office, who string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) {
			for _, c := range a.Calls() {
				c.HangUp()
			}
		})
		return o.Pause()
	}
}

// ends is a step: alice's call ends with a code.
func ends(o *office.Office, code int) func() error {
	return func() error {
		if err := o.Pause(); err != nil {
			return err
		}
		for _, e := range o.Desk("alice").Events {
			if e.Kind == ua.Ended && e.Code == code {
				return nil
			}
		}
		return fmt.Errorf("alice's call does not end with %d: %+v", code, o.Desk("alice").Events)
	}
}

type scene struct {
	play.Scene
	none  bool // no mailbox
	steps func(o *office.Office) []func() error
}

func run(t *testing.T, scenes []scene) {
	for _, s := range scenes {
		s.Desks, s.Office = []string{"alice", "server", "bob", "carol"}, options(nil, !s.none, 0)
		s.Play = func(o *office.Office) error { return office.InOrder(s.steps(o)...) }
		s.Run(t)
	}
}

const (
	listens = "bob hears ask's prompt:en/ask-choices"
	confirm = "bob hears ask's prompt:en/confirm-call"
	talking = "alice hears bob\nbob hears alice"
	message = "alice hears voicemail's tone:beep"
)

func TestAnnounced(t *testing.T) {
	never := map[string]office.Manner{"bob": {Never: true}}
	run(t, []scene{
		{Scene: play.Scene{Name: "announced", Title: "bob hears who calls, and takes the call", Golden: true, Documents: "announce.go"}, steps: func(o *office.Office) []func() error {
			return []func() error{
				calls(o, announced), until(o, "alice hears ask's prompt:en/say-your-name"), until(o, "ask hears alice"),
				until(o, "alice hears ask's tone:ringback"), until(o, "bob hears ask's file:ask/1.wav"), until(o, listens),
				func() error { return o.Hears("alice hears ask's tone:ringback\n" + listens) },
				press(o, "bob", "1"), until(o, talking), o.Pause, leaves(o, "bob"),
			}
		}},
		{Scene: play.Scene{Name: "announced-refused", Title: "bob refuses: alice is told so", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, announced), until(o, listens), press(o, "bob", "2"), until(o, "alice hears ask's prompt:en/screening"), o.Pause}
		}},
		{Scene: play.Scene{Name: "announced-voicemail", Title: "bob sends alice to his mailbox", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, announced), until(o, listens), press(o, "bob", "93"), until(o, message), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "announced-hung-up", Title: "bob hangs up instead of choosing"}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, announced), until(o, listens), leaves(o, "bob"), until(o, message), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "announced-no-key", Title: "bob presses nothing, three times over", Seeds: 4}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, announced), until(o, listens), until(o, message), leaves(o, "alice")}
		}},
		{
			Scene: play.Scene{Name: "announced-busy", Title: "bob is busy, and has a mailbox", Golden: true, Manners: map[string]office.Manner{"bob": {Code: 486}}},
			steps: func(o *office.Office) []func() error {
				return []func() error{calls(o, announced), until(o, message), leaves(o, "alice")}
			},
		},
		{
			Scene: play.Scene{Name: "announced-busy-without", Title: "bob is busy, and has no mailbox", Manners: map[string]office.Manner{"bob": {Code: 486}}}, none: true,
			steps: func(o *office.Office) []func() error {
				return []func() error{calls(o, announced), until(o, "alice hears ask's prompt:en/busy-here"), o.Pause}
			},
		},
		{Scene: play.Scene{Name: "announced-no-answer", Title: "nobody answers", Manners: never}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, announced), until(o, message), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "announced-left-asked", Title: "alice hangs up when she is asked for her name", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, announced), until(o, "say-your-name"), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "announced-left-speaking", Title: "alice hangs up while she says her name"}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, announced), until(o, "ask hears alice"), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "announced-left-ringing", Title: "alice hangs up while bob's phone rings", Golden: true, Manners: never}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, announced), rings(o), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "announced-left-listening", Title: "alice hangs up while bob listens", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, announced), until(o, listens), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "announced-left-talking", Title: "alice hangs up in the end"}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, announced), until(o, listens), press(o, "bob", "1"), until(o, talking), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "announced-silent", Title: "alice says nothing, and presses hash at once", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{
				calls(o, announced), until(o, "ask hears alice"), press(o, "alice", "#"), until(o, "bob hears ask's prompt:en/ask-somebody"),
				until(o, listens), press(o, "bob", "1"), until(o, talking), leaves(o, "alice"),
			}
		}},
	})
}

func TestConfirmed(t *testing.T) {
	never := map[string]office.Manner{"bob": {Never: true}}
	run(t, []scene{
		{Scene: play.Scene{Name: "confirmed", Title: "bob presses 1, and only then alice is answered", Golden: true, Documents: "confirm.go"}, steps: func(o *office.Office) []func() error {
			return []func() error{
				begins(o, confirmed), until(o, confirm), func() error { return ringing(o) }, press(o, "bob", "1"),
				until(o, talking), o.Pause, leaves(o, "alice"),
			}
		}},
		{Scene: play.Scene{Name: "confirmed-not", Title: "a machine has answered, which presses nothing: it is as if bob were busy", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{begins(o, confirmed), until(o, confirm), o.Pause, ends(o, 486)}
		}},
		{Scene: play.Scene{Name: "confirmed-hung-up", Title: "bob hangs up instead", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{begins(o, confirmed), until(o, confirm), leaves(o, "bob"), ends(o, 486)}
		}},
		{Scene: play.Scene{Name: "confirmed-wrong", Title: "the wrong keys, and then the right one"}, steps: func(o *office.Office) []func() error {
			return []func() error{begins(o, confirmed), until(o, confirm), press(o, "bob", "2"), until(o, confirm), press(o, "bob", "1"), until(o, "bob hears alice"), leaves(o, "bob")}
		}},
		{Scene: play.Scene{Name: "confirmed-declined", Title: "bob declines: the code goes back", Golden: true, Manners: map[string]office.Manner{"bob": {Code: 603}}}, steps: func(o *office.Office) []func() error {
			return []func() error{begins(o, confirmed), ends(o, 603)}
		}},
		{Scene: play.Scene{Name: "confirmed-no-answer", Title: "nobody answers in time", Manners: never}, steps: func(o *office.Office) []func() error {
			return []func() error{begins(o, confirmed), o.Pause, ends(o, 408)}
		}},
		{Scene: play.Scene{Name: "confirmed-given-up", Title: "alice gives up while bob's phone rings", Golden: true, Manners: never}, steps: func(o *office.Office) []func() error {
			return []func() error{begins(o, confirmed), rings(o), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "confirmed-given-up-late", Title: "alice gives up while bob is asked", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{begins(o, confirmed), until(o, confirm), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "confirmed-left", Title: "bob hangs up in the end"}, steps: func(o *office.Office) []func() error {
			return []func() error{begins(o, confirmed), until(o, confirm), press(o, "bob", "1"), until(o, "bob hears alice"), leaves(o, "bob")}
		}},
	})
}

// ringing wants alice not to be answered yet.
func ringing(o *office.Office) error {
	if c := o.Desk("alice").Agent().Calls()[0]; c.State == ua.Talking {
		return fmt.Errorf("alice's call is answered")
	}
	return nil
}

// TestForgotten: the file of a name is deleted, whatever became of the call.
func TestForgotten(t *testing.T) {
	for _, reason := range []string{"asked", "listening"} {
		var removed []string
		o := office.New(sim.New(sim.Config{}), options(&removed, true, 0), "alice", "server", "bob", "carol")
		o.Staff(ua.Handlers{}, nil)
		heard := map[string]string{"asked": "say-your-name", "listening": listens}[reason]
		if err := office.InOrder(calls(o, announced), until(o, heard), leaves(o, "alice"), o.GoHome); err != nil {
			t.Fatalf("%s: %v", reason, err)
		}
		if !slices.Equal(removed, []string{"ask/1.wav"}) {
			t.Errorf("%s: removed %q", reason, removed)
		}
	}
}

func TestRefused(t *testing.T) {
	limited := options(nil, false, 1)
	install := limited.Server
	limited.Server = func(c *domain.Config) {
		install(c)
		c.Inside[0].Name = "asking" // callers can't reach the agent by its own name
	}
	o := office.New(sim.New(sim.Config{}), limited, "alice", "server", "bob")
	o.Staff(ua.Handlers{}, nil)
	for _, test := range []struct {
		reason, target string
		code           int
	}{
		{"no target", "sip:asking@example.test", 404},
		{"none that can be read", "sip:asking@example.test;target=bob", 404},
		{"none that can be called", "sip:asking@example.test;target=tel:%2B491711234567", 404},
		{"a long one", "sip:asking@example.test;target=sip:" + strings.Repeat("b", 600) + "%40example.test", 404},
	} {
		if err := office.Refused(calls(o, test.target)(), test.code); err != nil {
			t.Errorf("%s: %v", test.reason, err)
		}
	}
	const limit = "sip:asking@example.test;target=sip:bob%40example.test%3Bphones"
	if err := calls(o, limit)(); err != nil {
		t.Fatal(err)
	}
	if err := office.Refused(calls(o, limit)(), 486); err != nil {
		t.Errorf("there is a limit: %v", err)
	}
	if err := o.GoHome(); err != nil {
		t.Error(err)
	}
}
