package conference_test

import (
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/conference"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Who hears whom.
const (
	aliceBob = "alice hears bob\nbob hears alice"
	bobCarol = "bob hears carol\ncarol hears bob"
	three    = "alice hears bob, carol\nbob hears alice, carol\ncarol hears alice, bob"
)

const patience = 15 * time.Minute

type act = func(t *task.Task, call *ua.Call) error

// run plays scenes in which every phone can be joined, and carol is bob's assistant, so that the server lets her.
func run(t *testing.T, scenes []play.Scene) {
	t.Helper()
	for _, s := range scenes {
		s.Roles = ua.Handlers{Join: conference.Joined}
		if s.Office.Server == nil {
			s.Office.Server = func(c *domain.Config) { c.Assistants = map[string][]string{"bob": {"carol"}} }
		}
		s.Run(t)
	}
}

// meeting is how every scene here begins: alice calls bob.
func meeting(steps func(o *office.Office) []func() error) func(o *office.Office) error {
	return func(o *office.Office) error {
		return office.InOrder(append([]func() error{func() error { return o.Meet("alice", "bob") }}, steps(o)...)...)
	}
}

// does is a step: somebody does something to the call with somebody else, and then it is as hears tells.
func does(o *office.Office, who, with string, act act, hears string) func() error {
	return func() error {
		if err := o.Do(who, with, act); err != nil {
			return err
		}
		return o.Hears(hears)
	}
}

func leaves(o *office.Office, who, with, hears string) func() error {
	return func() error {
		if err := o.HangUp(who, with); err != nil {
			return err
		}
		return o.Hears(hears)
	}
}

// refused is an act that wants to be refused.
func refused(act act, code int) act {
	return func(t *task.Task, call *ua.Call) error { return office.Refused(act(t, call), code) }
}

func holds(t *task.Task, call *ua.Call) error   { return call.Hold(t) }
func resumes(t *task.Task, call *ua.Call) error { return call.Resume(t) }

// stubborn has a desk refuse re-INVITEs from now on.
func stubborn(o *office.Office, who string, code int) func() error {
	return func() error {
		o.Desk(who).RefuseAgain(sip.INVITE, code)
		return nil
	}
}

// begins has somebody begin something, lets it go on until the condition is true, lets something else happen, and waits
// for the end of the first.
func begins(o *office.Office, who, with string, act act, until func() bool, then func() error) func() error {
	return func() error {
		call := o.Desk(who).Call(with)
		wait := o.Begin(who, func(t *task.Task, _ *ua.Agent) error { return act(t, call) })
		return office.InOrder(func() error { return o.RunUntil(until, patience) }, then, wait, o.Pause)
	}
}

// rings tells whether somebody's phone rings.
func rings(o *office.Office, caller, called string) func() bool {
	return func() bool {
		c := o.Desk(called).Call(caller)
		return c != nil && c.Incoming && c.State == ua.Alerting
	}
}
