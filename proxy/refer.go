package proxy

import (
	"time"

	"hookflash/directory"
	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
)

// A REFER has somebody else's phone call, with that phone's credentials. So it is for who refers, and not
// for the phone alone, to be allowed to call there; and who is in no call with a phone has no business
// with it.

// MaxRefers is how many REFERs of one user, or from one address of others, pass a machine in a minute; 500
// with Retry-After beyond.
const MaxRefers = 60

const referWindow = time.Minute

var (
	notYourPhone = &sip.StatusError{Code: 403, Reason: "Neither Your Phone Nor Your Call"}
	tooManyRefer = &sip.StatusError{Code: 500, Reason: "Too Many Referrals", RetryAfter: uint32(referWindow / time.Second)}
)

// referrals counts REFERs by who sends them, in windows of referWindow.
type referrals struct {
	counts map[string]int
	until  time.Time
}

// take counts one more; false when there were MaxRefers.
func (c *referrals) take(now time.Time, who string) bool {
	if !now.Before(c.until) {
		c.counts, c.until = make(map[string]int), now.Add(referWindow)
	}
	if c.counts[who] >= MaxRefers {
		return false
	}
	c.counts[who]++
	return true
}

// mayRefer tells whether a REFER outside a dialog may go where it is for: to an agent of this process, to
// a phone of the user who sends it, or anywhere if it is about a call of that user's, which Judge has
// found out (RFC 4538 §4). nil when that is so.
func (m *Machine) mayRefer(now time.Time, r *request) *sip.StatusError {
	if r.p.Message.Method() != sip.REFER || r.p.Flow.Transport == machine.Inside {
		return nil
	}
	if r.who.Kind != identity.User || r.who.User == nil {
		return notYourPhone
	}
	if !r.who.OwnCall {
		if r.route != "" {
			return notYourPhone
		}
		d := m.destinationOf(r.text, r.uri)
		ours := d.means == meansAgent && !internal(&d)
		own := (d.means == meansUser || d.means == meansPhone) && d.name == r.who.User.Name
		if !ours && !own {
			return notYourPhone
		}
	}
	return m.mayReferTo(now, r, r.who.User.Name)
}

// mayReferTo tells whether a user ("": whoever is none) may call where a REFER leads; nil when that is so.
func (m *Machine) mayReferTo(now time.Time, r *request, user string) *sip.StatusError {
	if r.p.Message.Method() != sip.REFER || r.p.Flow.Transport == machine.Inside {
		return nil
	}
	who := user
	if who == "" {
		who = r.p.Flow.Remote.Addr().String()
	}
	if !m.referrals.take(now, who) {
		return tooManyRefer
	}
	to, err := sip.ParseAddress(r.p.Message.Header(sip.HeaderReferTo))
	if err != nil || !to.URI.IsSIP() && !to.URI.IsTel() {
		return nil // phones call nobody by it
	}
	d := m.destinationOf(sip.RequestURI(to.Text), to.URI)
	if internal(&d) && !namesCall(&d, to.URI) {
		return &sip.StatusError{Code: 403, Reason: sip.Reason(403)}
	}
	var payer *directory.User
	if user != "" {
		payer = m.views.Users.User(user)
	}
	g := &routing{index: -1, Context: Context{
		Now: now, Users: m.views.Users, Domain: m.settings.Domains[0], Request: r.p.Message, Payer: payer,
	}}
	return m.decideLeave(g, &d)
}
