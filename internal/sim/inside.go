package sim

import (
	"net/netip"

	"hookflash/internal/ladder"
	"hookflash/machine"
)

// insideAddress is where an agent of the host's process is, for the ladder: it has no socket.
func (h *Host) insideAddress(number int) netip.AddrPort {
	return machine.AgentFlow(h.config.Listen[0].Address, uint16(number)).Remote
}

// sendInside hands a message over within the host's process: it crosses no link, and arrives at once.
func (h *Host) sendInside(send machine.Send) {
	number, toAgent := machine.AgentOf(send.To)
	if number == 0 || int(number) > len(h.config.Inside) {
		h.network.recordNowhere(h, send)
		h.failed(send, 0)
		return
	}
	text, server := string(send.Data), h.config.Listen[0].Address
	sight := ladder.Sight{At: h.network.Elapsed(), From: server, To: h.insideAddress(int(number)), Text: text}
	if !toAgent {
		sight.From, sight.To = sight.To, sight.From
	}
	h.network.recorder.Record(sight)
	h.later(0, func() {
		if string(send.Data) != text {
			h.network.Fail(ErrChanged)
		}
		h.receive(text, machine.Arrived(send.To, server))
	})
}
