package proxy

import (
	"hookflash/sip"
)

// calledBack is who called a user last, so that the user calls back by a code. What the user may call is asked as
// if the number were dialled.
func (m *Machine) calledBack(g *routing, code Code) (d destination, ok bool) {
	last := ""
	if m.settings.Last != nil && g.Caller.User != nil {
		last = m.settings.Last(g.Caller.User.Name)
	}
	text := "sip:" + last
	uri, err := sip.ParseURI(text)
	if last == "" || err != nil {
		return m.inVain(code.Code, resultNone)
	}
	d = m.destinationOf(text, uri)
	if d.means == meansAgent || d.means == meansNumber && !m.settings.serves(uri) { // a stranger says to call from a gateway
		return m.inVain(code.Code, resultNone)
	}
	return d, true
}

// back is the address by which the callee may call back, without its scheme; "" for a caller who hides. A stranger's number
// is what that wrote: it is called at the address from which it came, and by no trunk.
func (c *Caller) back(domain string) string {
	switch {
	case c.Anonymous:
		return ""
	case c.Trunk != "" && c.Number != "":
		return sip.EscapeUser(c.Number) + "@" + domain
	}
	return c.Address
}
