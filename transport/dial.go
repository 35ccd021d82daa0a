package transport

import (
	"context"
	"fmt"
	"net"

	"hookflash/machine"
)

// reach finds the connection of a flow, or begins to dial one.
func (s *Streams) reach(flow machine.Flow) (*connection, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if flow.Connection != 0 {
		if c := s.connections[flow.Connection]; c != nil && c.flow.SamePeer(flow) {
			return c, nil
		}
		return nil, ErrGone
	}
	if c := s.peers[peerOf(flow)]; c != nil && c.alive() {
		return c, nil
	}
	switch {
	case s.closing:
		return nil, ErrShutdown
	case flow.Transport != machine.TCP && flow.Transport != machine.TLS || !flow.Remote.IsValid():
		return nil, ErrNoDialer
	case s.dialling >= s.options.MaxDialling || len(s.connections) >= s.options.MaxConnections:
		return nil, ErrTooMany
	}
	c := s.add(flow)
	c.proven = true
	s.dialling++
	s.group.Go(c.dial)
	return c, nil
}

// dial opens the connection and serves it.
func (c *connection) dial() {
	s := c.streams
	ctx, cancel := context.WithTimeout(s.context, s.options.DialTimeout)
	conn, err := s.dialler(ctx, c.flow)
	cancel()
	s.mutex.Lock()
	s.dialling--
	s.mutex.Unlock()
	switch {
	case err != nil && s.context.Err() != nil:
		c.finish(ErrShutdown)
	case err != nil:
		s.counters.dialFailed.Add(1)
		c.finish(fmt.Errorf("dial %v %v: %w", c.flow.Transport, c.flow.Remote, err))
	default:
		s.counters.dialled.Add(1)
		if !c.open(conn) {
			_ = conn.Close() // ended while we dialled
			c.finish(ErrShutdown)
			return
		}
		s.group.Add(1)
		c.launch()
	}
}

// dialTCP dials from the listener's own address, which the peer may know us by.
func (s *Streams) dialTCP(ctx context.Context, flow machine.Flow) (net.Conn, error) {
	dialer := net.Dialer{KeepAliveConfig: keepAlive}
	s.mutex.Lock()
	listener := s.listeners[flow.Listener]
	s.mutex.Unlock()
	if listener != nil {
		local := localAddrPort(listener.Addr()).Addr()
		if local.IsValid() && !local.IsUnspecified() && local.Is4() == flow.Remote.Addr().Unmap().Is4() {
			dialer.LocalAddr = &net.TCPAddr{IP: local.AsSlice(), Zone: local.Zone()}
		}
	}
	return dialer.DialContext(ctx, "tcp", flow.Remote.String())
}
