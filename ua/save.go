package ua

import (
	"net/netip"
	"slices"
	"time"

	"hookflash/dialog"
	"hookflash/sdp"
)

// Saved is what of an established call outlives the process, to be written as JSON.
type Saved struct {
	Dialog            dialog.Dialog
	Incoming          bool
	Remote, Shown     Party
	Answerer          Party
	Told              Party  `json:",omitzero"`
	Privacy           string `json:",omitempty"`
	MaxForwards       int
	Target            string
	Began, Answered   time.Time
	Held, HeldByThem  bool
	Focus, Source     bool
	Background, Muted bool
	Direct            bool   // it does not go through our server
	Address           string `json:",omitempty"`
	ReferredBy        string `json:",omitempty"`
	Supported         string // what the far side said that it knows, and takes
	Allowed           string
	Session           sdp.Saved
	Theirs            string     // the far side's last description
	Signalled         netip.Addr // where the far side's phone signals from
	Port              uint16     // of RTP; 0: there is no stream
	Crypto            []sdp.Crypto
	Timer             dialog.SessionTimer
	Refreshed         time.Time
	MinSE             time.Duration
}

// Save is what Agent.Restore makes the same call of in the next process; ok is false for a call that is not established, or
// whose sound somebody else describes (Relay).
func (c *Call) Save() (s Saved, ok bool) {
	if c.State != Talking || c.dialog == nil || c.relay != nil {
		return s, false
	}
	s = Saved{
		Dialog: *c.dialog, Incoming: c.Incoming, Remote: c.Remote, Shown: c.Shown, Answerer: c.Answerer, Told: c.Told, Privacy: c.Privacy,
		MaxForwards: c.MaxForwards, Target: c.Target, Began: c.Began, Answered: c.Answered, Held: c.Held, HeldByThem: c.HeldByThem,
		Focus: c.Focus, Source: c.Source, Background: c.Background, Muted: c.muted, Direct: c.direct, Address: c.Address,
		ReferredBy: c.ReferredBy, Supported: c.supported, Allowed: c.allowed, Session: c.negotiation.Save(), Theirs: c.theirs,
		Signalled: c.source, Port: c.port, Crypto: c.crypto, Timer: c.timer, Refreshed: c.refreshed, MinSE: c.minSE,
	}
	s.Dialog.Route = slices.Clone(s.Dialog.Route)
	return s, true
}

// Preserve has something called at the end of each step in which what Save gives may have changed, while the call stands:
// it keeps that (Agent.Keep), and what the step sends of the call leaves after it; nil: nothing any more.
func (c *Call) Preserve(save func()) { c.preserve = save }

// Preserved tells whether the call is to stand in the next process, too.
func (c *Call) Preserved() bool { return c.preserve != nil && c.State == Talking }

// touch notes that what Save gives may have changed.
func (c *Call) touch() {
	a := c.agent
	if c.preserve != nil && !slices.Contains(a.touched, c) {
		a.touched = append(a.touched, c)
	}
}

// touchDialog is touch of the call whose dialog it is, if there is one.
func (a *Agent) touchDialog(d *dialog.Dialog) {
	if u := a.dialogs[d.ID]; u != nil && u.call != nil && u.dialog == d {
		u.call.touch()
	}
}

// saveTouched lets those save who preserve calls.
func (a *Agent) saveTouched() {
	for _, c := range a.touched {
		if c.preserve != nil && c.State != Over {
			c.preserve()
		}
	}
	clear(a.touched)
	a.touched = a.touched[:0]
}
