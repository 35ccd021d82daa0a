package identity

import (
	"strings"

	"hookflash/sip"
)

// agree holds the credentials against the request they came with.
func (i *Identifier) agree(a *attempt) *sip.StatusError {
	if !i.settings.agreesURI(a.p.Message, a.credentials.URI) {
		return refusedURI
	}
	a.written = i.settings.claimed(a.p.Message)
	u := a.written.URI
	if i.settings.Serves(u) && sip.Unescape(u.User) == a.credentials.Username {
		return nil
	}
	// RFC 3323 §4.1.1.3: who hides behind an anonymous From is known by the credentials. Another name there
	// would be shown where nobody vouches for the sender.
	if a.p.Message.Method() != sip.REGISTER && u.IsSIP() && strings.EqualFold(u.Host, sip.AnonymousHost) && strings.EqualFold(u.User, "anonymous") {
		return nil
	}
	return refusedDisagreement
}

// agreesURI tells whether the digest-uri means the Request-URI (RFC 7616 §3.4.6). Phones
// write it differently, and this is let pass: sip for sips, the case of the host, a
// default port, escapes in the user, any URI parameters and header fields, and in a
// REGISTER the user and which name of ours the domain has, since To says whose bindings
// are meant. User and host of any other request must be the same, lest a response made
// for one call be used for another.
func (s *Settings) agreesURI(m *sip.Message, digestURI string) bool {
	requestURI := m.RequestURI()
	if digestURI == requestURI {
		return true
	}
	got, err := sip.ParseURI(digestURI)
	if err != nil {
		return false
	}
	want, err := sip.ParseURI(requestURI)
	if err != nil {
		return false
	}
	if !got.IsSIP() || !want.IsSIP() {
		return strings.EqualFold(got.Scheme, want.Scheme) && got.User == want.User && got.Opaque == want.Opaque
	}
	if m.Method() == sip.REGISTER {
		return s.Serves(got) && s.Serves(want) || samePlace(got, want)
	}
	return sip.Unescape(got.User) == sip.Unescape(want.User) && samePlace(got, want)
}

func samePlace(a, b sip.URI) bool {
	return strings.EqualFold(a.Host, b.Host) && (a.Port == b.Port || orDefault(a) == orDefault(b))
}

func orDefault(u sip.URI) uint16 {
	if u.Port == 0 {
		return defaultPort(u)
	}
	return u.Port
}
