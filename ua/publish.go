package ua

import (
	"errors"
	"slices"
	"strings"
	"time"

	"hookflash/dialog"
	"hookflash/event"
	"hookflash/sip"
)

// MaxPublications is how many publications of our own an agent keeps up at a time.
const MaxPublications = 64

// ErrTooManyPublications tells that MaxPublications are there already.
var ErrTooManyPublications = errors.New("ua: too many publications")

// Publication is a state of ours that others watch at the server (RFC 3903).
type Publication struct {
	agent  *Agent
	state  event.Publisher
	dialog *dialog.Dialog // what the requests have in common; PUBLISH makes none
	due    *timer
	closed bool
}

// Publish prepares to publish the state of an event package of a target, such as the own address of
// record; Set gives the state. A lifetime of zero is an hour.
func (a *Agent) Publish(target string, wanted sip.Event, lifetime time.Duration) (*Publication, error) {
	uri, err := sip.ParseURI(target)
	if err != nil || !uri.IsSIP() {
		return nil, ErrTarget
	}
	if len(a.publications) >= MaxPublications {
		return nil, ErrTooManyPublications
	}
	p := &Publication{agent: a, state: event.NewPublisher(wanted, lifetime), dialog: a.draft(sip.RequestURI(target))}
	p.dialog.ID = dialog.ID{CallID: a.token() + "@" + a.settings.Local.Addr().String(), LocalTag: a.token()}
	a.publications = append(a.publications, p)
	return p, nil
}

// Set publishes a state, which is not empty, and keeps it up until Close.
func (p *Publication) Set(contentType, body string) {
	if !p.closed {
		p.state.Set(p.agent.now, contentType, body)
		p.step()
	}
}

// Close takes the state back. A Set behind it does nothing.
func (p *Publication) Close() {
	a := p.agent
	if p.closed {
		return
	}
	p.closed = true
	a.publications = slices.DeleteFunc(a.publications, func(other *Publication) bool { return other == p })
	p.state.Withdraw(a.now)
	p.step()
}

// Published tells whether the server holds what was set last, as far as it said.
func (p *Publication) Published() bool { return p.state.Published(p.agent.now) }

// Failure is the code for which the server does not take the state, 0 for none. Another Set tries again.
func (p *Publication) Failure() int { return p.state.Failure() }

func (p *Publication) step() {
	a := p.agent
	a.stop(p.due)
	p.due = nil
	if issue, due := p.state.Step(a.now); due {
		p.send(issue)
	}
	if at := p.state.Next(); !at.IsZero() {
		p.due = a.after(max(0, at.Sub(a.now)), p.step)
	}
}

func (p *Publication) send(issue event.Issue) {
	a := p.agent
	x := &exchange{agent: a, dialog: p.dialog, method: sip.PUBLISH, contentType: issue.ContentType, body: issue.Body}
	x.fields = []field{{sip.HeaderEvent, string(issue.Event.Append(nil))}, {sip.HeaderExpires, decimal(issue.Expires)}}
	if issue.IfMatch != "" {
		x.fields = append(x.fields, field{sip.HeaderSIPIfMatch, issue.IfMatch})
	}
	x.done = func(r Response) {
		answer := answerTo(r)
		if r.Message != nil {
			answer.ETag = strings.Clone(r.Message.Header(sip.HeaderSIPETag))
		}
		p.state.Answered(a.now, issue, answer)
		p.step()
	}
	x.start()
}
