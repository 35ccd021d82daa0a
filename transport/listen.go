package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"hookflash/machine"
)

const (
	// acceptPause is the first wait after accepting failed, for instance for want of
	// file descriptors; it doubles up to maxAcceptPause.
	acceptPause    = 5 * time.Millisecond
	maxAcceptPause = time.Second
)

// keepAlive finds peers that vanished without closing within two minutes of silence.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 60 * time.Second, Interval: 15 * time.Second, Count: 4}

// Listen accepts TCP connections on address as the server's listener with that number.
// It returns the address with the port the kernel chose if none was asked for.
func (s *Streams) Listen(address netip.AddrPort, listener uint16) (netip.AddrPort, error) {
	return s.ListenFor(machine.TCP, address, listener)
}

// ListenFor accepts connections as Listen does, over TCP or a transport above it: TLS, WS
// or WSS. Those need what Secure gives.
func (s *Streams) ListenFor(transport machine.Transport, address netip.AddrPort, listener uint16) (netip.AddrPort, error) {
	network := "tcp6" // sets IPV6_V6ONLY
	if address.Addr().Is4() {
		network = "tcp4"
	}
	config := net.ListenConfig{KeepAliveConfig: keepAlive}
	opened, err := config.Listen(s.context, network, address.String())
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("listen on tcp %v: %w", address, err)
	}
	if err := s.Serve(opened, listener, transport); err != nil {
		return netip.AddrPort{}, fmt.Errorf("listen on tcp %v: %w", address, err)
	}
	return localAddrPort(opened.Addr()), nil
}

// Serve accepts connections from a listener of any kind, which it closes in the end,
// as the server's listener with that number.
func (s *Streams) Serve(opened net.Listener, listener uint16, transport machine.Transport) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case s.closing:
		return errors.Join(ErrShutdown, opened.Close())
	case s.listeners[listener] != nil:
		return errors.Join(fmt.Errorf("listener %d is taken", listener), opened.Close())
	}
	s.listeners[listener] = opened
	s.group.Go(func() { s.accept(opened, machine.Flow{Listener: listener, Transport: transport}) })
	return nil
}

func (s *Streams) accept(opened net.Listener, flow machine.Flow) {
	select {
	case <-s.released:
	case <-s.context.Done():
		return
	}
	pause := acceptPause
	for {
		conn, err := opened.Accept()
		if err == nil {
			pause = acceptPause
			flow.Remote = localAddrPort(conn.RemoteAddr())
			s.Adopt(conn, flow)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		wait, cancel := context.WithTimeout(s.context, pause)
		<-wait.Done()
		cancel()
		if s.context.Err() != nil {
			return
		}
		pause = min(2*pause, maxAcceptPause)
	}
}

// Adopt serves a connection that was accepted elsewhere; flow says from whom, on which
// listener and by which transport. It returns the connection's number, or 0 when a
// limit refused it, and then closes it.
func (s *Streams) Adopt(conn net.Conn, flow machine.Flow) uint64 {
	return s.adopt(conn, flow, nil)
}

func (s *Streams) adopt(conn net.Conn, flow machine.Flow, request *http.Request) uint64 {
	c, victim := s.admit(flow)
	if victim != nil {
		s.counters.shed.Add(1)
		victim.end(ErrShed)
	}
	if c == nil {
		s.counters.refused.Add(1)
		_ = conn.Close() // refused either way
		return 0
	}
	s.counters.accepted.Add(1)
	number := c.flow.Connection
	c.request = request
	if !c.open(conn) { // shed or shut down between
		_ = conn.Close()
	}
	go c.launch()
	return number
}

// admit counts a connection in, if the limits allow; victim is one to end for it.
func (s *Streams) admit(flow machine.Flow) (admitted, victim *connection) {
	source := sourceOf(flow.Remote.Addr())
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closing || s.sources[source] >= s.options.MaxPerSource {
		return nil, nil
	}
	if len(s.connections) >= s.options.MaxConnections {
		oldest := s.unproven.Front()
		if oldest == nil {
			return nil, nil
		}
		victim = oldest.Value.(*connection)
		s.forgetUnproven(victim)
	}
	c := s.add(flow)
	c.accepted, c.source = true, source
	s.sources[source]++
	c.unproven = s.unproven.PushBack(c)
	s.group.Add(1)
	return c, victim
}

// sourceOf is what one subscriber is assumed to have: an IPv4 address, or the /64 of an
// IPv6 address.
func sourceOf(address netip.Addr) netip.Addr {
	address = address.Unmap().WithZone("")
	if address.Is6() {
		if prefix, err := address.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return address
}
