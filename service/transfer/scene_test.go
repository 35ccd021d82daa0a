package transfer_test

import (
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/transfer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Who hears whom.
const (
	aliceBob   = "alice hears bob\nbob hears alice"
	aliceCarol = "alice hears carol\ncarol hears alice"
	bobCarol   = "bob hears carol\ncarol hears bob"
)

// roles are what every phone here can.
var roles = ua.Handlers{Refer: transfer.Transferee, Replace: transfer.Target}

// run plays scenes with them.
func run(t *testing.T, scenes []play.Scene) {
	t.Helper()
	for _, s := range scenes {
		s.Roles = roles
		s.Run(t)
	}
}

type act = func(t *task.Task, call *ua.Call) error

// refused is an act that wants to be refused.
func refused(act act, code int) act {
	return func(t *task.Task, call *ua.Call) error { return office.Refused(act(t, call), code) }
}

// fails is an act that wants to fail for a reason.
func fails(act act, want func(error) error) act {
	return func(t *task.Task, call *ua.Call) error { return want(act(t, call)) }
}

// begins has somebody begin something, lets it go on for as long as until asks, then lets something else happen,
// and wants the first to end.
func begins(o *office.Office, who, with string, act act, until func() bool, then func() error) func() error {
	return func() error {
		call := o.Desk(who).Call(with)
		wait := o.Begin(who, func(t *task.Task, _ *ua.Agent) error { return act(t, call) })
		return office.InOrder(
			func() error { return o.RunUntil(until, patience) }, then, wait, o.Pause,
		)
	}
}

// rings tells whether somebody's phone rings; the caller's may not know of it on a bad line.
func rings(o *office.Office, caller, called string) func() bool {
	return func() bool {
		c := o.Desk(called).Call(caller)
		return c != nil && c.Incoming && c.State == ua.Alerting
	}
}

func leaves(o *office.Office, who, with string) func() error {
	return func() error { return o.HangUp(who, with) }
}

func does(o *office.Office, who, with string, act act) func() error {
	return func() error { return o.Do(who, with, act) }
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
