package proxy

import (
	"strings"

	"hookflash/machine"
	"hookflash/sip"
)

// spokenTo is the user whose phones are to answer by themselves, who has allowed it. Refusals of that user's count
// as for any call; where the user has calls sent does not.
func (m *Machine) spokenTo(g *routing, code Code, argument string) (d destination, ok bool) {
	text := "sip:" + sip.EscapeUser(argument) + "@" + m.settings.Domains[0]
	uri, err := sip.ParseURI(text)
	if argument == "" || err != nil {
		return m.inVain(code.Code, resultNone)
	}
	switch d = m.destinationOf(text, uri); {
	case d.means != meansUser:
		return m.inVain(code.Code, resultNone)
	case d.user.Routing == nil || !d.user.Routing.Intercom:
		return m.inVain(code.Code, resultRefused)
	}
	g.intercom, g.only = true, true
	return d, true
}

// setAnswering has phones answer by themselves for who dialled the code, and for nobody else: what a caller's own request
// says of that goes on only to who allows it to the users of the domain. The agent that stands between telephones passes on
// what callers say.
func (m *Machine) setAnswering(e *sip.Edit, r *request, h *hop) {
	message := r.p.Message
	switch {
	case message.Method() != sip.INVITE || m.agentOf(h.target.flow) == bridgeAgent:
	case r.p.Flow.Transport == machine.Inside && m.agentOf(r.p.Flow) != bridgeAgent:
	case h.routing != nil && h.routing.intercom:
		m.noAnswering(e, message)
		m.setIntercom(e)
	case r.who.User == nil || !m.takesIntercom(h.target.user):
		m.noAnswering(e, message)
	}
}

func (m *Machine) takesIntercom(name string) bool {
	user := m.views.Users.User(name)
	return user != nil && user.Routing != nil && user.Routing.Intercom
}

// setIntercom asks a phone to answer by itself, in the words of all makers (RFC 5373 §4, RFC 3261 §20.4, §20.9).
func (m *Machine) setIntercom(e *sip.Edit) {
	domain := m.settings.Domains[0]
	e.Add(sip.HeaderCallInfo, []byte("<sip:"+domain+">;answer-after=0"))
	e.Add(sip.HeaderAlertInfo, []byte("<http://"+domain+">;info=alert-autoanswer;delay=0"))
	e.AddNamed("Answer-Mode", []byte("Auto"))
}

// noAnswering takes away what would have a phone answer by itself.
func (m *Machine) noAnswering(e *sip.Edit, message *sip.Message) {
	if message.Has(sip.HeaderCallInfo) {
		e.RemoveValues(sip.HeaderCallInfo, answersItself)
	}
	if message.Has(sip.HeaderAlertInfo) {
		e.RemoveValues(sip.HeaderAlertInfo, answersItself)
	}
	e.RemoveIf(answerMode)
}

// answerMode finds the fields of RFC 5373.
func answerMode(h sip.Header, name string) bool {
	return h == sip.UnknownHeader && (strings.EqualFold(name, "Answer-Mode") || strings.EqualFold(name, "Priv-Answer-Mode"))
}

// answersItself finds the values that phones take as leave to answer.
func answersItself(value string) bool {
	value = sip.Lower(value)
	for _, words := range [...]string{"answer-after", "autoanswer", "auto-answer", "auto answer", "ring answer", "ring-answer", "intercom"} {
		if strings.Contains(value, words) {
			return true
		}
	}
	return false
}
