package ua

import (
	"hookflash/dialog"
	"hookflash/event"
	"hookflash/sip"
)

// Notice is a NOTIFY that nobody subscribed to: some phones take message-summary that way (RFC 3842
// §3 leaves it out; the phones' makers did not).
type Notice struct {
	To      string // a sip or sips URI
	Package string // of the event
	Type    string // of the Body
	Body    string
}

// Notify sends a NOTIFY outside of any dialog; done, which may be nil, is told what became of it. Who has
// not asked for it answers 481.
func (a *Agent) Notify(n Notice, done func(Response)) error {
	uri, err := sip.ParseURI(n.To)
	if err != nil || !uri.IsSIP() || !sip.IsToken(n.Package) {
		return ErrTarget
	}
	d := a.draft(sip.RequestURI(n.To))
	d.ID = dialog.ID{CallID: a.token() + "@" + a.settings.Local.Addr().String(), LocalTag: a.token()}
	x := &exchange{agent: a, dialog: d, method: sip.NOTIFY, contentType: n.Type, body: n.Body, done: done}
	over := sip.SubscriptionState{State: event.Terminated, Reason: string(event.NoResource)} // there is none to go on
	x.fields = []field{
		{sip.HeaderContact, a.contact("")},
		{sip.HeaderEvent, n.Package},
		{sip.HeaderSubscriptionState, string(over.Append(nil))},
	}
	x.start()
	return nil
}
