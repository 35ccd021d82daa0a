package ask

import (
	"errors"

	"hookflash/b2bua"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// confirmed calls the target, and answers the caller when whoever took the call has pressed 1. Nobody did: 486, as if
// that phone were busy.
//
//	Caller              Agent             Target
//	  |     INVITE F1     |                 |
//	  |------------------>|    INVITE F2    |
//	  |                   |---------------->|
//	  |                   |      180 F3     |
//	  |       180 F4      |<----------------|
//	  |<------------------|      200 F5     |
//	  |                   |<----------------|
//	  |                   |      ACK F6     |
//	  |                   |---------------->|
//	  |                   | "press 1 to …"  |
//	  |                   |================>|
//	  |                   |        1        |
//	  |       200 F7      |<================|
//	  |<------------------|                 |
//	  |       ACK F8      |                 |
//	  |------------------>|                 |
//	  |             both way RTP            |
//	  |<===================================>|
func (q *question) confirmed(t *task.Task) {
	callee, err := b2bua.Ring(t, b2bua.Connection{Caller: q.caller, Target: q.target, Patience: q.settings.Patience})
	if err != nil {
		q.caller.Reject(sip.Answer{Code: codeOf(err)})
		return
	}
	defer callee.HangUp()
	if q.ask(t, callee, q.voice.Prompts("confirm-call"), "1") != "1" {
		callee.HangUp()
		q.caller.Reject(sip.Answer{Code: 486})
		return
	}
	b2bua.Talk(t, q.caller, callee)
}

// ask asks the callee until a key that counts was pressed: "" for none, also when one of the two left.
func (q *question) ask(t *task.Task, callee *ua.Call, sources []string, keys ...string) string {
	defer b2bua.Bind(q.caller, callee)()
	for range Tries {
		key, err := callee.Ask(t, ua.Prompt{Sources: sources, Interruptible: true, Timeout: KeyTime})
		if errors.Is(err, ua.ErrOver) {
			return ""
		}
		for _, counts := range keys {
			if key == counts {
				return key
			}
		}
	}
	return ""
}

// codeOf is what a caller who was not answered is refused with. A way that is too long is one that goes in a circle.
func codeOf(err error) int {
	var status *sip.StatusError
	switch {
	case errors.As(err, &status) && status.Code >= 400:
		return status.Code
	case errors.Is(err, b2bua.ErrHops):
		return 483
	}
	return 480
}
