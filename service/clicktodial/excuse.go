package clicktodial

import (
	"hookflash/b2bua"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// excuse tells the phone why it won't talk with the target: by what it hears, where it hears the agent, and by the reason of
// the BYE (RFC 3725 §6).
func (j *joint) excuse(t *task.Task, code int) {
	if j.stop != nil {
		j.stop()
		if !j.canceled {
			_ = j.phone.Say(t, ua.Voice(j.desk.settings.Language).Prompt(b2bua.Excuse(&sip.StatusError{Code: code})))
		}
	}
	if j.canceled {
		code = 487
	}
	j.phone.HangUpFor(code)
}
