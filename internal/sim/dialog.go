package sim

import (
	"slices"
	"strings"
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// States of a dialog (RFC 3261 §12).
const (
	early     = iota // made by a provisional response
	confirmed        // made or confirmed by a 2xx
	over             // a BYE was sent or came, or the INVITE failed
)

// Dialog is one dialog of a call.
type Dialog struct {
	phone               *Phone
	call                *Call
	callID              string
	localTag, remoteTag string
	local, remote       string // as in From and To of our requests
	target              string // where the other side is
	route               []string
	sequence            uint32 // of our latest request
	remoteSequence      uint32
	state               int

	reliable   string // RSeq of the latest reliable response we got
	ack        string // of the latest 2xx we got
	ackFlow    machine.Flow
	unacked    *answer // our 2xx that waits for its ACK
	inviting   bool    // our re-INVITE is under way
	reinviting string  // key of its client transaction
	wantsBye   bool    // as soon as the ACK came
	reinvites  int     // our re-INVITEs so far, with those after 491
}

// answer is a 2xx that is repeated until its ACK comes (RFC 3261 §13.3.1.4).
type answer struct {
	sequence uint32
	stop     func()
	limit    *alarm
}

// Dialogs are the phone's confirmed dialogs.
func (p *Phone) Dialogs() []*Dialog {
	var found []*Dialog
	for _, dialog := range p.dialogs {
		if dialog.state == confirmed {
			found = append(found, dialog)
		}
	}
	return found
}

// RemoteTag is the other side's tag.
func (d *Dialog) RemoteTag() string { return d.remoteTag }

// LocalTag is our tag.
func (d *Dialog) LocalTag() string { return d.localTag }

// Route is the route set.
func (d *Dialog) Route() []string { return slices.Clone(d.route) }

// learn takes route set and remote target from a response (RFC 3261 §12.1.2, §13.2.2.4).
func (d *Dialog) learn(m *sip.Message) {
	d.route = nil
	for value := range m.Values(sip.HeaderRecordRoute) {
		d.route = append(d.route, value)
	}
	slices.Reverse(d.route)
	d.refresh(m)
}

// refresh takes the remote target from a message (RFC 3261 §12.2.1.2).
func (d *Dialog) refresh(m *sip.Message) {
	if address, err := sip.ParseAddress(m.TopValue(sip.HeaderContact)); err == nil {
		d.target = address.Text
	}
}

func (d *Dialog) end() {
	d.state = over
	if c := d.phone.clients[d.reinviting]; c != nil && c.state == clientProceeding {
		c.terminate() // nobody repeats a 2xx in a dialog that has ended
	}
	if d.unacked != nil {
		d.acknowledged()
	}
}

// request prepares a request within the dialog.
func (d *Dialog) request(method sip.Method, done func(m *sip.Message, code int)) *request {
	r := &request{method: method, from: d.local, to: d.remote, callID: d.callID, sequence: &d.sequence, done: done}
	r.aim(d.target, d.route)
	return r
}

// makeACK makes the ACK of a 2xx, with the credentials of its INVITE (RFC 3261 §13.2.2.4, §22.1).
func (d *Dialog) makeACK(invite *request) {
	r := d.request(sip.ACK, nil)
	r.number, r.branch, r.credentials = invite.number, sip.MagicCookie+d.phone.token(), invite.credentials
	d.ack, d.ackFlow = r.text(d.phone), d.phone.flowTo(r.hop())
}

func (d *Dialog) sendACK() { d.phone.send(d.ackFlow, d.ack, 0) }

// hangUp sends the BYE; a callee waits for the ACK first (RFC 3261 §15).
func (d *Dialog) hangUp() {
	switch {
	case d.state != confirmed:
	case d.unacked != nil && d.call.Incoming:
		d.wantsBye = true
	default:
		d.bye()
	}
}

// bye ends the dialog from our side (RFC 3261 §15.1.1).
func (d *Dialog) bye() {
	if d.state != confirmed {
		return
	}
	d.end()
	d.call.left(d)
	d.phone.start(d.request(sip.BYE, func(_ *sip.Message, code int) {
		if d.call.dialog == d && code >= 200 {
			d.call.ByeCode = code
		}
	}))
}

// reinvite sends a re-INVITE, once no other is under way (RFC 3261 §14.1).
func (d *Dialog) reinvite() {
	if d.state != confirmed {
		return
	}
	if d.inviting || d.unacked != nil {
		d.phone.after(timerT1, d.reinvite)
		return
	}
	d.inviting = true
	d.reinvites++
	var r *request
	r = d.request(sip.INVITE, func(m *sip.Message, code int) { d.reinvited(r, m, code) })
	r.fields, r.body = []string{"Contact: <" + d.phone.dialogContact() + ">"}, d.phone.offer()
	d.phone.start(r)
	d.reinviting = clientKey(r.branch, sip.INVITE)
}

func (d *Dialog) reinvited(r *request, m *sip.Message, code int) {
	if code < 200 {
		return
	}
	if code < 300 && m != nil {
		if d.inviting {
			d.refresh(m)
			d.makeACK(r)
		}
		d.sendACK()
	}
	if !d.inviting {
		return
	}
	d.inviting = false
	if code == 491 && d.reinvites < 4 && d.state == confirmed {
		wait := time.Duration(d.phone.random.Int64N(int64(2 * time.Second)))
		if !d.call.Incoming { // the owner of the Call-ID waits longer
			wait += 2100 * time.Millisecond
		}
		d.phone.after(wait, d.reinvite)
		return
	}
	d.call.ReinviteCode = code
	if code == 481 || code == 408 { // RFC 3261 §12.2.1.2
		d.bye()
	}
}

// find matches a request to a dialog (RFC 3261 §12.2.2).
func (p *Phone) find(m *sip.Message) *Dialog {
	for _, dialog := range p.dialogs {
		if dialog.callID == m.CallID() && dialog.localTag == m.ToTag() && dialog.remoteTag == m.FromTag() {
			return dialog
		}
	}
	return nil
}

func (d *Dialog) acknowledged() {
	d.unacked.stop()
	d.phone.stop(d.unacked.limit)
	d.unacked = nil
}

// receiveACK ends the repetition of our 2xx.
func (d *Dialog) receiveACK(m *sip.Message) {
	if d.unacked == nil || d.unacked.sequence != m.CSeq() {
		return
	}
	d.acknowledged()
	d.call.Acknowledged = true
	if d.wantsBye {
		d.bye()
	}
}

// receive takes a request within the dialog (RFC 3261 §12.2.2).
func (d *Dialog) receive(s *serverTransaction) {
	m := s.packet.Message
	switch {
	case d.state == over:
		s.respond(481, nil, "")
		return
	case m.CSeq() <= d.remoteSequence:
		s.respond(500, []string{"Retry-After: 1"}, "")
		return
	}
	d.remoteSequence = m.CSeq()
	if m.Method() != sip.BYE && m.Method() != sip.INVITE {
		d.call.Asked = append(d.call.Asked, m.Method())
	}
	switch m.Method() {
	case sip.BYE:
		d.end()
		s.respond(200, nil, "")
		d.call.left(d)
	case sip.INVITE:
		d.receiveReinvite(s)
	case sip.OPTIONS, sip.INFO, sip.MESSAGE, sip.UPDATE, sip.NOTIFY:
		if strings.TrimSpace(m.Header(sip.HeaderContact)) != "" {
			d.refresh(m)
		}
		s.respond(200, []string{"Contact: <" + d.phone.dialogContact() + ">"}, "")
	case sip.PRACK:
		d.call.receivePRACK(s)
	case sip.REFER, sip.SUBSCRIBE:
		s.respond(202, []string{"Contact: <" + d.phone.dialogContact() + ">"}, "")
	default:
		s.respond(501, nil, "")
	}
}

// receiveReinvite answers a re-INVITE (RFC 3261 §14.2).
func (d *Dialog) receiveReinvite(s *serverTransaction) {
	switch {
	case d.inviting:
		s.respond(491, nil, "")
	case d.unacked != nil:
		s.respond(500, []string{"Retry-After: 3"}, "")
	default:
		d.refresh(s.packet.Message)
		d.call.Reinvites++
		d.accept(s)
	}
}

// accept answers an INVITE with 200 and repeats it until the ACK comes, on streams, too
// (RFC 3261 §13.3.1.4). Without an ACK the dialog ends.
func (d *Dialog) accept(s *serverTransaction) {
	p := d.phone
	s.respond(200, []string{"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, UPDATE"}, p.offer())
	text := s.last
	d.unacked = &answer{sequence: s.packet.Message.CSeq()}
	d.unacked.stop = p.repeat(timerT1, timerT2, func() { p.send(s.back(), text, 0) })
	d.unacked.limit = p.after(timeout, func() {
		d.acknowledged()
		d.bye()
	})
}
