package ua

import (
	"net/netip"

	"hookflash/machine"
	"hookflash/sip"
)

// sourceHeader is what the server says in a response of where it came from (proxy.SourceHeader).
const sourceHeader = "X-Source"

// signalled learns from a message that passed our server, in the same process, from where the far side's phone
// signals: the first Via of a request says it (RFC 3261 §18.2.1), the server says it of a response. The media side
// takes what comes from there for the far side's where the phone is behind a NAT.
func (c *Call) signalled(m *sip.Message) {
	if c.agent.settings.Outbound.Transport != machine.Inside {
		return
	}
	if !m.IsRequest() {
		if value, ok := m.HeaderNamed(sourceHeader); ok {
			c.source, _ = netip.ParseAddr(value)
		}
		return
	}
	last := ""
	for value := range m.Values(sip.HeaderVia) {
		last = value
	}
	via, err := sip.ParseVia(last)
	if err != nil {
		return
	}
	host := via.Host
	if received, ok := via.Params.Get("received"); ok {
		host = received
	}
	c.source, _ = sip.HostAddress(host)
}
