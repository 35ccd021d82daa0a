package proxy

import (
	"time"

	"hookflash/directory"
	"hookflash/machine"
	"hookflash/sip"
)

// pointed follows a 3xx of a phone of ours, when that is what its user or the domain wants
// (RFC 3261 §16.7 step 4): all others stop ringing, and the call goes where it points. What the
// user may not call, the caller may try: then the 3xx goes back, as a 305 always does
// (RFC 3261 §21.3.4: only the caller can use it). A member of a group, or who is asked on behalf of somebody else,
// is just not there: the others ring on.
func (m *Machine) pointed(now time.Time, b *branch, response *sip.Message, out *machine.Output) bool {
	c := b.context
	g := c.routing
	code := response.StatusCode()
	if g == nil || code < 300 || code > 302 || b.target.user == "" || c.cancelled || c.decided || g.elsewhere != nil {
		return false
	}
	if g.Step > 0 && (g.Callee == nil || g.Callee.Name != b.target.user) {
		c.consider(nil, 480)
		return true
	}
	user := m.views.Users.User(b.target.user)
	policy := m.settings.Redirects
	if user != nil && user.Routing != nil && user.Routing.Redirects != directory.RedirectsDefault {
		policy = user.Routing.Redirects
	}
	if user == nil || policy != directory.RedirectsFollow {
		return false
	}
	best, bestQ := destination{}, -1
	for value := range response.Values(sip.HeaderContact) {
		contact, err := sip.ParseContact(value)
		if err != nil || contact.All {
			continue
		}
		text := sip.RequestURI(contact.Address.Text)
		uri, err := sip.ParseURI(text)
		if err != nil || !uri.IsSIP() && !uri.IsTel() {
			continue
		}
		if d := m.destinationOf(text, uri); contact.Q > bestQ && !internal(&d) {
			best, bestQ = d, contact.Q
		}
	}
	payer := g.Payer
	g.Payer = user
	if bestQ < 0 || m.decideLeave(g, &best) != nil {
		g.Payer = payer
		return false
	}
	g.elsewhere = &best
	m.leaveAll(now, c, out)
	return true
}
