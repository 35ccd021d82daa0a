package music_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/music"
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

const (
	server = "sip:music@example.test"
	both   = "alice hears bob\nbob hears alice"
	plays  = "alice hears music's music:bobs"
)

// options are an office with a music server, which everybody holds with when held is its address.
func options(held string) office.Options {
	settings := music.Settings{
		Domain: "example.test", Most: 8,
		Name: func(user string) string {
			if user == "bob" {
				return "bobs"
			}
			return "default"
		},
		Exists: func(name string) bool { return name == "jazz" || name == "default" },
	}
	return office.Options{Music: held, Server: func(c *domain.Config) {
		c.Inside = []domain.Agent{{
			Name: music.Agent, Install: func(a *ua.Agent) { music.Install(a, settings) }, Settings: ua.Settings{ContactParams: music.ContactParams},
		}}
	}}
}

// does is a step: somebody does something to the call with somebody else, and then who hears whom is as it should be.
func does(o *office.Office, who, action, with, hears string) func() error {
	return func() error {
		if err := begins(o, who, action, with)(); err != nil {
			return err
		}
		if err := o.Pause(); err != nil {
			return err
		}
		return o.Hears(hears)
	}
}

// begins has somebody do something; what it gives waits for the end.
func begins(o *office.Office, who, action, with string) (wait func() error) {
	wanted, ok := order.Find(action)
	if !ok {
		return func() error { return fmt.Errorf("there is no action %s", action) }
	}
	var call *ua.Call
	if with != "" {
		call = o.Desk(who).Call(with)
	}
	return o.Begin(who, func(t *task.Task, a *ua.Agent) error { return wanted.Run(t, order.Request{Agent: a, Call: call}) })
}

// meeting is how every scene begins: everybody takes part in the services, and alice calls bob.
func meeting(o *office.Office, steps ...func() error) error {
	for _, name := range []string{"alice", "bob", "carol"} {
		o.Desk(name).Do(func(a *ua.Agent) { order.Install(a, a.Handlers()) })
	}
	return office.InOrder(append([]func() error{func() error { return o.Meet("alice", "bob") }}, steps...)...)
}

func leaves(o *office.Office, who, with string) func() error {
	return func() error { return o.HangUp(who, with) }
}

func hears(o *office.Office, what string) func() error { return func() error { return o.Hears(what) } }

// refused is a step that is refused with a code.
func refused(step func() error, code int) func() error {
	return func() error { return office.Refused(step(), code) }
}

// refuses has a phone refuse what comes from now on within its calls.
func refuses(o *office.Office, who string, code int) func() error {
	return func() error {
		o.Desk(who).RefuseAgain(sip.INVITE, code)
		return nil
	}
}

// TestReferred: RFC 5359 section 2.3.
func TestReferred(t *testing.T) {
	for _, s := range []play.Scene{
		{
			Name: "music", Title: "RFC 5359 section 2.3: Bob leaves Alice with the music server, and takes her back", Golden: true,
			Want: referLadder, Hears: both,
			Play: func(o *office.Office) error {
				return meeting(o, does(o, "bob", "hold", "alice", ""), does(o, "bob", "music", "alice", plays), does(o, "bob", "resume", "", both))
			},
		},
		{
			Name: "music-left", Title: "Alice does not wait: Bob finds her gone", Golden: true,
			Play: func(o *office.Office) error {
				return meeting(o, does(o, "bob", "music", "alice", plays), func() error {
					o.Desk("alice").Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
					return o.Pause()
				}, hears(o, ""), gone(o))
			},
		},
		{
			Name: "music-hold-refused", Title: "Alice does not let herself be held: nobody asks for music", Golden: true, Hears: both,
			Play: func(o *office.Office) error {
				return meeting(o, refuses(o, "alice", 488), refused(func() error { return begins(o, "bob", "music", "alice")() }, 488), o.Pause)
			},
		},
		{
			Name: "music-refused", Title: "Alice does not want music: she stays on hold in silence, and Bob takes her back", Golden: true, Hears: both,
			Play: func(o *office.Office) error {
				return meeting(o, func() error {
					o.Desk("alice").Do(func(a *ua.Agent) {
						h := a.Handlers()
						h.Replace = func(c, _ *ua.Call) { c.Reject(sip.Answer{Code: 488}) }
						a.Handle(h)
					})
					return nil
				}, refused(func() error { return begins(o, "bob", "music", "alice")() }, 488), o.Pause, hears(o, ""), does(o, "bob", "resume", "alice", both))
			},
		},
		{
			Name: "music-plain", Title: "Alice's phone knows no Replaces: she stays on hold in silence", Golden: true, Hears: both,
			Play: func(o *office.Office) error {
				return meeting(o, func() error {
					o.Desk("alice").Do(func(a *ua.Agent) { a.Handle(ua.Handlers{Invite: a.Handlers().Invite}) })
					return nil
				}, refused(func() error { return begins(o, "bob", "music", "alice")() }, 420), o.Pause, hears(o, ""), does(o, "bob", "resume", "alice", both))
			},
		},
		{
			Name: "music-leaves-meanwhile", Title: "Alice hangs up while the music server is asked", Seeds: 16,
			Play: func(o *office.Office) error {
				return meeting(o, func() error {
					wait := begins(o, "bob", "music", "alice")
					o.Desk("alice").Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
					_ = wait() // a matter of chance
					return o.Pause()
				}, func() error {
					o.Desk("alice").Do(func(a *ua.Agent) {
						for _, c := range a.Calls() {
							c.HangUp()
						}
					})
					return o.Pause()
				})
			},
		},
	} {
		s.Office = options("")
		s.Desks = []string{"alice", "server", "bob", "carol"}
		s.Run(t)
	}
}

