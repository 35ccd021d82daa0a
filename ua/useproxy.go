package ua

import (
	"strings"

	"hookflash/dialog"
	"hookflash/sip"
)

// throughProxy follows a 305: the callee takes calls only by way of a proxy (RFC 3261 §21.3.4,
// RFC 5359 §2.13 F2 and F4). A call that went there directly is placed again with that proxy in its
// Route, if it is the own server: nobody else gets to see calls because a stranger asked for it.
func (c *Call) throughProxy(m *sip.Message) bool {
	a, x := c.agent, c.outgoing
	if !c.direct || x.tries >= MaxTries || !a.settings.Outbound.Valid() {
		return false
	}
	uri, err := sip.ParseURI(dialog.ContactOf(m))
	if err != nil || !uri.IsSIP() || !a.ownServer(uri) {
		return false
	}
	c.dialog.Route = []string{"<" + strings.Clone(uri.Scheme) + ":" + hostPort(uri) + ";lr>"}
	c.direct, x.flow = false, a.settings.Outbound
	x.start()
	return true
}

// ownServer tells whether a URI names the server that this agent goes by, or its domain.
func (a *Agent) ownServer(uri sip.URI) bool {
	own, _ := sip.ParseURI(a.settings.AOR)
	if strings.EqualFold(uri.Host, own.Host) {
		return true
	}
	address, ok := uri.Address()
	port := uri.Port
	if port == 0 {
		port = 5060
	}
	return ok && address == a.settings.Outbound.Remote.Addr() && port == a.settings.Outbound.Remote.Port()
}

// hostPort is where a URI leads, without anything else.
func hostPort(uri sip.URI) string {
	uri.User, uri.Password, uri.Params, uri.Headers = "", "", "", ""
	_, rest, _ := strings.Cut(uri.String(), ":")
	return rest
}

// explained is the URI in a final response that leads on: the Contact of a 3xx, or the Error-Info
// that says why a call was refused, where that is at our own server; "" without one.
func (a *Agent) explained(m *sip.Message) string {
	if m.StatusCode() < 400 {
		return dialog.ContactOf(m)
	}
	info, err := sip.ParseInfo(m.TopValue(sip.HeaderErrorInfo))
	if err != nil {
		return ""
	}
	uri, err := sip.ParseURI(info.URI)
	if err != nil || !uri.IsSIP() || !a.ownServer(uri) {
		return ""
	}
	return strings.Clone(info.URI)
}
