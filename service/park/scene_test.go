package park_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/order"
	"hookflash/service/park"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Who hears whom.
const (
	aliceBob   = "alice hears bob\nbob hears alice"
	aliceCarol = "alice hears carol\ncarol hears alice"
	aliceDave  = "alice hears dave\ndave hears alice"
	bobCarol   = "bob hears carol\ncarol hears bob"
	music      = "alice hears park's music:default"
)

// view is who is in the domain.
type view struct{ groups map[string][]string }

func (view) User(name string) *directory.User {
	if slices.Contains([]string{"alice", "bob", "carol", "dave"}, name) {
		return &directory.User{Name: name}
	}
	return nil
}

func (v view) Group(name string) *directory.Group {
	if members := v.groups[name]; members != nil {
		return &directory.Group{Name: name, Members: members}
	}
	return nil
}
func (view) Number(string) string                { return "" }
func (view) Calendar(string) *directory.Calendar { return nil }

func settings(change func(s *park.Settings)) park.Settings {
	s := park.Settings{
		Domain: "example.test", Users: view{map[string][]string{"sales": {"carol", "dave"}}}, Number: "700",
		Orbits: []park.Orbit{
			{Name: "all", Slots: []string{"701", "702"}, Timeout: time.Hour},
			{Name: "valet", Slots: []string{"5900", "5907"}, Timeout: time.Hour, Valet: true},
			{Name: "sales", Slots: []string{"721"}, Timeout: time.Hour, Music: "jazz", Members: []string{"sales"}},
		},
	}
	if change != nil {
		change(&s)
	}
	return s
}

// parking is a domain with the park.
func parking(change func(s *park.Settings)) office.Options {
	s := settings(change)
	return office.Options{Digest: true, Server: func(c *domain.Config) {
		c.Alias = park.Alias(s)
		c.Inside = []domain.Agent{{
			Name: "park", Settings: ua.Settings{ContactParams: park.ContactParams}, Install: func(a *ua.Agent) { park.Install(a, s) },
		}}
	}}
}

// roles are what every phone here can.
var roles = func() ua.Handlers {
	a := ua.New(ua.Settings{}, time.Unix(0, 0))
	order.Install(a, ua.Handlers{})
	return ua.Handlers{Refer: a.Handlers().Refer, Replace: a.Handlers().Replace}
}()

// does is a service of the phone.
func does(t *task.Task, name string, r order.Request) error {
	action, ok := order.Find(name)
	if !ok {
		return errUnlike
	}
	return action.Run(t, r)
}

// run plays scenes with them.
func run(t *testing.T, scenes []play.Scene) {
	t.Helper()
	for _, s := range scenes {
		if s.Roles.Refer == nil {
			s.Roles = roles
		}
		if s.Office.Server == nil {
			s.Office = parking(nil)
		}
		if s.Desks == nil {
			s.Desks = []string{"alice", "server", "bob", "carol"}
		}
		s.Run(t)
	}
}

// meets is how scenes begin: alice has called bob.
func meets(o *office.Office) func() error {
	return func() error {
		return office.InOrder(func() error { return o.Meet("alice", "bob") }, func() error { return o.Hears(aliceBob) })
	}
}

func hears(o *office.Office, want string) func() error { return func() error { return o.Hears(want) } }

// parks has bob park alice.
func parks(o *office.Office, place, want string) func() error {
	return func() error {
		var parked string
		return office.InOrder(func() error {
			return o.Do("bob", "alice", func(t *task.Task, call *ua.Call) (err error) {
				parked, err = park.Park(t, call, place)
				return err
			})
		}, func() error {
			if parked != want {
				return fmt.Errorf("%w: parked at %q", errUnlike, parked)
			}
			return nil
		})
	}
}

var errUnlike = errors.New("not as it should be")

// refused has bob park alice, and fail.
func refused(o *office.Office, place string, code int) func() error {
	return func() error {
		return o.Do("bob", "alice", office.Refuses(func(t *task.Task, call *ua.Call) error {
			_, err := park.Park(t, call, place)
			return err
		}, code))
	}
}

// unparks has somebody take what is parked.
func unparks(o *office.Office, who, place string) func() error {
	return func() error {
		return office.InOrder(func() error {
			return o.Act(who, func(t *task.Task, a *ua.Agent) error {
				_, err := park.Unpark(t, a, place)
				return err
			})
		}, o.Pause)
	}
}

