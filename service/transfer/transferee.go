package transfer

import (
	"errors"
	"time"

	"hookflash/event/refer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

const (
	// goodbyes is how long a transferor may take to hang up after its transfer succeeded.
	goodbyes = 32 * time.Second
	// crossing is how long after a transfer failed a BYE counts as one that was sent before: it may have
	// been lost several times on each of two hops.
	crossing = 8 * time.Second
)

// Transferee follows a REFER, as Bob does in RFC 5359 §2.4 and Alice in §2.5: it calls the target,
// reports what comes of that, and keeps the first call until the transferor ends it. When the
// transfer fails and the transferor is gone, it calls the transferor back.
func Transferee(r *ua.Referral) {
	if r.Method != sip.INVITE {
		r.Refuse(501)
		return
	}
	r.Accept() // F6 and F7 of §2.4, F16 and F17 of §2.5
	if r.Call != nil {
		r.Call.Tell(ua.Event{Kind: ua.Transferring, Text: sip.RequestURI(r.Target)})
	}
	r.Agent().Go("transferee", func(t *task.Task) { follow(t, r) })
}

func follow(t *task.Task, r *ua.Referral) {
	a := r.Agent()
	r.Heard(t)       // F8, F18
	t.Sleep(ua.Beat) // the transferor may hang up now: F9, F10
	if r.Call != nil && r.Call.State == ua.Over && !r.Call.HungUp {
		r.Tell(refer.Status(487)) // the person here hung up: they want neither call
		return
	}
	call, err := a.Invite(invitation(r)) // F11, F19
	if err == nil {
		err = call.Settle(t)
	}
	if err != nil {
		r.Tell(refer.Status(codeOf(err)))
		if call == nil || !call.GivenUp() {
			returnToTransferor(t, r)
		}
		return
	}
	if attended := a.Attended(); attended == nil || attended == r.Call {
		a.Attend(call)
	}
	t.Sleep(ua.Beat)           // the target hangs up: F22, F23
	r.Tell(call.Fragment(200)) // F15, F24
	endFirst(t, r.Call)
}

// invitation is the call that a REFER asks for. Who is at the centre of a conference lets the target in.
func invitation(r *ua.Referral) ua.Invitation {
	i := ua.Invitation{Target: r.Target, Replaces: r.Replaces, ReferredBy: r.ReferredBy}
	if r.Call != nil && r.Call.Focus {
		i.Focus, i.Room = true, r.Call.Room
	}
	return i
}

// endFirst waits for the transferor's BYE, and hangs up when none comes.
func endFirst(t *task.Task, first *ua.Call) {
	if first != nil && !ends(t, first, goodbyes) {
		first.HangUp()
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

// returnToTransferor: RFC 5359 §2.4: "Bob can send a new INVITE back to Alice". There is nobody to return to
// when the first call stands, or was ended here, or the transferor has tried again meanwhile.
func returnToTransferor(t *task.Task, r *ua.Referral) {
	if r.Call == nil || !ends(t, r.Call, crossing) || !r.Call.HungUp || !r.Latest() {
		return
	}
	if call, err := r.Agent().Invite(ua.Invitation{Target: r.Call.Remote.URI}); err == nil {
		_ = call.Settle(t) // it rang, or it did not: there is nobody else to ask
	}
}

func codeOf(err error) int {
	var status *sip.StatusError
	if errors.As(err, &status) && status.Code >= 300 {
		return status.Code
	}
	return 500
}
