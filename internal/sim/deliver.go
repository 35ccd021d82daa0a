package sim

import (
	"errors"
	"net/netip"
	"time"

	"hookflash/internal/ladder"
	"hookflash/machine"
	"hookflash/sip"
)

// send puts one message on its way.
func (h *Host) send(send machine.Send) {
	if send.To.Transport == machine.Inside {
		h.sendInside(send)
		return
	}
	if int(send.To.Listener) >= len(h.config.Listen) || !send.To.Valid() {
		h.network.recordNowhere(h, send)
		h.failed(send, 0)
		return
	}
	if send.To.Transport.Reliable() {
		h.sendStream(send)
		return
	}
	from := h.config.Listen[send.To.Listener].Address
	h.network.datagram(h.config.Name, from, send.To.Remote, send.Data)
}

func (n *Network) recordNowhere(h *Host, send machine.Send) {
	from := netip.AddrPort{}
	if len(h.config.Listen) > 0 {
		from = h.config.Listen[0].Address
	}
	n.recorder.Record(ladder.Sight{
		At: n.Elapsed(), From: from, To: send.To.Remote, Text: string(send.Data), Lost: true, Note: "no way to send there",
	})
}

// Inject sends one datagram from any address, forged or not.
func (n *Network) Inject(from, to netip.AddrPort, text string) {
	n.datagram(n.owner(from), from, to, []byte(text))
}

func (n *Network) owner(address netip.AddrPort) string {
	if found, ok := n.listeners[endpoint{machine.UDP, address}]; ok {
		return found.host.config.Name
	}
	return ""
}

// datagram sends one datagram over the link between two hosts.
func (n *Network) datagram(name string, from, to netip.AddrPort, data []byte) {
	text := string(data)
	link := n.link(name, n.owner(to))
	sight := ladder.Sight{At: n.Elapsed(), From: from, To: to, Text: text}
	target, found := n.listeners[endpoint{machine.UDP, to}]
	switch {
	case !found:
		sight.Lost, sight.Note = true, "nobody listens there"
	case !target.host.Alive():
		sight.Lost, sight.Note = true, target.host.config.Name+" is down"
	default:
		sight.Lost = n.loses(link, from, to, text)
	}
	n.recorder.Record(sight)
	if sight.Lost {
		return
	}
	for copies := 0; copies == 0 || copies == 1 && n.chance(link.Duplication); copies++ {
		wait := n.latency(link)
		if n.chance(link.Reordering) {
			wait += n.detour(link)
		}
		if copies > 0 {
			sight.Kind = ladder.Duplicate
			n.recorder.Record(sight)
		}
		n.push(n.now.Add(wait), func() {
			if string(data) != text {
				n.Fail(ErrChanged)
			}
			target.host.receive(text, machine.Flow{Remote: from, Listener: target.index, Transport: machine.UDP})
		})
	}
}

// receive parses as the shell does and steps the machine. A request that is broken but
// can be answered is answered here, unless the machine has a Refuse method.
func (h *Host) receive(text string, flow machine.Flow) {
	if h.machine == nil {
		return
	}
	message, err := sip.Parse(text)
	if err == nil {
		h.Do(func(now time.Time, out *machine.Output) {
			h.machine.Receive(now, machine.Packet{Message: message, Flow: flow}, out)
		})
		return
	}
	h.Refused++
	var status *sip.StatusError
	if message == nil || !errors.As(err, &status) {
		return
	}
	if own, ok := h.machine.(refusing); ok {
		h.Do(func(_ time.Time, out *machine.Output) {
			own.Refuse(machine.Packet{Message: message, Flow: flow}, status, out)
		})
		return
	}
	if message.Method() != sip.ACK {
		answer := sip.NewResponse(message, flow.Remote, sip.Answer{Code: status.Code, Reason: status.Reason, ToTag: "refused"}).Empty()
		h.send(machine.Send{To: flow, Data: answer})
	}
}
