package registrar

import (
	"strings"

	"hookflash/machine"
	"hookflash/sip"
)

// flowBound tells whether requests for a contact leave on the flow that its REGISTER came
// on, instead of going to the contact's address:
//
//   - the phone asked for it (RFC 5626 §5.3);
//   - the contact can't be reached otherwise: a name under .invalid, or any over
//     WebSocket (RFC 7118 §5);
//   - over another stream, the contact is on the host that the phone says to be on;
//   - over UDP, the contact is exactly where the phone says to be, and the packet came from
//     elsewhere: there is a NAT between.
//
// A REGISTER from a third place that names a contact elsewhere, and one that came through
// a proxy (Path), are not bound.
func (w *registration) flowBound(c *contact) bool {
	return !w.path && (c.regID != 0 || w.onlyByFlow(&c.address.URI)) && w.direct()
}

func (w *registration) onlyByFlow(u *sip.URI) bool {
	host := strings.TrimSuffix(u.Host, ".")
	if len(host) >= len(invalid) && strings.EqualFold(host[len(host)-len(invalid):], invalid) {
		return true
	}
	switch w.p.Flow.Transport {
	case machine.WS, machine.WSS:
		return true
	case machine.TCP, machine.TLS:
		return strings.EqualFold(u.Host, w.p.Message.TopVia().Host)
	case machine.UDP:
		via := w.p.Message.TopVia()
		return strings.EqualFold(u.Host, via.Host) && orDefault(u.Port) == orDefault(via.Port) && w.behindNAT(&via)
	case machine.Inside:
	}
	return false
}

const invalid = ".invalid" // RFC 2606 §2

func orDefault(port uint16) uint16 {
	if port == 0 {
		return 5060
	}
	return port
}

// behindNAT tells whether the packet came from elsewhere than its Via says.
func (w *registration) behindNAT(via *sip.Via) bool {
	source := w.p.Flow.Remote
	if orDefault(via.Port) != source.Port() {
		return true
	}
	address, ok := sip.HostAddress(via.Host)
	return !ok || address != source.Addr().Unmap()
}
