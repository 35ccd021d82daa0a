package transfer

import (
	"errors"
	"fmt"

	"hookflash/event/refer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// ErrUnknown tells that nobody said what became of a transfer.
var ErrUnknown = errors.New("transfer: the other side never told what became of it")

// Options of a transfer.
type Options struct {
	// AtOnce hangs up as soon as the transferee has set out, as RFC 5359 §2.4 draws it; else the
	// transferor stays until the transfer has succeeded (RFC 5589 §6.1).
	AtOnce bool
}

// Unattended is what the Transferor does, Alice here: RFC 5359 §2.4.
//
//	Alice                 Bob                 Carol
//	  |        RTP         |                    |
//	  |<==================>|                    |
//	  | REFER Refer-To:C F5|                    |
//	  |------------------->|                    |
//	  |      200 OK F6     |                    |
//	  |<-------------------|                    |
//	  |      NOTIFY F7     |                    |
//	  |<-------------------|                    |
//	  |      200 OK F8     |                    |
//	  |------------------->|                    |
//	  |       BYE F9       |                    |
//	  |------------------->|                    |
//	  |     200 OK F10     |                    |
//	  |<-------------------|                    |
//	  |                    | INVITE Referred-By: A F11
//	  |                    |------------------->|
//	  |                    |   180 Ringing F12  |
//	  |                    |<-------------------|
//	  |                    |     200 OK F13     |
//	  |                    |<-------------------|
//	  |                    |       ACK F14      |
//	  |                    |------------------->|
//	  |                    |<==================>|
//	  |      NOTIFY F15    |                    |
//	  |<-------------------|                    |
//	  |      200 OK F16    |                    |
//	  |------------------->|                    |
func Unattended(t *task.Task, call *ua.Call, target string, options Options) error {
	referral, err := call.Refer(t, ua.Reference{Target: target}) // F5, F6
	if err != nil {
		return fmt.Errorf("transfer to %s: %w", target, err)
	}
	defer referral.Close()
	if options.AtOnce {
		first, ok := referral.Next(t) // F7, F8
		if !ok || first.Final() {
			return concluded(call, target, first, ok)
		}
		t.Sleep(ua.Beat / 2) // half: the transferee sets out after a whole one
		call.HangUp()        // F9
	}
	final, ok := outcome(t, call, referral) // F15, F16
	t.Sleep(ua.Beat / 2)
	return concluded(call, target, final, ok)
}

// outcome waits for the final report.
func outcome(t *task.Task, call *ua.Call, referral *ua.Referring) (refer.Fragment, bool) {
	for {
		report, ok := referral.Next(t)
		if !ok || report.Final() {
			return report, ok
		}
		call.Tell(ua.Event{Kind: ua.Progress, Code: report.Code, Reason: report.Reason})
	}
}

// concluded hangs up after a transfer that succeeded; one that did not leaves the call.
func concluded(call *ua.Call, target string, final refer.Fragment, told bool) error {
	if !told {
		return fmt.Errorf("transfer to %s: %w", target, ErrUnknown)
	}
	call.Tell(ua.Event{Kind: ua.Transferred, Code: final.Code, Reason: final.Reason})
	if !final.Success() {
		return fmt.Errorf("transfer to %s: %w", target, &sip.StatusError{Code: final.Code, Reason: final.Reason})
	}
	call.HangUp()
	return nil
}
