package ua

import (
	"strings"

	"hookflash/event"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// MaxPublished is how many states others keep at an agent at a time; more get event.Busy.
const MaxPublished = 4096

// Published is a state that somebody keeps at us (RFC 3903).
type Published struct {
	From   Party
	Target string // Request-URI
	Type   string // of the Body
	Body   string // "" of one that was taken back
}

// publishing is what one publisher keeps about one target.
type publishing struct{ from, target, kind string }

// published takes a PUBLISH. What its sender has said before about the same target is told by the entity-tag; a
// state that expires is told to nobody.
func (a *Agent) published(p machine.Packet, server *transaction.Server) {
	m := p.Message
	wanted, err := sip.ParseEvent(m.Header(sip.HeaderEvent))
	kind := event.Find(wanted.Package)
	handler := a.handlers.Publish[wanted.Package]
	switch {
	case err != nil:
		a.respond(server, sip.Answer{Code: 400, Reason: "Event", ToTag: a.token()})
		return
	case !a.authorized(p):
		a.respond(server, sip.Answer{Code: 403, ToTag: a.token()})
		return
	case kind == nil || handler == nil:
		a.respond(server, sip.Answer{Code: 489, ToTag: a.token()}, field{sip.HeaderAllowEvents, a.packages()})
		return
	}
	whole := Published{From: a.party(m, a.trusted(p)), Target: strings.Clone(m.RequestURI()), Type: strings.Clone(m.Header(sip.HeaderContentType)), Body: strings.Clone(m.Body())}
	key := publishing{whole.From.URI, whole.Target, kind.Name}
	kept := a.publishedBy(key)
	if kept == nil {
		a.answerPublish(server, event.Busy)
		return
	}
	request := event.Publish{IfMatch: m.Header(sip.HeaderSIPIfMatch), ContentType: whole.Type, Body: whole.Body}
	request.Expires, request.HasExpires = m.Number(sip.HeaderExpires)
	answer, changed := kept.Publish(a.now, request, a.token())
	if answer.Code < 300 && changed {
		if code := handler(whole); code >= 300 {
			delete(a.kept, key)
			answer = event.Answer{Code: code}
		}
	}
	if kept.Next().IsZero() {
		delete(a.kept, key)
	}
	a.answerPublish(server, answer)
}

// publishedBy is what a publisher keeps about a target; nil where that is too much.
func (a *Agent) publishedBy(key publishing) *event.Publications {
	if kept := a.kept[key]; kept != nil {
		kept.Advance(a.now)
		return kept
	}
	if len(a.kept) >= MaxPublished {
		for other, kept := range a.kept {
			if kept.Advance(a.now); kept.Next().IsZero() {
				delete(a.kept, other)
			}
		}
		if len(a.kept) >= MaxPublished {
			return nil
		}
	}
	if a.kept == nil {
		a.kept = map[publishing]*event.Publications{}
	}
	a.kept[key] = &event.Publications{}
	return a.kept[key]
}

func (a *Agent) answerPublish(server *transaction.Server, answer event.Answer) {
	var fields []field
	if answer.ETag != "" {
		fields = append(fields, field{sip.HeaderSIPETag, answer.ETag}, field{sip.HeaderExpires, decimal(answer.Expires)})
	}
	if answer.MinExpires > 0 {
		fields = append(fields, field{sip.HeaderMinExpires, decimal(answer.MinExpires)})
	}
	if answer.RetryAfter > 0 {
		fields = append(fields, field{sip.HeaderRetryAfter, decimal(answer.RetryAfter)})
	}
	a.respond(server, sip.Answer{Code: answer.Code, ToTag: a.token()}, fields...)
}
