package ua

import (
	"strings"

	"hookflash/dialog"
	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/transaction"
)

// Relay answers an offer of the far side by what somebody else says: a code of 300 to 699 refuses, and without an
// answer and code the call describes itself.
type Relay func(t *task.Task, offer string) (answer string, code int)

// relaying is an offer of the far side that somebody else answers.
type relaying struct {
	dialog *dialog.Dialog
	server *transaction.Server
	timer  dialog.SessionTimer
	fields []field
	offer  string
	who    Party // who sends it
}

// Description is the far side's last session description as it came, "" for none.
func (c *Call) Description() string {
	if c.theirs == "" && c.request != nil {
		description, _ := descriptionOf(c.request)
		return description
	}
	return c.theirs
}

// Sent is our last session description, "" for none.
func (c *Call) Sent() string { return c.negotiation.Sent() }

// Reserve makes an offer that came from the far side fit for a third party, whose answer is to come back in this call:
// payload numbers that meant something else here are taken out of use (RFC 7088 §2.8).
func (c *Call) Reserve(offer string) string { return c.negotiation.Reserve(offer) }

// Relay sets who answers offers of the far side from now on; nil: we do. It ends by itself when a description of ours
// is agreed on.
func (c *Call) Relay(by Relay) { c.relay = by }

// Relayed tells that somebody else answers the far side's offers.
func (c *Call) Relayed() bool { return c.relay != nil }

// Offer offers the far side somebody else's description, by a re-INVITE, and gives its answer as it came. A refusal
// leaves the session as it was.
func (c *Call) Offer(t *task.Task, description string) (answer string, err error) {
	if _, err := sdp.Parse(description); err != nil {
		return "", err
	}
	if err := c.change(t, &modification{method: sip.INVITE, offer: description}); err != nil {
		return "", err
	}
	return c.theirs, nil
}

// passing notes that the media of the call is somebody else's, and what the far side says of it.
func (c *Call) passing(theirs string) {
	c.theirs = strings.Clone(theirs)
	agreed, _ := c.negotiation.Agreed()
	agreed.Direction, agreed.Held = sdp.Inactive, !sdp.Toward(theirs).Receives()
	c.set(agreed)
}

// describeInvite gives an INVITE its offer, where it has one.
func (c *Call) describeInvite(i *Invitation, x *exchange) (err error) {
	address := c.agent.settings.MediaAddress
	switch {
	case i.Solicit:
		x.fields = withoutReliable(x.fields)
	case i.Offerless:
	case i.NoMedia:
		c.foreign = true
		x.body, err = c.negotiation.Pass(sdp.Empty(address), address)
	case i.Offer != "":
		c.foreign = true
		x.body, err = c.negotiation.Pass(i.Offer, address)
	default:
		if err = c.openMedia(); err == nil {
			x.body = c.negotiation.Offer(c.wish())
		}
	}
	x.contentType = typeOf(x.body)
	return err
}

// passes takes the answer to a description that was not ours.
func (c *Call) passes(offer, answer string) error {
	if err := fits(offer, answer); err != nil {
		return err
	}
	c.passing(answer)
	return nil
}

// agree takes what a description of ours and one of the far side's came to: nobody else answers for us any more.
func (c *Call) agree(agreed sdp.Stream, theirs string) {
	c.relay, c.theirs = nil, strings.Clone(theirs)
	c.set(agreed)
	c.watched(Event{Kind: Described})
}

// withoutReliable are header fields of an INVITE that asks for an offer: it is to come in the 2xx, whose ACK can wait, and
// not in a provisional response, whose PRACK can't.
func withoutReliable(fields []field) []field {
	for i, f := range fields {
		if f.header == sip.HeaderSupported {
			fields[i].value = strings.Replace(f.value, "100rel, ", "", 1)
		}
	}
	return fields
}

// relays gives an offer of the far side to whom answers it; false when that is us.
func (c *Call) relays(r *relaying) bool {
	if c.relay == nil {
		return false
	}
	if r.offer == "" {
		return r.server.Request.Method() == sip.INVITE && c.relaysBack(r)
	}
	c.relaying = r
	r.offer = strings.Clone(r.offer)
	c.agent.table.Defer(c.agent.now, r.server)
	by := c.relay
	started := c.agent.Go("relay", func(t *task.Task) {
		answer, code := by(t, r.offer)
		c.relayAnswered(r, answer, code)
	})
	if started == nil { // task.MaxTasks
		c.relayAnswered(r, "", 500)
	}
	return true
}

// relaysBack answers a re-INVITE without an offer by what was said last; the answer to that is passed on as an offer of the
// far side would be (see Agent.acknowledged).
func (c *Call) relaysBack(r *relaying) bool {
	offer := c.negotiation.Sent()
	if offer == "" {
		return false
	}
	c.confirm(r.server, offer, true, r.fields)
	c.ok.passed = true
	c.startTimer(r.timer)
	return true
}

// relayAnswered answers the offer of the far side.
func (c *Call) relayAnswered(r *relaying, answer string, code int) {
	if c.relaying != r {
		return // the call is over
	}
	a := c.agent
	c.relaying = nil
	defer c.advance()
	body, problem := "", error(nil)
	switch {
	case code >= 300:
		a.respond(r.server, sip.Answer{Code: code})
		return
	case answer == "":
		_ = c.openMedia()
		body, _, problem = c.reanswer(&c.negotiation, r.server.Request, r.offer)
	default:
		if problem = fits(r.offer, answer); problem == nil {
			body, problem = c.negotiation.Pass(answer, a.settings.MediaAddress)
		}
		if problem == nil {
			c.passing(r.offer)
		}
	}
	if problem != nil {
		status := refusal(problem)
		a.respond(r.server, sip.Answer{Code: status.Code, Reason: status.Reason}, a.problemFields(status)...)
		return
	}
	c.accepts(r, body, false)
}

// accepts sends the 2xx to a change that the far side asked for.
func (c *Call) accepts(r *relaying, body string, offered bool) {
	c.dialogRefreshed(r.dialog, r.server.Request)
	if r.server.Request.Method() == sip.INVITE {
		c.confirm(r.server, body, offered, r.fields)
	} else {
		c.agent.respondDescribed(r.server, sip.Answer{Code: 200}, body, r.fields...)
	}
	if c.State == Talking {
		c.startTimer(r.timer)
	}
	c.identified(r.who)
}

// abandonRelay answers what the far side asked for, as the call ends (RFC 3261 §15.1.2).
func (c *Call) abandonRelay() {
	if r := c.relaying; r != nil {
		c.relaying = nil
		c.agent.respond(r.server, sip.Answer{Code: 487})
	}
}

// passedBack tells whom the far side's answer to a description that was not ours is for.
func (c *Call) passedBack(answer string) {
	c.passing(answer)
	by := c.relay
	if by == nil {
		return
	}
	answer = c.theirs
	c.agent.Go("relay", func(t *task.Task) { by(t, answer) })
}
