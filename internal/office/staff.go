package office

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Manner is what somebody does about a call that comes in. The zero value rings for a second and
// answers.
type Manner struct {
	Rings time.Duration // zero: a second
	Code  int           // then refuses with it; 0: answers
	Never bool          // rings on
	Sleep bool          // says nothing at all
	Plain bool          // takes no part in the services: nobody's roles are its, and it takes no UPDATE
}

// Staff gives every desk the same roles and each its manner; who is not named has the zero one.
func (o *Office) Staff(roles ua.Handlers, manners map[string]Manner) {
	for _, d := range o.desks {
		roles, manner := roles, manners[d.Name]
		if manner.Plain {
			roles = ua.Handlers{NoUpdate: true}
		}
		roles.Invite = manner.take
		if roles.Message == nil {
			roles.Message = func(ua.Letter) int { return 200 }
		}
		d.Do(func(a *ua.Agent) { a.Handle(roles) })
	}
}

func (m Manner) take(c *ua.Call) {
	if m.Sleep {
		return
	}
	c.Ring()
	if m.Never {
		return
	}
	c.Agent().Go("answer", func(t *task.Task) {
		t.Sleep(max(m.Rings, time.Second))
		if m.Code != 0 {
			c.Reject(sip.Answer{Code: m.Code})
			return
		}
		if c.Answer() == nil { // else the caller has given up
			c.Agent().Attend(c)
		}
	})
}

// patience is how long anything that somebody does may take.
const patience = 15 * time.Minute

// Act has somebody do something that takes a while, and waits for its end.
func (o *Office) Act(name string, do func(t *task.Task, a *ua.Agent) error) error {
	wait := o.Begin(name, do)
	return wait()
}

// Begin has somebody begin something; the function that it gives waits for its end.
func (o *Office) Begin(name string, do func(t *task.Task, a *ua.Agent) error) (wait func() error) {
	var result error
	over := false
	o.Desk(name).Do(func(a *ua.Agent) {
		a.Go("act", func(t *task.Task) {
			defer func() { over = true }()
			result = do(t, a)
		})
	})
	return func() error {
		if err := o.RunUntil(func() bool { return over }, patience); err != nil {
			return fmt.Errorf("%s is not done: %w", name, err)
		}
		return result
	}
}

// Pause lets time pass, long enough for everything that was begun to arrive on bad lines.
func (o *Office) Pause() error { return o.RunFor(40 * time.Second) }

// Do has somebody do something to the call with somebody else, and waits until all is quiet again.
func (o *Office) Do(who, with string, act func(t *task.Task, call *ua.Call) error) error {
	call := o.Desk(who).Call(with)
	if call == nil {
		return fmt.Errorf("%s has no call with %s", who, with)
	}
	if err := o.Act(who, func(t *task.Task, _ *ua.Agent) error { return act(t, call) }); err != nil {
		return err
	}
	return o.Pause()
}

// Meet has somebody call somebody else, and waits until they talk and all is quiet.
func (o *Office) Meet(from, to string) error {
	if _, err := o.Talk(from, to); err != nil {
		return err
	}
	return o.Pause()
}

// HangUp ends the call of two.
func (o *Office) HangUp(who, with string) error {
	call := o.Desk(who).Call(with)
	if call == nil {
		return fmt.Errorf("%s has no call with %s", who, with)
	}
	o.Desk(who).Do(func(*ua.Agent) { call.HangUp() })
	return o.Pause()
}

// ErrHearing tells that others hear each other than should.
var ErrHearing = errors.New("office: who hears whom")

// Hears holds who hears whom to what is wanted, as Hearing tells it.
func (o *Office) Hears(want string) error {
	if got := strings.TrimSpace(o.Hearing()); got != want {
		return fmt.Errorf("%w: got %q, want %q", ErrHearing, got, want)
	}
	return nil
}

// InOrder does one thing after another until one fails.
func InOrder(steps ...func() error) error {
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

// Refused wants an error with a response of that code.
func Refused(err error, code int) error {
	var status *sip.StatusError
	if !errors.As(err, &status) || status.Code != code {
		return fmt.Errorf("want a refusal with %d, got %w", code, errors.Join(err, errUnlike))
	}
	return nil
}

var errUnlike = errors.New("office: another outcome")

// Call is somebody's call with somebody else, nil when there is none.
func (d *Desk) Call(with string) *ua.Call {
	for _, c := range d.agent.Calls() {
		if c.Remote.URI == AOR(with) {
			return c
		}
	}
	return nil
}

// Leave has everybody hang up everything, and waits.
func (o *Office) Leave() error {
	for _, d := range o.desks {
		d.Do(func(a *ua.Agent) {
			for _, c := range a.Calls() {
				c.HangUp()
			}
		})
	}
	return o.RunFor(patience)
}

// GoHome has everybody hang up everything, and tells what is left behind then, nil for nothing.
func (o *Office) GoHome() error {
	if err := o.Leave(); err != nil {
		return err
	}
	var left []string
	for _, d := range o.desks {
		if load := d.agent.Load().String(); load != "" {
			left = append(left, d.Name+" has"+load)
		}
		if free := d.agent.Ports.Free(); free != portsOfADesk {
			left = append(left, fmt.Sprintf("%s has %d of %d ports", d.Name, free, portsOfADesk))
		}
		if nodes := d.party.patch.left(); nodes > 0 {
			left = append(left, fmt.Sprintf("%s has %d nodes of media", d.Name, nodes))
		}
	}
	left = append(left, o.leftInside()...)
	if o.Server != nil {
		servers, clients, _, dialogs := o.proxy().Pending()
		if servers+clients+dialogs > 0 {
			left = append(left, fmt.Sprintf("the server has %d and %d transactions, %d dialogs", servers, clients, dialogs))
		}
	}
	if len(left) > 0 {
		return errors.New("left behind: " + strings.Join(left, "; "))
	}
	return nil
}

// Told tells whether the phone told of something since the ladder began.
func (d *Desk) Told(kind ua.Kind) bool {
	for _, e := range d.Events {
		if e.Kind == kind {
			return true
		}
	}
	return false
}
