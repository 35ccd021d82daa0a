package b2bua

import (
	"errors"
	"time"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Ringback is what callers hear meanwhile, unless Connection says something else.
const Ringback = "tone:ringback"

// ErrHops tells that the call came a way that is too long already: it may go round in a circle.
var ErrHops = errors.New("b2bua: too many hops")

// Connection is a call to somebody on behalf of a caller.
type Connection struct {
	Caller *ua.Call
	Target string // a SIP URI
	// Meanwhile is the source that an answered caller hears while it rings; "": Ringback. Quiet: none is. A caller who
	// was not answered is told that it rings.
	Meanwhile string
	Quiet     bool
	// Patience is how long it may ring; zero: ua.RingLimit.
	Patience time.Duration
}

// Invitation is how the target is called: from the caller, whom the server vouches for where it did so towards us,
// and who remains hidden if that was wished for (RFC 3325 §7).
func (n *Connection) Invitation() ua.Invitation {
	c := n.Caller
	i := ua.Invitation{Target: n.Target, From: c.Shown, MaxForwards: max(c.MaxForwards-1, 1)}
	if c.Remote.Asserted {
		i.Fields = append(i.Fields, ua.Field{Name: sip.HeaderPAssertedIdentity, Value: c.Remote.Address()})
	}
	if c.Privacy != "" {
		i.Fields = append(i.Fields, ua.Field{Name: sip.HeaderPrivacy, Value: c.Privacy})
	}
	return i
}

// Ring calls the target and waits for the answer; both calls go on then, each in a room of its own. Errors: a
// *sip.StatusError with what the target answered, 408 when it rang too long; ua.ErrOver when the caller left, and
// then nothing rings any more; ErrHops; those of Agent.Invite. The caller's call goes on.
//
//	Caller            Agent           Target
//	  |                 |    INVITE F1  |
//	  |                 |-------------->|
//	  |                 |      180 F2   |
//	  |  ringback tone  |<--------------|
//	  |<================|      200 F3   |
//	  |                 |<--------------|
//	  |                 |      ACK F4   |
//	  |                 |-------------->|
func Ring(t *task.Task, n Connection) (*ua.Call, error) {
	caller := n.Caller
	switch {
	case caller.State == ua.Over:
		return nil, ua.ErrOver
	case caller.MaxForwards <= 1:
		return nil, ErrHops
	}
	events := caller.Watch()
	defer caller.Unwatch(events)
	callee, err := caller.Agent().Invite(n.Invitation()) // F1
	if err != nil {
		return nil, err
	}
	progress := callee.Watch()
	defer callee.Unwatch(progress)
	if caller.State == ua.Talking && !n.Quiet {
		defer caller.Sound(n.meanwhile())()
	}
	r := ringing{caller: caller, callee: callee, events: events, progress: progress}
	return r.wait(t, t.After(n.patience()))
}

func (n *Connection) meanwhile() string {
	if n.Meanwhile != "" {
		return n.Meanwhile
	}
	return Ringback
}

func (n *Connection) patience() time.Duration {
	if n.Patience > 0 {
		return n.Patience
	}
	return ua.RingLimit
}

// ringing is a target that was called, and the caller who waits for it.
type ringing struct {
	caller, callee   *ua.Call
	events, progress *task.Queue[ua.Event]
}

func (r *ringing) wait(t *task.Task, limit *task.Timer) (*ua.Call, error) {
	defer func() {
		if r.callee.State != ua.Talking {
			r.callee.HangUp()
		}
	}()
	for {
		switch t.First(r.events, r.progress, limit) {
		case 0:
			if e, _ := r.events.Take(); e.Kind == ua.Ended {
				r.callee.HangUp() // it may have been answered meanwhile
				return nil, ua.ErrOver
			}
		case 1:
			switch e, _ := r.progress.Take(); e.Kind {
			case ua.Ringing: // F2
				r.caller.Ring()
			case ua.Established: // F3
				return r.callee, nil
			case ua.Ended:
				return nil, &sip.StatusError{Code: e.Code, Reason: e.Reason, Err: errTarget}
			default: // nothing that it hangs on
			}
		case 2:
			return nil, &sip.StatusError{Code: 408, Reason: sip.Reason(408), Err: errTarget}
		}
	}
}

// errTarget is what a *sip.StatusError of Ring wraps.
var errTarget = errors.New("b2bua: the target did not answer")
