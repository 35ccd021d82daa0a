package proxy

import (
	"strconv"
	"strings"
	"time"

	"hookflash/sip"
)

// setSession bounds the call (RFC 4028 §8.1): an INVITE or UPDATE without session timer
// gets ours. One with a shorter interval than we let pass, for a caller who would not
// understand 422, gets that much, and a Min-SE that says so.
func (m *Machine) setSession(e *sip.Edit, message *sip.Message) {
	if m.settings.SessionExpires == 0 {
		return
	}
	if !message.Has(sip.HeaderSessionExpires) {
		m.value = strconv.AppendUint(m.value[:0], uint64(m.settings.SessionExpires/time.Second), 10)
		e.Add(sip.HeaderSessionExpires, m.value)
		return
	}
	least := uint32(m.settings.SessionMinimum / time.Second)
	if seconds, ok := message.Number(sip.HeaderSessionExpires); !ok || seconds >= least {
		return
	}
	m.value = strconv.AppendUint(m.value[:0], uint64(least), 10)
	if known, _ := message.Number(sip.HeaderMinSE); known < least {
		e.Set(sip.HeaderMinSE, m.value)
	}
	if value := message.Header(sip.HeaderSessionExpires); strings.Contains(value, ";") {
		m.value = append(m.value, value[strings.IndexByte(value, ';'):]...)
	}
	e.Set(sip.HeaderSessionExpires, m.value)
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
