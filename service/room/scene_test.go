package room_test

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
	"hookflash/service/order"
	"hookflash/service/room"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

const (
	agent        = "sip:conference@example.test"
	pinOfAll     = "482913"
	moderatorPIN = "739164"
)

// Who hears whom.
const (
	aliceBob = "alice hears bob\nbob hears alice"
	three    = "alice hears bob, carol\nbob hears alice, carol\ncarol hears alice, bob"
	alone    = "alice hears conference's music:default"
)

// view is who is in the domain.
type view struct{}

func (view) User(name string) *directory.User {
	if strings.Contains(" alice bob carol dave ", " "+name+" ") {
		return &directory.User{Name: name}
	}
	return nil
}

func (view) Group(name string) *directory.Group {
	if name == "sales" {
		return &directory.Group{Name: name, Members: []string{"carol", "dave"}}
	}
	return nil
}
func (view) Number(string) string                { return "" }
func (view) Calendar(string) *directory.Calendar { return nil }

func hash(pin string) string { return "pin:" + pin }

// settings are the rooms of the tests, by what is special about them.
func settings(change func(s *room.Settings)) room.Settings {
	s := room.Settings{
		Domain: "example.test", Users: view{}, Number: "3000", AdHoc: []string{"3001", "3002"}, Music: "default",
		CheckPIN: func(h, pin string) bool { return h == hash(pin) },
		Sink:     func(name string, _ time.Time) string { return "file:" + name },
		Rooms: []room.Room{
			{Number: "3100", Name: "team", Title: "The team", Moderators: []string{"alice"}, MembersInvite: true},
			{Number: "3101", PIN: hash(pinOfAll), ModeratorPIN: hash(moderatorPIN), Members: []string{"sales"}},
			{Number: "3102", Moderators: []string{"alice"}, Wait: true, Entry: room.None, Exit: room.None},
			{Number: "3103", Limit: 2, Moderators: []string{"alice"}},
			{Number: "3104", Moderators: []string{"alice"}, Dial: []string{"bob", "carol"}},
			{Number: "3105", Moderators: []string{"alice"}, Members: []string{"sales"}},
			{Number: "3106", Moderators: []string{"alice"}, Locked: true, Entry: room.Prompt, Exit: room.Prompt},
		},
	}
	if change != nil {
		change(&s)
	}
	return s
}

// houses are the services of each office, by the agent in it.
var houses sync.Map

func serviceOf(o *office.Office) *room.Service {
	found, _ := houses.Load(o.Agent("conference"))
	return found.(*room.Service)
}

// rooms is a domain with them.
func rooms(change func(s *room.Settings)) office.Options {
	s := settings(change)
	return office.Options{Digest: true, Lasts: map[string]time.Duration{"tone:beep": 400 * time.Millisecond}, Server: func(c *domain.Config) {
		c.Alias = room.Alias(s, nil)
		c.Services, c.Assistants = order.Routes, map[string][]string{"alice": {"carol"}}
		c.Routing = map[string]*directory.Routing{
			"alice": {Outgoing: directory.Outgoing{Class: directory.ClassInternal}}, "bob": {Numbers: []string{"1002"}},
		}
		c.Normalize = func(dialled string) (string, directory.Class, bool) {
			return "+4930" + dialled, directory.ClassNational, len(dialled) == 7
		}
		c.Inside = []domain.Agent{{
			Name: "conference", Settings: ua.Settings{ContactParams: room.ContactParams},
			Install: func(a *ua.Agent) { houses.Store(a, room.Install(a, s)) },
		}}
	}}
}

// roles are what every phone here can.
var roles = func() ua.Handlers {
	a := ua.New(ua.Settings{}, time.Unix(0, 0))
	order.Install(a, ua.Handlers{})
	return ua.Handlers{Refer: a.Handlers().Refer, Replace: a.Handlers().Replace, Join: a.Handlers().Join}
}()

// run plays scenes with them.
func run(t *testing.T, scenes []play.Scene) {
	t.Helper()
	for _, s := range scenes {
		if s.Roles.Refer == nil {
			s.Roles = roles
		}
		if s.Office.Server == nil {
			s.Office = rooms(nil)
		}
		if s.Desks == nil {
			s.Desks = []string{"alice", "server", "bob", "carol"}
		}
		s.Run(t)
	}
}

