package ua

import (
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// Cancel gives an outgoing call up before it is answered (RFC 3261 §9.1). A 2xx that crosses the
// CANCEL is acknowledged and hung up.
func (c *Call) Cancel() {
	if c.Incoming || c.outgoing == nil || c.State == Over || c.cancel {
		return
	}
	c.cancel = true
	c.unattend()
	if client := c.outgoing.client; client != nil && client.State() == transaction.Proceeding {
		c.sendCancel()
	}
	// Nothing came yet: the CANCEL waits for a provisional response.
}

// sendCancel is made of the INVITE that it cancels.
func (c *Call) sendCancel() {
	a, x := c.agent, c.outgoing
	if x.client == nil || x.cancelled {
		return
	}
	invite, err := sip.Parse(string(x.client.Request()))
	if err != nil {
		return
	}
	x.cancelled = true
	b := sip.NewRequest(sip.CANCEL, invite.RequestURI()).Add(sip.HeaderVia, invite.TopValue(sip.HeaderVia))
	b.Copy(invite, sip.HeaderRoute).AddNumber(sip.HeaderMaxForwards, 70)
	b.Copy(invite, sip.HeaderFrom, sip.HeaderTo, sip.HeaderCallID).AddSequence(invite.CSeq(), sip.CANCEL)
	a.table.Send(a.now, transaction.Call{
		Number: x.client.Number, Data: b.Empty(), Flow: x.flow, Method: sip.CANCEL, Context: &exchange{agent: a, method: sip.CANCEL},
	}, a.out)
	a.table.Expire(a.now, x.client, transaction.TimerB)
}

// rangOut ends an outgoing call that rang too long, or whose CANCEL nobody heeded.
func (c *Call) rangOut() {
	x := c.outgoing
	if !x.cancelled {
		c.cancel = true
		c.unattend()
		c.sendCancel()
		return
	}
	c.agent.table.Abandon(x.client)
	x.finish(Response{Code: 408})
}

// cancelled takes a CANCEL (RFC 3261 §9.2).
func (a *Agent) cancelled(p machine.Packet) {
	found := a.table.Find(p)
	server := a.table.Begin(a.now, p)
	if server == nil {
		return
	}
	if found == nil && !a.table.Accepted(p) {
		a.respond(server, sip.Answer{Code: 481})
		return
	}
	c := callOf(found)
	if c != nil && a.strays(c, p) {
		a.respond(server, sip.Answer{Code: 481})
		return
	}
	if c == nil || c.server != found {
		a.respond(server, sip.Answer{Code: 200}) // it has its answer already
		return
	}
	a.respond(server, sip.Answer{Code: 200, ToTag: c.dialog.LocalTag})
	c.refuse(sip.Answer{Code: 487})
	e := causeOf(p.Message) // as of a call that was answered elsewhere
	e.Code = 487
	c.over(e)
}

func callOf(server *transaction.Server) *Call {
	if server == nil {
		return nil
	}
	c, _ := server.Context.(*Call)
	return c
}
