package proxy

import (
	"strconv"
	"time"

	"hookflash/sip"
)

// setSession bounds the call: an INVITE or UPDATE without session timer gets ours, one
// with a shorter interval than we let pass gets a Min-SE (RFC 4028 §8.1).
func (m *Machine) setSession(e *sip.Edit, message *sip.Message) {
	if m.settings.SessionExpires == 0 {
		return
	}
	if !message.Has(sip.HeaderSessionExpires) {
		m.value = strconv.AppendUint(m.value[:0], uint64(m.settings.SessionExpires/time.Second), 10)
		e.Add(sip.HeaderSessionExpires, m.value)
	}
}

// tooShort answers 422 to a session interval below ours (RFC 4028 §8.1).
func (m *Machine) tooShort(message *sip.Message) *sip.StatusError {
	seconds, ok := message.Number(sip.HeaderSessionExpires)
	if !ok || time.Duration(seconds)*time.Second >= m.settings.SessionMinimum || !message.HasToken(sip.HeaderSupported, "timer") {
		return nil
	}
	return &sip.StatusError{Code: 422, Reason: sip.Reason(422)}
}

// answerSession completes a 2xx whose callee knows no session timers: the caller
// refreshes (RFC 4028 §8.2). The interval is the one that the branch carries.
func (m *Machine) answerSession(e *sip.Edit, response *sip.Message, branchSuffix string) {
	if len(branchSuffix) <= loopHashLength || response.Has(sip.HeaderSessionExpires) {
		return
	}
	m.value = append(append(m.value[:0], branchSuffix[loopHashLength:]...), ";refresher=uac"...)
	e.Add(sip.HeaderSessionExpires, m.value)
	e.Add(sip.HeaderRequire, append(m.value[:0], "timer"...))
}

// sessionOf is how long a 2xx lets the call stand without a refresh.
func (m *Machine) sessionOf(response *sip.Message, branchSuffix string) time.Duration {
	if seconds, ok := response.Number(sip.HeaderSessionExpires); ok {
		return time.Duration(seconds) * time.Second
	}
	if len(branchSuffix) > loopHashLength {
		if seconds, err := strconv.ParseUint(branchSuffix[loopHashLength:], 10, 32); err == nil {
			return time.Duration(seconds) * time.Second
		}
	}
	return silentDialog
}
