package clicktodial_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/service/clicktodial"
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// clicks is a page at which bob clicks: what it is told of each call, the newest last.
type clicks struct {
	o    *office.Office
	desk *clicktodial.Desk
	told map[string][]clicktodial.Call
}

// pages are those of the offices that are played, by their agents.
var pages sync.Map

// pageOf is the page of an office.
func pageOf(o *office.Office) *clicks {
	page, _ := pages.Load(o.Agent("click"))
	p := page.(*clicks)
	p.o = o
	return p
}

// options are an office with the agent.
func options() office.Options {
	return office.Options{
		Digest: true, Lasts: map[string]time.Duration{"prompt:en/busy-here": 3 * time.Second},
		Server: func(c *domain.Config) {
			p := &clicks{told: map[string][]clicktodial.Call{}}
			c.Inside = []domain.Agent{{
				Name: "click", Settings: ua.Settings{ContactParams: clicktodial.ContactParams},
				Install: func(a *ua.Agent) {
					pages.Store(a, p)
					p.desk = clicktodial.Install(a, clicktodial.Settings{Domain: "example.test", Language: "en", Changed: func(c clicktodial.Call) {
						p.told[c.ID] = append(p.told[c.ID], c)
					}})
				},
				Record: func(record any) { p.desk.Record(record) },
			}}
		},
	}
}

// click is a step: bob clicks on somebody.
func (p *clicks) click(id, target string, phone clicktodial.Phone) func() error {
	return func() error {
		if phone.URI == "" {
			phone.URI = p.o.Desk("bob").Agent().ContactURI()
		}
		p.o.Inside("click", func(*ua.Agent) {
			p.desk.Place(clicktodial.Wish{ID: id, User: "bob", Target: office.AOR(target), Shown: target, Phone: phone})
		})
		return nil
	}
}

func (p *clicks) cancel(id string) func() error {
	return func() error {
		p.o.Inside("click", func(*ua.Agent) { p.desk.Cancel(id) })
		return p.o.Pause()
	}
}

func (p *clicks) last(id string) clicktodial.Call {
	if told := p.told[id]; len(told) > 0 {
		return told[len(told)-1]
	}
	return clicktodial.Call{}
}

// until is a step: wait for a status of a call.
func (p *clicks) until(id string, status clicktodial.Status) func() error {
	return func() error {
		if err := p.o.RunUntil(func() bool { return p.last(id).Status == status }, 10*time.Minute); err != nil {
			return fmt.Errorf("%s does not become %s but is %+v: %w", id, status, p.last(id), err)
		}
		return nil
	}
}

// over is a step: wait until a call is over, however it ends.
func (p *clicks) over(id string) func() error {
	return func() error {
		return p.o.RunUntil(func() bool { return p.last(id).Status.Final() }, 10*time.Minute)
	}
}

// event is a step: wait for a step of a call.
func (p *clicks) event(id string, event clicktodial.Event) func() error {
	return func() error {
		return p.o.RunUntil(func() bool {
			for _, step := range p.last(id).Steps {
				if step.Event == event {
					return true
				}
			}
			return false
		}, 10*time.Minute)
	}
}

// steps holds what was told of a call to what is wanted: its events, and the code. That it rings may be lost on the way.
func (p *clicks) steps(id string, want string) func() error {
	return func() error {
		c := p.last(id)
		var got []string
		for _, step := range c.Steps {
			if step.Event != clicktodial.PhoneRings && step.Event != clicktodial.TargetRings {
				got = append(got, string(step.Event))
			}
		}
		if c.Code != 0 {
			got = append(got, fmt.Sprint(c.Code))
		}
		if text := strings.Join(got, " "); text != want {
			return fmt.Errorf("%s: steps %q, want %q", id, text, want)
		}
		return nil
	}
}

// leaves is a step: somebody hangs up everything.
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

func rings(o *office.Office, who string) func() error {
	return func() error {
		return o.RunUntil(func() bool {
			list := o.Desk(who).Agent().Calls()
			return len(list) > 0 && list[0].State == ua.Alerting
		}, 10*time.Minute)
	}
}

