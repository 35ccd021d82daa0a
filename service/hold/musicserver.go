package hold

import (
	"errors"
	"fmt"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// errNoMusic tells that the music server did not take the call.
var errNoMusic = errors.New("the music server did not answer")

// AtMusicServer leaves the far side with a music server, which calls it in our place: RFC 5359 §2.3. Retrieve takes it
// back. When either refuses, the far side stays on hold in silence, and the error says who did.
//
//	Alice             Bob       Music Server
//	 |  INVITE(hold) F5              |
//	 |<---------------|              |
//	 |    200 OK F6   |              |
//	 |--------------->|              |
//	 |     ACK F7     |              |
//	 |<---------------|              |
//	 |                |   REFER F8   |
//	 |                |------------->|
//	 |                |    200 F9    |
//	 |                |<-------------|
//	 |                |   NOTIFY F10 |
//	 |                |<-------------|
//	 |                |    200 F11   |
//	 |                |------------->|
//	 |  INVITE F12 Replaces: B       |
//	 |<------------------------------|
//	 |          200 OK F13           |
//	 |------------------------------>|
//	 |           ACK F14             |
//	 |<------------------------------|
//	 |           RTP Music           |
//	 |<==============================|
//	 |     BYE F15    |              |
//	 |--------------->|  NOTIFY F17  |
//	 |  200 OK F16    |<-------------|
//	 |<---------------|  200 OK F18  |
//	 |                |------------->|
func AtMusicServer(t *task.Task, call *ua.Call, server string) error {
	if err := silently(t, call); err != nil { // F5 to F7
		return err
	}
	t.Sleep(ua.Beat)
	dialog, remote := call.Dialog(), call.Remote
	target := dialog.Target
	if uri, err := sip.ParseURI(target); err != nil || !uri.Params.Has("gr") {
		target = remote.URI // RFC 5589 §7.5: such a contact can't be reached from everywhere
	}
	referring, err := call.Agent().Refer(t, server, ua.Reference{Target: target, Replaces: dialog.Triple(), RequireReplaces: true}) // F8, F9
	if err != nil {
		return fmt.Errorf("music: %w", err)
	}
	defer referring.Close()
	for {
		report, ok := referring.Next(t) // F10, F17
		switch {
		case !ok:
			return errNoMusic
		case !report.Final():
			continue
		case !report.Success():
			return fmt.Errorf("music: %w", &sip.StatusError{Code: report.Code, Reason: report.Reason})
		}
		if id, ok := report.Replaces(); ok {
			call.Agent().Leave(ua.Away{Remote: remote, Target: target, Dialog: id})
		}
		return nil
	}
}

// Retrieve takes a call back from whoever keeps it, the music server above all: RFC 5359 §2.3. A failure leaves it there,
// unless the far side does not know it any more.
//
//	Alice             Bob       Music Server
//	 |  INVITE F19    |              |
//	 |  Replaces: M   |              |
//	 |<---------------|              |
//	 |    200 OK F20  |              |
//	 |--------------->|              |
//	 |     ACK F21    |              |
//	 |<---------------|              |
//	 |            BYE F22            |
//	 |------------------------------>|
//	 |          200 OK F23           |
//	 |<------------------------------|
func Retrieve(t *task.Task, a *ua.Agent, away ua.Away) (*ua.Call, error) {
	call, err := a.Invite(ua.Invitation{Target: away.Target, Replaces: away.Dialog}) // F19
	if err == nil {
		err = call.Settle(t)
	}
	if err != nil {
		if over(err) {
			a.Return(away)
		}
		return nil, fmt.Errorf("resume: %w", err)
	}
	a.Return(away)
	a.Attend(call)
	return call, nil
}

// over tells of a call that ended while somebody else kept it: the far side's phone (RFC 3891 §3) or our server knows
// nothing of it.
func over(err error) bool {
	var status *sip.StatusError
	if !errors.As(err, &status) {
		return false
	}
	switch status.Code {
	case 403, 404, 410, 481, 603:
		return true
	}
	return false
}
