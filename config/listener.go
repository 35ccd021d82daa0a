package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"hookflash/machine"
)

// Listener is one socket that takes SIP.
type Listener struct {
	Transport machine.Transport // UDP, TCP, TLS, WS or WSS
	Address   netip.AddrPort    // port 0: the system chooses
}

// String is the listener as the file writes it, such as "udp:127.0.0.1:5060".
func (l Listener) String() string {
	return strings.ToLower(l.Transport.String()) + ":" + l.Address.String()
}

// ParseListener reads "udp:ADDRESS:PORT", and the same with tcp, tls, ws or wss, where ADDRESS is an IPv4
// address, or an IPv6 address in brackets. The error says what is wrong and what to write.
func ParseListener(text string) (Listener, error) {
	name, address, found := strings.Cut(text, ":")
	if !found {
		return Listener{}, errors.New("has no transport; write it as udp:192.0.2.10:5060")
	}
	var listener Listener
	switch name {
	case "udp":
		listener.Transport = machine.UDP
	case "tcp":
		listener.Transport = machine.TCP
	case "tls":
		listener.Transport = machine.TLS
	case "ws":
		listener.Transport = machine.WS
	case "wss":
		listener.Transport = machine.WSS
	default:
		return Listener{}, fmt.Errorf("has an unknown transport %q; use udp, tcp, tls, ws or wss", name)
	}
	var err error
	listener.Address, err = parseAddress(address)
	return listener, err
}

// parseAddress reads "192.0.2.10:5060" or "[2001:db8::1]:5060".
func parseAddress(text string) (netip.AddrPort, error) {
	address, err := netip.ParseAddrPort(text)
	if err == nil {
		return netip.AddrPortFrom(address.Addr().Unmap(), address.Port()), nil
	}
	if alone, err := netip.ParseAddr(text); err == nil {
		return netip.AddrPort{}, fmt.Errorf("has no port; write %s", netip.AddrPortFrom(alone, 5060))
	}
	host, _, found := strings.Cut(text, ":")
	switch {
	case found && host == "":
		return netip.AddrPort{}, errors.New("has no address; use 0.0.0.0 for every IPv4 address and [::] for every IPv6 address")
	case found && strings.Trim(host, "0123456789.") != "" && !strings.HasPrefix(host, "["):
		return netip.AddrPort{}, fmt.Errorf("names the host %q; use an IP address, since a name may change or resolve to several", host)
	}
	return netip.AddrPort{}, errors.New("is not an address with a port; write 192.0.2.10:5060 or, in quotes, [2001:db8::1]:5060")
}
