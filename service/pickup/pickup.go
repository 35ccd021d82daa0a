package pickup

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"hookflash/event/dialoginfo"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Limits.
const (
	Patience = 10 * time.Second // for what rings to be told
	MaxTries = 3                // calls
)

// Errors of a call that is not picked up. What a response refuses is a *sip.StatusError: 486 tells that the call
// was answered meanwhile, 481 and 603 that its caller gave up, 403 that one may not, 420 that the caller's
// telephone knows no Replaces.
var (
	// ErrNothing: no call rings there.
	ErrNothing = errors.New("pickup: nobody's telephone is ringing there")
	// ErrHidden: a call rings, and whom it is from is not shown to us.
	ErrHidden = fmt.Errorf("pickup: %w", &sip.StatusError{Code: 403, Reason: "Not In The Pickup Group", Err: errShown})
	// ErrSilent: nobody tells what rings there.
	ErrSilent = errors.New("pickup: nobody tells what is ringing there")

	errShown = errors.New("a telephone is ringing, and you may not pick it up")
)

// Pickup takes the call that rings at a target, a user, a group or one telephone, as Bill does in RFC 5359 §2.16.
//
//	Alice         Bob               Bill
//	  |  INVITE F1 |                  |
//	  |----------->|                  |
//	  |   180 F2   |                  |
//	  |<-----------|                  |
//	  |            |   SUBSCRIBE F3   |
//	  |            |<-----------------|
//	  |            |    200 OK F4     |
//	  |            |----------------->|
//	  |            |    NOTIFY F5     |
//	  |            |----------------->|
//	  |            |    200 OK F6     |
//	  |            |<-----------------|
//	  |     INVITE Replaces F7        |
//	  |<------------------------------|
//	  |          200 OK F8            |
//	  |------------------------------>|
//	  |  CANCEL F9 |                  |
//	  |----------->|                  |
//	  | 200 OK F10 |                  |
//	  |<-----------|                  |
//	  |           ACK F11             |
//	  |<------------------------------|
//	  |   487 F12  |                  |
//	  |<-----------|                  |
//	  |   ACK F13  |                  |
//	  |----------->|                  |
//	  |           BYE F14             |
//	  |------------------------------>|
//	  |         200 OK F15            |
//	  |<------------------------------|
//
// F10 to F13 may come in any order; the RFC draws the ACK to F8 last.
// Where the target is an address of record the server answers F3 instead of Bob (service/lamps).
func Pickup(t *task.Task, a *ua.Agent, target string) (*ua.Call, error) {
	var failure error
	var tried []string
	for range MaxTries {
		document, err := fetch(t, a, target) // F3 to F6
		if err != nil {
			return nil, fmt.Errorf("pick up at %s: %w", target, err)
		}
		ringing, err := choose(document, tried)
		if err != nil {
			return nil, err
		}
		if slices.Contains(tried, ringing.CallID) {
			break // it rings on, and is refused
		}
		var call *ua.Call
		if call, failure = take(t, a, &ringing); failure == nil {
			return call, nil
		}
		if !over(failure) {
			break
		}
		tried = append(tried, ringing.CallID)
	}
	return nil, fmt.Errorf("pick up at %s: %w", target, failure)
}

// over tells whether a refusal may be that of a call that is over, so that it is worth looking for another one. The server
// knows nothing of such a call, and says no more than that one may not.
func over(failure error) bool {
	var refused *sip.StatusError
	return errors.As(failure, &refused) && (refused.Code == 403 || refused.Code == 481 || refused.Code == 603)
}

// fetch asks once how calls stand.
func fetch(t *task.Task, a *ua.Agent, target string) (dialoginfo.Document, error) {
	w, err := a.Fetch(target, sip.Event{Package: dialoginfo.Package})
	if err != nil {
		return dialoginfo.Document{}, err
	}
	defer w.Close()
	if t.First(w.Documents, w.Ended(), t.After(Patience)) != 0 {
		if code := w.Failure().Code; code >= 300 && code != 408 {
			return dialoginfo.Document{}, &sip.StatusError{Code: code, Reason: sip.Reason(code), Err: errAsked}
		}
		return dialoginfo.Document{}, ErrSilent
	}
	text, _ := w.Documents.Take()
	return dialoginfo.Parse(text)
}

var errAsked = errors.New("asked what is ringing")

// choose is the first call that rings and can be picked up; one that was tried comes last.
func choose(document dialoginfo.Document, tried []string) (chosen dialoginfo.Dialog, err error) {
	err = ErrNothing
	for _, d := range document.Dialogs {
		switch {
		case d.State != dialoginfo.Early || d.Direction != dialoginfo.Recipient:
		case d.CallID == "" || d.LocalTag == "" || d.RemoteTag == "" || callerOf(&d) == "":
			if err != nil {
				err = ErrHidden
			}
		case !slices.Contains(tried, d.CallID):
			return d, nil
		default:
			chosen, err = d, nil
		}
	}
	return chosen, err
}

// callerOf is where the caller is reached: a GRUU from everywhere, any other contact by the caller's address (RFC
// 5589 §7.5).
func callerOf(d *dialoginfo.Dialog) string {
	uri, err := sip.ParseURI(d.Remote.Target)
	if err == nil && (uri.Params.Has("gr") || d.Remote.Identity.URI == "") {
		return d.Remote.Target
	}
	return d.Remote.Identity.URI
}

// take is F7, F8 and F13. early-only lets nobody be torn from a call that was answered meanwhile.
func take(t *task.Task, a *ua.Agent, d *dialoginfo.Dialog) (*ua.Call, error) {
	id := d.Triple()
	id.EarlyOnly = true
	call, err := a.Invite(ua.Invitation{Target: callerOf(d), Replaces: id})
	if err == nil {
		err = call.Settle(t)
	}
	if err != nil {
		return nil, err
	}
	a.Attend(call)
	return call, nil
}
