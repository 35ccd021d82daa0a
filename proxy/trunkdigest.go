package proxy

import (
	"strconv"
	"strings"
	"time"

	"hookflash/digest"
	"hookflash/machine"
	"hookflash/sip"
)

// maxAnswers is how often the challenges of one hop to one request are answered: the second time and
// later only if nothing but the nonce was at fault.
const maxAnswers = 3

// answer is the credentials that a request to a trunk carries.
type answer struct {
	field sip.Header // Authorization or Proxy-Authorization
	value string     // "" without any
	nonce string
	count int // of challenges answered
}

// trunkChallenged answers the challenge of a trunk: the same request goes there again, on a branch of
// its own. Only what came from the trunk itself for its own realm is answered: no other challenge
// ever sees its credentials, and goes to the caller. false: it is not for us.
func (m *Machine) trunkChallenged(now time.Time, b *branch, response *sip.Message, out *machine.Output) bool {
	c, t := b.context, b.target.trunk
	if t == nil || t.Password == "" || !challenges(response.StatusCode()) || c.request.Method() == sip.REGISTER ||
		c.request.CSeq() > maxSequence-maxAnswers {
		return false
	}
	challenge, field, ok := challengeOf(response, t.realm())
	if !ok || !m.leadsTo(t, b) {
		return false
	}
	if c.cancelled || c.decided || b.leave {
		c.consider(nil, 487)
		return true
	}
	known := b.target.answer
	if known.count >= maxAnswers || known.count > 0 && (!challenge.Stale || challenge.Nonce == known.nonce) {
		out.Events = append(out.Events, TrunkRefused{Trunk: t.Name, Code: response.StatusCode()})
		if !m.tryNext(now, b, out) {
			c.consider(nil, 500) // nobody but us has the credentials
		}
		return true
	}
	value, err := digest.NewSession(challenge, t.Username, t.Password).Answer(nil, digest.Outgoing{
		Method: string(c.request.Method()), URI: sip.RequestURI(b.target.uri), Body: c.request.Body(),
		CNonce: strconv.FormatUint(m.table.Uint64(), 36),
	})
	if err != nil {
		return false
	}
	again := b.target
	if !c.inDialog {
		again.raise++ // a callee may take the same CSeq outside a call for a loop (RFC 3261 §8.2.2.2)
	}
	again.answer = answer{field: field, value: string(value), nonce: challenge.Nonce, count: known.count + 1}
	if c.inDialog {
		m.sendBranch(now, c, &again, out)
	} else {
		m.ask(now, c, &again, out)
	}
	return true
}

// TrunkRefused is an event of a Machine: a trunk does not take our credentials.
type TrunkRefused struct {
	Trunk string
	Code  int
}

// challengeOf finds the challenge for a realm.
func challengeOf(response *sip.Message, realm string) (challenge digest.Challenge, field sip.Header, ok bool) {
	asked, field := sip.HeaderWWWAuthenticate, sip.HeaderAuthorization
	if response.StatusCode() == 407 {
		asked, field = sip.HeaderProxyAuthenticate, sip.HeaderProxyAuthorization
	}
	var values []string
	for value := range response.FieldValues(asked) {
		if sip.MentionsRealm(value, realm) {
			values = append(values, value)
		}
	}
	challenge, err := digest.Choose(values)
	return challenge, field, err == nil && realm != "" && strings.EqualFold(challenge.Realm, realm)
}

// leadsTo tells whether a branch went to the trunk itself. Within a call a phone says where to send:
// what it names must be where the call went.
func (m *Machine) leadsTo(t *Trunk, b *branch) bool {
	if !b.context.inDialog {
		return true // a target of the trunk's leads nowhere else
	}
	r := &b.context.arrived
	there := r.token.end(r.side().other()).flow.Remote
	return b.target.flow.Remote.Addr() == there.Addr() && sameHost(there, b.target.flow.Remote) || m.fromTrunk(t, b.target.flow)
}
