package ua

import (
	"strings"
	"time"

	"hookflash/dialog"
	"hookflash/event"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// BriefestSubscription is the least that a subscription to us lasts; who asks for less, but for a single
// document, gets 423.
const BriefestSubscription = time.Minute

// Document gives the body of a NOTIFY, full or what changed since the last one; ok is false when
// there is nothing new to tell.
type Document func(full bool) (body string, ok bool)

// Subscription is somebody's subscription to us (RFC 6665 §4.2). Whoever handles it accepts or refuses it.
type Subscription struct {
	From   Party
	Target string // Request-URI
	// Watched names what is watched, for the cap on its subscriptions; "" when it is accepted: Target without
	// parameters. Whoever gives one thing several names says here which of them it is.
	Watched string

	agent    *Agent
	server   *transaction.Server // until it is answered
	kind     *event.Package
	usage    *usage
	state    event.Subscription
	document Document
	due      *timer
	queued   bool // it waits for its turn
	dropped  bool
}

// subscribed takes a SUBSCRIBE.
func (a *Agent) subscribed(p machine.Packet, server *transaction.Server) {
	m := p.Message
	wanted, err := sip.ParseEvent(m.Header(sip.HeaderEvent))
	if err != nil {
		a.respond(server, sip.Answer{Code: 400, Reason: "Event", ToTag: a.token()})
		return
	}
	u := a.dialogs[dialog.Of(m)]
	s := u.subscription(wanted)
	if !a.authorized(p) && (s == nil || !a.alongside(u.dialog, p)) { // a server need not say again who it is
		a.respond(server, sip.Answer{Code: 403, ToTag: a.token()})
		return
	}
	if s != nil {
		s.refresh(m, server)
		return
	}
	kind := event.Find(wanted.Package)
	handler := a.handlers.Subscribe[wanted.Package]
	if kind == nil || handler == nil {
		a.respond(server, sip.Answer{Code: 489, ToTag: a.token()}, field{sip.HeaderAllowEvents, a.packages()})
		return
	}
	handler(&Subscription{agent: a, server: server, kind: kind, usage: u, From: a.party(m, a.trusted(p)), Target: strings.Clone(m.RequestURI())})
}

// subscription finds one of the dialog's by its event.
func (u *usage) subscription(wanted sip.Event) *Subscription {
	if u == nil {
		return nil
	}
	for _, s := range u.subscriptions {
		if s.state.Event().Matches(wanted) {
			return s
		}
	}
	return nil
}

func requestOf(m *sip.Message) event.Request {
	wanted, _ := sip.ParseEvent(m.Header(sip.HeaderEvent))
	request := event.Request{Event: sip.Event{Package: strings.Clone(wanted.Package), ID: strings.Clone(wanted.ID)}}
	request.Expires, request.HasExpires = m.Number(sip.HeaderExpires)
	return request
}

// Accept answers the SUBSCRIBE and sends the first NOTIFY.
func (s *Subscription) Accept(document Document) {
	a, m := s.agent, s.server.Request
	if s.Watched == "" {
		s.Watched = plain(s.Target)
	}
	if !a.census.Admit(s.watcher(), s.Watched) {
		s.answer(event.Busy)
		return
	}
	if s.usage == nil {
		if s.usage = a.answerDialog(m); s.usage == nil {
			a.census.Leave(s.watcher(), s.Watched)
			a.respond(s.server, sip.Answer{Code: 400, Reason: "Contact or Record-Route", ToTag: a.token()})
			return
		}
	}
	var answer event.Answer
	s.document = document
	s.state, answer = event.Accept(a.now, requestOf(m), event.Offer{Terms: event.Terms{Minimum: BriefestSubscription, Default: s.kind.Lifetime}})
	if answer.Code >= 300 {
		a.census.Leave(s.watcher(), s.Watched)
		s.answer(answer)
		a.leave(s.usage)
		return
	}
	s.usage.subscriptions = append(s.usage.subscriptions, s)
	s.answer(answer)
	s.step()
}

// watcher is whom the subscription is counted for. All whom nobody vouches for are one: a From can say anything.
func (s *Subscription) watcher() string {
	if !s.From.Asserted {
		return ""
	}
	return s.From.URI
}

// plain is an address in one of the ways in which it can be written, without parameters: those would make any number
// of addresses out of one.
func plain(target string) string {
	uri, err := sip.ParseURI(target)
	if err != nil {
		return ""
	}
	user, host := sip.Unescape(uri.User), sip.Lower(uri.Host)
	if written := strings.TrimPrefix(target, "sip:"); written == user+"@"+host {
		return target
	}
	return "sip:" + user + "@" + host
}

// Refuse answers with a code of 300 to 699.
func (s *Subscription) Refuse(code int) { s.answer(event.Answer{Code: code}) }

func (s *Subscription) answer(answer event.Answer) {
	a := s.agent
	reply := sip.Answer{Code: answer.Code}
	if s.server.Request.ToTag() == "" {
		reply.ToTag = a.token()
		if s.usage != nil {
			reply.ToTag = s.usage.dialog.LocalTag
		}
	}
	var fields []field
	if answer.Code < 300 {
		fields = append(fields, field{sip.HeaderExpires, decimal(answer.Expires)}, field{sip.HeaderContact, a.contact("")})
	}
	if answer.MinExpires > 0 {
		fields = append(fields, field{sip.HeaderMinExpires, decimal(answer.MinExpires)})
	}
	if answer.RetryAfter > 0 {
		fields = append(fields, field{sip.HeaderRetryAfter, decimal(answer.RetryAfter)})
	}
	a.respond(s.server, reply, fields...)
	s.server = nil
}

// refresh takes a further SUBSCRIBE.
func (s *Subscription) refresh(m *sip.Message, server *transaction.Server) {
	s.server = server
	s.usage.dialog.Refresh(m)
	s.answer(s.state.Refresh(s.agent.now, requestOf(m)))
	s.step()
}

// Changed tells that there is something new to tell.
func (s *Subscription) Changed() {
	if s.state.Changed() {
		return // what waits to be told will tell of this, too
	}
	s.state.Change()
	s.step()
}

// End ends the subscription with a last NOTIFY.
func (s *Subscription) End(reason event.Reason) {
	s.state.Terminate(reason, 0)
	s.step()
}

// Over tells whether it has ended.
func (s *Subscription) Over() bool { return s.state.Over() }

// step sends what is due, when it is its turn.
func (s *Subscription) step() {
	if s.mayWait() && (s.queued || !s.agent.pace.take(s.agent.now)) {
		if !s.queued {
			s.agent.awaitTurn(s)
		}
		s.await(s.state.Until())
		return
	}
	s.tell()
}

// tell sends what is due.
func (s *Subscription) tell() {
	if notice, due := s.state.Notify(s.agent.now); due {
		s.send(notice)
	}
	if s.state.Done() {
		s.drop()
		return
	}
	s.await(s.state.Next())
}

// await has the next step taken at a time; the zero time: when something else happens.
func (s *Subscription) await(at time.Time) {
	a := s.agent
	a.stop(s.due)
	s.due = nil
	if !at.IsZero() {
		s.due = a.after(max(0, at.Sub(a.now)), s.step)
	}
}

func (s *Subscription) send(notice event.Notice) {
	a := s.agent
	body, fresh := "", false
	if !notice.Empty {
		body, fresh = s.document(notice.Full)
	}
	if !fresh && !notice.Required {
		s.state.Unsent()
		return
	}
	x := &exchange{agent: a, dialog: s.usage.dialog, method: sip.NOTIFY}
	x.fields = []field{
		{sip.HeaderContact, a.contact("")},
		{sip.HeaderEvent, string(notice.Event.Append(nil))},
		{sip.HeaderSubscriptionState, string(notice.State.Append(nil))},
	}
	if body != "" {
		x.contentType, x.body = s.kind.ContentType, body
	}
	x.done = func(r Response) {
		if s.state.Answered(a.now, r.Code) {
			s.step()
		} else {
			s.drop()
		}
	}
	x.start()
}

// drop takes the subscription out of its dialog.
func (s *Subscription) drop() {
	a := s.agent
	s.dropped = true
	a.stop(s.due)
	for i, other := range s.usage.subscriptions {
		if other == s {
			s.usage.subscriptions = append(s.usage.subscriptions[:i], s.usage.subscriptions[i+1:]...)
			a.census.Leave(s.watcher(), s.Watched)
			a.leave(s.usage)
			return
		}
	}
}

// notified takes a NOTIFY.
func (a *Agent) notified(p machine.Packet, server *transaction.Server) {
	m := p.Message
	if a.reported(p, server) {
		return
	}
	if w := a.watchingFor(m); w != nil {
		w.notified(p, server)
		return
	}
	answer := sip.Answer{Code: 481}
	wanted, err := sip.ParseEvent(m.Header(sip.HeaderEvent))
	if handler := a.handlers.Unsolicited[wanted.Package]; err == nil && handler != nil && a.trusted(p) && m.ToTag() == "" {
		handler(m)
		answer.Code = 200
	}
	if m.ToTag() == "" {
		answer.ToTag = a.token()
	}
	a.respond(server, answer)
}
