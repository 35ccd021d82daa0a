package menu_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/service/menu"
	"hookflash/task"
	"hookflash/ua"
)

func to(text string) directory.Target {
	target, err := directory.ParseTarget(text)
	if err != nil {
		panic(err)
	}
	return target
}

// menus are those of the office.
var menus = map[string]menu.Menu{
	"main": {
		Prompt: "main", Timeout: 5 * time.Second, Tries: 2, NoChoice: to("carol"),
		Choices: map[string]directory.Target{
			"1": to("bob"), "2": to("menu:second"), "21": to("carol"), "3": to("announcement:closed"), "4": to("nobody"), "5": to("sip:bob@example.test"),
		},
	},
	"second": {Prompt: "second", Choices: map[string]directory.Target{"1": to("menu:second"), "*": to("menu:main"), "#": to("carol"), "9": to("menu:gone")}},
	"dial":   {Prompt: "dial", Dial: true, Choices: map[string]directory.Target{"1": to("bob")}, Tries: 3},
}

func options(most int) office.Options {
	settings := menu.Settings{
		Domain: "example.test", Menus: menus, Language: "en", Most: most,
		Number: func(number string) string { return map[string]string{"1002": "bob", "1003": "carol"}[number] },
	}
	lasts := map[string]time.Duration{"prompt:en/invalid-choice": time.Second}
	for _, name := range []string{"main", "second", "dial"} {
		lasts["prompt:en/"+name] = time.Hour // until a key is pressed
	}
	return office.Options{
		Digest: true, Lasts: lasts,
		Server: func(c *domain.Config) {
			c.Inside = []domain.Agent{{
				Name: "menu", Install: func(a *ua.Agent) { menu.Install(a, settings) }, Settings: ua.Settings{ContactParams: menu.ContactParams},
			}}
		},
	}
}

