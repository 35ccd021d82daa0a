package b2bua

import (
	"hookflash/sip"
	"hookflash/task"
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
func (e *Exchange) connect(t *task.Task, caller *ua.Call, target string) {
	if caller.State == ua.Over {
		return
	}
	if caller.MaxForwards <= 1 {
		caller.Reject(sip.Answer{Code: 483})
		return
	}
	n := Connection{Caller: caller, Target: target}
	invitation := n.Invitation()
	invitation.ReferredBy = caller.ReferredBy
	invitation.Room = caller.Room
	callee, err := e.agent.Invite(invitation) // F2
	if err != nil {
		caller.Reject(sip.Answer{Code: 500})
		return
	}
	c := e.begin(caller)
	defer c.Keep()()
	leg := c.Add(callee)
	events, progress := caller.Watch(), callee.Watch()
	defer caller.Unwatch(events)
	defer callee.Unwatch(progress)
	for leg.Call == callee && caller.State != ua.Over {
		if t.First(events, progress) == 0 {
			events.Take()
			continue
		}
		switch e, _ := progress.Take(); e.Kind {
		case ua.Ringing: // F3
			proceed(caller, callee, e)
		case ua.Established: // F5
			leg.identify()
			_ = caller.Answer() // F6
			return
		case ua.Ended:
			if leg.Call == callee {
				refuse(caller, callee, e)
			}
			return
		default: // nothing that it hangs on
		}
	}
	if leg.Call == callee {
		callee.HangUp() // the caller has left
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

// passedOn are what a refusal may say besides its code.
var passedOn = []sip.Header{sip.HeaderErrorInfo, sip.HeaderRetryAfter, sip.HeaderCallInfo, sip.HeaderWarning}

// refuse passes a refusal on.
func refuse(caller, callee *ua.Call, e ua.Event) {
	answer := sip.Answer{Code: e.Code, Reason: e.Reason}
	if answer.Code < 300 {
		answer = sip.Answer{Code: 480}
	}
	var more []ua.Field
	if m := callee.Refusal(); m != nil {
		headers := passedOn
		if answer.Code < 400 {
			headers = append([]sip.Header{sip.HeaderContact}, headers...)
		}
		for _, header := range headers {
			for value := range m.Values(header) {
				more = append(more, ua.Field{Name: header, Value: value})
			}
		}
	}
	if answer.Code == 401 || answer.Code == 407 {
		answer = sip.Answer{Code: 500} // nobody on this side has that password
	}
	caller.Reject(answer, more...)
}
