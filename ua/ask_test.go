package ua_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/sim"
	"hookflash/task"
	"hookflash/ua"
)

// host is an office whose agent does something with each call that it answers, and notes what came of it.
func host(do func(t *task.Task, c *ua.Call, note func(format string, values ...any))) (*office.Office, *[]string) {
	notes := &[]string{}
	o := office.New(sim.New(sim.Config{}), office.Options{
		Lasts: map[string]time.Duration{"prompt:long": time.Minute, "prompt:missing": -1, "tone:beep": 400 * time.Millisecond},
		Server: func(c *domain.Config) {
			c.Inside = []domain.Agent{{Name: "host", Install: func(a *ua.Agent) {
				a.Handle(ua.Handlers{Info: ua.InfoDigits, Invite: func(c *ua.Call) {
					a.Go("host", func(t *task.Task) {
						defer c.HangUp()
						if c.Answer() == nil {
							began := t.Now()
							do(t, c, func(format string, values ...any) {
								*notes = append(*notes, fmt.Sprintf("%v ", t.Now().Sub(began).Round(100*time.Millisecond))+fmt.Sprintf(format, values...))
							})
						}
					})
				}})
			}}}
		},
	}, "alice", "server")
	return o, notes
}

// visit has alice call the host and do something at certain times after the answer.
func visit(o *office.Office, i ua.Invitation, at map[time.Duration]func(c *ua.Call)) error {
	i.Target = "sip:host@example.test"
	var call *ua.Call
	var err error
	o.Desk("alice").Do(func(a *ua.Agent) { call, err = a.Invite(i) })
	if err != nil {
		return err
	}
	if err := o.RunUntil(func() bool { return call.State == ua.Talking }, time.Minute); err != nil {
		return err
	}
	for when, act := range at {
		o.After(when, func() { o.Desk("alice").Do(func(*ua.Agent) { act(call) }) })
	}
	if err := o.RunFor(40 * time.Minute); err != nil {
		return err
	}
	return o.GoHome()
}

func keys(digits string) func(c *ua.Call) {
	return func(c *ua.Call) { c.Dial(digits, 100*time.Millisecond) }
}

func leave(c *ua.Call) { c.HangUp() }

func hush(wish func(c *ua.Call, t *task.Task) error) func(c *ua.Call) {
	return func(c *ua.Call) { c.Agent().Go("hush", func(t *task.Task) { _ = wish(c, t) }) }
}

func TestSay(t *testing.T) {
	const second = time.Second
	for _, test := range []struct {
		reason  string
		sources []string
		invite  ua.Invitation
		at      map[time.Duration]func(c *ua.Call)
		want    string
	}{
		{"one after the other", []string{"prompt:one", "prompt:two", "tone:beep"}, ua.Invitation{}, nil, "4.4s <nil>"},
		{"nothing", nil, ua.Invitation{}, nil, "0s <nil>"},
		{"what can't be played is passed over, and told", []string{"prompt:missing", "prompt:two"}, ua.Invitation{}, nil, `2s say "prompt:missing"`},
		{"the caller leaves", []string{"prompt:long", "prompt:two"}, ua.Invitation{}, map[time.Duration]func(c *ua.Call){10 * second: leave}, "10s ua: the call is over"},
		{"keys change nothing", []string{"prompt:long"}, ua.Invitation{}, map[time.Duration]func(c *ua.Call){10 * second: keys("1")}, "1m0s <nil>"},
		{"the caller is held meanwhile", []string{"prompt:long"}, ua.Invitation{}, map[time.Duration]func(c *ua.Call){
			10 * second: hush((*ua.Call).Hold), 40 * second: hush((*ua.Call).Resume),
		}, "1m30s <nil>"},
		{"it begins on hold", []string{"prompt:long"}, ua.Invitation{OnHold: true}, map[time.Duration]func(c *ua.Call){
			40 * second: hush((*ua.Call).Resume),
		}, "1m40s <nil>"},
		{"held for ever", []string{"prompt:long"}, ua.Invitation{}, map[time.Duration]func(c *ua.Call){second: hush((*ua.Call).Hold)}, `30m0s say "prompt:long": ua: what is said does not end`},
		{"the ACK answers our offer", []string{"prompt:two"}, ua.Invitation{Offerless: true}, nil, "2s <nil>"},
	} {
		o, notes := host(func(t *task.Task, c *ua.Call, note func(string, ...any)) { note("%v", c.Say(t, test.sources...)) })
		if err := visit(o, test.invite, test.at); err != nil {
			t.Errorf("%s: %v", test.reason, err)
		}
		if got := strings.Join(*notes, "; "); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.reason, got, test.want)
		}
	}
}