// refuses is a step: bob's phone refuses what is true of a request.
func refuses(o *office.Office, code int, what func(m *sip.Message) bool) func() error {
	return func() error {
		o.Desk("bob").Refuse(func(m *sip.Message) int {
			if what(m) {
				return code
			}
			return 0
		})
		return nil
	}
}

// told is a step: bob's phone was told why it was hung up (RFC 3326).
func told(o *office.Office, code int) func() error {
	return func() error {
		for _, e := range o.Desk("bob").Events {
			if e.Kind == ua.Ended && e.Code == code {
				return nil
			}
		}
		return fmt.Errorf("no reason: %+v", o.Desk("bob").Events)
	}
}

func isRefer(m *sip.Message) bool { return m.Method() == sip.REFER }

var (
	gruu  = clicktodial.Phone{GRUU: true, Refer: true}
	plain = clicktodial.Phone{GRUU: true}
)

const bobCarol = "bob hears carol\ncarol hears bob"

type scene struct {
	play.Scene
	rootless bool // phones have no GRUU
	steps    func(p *clicks) []func() error
}

func run(t *testing.T, scenes []scene) {
	for _, s := range scenes {
		s.Desks, s.Office = []string{"bob", "server", "carol"}, options()
		s.Office.Rootless = s.rootless
		s.Play = func(o *office.Office) error {
			p := pageOf(o)
			for _, name := range []string{"bob", "carol"} {
				if s.Roles.Refer == nil {
					o.Desk(name).Do(func(a *ua.Agent) { order.Install(a, a.Handlers()) })
				}
			}
			defer pages.Delete(o.Agent("click"))
			return office.InOrder(s.steps(p)...)
		}
		s.Run(t)
	}
}

// TestReferred: RFC 5359 section 2.18, and what becomes of it.
func TestReferred(t *testing.T) {
	never := map[string]office.Manner{"carol": {Never: true}}
	run(t, []scene{
		{
			Scene: play.Scene{Name: "referred", Title: "RFC 5359 section 2.18: Bob clicks on Carol, and his phone calls her", Golden: true, Documents: "refer.go", Hears: bobCarol},
			steps: func(p *clicks) []func() error {
				return []func() error{
					p.click("1", "carol", gruu), p.until("1", clicktodial.InProgress), p.o.Pause,
					p.steps("1", "phone-asked phone-accepted target-called target-answered connected"),
				}
			},
		},
		{
			Scene: play.Scene{Name: "referred-ended", Title: "Carol hangs up", Golden: true},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", gruu), p.until("1", clicktodial.InProgress), p.o.Pause, leaves(p.o, "carol"), p.until("1", clicktodial.Completed)}
			},
		},
		{
			Scene: play.Scene{Name: "referred-busy", Title: "Carol is busy", Golden: true, Manners: map[string]office.Manner{"carol": {Code: 486}}},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", gruu), p.until("1", clicktodial.Busy), p.o.Pause}
			},
		},
		{
			Scene: play.Scene{Name: "referred-left", Title: "Bob hangs up while Carol's phone rings", Golden: true, Manners: never},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", gruu), rings(p.o, "carol"), p.o.Pause, leaves(p.o, "bob"), p.until("1", clicktodial.Canceled)}
			},
		},
		{
			Scene: play.Scene{Name: "referred-canceled", Title: "Bob cancels at the page while Carol's phone rings", Golden: true, Manners: never},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", gruu), p.until("1", clicktodial.Ringing), p.o.Pause, p.cancel("1"), p.until("1", clicktodial.Canceled)}
			},
		},
		{
			Scene: play.Scene{Name: "referred-canceled-talking", Title: "Bob ends the call at the page", Golden: true, Documents: "giveup.go"},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", gruu), p.until("1", clicktodial.InProgress), p.o.Pause, p.cancel("1"), p.until("1", clicktodial.Completed)}
			},
		},
		{
			Scene: play.Scene{Name: "referred-twice", Title: "Two clicks on Carol: the second call is another one", Manners: never},
			steps: func(p *clicks) []func() error {
				return []func() error{
					p.click("1", "carol", gruu), p.until("1", clicktodial.Ringing), p.click("2", "carol", gruu), p.until("2", clicktodial.Ringing), p.o.Pause,
					leaves(p.o, "bob"), p.until("1", clicktodial.Canceled), p.until("2", clicktodial.Canceled),
				}
			},
		},
		{
			Scene: play.Scene{Name: "referred-lost", Title: "Bob's phone accepts, and does not call", Roles: ua.Handlers{Refer: (*ua.Referral).Accept}},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", gruu), p.until("1", clicktodial.NoAnswer), p.steps("1", "phone-asked phone-accepted ended 408")}
			},
		},
	})
}