// gone is a step: who was left with the music server is not there any more, and forgotten.
func gone(o *office.Office) func() error {
	return func() error {
		err := begins(o, "bob", "resume", "")()
		var status *sip.StatusError
		if !errors.As(err, &status) {
			return fmt.Errorf("it ends with %w", err)
		}
		if left := o.Desk("bob").Agent().Away(); len(left) > 0 {
			return fmt.Errorf("bob still knows of %v", left)
		}
		return o.Pause()
	}
}

// TestRelayed: RFC 7088.
func TestRelayed(t *testing.T) {
	for _, s := range []play.Scene{
		{
			Name: "hold", Title: "RFC 7088 section 2.3: Bob holds Alice, who hears music, and takes her off hold", Golden: true, Hears: both,
			Want: relayLadder,
			Play: func(o *office.Office) error {
				return meeting(o, does(o, "bob", "hold", "alice", plays), quiet(o), does(o, "bob", "resume", "alice", both))
			},
		},
		{
			Name: "hold-left", Title: "Alice does not wait: the music goes, too", Golden: true,
			Play: func(o *office.Office) error {
				return meeting(o, does(o, "bob", "hold", "alice", plays), leaves(o, "alice", "bob"), hears(o, ""))
			},
		},
		{
			Name: "hold-hung-up", Title: "Bob hangs up on hold: the music goes, too", Golden: true,
			Play: func(o *office.Office) error {
				return meeting(o, does(o, "bob", "hold", "alice", plays), leaves(o, "bob", "alice"), hears(o, ""))
			},
		},
		{
			Name: "hold-refused", Title: "Alice does not let herself be held: the two talk on", Golden: true, Hears: both,
			Play: func(o *office.Office) error {
				return meeting(o, refuses(o, "alice", 488), refused(func() error { return begins(o, "bob", "hold", "alice")() }, 488), o.Pause)
			},
		},
		{
			Name: "hold-both", Title: "section 2.4: Alice holds Bob, too, and later no more: her offers go to the music", Golden: true, Hears: both,
			Play: func(o *office.Office) error {
				return meeting(o, does(o, "bob", "hold", "alice", plays), does(o, "alice", "hold", "bob", ""), does(o, "alice", "resume", "bob", plays),
					does(o, "bob", "resume", "alice", both))
			},
		},
		{
			Name: "hold-offerless-refused", Title: "Alice's phone makes no offer when it is asked for one: it is held in silence", Golden: true, Hears: both,
			Play: func(o *office.Office) error {
				o.Desk("alice").Refuse(func(m *sip.Message) int {
					if m.Method() == sip.INVITE && m.ToTag() != "" && m.Body() == "" {
						return 488
					}
					return 0
				})
				return meeting(o, does(o, "bob", "hold", "alice", ""), does(o, "bob", "resume", "alice", both))
			},
		},
		{
			Name: "hold-inherited", Title: "section 2.5: Alice, who is held, hands Carol over to Bob, and Carol hears the music in her place", Golden: true,
			Hears: "bob hears carol\ncarol hears bob",
			Play: func(o *office.Office) error {
				return meeting(o, does(o, "bob", "hold", "alice", plays), consults(o, "alice", "bob", "carol"), with(o, "alice", "attended", "carol", "bob"),
					hears(o, "carol hears music's music:bobs"), does(o, "bob", "resume", "carol", "bob hears carol\ncarol hears bob"))
			},
		},
		{
			Name: "hold-server-restarts", Title: "the music server forgets its calls: Alice is taken off hold all the same", Hears: both,
			Play: func(o *office.Office) error {
				return meeting(o, does(o, "bob", "hold", "alice", plays), func() error {
					o.Server.Restart()
					return o.Pause()
				}, does(o, "bob", "resume", "alice", both))
			},
		},
		{
			Name: "hold-both-back", Title: "both hold, and Bob comes back first: now he hears Alice's music (section 2.10)", Golden: true, Hears: both,
			Play: func(o *office.Office) error {
				return meeting(o, does(o, "bob", "hold", "alice", plays), does(o, "alice", "hold", "bob", ""),
					does(o, "bob", "resume", "alice", "bob hears music's music:default"), does(o, "alice", "resume", "bob", both))
			},
		},
		{
			Name: "hold-attended", Title: "Bob asks Carol, and connects Alice with her: the music goes", Golden: true, Hears: "alice hears carol\ncarol hears alice",
			Play: func(o *office.Office) error {
				return meeting(o, consults(o, "bob", "alice", "carol"), hears(o, "alice hears music's music:bobs\nbob hears carol\ncarol hears bob"),
					with(o, "bob", "attended", "alice", "carol"))
			},
		},
		{
			Name: "hold-leaves", Title: "the music ends: Alice stays on hold in silence", Golden: true, Hears: both,
			Play: func(o *office.Office) error {
				return meeting(o, does(o, "bob", "hold", "alice", plays), func() error {
					o.Inside(music.Agent, func(a *ua.Agent) { a.Calls()[0].HangUp() })
					return o.Pause()
				}, hears(o, ""), does(o, "bob", "resume", "alice", both))
			},
		},
		{
			Name: "hold-resume-refused", Title: "Alice can't be taken off hold: she hears music", Hears: plays,
			Play: func(o *office.Office) error {
				return meeting(o, does(o, "bob", "hold", "alice", plays), refuses(o, "alice", 488),
					refused(func() error { return begins(o, "bob", "resume", "alice")() }, 488), o.Pause)
			},
		},
		{
			Name: "swap", Title: "Bob consults Carol and swaps: whoever waits hears music", Golden: true, Hears: "bob hears carol\ncarol hears bob",
			Play: func(o *office.Office) error {
				swaps := func(one, other string) func() error { return with(o, "bob", "swap", one, other) }
				return meeting(o, consults(o, "bob", "alice", "carol"), hears(o, "alice hears music's music:bobs\nbob hears carol\ncarol hears bob"), swaps("carol", "alice"),
					hears(o, "alice hears bob\nbob hears alice\ncarol hears music's music:bobs"), swaps("alice", "carol"),
					hears(o, "alice hears music's music:bobs\nbob hears carol\ncarol hears bob"), leaves(o, "alice", "bob"))
			},
		},
		{
			Name: "resume-at-once", Title: "Bob resumes while the music is asked for", Hears: both, Golden: true,
			Play: func(o *office.Office) error {
				return meeting(o, func() error {
					hold := begins(o, "bob", "hold", "alice")
					resume := begins(o, "bob", "resume", "alice")
					return office.InOrder(hold, resume, o.Pause)
				})
			},
		},
	} {
		s.Office = options(server)
		s.Run(t)
	}
}