// result is what Ask gave.
func result(digits string, err error) string { return fmt.Sprintf("%q %v", digits, err) }

func TestAsk(t *testing.T) {
	const second = time.Second
	type acts = map[time.Duration]func(c *ua.Call)
	long := []string{"prompt:long"}
	for _, test := range []struct {
		reason string
		prompt ua.Prompt
		at     acts
		want   string
	}{
		{"one digit", ua.Prompt{}, acts{second: keys("5")}, `1.1s "5" <nil>`},
		{"nobody presses a key", ua.Prompt{}, nil, `5s "" ua: no key was pressed`},
		{"after the prompt", ua.Prompt{Sources: long}, nil, `1m5s "" ua: no key was pressed`},
		{"a key during the prompt ends it", ua.Prompt{Sources: long, Interruptible: true}, acts{10 * second: keys("5")}, `10.1s "5" <nil>`},
		{"a key during the prompt does not count", ua.Prompt{Sources: long}, acts{10 * second: keys("5"), 61 * second: keys("6")}, `1m1.1s "6" <nil>`},
		{"a number", ua.Prompt{Max: 10, Until: "#"}, acts{second: keys("1002#9")}, `1.7s "1002" <nil>`},
		{"a number without its end", ua.Prompt{Max: 10, Until: "#"}, acts{second: keys("1002")}, `6.6s "1002" <nil>`},
		{"the next key is late", ua.Prompt{Max: 10, Between: 2 * second}, acts{second: keys("10"), 4 * second: keys("02")}, `3.3s "10" <nil>`},
		{"as many as there may be", ua.Prompt{Max: 3, Until: "#"}, acts{second: keys("1234")}, `1.4s "123" <nil>`},
		{"the end alone", ua.Prompt{Max: 3, Until: "*#"}, acts{second: keys("#")}, `1.1s "" <nil>`},
		{"the end during the prompt", ua.Prompt{Max: 3, Until: "#", Sources: long, Interruptible: true}, acts{second: keys("#")}, `1.1s "" <nil>`},
		{"enough", ua.Prompt{Max: 8, Whole: func(digits string) bool { return digits == "12" }}, acts{second: keys("123")}, `1.3s "12" <nil>`},
		{"the caller leaves during the prompt", ua.Prompt{Sources: long}, acts{second: leave}, `1s "" ua: the call is over`},
		{"the caller leaves after the prompt", ua.Prompt{Sources: long}, acts{62 * second: leave}, `1m2s "" ua: the call is over`},
		{"the caller leaves after a digit", ua.Prompt{Max: 4}, acts{second: keys("1"), 2 * second: leave}, `2s "" ua: the call is over`},
		{"no prompt there", ua.Prompt{Sources: []string{"prompt:missing"}}, acts{second: keys("5")}, `1.1s "5" <nil>`},
	} {
		o, notes := host(func(t *task.Task, c *ua.Call, note func(string, ...any)) {
			digits, err := c.Ask(t, test.prompt)
			note("%s", result(digits, err))
		})
		if err := visit(o, ua.Invitation{}, test.at); err != nil {
			t.Errorf("%s: %v", test.reason, err)
		}
		if got := strings.Join(*notes, "; "); got != test.want {
			t.Errorf("%s: got %s, want %s", test.reason, got, test.want)
		}
	}
}

// TestSound: Sound goes on until it is stopped, or the call ends.
func TestSound(t *testing.T) {
	o, notes := host(func(t *task.Task, c *ua.Call, note func(string, ...any)) {
		stop := c.Sound("tone:ringback")
		c.Sound("tone:busy")
		t.Sleep(10 * time.Second)
		stop()
		stop()
		t.Sleep(10 * time.Second)
	})
	o.After(5*time.Second, func() { *notes = append(*notes, o.Hearing()) })
	o.After(15*time.Second, func() { *notes = append(*notes, o.Hearing()) })
	o.After(25*time.Second, func() { *notes = append(*notes, o.Hearing()) })
	if err := visit(o, ua.Invitation{}, nil); err != nil {
		t.Error(err)
	}
	want := "alice hears host's tone:busy, host's tone:ringback\nalice hears host's tone:busy\n"
	if got := strings.Join(*notes, ""); got != want {
		t.Errorf("got %q", got)
	}
}

