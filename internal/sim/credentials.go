package sim

import (
	"strings"

	"hookflash/digest"
	"hookflash/sip"
)

// maxAnswers is how many challenges to one request are answered: one, and one more for
// a nonce that went stale.
const maxAnswers = 3

// credential is a challenge that the phone can answer again and again.
type credential struct {
	field   string // Authorization or Proxy-Authorization
	realm   string
	nonce   string
	session *digest.Session
}

// knownCredentials answers the challenges that the phone knows of, before they are
// repeated (RFC 7616 §3.6). A CANCEL and an ACK can't be challenged.
func (p *Phone) knownCredentials(r *request) []string {
	if r.method == sip.ACK || r.method == sip.CANCEL {
		return nil
	}
	var fields []string
	for _, known := range p.sessions {
		value, err := known.session.Answer(nil, digest.Outgoing{
			Method: string(r.method), URI: r.uri, Body: r.body, CNonce: p.token(),
		})
		if err == nil {
			fields = append(fields, known.field+": "+string(value))
		}
	}
	return fields
}

// answerChallenge sends the request again with credentials; false when the response is
// no challenge or can't be answered.
func (p *Phone) answerChallenge(r *request, m *sip.Message) bool {
	asked, field := sip.HeaderWWWAuthenticate, "Authorization"
	switch m.StatusCode() {
	case 407:
		asked, field = sip.HeaderProxyAuthenticate, "Proxy-Authorization"
	case 401:
	default:
		return false
	}
	if p.config.Password == "" || r.stopped || r.answered >= maxAnswers {
		return false
	}
	var values []string
	for value := range m.FieldValues(asked) {
		values = append(values, value)
	}
	challenge, err := digest.Choose(values)
	if err != nil {
		p.complain("%d to %s with a challenge that can't be answered: %v", m.StatusCode(), m.Method(), err)
		return false
	}
	fresh := &credential{field: field, realm: challenge.Realm, nonce: challenge.Nonce}
	fresh.session = digest.NewSession(challenge, p.config.User, p.config.Password)
	for i, known := range p.sessions {
		if known.field != field || known.realm != challenge.Realm {
			continue
		}
		if tried := strings.Contains(strings.Join(r.credentials, "\n"), `nonce="`+known.nonce+`"`); tried && !challenge.Stale && r.answered > 0 {
			return false // the password is wrong
		}
		p.sessions[i] = fresh
		fresh = nil
		break
	}
	if fresh != nil {
		p.sessions = append(p.sessions, fresh)
	}
	r.answered++
	p.start(r)
	return true
}