// TestConnected: RFC 3725 flow IV, and what its section 6 says of refusals.
func TestConnected(t *testing.T) {
	never := map[string]office.Manner{"carol": {Never: true}}
	scenes := []scene{
		{
			Scene: play.Scene{Name: "connected", Title: "RFC 3725 section 4.4: Bob's phone is called without media, and then Carol", Golden: true, Documents: "connect.go", Hears: bobCarol},
			steps: func(p *clicks) []func() error {
				return []func() error{
					p.click("1", "carol", plain), p.until("1", clicktodial.InProgress), p.o.Pause,
					p.steps("1", "phone-called phone-answered target-called target-answered connected"),
				}
			},
		},
		{
			Scene: play.Scene{Name: "connected-refer-refused", Title: "Bob's phone takes no REFER: it is called", Golden: true, Hears: bobCarol},
			steps: func(p *clicks) []func() error {
				return []func() error{
					refuses(p.o, 405, isRefer), p.click("1", "carol", gruu), p.until("1", clicktodial.InProgress), p.o.Pause,
					p.steps("1", "phone-asked phone-refused phone-called phone-answered target-called target-answered connected"),
				}
			},
		},
		{
			Scene: play.Scene{Name: "connected-media", Title: "Bob's phone takes no session without media: it hears Carol's ring", Golden: true, Hears: bobCarol},
			steps: func(p *clicks) []func() error {
				return []func() error{
					refuses(p.o, 488, func(m *sip.Message) bool { return m.Method() == sip.INVITE && !strings.Contains(m.Body(), "m=") }),
					p.click("1", "carol", plain),
					func() error {
						return p.o.RunUntil(func() bool { return strings.Contains(p.o.Hearing(), "bob hears click's tone:ringback") }, time.Minute)
					},
					p.until("1", clicktodial.InProgress), p.o.Pause,
				}
			},
		},
		{
			Scene: play.Scene{Name: "connected-busy", Title: "Carol is busy: Bob's phone is told so", Golden: true, Manners: map[string]office.Manner{"carol": {Code: 486}}},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", plain), p.until("1", clicktodial.Busy), p.o.Pause, told(p.o, 486)}
			},
		},
		{
			Scene: play.Scene{Name: "connected-rootless", Title: "Bob's phone has no GRUU: it is called by its address", Hears: bobCarol}, rootless: true,
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", clicktodial.Phone{Refer: true}), p.until("1", clicktodial.InProgress), p.o.Pause}
			},
		},
		{
			Scene: play.Scene{Name: "connected-phone-busy", Title: "Bob's phone is busy", Golden: true, Manners: map[string]office.Manner{"bob": {Code: 486}}},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", plain), p.until("1", clicktodial.Busy), p.steps("1", "phone-called ended 486")}
			},
		},
		{
			Scene: play.Scene{Name: "connected-phone-unanswered", Title: "Bob does not answer", Golden: true, Manners: map[string]office.Manner{"bob": {Never: true}}},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", plain), p.until("1", clicktodial.NoAnswer), p.o.Pause}
			},
		},
		{
			Scene: play.Scene{Name: "connected-unanswered", Title: "Carol does not answer", Golden: true, Manners: never},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", plain), p.until("1", clicktodial.NoAnswer), p.o.Pause}
			},
		},
		{
			Scene: play.Scene{Name: "connected-left", Title: "Bob hangs up while Carol's phone rings", Golden: true, Manners: never},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", plain), p.until("1", clicktodial.Ringing), p.o.Pause, leaves(p.o, "bob"), p.until("1", clicktodial.Canceled)}
			},
		},
		{
			Scene: play.Scene{Name: "connected-canceled-phone", Title: "Bob cancels at the page while his phone rings", Golden: true, Manners: map[string]office.Manner{"bob": {Never: true}}},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", plain), p.event("1", clicktodial.PhoneRings), p.o.Pause, p.cancel("1"), p.until("1", clicktodial.Canceled)}
			},
		},
		{
			Scene: play.Scene{Name: "connected-canceled", Title: "Bob cancels at the page while Carol's phone rings", Golden: true, Manners: never},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", plain), p.until("1", clicktodial.Ringing), p.o.Pause, p.cancel("1"), p.until("1", clicktodial.Canceled)}
			},
		},
	}
	scenes = append(scenes, []scene{
		{
			Scene: play.Scene{Name: "connected-declined", Title: "Carol declines", Golden: true, Manners: map[string]office.Manner{"carol": {Code: 603}}},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", plain), p.until("1", clicktodial.Failed), p.o.Pause, p.steps("1", "phone-called phone-answered target-called ended 603")}
			},
		},
		{
			Scene: play.Scene{Name: "connected-nothing-common", Title: "Bob's phone can't take what Carol's offers: both are hung up", Golden: true},
			steps: func(p *clicks) []func() error {
				return []func() error{
					refuses(p.o, 488, func(m *sip.Message) bool { return m.Method() == sip.INVITE && m.ToTag() != "" }),
					p.click("1", "carol", plain), p.until("1", clicktodial.Failed), p.o.Pause,
				}
			},
		},
		{
			Scene: play.Scene{Name: "connected-media-busy", Title: "Bob's phone has media with the agent, and hears that Carol is busy", Golden: true, Manners: map[string]office.Manner{"carol": {Code: 486}}},
			steps: func(p *clicks) []func() error {
				return []func() error{
					refuses(p.o, 488, func(m *sip.Message) bool { return m.Method() == sip.INVITE && !strings.Contains(m.Body(), "m=") }),
					p.click("1", "carol", plain),
					func() error {
						return p.o.RunUntil(func() bool { return strings.Contains(p.o.Hearing(), "bob hears click's prompt:en/busy-here") }, time.Minute)
					},
					p.until("1", clicktodial.Busy), p.o.Pause,
				}
			},
		},
		{
			Scene: play.Scene{Name: "connected-left-answering", Title: "Bob hangs up as Carol answers"},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", plain), p.event("1", clicktodial.TargetAnswered), leaves(p.o, "bob"), p.over("1")}
			},
		},
		{
			Scene: play.Scene{Name: "connected-canceled-answering", Title: "Bob cancels at the page as Carol answers"},
			steps: func(p *clicks) []func() error {
				return []func() error{p.click("1", "carol", plain), p.event("1", clicktodial.TargetAnswered), p.cancel("1"), p.over("1")}
			},
		},
	}...)
	run(t, append(scenes, during()...))
}

