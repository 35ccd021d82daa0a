package ua

import (
	"slices"

	"hookflash/sip"
)

// MaxAway is how many calls that were left with others are remembered; then the oldest is forgotten.
const MaxAway = 64

// Away is a call that we left with somebody else, and may take back by an INVITE with Replaces (RFC 5359 §2.3).
type Away struct {
	Remote Party
	Target string       // where Remote's phone is reached: a GRUU, mostly
	Dialog sip.DialogID // of whoever keeps the call, as Remote's phone knows it
}

// Leave remembers a call that was left with somebody else.
func (a *Agent) Leave(away Away) {
	a.away = append(a.away, away)
	if len(a.away) > MaxAway {
		a.away = slices.Delete(a.away, 0, 1)
	}
}

// Away are the calls that were left with others, the latest last. Nobody tells us when such a call ends.
func (a *Agent) Away() []Away { return slices.Clone(a.away) }

// Return forgets one.
func (a *Agent) Return(away Away) {
	a.away = slices.DeleteFunc(a.away, func(other Away) bool { return other.Dialog == away.Dialog })
}
