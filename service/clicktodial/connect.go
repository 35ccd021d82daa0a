package clicktodial

import (
	"errors"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// connect calls the phone with a session without media, then the target, and has each answer the other's offer
// (RFC 3725 §4.4).
//
//	Bob                Click               Carol
//	  |     INVITE F1     |                   |
//	  |    (no media)     |                   |
//	  |<------------------|                   |
//	  |      180 F2       |                   |
//	  |------------------>|                   |
//	  |      200 F3       |                   |
//	  |------------------>|                   |
//	  |      ACK F4       |                   |
//	  |<------------------|     INVITE F5     |
//	  |                   |    (no offer)     |
//	  |                   |------------------>|
//	  |                   |      180 F6       |
//	  |                   |<------------------|
//	  |                   |      200 F7       |
//	  |     INVITE F8     |<------------------|
//	  |<------------------|                   |
//	  |      200 F9       |                   |
//	  |------------------>|                   |
//	  |      ACK F10      |      ACK F11      |
//	  |<------------------|------------------>|
//	  |              both way RTP             |
//	  |<=====================================>|
func (k *click) connect(t *task.Task) {
	k.Way = Connected
	j := joint{click: k}
	defer j.part()
	phone, err := j.callPhone(t, ua.Invitation{NoMedia: true})
	if mediaNeeded(err) {
		phone, err = j.callPhone(t, ua.Invitation{})
	}
	if err != nil {
		j.failed(err, true)
		return
	}
	j.target, err = j.callTarget(t)
	if err == nil {
		err = j.join(t)
	}
	if err == nil {
		k.tell(InProgress, TalkBegan, 0)
		j.talk(t)
		return
	}
	j.failed(err, phone.State == ua.Over)
	if j.target != nil {
		j.target.HangUp()
	}
	if phone.State != ua.Over {
		j.excuse(t, codeOf(err))
	}
}

// joint is a phone and a target that the agent connects.
type joint struct {
	*click
	phone, target *ua.Call
	stop          func() // of what the phone hears meanwhile
	passing       bool   // an offer of one is on its way to the other
}

// errCanceled tells that the call is not wanted any more.
var errCanceled = errors.New("clicktodial: canceled")

// part ends what is left.
func (j *joint) part() {
	for _, call := range []*ua.Call{j.phone, j.target} {
		if call != nil {
			call.HangUp()
		}
	}
}

func (j *joint) failed(err error, byPhone bool) {
	switch {
	case errors.Is(err, errCanceled):
		j.end(Canceled, 0, false)
	case errors.Is(err, ua.ErrOver): // the phone hung up
		j.end(Canceled, 0, true)
	default:
		j.fail(codeOf(err), byPhone)
	}
}

// mediaNeeded tells whether a phone wants a session to have media before it rings.
func mediaNeeded(err error) bool {
	var status *sip.StatusError
	if !errors.As(err, &status) {
		return false
	}
	switch status.Code {
	case 400, 415, 488, 500, 501, 580, 606:
		return true
	}
	return false
}

// callPhone calls the phone, which sees whom it will be connected with, and is paid for by its user if it is none of ours.
func (j *joint) callPhone(t *task.Task, i ua.Invitation) (phone *ua.Call, err error) {
	i.Target = withParams(j.wish.Phone.URI, ";payer="+escape(j.wish.User)+";phones")
	i.From = ua.Party{URI: j.Target, Name: named(j.Shown, j.Target)}
	if phone, err = j.desk.agent.Invite(i); err != nil { // F1
		return nil, err
	}
	j.phone = phone
	j.tell(Initiated, PhoneCalled, 0)
	if err = j.await(t, phone, PhoneRings); err != nil { // F2
		return phone, err
	}
	j.tell(Initiated, PhoneAnswered, 200) // F3
	if !i.NoMedia {
		j.stop = phone.Sound("tone:ringback")
	}
	return phone, nil
}

// callTarget calls the target in the user's name, and asks for its offer.
func (j *joint) callTarget(t *task.Task) (*ua.Call, error) {
	j.phone.Relay(func(*task.Task, string) (string, int) { return "", 491 }) // RFC 3725 §6
	target, err := j.desk.agent.Invite(ua.Invitation{                        // F5
		Target: j.Target, From: ua.Party{URI: j.user, Asserted: true}, Solicit: true,
	})
	if err != nil {
		return nil, err
	}
	j.target = target
	j.tell(Initiated, TargetCalled, 0)
	return target, j.await(t, target, TargetRings) // F6, F7
}

// await waits until a call is answered. Errors: why it was not; errCanceled; ua.ErrOver when the phone hung up.
func (j *joint) await(t *task.Task, call *ua.Call, rings Event) error {
	events := call.Watch()
	defer call.Unwatch(events)
	var left *task.Queue[ua.Event]
	if call != j.phone {
		left = j.phone.Watch()
		defer j.phone.Unwatch(left)
	} else {
		left = task.NewQueue[ua.Event](1)
	}
	patience := t.After(Patience)
	for {
		if j.canceled {
			call.HangUp()
			return errCanceled
		}
		if call != j.phone && j.phone.State == ua.Over {
			call.HangUp()
			return ua.ErrOver
		}
		switch t.First(events, left, &j.cancel, patience) {
		case 0:
			switch e, _ := events.Take(); e.Kind {
			case ua.Ringing:
				status := Initiated
				if call != j.phone {
					status = Ringing
				}
				j.tell(status, rings, e.Code)
			case ua.Established:
				return nil
			case ua.Ended:
				return &sip.StatusError{Code: max(e.Code, 400), Reason: e.Reason}
			default: // nothing that it hangs on
			}
		case 1:
			left.Take()
		case 2:
			j.cancel.Take()
		case 3:
			call.HangUp()
			return &sip.StatusError{Code: 408, Reason: sip.Reason(408)}
		}
	}
}

// join has the phone answer the target's offer.
func (j *joint) join(t *task.Task) error {
	j.tell(Ringing, TargetAnswered, 200)
	if j.stop != nil {
		j.stop()
	}
	offer := j.target.Solicited()
	if offer == nil {
		return &sip.StatusError{Code: 488, Reason: sip.Reason(488)}
	}
	answer, err := j.phone.Offer(t, offer.Offer) // F8
	if err != nil {
		return err
	}
	if j.target.State == ua.Over {
		return &sip.StatusError{Code: 487, Reason: sip.Reason(487)}
	}
	return offer.Answer(answer) // F11
}

// reason is the phrase of a code, "" for none.
func reason(code int) string {
	if code == 0 {
		return ""
	}
	return sip.Reason(code)
}