func TestRecord(t *testing.T) {
	const second = time.Second
	type acts = map[time.Duration]func(c *ua.Call)
	for _, test := range []struct {
		reason    string
		recording ua.Recording
		at        acts
		want      string
	}{
		{"until the limit", ua.Recording{Sink: "file:x", Limit: 4 * second}, nil, `4s 4s "" <nil>`},
		{"until a key", ua.Recording{Sink: "file:x", Limit: 20 * second, Until: "#"}, acts{5 * second: keys("1#")}, `5.3s 5.3s "#" <nil>`},
		{"until the caller leaves", ua.Recording{Sink: "file:x", Limit: 20 * second}, acts{5 * second: leave}, `5s 5s "" ua: the call is over`},
	} {
		o, notes := host(func(t *task.Task, c *ua.Call, note func(string, ...any)) {
			recorded, err := c.Record(t, test.recording)
			note("%v %q %v", recorded.Lasted.Round(100*time.Millisecond), recorded.Key, err)
		})
		if err := visit(o, ua.Invitation{}, test.at); err != nil {
			t.Errorf("%s: %v", test.reason, err)
		}
		if got := strings.Join(*notes, "; "); got != test.want {
			t.Errorf("%s: got %s, want %s", test.reason, got, test.want)
		}
	}
}

// TestInfoDigits: digits of old telephones count like all others.
func TestInfoDigits(t *testing.T) {
	for _, test := range []struct {
		reason, kind, body string
		code               int
		digits             string
	}{
		{"as lines", "application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", 200, "5"},
		{"plain", "application/dtmf", "#", 200, "#"},
		{"no digit", "application/dtmf-relay", "Signal=x", 400, ""},
		{"nothing", "application/dtmf-relay", "", 400, ""},
		{"something else", "text/plain", "5", 415, ""},
	} {
		b := newBench(t).handle(ua.Handlers{Info: ua.InfoDigits})
		f, _ := b.incoming()
		b.forget()
		b.receive(f.request("INFO", "Content-Type: "+test.kind+"\r\n\r\n"+test.body))
		b.next(test.reason, fmt.Sprintf("%d INFO", test.code))
		digits := ""
		for _, e := range b.events {
			if e.Kind == ua.DigitHeard {
				digits += e.Text
			}
		}
		if digits != test.digits {
			t.Errorf("%s: heard %q, want %q", test.reason, digits, test.digits)
		}
	}
}

// TestVoice: what a number is made of.
func TestVoice(t *testing.T) {
	for _, test := range []struct {
		reason string
		got    []string
		want   string
	}{
		{"the server's language", []string{ua.Voice("").Prompt("goodbye")}, "prompt:goodbye"},
		{"a language", ua.Voice("zh").Prompts("goodbye", "hash"), "prompt:zh/goodbye prompt:zh/hash"},
		{"nothing", ua.Voice("").Count(0), "prompt:zero"},
		{"less", ua.Voice("").Count(-3), "prompt:zero"},
		{"a few", ua.Voice("").Count(13), "prompt:thirteen"},
		{"twenty", ua.Voice("").Count(20), "prompt:twenty"},
		{"more", ua.Voice("").Count(99), "prompt:ninety prompt:nine"},
		{"hundreds", ua.Voice("").Count(200), "prompt:two prompt:hundred"},
		{"many", ua.Voice("").Count(321), "prompt:three prompt:hundred prompt:twenty prompt:one"},
		{"a gap, in English", ua.Voice("en").Count(101), "prompt:en/one prompt:en/hundred prompt:en/one"},
		{"a gap, in Chinese", ua.Voice("zh").Count(101), "prompt:zh/one prompt:zh/hundred prompt:zh/zero prompt:zh/one"},
		{"too many", ua.Voice("").Count(5000), "prompt:nine prompt:hundred prompt:ninety prompt:nine"},
		{"a number as it is dialled", ua.Voice("").Spell("+1 0*#x"), "prompt:plus prompt:one prompt:zero prompt:star prompt:hash"},
	} {
		if got := strings.Join(test.got, " "); got != test.want {
			t.Errorf("%s: %s, want %s", test.reason, got, test.want)
		}
	}
}