// consults is a step: somebody holds a call and calls a third.
func consults(o *office.Office, who, with, whom string) func() error {
	return func() error {
		call := o.Desk(who).Call(with)
		err := o.Act(who, func(t *task.Task, a *ua.Agent) error {
			consult, _ := order.Find("consult")
			return consult.Run(t, order.Request{Agent: a, Call: call, Target: office.AOR(whom)})
		})
		return errors.Join(err, o.Pause())
	}
}

// with is a step: somebody does something to two calls.
func with(o *office.Office, who, action, one, other string) func() error {
	return func() error {
		first, second := o.Desk(who).Call(one), o.Desk(who).Call(other)
		err := o.Act(who, func(t *task.Task, a *ua.Agent) error {
			wanted, _ := order.Find(action)
			return wanted.Run(t, order.Request{Agent: a, Call: first, Other: second})
		})
		return errors.Join(err, o.Pause())
	}
}

// quiet wants nobody to be told of the call to the music.
func quiet(o *office.Office) func() error {
	return func() error {
		for _, e := range o.Desk("bob").Events {
			if strings.Contains(e.From, "music") {
				return fmt.Errorf("bob is told of %+v", e)
			}
		}
		if n := len(o.Desk("bob").Agent().Calls()); n != 1 {
			return fmt.Errorf("bob sees %d calls", n)
		}
		return nil
	}
}

