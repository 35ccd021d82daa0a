package park

import (
	"fmt"
	"time"

	"hookflash/event/dialoginfo"
	"hookflash/sip"
	"hookflash/task"

	"hookflash/ua"
)

// answer is how long the server may take to say who is parked.
const answer = 32 * time.Second

// Unpark takes a call that is parked, as Carol does: RFC 5359 §2.15, F16 to F24.
//
//	Alice            park           Carol
//	  |                | SUBSCRIBE F16 |
//	  |                |<--------------|
//	  |                |   200 OK F17  |
//	  |                |-------------->|
//	  |                |   NOTIFY F18  |
//	  |                |-------------->|
//	  |                |   200 OK F19  |
//	  |                |<--------------|
//	  |    INVITE Replaces: park F20   |
//	  |<-------------------------------|
//	  |            200 OK F21          |
//	  |------------------------------->|
//	  |             ACK F22            |
//	  |<-------------------------------|
//	  |     BYE F23    |               |
//	  |--------------->|               |
//	  |   200 OK F24   |               |
//	  |<---------------|               |
//
// Where the identifiers are kept from it, or Alice's phone refuses, it calls the place, and the server does the rest. Errors: a
// *sip.StatusError with what the server or Alice answered, 480 when nobody is parked there.
func Unpark(t *task.Task, a *ua.Agent, place string) (*ua.Call, error) {
	where := addressOf(a, place)
	if place == "" {
		where += ";retrieve"
	}
	known, told := read(t, a, where)
	if told && len(known) == 0 {
		return nil, fmt.Errorf("unpark: %w", &sip.StatusError{Code: 480, Reason: "Nobody Is Parked There"})
	}
	for _, d := range known {
		if d.CallID == "" || d.RemoteTag == "" || d.Remote.Target == "" {
			continue
		}
		target := d.Remote.Target
		if !isGRUU(target) && d.Remote.Identity.URI != "" {
			target = d.Remote.Identity.URI // RFC 5589 §7.5
		}
		if call, err := connect(t, a, ua.Invitation{Target: target, Replaces: d.Triple()}); err == nil || call != nil && call.GivenUp() {
			return call, err
		}
	}
	call, err := connect(t, a, ua.Invitation{Target: where})
	if err != nil {
		return nil, fmt.Errorf("unpark: %w", err)
	}
	return call, nil
}

// read asks once what is parked at a place: F16 to F19. told is false when nobody says.
func read(t *task.Task, a *ua.Agent, where string) (known []dialoginfo.Dialog, told bool) {
	w, err := a.Fetch(where, sip.Event{Package: dialoginfo.Package})
	if err != nil {
		return nil, false
	}
	defer w.Close()
	t.First(w.Documents, w.Ended(), t.After(answer))
	body, ok := w.Documents.Take()
	if !ok {
		return nil, false
	}
	document, err := dialoginfo.Parse(body)
	if err != nil {
		return nil, false
	}
	var table dialoginfo.Table
	table.Apply(document)
	t.Sleep(ua.Beat) // F19 goes first
	return table.Dialogs(), true
}

// connect calls, and waits for the answer.
func connect(t *task.Task, a *ua.Agent, i ua.Invitation) (*ua.Call, error) {
	call, err := a.Invite(i)
	if err != nil {
		return nil, err
	}
	if err := call.Settle(t); err != nil {
		return call, err
	}
	a.Attend(call)
	return call, nil
}
