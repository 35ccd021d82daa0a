package proxy

import (
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
)

// code finds the dialled code that a user part begins with: the longest, so that *7 and *72 may
// both be there.
func (s *Settings) code(dialled string) (found Code, argument string) {
	if dialled == "" || dialled[0] != '*' && dialled[0] != '#' {
		return Code{}, ""
	}
	for _, code := range s.Codes {
		if rest, ok := strings.CutPrefix(dialled, code.Code); ok && len(code.Code) > len(found.Code) {
			found, argument = code, rest
		}
	}
	return found, argument
}

// coded is where a dialled code leads; ok is false for what is none.
func (m *Machine) coded(uri sip.URI) (d destination, ok bool) {
	if len(m.settings.Codes) == 0 || !uri.IsTel() && !m.settings.serves(uri) {
		return d, false
	}
	code, argument := m.settings.code(sip.Unescape(uri.User))
	domain := m.settings.Domains[0]
	var text string
	switch code.Does {
	case "":
		return d, false
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
	default:
		text = "sip:" + codesAgent + "@" + domain + ";code=" + escapeParam(code.Code)
		if argument != "" {
			text += ";argument=" + escapeParam(argument)
		}
	}
	parsed, _ := sip.ParseURI(text)
	d = destination{text: text, uri: parsed}
	m.ownDestination(&d)
	return d, d.means == meansAgent
}
