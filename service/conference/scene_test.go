package conference_test

import (
	"testing"

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

type act = office.Act

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

func holds(t *task.Task, call *ua.Call) error   { return call.Hold(t) }
func resumes(t *task.Task, call *ua.Call) error { return call.Resume(t) }

// stubborn has a desk refuse re-INVITEs from now on.
func stubborn(o *office.Office, who string, code int) func() error {
	return func() error {
		o.Desk(who).RefuseAgain(sip.INVITE, code)
		return nil
	}
}
