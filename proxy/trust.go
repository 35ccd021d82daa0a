package proxy

import (
	"strings"

	"hookflash/machine"
	"hookflash/sip"
)

// setIdentity makes the request say who sends it, once: what only trusted hops may say
// is taken out of anybody else's request, and P-Asserted-Identity names the user who
// authenticated; a trusted hop's word on somebody of its own is passed on (RFC 3325 §5).
// Credentials for our realm stay here. The agent that stands between telephones calls by the permissions of its caller,
// and keeps who that is to itself: it is told of who hides as well (RFC 3325 §7). So is any agent of the process of who hides by
// From alone: whom it acts for must be known.
func (m *Machine) setIdentity(e *sip.Edit, r *request, h *hop) {
	message := r.p.Message
	hidden := wantsPrivacy(message)
	if r.who.Asserted != "" && hides(message) && (h.inDialog || h.target.flow.Transport != machine.Inside) {
		hidden = true // by From alone, where Privacy was not said or went with the INVITE
	}
	private := hidden && m.agentOf(h.target.flow) != bridgeAgent
	switch {
	case h.inDialog && m.introduces(r): // its name goes with it, which From can't say
		return
	case !r.who.Trusted:
		e.RemoveIf(onlyTrusted)
	case (r.who.Asserted != "" || private) && message.Has(sip.HeaderPAssertedIdentity):
		e.Remove(sip.HeaderPAssertedIdentity)
	}
	m.removeCredentials(e, message)
	if r.who.Asserted != "" && !private {
		m.value = append(append(append(m.value[:0], '<'), r.who.Asserted...), '>')
		e.Add(sip.HeaderPAssertedIdentity, m.value)
	}
}

// removeCredentials keeps credentials for our realm here.
func (m *Machine) removeCredentials(e *sip.Edit, message *sip.Message) {
	if message.Has(sip.HeaderProxyAuthorization) {
		e.RemoveValues(sip.HeaderProxyAuthorization, m.ofOurRealm)
	}
	if message.Has(sip.HeaderAuthorization) {
		e.RemoveValues(sip.HeaderAuthorization, m.ofOurRealm)
	}
}

// wantsPrivacy tells whether nobody is to hear who the sender is (RFC 3325 §9.3). The values
// of Privacy stand behind semicolons (RFC 3323 §4.2).
func wantsPrivacy(message *sip.Message) bool {
	if !message.Has(sip.HeaderPrivacy) {
		return false
	}
	for value := range message.FieldValues(sip.HeaderPrivacy) {
		for token := range strings.FieldsFuncSeq(value, func(c rune) bool { return c == ';' || c == ',' || c == ' ' || c == '\t' }) {
			if strings.EqualFold(token, "id") {
				return true
			}
		}
	}
	return false
}

// onlyTrusted tells whether a header field counts only from a trusted hop. Private
// fields (P- and X-) are dropped wholesale: one that we don't know might mean something
// to the next hop.
func onlyTrusted(h sip.Header, name string) bool {
	switch h {
	case sip.HeaderPAssertedIdentity, sip.HeaderPPreferredIdentity, sip.HeaderDiversion, sip.HeaderHistoryInfo, sip.HeaderRemotePartyID:
		return true
	case sip.UnknownHeader:
		return len(name) > 2 && name[1] == '-' && (name[0]|0x20 == 'p' || name[0]|0x20 == 'x')
	}
	return false
}

func (m *Machine) ofOurRealm(credentials string) bool {
	for _, domain := range m.settings.Domains {
		if sip.MentionsRealm(credentials, domain) {
			return true
		}
	}
	return false
}