// during are scenes of calls that stand.
func during() []scene {
	talking := func(p *clicks, steps ...func() error) []func() error {
		return append([]func() error{p.click("1", "carol", plain), p.until("1", clicktodial.InProgress), p.o.Pause}, steps...)
	}
	modify := func(o *office.Office, who string, act func(c *ua.Call, t *task.Task) error) func() error {
		return func() error {
			if err := o.Act(who, func(t *task.Task, a *ua.Agent) error { return act(a.Calls()[0], t) }); err != nil {
				return err
			}
			return o.Pause()
		}
	}
	hears := func(o *office.Office, what string) func() error { return func() error { return o.Hears(what) } }
	return []scene{
		{
			Scene: play.Scene{Name: "connected-held", Title: "Bob holds Carol, and takes her back", Golden: true, Hears: bobCarol},
			steps: func(p *clicks) []func() error {
				return talking(p, modify(p.o, "bob", (*ua.Call).Hold), hears(p.o, ""), modify(p.o, "bob", (*ua.Call).Resume))
			},
		},
		{
			Scene: play.Scene{Name: "connected-held-by-target", Title: "Carol holds Bob, and takes him back", Hears: bobCarol},
			steps: func(p *clicks) []func() error {
				return talking(p, modify(p.o, "carol", (*ua.Call).Hold), hears(p.o, ""), modify(p.o, "carol", (*ua.Call).Resume))
			},
		},
		{
			Scene: play.Scene{Name: "connected-renegotiated", Title: "Bob's phone asks for an offer", Hears: bobCarol},
			steps: func(p *clicks) []func() error { return talking(p, modify(p.o, "bob", (*ua.Call).Renegotiate)) },
		},
		{
			Scene: play.Scene{Name: "connected-ended-phone", Title: "Bob hangs up", Golden: true},
			steps: func(p *clicks) []func() error {
				return talking(p, leaves(p.o, "bob"), p.until("1", clicktodial.Completed))
			},
		},
		{
			Scene: play.Scene{Name: "connected-ended", Title: "Carol hangs up"},
			steps: func(p *clicks) []func() error {
				return talking(p, leaves(p.o, "carol"), p.until("1", clicktodial.Completed))
			},
		},
		{
			Scene: play.Scene{Name: "connected-ended-page", Title: "Bob ends the call at the page"},
			steps: func(p *clicks) []func() error { return talking(p, p.cancel("1"), p.until("1", clicktodial.Completed)) },
		},
	}
}

