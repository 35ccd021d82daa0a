package office

import (
	"time"

	"hookflash/machine"
	"hookflash/sip"
	"hookflash/ua"
)

// Drop is what Refuse gives for a request that is not to be answered at all.
const Drop = -1

// Refuse has a desk answer requests itself, before its phone sees them: with the code that refuse gives, and
// not with 0. It keeps no state, so that copies are answered like the first.
func (d *Desk) Refuse(refuse func(m *sip.Message) int) { d.refuse = refuse }

// RefuseAgain is Refuse for requests within a dialog.
func (d *Desk) RefuseAgain(method sip.Method, code int) {
	d.Refuse(func(m *sip.Message) int {
		if m.Method() == method && m.ToTag() != "" {
			return code
		}
		return 0
	})
}

// front is the machine of a desk: the phone, and what stands before it.
type front struct {
	*ua.Agent
	desk *Desk
}

// Receive implements machine.Machine.
func (f *front) Receive(now time.Time, p machine.Packet, out *machine.Output) {
	m := p.Message
	if m.IsRequest() && f.desk.refuse != nil && m.Method() != sip.ACK {
		if code := f.desk.refuse(m); code != 0 {
			answer := sip.Answer{Code: code}
			if code == Drop {
				return
			}
			if m.ToTag() == "" {
				answer.ToTag = "stubborn"
			}
			out.Sends = append(out.Sends, machine.Send{To: p.Flow, Data: sip.NewResponse(m, p.Flow.Remote, answer).Empty()})
			return
		}
	}
	f.Agent.Receive(now, p, out)
}
