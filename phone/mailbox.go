package phone

import (
	"fmt"
	"strings"

	"hookflash/event/summary"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// summarized takes a NOTIFY that nobody subscribed to, as many servers send it after a REGISTER.
func (p *Phone) summarized(m *sip.Message) { p.waiting(p.settings.AOR(), strings.Clone(m.Body())) }

// waiting tells what waits in a mailbox. A body that can't be read tells nothing.
func (p *Phone) waiting(mailbox, body string) {
	found, err := summary.Parse(body)
	if err != nil {
		return
	}
	if found.Account != "" {
		mailbox = found.Account
	}
	text := "no"
	if found.Waiting {
		text = "yes"
	}
	for _, count := range found.Counts {
		if strings.EqualFold(count.Class, summary.Voice) {
			text = fmt.Sprintf("%d/%d", count.New, count.Old)
		}
	}
	p.agent.Tell(ua.Event{Kind: ua.MessagesWaiting, From: mailbox, Text: text})
}

// watchMailbox subscribes to what waits in the mailbox, unless it has, within a step.
func (p *Phone) watchMailbox() {
	mailbox := p.settings.Mailbox
	if mailbox == "" || p.mailbox != nil || p.person.leaving {
		return
	}
	watching, err := p.agent.Watch(mailbox, sip.Event{Package: summary.Package}, 0)
	if err != nil {
		p.agent.Tell(ua.Event{Kind: ua.Failed, From: mailbox, Reason: err.Error(), Text: mailbox})
		return
	}
	p.mailbox = watching
	p.agent.Go("mailbox", func(t *task.Task) {
		for t.First(watching.Documents, watching.Ended()) == 0 {
			body, _ := watching.Documents.Take()
			p.waiting(mailbox, body)
		}
		p.mailbox = nil // the next registration tries again
		if why := watching.Failure(); why.Code != 0 {
			p.agent.Tell(ua.Event{Kind: ua.Failed, From: mailbox, Code: why.Code, Reason: "The mailbox can't be watched", Text: mailbox})
		}
	})
}
