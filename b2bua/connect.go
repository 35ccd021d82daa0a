package b2bua

import (
	"hookflash/sip"
	"hookflash/ua"
)

// connect calls whom a caller wants, and lets both talk.
//
//	Caller          Exchange          Callee
//	  |   INVITE F1     |    INVITE F2  |
//	  |---------------->|-------------->|
//	  |     180 F4      |     180 F3    |
//	  |<----------------|<--------------|
//	  |     200 F6      |     200 F5    |
//	  |<----------------|<--------------|
//	  |     ACK F8      |     ACK F7    |
//	  |---------------->|-------------->|
//	  |         both way RTP            |
//	  |<===============>|<=============>|
//
// What the callee plays before it answers is heard, and its refusal is the caller's.
func (e *Exchange) connect(caller *ua.Call, target string) {
	if caller.MaxForwards <= 1 {
		caller.Reject(sip.Answer{Code: 483})
		return
	}
	n := Connection{Caller: caller, Target: target}
	invitation := n.Invitation()
	invitation.ReferredBy, invitation.Room = caller.ReferredBy, caller.Room
	invitation.Fields = append(invitation.Fields, fieldsOf(caller.Request(), saidOfCalls)...)
	callee, err := e.agent.Invite(invitation) // F2
	if err != nil {
		caller.Reject(sip.Answer{Code: 500})
		return
	}
	c := e.begin(caller)
	c.waiting = &waiting{conversation: c, caller: caller, callee: callee, leg: c.Add(callee), release: c.Keep()}
}

// waiting is a callee who has not answered yet. There are as many as calls begin, so none of them takes a task.
type waiting struct {
	caller, callee *ua.Call
	conversation   *Conversation
	leg            *Leg
	release        func()
}

// happened goes on with what happens to one of the two; false when it is nothing of its.
func (w *waiting) happened(call *ua.Call, e ua.Event) bool {
	switch {
	case w == nil:
		return false
	case call == w.caller && e.Kind == ua.Ended:
		w.callee.HangUp()
		w.over()
		return false
	case call != w.callee:
		return false
	}
	switch e.Kind {
	case ua.Ringing: // F3
		proceed(w.caller, w.callee, e)
	case ua.Established: // F5
		w.leg.identify()
		w.caller.Told = w.leg.shows() // whom it has called
		_ = w.caller.Answer()         // F6
		w.over()
	case ua.Ended:
		refuse(w.caller, w.callee, e)
		w.over()
		return false
	default:
		return false
	}
	return true
}

// over: nothing is waited for any more.
func (w *waiting) over() {
	if w != nil {
		w.conversation.waiting = nil
		w.release()
	}
}

// proceed passes a provisional response on: F4.
func proceed(caller, callee *ua.Call, e ua.Event) {
	answer := sip.Answer{Code: e.Code, Reason: e.Reason}
	if callee.EarlyMedia && caller.Early(answer) == nil {
		return
	}
	caller.Progress(answer)
}

// saidOfCalls are what an INVITE may say of the call, the ways that it has come among them: the server has taken out what it
// does not believe.
var saidOfCalls = []sip.Header{
	sip.HeaderAlertInfo, sip.HeaderCallInfo, sip.HeaderSubject, sip.HeaderPriority, sip.HeaderOrganization, sip.HeaderUserToUser,
	sip.HeaderAcceptLanguage, sip.HeaderHistoryInfo, sip.HeaderDiversion,
}

// fieldsOf are header fields of a message.
func fieldsOf(m *sip.Message, headers []sip.Header) (fields []ua.Field) {
	if m == nil {
		return nil
	}
	for _, header := range headers {
		for value := range m.FieldValues(header) {
			fields = append(fields, ua.Field{Name: header, Value: value})
		}
	}
	return fields
}

// passedOn are what a refusal may say besides its code.
var passedOn = []sip.Header{sip.HeaderErrorInfo, sip.HeaderRetryAfter, sip.HeaderCallInfo, sip.HeaderWarning}

// refuse passes a refusal on.
func refuse(caller, callee *ua.Call, e ua.Event) {
	answer := sip.Answer{Code: e.Code, Reason: e.Reason}
	if answer.Code < 300 {
		answer = sip.Answer{Code: 480}
	}
	headers := passedOn
	if answer.Code < 400 {
		headers = append([]sip.Header{sip.HeaderContact}, headers...)
	}
	more := fieldsOf(callee.Refusal(), headers)
	if answer.Code == 401 || answer.Code == 407 {
		answer = sip.Answer{Code: 500} // nobody on this side has that password
	}
	caller.Reject(answer, more...)
}
