package b2bua

import (
	"cmp"
	"time"

	"hookflash/media/graph"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Outgoing is a call to somebody whom a conversation wants.
type Outgoing struct {
	Target string   // a SIP URI, or what people dial
	As     ua.Party // who calls, as the callee is shown
	For    *Leg     // in place of As: on whose behalf it is called
	// Payer is the user by whose permissions it is called, "" for who calls.
	Payer string
	// Unpaid: it is nobody's permissions by which it is called, and so it goes nowhere where it costs anything.
	Unpaid     bool
	ReferredBy string
	Replaces   sip.DialogID
	Alert      string // value of Alert-Info, "" for none
	// Room is where the callee is heard; zero: a room of its own.
	Room graph.Room
	// Hears are told by a tone that it rings.
	Hears []*Leg
	// Until ends the wait, nil for nothing: then the call is given up.
	Until task.Source
	// Patience is how long it may ring; zero: ua.RingLimit.
	Patience time.Duration
}

// Call calls somebody, and waits for the answer; the call is in no conversation yet. Errors: a *sip.StatusError with what
// was answered, 408 when it rang too long; ua.ErrOver when Until ended the wait; those of ua.Agent.Invite.
func (e *Exchange) Call(t *task.Task, o Outgoing) (*ua.Call, error) {
	call, err := e.agent.Invite(o.invitation(e.Address(o.Target), e.settings.Domain))
	if err != nil {
		return nil, err
	}
	var picked task.Queue[*ua.Call]
	e.ringing[call] = &picked
	defer delete(e.ringing, call)
	silence := ringback(o.Hears)
	defer func() { silence() }()
	progress := call.Watch()
	defer call.Unwatch(progress)
	limit := t.After(cmp.Or(o.Patience, ua.RingLimit))
	for {
		switch t.First(progress, o.Until, limit, &picked) {
		case 0:
			switch event, _ := progress.Take(); event.Kind {
			case ua.Ringing:
				if call.EarlyMedia && o.Room != 0 { // what the callee plays is heard there
					silence()
					silence = func() {}
				}
			case ua.Established:
				return call, nil
			case ua.Ended:
				return nil, &sip.StatusError{Code: event.Code, Reason: event.Reason, Err: errTarget}
			default: // nothing that it hangs on
			}
		case 1:
			call.HangUp()
			return nil, ua.ErrOver
		case 3:
			call.HangUp()
			taken, _ := picked.Take()
			if o.Room != 0 {
				taken.Enter(o.Room)
			}
			return taken, nil
		default:
			call.HangUp()
			return nil, &sip.StatusError{Code: 408, Reason: sip.Reason(408), Err: errTarget}
		}
	}
}

// plain is an address without what the server reads in those that its agents call (who pays, whose rules are not asked, by
// which trunk the call came): who wrote it is not believed.
func plain(target string) string {
	uri, err := sip.ParseURI(target)
	if err != nil {
		return target
	}
	stripped := uri.Params.Without("payer", "phones", "trunk")
	if stripped == uri.Params {
		return target
	}
	uri.Params = stripped
	return uri.String()
}

// ringback has legs hear that it rings.
func ringback(legs []*Leg) (silence func()) {
	var stops []func()
	for _, l := range legs {
		if l.Call.State == ua.Talking {
			stops = append(stops, l.Call.Sound(Ringback))
		}
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}

// Address is the SIP URI of a target: what people dial is of the domain, and so is a telephone number (RFC 3261 §19.1.6).
func (e *Exchange) Address(target string) string {
	switch uri, err := sip.ParseURI(target); {
	case err == nil && uri.IsTel():
		return "sip:" + sip.EscapeUser(uri.User) + "@" + e.settings.Domain + ";user=phone"
	case err == nil && uri.IsSIP():
		return target
	}
	return "sip:" + sip.EscapeUser(target) + "@" + e.settings.Domain
}

func (o *Outgoing) invitation(target, domain string) ua.Invitation {
	i := ua.Invitation{Target: target, From: o.As, Replaces: o.Replaces, ReferredBy: o.ReferredBy, Room: o.Room}
	if o.For != nil {
		i.From, i.Fields = o.For.shown(domain)
	}
	if o.Alert != "" {
		i.Fields = append(i.Fields, ua.Field{Name: sip.HeaderAlertInfo, Value: o.Alert})
	}
	if uri, err := sip.ParseURI(target); err == nil && (o.Payer != "" || o.Unpaid) {
		if id, there, err := uri.Replaces(); there && err == nil {
			i.Replaces = id
		}
		uri.Headers = ""
		i.Target = uri.String() + ";payer=" + sip.EscapeUser(o.Payer)
	}
	return i
}

// shown is a leg as others see it whom it calls: a user by the user's address, and who hid when he called or answered remains hidden
// (RFC 3325 §7).
func (l *Leg) shown(domain string) (from ua.Party, fields []ua.Field) {
	call := l.Call
	if !call.Incoming {
		if from = l.Party; l.Hides() {
			from = call.Remote
		}
		if l.User != "" {
			from = ua.Party{URI: "sip:" + sip.EscapeUser(l.User) + "@" + domain, Name: from.Name, Asserted: true}
		}
		if l.Hides() {
			fields = append(fields, ua.Field{Name: sip.HeaderPAssertedIdentity, Value: from.Address()}, ua.Field{Name: sip.HeaderPrivacy, Value: call.Privacy})
			return ua.Anonymous, fields
		}
		return from, nil
	}
	if call.Remote.Asserted {
		fields = append(fields, ua.Field{Name: sip.HeaderPAssertedIdentity, Value: call.Remote.Address()})
	}
	if call.Privacy != "" {
		fields = append(fields, ua.Field{Name: sip.HeaderPrivacy, Value: call.Privacy})
	}
	return call.Shown, fields
}
