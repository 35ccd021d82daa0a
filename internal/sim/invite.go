package sim

import "hookflash/sip"

// invite sends the INVITE of an outgoing call, again after a redirection.
func (c *Call) invite(target string) {
	p := c.phone
	fields := append([]string{
		"Contact: <" + p.dialogContact() + ">",
		"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE, UPDATE",
	}, c.options.Fields...)
	c.request = &request{
		method: sip.INVITE, uri: target, from: "<" + p.AOR() + ">;tag=" + c.tag, to: "<" + c.Target + ">",
		callID: c.callID, sequence: &c.sequence, fields: fields, done: c.responded,
	}
	c.request.aim(target, p.serviceRoute)
	if !c.options.NoOffer {
		c.request.body = p.offer()
	}
	p.start(c.request)
}

// responded takes a response to the call's INVITE, or none.
func (c *Call) responded(m *sip.Message, code int) {
	switch {
	case m == nil:
		c.finish(code)
	case code < 200:
		c.progress(m)
	case code < 300:
		c.accepted(m)
	case code < 400 && c.phone.config.Follow && !c.cancel && c.request.answered < maxAnswers:
		c.redirected(m)
	default:
		c.finish(code)
	}
}

func (c *Call) progress(m *sip.Message) {
	if m.StatusCode() > 100 {
		c.Provisional = append(c.Provisional, m.StatusCode())
		if m.ToTag() != "" && m.Has(sip.HeaderContact) && c.dialogWith(m.ToTag()) == nil {
			c.addDialog(m)
		}
		c.acknowledgeProgress(m)
	}
	if m.StatusCode() >= 180 && m.StatusCode() < 190 && c.FinalCode == 0 {
		c.enter(Ringing)
	}
	if c.cancel && c.giveUp == nil {
		c.sendCancel()
	}
}

func (c *Call) dialogWith(remoteTag string) *Dialog {
	for _, dialog := range c.dialogs {
		if dialog.remoteTag == remoteTag {
			return dialog
		}
	}
	return nil
}

// addDialog makes the dialog that a response creates (RFC 3261 §12.1.2).
func (c *Call) addDialog(m *sip.Message) *Dialog {
	dialog := &Dialog{
		phone: c.phone, call: c, callID: c.callID, localTag: c.tag, remoteTag: m.ToTag(),
		local: m.From(), remote: m.To(), sequence: m.CSeq(),
	}
	c.dialogs = append(c.dialogs, dialog)
	c.phone.dialogs = append(c.phone.dialogs, dialog)
	dialog.learn(m)
	return dialog
}

// accepted takes a 2xx: the first makes the call, others are ended at once.
func (c *Call) accepted(m *sip.Message) {
	c.phone.stop(c.giveUp)
	if !m.Has(sip.HeaderContact) {
		c.phone.complain("2xx to INVITE without Contact")
	}
	dialog := c.dialogWith(m.ToTag())
	if dialog == nil {
		dialog = c.addDialog(m)
	}
	if c.FinalCode == 0 {
		c.FinalCode = m.StatusCode()
		c.phone.after(timeout, c.forgetEarly)
	}
	again := dialog.state != early
	if !again {
		dialog.learn(m)
		dialog.state = confirmed
	}
	if c.options.NoACK {
		c.establish(dialog)
		return
	}
	if !again {
		dialog.makeACK(c.request)
	}
	dialog.sendACK()
	switch {
	case again:
	case c.dialog != nil:
		c.Extra++
		dialog.bye()
	case c.cancel:
		c.establish(dialog)
		dialog.bye()
	default:
		c.establish(dialog)
	}
}

// forgetEarly ends the dialogs that no 2xx confirmed (RFC 3261 §13.2.2.4).
func (c *Call) forgetEarly() {
	for _, dialog := range c.dialogs {
		if dialog.state == early {
			dialog.end()
		}
	}
}

func (c *Call) establish(dialog *Dialog) {
	if c.dialog == nil {
		c.dialog = dialog
		c.enter(Established)
	}
}

// redirected tries the first Contact of a 3xx (RFC 3261 §8.1.3.4).
func (c *Call) redirected(m *sip.Message) {
	address, err := sip.ParseAddress(m.TopValue(sip.HeaderContact))
	if err != nil {
		c.finish(m.StatusCode())
		return
	}
	answered := c.request.answered + 1
	c.invite(address.Text)
	c.request.answered = answered
}

// finish ends a call that was not established.
func (c *Call) finish(code int) {
	c.phone.stop(c.giveUp)
	if c.FinalCode == 0 {
		c.FinalCode = code
	}
	c.forgetEarly()
	if c.cancel && (code == 487 || code == 401 || code == 407) {
		c.enter(Cancelled)
		return
	}
	c.enter(Failed)
}
