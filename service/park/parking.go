package park

import (
	"fmt"
	"time"

	"hookflash/event/refer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// goodbyes is how long who was parked may take to end the old call.
const goodbyes = 32 * time.Second

// Park has the server take a call over that is talked in, Bob's with Alice: RFC 5359 §2.15, F5 to F15. place is a number or
// a URI, "" for the first that is free; parked is the one that it became. When it fails, for which the error has the code, the
// call goes on.
func Park(t *task.Task, call *ua.Call, place string) (parked string, err error) {
	if call.State != ua.Talking {
		return "", ua.ErrOver
	}
	a, d := call.Agent(), call.Dialog()
	wish := ua.Reference{Target: d.Target, Replaces: d.Triple(), RequireReplaces: true}
	if !isGRUU(d.Target) {
		wish.Target = call.Remote.URI // RFC 5589 §7.5: such a contact can't be reached from everywhere
	}
	referral, err := a.Refer(t, addressOf(a, place), wish) // F5, F6
	if err != nil {
		return "", fmt.Errorf("park: %w", err)
	}
	defer referral.Close()
	final, err := outcome(t, call, referral) // F7, F8, F14, F15
	if err != nil {
		return "", fmt.Errorf("park: %w", err)
	}
	parked = placeIn(final.From)
	call.Tell(ua.Event{Kind: ua.Transferred, Code: final.Code, Reason: final.Reason, Text: parked})
	if !ends(t, call, goodbyes) { // F12, F13
		call.HangUp()
	}
	return parked, nil
}

// outcome waits for the final report.
func outcome(t *task.Task, call *ua.Call, referral *ua.Referring) (refer.Fragment, error) {
	for {
		report, ok := referral.Next(t)
		switch {
		case !ok:
			return report, &sip.StatusError{Code: 408}
		case report.Success():
			return report, nil
		case report.Final():
			return report, &sip.StatusError{Code: report.Code, Reason: report.Reason}
		}
		call.Tell(ua.Event{Kind: ua.Progress, Code: report.Code, Reason: report.Reason})
	}
}

// ends waits until a call is over, for a while.
func ends(t *task.Task, call *ua.Call, wait time.Duration) bool {
	events := call.Watch()
	defer call.Unwatch(events)
	limit := t.After(wait)
	for call.State != ua.Over {
		if t.First(events, limit) == 1 {
			return false
		}
		events.Take()
	}
	return true
}

// placeIn is the place that the agent's address names, "" for none.
func placeIn(text string) string {
	address, err := sip.ParseAddress(text)
	if err != nil {
		return ""
	}
	orbit, _ := address.URI.Params.Get("orbit")
	return sip.Unescape(orbit)
}

// addressOf is where a place is: at the domain of the phone, unless it is a URI.
func addressOf(a *ua.Agent, place string) string {
	if uri, err := sip.ParseURI(place); err == nil && uri.IsSIP() {
		return place
	}
	own, _ := sip.ParseURI(a.Settings().AOR)
	own.User, own.Params, own.Headers = Name, "", ""
	if place == "" {
		return own.String()
	}
	return own.String() + ";orbit=" + sip.EscapeUser(place)
}

func isGRUU(text string) bool {
	uri, err := sip.ParseURI(text)
	return err == nil && uri.Params.Has("gr")
}
