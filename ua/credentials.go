package ua

import (
	"hookflash/digest"
	"hookflash/sip"
)

// credential is a challenge that can be answered again and again.
type credential struct {
	field   sip.Header // Authorization or Proxy-Authorization
	nonce   string
	session *digest.Session
}

// sign answers the challenges known before they are repeated (RFC 7616 §3.6). Only requests that
// go to our own server carry credentials: nobody else has a right to see an answer.
func (a *Agent) sign(x *exchange) {
	x.used, x.signed = x.used[:0], nil
	if !x.flow.SamePeer(a.settings.Outbound) || x.method == sip.ACK || x.method == sip.CANCEL {
		return
	}
	for _, known := range a.credentials {
		if (x.method == sip.REGISTER) != (known.field == sip.HeaderAuthorization) {
			continue
		}
		value, err := known.session.Answer(nil, digest.Outgoing{
			Method: string(x.method), URI: x.dialog.RequestURI(), Body: x.body, CNonce: a.token(),
		})
		if err == nil {
			x.signed = append(x.signed, field{known.field, string(value)})
			x.used = append(x.used, known)
		}
	}
}

// challenged takes a challenge, and tells whether the request can be sent again.
func (a *Agent) challenged(x *exchange, m *sip.Message) bool {
	if a.settings.Password == "" || !x.flow.SamePeer(a.settings.Outbound) {
		return false
	}
	asked, header := sip.HeaderWWWAuthenticate, sip.HeaderAuthorization
	if m.StatusCode() == 407 {
		asked, header = sip.HeaderProxyAuthenticate, sip.HeaderProxyAuthorization
	}
	// A 401 comes from who was called: only the registrar may ask us (CVE-2021-41158).
	if (header == sip.HeaderAuthorization) != (x.method == sip.REGISTER) {
		return false
	}
	var values []string
	for value := range m.FieldValues(asked) {
		if sip.MentionsRealm(value, a.settings.Realm) { // forks may have challenged for others as well
			values = append(values, value)
		}
	}
	challenge, err := digest.Choose(values)
	if err != nil || challenge.Realm != a.settings.Realm {
		return false
	}
	fresh := &credential{field: header, nonce: challenge.Nonce}
	fresh.session = digest.NewSession(challenge, a.settings.Username, a.settings.Password)
	for i, known := range a.credentials {
		if known.field != header {
			continue
		}
		for _, used := range x.used {
			if used == known && !challenge.Stale && x.tries > 1 {
				return false // the password is wrong
			}
		}
		a.credentials[i] = fresh
		return true
	}
	a.credentials = append(a.credentials, fresh)
	return true
}