// call has somebody call a number, and wait for the answer.
func call(o *office.Office, who, number string) func() error {
	return func() error {
		target := number
		if !strings.HasPrefix(target, "sip:") {
			target = office.AOR(number)
		}
		return o.Act(who, func(t *task.Task, a *ua.Agent) error {
			c, err := a.Invite(ua.Invitation{Target: target})
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

// in has several call a number, one after the other.
func in(o *office.Office, number string, who ...string) func() error {
	return func() error {
		for _, name := range who {
			if err := office.InOrder(call(o, name, number), o.Pause); err != nil {
				return fmt.Errorf("%s calls %s: %w", name, number, err)
			}
		}
		return nil
	}
}

func refused(o *office.Office, who, number string, code int) func() error {
	return func() error {
		return office.InOrder(func() error { return office.Refused(call(o, who, number)(), code) }, o.Pause)
	}
}

// callOf is somebody's call with the rooms.
func callOf(o *office.Office, who string) *ua.Call {
	calls := o.Desk(who).Agent().Calls()
	if len(calls) == 0 {
		return nil
	}
	return calls[len(calls)-1]
}

// leaves has somebody hang up everything.
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

// presses has somebody press keys in their call, when all is quiet.
func presses(o *office.Office, who, digits string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) {
			if c := callOf(o, who); c != nil {
				c.Dial(digits, 100*time.Millisecond)
			}
		})
		return o.Pause()
	}
}

// types has somebody press keys, and waits until they hear something then.
func types(o *office.Office, who, digits, line string) func() error {
	return func() error {
		o.Desk(who).Do(func(*ua.Agent) {
			if c := callOf(o, who); c != nil {
				c.Dial(digits, 100*time.Millisecond)
			}
		})
		return until(o, line)()
	}
}

func hears(o *office.Office, want string) func() error { return func() error { return o.Hears(want) } }

// until waits until somebody hears something.
func until(o *office.Office, line string) func() error {
	return func() error {
		heard := func() bool { return strings.Contains("\n"+o.Hearing()+"\n", "\n"+line+"\n") }
		if err := o.RunUntil(heard, 5*time.Minute); err != nil {
			return fmt.Errorf("%q: %w; instead %q", line, err, o.Hearing())
		}
		return nil
	}
}

// refers has somebody refer the room to somebody else, within their call.
func refers(o *office.Office, who, target string, code int) func() error {
	return func() error {
		return office.InOrder(func() error {
			err := o.Act(who, func(t *task.Task, a *ua.Agent) error {
				r, err := callOf(o, who).Refer(t, ua.Reference{Target: target})
				if err != nil {
					return err
				}
				defer r.Close()
				return final(t, r)
			})
			if code == 0 {
				return err
			}
			return office.Refused(err, code)
		}, o.Pause)
	}
}

// inside does something to the rooms.
func inside(o *office.Office, do func(s *room.Service) error) func() error {
	return func() error {
		var err error
		o.Inside("conference", func(*ua.Agent) { err = do(serviceOf(o)) })
		if err != nil {
			return err
		}
		return o.Pause()
	}
}

func acts(o *office.Office, a room.Act) func() error {
	return inside(o, func(s *room.Service) error { return s.Do(a) })
}

// unlike tells that something is not as it should be.
func unlike(got any) error { return fmt.Errorf("not as it should be: %+v", got) }

func standing(o *office.Office, name string) room.Standing {
	st, _ := serviceOf(o).Find(name)
	return st
}

// gone waits until the rooms have hung somebody up.
func gone(o *office.Office, who string) func() error {
	return func() error {
		if err := o.RunUntil(func() bool { return len(o.Desk(who).Agent().Calls()) == 0 }, 5*time.Minute); err != nil {
			return fmt.Errorf("%s is still there: %w", who, err)
		}
		return o.Pause()
	}
}

// refersOutside has somebody refer a room to somebody else, outside of any call.
func refersOutside(o *office.Office, who, number, target string, code int) func() error {
	return func() error {
		err := o.Act(who, func(t *task.Task, a *ua.Agent) error {
			r, err := a.Refer(t, office.AOR(number), ua.Reference{Target: target})
			if err != nil {
				return err
			}
			defer r.Close()
			return final(t, r)
		})
		if code != 0 {
			err = office.Refused(err, code)
		}
		return office.InOrder(func() error { return err }, o.Pause)
	}
}

// anyhow refers the room to somebody, whatever comes of it.
func anyhow(target string) office.Act {
	return func(t *task.Task, call *ua.Call) error {
		if r, err := call.Refer(t, ua.Reference{Target: target}); err == nil {
			defer r.Close()
			_ = final(t, r)
		}
		return nil
	}
}

// invites has somebody place a call, and attend to it.
func invites(o *office.Office, who string, i ua.Invitation) func() error {
	return func() error {
		return office.InOrder(func() error {
			return o.Act(who, func(t *task.Task, a *ua.Agent) error {
				c, err := a.Invite(i)
				if err == nil {
					err = c.Settle(t)
				}
				if err == nil {
					a.Attend(c)
				}
				return err
			})
		}, o.Pause)
	}
}

// transfers has somebody in a room call somebody else, and put them in the own place.
func transfers(o *office.Office, who, to string) func() error {
	return func() error {
		inRoom := callOf(o, who)
		return office.InOrder(
			func() error {
				return o.Act(who, func(t *task.Task, _ *ua.Agent) error { return inRoom.Hold(t) })
			},
			call(o, who, to), o.Pause,
			func() error {
				return o.Act(who, func(t *task.Task, _ *ua.Agent) error {
					d := inRoom.Dialog()
					r, err := callOf(o, who).Refer(t, ua.Reference{Target: d.Target, Replaces: sip.DialogID{CallID: d.CallID, LocalTag: d.RemoteTag, RemoteTag: d.LocalTag}})
					if err != nil {
						return err
					}
					defer r.Close()
					return final(t, r)
				})
			}, o.Pause, leaves(o, who))
	}
}

func holds(o *office.Office, who string, on bool) func() error {
	return func() error {
		return office.InOrder(func() error {
			return o.Act(who, func(t *task.Task, a *ua.Agent) error {
				c := callOf(o, who)
				if on {
					return c.Hold(t)
				}
				err := c.Resume(t)
				a.Attend(c)
				return err
			})
		}, o.Pause)
	}
}
