package sim

import (
	"net/netip"
	"time"

	"hookflash/internal/ladder"
	"hookflash/machine"
)

// firstPort is the first that an outgoing connection gets.
const firstPort = 49152

// stream is a connection between two hosts.
type stream struct {
	ends   [2]streamEnd
	closed bool
}

// streamEnd is one side of a connection, as its host knows it.
type streamEnd struct {
	stream *stream
	side   int
	host   *Host
	flow   machine.Flow   // as the host sees what comes in
	local  netip.AddrPort // as the other side sees it
	last   time.Time      // when the last message from here arrives there
}

func (e *streamEnd) other() *streamEnd { return &e.stream.ends[1-e.side] }

// sendStream sends over a numbered connection, or reuses or opens one.
func (h *Host) sendStream(send machine.Send) {
	n := h.network
	end := h.connections[send.To.Connection]
	if send.To.Connection == 0 {
		if end = h.connectionTo(send.To); end == nil {
			end = n.open(h, send.To)
		}
	}
	sight := ladder.Sight{At: n.Elapsed(), To: send.To.Remote, Text: string(send.Data), From: h.config.Listen[send.To.Listener].Address}
	if end == nil || end.stream.closed {
		sight.Lost, sight.Note = true, "no connection"
		n.recorder.Record(sight)
		h.failed(send, n.latency(n.link(h.config.Name, n.streamOwner(send.To))))
		return
	}
	sight.From = end.local
	n.recorder.Record(sight)
	far, text, data := end.other(), sight.Text, send.Data
	at := n.now.Add(n.latency(n.link(h.config.Name, far.host.config.Name)))
	if at.Before(end.last) {
		at = end.last
	}
	end.last = at
	life := far.host.life
	n.push(at, func() {
		if string(data) != text {
			n.Fail(ErrChanged)
		}
		if !end.stream.closed && life == far.host.life {
			far.host.receive(text, far.flow)
		}
	})
}

// connectionTo finds the open connection with the lowest number to that remote address.
func (h *Host) connectionTo(flow machine.Flow) *streamEnd {
	var best *streamEnd
	for _, end := range h.connections {
		if end.flow.Remote == flow.Remote && end.flow.Transport == flow.Transport && !end.stream.closed &&
			(best == nil || end.flow.Connection < best.flow.Connection) {
			best = end
		}
	}
	return best
}

func (n *Network) streamOwner(flow machine.Flow) string {
	if found, ok := n.listeners[endpoint{flow.Transport, flow.Remote}]; ok {
		return found.host.config.Name
	}
	return ""
}

// open makes a connection; nil when nobody listens there.
func (n *Network) open(from *Host, flow machine.Flow) *streamEnd {
	target, found := n.listeners[endpoint{flow.Transport, flow.Remote}]
	if !found || !target.host.Alive() {
		return nil
	}
	n.ports++
	local := netip.AddrPortFrom(from.config.Listen[flow.Listener].Address.Addr(), firstPort+n.ports%(65535-firstPort))
	n.recorder.Name(local, from.config.Name)
	s := &stream{}
	s.ends[0] = streamEnd{stream: s, side: 0, host: from, flow: flow, local: local}
	s.ends[1] = streamEnd{
		stream: s, side: 1, host: target.host, local: flow.Remote,
		flow: machine.Flow{Remote: local, Listener: target.index, Transport: flow.Transport},
	}
	for i := range s.ends {
		n.numbers++
		s.ends[i].flow.Connection = n.numbers
		s.ends[i].host.connections[n.numbers] = &s.ends[i]
	}
	return &s.ends[0]
}

// Disconnect breaks every connection between two hosts; they notice when they next send.
func (n *Network) Disconnect(a, b string) {
	for _, host := range n.hosts {
		for _, end := range host.connections {
			far := end.other().host.config.Name
			if host.config.Name == a && far == b || host.config.Name == b && far == a {
				end.stream.closed = true
			}
		}
	}
}

// Connections counts the open connections of a host.
func (h *Host) Connections() int {
	count := 0
	for _, end := range h.connections {
		if !end.stream.closed {
			count++
		}
	}
	return count
}
