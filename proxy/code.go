package proxy

import (
	"slices"
	"strings"

	"hookflash/sip"
)

// Code is one dialled code: what is dialled behind it is its argument.
type Code struct {
	Code string // "*72"
	Does string // what it does, for the agent that does it
}

// The codes that lead elsewhere than to the agent of codes: to a mailbox, or back.
const (
	codeVoicemail    = "voicemail"     // one's own
	codeVoicemailAny = "voicemail-any" // one that is asked for
	// These lead to the agent that calls back.
	codeRedial    = "redial-when-free"
	codeRedialOff = "redial-off"
	codeReturn    = "call-return" // to who called last
	codeIntercom  = "intercom"    // to phones that answer by themselves
	codeJoin      = "join"        // to the agent that stands between telephones
)

// What the agent of codes tells of codes that lead nowhere, beside what Hitch says.
const (
	resultUnknown = "unknown" // there is no such code
	resultNone    = "none"    // there is nobody
	resultRefused = "refused" // it is not allowed
)

// code finds the dialled code that a user part begins with: the longest, so that *7 and *72 may
// both be there. Codes without a star have no argument. A hash ends what is dialled, and belongs to nothing.
func (s *Settings) code(dialled string) (found Code, argument string) {
	starred := isStarred(dialled)
	for _, code := range s.Codes {
		if !starred {
			if code.Code == dialled {
				return code, ""
			}
			continue
		}
		if rest, ok := strings.CutPrefix(dialled, code.Code); ok && len(code.Code) > len(found.Code) {
			found, argument = code, rest
		}
	}
	return found, strings.TrimSuffix(argument, "#")
}

// isStarred tells whether something is dialled as nothing but codes are.
func isStarred(dialled string) bool { return dialled != "" && (dialled[0] == '*' || dialled[0] == '#') }

// coded is where a dialled code leads; ok is false for what is none.
func (m *Machine) coded(g *routing, uri sip.URI) (d destination, ok bool) {
	if len(m.settings.Codes) == 0 || !uri.IsTel() && !m.settings.serves(uri) {
		return d, false
	}
	dialled := sip.Unescape(uri.User)
	code, argument := m.settings.code(dialled)
	domain := m.settings.Domains[0]
	var text string
	switch code.Does {
	case "":
		return d, false
	case codeReturn:
		return m.calledBack(g, code)
	case codeIntercom:
		return m.spokenTo(g, code, argument)
	case codeVoicemail:
		text = "sip:voicemail@" + domain
	case codeVoicemailAny:
		text = "sip:voicemail@" + domain + ";any"
	case codeRedial:
		if text = "sip:" + redialAgent + "@" + domain; argument != "" {
			text += ";argument=" + escapeParam(argument)
		}
	case codeRedialOff:
		text = "sip:" + redialAgent + "@" + domain + ";off"
	case codeJoin:
		text = "sip:" + bridgeAgent + "@" + domain + ";join=" + escapeParam(argument)
	default:
		text = "sip:" + codesAgent + "@" + domain + ";code=" + escapeParam(code.Code)
		if argument != "" {
			text += ";argument=" + escapeParam(argument)
		}
	}
	if !isStarred(dialled) && m.taken(dialled) {
		return d, false
	}
	return m.agentAt(text)
}

// taken tells whether a number is somebody's here, or that of those who help.
func (m *Machine) taken(number string) bool {
	users := m.views.Users
	return users.User(number) != nil || users.Group(number) != nil || users.Number(number) != "" || slices.Contains(m.settings.Emergency, number)
}

// agentAt is the agent at an address of it; ok is false where it is not at home.
func (m *Machine) agentAt(text string) (d destination, ok bool) {
	uri, _ := sip.ParseURI(text)
	d = destination{text: text, uri: uri}
	m.ownDestination(&d)
	return d, d.means == meansAgent
}

// inVain is the agent of codes, which says why a code does nothing.
func (m *Machine) inVain(code, why string) (d destination, ok bool) {
	return m.agentAt("sip:" + codesAgent + "@" + m.settings.Domains[0] + ";code=" + escapeParam(code) + ";result=" + why)
}

// misdialled is where a user is told that there is no such code; ok is false for what is no attempt at one.
func (m *Machine) misdialled(uri sip.URI) (d destination, ok bool) {
	dialled := sip.Unescape(uri.User)
	if len(m.settings.Codes) == 0 || !isStarred(dialled) || len(dialled) > maxMisdialled {
		return d, false
	}
	return m.inVain(dialled, resultUnknown)
}

// maxMisdialled bounds what is taken for a code that somebody dialled.
const maxMisdialled = 40
