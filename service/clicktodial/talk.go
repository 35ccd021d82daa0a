package clicktodial

import (
	"hookflash/task"
	"hookflash/ua"
)

// talk passes on what the two say of their session, until one of them hangs up: then it hangs up the other.
//
//	Bob                Click               Carol
//	  |    INVITE F1      |                   |
//	  |------------------>|     INVITE F2     |
//	  |                   |------------------>|
//	  |                   |      200 F3       |
//	  |                   |<------------------|
//	  |      200 F4       |      ACK F5       |
//	  |<------------------|------------------>|
//	  |      ACK F6       |                   |
//	  |------------------>|                   |
//	  |      BYE F7       |                   |
//	  |------------------>|                   |
//	  |      200 F8       |      BYE F9       |
//	  |<------------------|------------------>|
//	  |                   |      200 F10      |
//	  |                   |<------------------|
func (j *joint) talk(t *task.Task) {
	ends, left := j.phone.Watch(), j.target.Watch()
	defer j.phone.Unwatch(ends)
	defer j.target.Unwatch(left)
	j.phone.Relay(j.passTo(j.target))
	j.target.Relay(j.passTo(j.phone))
	for j.phone.State != ua.Over && j.target.State != ua.Over && !j.canceled {
		switch t.First(ends, left, &j.cancel) {
		case 0:
			ends.Take()
		case 1:
			left.Take()
		case 2:
			j.cancel.Take()
		}
	}
	j.part()
	j.end(Completed, 0, j.phone.HungUp)
}

// passTo has another call answer an offer. When both sides make one at the same time, each tries again later
// (RFC 3261 §14.1).
func (j *joint) passTo(other *ua.Call) ua.Relay {
	return func(t *task.Task, offer string) (answer string, code int) {
		if j.passing {
			return "", 491
		}
		j.passing = true
		defer func() { j.passing = false }()
		answer, err := other.Offer(t, offer)
		if err != nil {
			return "", codeOf(err)
		}
		return answer, 0
	}
}