// TestWithoutMusic: whatever is wrong with the source, Alice is on hold in silence.
func TestWithoutMusic(t *testing.T) {
	for _, s := range []struct {
		play.Scene
		source string
	}{
		{Scene: play.Scene{Name: "no-music", Title: "there is no such music", Golden: true}, source: server + ";music=nothing"},
		{Scene: play.Scene{Name: "no-source", Title: "nobody is there"}, source: "sip:nobody@example.test"},
		{Scene: play.Scene{Name: "busy-source", Title: "it is busy", Manners: map[string]office.Manner{"carol": {Code: 486}}}, source: office.AOR("carol")},
		{Scene: play.Scene{Name: "slow-source", Title: "it rings, and nobody answers", Golden: true, Manners: map[string]office.Manner{"carol": {Never: true}}}, source: office.AOR("carol")},
	} {
		s.Office, s.Hears = options(s.source), both
		s.Play = func(o *office.Office) error {
			return meeting(o, does(o, "bob", "hold", "alice", ""), func() error {
				if !o.Desk("bob").Told(ua.Failed) {
					return fmt.Errorf("bob is not told why")
				}
				return nil
			}, does(o, "bob", "resume", "alice", both))
		}
		s.Run(t)
	}
}

// TestSourceRefuses: the source takes no change of Alice's: she holds Bob all the same, and hears music again when she no longer
// does.
func TestSourceRefuses(t *testing.T) {
	const plays = "alice hears carol"
	play.Scene{
		Name: "source-refuses", Title: "section 2.4: the music does not take what Alice offers", Office: options(office.AOR("carol")), Golden: true, Hears: both,
		Play: func(o *office.Office) error {
			return meeting(o, does(o, "bob", "hold", "alice", plays), refuses(o, "carol", 488), does(o, "alice", "hold", "bob", ""),
				does(o, "alice", "resume", "bob", plays), does(o, "bob", "resume", "alice", both))
		},
	}.Run(t)
}

// TestCalled: whoever calls hears music; which, and how many can.
func TestCalled(t *testing.T) {
	for _, test := range []struct {
		reason, who, target string
		i                   ua.Invitation
		hears               string
		code                int
	}{
		{reason: "one's own", who: "bob", target: server, hears: "bob hears music's music:bobs"},
		{reason: "the default", who: "carol", target: server, hears: "carol hears music's music:default"},
		{reason: "by name", who: "bob", target: server + ";music=jazz", hears: "bob hears music's music:jazz"},
		{reason: "escaped", who: "bob", target: server + ";music=%6aazz", hears: "bob hears music's music:jazz"},
		{reason: "the server makes the offer", who: "carol", target: server, i: ua.Invitation{Offerless: true}, hears: "carol hears music's music:default"},
		{reason: "who does not listen hears nothing", who: "carol", target: server, i: ua.Invitation{OnHold: true}},
		{reason: "none of that name", who: "bob", target: server + ";music=rock", code: 404},
		{reason: "no name", who: "bob", target: server + ";music=", code: 404},
		{reason: "a path", who: "bob", target: server + ";music=..%2F..%2Fetc%2Fpasswd", code: 404},
		{reason: "a name without end", who: "bob", target: server + ";music=" + strings.Repeat("a", 65), code: 404},
	} {
		play.Scene{
			Name: "called-" + strings.ReplaceAll(test.reason, " ", "-"), Office: options(""), Hears: test.hears, Seeds: 4,
			Play: func(o *office.Office) error {
				test.i.Target = test.target
				err := o.Act(test.who, func(t *task.Task, a *ua.Agent) error {
					c, err := a.Invite(test.i)
					if err == nil {
						err = c.Settle(t)
					}
					if err == nil {
						a.Attend(c)
					}
					return err
				})
				if test.code != 0 {
					return errors.Join(office.Refused(err, test.code), o.Pause())
				}
				return errors.Join(err, o.Pause(), contact(o))
			},
		}.Run(t)
	}
}

