package recall_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/proxy"
	"hookflash/service/redial/recall"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Who hears whom.
const (
	aliceBob = "alice hears bob\nbob hears alice"
	agent    = "sip:redial@example.test"
)

// people is the directory of these scenes.
type people map[string]*directory.User

func (p people) User(name string) *directory.User      { return p[name] }
func (p people) Group(string) *directory.Group         { return nil }
func (p people) Calendar(string) *directory.Calendar   { return nil }
func (p people) Number(number string) (name string)    { return map[string]string{"1002": "bob"}[number] }
func (p people) set(name string, r *directory.Routing) { p[name].Routing = r }

// house is the agent of one office.
type house struct {
	*recall.Service
	people people
}

var houses sync.Map // by the agent

func houseOf(o *office.Office) *house {
	found, _ := houses.Load(o.Agent("redial"))
	return found.(*house)
}

// options are an office with the agent of redials, and one to talk with that others see nothing of.
func options(change func(s *recall.Settings)) office.Options {
	return office.Options{
		Server: func(c *domain.Config) {
			var h *house
			c.Packages = map[string]string{"call-completion": "redial"}
			c.Inside = []domain.Agent{
				{
					Name: "redial", Settings: ua.Settings{ContactParams: recall.ContactParams},
					Install: func(a *ua.Agent) {
						h = &house{people: people{}}
						for name := range c.Users {
							h.people[name] = &directory.User{Name: name}
						}
						settings := recall.Settings{Domain: "example.test", Users: h.people}
						if change != nil {
							change(&settings)
						}
						h.Service = recall.Install(a, settings)
						houses.Store(a, h)
					},
					Record: func(record any) { h.Record(record) },
				},
				{Name: "clock", Install: func(a *ua.Agent) {
					a.Handle(ua.Handlers{Invite: func(c *ua.Call) { _ = c.Answer() }})
				}},
			}
		},
		Lasts: map[string]time.Duration{"tone:ringback": time.Hour},
	}
}

// run plays scenes with phones that take one call at a time.
func run(t *testing.T, change func(s *recall.Settings), scenes ...play.Scene) {
	t.Helper()
	for _, s := range scenes {
		s.Office = options(change)
		if s.Desks == nil {
			s.Desks = []string{"alice", "server", "bob", "carol"}
		}
		acted := s.Play
		s.Play = func(o *office.Office) error {
			for _, name := range s.Desks {
				if name != "server" {
					furnish(o, name)
				}
			}
			return acted(o)
		}
		s.Run(t)
	}
}

func furnish(o *office.Office, name string) {
	o.Desk(name).Do(func(a *ua.Agent) {
		a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
			if len(a.Calls()) > 1 {
				c.Reject(sip.Answer{Code: 486})
				return
			}
			c.Ring()
			a.Go("answer", func(t *task.Task) {
				t.Sleep(time.Second)
				if c.Answer() == nil {
					a.Attend(c)
				}
			})
		}})
	})
}

// talks is what somebody does who calls, and waits for the answer.
func talks(target string) func(t *task.Task, a *ua.Agent) error {
	return func(t *task.Task, a *ua.Agent) error {
		c, err := a.Invite(ua.Invitation{Target: target})
		if err != nil {
			return err
		}
		if err := c.Settle(t); err != nil {
			return err
		}
		a.Attend(c)
		return nil
	}
}

// occupied is a step: somebody talks with the clock.
func occupied(o *office.Office, who string) func() error {
	return func() error {
		return office.InOrder(func() error { return o.Act(who, talks("sip:clock@example.test")) }, o.Pause, func() error { o.Forget(); return nil })
	}
}

// free is a step: the clock hangs up on everybody.
func free(o *office.Office) func() error {
	return func() error {
		o.Inside("clock", func(a *ua.Agent) {
			for _, c := range a.Calls() {
				c.HangUp()
			}
		})
		return nil
	}
}

// dials is a step: somebody calls the agent, hears what it says, and is hung up on.
func dials(o *office.Office, who, params, hears string) func() error {
	return func() error {
		if err := o.Act(who, talks(agent+params)); err != nil {
			return err
		}
		line := who + " hears redial's prompt:" + hears
		if err := o.RunUntil(func() bool { return o.Hearing() == line+"\n" || contains(o.Hearing(), line) }, time.Minute); err != nil {
			return fmt.Errorf("%q: %w, but %q", line, err, o.Hearing())
		}
		return o.RunUntil(func() bool { return len(o.Desk(who).Agent().Calls()) == 0 }, time.Minute)
	}
}

func contains(lines, line string) bool {
	for len(lines) > 0 {
		one := lines
		for i := range lines {
			if lines[i] == '\n' {
				one = lines[:i]
				break
			}
		}
		if one == line {
			return true
		}
		lines = lines[min(len(lines), len(one)+1):]
	}
	return false
}

// hears is a step: it waits until two hear each other.
func hears(o *office.Office, one, other string) func() error {
	return func() error {
		return o.RunUntil(func() bool {
			return contains(o.Hearing(), one+" hears "+other) && contains(o.Hearing(), other+" hears "+one)
		}, 10*time.Minute)
	}
}

func hangsUp(o *office.Office, who string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) {
			for _, c := range a.Calls() {
				c.HangUp()
			}
		})
		return o.RunFor(5 * time.Second)
	}
}

func after(o *office.Office, d time.Duration) func() error {
	return func() error { return o.RunFor(d) }
}

// waiting is a step: it wants so many requests to wait.
func waiting(o *office.Office, want int) func() error {
	return func() error {
		if all := houseOf(o).Requests(""); len(all) != want {
			return fmt.Errorf("%w: %+v, want %d", errRequests, all, want)
		}
		return nil
	}
}

var errRequests = errors.New("another number of requests")

// told is a step: the proxy tells of a call that failed.
func told(o *office.Office, record proxy.Refused) func() error {
	return func() error {
		o.Inside("redial", func(*ua.Agent) { houseOf(o).Record(record) })
		return nil
	}
}
