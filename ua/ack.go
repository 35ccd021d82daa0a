package ua

import (
	"hookflash/dialog"
	"hookflash/machine"
)

// acknowledgement is what an ACK to a 2xx says.
type acknowledgement struct {
	sequence uint32  // of the INVITE
	answer   string  // to the offer of the 2xx, "" where that made none
	signed   []field // the credentials of the INVITE
}

// acknowledge sends the ACK to the 2xx of an INVITE. It repeats the credentials of that, since an
// ACK can't be challenged (RFC 3261 §22.1), to our own server alone.
func (a *Agent) acknowledge(d *dialog.Dialog, ack acknowledgement) ([]byte, machine.Flow) {
	flow := a.flowOf(d.NextHop())
	b := d.Acknowledge(ack.sequence, a.via(flow, a.branch()))
	if flow.SamePeer(a.settings.Outbound) {
		for _, f := range ack.signed {
			b.Add(f.header, f.value)
		}
	}
	data := b.Body(typeOf(ack.answer), ack.answer)
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
	if a.strays(c, p) {
		return
	}
	confirmed := c.ok
	c.confirmed()
	if confirmed.offered {
		description, _ := descriptionOf(m)
		if !c.takesAnswer(confirmed, description) {
			c.fail(488, "Not Acceptable Here")
			return
		}
	}
	if confirmed.hangUp {
		c.hangUp(Event{})
		return
	}
	c.advance()
}

// takesAnswer takes the answer that an ACK carries.
func (c *Call) takesAnswer(confirmed *confirming, description string) bool {
	if confirmed.passed {
		if fits(c.negotiation.Sent(), description) != nil {
			return false
		}
		c.passedBack(description)
		return true
	}
	agreed, err := c.negotiation.Accept(description)
	if err == nil {
		c.agree(agreed, description)
	}
	return err == nil
}

// confirmed notes that the far side has our 2xx.
func (c *Call) confirmed() {
	c.ok.stop(c.agent)
	c.ok, c.met = nil, true
	c.tell(Event{Kind: Acknowledged})
}
