package room

import (
	"strings"

	"hookflash/event/refer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// dialing is somebody who is to be called into a room.
type dialing struct {
	target     string // URI
	payer      string // user whose permissions it goes by; "": nobody's, and no further than our users
	by         string // URI of who wants it
	referredBy string // value of Referred-By
	replaces   sip.DialogID
	role       Role
	report     func(f refer.Fragment) // nil: nobody is told
}

// dial calls somebody into the room (RFC 4579 §5.5); code refuses.
//
//	alice               conference                          bob      carol
//	  |                      |                               |         |
//	  |       INVITE F1      |                               |         |
//	  |--------------------->|                               |         |
//	  |       200 OK F2      |                               |         |
//	  |<---------------------|                               |         |
//	  |        ACK F3        |                               |         |
//	  |--------------------->|                               |         |
//	  |       REFER F4       |                               |         |
//	  |--------------------->|                               |         |
//	  |       200 OK F5      |                               |         |
//	  |<---------------------|                               |         |
//	  | NOTIFY 100 Trying F6 |                               |         |
//	  |<---------------------|                               |         |
//	  |       200 OK F7      |                               |         |
//	  |--------------------->|                               |         |
//	  |                      | INVITE Referred-By isfocus F8 |         |
//	  |                      |------------------------------>|         |
//	  |                      |         180 Ringing F9        |         |
//	  |                      |<------------------------------|         |
//	  |                      |           200 OK F10          |         |
//	  |                      |<------------------------------|         |
//	  |                      |            ACK F11            |         |
//	  |                      |------------------------------>|         |
//	  |   NOTIFY 200 OK F12  |                               |         |
//	  |<---------------------|                               |         |
//	  |      200 OK F13      |                               |         |
//	  |--------------------->|                               |         |
func (m *meeting) dial(d dialing) (p *participant, code int) {
	switch {
	case m.over:
		return nil, 404
	case len(m.present) >= m.limit():
		return nil, 486
	}
	p = m.participant(nil, d.role)
	p.party, p.by, p.dialled, p.state = ua.Party{URI: bare(d.target)}, d.by, true, "dialing-out"
	p.entity = p.party.URI
	started := m.service.agent.Go("dial", func(t *task.Task) {
		defer p.leave()
		err := p.reach(t, d)
		if err != nil {
			p.gone = failing(err, p.gone)
		}
		if d.report != nil {
			if err != nil {
				d.report(refer.Status(codeOf(err)))
			} else {
				d.report(p.call.Fragment(200))
			}
		}
		if p.call != nil {
			defer p.call.HangUp()
		}
		if err == nil {
			p.enter(t)
			p.attend(t)
		}
	})
	if started == nil { // task.MaxTasks
		p.unattended()
		return nil, 486
	}
	m.show(p)
	return p, 0
}

// reach calls a participant, and waits for the answer.
func (p *participant) reach(t *task.Task, d dialing) error {
	m := p.room
	target := unpaid(d.target)
	if d.payer != "" {
		target += ";payer=" + sip.EscapeUser(d.payer)
	}
	if p.gone != "" {
		return &sip.StatusError{Code: 487, Reason: sip.Reason(487)}
	}
	call, err := m.service.agent.Invite(ua.Invitation{
		Target: target, From: m.shown(), Address: m.uri(), Room: p.private, ReferredBy: d.referredBy, Replaces: d.replaces,
	})
	if err != nil {
		return err
	}
	p.call = call
	m.service.calls[call] = p
	events := call.Watch()
	defer call.Unwatch(events)
	for call.State != ua.Talking {
		t.First(events)
		e, _ := events.Take()
		switch e.Kind {
		case ua.Ringing:
			p.state = "alerting"
			m.show(p)
		case ua.Ended:
			return &sip.StatusError{Code: e.Code, Reason: e.Reason}
		default: // it is not answered yet
		}
		if call.State == ua.Over {
			return &sip.StatusError{Code: 487, Reason: sip.Reason(487)}
		}
	}
	if p.party.Name == "" {
		p.party.Name = call.Remote.Name
	}
	// Calls are forwarded: who has answered is not whom the room has called, unless the server says so.
	if p.user = m.service.user(call.Answerer); m.right(p.user) == Moderator {
		p.role = Moderator
	}
	return nil
}

// failing is the roster's disconnection method for somebody who did not come.
func failing(err error, gone string) string {
	switch code := codeOf(err); {
	case gone != "":
		return gone
	case code == 486 || code == 600:
		return "busy"
	default:
		return "failed"
	}
}

// dialAll calls everybody of the room's list who is not there yet.
func (m *meeting) dialAll(moderator, by string) {
	payer := m.Payer
	if payer == "" {
		payer = moderator
	}
	for _, text := range m.Dial[:min(len(m.Dial), MaxDial)] {
		target, ok := m.service.target(text)
		if !ok || m.of(target) != nil {
			continue
		}
		_, _ = m.dial(dialing{target: target, payer: payer, by: by, role: Member})
	}
}

// target is the URI of what a list or a telephone's keys say: a number, a user, or a URI.
func (s *Service) target(text string) (uri string, ok bool) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "sip:") || strings.HasPrefix(text, "sips:") {
		_, err := sip.ParseURI(text)
		return text, err == nil
	}
	if text == "" || len(text) > maxName {
		return "", false
	}
	uri = "sip:" + sip.EscapeUser(text) + "@" + s.settings.Domain
	if strings.Trim(text, "+0123456789") == "" {
		uri += ";user=phone"
	}
	_, err := sip.ParseURI(uri)
	return uri, err == nil
}

// of is the participant of an address, nil where none is.
func (m *meeting) of(target string) *participant {
	entity := bare(target)
	for _, p := range m.present {
		if p.entity == entity && p.gone == "" {
			return p
		}
	}
	return nil
}

// bare is a URI without parameters and header fields.
func bare(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil {
		return text
	}
	uri.Params, uri.Headers = "", ""
	return uri.String()
}

// unpaid is a URI without what the server believes its agents alone: who pays, and whose rules are left out.
func unpaid(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil {
		return text
	}
	uri.Params, uri.Headers = uri.Params.Without("payer", "phones"), ""
	return uri.String()
}
