package sim

import (
	"slices"
	"strconv"
	"time"

	"hookflash/sip"
)

// State is where a call stands, as the phone sees it.
type State string

// The states of a call. The last three are left no more.
const (
	Calling     State = "calling"     // INVITE sent or come; left by any response but 100
	Ringing     State = "ringing"     // a 18x was sent or came
	Established State = "established" // a 2xx was sent or came
	Ended       State = "ended"       // it was established, and a BYE was sent or came
	Failed      State = "failed"      // FinalCode says why
	Cancelled   State = "cancelled"   // by the caller, before it was answered
)

// Call is one call of a phone, with all dialogs that its INVITE made.
type Call struct {
	Incoming    bool
	Target      string // Request-URI of the INVITE
	FinalCode   int    // of the INVITE's first final response; 408 and 503 also without one
	Provisional []int  // codes above 100, as they came
	// Extra counts the 2xx from further branches, which were acknowledged and ended
	// (RFC 3261 §13.2.2.4).
	Extra int
	// ByeCode is the final response to our BYE, 0 while there is none.
	ByeCode int
	// ReinviteCode is the final response to our latest re-INVITE, 0 while there is none.
	ReinviteCode int
	// Reinvites counts the re-INVITEs of the other side that were answered with 200.
	Reinvites int
	// Acknowledged tells, of an incoming call, that the ACK to our 2xx came.
	Acknowledged bool
	// Asked is the methods of other requests that came within the call's dialogs.
	Asked []sip.Method

	phone    *Phone
	options  CallOptions
	callID   string
	tag      string
	sequence uint32
	request  *request // the latest INVITE of an outgoing call
	cancel   bool     // the caller wants it cancelled
	giveUp   *alarm   // when the cancelled INVITE gets no final response
	states   []State
	dialogs  []*Dialog
	dialog   *Dialog            // the established one
	server   *serverTransaction // the INVITE of an incoming call
	earlier  *Dialog            // of an incoming call, made by a reliable response
	proceed  func()             // ends the repetition of that response
	behave   Behaviour
}

// CallOptions vary an outgoing call.
type CallOptions struct {
	Fields    []string      // further header fields, "Name: value"
	NoACK     bool          // a 2xx is never acknowledged
	NoOffer   bool          // without SDP
	HangUp    time.Duration // after being established; zero: not by itself
	CancelAll time.Duration // after the INVITE; zero: not by itself
}

// Invite is the INVITE of an incoming call.
func (c *Call) Invite() *sip.Message { return c.server.packet.Message }

// Call calls a SIP URI.
func (p *Phone) Call(target string) *Call { return p.CallWith(target, CallOptions{}) }

// CallWith calls a SIP URI in a particular way.
func (p *Phone) CallWith(target string, options CallOptions) *Call {
	call := &Call{phone: p, Target: target, options: options}
	p.do(func() {
		p.calls = append(p.calls, call)
		call.callID, call.tag = p.token()+"@"+p.config.Name, p.token()
		call.enter(Calling)
		call.invite(target)
		if options.CancelAll > 0 {
			p.after(options.CancelAll, call.Cancel)
		}
	})
	return call
}

// Calls are all calls since the phone was started, in order.
func (p *Phone) Calls() []*Call { return p.calls }

// LastCall is the latest of them, nil without any.
func (p *Phone) LastCall() *Call {
	if len(p.calls) == 0 {
		return nil
	}
	return p.calls[len(p.calls)-1]
}

// State is where the call stands; "" before the phone got to it.
func (c *Call) State() State {
	if len(c.states) == 0 {
		return ""
	}
	return c.states[len(c.states)-1]
}

// History is all states so far.
func (c *Call) History() []State { return slices.Clone(c.states) }

// Over tells whether the call has come to its end.
func (c *Call) Over() bool { return slices.Contains([]State{Ended, Failed, Cancelled}, c.State()) }

// Dialog is the established dialog, nil without one.
func (c *Call) Dialog() *Dialog { return c.dialog }

// CallID is the Call-ID of the call's dialogs.
func (c *Call) CallID() string { return c.callID }

func (c *Call) enter(state State) {
	if c.Over() || c.State() == state {
		return
	}
	c.states = append(c.states, state)
	if state == Established && c.hangUpAfter() > 0 {
		c.phone.after(c.hangUpAfter(), c.HangUp)
	}
}

func (c *Call) hangUpAfter() time.Duration {
	if c.Incoming {
		return c.behave.HangUp
	}
	return c.options.HangUp
}

// Cancel ends an outgoing call that was not answered yet (RFC 3261 §9.1). A call that
// is answered nevertheless gets its ACK and a BYE.
func (c *Call) Cancel() {
	c.phone.do(func() {
		if c.Incoming || c.cancel || c.FinalCode != 0 {
			return
		}
		c.cancel, c.request.stopped = true, true
		if transaction := c.phone.clients[clientKey(c.request.branch, sip.INVITE)]; transaction != nil && transaction.state == clientProceeding {
			c.sendCancel()
		}
	})
}

func (c *Call) sendCancel() {
	p := c.phone
	p.begin(c.request.cancel())
	invite := clientKey(c.request.branch, sip.INVITE)
	c.giveUp = p.after(timeout, func() {
		if transaction := p.clients[invite]; transaction != nil && transaction.state == clientProceeding {
			transaction.fail(487)
		}
	})
}

// HangUp ends the call in the way its state asks for: BYE, CANCEL or 480.
func (c *Call) HangUp() {
	c.phone.do(func() {
		switch {
		case c.dialog != nil:
			c.dialog.hangUp()
		case c.Incoming && c.server != nil:
			c.reject(480)
		default:
			c.Cancel()
		}
	})
}

// left is told that a dialog has ended: the call ends with the last confirmed one.
func (c *Call) left(ended *Dialog) {
	if c.dialog != ended {
		return
	}
	for _, dialog := range c.dialogs {
		if dialog.state == confirmed {
			c.dialog = dialog
			return
		}
	}
	c.enter(Ended)
}

// Reinvite sends a re-INVITE in the established dialog (RFC 3261 §14).
func (c *Call) Reinvite() {
	c.phone.do(func() {
		if c.dialog != nil {
			c.ReinviteCode = 0
			c.dialog.reinvite()
		}
	})
}

// offer is a session description that names the phone.
func (p *Phone) offer() string {
	address := p.config.Address.Addr()
	family := " IP4 "
	if address.Is6() {
		family = " IP6 "
	}
	return "v=0\r\no=" + p.config.User + " 1 1 IN" + family + address.String() + "\r\ns=-\r\nc=IN" + family + address.String() +
		"\r\nt=0 0\r\nm=audio " + strconv.Itoa(int(p.config.Address.Port())+20000) + " RTP/AVP 0\r\n"
}

// Answer is what became of a request outside any call.
type Answer struct {
	Code     int          // the final response; 0 while there is none
	Response *sip.Message // nil without one
}

// Ask sends one request that makes no dialog, like OPTIONS or MESSAGE, with further
// header fields.
func (p *Phone) Ask(method sip.Method, target string, fields ...string) *Answer {
	answer := &Answer{}
	p.do(func() {
		sequence := uint32(0)
		p.start(&request{
			method: method, uri: target, route: p.serviceRoute,
			from: "<" + p.AOR() + ">;tag=" + p.token(), to: "<" + target + ">", callID: p.token() + "@" + p.config.Name,
			sequence: &sequence, fields: fields,
			done: func(m *sip.Message, code int) {
				if code >= 200 {
					answer.Code, answer.Response = code, m
				}
			},
		})
	})
	return answer
}
