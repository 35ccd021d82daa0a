package ua

import (
	"errors"
	"strings"

	"hookflash/dialog"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/transaction"
)

// MaxLetter is how many octets of text a MESSAGE may have (RFC 3428 §8).
const MaxLetter = 1300

// ErrTooLong tells of a text of more than MaxLetter octets.
var ErrTooLong = errors.New("ua: the message is too long")

// Letter is a MESSAGE.
type Letter struct {
	From Party
	To   string // of one that is sent: whom to
	Type string // "": text/plain
	Text string
	Call *Call // within whose dialog it came, nil: none
}

// Write sends a MESSAGE (RFC 3428); done is told what became of it.
func (a *Agent) Write(letter Letter, done func(Response)) error {
	uri, err := sip.ParseURI(letter.To)
	switch {
	case err != nil || !uri.IsSIP():
		return ErrTarget
	case len(letter.Text) > MaxLetter:
		return ErrTooLong
	}
	d := a.draft(sip.RequestURI(letter.To))
	d.ID = dialog.ID{CallID: a.token() + "@" + a.settings.Local.Addr().String(), LocalTag: a.token()}
	x := &exchange{agent: a, dialog: d, method: sip.MESSAGE, contentType: letter.Type, body: letter.Text, done: done}
	if x.contentType == "" {
		x.contentType = "text/plain;charset=utf-8"
	}
	x.start()
	return nil
}

// Send is Write, and waits for what becomes of it.
func (a *Agent) Send(t *task.Task, letter Letter) error {
	var problem error
	response := await(t, func(done func(Response)) {
		if problem = a.Write(letter, done); problem != nil {
			done(Response{})
		}
	})
	if problem != nil {
		return problem
	}
	return response.Err()
}

// letter takes a MESSAGE.
func (a *Agent) letter(p machine.Packet, server *transaction.Server) {
	m := p.Message
	answer := sip.Answer{Code: 413}
	if len(m.Body()) <= MaxLetter {
		letter := Letter{From: a.party(m, a.trusted(p)), Type: strings.Clone(m.Header(sip.HeaderContentType)), Text: strings.Clone(m.Body())}
		if u := a.dialogs[dialog.Of(m)]; u != nil {
			letter.Call = u.call
		}
		answer.Code = a.handlers.Message(letter)
		if answer.Code >= 200 && answer.Code < 300 {
			a.Tell(Event{Kind: Message, From: letter.From.URI, Name: letter.From.Name, Text: letter.Text})
		}
	}
	a.respond(server, answer)
}

// informed takes an INFO. No Info Package is known here (RFC 6086 §4.2.2: 469); what has none is
// the handler's.
func (c *Call) informed(m *sip.Message, server *transaction.Server) {
	if _, packaged := m.HeaderNamed("Info-Package"); packaged {
		c.agent.respond(server, sip.Answer{Code: 469})
		return
	}
	c.agent.respond(server, sip.Answer{Code: c.agent.handlers.Info(c, m)})
}
