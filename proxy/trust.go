package proxy

import (
	"hookflash/sip"
)

// setIdentity makes the request say who sends it, once: what only trusted hops may say
// is taken out of anybody else's request, and P-Asserted-Identity names the user who
// authenticated (RFC 3325 §5). Credentials for our realm stay here.
func (m *Machine) setIdentity(e *sip.Edit, r *request) {
	message := r.p.Message
	if !r.who.Trusted {
		e.RemoveIf(onlyTrusted)
	} else if message.Has(sip.HeaderPAssertedIdentity) {
		e.Remove(sip.HeaderPAssertedIdentity)
	}
	if message.Has(sip.HeaderProxyAuthorization) {
		e.RemoveValues(sip.HeaderProxyAuthorization, m.ofOurRealm)
	}
	if message.Has(sip.HeaderAuthorization) {
		e.RemoveValues(sip.HeaderAuthorization, m.ofOurRealm)
	}
	if r.who.Asserted != "" && !message.HasToken(sip.HeaderPrivacy, "id") {
		m.value = append(append(append(m.value[:0], '<'), r.who.Asserted...), '>')
		e.Add(sip.HeaderPAssertedIdentity, m.value)
	}
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
