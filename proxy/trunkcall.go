package proxy

import (
	"strings"
	"time"

	"hookflash/directory"
	"hookflash/identity"
	"hookflash/sip"
)

// receiveTrunk finds out whether a request that begins something comes by a trunk: then its sender is
// a guest, whoever is named in it, but for a user who has shown credentials. Nothing but calls, and
// the question whether we are there, is taken without credentials.
func (m *Machine) receiveTrunk(now time.Time, r *request) {
	if r.who.Kind == identity.User && !r.who.Trusted || r.who.Refusal != nil && r.who.Outcome != identity.Malformed {
		return
	}
	if method := r.p.Message.Method(); method != sip.INVITE && method != sip.OPTIONS {
		return
	}
	t := m.trunkOf(r)
	if t == nil {
		return
	}
	r.trunk, m.picked = t, nil // a code is for users
	r.who = identity.Identity{Kind: identity.Guest, Trusted: t.Trusted, Refusal: r.who.Refusal}
	if naming, named := Named(r.p); named && r.who.Refusal == nil {
		r.who = m.Judge(now, naming, r.who)
	}
}

// claimsUser tells whether a request says to be from a user of ours: there may be phones in a network that
// a trunk calls from, and who speaks for a user shows credentials.
func (m *Machine) claimsUser(message *sip.Message) bool {
	from, err := sip.ParseAddress(message.From())
	return err == nil && m.settings.serves(from.URI) && m.views.Users.User(sip.Unescape(from.URI.User)) != nil
}

// inward is whom a trunk calls: whoever has the number, else whom the trunk has for all others. It
// never leads back into the telephone network.
func (m *Machine) inward(r *request) destination {
	uri := r.uri
	if t := r.trunk; t.Contact != "" && sip.Unescape(uri.User) == t.Contact {
		if to, err := sip.ParseAddress(r.p.Message.To()); err == nil {
			uri = to.URI
		}
	}
	d := destination{text: r.text, uri: r.uri}
	user := sip.Unescape(uri.User)
	if d.number = m.ownNumber(&d, directory.Digits(user)); d.number != "" || m.settings.serves(uri) && m.named(&d, user) {
		return d
	}
	if r.trunk.Default.IsZero() {
		return d
	}
	owner, ok := m.resolveTarget(r.trunk.Default, "", Unconditional)
	if !ok || owner.means == meansNumber || owner.means == meansForeign {
		return d
	}
	return owner
}

// ownNumber finds who of ours has a number, however the trunk writes it, and gives it as it is known
// here; "" for nobody's.
func (m *Machine) ownNumber(d *destination, digits string) string {
	if digits == "" {
		return ""
	}
	written := []string{digits}
	if m.settings.Normalize != nil {
		if number, _, ok := m.settings.Normalize(digits); ok {
			written = append(written, number)
		}
	}
	if !strings.HasPrefix(digits, "+") {
		written = append(written, "+"+digits)
	}
	for _, number := range written {
		if name := m.views.Users.Number(number); name != "" && m.named(d, name) {
			return number
		}
	}
	return ""
}

// nobodysNumber: RFC 3398 §7.2.4.1, an unallocated number.
var nobodysNumber = &sip.StatusError{Code: 404, Reason: "Nobody Has That Number"}

// unpaid: a guest reaches our users; the telephone network costs somebody's money.
var unpaid = &sip.StatusError{Code: 403, Reason: "Nobody Pays For That Call"}

// mayLeave tells whether a call may go into the telephone network at all: some user must pay for it,
// and who forwarded it before, the network says, does not do so again.
func (m *Machine) mayLeave(g *routing, d *destination) *sip.StatusError {
	switch {
	case d.means != meansNumber || d.emergency:
		return nil
	case g.Payer == nil:
		return unpaid
	case m.cameBack(g):
		return &sip.StatusError{Code: 482, Reason: "Loop Detected (Forwarding)"}
	}
	return nil
}

// cameBack tells whether a trusted trunk says that the payer sent this call on before.
func (m *Machine) cameBack(g *routing) bool {
	if t := m.trunkNamed(g.Caller.Trunk); t == nil || !t.Trusted || g.Request == nil {
		return false
	}
	for _, h := range [...]sip.Header{sip.HeaderDiversion, sip.HeaderHistoryInfo} {
		if !g.Request.Has(h) {
			continue
		}
		for value := range g.Request.Values(h) {
			address, err := sip.ParseAddress(value)
			if err != nil {
				continue
			}
			if _, left := address.URI.Header("Reason"); h == sip.HeaderHistoryInfo && !left {
				continue // it was called, and nothing says that it went on from there
			}
			var d destination
			user := sip.Unescape(address.URI.User)
			if (m.ownNumber(&d, directory.Digits(user)) != "" || m.settings.serves(address.URI) && m.named(&d, user)) &&
				d.user != nil && d.user.Name == g.Payer.Name {
				return true
			}
		}
	}
	return false
}