// calls has somebody call a number, and wait for what becomes of it: 0 for an answer.
func calls(o *office.Office, who, number string, code int) func() error {
	return func() error {
		return office.InOrder(func() error {
			return o.Act(who, func(t *task.Task, a *ua.Agent) error {
				c, err := a.Invite(ua.Invitation{Target: office.AOR(number)})
				if err == nil {
					err = c.Settle(t)
				}
				switch {
				case code != 0:
					return office.Refused(err, code)
				case err == nil:
					a.Attend(c)
				}
				return err
			})
		}, o.Pause)
	}
}

// transfers has bob transfer alice.
func transfers(o *office.Office, to string, code int) func() error {
	act := func(t *task.Task, call *ua.Call) error {
		return does(t, "transfer", order.Request{Call: call, Target: office.AOR(to)})
	}
	if code != 0 {
		act = office.Refuses(act, code)
	}
	return func() error { return o.Do("bob", "alice", act) }
}

func inOrder(o *office.Office, steps ...func() error) error {
	return office.InOrder(append([]func() error{meets(o)}, steps...)...)
}

// refuses has a desk refuse INVITEs with Replaces.
func refuses(o *office.Office, who string, code int) {
	o.Desk(who).Refuse(func(m *sip.Message) int {
		if m.Method() == sip.INVITE && m.Has(sip.HeaderReplaces) {
			return code
		}
		return 0
	})
}

func waits(o *office.Office, d time.Duration) func() error {
	return func() error { return o.RunFor(d) }
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

func parksAt(place string) office.Act {
	return func(t *task.Task, call *ua.Call) error {
		_, err := park.Park(t, call, place)
		return err
	}
}

// parksOrNot may fail.
func parksOrNot(place string) office.Act {
	return func(t *task.Task, call *ua.Call) error {
		_, _ = park.Park(t, call, place)
		return nil
	}
}

// consults has bob hold alice and call a number.
func consults(o *office.Office, number string) func() error {
	return func() error {
		return o.Act("bob", func(t *task.Task, a *ua.Agent) error {
			if err := o.Desk("bob").Call("alice").Hold(t); err != nil {
				return err
			}
			c, err := a.Invite(ua.Invitation{Target: office.AOR(number)})
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

// until lets time pass until somebody hears something.
func until(o *office.Office, heard string) func() error {
	return func() error {
		return o.RunUntil(func() bool { return strings.Contains(o.Hearing(), heard) }, 5*time.Minute)
	}
}

// completes has him hand alice over.
func completes(o *office.Office, code int) func() error {
	act := func(t *task.Task, call *ua.Call) error {
		return does(t, "attended", order.Request{Call: call, Other: o.Desk("bob").Call("700")})
	}
	if code != 0 {
		act = office.Refuses(act, code)
	}
	return func() error { return o.Do("bob", "alice", act) }
}

func resumes(o *office.Office) func() error {
	return func() error {
		return o.Do("bob", "alice", func(t *task.Task, call *ua.Call) error {
			o.Desk("bob").Agent().Attend(call)
			return call.Resume(t)
		})
	}
}

type doing = func(t *task.Task, a *ua.Agent) error

// callsOrNot calls a number, which may fail.
func callsOrNot(number string) doing {
	return func(t *task.Task, a *ua.Agent) error {
		c, err := a.Invite(ua.Invitation{Target: office.AOR(number)})
		if err == nil && c.Settle(t) == nil {
			a.Attend(c)
		}
		return err
	}
}

func unparksOrNot(place string) doing {
	return func(t *task.Task, a *ua.Agent) error {
		_, _ = park.Unpark(t, a, place)
		return nil
	}
}

// both has carol and dave do something at once, of whom one gets alice.
func both(o *office.Office, do doing) func() error {
	return func() error {
		carol, dave := o.Begin("carol", do), o.Begin("dave", do)
		if err := office.InOrder(carol, dave, o.Pause); err != nil {
			return err
		}
		if heard := strings.TrimSpace(o.Hearing()); heard != aliceCarol && heard != aliceDave {
			return fmt.Errorf("%w: %q", errUnlike, heard)
		}
		return nil
	}
}

func unparksRefused(o *office.Office, who, place string, code int) func() error {
	return func() error {
		return office.InOrder(func() error {
			return o.Act(who, func(t *task.Task, a *ua.Agent) error {
				_, err := park.Unpark(t, a, place)
				return office.Refused(err, code)
			})
		}, o.Pause)
	}
}