// contact wants every Contact of the server to say what it is (RFC 4235 sections 5.2 and 5.3, RFC 3840).
func contact(o *office.Office) error {
	for _, arrow := range o.Ladder().Arrows {
		m, err := sip.Parse(arrow.Text)
		if err != nil || o.Ladder().Name(arrow.From) != music.Agent || !m.Has(sip.HeaderContact) {
			continue
		}
		if value := m.Header(sip.HeaderContact); !strings.Contains(value, ";automaton") || !strings.Contains(value, ";+sip.byeless") || !strings.Contains(value, `;+sip.rendering="no"`) {
			return fmt.Errorf("the music server is %s", value)
		}
	}
	return nil
}

// TestRefused: whom the server calls for nobody.
func TestRefused(t *testing.T) {
	for _, test := range []struct {
		reason string
		wish   ua.Reference
		to     string
		code   int
	}{
		{"nobody is replaced", ua.Reference{Target: office.AOR("alice")}, server, 403},
		{"a method", ua.Reference{Target: office.AOR("alice") + ";method=BYE", Replaces: sip.DialogID{CallID: "x", LocalTag: "1", RemoteTag: "2"}}, server, 501},
		{"no such music", ua.Reference{Target: office.AOR("alice"), Replaces: sip.DialogID{CallID: "x", LocalTag: "1", RemoteTag: "2"}}, server + ";music=rock", 404},
	} {
		play.Scene{
			Name: "refused-" + strings.ReplaceAll(test.reason, " ", "-"), Office: options(""), Seeds: 4,
			Play: func(o *office.Office) error {
				err := o.Act("bob", func(t *task.Task, a *ua.Agent) error {
					_, err := a.Refer(t, test.to, test.wish)
					return err
				})
				return errors.Join(office.Refused(err, test.code), o.Pause())
			},
		}.Run(t)
	}
	play.Scene{
		Name: "stranger", Title: "who is in no call with Alice can't have her hear music, though they know her call", Office: options(""), Hears: both, Golden: true,
		Play: func(o *office.Office) error {
			return meeting(o, func() error {
				dialog := o.Desk("bob").Call("alice").Dialog()
				err := o.Act("carol", func(t *task.Task, a *ua.Agent) error {
					r, err := a.Refer(t, server, ua.Reference{Target: dialog.Target, Replaces: dialog.Triple()})
					if err != nil {
						return err
					}
					for {
						report, ok := r.Next(t)
						if !ok || report.Final() {
							r.Close()
							return &sip.StatusError{Code: report.Code}
						}
					}
				})
				return errors.Join(office.Refused(err, 403), o.Pause())
			})
		},
	}.Run(t)
}

// TestMost: more listeners than the server has room for.
func TestMost(t *testing.T) {
	play.Scene{
		Name: "most", Office: options(""), Seeds: 2,
		Play: func(o *office.Office) error {
			for i := range 9 {
				err := o.Act("bob", func(t *task.Task, a *ua.Agent) error {
					c, err := a.Invite(ua.Invitation{Target: server, OnHold: true})
					if err != nil {
						return err
					}
					return c.Settle(t)
				})
				if i < 8 && err != nil {
					return err
				}
				if i == 8 {
					return errors.Join(office.Refused(err, 486), o.RunFor(time.Minute))
				}
			}
			return nil
		},
	}.Run(t)
}

const referLadder = `F1 alice>bob INVITE
F2 bob>alice 180 Ringing
F3 bob>alice 200 OK
F4 alice>bob ACK
F5 bob>alice INVITE (hold)
F6 alice>bob 200 OK
F7 bob>alice ACK
F8 bob>music REFER Replaces
F9 music>bob 200 OK
F10 music>bob NOTIFY 100 Trying
F11 bob>music 200 OK
F12 music>alice INVITE Replaces (hold)
F13 alice>music 200 OK
F14 music>alice ACK
F15 alice>bob BYE
F16 bob>alice 200 OK
F17 music>bob NOTIFY 200 OK
F18 bob>music 200 OK
F19 bob>alice INVITE Replaces
F20 alice>bob 200 OK
F21 bob>alice ACK
F22 alice>music BYE
F23 music>alice 200 OK`

const relayLadder = `F1 alice>bob INVITE
F2 bob>alice 180 Ringing
F3 bob>alice 200 OK
F4 alice>bob ACK
F5 bob>alice INVITE
F6 alice>bob 200 OK
F7 bob>music INVITE
F8 music>bob 200 OK
F9 bob>music ACK
F10 bob>alice ACK (hold)
F11 bob>alice INVITE
F12 alice>bob 200 OK
F13 bob>alice ACK
F14 bob>music BYE
F15 music>bob 200 OK`
