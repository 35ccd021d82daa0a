package proxy

import (
	"strings"
	"time"

	"hookflash/directory"
	"hookflash/machine"
	"hookflash/sip"
)

// assist has a call go through the agent that helps telephones, when one of the two that it is about to connect needs
// that: it makes a call of its own to the callee, whose rules are asked then. Calls of agents are never helped, and so
// the agent's are not; nor are those that take another call over, or join one, or that the agent could not talk in.
func (m *Machine) assist(r *request, g *routing) {
	if g.coded || g.judged || r.p.Flow.Transport == machine.Inside || r.who.User == nil && g.callee.user == nil || m.settings.Agents == nil {
		return
	}
	message := r.p.Message
	if message.Has(sip.HeaderReplaces) || message.Has(sip.HeaderJoin) || g.callee.emergency {
		return
	}
	switch g.callee.means {
	case meansUser, meansGroup, meansNumber, meansForeign:
	case meansNobody, meansPhone, meansAgent:
		return
	}
	if !m.callerNeedsHelp(r) && !m.phonesNeedHelp(&g.callee) || !describable(message) {
		return
	}
	scheme := "sip:"
	if r.uri.IsSecure() {
		scheme = "sips:" // RFC 5630 §5.1: on both sides of the agent
	}
	text := scheme + bridgeAgent + "@" + m.settings.Domains[0] + ";to=" + escapeParam(sip.RequestURI(g.callee.text))
	if name := r.trunk.name(); name != "" {
		text += ";trunk=" + escapeParam(name)
	}
	uri, err := sip.ParseURI(text)
	if err != nil {
		return
	}
	if _, here := m.settings.Agents[bridgeAgent]; here {
		callee := g.callee
		g.unhelped = &callee
		g.callee = destination{means: meansAgent, name: bridgeAgent, text: text, uri: uri}
		g.coded, g.judged = true, true
	}
}

// unhelp has a call do without the agent's help in which it could not talk: it takes fewer codecs than telephones know
// together (488). ok is false for any other.
func (m *Machine) unhelp(now time.Time, c *responseContext) (ok bool, problem *sip.StatusError) {
	g := c.routing
	if c.bestCode != 488 || g.unhelped == nil {
		return false, nil
	}
	g.callee, g.unhelped = *g.unhelped, nil
	g.coded, g.judged = false, false
	c.best, c.bestCode, c.challenges = nil, 0, nil
	if problem = m.mayCall(&c.arrived, g); problem == nil {
		problem = m.settle(now, c)
	}
	return true, problem
}

// helped tells whether a destination is the agent that helps telephones, with a callee behind it.
func helped(d *destination) bool { return d.name == bridgeAgent && d.uri.Params.Has("to") }

// assistOf is whose telephones of a user the server helps: nobody's, of a stranger, whom the callee's wish alone helps.
func (m *Machine) assistOf(user *directory.User) directory.Assist {
	switch {
	case user == nil:
		return directory.AssistNone
	case user.Routing != nil && user.Routing.Assist != directory.AssistDefault:
		return user.Routing.Assist
	}
	return m.settings.Assist
}

// needsHelp tells whether a telephone needs the server's help by the wish of its user.
func needsHelp(wish directory.Assist, can sip.Abilities) bool {
	switch wish {
	case directory.AssistAll:
		return true
	case directory.AssistSilent:
		return can&sip.Said == 0 || can.Lacks(sip.Refers|sip.Replaces)
	case directory.AssistLacking:
		return can.Lacks(sip.Refers | sip.Replaces)
	case directory.AssistDefault, directory.AssistNone:
	}
	return false
}

// callerNeedsHelp tells whether the telephone that sends an INVITE needs the server's help. Where nobody is to be helped,
// the message is not looked at.
func (m *Machine) callerNeedsHelp(r *request) bool {
	wish := m.assistOf(r.who.User)
	return wish != directory.AssistDefault && wish != directory.AssistNone && needsHelp(wish, sip.AbilitiesOf(r.p.Message))
}

// phonesNeedHelp tells whether a telephone that a call may reach needs the server's help.
func (m *Machine) phonesNeedHelp(d *destination) bool {
	switch d.means {
	case meansUser:
		return m.phoneNeedsHelp(d.user)
	case meansGroup:
		for _, name := range d.group.Members {
			if m.phoneNeedsHelp(m.views.Users.User(name)) {
				return true
			}
		}
	case meansNobody, meansPhone, meansAgent, meansNumber, meansForeign:
	}
	return false
}

func (m *Machine) phoneNeedsHelp(user *directory.User) bool {
	wish := m.assistOf(user)
	if wish == directory.AssistDefault || wish == directory.AssistNone {
		return false
	}
	record := m.views.Bindings.Bindings(user.Name + "@" + m.settings.Domains[0])
	for i := 0; record != nil && i < len(record.Bindings); i++ {
		if needsHelp(wish, record.Bindings[i].Abilities) {
			return true
		}
	}
	return record == nil && wish == directory.AssistAll
}

// asksBridge tells whether a caller may ask the agent that helps telephones for something: to take a call that was offered to
// him, which the agent decides.
func asksBridge(d *destination) bool {
	return d.name == bridgeAgent && d.uri.Params.Has("take") && d.uri.Params.Without("take") == ""
}

// notBehind tells whether an INVITE asks that agent to take over or join a call at the end of a telephone which does so itself.
func notBehind(r *request, d *destination) bool {
	return d.name == bridgeAgent && r.who.Behind == nil && (r.p.Message.Has(sip.HeaderReplaces) || r.p.Message.Has(sip.HeaderJoin))
}

// describable tells whether an offer has sound in a form that the agent which helps telephones takes: from any other the call
// would get nothing of its help but a refusal, such as one of a browser's.
func describable(message *sip.Message) bool {
	lines := 0
	for line := range strings.Lines(message.Body()) {
		media, ok := strings.CutPrefix(line, "m=")
		if !ok {
			continue
		}
		lines++
		if fields := strings.Fields(media); len(fields) > 2 && fields[0] == "audio" && strings.HasPrefix(fields[2], "RTP/") {
			return true
		}
	}
	return lines == 0 // the offer is to come
}
