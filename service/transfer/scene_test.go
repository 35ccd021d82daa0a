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

type act = office.Act

// fails is an act that wants to fail for a reason.
func fails(act act, want func(error) error) act {
	return func(t *task.Task, call *ua.Call) error { return want(act(t, call)) }
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
