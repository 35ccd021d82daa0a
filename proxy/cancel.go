package proxy

import (
	"time"

	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// receiveCancel is RFC 3261 §16.10: the CANCEL is answered here, every branch that still
// rings is cancelled, and the caller hears of his INVITE what the branches say: a 200
// that was on its way wins.
func (m *Machine) receiveCancel(now time.Time, r *request, out *machine.Output) {
	server := m.table.Find(r.p)
	if server == nil {
		if m.table.Accepted(r.p) {
			m.reply(r.p, 200, "", out)
		} else {
			m.reply(r.p, 481, "", out)
		}
		return
	}
	c, ok := server.Context.(*responseContext)
	if ok && (!c.source.SamePeer(r.p.Flow) || r.p.Named && !c.arrived.p.Named) {
		m.reply(r.p, 481, "", out) // from somebody else behind the same address
		return
	}
	m.reply(r.p, 200, "", out)
	if !ok || c.cancelled {
		return
	}
	c.cancelled = true
	c.waiting = nil
	if c.routing != nil {
		m.stopRinging(c.routing) // no further stage follows: the phones have all the time they need
	}
	m.leaveOthers(now, c, out)
	if c.active == 0 {
		m.forkNext(now, c, out)
	} else {
		m.tellEarly(c, out)
	}
}

// leaveOthers cancels every branch that has no final response yet.
func (m *Machine) leaveOthers(now time.Time, c *responseContext, out *machine.Output) {
	if !c.invite {
		return
	}
	m.dropInquiries(c)
	for _, b := range c.branches {
		if b.client.State() != transaction.Ended && !b.left {
			m.leave(now, b, out)
		}
	}
}

// leave sends a CANCEL on a branch, once a provisional response allows it.
func (m *Machine) leave(now time.Time, b *branch, out *machine.Output) {
	b.leave = true
	m.endCallee(b) // it rings no more
	if b.client.State() != transaction.Proceeding {
		return
	}
	invite, err := sip.Parse(string(b.client.Request()))
	if err != nil {
		return // we made it ourselves
	}
	b.left = true
	cancel := sip.NewRequest(sip.CANCEL, invite.RequestURI()).
		Add(sip.HeaderVia, invite.TopValue(sip.HeaderVia)).
		AddNumber(sip.HeaderMaxForwards, 70).
		Copy(invite, sip.HeaderRoute, sip.HeaderFrom, sip.HeaderTo, sip.HeaderCallID).
		AddSequence(invite.CSeq(), sip.CANCEL).
		Empty()
	m.table.Send(now, transaction.Call{Number: b.client.Number, Data: cancel, Flow: b.client.Flow, Method: sip.CANCEL}, out)
	m.table.Expire(now, b.client, transaction.TimerB)
}
