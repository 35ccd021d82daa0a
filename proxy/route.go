package proxy

import (
	"hookflash/sip"
)

// readRoutes undoes a strict router's work and takes our own values off the top of
// Route (RFC 3261 §16.4). A double Record-Route leaves two values of ours.
func (m *Machine) readRoutes(r *request) {
	message := r.p.Message
	if !message.Has(sip.HeaderRoute) {
		return
	}
	if r.uri.Params.Has("lr") {
		// A strict router before us has put our Record-Route here, and the target last.
		if m.openToken(r, r.uri); r.sealed {
			if address, err := sip.ParseAddress(lastRoute(message)); err == nil {
				r.uri, r.text, r.strict = address.URI, address.Text, true
			}
		}
	}
	for value := range message.Values(sip.HeaderRoute) {
		address, err := sip.ParseAddress(value)
		if err != nil {
			return
		}
		if !m.ownRoute(address.URI) {
			r.route = value
			break
		}
		r.popped++
		m.openToken(r, address.URI)
	}
	if r.strict && r.route != "" && r.route == lastRoute(message) && countRoutes(message) == r.popped+1 {
		r.route = ""
	}
}

// ownRoute: our sockets, and our domain as a preloaded route.
func (m *Machine) ownRoute(uri sip.URI) bool {
	if m.settings.listensOn(uri) || m.settings.isOurHost(uri.Host, uri.Port) {
		return true
	}
	return uri.User == "" && m.settings.serves(uri)
}

// openToken reads the token of a Record-Route of ours; a forged one counts as none.
func (m *Machine) openToken(r *request, uri sip.URI) {
	if r.sealed || uri.User == "" || !m.ownRoute(uri) {
		return
	}
	if t, err := m.tokens.open(uri.User, r.p.Message.CallID()); err == nil {
		r.token, r.sealed = t, true
	}
}

func lastRoute(message *sip.Message) (last string) {
	for value := range message.Values(sip.HeaderRoute) {
		last = value
	}
	return last
}

func countRoutes(message *sip.Message) (n int) {
	for range message.Values(sip.HeaderRoute) {
		n++
	}
	return n
}
