package media

import (
	"math/rand/v2"
	"net/netip"

	"hookflash/media/rtp"
)

// controlled reads RTCP. It changes statistics only.
func (s *stream) controlled(w *worker, data []byte, from netip.AddrPort) {
	if s.theirs != nil {
		opened, err := s.theirs.OpenControl(data)
		if err != nil {
			s.drops.forged++
			return
		}
		data = opened
	} else if !s.latch.names(from.Addr()) && from.Addr() != s.set.Control.Addr().Unmap() {
		s.drops.foreign++
		return
	}
	if from.Addr() == s.latch.peer.Addr() {
		s.controlFrom = from
	}
	if s.session.Control(data, s.moment(w)) != nil {
		s.drops.malformed++
	}
}

func (s *stream) moment(w *worker) rtp.Moment {
	return rtp.Moment{Since: w.now.since, Wall: w.now.time, Timestamp: s.out.now(w.now.tick, s.passes()), Clock: s.out.format.Clock}
}

// report sends a report, and plans the next (RFC 3550, section 6.3.1: between half and one and a
// half of the interval, lest all streams report at once).
func (s *stream) report(w *worker, bye bool) {
	s.reportAt = w.now.since + reportInterval/2 + rand.N(reportInterval)
	to, from := s.set.Control, s.port.control
	if s.set.Mux {
		to, from = s.latch.peer, s.port.rtp
	}
	if peer := s.latch.peer; !s.set.Mux && peer.Addr() != s.latch.signalled.Addr() {
		if to = s.controlFrom; to.Addr() != peer.Addr() { // behind a NAT, the port of RTCP is known from what comes
			return
		}
	}
	if !to.IsValid() || s.out.codec == nil || bye && !s.session.Spoke() {
		return
	}
	text, err := s.session.Report(s.moment(w), bye)
	if err != nil {
		return
	}
	if s.set.Ours.Suite != "" {
		if s.ours == nil {
			return
		}
		if text, err = s.ours.ProtectControl(text); err != nil {
			return
		}
	}
	_ = from.Send(text, netip.AddrPortFrom(to.Addr().Unmap(), to.Port()))
}
