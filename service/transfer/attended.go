package transfer

import (
	"errors"
	"fmt"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Attended is what the Transferor does, Bob here, who talks to Alice and to Carol: RFC 5359 §2.5.
//
//	Alice             Bob            Carol
//	  |     hold, F5 to F7            |
//	  |                |  call, F8 to F11
//	  |                |  hold, F12 to F14
//	  | REFER Refer-To: C?Replaces F15|
//	  |<---------------|              |
//	  |   200 OK F16   |              |
//	  |--------------->|              |
//	  |   NOTIFY F17   |              |
//	  |--------------->|              |
//	  |   200 OK F18   |              |
//	  |<---------------|              |
//	  |     INVITE Replaces: B F19    |
//	  |------------------------------>|
//	  |            200 OK F20         |
//	  |<------------------------------|
//	  |             ACK F21           |
//	  |------------------------------>|
//	  |                |    BYE F22   |
//	  |                |<-------------|
//	  |                |  200 OK F23  |
//	  |                |------------->|
//	  |   NOTIFY F24   |              |
//	  |--------------->|              |
//	  |   200 OK F25   |              |
//	  |<---------------|              |
//	  |    BYE F26     |              |
//	  |<---------------|              |
//	  |   200 OK F27   |              |
//	  |--------------->|              |
//
// While the consultation rings it waits for the answer first (RFC 5589 §7.6). To a target that knows no
// Replaces it gives the consultation up and transfers unattended (RFC 5589 §7.7). When it fails, the
// transferor talks with whom it talked before, or else with the one whose transfer failed.
func Attended(t *task.Task, call, consultation *ua.Call) error {
	target, held := consultation.Remote.URI, consultation.Held
	if err := consultation.Settle(t); err != nil { // F9 to F11, when it rings
		return errors.Join(fmt.Errorf("transfer to %s: %w", target, err), takeUp(t, call, consultation, held))
	}
	var err error
	if consultation.Supports("replaces") {
		err = connect(t, call, consultation)
	} else {
		consultation.HangUp()
		err = Unattended(t, call, target, Options{})
	}
	if err != nil {
		err = errors.Join(err, takeUp(t, call, consultation, held))
	}
	return err
}

// connect hands the call over to the target, which replaces the consultation.
func connect(t *task.Task, call, consultation *ua.Call) error {
	target := consultation.Remote.URI
	if err := consultation.Hold(t); err != nil { // F12 to F14
		return fmt.Errorf("transfer to %s: %w", target, err)
	}
	t.Sleep(ua.Beat)
	d := consultation.Dialog()
	wish := ua.Reference{Target: d.Target, Replaces: d.Triple()}
	if !isGRUU(d.Target) {
		// RFC 5589 §7.5: such a contact can't be reached from everywhere, and leads past the server that
		// decides who may replace calls; the address of record does neither.
		wish.Target, wish.RequireReplaces = target, true
	}
	return handOver(t, call, wish) // F15 to F25
}

func handOver(t *task.Task, call *ua.Call, wish ua.Reference) error {
	referral, err := call.Refer(t, wish)
	if err != nil {
		return fmt.Errorf("transfer to %s: %w", wish.Target, err)
	}
	defer referral.Close()
	final, ok := outcome(t, call, referral)
	t.Sleep(ua.Beat / 2)
	return concluded(call, wish.Target, final, ok) // F26
}

// takeUp goes back, after a transfer that failed, to the consultation unless that was held, and to the first call
// when the consultation is over.
func takeUp(t *task.Task, call, consultation *ua.Call, held bool) error {
	switch {
	case consultation.State != ua.Talking && call.State == ua.Talking:
		return call.Resume(t)
	case consultation.State == ua.Talking && !held:
		return consultation.Resume(t)
	}
	return nil
}

func isGRUU(text string) bool {
	uri, err := sip.ParseURI(text)
	return err == nil && uri.Params.Has("gr")
}