// calls is a step: alice calls a menu, and is answered.
func calls(o *office.Office, name string) func() error {
	return func() error {
		return o.Act("alice", func(t *task.Task, a *ua.Agent) error {
			c, err := a.Invite(ua.Invitation{Target: "sip:menu@example.test;menu=" + name})
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

// until is a step: it waits until somebody hears something.
func until(o *office.Office, hears string) func() error {
	return func() error {
		if err := o.RunUntil(func() bool { return strings.Contains(o.Hearing(), hears) }, 10*time.Minute); err != nil {
			return fmt.Errorf("nobody hears %q but %q: %w", hears, o.Hearing(), err)
		}
		return nil
	}
}

// press is a step: alice presses keys when she hears a menu.
func press(o *office.Office, menu, keys string) func() error {
	return func() error {
		if err := until(o, "alice hears menu's prompt:en/"+menu)(); err != nil {
			return err
		}
		o.Desk("alice").Do(func(a *ua.Agent) { a.Calls()[0].Dial(keys, 100*time.Millisecond) })
		return o.RunFor(time.Second)
	}
}

func rings(o *office.Office, who string) func() error {
	return func() error {
		return o.RunUntil(func() bool { return len(o.Desk(who).Agent().Calls()) > 0 }, 10*time.Minute)
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

func TestMenu(t *testing.T) {
	const withBob, withCarol = "bob hears alice", "carol hears alice"
	never := map[string]office.Manner{"bob": {Never: true}}
	for _, s := range []struct {
		play.Scene
		steps func(o *office.Office) []func() error
	}{
		{play.Scene{Name: "menu", Title: "the caller chooses bob, and bob hangs up", Golden: true, Documents: "choose.go"}, func(o *office.Office) []func() error {
			return []func() error{calls(o, "main"), press(o, "main", "1"), until(o, withBob), o.Pause, leaves(o, "bob")}
		}},
		{play.Scene{Name: "menu-left", Title: "the caller hangs up without a choice", Golden: true}, func(o *office.Office) []func() error {
			return []func() error{calls(o, "main"), until(o, "prompt:en/main"), leaves(o, "alice")}
		}},
		{play.Scene{Name: "menu-ringing-left", Title: "the caller hangs up while bob's phone rings", Golden: true, Manners: never}, func(o *office.Office) []func() error {
			return []func() error{calls(o, "main"), press(o, "main", "1"), rings(o, "bob"), until(o, "alice hears menu's tone:ringback"), leaves(o, "alice")}
		}},
		{play.Scene{Name: "menu-caller-leaves", Title: "the caller hangs up after talking", Golden: true}, func(o *office.Office) []func() error {
			return []func() error{calls(o, "main"), press(o, "main", "1"), until(o, withBob), leaves(o, "alice")}
		}},
		{
			play.Scene{Name: "menu-busy", Title: "bob is busy: the caller is told so, and chooses carol", Golden: true, Manners: map[string]office.Manner{"bob": {Code: 486}}},
			func(o *office.Office) []func() error {
				return []func() error{
					calls(o, "main"), press(o, "main", "1"), until(o, "alice hears menu's prompt:en/busy-here"),
					press(o, "main", "21"), until(o, withCarol), leaves(o, "carol"),
				}
			},
		},
		{play.Scene{Name: "menu-busy-left", Title: "bob is busy, and that is enough for the caller", Manners: map[string]office.Manner{"bob": {Code: 600}}}, func(o *office.Office) []func() error {
			return []func() error{calls(o, "main"), press(o, "main", "1"), until(o, "alice hears menu's prompt:en/busy-here"), leaves(o, "alice")}
		}},
		{play.Scene{Name: "menu-no-answer", Title: "bob does not answer at all", Manners: map[string]office.Manner{"bob": {Never: true}}, Seeds: 1}, func(o *office.Office) []func() error {
			return []func() error{calls(o, "main"), press(o, "main", "5"), until(o, "alice hears menu's prompt:en/no-answer"), until(o, "prompt:en/main"), leaves(o, "alice")}
		}},
		{play.Scene{Name: "menu-nobody", Title: "there is nobody of that name", Golden: true}, func(o *office.Office) []func() error {
			return []func() error{calls(o, "main"), press(o, "main", "4"), until(o, "alice hears menu's prompt:en/not-in-service"), until(o, "prompt:en/main"), leaves(o, "alice")}
		}},
		{play.Scene{Name: "menu-announcement", Title: "an announcement is played, and the call ends", Golden: true}, func(o *office.Office) []func() error {
			return []func() error{calls(o, "main"), press(o, "main", "3"), until(o, "alice hears menu's prompt:en/closed"), o.Pause}
		}},
		{play.Scene{Name: "menu-nested", Title: "a menu leads to a menu, and back, in one call", Golden: true}, func(o *office.Office) []func() error {
			return []func() error{
				calls(o, "main"), press(o, "main", "2"), press(o, "second", "1"), press(o, "second", "*"),
				press(o, "main", "2"), press(o, "second", "#"), until(o, withCarol), leaves(o, "alice"),
			}
		}},
		{play.Scene{Name: "menu-gone", Title: "a menu leads to none"}, func(o *office.Office) []func() error {
			return []func() error{calls(o, "second"), press(o, "second", "9"), o.Pause}
		}},
		{play.Scene{Name: "menu-wrong", Title: "two wrong choices, and the call goes to who is there for that", Golden: true}, func(o *office.Office) []func() error {
			return []func() error{calls(o, "main"), press(o, "main", "8"), until(o, "prompt:en/invalid-choice"), press(o, "main", "9"), until(o, withCarol), leaves(o, "carol")}
		}},
		{play.Scene{Name: "menu-dial", Title: "the caller dials a number", Golden: true}, func(o *office.Office) []func() error {
			return []func() error{calls(o, "dial"), press(o, "dial", "1003"), until(o, withCarol), leaves(o, "carol")}
		}},
		{play.Scene{Name: "menu-dial-choice", Title: "a choice that begins a number"}, func(o *office.Office) []func() error {
			return []func() error{calls(o, "dial"), press(o, "dial", "1"), until(o, withBob), leaves(o, "bob")}
		}},
		{play.Scene{Name: "menu-dial-outside", Title: "nobody here has the number: it is not called"}, func(o *office.Office) []func() error {
			return []func() error{
				calls(o, "dial"), press(o, "dial", "0900123456#"), until(o, "prompt:en/invalid-choice"), press(o, "dial", "#"), press(o, "dial", "1009"), until(o, "prompt:en/goodbye"), o.Pause,
			}
		}},
	} {
		s.Desks, s.Office = []string{"alice", "server", "bob", "carol"}, options(0)
		s.Play = func(o *office.Office) error { return office.InOrder(s.steps(o)...) }
		s.Run(t)
	}
}

// TestTimeout: nobody presses a key. The menu is said again, then the call goes on by itself.
func TestTimeout(t *testing.T) {
	short := options(0)
	short.Lasts = nil
	o := office.New(sim.New(sim.Config{}), short, "alice", "server", "bob", "carol")
	o.Staff(ua.Handlers{}, nil)
	if err := office.InOrder(calls(o, "main"), until(o, "carol hears alice")); err != nil {
		t.Fatal(err)
	}
	// Twice two seconds of the prompt and five of patience, and one in which carol's phone rings.
	if passed := o.Now().Sub(o.Desk("alice").Agent().Calls()[0].Answered); passed < 14*time.Second || passed > 16*time.Second {
		t.Errorf("after %v", passed)
	}
	if err := o.GoHome(); err != nil {
		t.Error(err)
	}
}

// TestRounds: nobody stays for ever.
func TestRounds(t *testing.T) {
	settings := menu.Settings{Domain: "example.test", Menus: map[string]menu.Menu{
		"one": {Prompt: "one", NoChoice: to("menu:two")}, "two": {Prompt: "two", NoChoice: to("menu:one")},
	}}
	o := office.New(sim.New(sim.Config{}), office.Options{Server: func(c *domain.Config) {
		c.Inside = []domain.Agent{{Name: "menu", Install: func(a *ua.Agent) { menu.Install(a, settings) }}}
	}}, "alice", "server")
	if err := office.InOrder(calls(o, "one"), func() error { return o.RunFor(10 * time.Minute) }); err != nil {
		t.Fatal(err)
	}
	if calls := o.Desk("alice").Agent().Calls(); len(calls) > 0 {
		t.Errorf("alice is in the menu still: %v", calls)
	}
	if err := o.GoHome(); err != nil {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	o := office.New(sim.New(sim.Config{}), options(1), "alice", "server")
	for _, test := range []struct {
		reason, name string
		code         int
	}{
		{"no such menu", "nothing", 404},
		{"no name", "", 404},
		{"a long name", strings.Repeat("a", 65), 404},
		{"another parameter", "x;y=main", 404},
	} {
		if err := office.Refused(calls(o, test.name)(), test.code); err != nil {
			t.Errorf("%s: %v", test.reason, err)
		}
	}
	if err := calls(o, "main;language=zh")(); err != nil {
		t.Fatal(err)
	}
	if err := until(o, "prompt:zh/main")(); err != nil {
		t.Error(err)
	}
	if err := office.Refused(calls(o, "main")(), 486); err != nil {
		t.Errorf("there is a limit: %v", err)
	}
	if err := o.GoHome(); err != nil {
		t.Error(err)
	}
	if err := calls(o, "main")(); err != nil {
		t.Errorf("of calls at a time: %v", err)
	}
}
