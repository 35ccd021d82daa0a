package server

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"

	"hookflash/config"
	"hookflash/machine"
	"hookflash/transport"
)

// listen binds every socket of the configuration.
func (s *Server) listen(c *config.Config) (err error) {
	if s.streams, err = transport.NewStreams(&streamHandler{server: s}, transport.StreamOptions{Held: true, FirstNumber: firstConnection()}); err != nil {
		return err
	}
	security, err := securityOf(c)
	if err != nil {
		return err
	}
	s.streams.Secure(*security)
	wanted, err := expand(c.Listen.SIP)
	if err != nil {
		return err
	}
	for i, l := range wanted {
		one := socket{listener: l}
		if l.Transport == machine.UDP {
			one.udp, err = transport.ListenUDP(l.Address, transport.UDPOptions{})
			if err == nil {
				one.listener.Address = one.udp.LocalAddr()
				s.warnClamped(one)
			}
		} else {
			one.listener.Address, err = s.streams.ListenFor(l.Transport, l.Address, uint16(i))
		}
		if err != nil {
			return fmt.Errorf("listening on %s: %w", l, err)
		}
		s.sockets = append(s.sockets, one)
	}
	return nil
}

// firstConnection is where this process begins to number connections.
func firstConnection() uint64 { return 1 + rand.Uint64N(1<<48) }

func (s *Server) warnClamped(one socket) {
	if receive, _ := one.udp.Buffers(); receive.Clamped() {
		s.logger.Warn("the kernel gives a small receive buffer; raise net.core.rmem_max so that bursts are not lost",
			"listener", one.listener.String(), "asked", receive.Asked, "granted", receive.Granted)
	}
}

// expand replaces each listener on every address of the host by one for each of them, so
// that a message leaves from the address that its Via and Record-Route name. Addresses
// that the host gets later need a restart.
func expand(listeners []config.Listener) ([]config.Listener, error) {
	var all []config.Listener
	for _, l := range listeners {
		if !l.Address.Addr().IsUnspecified() {
			all = append(all, l)
			continue
		}
		addresses, err := net.InterfaceAddrs()
		if err != nil {
			return nil, fmt.Errorf("listening on %s: finding the addresses of this host: %w", l, err)
		}
		for _, each := range addresses {
			prefix, err := netip.ParsePrefix(each.String())
			if err != nil {
				continue
			}
			address := prefix.Addr().Unmap()
			if address.Is4() == l.Address.Addr().Is4() && !address.IsLinkLocalUnicast() {
				all = append(all, config.Listener{Transport: l.Transport, Address: netip.AddrPortFrom(address, l.Address.Port())})
			}
		}
	}
	return all, nil
}
