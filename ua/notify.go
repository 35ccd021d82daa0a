package ua

import (
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// Subscription is one of ours or of theirs.
type Subscription struct{}

// subscribed takes a SUBSCRIBE.
func (a *Agent) subscribed(p machine.Packet, server *transaction.Server) {
	a.respond(server, sip.Answer{Code: 489, ToTag: a.token()})
}

// notified takes a NOTIFY.
func (a *Agent) notified(p machine.Packet, server *transaction.Server) {
	if a.reported(p, server) {
		return
	}
	a.respond(server, sip.Answer{Code: 481})
}
