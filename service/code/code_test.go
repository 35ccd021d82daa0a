package code_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/service/code"
	"hookflash/task"
	"hookflash/ua"
)

// people is what the users of the office have set.
type people map[string]*directory.User

func (p people) User(name string) *directory.User { return p[name] }

func (people) Group(string) *directory.Group       { return nil }
func (people) Calendar(string) *directory.Calendar { return nil }
func (people) Number(number string) string         { return map[string]string{"1003": "carol"}[number] }

func shanghai() directory.Zone {
	zone, err := directory.ParseZone("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return zone
}

// options are an office in which alice may dial codes; broken: what she sets can't be kept.
func options(most int, broken error) (office.Options, people) {
	users := people{"alice": {Name: "alice", Routing: &directory.Routing{Language: "zh", Numbers: []string{"1001"}, Zone: shanghai()}}, "carol": {Name: "carol", Routing: &directory.Routing{Numbers: []string{"1003"}}}}
	settings := code.Settings{
		Domain: "example.test", Users: users, Codes: map[string]string{
			"*72": "forward", "*73": "forward-off", "*32": "block-last", "*98": "voicemail-any", "*8": "pickup-group", "**": "pickup",
			"*43": "echo", "*60": "clock", "*65": "my-number", "9664": "hold-music", "9197": "milliwatt", "*#21#": "forward-asked", "*69": "call-return", "*80": "intercom",
			"*70": "call-waiting", "*71": "call-waiting-off", "*#43#": "call-waiting-asked",
		},
		Check: (&directory.Catalogue{Domain: "example.test", View: users}).UserProblems, Most: most,
		Last: func(string) string { return "1003" }, Music: func(user string) string { return "music-of-" + user },
		Change: func(user string, edit func(u directory.User) (*directory.Routing, error)) error {
			routing, err := edit(*users[user])
			if err != nil || broken != nil {
				return errors.Join(err, broken)
			}
			users[user] = &directory.User{Name: user, Routing: routing}
			return nil
		},
	}
	return office.Options{Digest: true, Lasts: map[string]time.Duration{"tone:beep": 400 * time.Millisecond}, Server: func(c *domain.Config) {
		c.Inside = []domain.Agent{{
			Name: "dial", Install: func(a *ua.Agent) { code.Install(a, settings) }, Settings: ua.Settings{ContactParams: code.ContactParams},
		}}
	}}, users
}

// calls is a step: somebody dials a code, and is answered.
func calls(o *office.Office, who, params string) func() error {
	return func() error {
		return o.Act(who, func(t *task.Task, a *ua.Agent) error {
			c, err := a.Invite(ua.Invitation{Target: "sip:dial@example.test" + params})
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
		if err := o.RunUntil(func() bool { return strings.Contains(o.Hearing(), hears) }, time.Minute); err != nil {
			return fmt.Errorf("nobody hears %q but %q: %w", hears, o.Hearing(), err)
		}
		return nil
	}
}

// press is a step: alice presses keys when she is asked for a number.
func press(o *office.Office, keys string) func() error {
	return func() error {
		if err := until(o, "prompt:zh/enter-number")(); err != nil {
			return err
		}
		o.Desk("alice").Do(func(a *ua.Agent) { a.Calls()[0].Dial(keys, 100*time.Millisecond) })
		return nil
	}
}

func leaves(o *office.Office) func() error {
	return func() error {
		o.Desk("alice").Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
		return o.Pause()
	}
}

// TestCodes: a code is dialled with its number, or asked for it; it is confirmed, or refused; the call ends.
func TestCodes(t *testing.T) {
	for _, s := range []struct {
		play.Scene
		broken error
		steps  func(o *office.Office) []func() error
		block  string // in the end
		to     string
	}{
		{play.Scene{Name: "code-dialled", Title: "the number is dialled behind the code", Golden: true}, nil, func(o *office.Office) []func() error {
			return []func() error{calls(o, "alice", ";code=*72;argument=1003"), until(o, "alice hears dial's prompt:zh/forward-on"), o.Pause}
		}, "", "1003"},
		{play.Scene{Name: "code-asked", Title: "the number is asked for", Golden: true}, nil, func(o *office.Office) []func() error {
			return []func() error{calls(o, "alice", ";code=*72"), press(o, "1003#"), until(o, "alice hears dial's prompt:zh/forward-on"), o.Pause}
		}, "", "1003"},
		{play.Scene{Name: "code-left", Title: "the caller hangs up instead of a number", Golden: true}, nil, func(o *office.Office) []func() error {
			return []func() error{calls(o, "alice", ";code=*72"), until(o, "prompt:zh/enter-number"), leaves(o)}
		}, "", ""},
		{play.Scene{Name: "code-refused", Title: "nobody has the number", Golden: true}, nil, func(o *office.Office) []func() error {
			return []func() error{calls(o, "alice", ";code=*72;argument=7777"), until(o, "prompt:zh/code-refused"), until(o, "prompt:zh/not-in-service"), o.Pause}
		}, "", ""},
		{play.Scene{Name: "code-broken", Title: "nothing can be kept"}, errors.New("the disk is full"), func(o *office.Office) []func() error {
			return []func() error{calls(o, "alice", ";code=*73"), until(o, "alice hears dial's prompt:zh/storage-trouble"), o.Pause}
		}, "", ""},
		{play.Scene{Name: "code-last", Title: "the last caller is blocked"}, nil, func(o *office.Office) []func() error {
			return []func() error{calls(o, "alice", ";code=*32"), until(o, "alice hears dial's prompt:zh/blocked"), o.Pause}
		}, "carol", ""},
		{play.Scene{Name: "code-unknown", Title: "there is no such code", Golden: true}, nil, func(o *office.Office) []func() error {
			return []func() error{calls(o, "alice", ";code=*99;result=unknown"), until(o, "alice hears dial's prompt:zh/code-unknown"), o.Pause}
		}, "", ""},
		{play.Scene{Name: "code-asked-where", Title: "where calls go is asked", Golden: true}, nil, func(o *office.Office) []func() error {
			return []func() error{
				calls(o, "alice", ";code=*73"), until(o, "prompt:zh/forward-off"), o.Pause,
				calls(o, "alice", ";code=*%2321%23"), until(o, "prompt:zh/forward-off"), o.Pause,
				calls(o, "alice", ";code=*72;argument=1003"), until(o, "prompt:zh/forward-on"), o.Pause,
				calls(o, "alice", ";code=*%2321%23"), until(o, "prompt:zh/forward-on"), until(o, "prompt:zh/forward-to"), until(o, "prompt:zh/three"), o.Pause,
			}
		}, "", "1003"},
		{play.Scene{Name: "code-call-waiting", Title: "call waiting is switched off, asked about, and switched on again", Golden: true}, nil, func(o *office.Office) []func() error {
			return []func() error{
				calls(o, "alice", ";code=*71"), until(o, "alice hears dial's prompt:zh/call-waiting-off"), o.Pause,
				calls(o, "alice", ";code=*%2343%23"), until(o, "alice hears dial's prompt:zh/call-waiting-off"), o.Pause,
				calls(o, "alice", ";code=*70"), until(o, "alice hears dial's prompt:zh/call-waiting-on"), o.Pause,
			}
		}, "", ""},
		{play.Scene{Name: "code-number", Title: "the caller asks for the own number", Golden: true}, nil, func(o *office.Office) []func() error {
			return []func() error{calls(o, "alice", ";code=*65"), until(o, "prompt:zh/your-number"), until(o, "prompt:zh/zero"), until(o, "prompt:zh/one"), o.Pause}
		}, "", ""},
		{play.Scene{Name: "code-clock", Title: "the caller asks for the time", Golden: true}, nil, func(o *office.Office) []func() error {
			return []func() error{calls(o, "alice", ";code=*60"), until(o, "prompt:zh/clock-now"), until(o, "prompt:zh/clock-hours"), o.Pause}
		}, "", ""},
		{play.Scene{Name: "code-echo", Title: "the caller speaks, and hears it", Golden: true}, nil, func(o *office.Office) []func() error {
			return []func() error{
				calls(o, "alice", ";code=*43"), until(o, "prompt:zh/echo"), until(o, "tone:beep"), until(o, "dial hears alice"), until(o, "alice hears dial's file:codes/"), leaves(o),
			}
		}, "", ""},
		{play.Scene{Name: "code-music", Title: "the caller hears the music of hold", Golden: true}, nil, func(o *office.Office) []func() error {
			return []func() error{calls(o, "alice", ";code=9664"), until(o, "alice hears dial's music:music-of-alice"), leaves(o)}
		}, "", ""},
		{play.Scene{Name: "code-milliwatt", Title: "nobody listens to the tone for ever", Seeds: 1}, nil, func(o *office.Office) []func() error {
			return []func() error{calls(o, "alice", ";code=9197"), until(o, "alice hears dial's tone:milliwatt"), func() error {
				return o.RunUntil(func() bool { return len(o.Desk("alice").Agent().Calls()) == 0 }, code.MaxStay+time.Minute)
			}}
		}, "", ""},
		{play.Scene{Name: "code-silent", Title: "no number is given, however often it is asked for", Seeds: 1}, nil, func(o *office.Office) []func() error {
			return []func() error{calls(o, "alice", ";code=*72"), until(o, "alice hears dial's prompt:zh/goodbye"), o.Pause}
		}, "", ""},
	} {
		s.Desks = []string{"alice", "server", "carol"}
		s.Play = func(o *office.Office) error { return office.InOrder(s.steps(o)...) }
		var users people
		s.Office, users = options(0, s.broken)
		s.Run(t)
		if s.Seeds == 1 && s.Name == "code-milliwatt" {
			continue // it has run
		}
		t.Run(s.Name+" in the end", func(t *testing.T) {
			o := office.New(sim.New(sim.Config{}), s.Office, s.Desks...)
			if err := s.Play(o); err != nil {
				t.Fatal(err)
			}
			routing := users["alice"].Routing
			block := ""
			if len(routing.Block) > 0 {
				block = routing.Block[0].String()
			}
			if got := routing.Forward.Unconditional.String(); got != s.to || block != s.block {
				t.Errorf("forwards to %q and blocks %q, want %q and %q", got, block, s.to, s.block)
			}
		})
	}
}

// TestSorry: what the server could not do by itself is explained, whatever it was.
func TestSorry(t *testing.T) {
	for params, prompt := range map[string]string{
		";code=*8;result=none": "pickup-none", ";code=**;argument=1003;result=refused": "pickup-refused", ";code=*8;result=Unsupported": "pickup-unsupported",
		";code=*69;result=none": "call-return-none", ";code=*80;result=refused": "intercom-refused", ";code=*80;result=none": "not-in-service",
		";code=*8;result=no-replaces": "pickup-unsupported", ";code=*8": "pickup-none", ";code=**;result=else": "pickup-none",
	} {
		settings, users := options(0, nil)
		o := office.New(sim.New(sim.Config{}), settings, "alice", "server", "carol")
		before := *users["alice"]
		if err := office.InOrder(calls(o, "alice", params), until(o, "alice hears dial's prompt:zh/"+prompt), o.Pause); err != nil {
			t.Errorf("%s: %v", params, err)
		}
		if !reflect.DeepEqual(before, *users["alice"]) {
			t.Errorf("%s: something is set", params)
		}
		if err := o.GoHome(); err != nil {
			t.Errorf("%s: the call does not end: %v", params, err)
		}
	}
}

// TestRefused: what is no code, and who may dial none.
func TestRefused(t *testing.T) {
	settings, _ := options(1, nil)
	o := office.New(sim.New(sim.Config{}), settings, "alice", "server", "bob")
	for _, test := range []struct {
		reason, who, params string
		code                int
	}{
		{"no code", "alice", "", 404},
		{"a code that is none, by somebody who has nothing to set", "bob", ";code=*99;result=unknown", 403},
		{"a code that is none", "alice", ";code=*74", 404},
		{"a code of another agent", "alice", ";code=*98", 404},
		{"a number without end", "alice", ";code=*72;argument=" + strings.Repeat("1", 100), 404},
		{"somebody who has nothing to set", "bob", ";code=*73", 403},
	} {
		if err := office.Refused(calls(o, test.who, test.params)(), test.code); err != nil {
			t.Errorf("%s: %v", test.reason, err)
		}
	}
	if err := calls(o, "alice", ";code=*72")(); err != nil {
		t.Fatal(err)
	}
	if err := office.Refused(calls(o, "alice", ";code=*73")(), 486); err != nil {
		t.Errorf("there is a limit: %v", err)
	}
	if err := o.GoHome(); err != nil {
		t.Error(err)
	}
}
