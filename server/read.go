package server

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"hookflash/guard"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transport"
)

// readDatagrams is the goroutine of a UDP socket: it receives a batch, steps the
// machines, and sends what they answer, all on the same goroutine.
func (s *Server) readDatagrams(udp *transport.UDP, listener uint16) {
	b := s.newBatch()
	err := udp.Receive(transport.NewBatch(), func(received *transport.Batch) {
		now := time.Now()
		for i := range received.Len() {
			data, source := received.Datagram(i)
			switch s.guard.Admit(now, source, data) {
			case guard.Admitted:
				// What is no message gets silence.
				_ = b.packet(now, string(data), machine.Flow{Transport: machine.UDP, Listener: listener, Remote: source})
			case guard.KeepAlive:
				s.keepAlive(now, udp, source, data)
			default:
			}
		}
		b.flush(now)
		if took := time.Since(now); took > SlowStep {
			s.slow(took, received.Len())
		}
	})
	if err != nil && !errors.Is(err, net.ErrClosed) {
		s.logger.Error("a listener went deaf; restart the server", "listener", s.sockets[listener].listener.String(), "error", err)
	}
}

// keepAlive answers STUN on a flow that has shown credentials (RFC 5626 §3.5.2). To nobody
// else: the answer is longer than the question.
func (s *Server) keepAlive(now time.Time, udp *transport.UDP, source netip.AddrPort, data []byte) {
	if !s.guard.Vouched(now, source) {
		return
	}
	if answer := transport.AppendSTUN(nil, data, source); answer != nil {
		udp.Send([]transport.Datagram{{Data: answer, To: source}}) // lost like any datagram
	}
}

// slow reports a receive batch that held its machines up.
func (s *Server) slow(took time.Duration, count int) {
	s.metrics.slowSteps.Inc()
	s.logger.Warn("a receive batch took long; calls were held up", "took", took, "datagrams", count)
}

// registers tells whether a request is a registration for us (RFC 3261 §10.2: the
// Request-URI names a domain and no user).
func (s *Server) registers(message *sip.Message) bool {
	if message.Method() != sip.REGISTER {
		return false
	}
	uri, err := sip.ParseURI(message.RequestURI())
	return err == nil && s.current().identity.Serves(uri)
}
