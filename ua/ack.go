package ua

import (
	"hookflash/dialog"
	"hookflash/machine"
	"hookflash/sip"
)

// acknowledge sends the ACK to the 2xx of an INVITE. It carries the credentials of its INVITE
// where our server asks for them (RFC 3261 §22.1).
func (a *Agent) acknowledge(d *dialog.Dialog, sequence uint32, answer string) ([]byte, machine.Flow) {
	flow := a.flowOf(d.NextHop())
	b := d.Acknowledge(sequence, a.via(flow, a.branch()))
	var data []byte
	if answer == "" {
		data = b.Empty()
	} else {
		data = b.Body(sdpType, answer)
	}
	a.transmit(flow, data)
	return data, flow
}

// transmit sends a message outside any transaction.
func (a *Agent) transmit(flow machine.Flow, data []byte) {
	a.out.Sends = append(a.out.Sends, machine.Send{To: flow, Data: data})
}

// acknowledged takes an ACK to a 2xx of ours.
func (a *Agent) acknowledged(p machine.Packet) {
	m := p.Message
	u := a.dialogs[dialog.Of(m)]
	if u == nil || u.call == nil || u.call.ok == nil || u.call.ok.sequence != m.CSeq() {
		return // a copy, or for nothing
	}
	c := u.call
	confirmed := c.ok
	c.ok.stop(a)
	c.ok = nil
	c.tell(Event{Kind: Acknowledged})
	if confirmed.offered {
		agreed, err := c.negotiation.Accept(m.Body())
		if err != nil {
			c.hangUp(field{sip.HeaderReason, `SIP;cause=488;text="Not Acceptable Here"`})
			return
		}
		c.set(agreed)
	}
	if confirmed.hangUp {
		c.hangUp()
		return
	}
	c.advance()
}
