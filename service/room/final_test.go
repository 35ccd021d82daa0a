package room_test

import (
	"hookflash/event/refer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// final waits for the final report of a REFER.
func final(t *task.Task, r *ua.Referring) error {
	last := refer.Fragment{}
	for {
		report, ok := r.Next(t)
		if !ok {
			return &sip.StatusError{Code: 408}
		}
		if last = report; last.Final() {
			break
		}
	}
	if last.Code >= 300 {
		return &sip.StatusError{Code: last.Code, Reason: last.Reason}
	}
	return nil
}
