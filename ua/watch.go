package ua

import (
	"errors"
	"strings"
	"time"

	"hookflash/dialog"
	"hookflash/event"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/transaction"
)

// MaxWatchings is how many subscriptions of our own an agent has at a time.
const MaxWatchings = 1024

// ErrTooManyWatchings tells that MaxWatchings are there already.
var ErrTooManyWatchings = errors.New("ua: too many subscriptions")

// maxUnread is how many documents of a subscription may be unread; what comes then is dropped, and
// the next one is asked for in full.
const maxUnread = 64

// Watching is a subscription of ours (RFC 6665 §4.1).
type Watching struct {
	// Documents are the bodies as they come.
	Documents *task.Queue[string]

	agent  *Agent
	target string
	state  event.Subscriber
	dialog *dialog.Dialog // a draft until a NOTIFY or a 2xx names the far side
	due    *timer
	ended  *task.Queue[struct{}]
}

// Watch subscribes to an event package of a target for as long as it is not closed; a lifetime of
// zero is an hour.
func (a *Agent) Watch(target string, wanted sip.Event, lifetime time.Duration) (*Watching, error) {
	return a.watch(target, event.Subscribe(a.now, wanted, lifetime))
}

// Fetch asks for the state of an event package of a target once (RFC 6665 §4.4.3).
func (a *Agent) Fetch(target string, wanted sip.Event) (*Watching, error) {
	return a.watch(target, event.Fetch(a.now, wanted))
}

func (a *Agent) watch(target string, state event.Subscriber) (*Watching, error) {
	uri, err := sip.ParseURI(target)
	if err != nil || !uri.IsSIP() {
		return nil, ErrTarget
	}
	if len(a.watchings) >= MaxWatchings {
		return nil, ErrTooManyWatchings
	}
	w := &Watching{
		Documents: task.NewQueue[string](maxUnread), agent: a, target: sip.RequestURI(target),
		state: state, ended: task.NewQueue[struct{}](1),
	}
	a.watchings = append(a.watchings, w)
	w.step()
	return w, nil
}

// Close ends the subscription; what still comes for it is taken until its last NOTIFY.
func (w *Watching) Close() {
	w.state.Unsubscribe(w.agent.now)
	w.step()
}

// Renew asks for the whole state again.
func (w *Watching) Renew() {
	w.state.Renew(w.agent.now)
	w.step()
}

// Ended is ready when the subscription is over for good; Failure says why.
func (w *Watching) Ended() task.Source { return w.ended }

// Failure is why it is over; zero: our own wish.
func (w *Watching) Failure() event.Failure { return w.state.Failure() }

func (w *Watching) step() {
	a := w.agent
	a.stop(w.due)
	w.due = nil
	for range event.MaxPerWatcher {
		ask, due := w.state.Step(a.now)
		if !due {
			break
		}
		w.send(ask)
	}
	if w.state.Stage() == event.Closed {
		w.drop()
		return
	}
	if at := w.state.Next(); !at.IsZero() {
		w.due = a.after(max(0, at.Sub(a.now)), w.step)
	}
}

func (w *Watching) send(ask event.Ask) {
	a := w.agent
	if ask.Initial || w.dialog == nil {
		w.dialog = a.draft(w.target)
		w.dialog.ID = dialog.ID{CallID: a.token() + "@" + a.settings.Local.Addr().String(), LocalTag: a.token()}
	}
	x := &exchange{agent: a, dialog: w.dialog, method: sip.SUBSCRIBE}
	x.fields = []field{
		{sip.HeaderContact, a.contact("")}, {sip.HeaderEvent, string(ask.Event.Append(nil))}, {sip.HeaderExpires, decimal(ask.Expires)},
	}
	if kind := event.Find(ask.Event.Package); kind != nil {
		x.fields = append(x.fields, field{sip.HeaderAccept, kind.ContentType})
	}
	x.fields = append(x.fields, a.abilities()...)
	x.done = func(r Response) {
		if r.Message != nil && r.OK() {
			w.belong(r.Message)
		}
		w.state.Answered(a.now, ask, answerTo(r))
		w.step()
	}
	x.start()
}

// belong takes the dialog of the 2xx to a SUBSCRIBE, unless a NOTIFY made it before.
func (w *Watching) belong(m *sip.Message) {
	if w.dialog.RemoteTag != "" {
		if w.dialog.RemoteTag != m.ToTag() { // a fork's, whose NOTIFY was first
			return
		}
		// Servers that record the route of a SUBSCRIBE don't all record that of its NOTIFY (RFC 6665 §4.3): without
		// a route, the requests to come would go past them.
		if len(w.dialog.Route) > 0 || w.dialog.Confirm(m) != nil {
			w.dialog.Refresh(m)
		}
		return
	}
	if d, err := w.dialog.Fork(m); err == nil {
		w.dialog = d
	}
}

func answerTo(r Response) event.Response {
	answer := event.Response{Code: r.Code}
	if r.Message == nil {
		return answer
	}
	answer.Expires, answer.HasExpires = r.Message.Number(sip.HeaderExpires)
	answer.MinExpires, _ = r.Message.Number(sip.HeaderMinExpires)
	if later, err := sip.ParseRetryAfter(r.Message.Header(sip.HeaderRetryAfter)); err == nil {
		answer.RetryAfter = later.Seconds
	}
	return answer
}

// watchingFor finds the subscription of a NOTIFY.
func (a *Agent) watchingFor(m *sip.Message) *Watching {
	wanted, err := sip.ParseEvent(m.Header(sip.HeaderEvent))
	for _, w := range a.watchings {
		d := w.dialog
		if err == nil && d != nil && d.CallID == m.CallID() && d.LocalTag == m.ToTag() &&
			(d.RemoteTag == "" || d.RemoteTag == m.FromTag()) && w.state.Event().Matches(wanted) {
			return w
		}
	}
	return nil
}

// notified takes a NOTIFY of the subscription.
func (w *Watching) notified(p machine.Packet, server *transaction.Server) {
	a, m := w.agent, p.Message
	if w.dialog.RemoteTag != "" && !a.alongside(w.dialog, p) {
		a.respond(server, sip.Answer{Code: 403})
		return
	}
	if w.dialog.RemoteTag == "" {
		// RFC 6665 §4.4.1: the NOTIFY makes the dialog; its Record-Route is in the order of a request.
		d, err := dialog.Answer(m, w.dialog.LocalTag)
		if err != nil || d.Target == "" {
			a.respond(server, sip.Answer{Code: 400, Reason: "Contact or Record-Route"})
			return
		}
		d.Sequence, d.Initiator, d.Local, d.Remote = w.dialog.Sequence, true, w.dialog.Local, w.dialog.Remote
		w.dialog = d
	}
	w.dialog.Refresh(m)
	code := w.state.Notified(a.now, event.Read(m))
	a.respond(server, sip.Answer{Code: code})
	if code == 200 && m.Body() != "" {
		if !w.Documents.Put(strings.Clone(m.Body())) {
			w.state.Renew(a.now)
		}
		a.Tell(Event{Kind: Notified, From: w.target, Text: w.state.Event().Package})
	}
	w.step()
}

func (w *Watching) drop() {
	a := w.agent
	a.stop(w.due)
	for i, other := range a.watchings {
		if other == w {
			a.watchings = append(a.watchings[:i], a.watchings[i+1:]...)
			w.ended.Put(struct{}{})
			return
		}
	}
}
