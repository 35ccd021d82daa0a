package proxy

import (
	"hookflash/event/dialoginfo"
	"hookflash/sip"
)

// What follows are the records that the proxy and the agents of the process hand each other, beside SIP: how
// calls of users stand, for lamps and for whoever waits until somebody is free (RFC 4235), and who may take
// a call over that an agent keeps.

// Leg is an event of a Machine: how a call of a watched user stands now. The dialog is the user's: the
// Replaces that takes it over from the far side is dialog.Triple().
type Leg struct {
	User   string
	Source uint64 // names the machine, anew in each process
	Dialog dialoginfo.Dialog
}

// Standing is an event of a Machine: all calls of a user that stand there. It follows a Watch, and comes
// before any Leg that is newer.
type Standing struct {
	User    string
	By      string // the agent that watches
	Source  uint64
	Dialogs []dialoginfo.Dialog
}

// Watch is an event of an agent, for every machine: from now on the agent is told how calls of the user stand,
// or is no longer. A second one asks for the Standing again.
type Watch struct {
	User string
	By   string // user part of the agent's address
	Off  bool
}

// Offer is an event of an agent, for the machine that has the call: users may take over a call that the agent is an
// end of, until it ends or a later Offer says otherwise.
type Offer struct {
	Dialog sip.DialogID
	By     string   // user part of the agent's address
	To     []string // users of our domain, at most MaxOffered
	All    bool     // any user of our domain
}

// Partner is an event of an agent, for the machine that has the call: with whom the agent connects the other end of a call of
// its from now on.
type Partner struct {
	Dialog sip.DialogID // as that other end sees it from afar: the Replaces for the agent, its tags exchanged
	By     string       // user part of the agent's address
	As     string       // URI
}

// party is how warrants name an agent: no user can be called so.
func party(agent string) string {
	if agent == "" {
		return ""
	}
	return "agent " + agent
}

// MaxOffered bounds the users of an Offer; further ones are left out.
const MaxOffered = 64

// Refused is an event of a Machine: a call of a user of ours to another one failed, or nobody answered it. Code is the
// final response, 487 where the caller gave up while it rang.
type Refused struct {
	User   string // who called
	Callee string // user of our domain, or the URI of anybody else
	Code   int
}
