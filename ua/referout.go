package ua

import (
	"hookflash/dialog"
	"hookflash/sip"
	"hookflash/task"
)

// Refer asks somebody outside of any call to call somebody else (RFC 3515): a phone by its GRUU, a server by its
// address. It waits for the answer; a refusal is a *sip.StatusError. Without a subscription, as a Silent one is answered,
// no report follows.
func (a *Agent) Refer(t *task.Task, to string, wish Reference) (*Referring, error) {
	uri, err := sip.ParseURI(to)
	if err != nil || !uri.IsSIP() {
		return nil, ErrTarget
	}
	d := a.draft(sip.RequestURI(to))
	if d.Secure && !a.secured() {
		return nil, ErrInsecure
	}
	d.ID = dialog.ID{CallID: a.token() + "@" + a.settings.Local.Addr().String(), LocalTag: a.token()}
	if wish.From.URI != "" {
		d.Local = wish.From.Address()
	}
	r, response := a.refer(t, d, wish)
	return r.answered(response)
}

// answered is what becomes of the REFER by its final response.
func (r *Referring) answered(response Response) (*Referring, error) {
	if err := response.Err(); err != nil {
		r.Close()
		return nil, err
	}
	if r.dialog.RemoteTag == "" { // of no call, and no NOTIFY came yet
		if d, err := r.dialog.Fork(response.Message); err == nil {
			d.State = dialog.Confirmed
			r.dialog = d
		}
	}
	if wanted, err := sip.ParseReferSub(response.Message.Header(sip.HeaderReferSub)); err == nil && !wanted {
		r.Close() // RFC 4488 §4: it says so, else there is a subscription all the same
	}
	return r, nil
}

// belong takes the dialog that the first NOTIFY makes when it is there before the response (RFC 6665 §4.4.1).
func (r *Referring) belong(m *sip.Message) {
	if r.dialog.RemoteTag != "" {
		return
	}
	if d, err := dialog.Answer(m, r.dialog.LocalTag); err == nil {
		d.Sequence, d.Initiator, d.Local, d.Remote = r.dialog.Sequence, true, r.dialog.Local, r.dialog.Remote
		r.dialog = d
	}
}