// TestPermissions: a call that the agent connects is the user's, with that user's permissions.
func TestPermissions(t *testing.T) {
	for _, test := range []struct {
		reason  string
		routing directory.Routing
		target  string
		code    int
	}{
		{"a number that bob may not call", directory.Routing{Outgoing: directory.Outgoing{Class: directory.ClassInternal}}, "sip:+493012345@example.test", 403},
		{"one that he may, and nobody leads to", directory.Routing{Outgoing: directory.Outgoing{Class: directory.ClassInternational}}, "sip:+493012345@example.test", 404},
		{"whose permissions the address names", directory.Routing{Outgoing: directory.Outgoing{Class: directory.ClassInternal}}, "sip:+493012345@example.test;payer=carol", 403},
	} {
		with := options()
		install := with.Server
		with.Server = func(c *domain.Config) {
			install(c)
			c.Services = order.Routes
			c.Routing = map[string]*directory.Routing{"bob": &test.routing, "carol": {Outgoing: directory.Outgoing{Class: directory.ClassInternational}}}
			c.Normalize = func(dialled string) (string, directory.Class, bool) {
				return dialled, directory.ClassInternational, strings.HasPrefix(dialled, "+")
			}
		}
		o := office.New(sim.New(sim.Config{}), with, "bob", "server", "carol")
		o.Staff(ua.Handlers{}, nil)
		p := pageOf(o)
		uri, _, err := clicktodial.Address(test.target, "example.test")
		if err != nil {
			t.Fatal(err)
		}
		o.Inside("click", func(*ua.Agent) {
			p.desk.Place(clicktodial.Wish{ID: "1", User: "bob", Target: uri, Shown: uri, Phone: clicktodial.Phone{URI: o.Desk("bob").Agent().ContactURI(), GRUU: true}})
		})
		if err := p.over("1")(); err != nil {
			t.Fatal(err)
		}
		if got := p.last("1"); got.Status != clicktodial.Failed || got.Code != test.code || got.ByPhone {
			t.Errorf("%s: %+v", test.reason, got)
		}
		if err := o.GoHome(); err != nil {
			t.Error(err)
		}
	}
}
