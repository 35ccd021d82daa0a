package hold_test

import (
	"errors"
	"fmt"
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/hold"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// talking has alice call bob, and wait until they talk.
func talking(o *office.Office) error {
	if _, err := o.Talk("alice", "bob"); err != nil {
		return err
	}
	return o.Pause()
}

// do has somebody do something to the first call.
func do(o *office.Office, who string, act func(t *task.Task, call *ua.Call) error) error {
	err := o.Act(who, func(t *task.Task, a *ua.Agent) error { return act(t, a.Calls()[0]) })
	if err != nil {
		return err
	}
	return o.Pause()
}

func hangUp(o *office.Office, who, with string) error {
	o.Desk(who).Do(func(*ua.Agent) { o.Desk(who).Call(with).HangUp() })
	return o.Pause()
}

// inOrder does one thing after another until one fails.
func inOrder(steps ...func() error) error {
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

const bothHear = "alice hears bob\nbob hears alice"

func TestHold(t *testing.T) {
	for _, s := range []play.Scene{
		{
			Name: "hold", Title: "RFC 5359 section 2.1: Bob holds Alice and takes her off hold again", Golden: true, Drawn: true, Documents: "hold.go",
			Want: `F1 alice>server INVITE
F2 server>bob INVITE
F3 server>alice 100 Trying
F4 bob>server 180 Ringing
F5 server>alice 180 Ringing
F6 bob>server 200 OK
F7 server>alice 200 OK
F8 alice>server ACK
F9 server>bob ACK
F10 bob>server INVITE (hold)
F11 server>alice INVITE (hold)
F12 alice>server 200 OK
F13 server>bob 200 OK
F14 bob>server ACK
F15 server>alice ACK
F16 bob>server INVITE
F17 server>alice INVITE
F18 alice>server 200 OK
F19 server>bob 200 OK
F20 bob>server ACK
F21 server>alice ACK
F22 alice>server BYE
F23 server>bob BYE
F24 bob>server 200 OK
F25 server>alice 200 OK`,
			Play: func(o *office.Office) error {
				return inOrder(
					func() error { return talking(o) },
					func() error { return do(o, "bob", hold.Hold) },
					func() error { return hears(o, "") },
					func() error { return do(o, "bob", hold.Resume) },
					func() error { return hears(o, bothHear) },
					func() error { return hangUp(o, "alice", "bob") },
				)
			},
		},
	} {
		s.Run(t)
	}
}

func hears(o *office.Office, want string) error {
	if got := o.Hearing(); got != want && got != want+"\n" {
		return fmt.Errorf("who hears whom: got %q, want %q", got, want)
	}
	return nil
}

var _ = errors.New
var _ = sip.INVITE
