package park

import (
	"slices"
	"strings"
	"time"

	"hookflash/directory"
)

// Limits of the agent.
const (
	MaxSlots    = 10_000           // in all orbits; further ones are left out
	MaxStay     = 2 * time.Hour    // that a call waits
	LeaveLimit  = 10 * time.Second // from when somebody takes a call until it is gone
	RecallRings = 30 * time.Second // at the parker's phone, and at the target for calls that nobody took
)

// Defaults of an orbit.
const (
	DefaultTimeout = 2 * time.Minute
	DefaultTries   = 3
	DefaultMusic   = "default"
)

// ContactParams are for ua.Settings: nobody is there, who hangs up when the other side says so (RFC 3840 §10.13, RFC 4235
// §5.1, §5.2).
const ContactParams = `;automaton;+sip.byeless;+sip.rendering="no"`

// Orbit is a lot of places.
type Orbit struct {
	Name  string
	Slots []string // numbers, as they are dialled, but for the star of valet ones: "701"
	Music string   // name of a source of music; "": DefaultMusic
	// Members are users and groups who may take the calls, and whose orbit it is when they name no place; none: all users.
	Members []string
	// Timeout is how long a call waits before its parker is called, each time; zero: DefaultTimeout.
	Timeout time.Duration
	// Tries is how often the parker is called; zero: DefaultTries, below: never.
	Tries int
	// Then is where a call goes that the parker did not take either: TargetVoicemail without a name is the parker's
	// mailbox. Zero: nowhere, it waits on.
	Then directory.Target
	// Every is how often a caller who waits is asked for patience; zero: never.
	Every time.Duration
	// Valet: dialled with a star, and who calls a free one of these is parked there.
	Valet bool
}

// Settings of the agent. Domain, Users and Orbits are needed; the first orbit is that of users who are in none by name.
type Settings struct {
	Domain string
	Users  directory.View
	Orbits []Orbit
	// Number parks at the first free place; "": none does, but for 5900, as other systems have it.
	Number   string
	Language string
}

// withDefaults fills in what an orbit does not say.
func (o Orbit) withDefaults() Orbit {
	if o.Music == "" {
		o.Music = DefaultMusic
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	switch {
	case o.Tries == 0:
		o.Tries = DefaultTries
	case o.Tries < 0:
		o.Tries = 0
	}
	return o
}

// dialled is how a place of the orbit is called.
func (o *Orbit) dialled(slot string) string {
	if o.Valet {
		return "*" + slot
	}
	return slot
}

// named tells whether a user is a member by name or by a group.
func (o *Orbit) named(user string, users directory.View) bool {
	if user == "" {
		return false
	}
	for _, member := range o.Members {
		if strings.EqualFold(member, user) {
			return true
		}
		if group := users.Group(member); group != nil && slices.Contains(group.Members, user) {
			return true
		}
	}
	return false
}

// member tells whether a user may take calls of the orbit.
func (o *Orbit) member(user string, users directory.View) bool {
	return user != "" && (len(o.Members) == 0 || o.named(user, users))
}

// offered are the users who may take calls of the orbit; all: every user may.
func (o *Orbit) offered(users directory.View) (to []string, all bool) {
	if len(o.Members) == 0 {
		return nil, true
	}
	for _, member := range o.Members {
		if group := users.Group(member); group != nil {
			to = append(to, group.Members...)
		} else {
			to = append(to, member)
		}
	}
	slices.Sort(to)
	return slices.Compact(to), false
}
