package clicktodial

import (
	"errors"
	"time"

	"hookflash/event/dialoginfo"
	"hookflash/event/refer"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// refer asks the phone to call the target; false when it takes no REFER, and nothing has happened. What the phone makes of
// it is seen at the proxy.
//
//	Click               Bob                 Carol
//	  |     REFER F1      |                   |
//	  |------------------>|                   |
//	  |      200 F2       |                   |
//	  |<------------------|                   |
//	  |                   |     INVITE F3     |
//	  |                   |------------------>|
//	  |                   |      180 F4       |
//	  |                   |<------------------|
//	  |                   |      200 F5       |
//	  |                   |<------------------|
//	  |                   |      ACK F6       |
//	  |                   |------------------>|
//	  |                   |    both way RTP   |
//	  |                   |<=================>|
func (k *click) refer(t *task.Task) bool {
	defer k.desk.watch(k.wish.User)()
	f := following{click: k, known: map[string]bool{}}
	defer f.forget()
	k.Way = Referred
	k.tell(Initiated, PhoneAsked, 0)
	referring, err := k.desk.agent.Refer(t, k.wish.Phone.URI, ua.Reference{ // F1
		Target: k.wish.Target, Silent: true, From: ua.Party{URI: k.user, Asserted: true}, ReferredBy: "<" + k.user + ">",
	})
	if err != nil {
		code := codeOf(err)
		k.tell(Initiated, PhoneRefused, code)
		if away(code) {
			k.fail(code, true)
			return true
		}
		return false
	}
	defer referring.Close()
	k.tell(Initiated, PhoneAccepted, 200) // F2
	f.referring = referring
	f.follow(t)
	return true
}

// away tells whether a phone refused because it is not there, and not because of what it was asked.
func away(code int) bool {
	switch code {
	case 404, 408, 410, 430, 480, 503, 504:
		return true
	}
	return false
}

func codeOf(err error) int {
	var status *sip.StatusError
	if errors.As(err, &status) && status.Code >= 300 {
		return status.Code
	}
	return 500
}

// following is a call that a phone was asked to place, as the proxy sees it.
type following struct {
	*click
	referring *ua.Referring
	known     map[string]bool // dialogs of the user that are not this call's
	found     *proxy.Leg      // this call's
	talked    bool
	over      bool
	wanted    bool // that it ends
}

// whenCanceled is how long a call that is not wanted any more may still come.
const whenCanceled = 10 * time.Second

func (f *following) follow(t *task.Task) {
	patience, ask := t.After(CallTime), t.After(again)
	for !f.over {
		switch t.First(&f.records, f.referring.Reports, &f.cancel, patience, ask) {
		case 0:
			record, _ := f.records.Take()
			f.heard(record)
		case 1:
			if report, ok := f.referring.Reports.Take(); ok {
				f.reported(report)
			}
		case 2:
			f.cancel.Take()
			f.wanted = true
			if f.found == nil {
				patience = t.After(whenCanceled)
			}
		case 3:
			f.over = f.found == nil
			patience = t.After(untold)
		case 4:
			f.desk.agent.Tell(proxy.Watch{User: f.wish.User, By: agentName})
			ask = t.After(again)
		}
		if f.wanted && f.found != nil && !f.over {
			f.wanted = false
			f.giveUp(t)
		}
	}
	if f.talked {
		f.end(Completed, 0, false)
	} else {
		f.end(NoAnswer, 408, true) // the phone did not call
	}
}

// untold is how long nothing need be told of a call.
const untold = 24 * time.Hour

// forget leaves the phone's call to others.
func (f *following) forget() {
	if f.found != nil {
		delete(f.desk.claimed, f.found.Dialog.ID)
	}
}

// heard takes what the proxy tells.
func (f *following) heard(record any) {
	switch r := record.(type) {
	case proxy.Leg:
		f.leg(r)
	case proxy.Standing:
		stands := false
		for _, d := range r.Dialogs {
			stands = stands || f.found != nil && d.ID == f.found.Dialog.ID
			if f.referring == nil && f.found == nil { // it stood before the phone was asked
				f.known[d.ID] = true
			}
			f.leg(proxy.Leg{User: r.User, Source: r.Source, Dialog: d})
		}
		if f.found != nil && f.found.Source == r.Source && !stands {
			f.gone(dialoginfo.Dialog{State: dialoginfo.Terminated})
		}
	}
}

// leg takes how a call of the user stands: this one, or another.
func (f *following) leg(l proxy.Leg) {
	id, before := l.Dialog.ID, dialoginfo.Trying
	switch {
	case f.found != nil && f.found.Dialog.ID == id:
		before = f.found.Dialog.State
	case f.found != nil, f.known[id], f.desk.claimed[id], l.Dialog.State == dialoginfo.Terminated:
		return
	case l.Dialog.Direction != dialoginfo.Initiator || !sameTarget(l.Dialog.Remote.Identity.URI, f.Target):
		return
	default:
		f.desk.claimed[id] = true
		f.tell(Initiated, TargetCalled, 0) // F3
	}
	f.found = &l
	switch state := l.Dialog.State; {
	case state == dialoginfo.Terminated:
		f.gone(l.Dialog)
	case state == dialoginfo.Confirmed && !f.talked:
		f.answered() // F5
	case state > before && !f.talked && before == dialoginfo.Trying:
		f.tell(Ringing, TargetRings, 180) // F4
	}
}

func (f *following) answered() {
	f.talked = true
	f.tell(InProgress, TargetAnswered, 200)
	f.tell(InProgress, TalkBegan, 0)
}

// gone takes the end of the phone's call.
func (f *following) gone(d dialoginfo.Dialog) {
	f.over = true
	switch {
	case f.talked:
		f.end(Completed, 0, false)
	case d.Event == dialoginfo.Cancelled:
		f.end(Canceled, 487, true)
	case d.Code != 0:
		f.fail(d.Code, false)
	default:
		f.end(Failed, 0, false)
	}
}

// reported takes what a phone tells that was not to report.
func (f *following) reported(report refer.Fragment) {
	switch {
	case !report.Final():
		if report.Code > 100 && f.found == nil && f.Status == Initiated {
			f.tell(Ringing, TargetRings, report.Code)
		}
	case report.Code < 300:
		if !f.talked {
			f.answered()
		}
	case f.found == nil:
		f.over = true
		f.fail(report.Code, false)
	}
}

// sameTarget tells whether two URIs lead to the same one: a phone may write a number's host in its own way.
func sameTarget(one, other string) bool {
	a, err := sip.ParseURI(one)
	b, problem := sip.ParseURI(other)
	return err == nil && problem == nil && sip.Unescape(a.User) == sip.Unescape(b.User) && a.User != "" || one == other
}
