package ua

import (
	"hookflash/dialog"
	"hookflash/sdp"
	"hookflash/sip"
)

// fork is one early dialog of an outgoing call.
type fork struct {
	dialog      *dialog.Dialog
	negotiation sdp.Negotiation
	sequence    uint32 // RSeq of the last reliable response (RFC 3262 §4)
	answered    bool   // by a reliable response: its 2xx repeats the answer or has none
}

// forkOf is the dialog of a response, made where there is none yet; nil when it makes none. A
// provisional response makes one of MaxForks, a 2xx always does.
func (c *Call) forkOf(m *sip.Message) *fork {
	if f := c.forkWith(m.ToTag()); f != nil {
		f.dialog.Refresh(m)
		return f
	}
	if len(c.forks) >= MaxForks && m.StatusCode() < 200 {
		return nil
	}
	d, err := c.dialog.Fork(m)
	if err != nil {
		return nil
	}
	f := &fork{dialog: d, negotiation: c.negotiation}
	c.forks = append(c.forks, f)
	c.agent.enter(d, c)
	return f
}

func (c *Call) forkWith(remoteTag string) *fork {
	for _, f := range c.forks {
		if f.dialog.RemoteTag == remoteTag {
			return f
		}
	}
	return nil
}

// dropFork ends one early dialog; the others go on.
func (c *Call) dropFork(f *fork) {
	for i, other := range c.forks {
		if other == f {
			c.forks = append(c.forks[:i], c.forks[i+1:]...)
			break
		}
	}
	c.agent.forget(f.dialog, c)
}

// choose makes one fork the call. The others may be answered, too: they are not known as ended, so
// that their 2xx is acknowledged and hung up.
func (c *Call) choose(f *fork) {
	for _, other := range c.forks {
		if other != f {
			c.agent.release(other.dialog, c)
		}
	}
	c.forks, c.dialog, c.negotiation = nil, f.dialog, f.negotiation
	c.agent.enter(c.dialog, c)
}

// leg is the dialog that a request within the call goes out in, and its negotiation: before the call
// is answered that of the last fork that had a reliable answer, nil without one.
func (c *Call) leg() (*dialog.Dialog, *sdp.Negotiation) {
	if c.outgoing == nil {
		return c.dialog, &c.negotiation
	}
	for i := len(c.forks) - 1; i >= 0; i-- {
		if f := c.forks[i]; f.answered {
			return f.dialog, &f.negotiation
		}
	}
	return nil, nil
}

// negotiationOf is that of a dialog of the call, nil when the dialog is no more the call's.
func (c *Call) negotiationOf(d *dialog.Dialog) *sdp.Negotiation {
	if c.State == Over {
		return nil
	}
	if c.dialog == d {
		return &c.negotiation
	}
	for _, f := range c.forks {
		if f.dialog == d {
			return &f.negotiation
		}
	}
	return nil
}
