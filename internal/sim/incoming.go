package sim

import (
	"slices"
	"strings"
	"time"

	"hookflash/sip"
)

// Behaviour is what a phone does about an incoming call. The zero value answers at once.
type Behaviour struct {
	Ring      bool
	RingAfter time.Duration
	After     time.Duration // until the final response
	Never     bool          // no final response
	Silent    bool          // no response at all
	Code      int           // the final response; zero: 200
	Contacts  []string      // of a 3xx
	Fields    []string      // further header fields of a refusal, "Name: value"
	// Progress is further provisional responses, a fifth of a second apart, after that of Ring.
	Progress []int
	// Reliable sends one 183 first and repeats it until its PRACK comes, if the caller
	// supports that; all else waits for it (RFC 3262).
	Reliable bool
	// Twice sends a second 200 with another tag, as two phones behind one would.
	Twice bool
	// CrossCancel answers with 200 when the CANCEL comes, as if they had crossed.
	CrossCancel bool
	HangUp      time.Duration // after the answer; zero: not by itself
}

// AnswerAfter rings and answers after some time.
func AnswerAfter(wait time.Duration) Behaviour { return Behaviour{Ring: true, After: wait} }

// Busy answers 486 at once.
func Busy() Behaviour { return Behaviour{Code: 486} }

// Decline rings and answers 603 after some time (RFC 3261 §21.6.2).
func Decline(wait time.Duration) Behaviour { return Behaviour{Ring: true, After: wait, Code: 603} }

// RingForever never answers, but for a CANCEL.
func RingForever() Behaviour { return Behaviour{Ring: true, Never: true} }

// Redirect answers 302 with other places to try.
func Redirect(targets ...string) Behaviour { return Behaviour{Code: 302, Contacts: targets} }

// receiveInvite takes a new call.
func (p *Phone) receiveInvite(s *serverTransaction) {
	m := s.packet.Message
	call := &Call{phone: p, Incoming: true, Target: m.RequestURI(), callID: m.CallID(), tag: s.tag, server: s}
	s.call = call
	p.calls = append(p.calls, call)
	call.enter(Calling)
	call.behave = p.config.Incoming
	if p.OnInvite != nil {
		call.behave = p.OnInvite(call)
	}
	call.follow()
}

// follow plays the behaviour.
func (c *Call) follow() {
	b := &c.behave
	if b.Silent {
		return
	}
	if b.Reliable && c.earlier == nil && c.server.packet.Message.HasToken(sip.HeaderSupported, "100rel") {
		c.progressReliably()
		return
	}
	if b.Ring {
		c.in(b.RingAfter, c.ring)
	}
	for i, code := range b.Progress {
		c.in(b.RingAfter+time.Duration(i+1)*time.Second/5, func() {
			if c.server.final == 0 {
				c.server.respond(code, nil, "")
			}
		})
	}
	if b.Never {
		return
	}
	if b.Code == 0 || b.Code == 200 {
		c.in(b.After, c.answer)
		return
	}
	c.in(b.After, func() { c.reject(b.Code) })
}

func (c *Call) in(wait time.Duration, run func()) {
	if wait <= 0 {
		run()
		return
	}
	c.phone.after(wait, run)
}

// Ring sends 180; for scripts whose behaviour is Never.
func (c *Call) Ring() { c.phone.do(c.ring) }

// Answer sends 200; for scripts whose behaviour is Never.
func (c *Call) Answer() { c.phone.do(c.answer) }

// Reject sends a final response of 300 to 699; for scripts whose behaviour is Never.
func (c *Call) Reject(code int) { c.phone.do(func() { c.reject(code) }) }

func (c *Call) ring() {
	if c.server.final == 0 {
		c.server.respond(180, nil, "")
		c.enter(Ringing)
	}
}

func (c *Call) answer() {
	s := c.server
	if s.final != 0 {
		return
	}
	c.FinalCode = 200
	if c.dialog = c.earlier; c.dialog == nil {
		c.dialog = c.callee(s)
	}
	c.dialog.state = confirmed
	c.dialog.accept(s)
	c.enter(Established)
	if c.behave.Twice {
		twin := *s
		twin.tag, twin.final, twin.key, twin.expire = c.phone.token(), 0, s.key+" twin", nil
		c.phone.servers[twin.key] = &twin
		c.callee(&twin).accept(&twin)
	}
}

func (c *Call) reject(code int) {
	if c.server.final != 0 {
		return
	}
	c.FinalCode = code
	fields := slices.Clone(c.behave.Fields)
	if len(c.behave.Contacts) > 0 {
		fields = append(fields, "Contact: <"+strings.Join(c.behave.Contacts, ">, <")+">")
	}
	c.server.respond(code, fields, "")
	c.leaveEarly()
	c.enter(Failed)
}

// cancelled is told about a CANCEL for the call's INVITE.
func (c *Call) cancelled() {
	switch {
	case c.server.final != 0:
	case c.behave.CrossCancel:
		c.answer()
	default:
		c.FinalCode = 487
		c.server.respond(487, nil, "")
		c.leaveEarly()
		c.enter(Cancelled)
	}
}

// callee makes the dialog of a 2xx that we send (RFC 3261 §12.1.1).
func (c *Call) callee(s *serverTransaction) *Dialog {
	m := s.packet.Message
	dialog := &Dialog{
		phone: c.phone, call: c, callID: m.CallID(), localTag: s.tag, remoteTag: m.FromTag(),
		local: m.To() + ";tag=" + s.tag, remote: m.From(), remoteSequence: m.CSeq(), state: confirmed,
	}
	for value := range m.Values(sip.HeaderRecordRoute) {
		dialog.route = append(dialog.route, value)
	}
	dialog.refresh(m)
	c.dialogs = append(c.dialogs, dialog)
	c.phone.dialogs = append(c.phone.dialogs, dialog)
	return dialog
}
