package flow

import (
	"slices"
	"time"

	"hookflash/config"
	"hookflash/service/order"
	"hookflash/sip"
)

// Limit is how long one flow may take.
const Limit = 2 * time.Minute

// Flow is one service of RFC 5359.
type Flow struct {
	Name    string   // "call-hold"
	Title   string   // "Call Hold"
	Section string   // of RFC 5359, "2.1"
	Columns []string // as they stand in the drawing: people by their user names, and "server"
	// Arrows are the RFC's, in its order, one a line: "F1 alice bob INVITE", "F2 bob alice 180". Where
	// neither end is the server, nor an agent of it, each is two hops.
	Arrows string
	// Assistants are who may join or take over the calls of others, by the names of these.
	Assistants map[string][]string
	// Wants is what the server must be told besides its accounts, for who plays through a server of
	// their own; "": nothing.
	Wants string
	// Assisted: the server stands between the phones and does for them what they lack; Lacks is what that is.
	Assisted bool
	Lacks    order.Lacks

	needs    order.Lacks       // what the phones can't do without; where it is lacking, Lacking gives another flow
	unhelped bool              // and where none of that is, the server is told to leave calls alone
	sound    string            // what is heard when it is nobody's tone; "": the agent
	agent    string            // the column of a user agent in the server, by the name it has there; "": there is none
	page     bool              // the server has an HTTP port
	direct   string            // which arrows pass the server by: "1-3"
	makes    string            // which arrows the server makes by itself, and does not pass on
	apart    string            // arrows beside each other: "9-10 | 11" keep their order within a run, not between
	calls    string            // which arrows are one call: "1-7 10; 8-9"
	rules    []rule            // what single messages must say
	manners  map[string]manner // of people; who has none answers
	routing  func(s *stage, c *config.Config) error
	play     func(s *stage) error
}

// manner is how a person is about calls.
type manner struct {
	refuses sip.Answer // the answer to every call; zero: none
	never   bool       // answers
	busy    bool       // talks to somebody outside the ladder, and has one line
	through bool       // and that call is one through the server
	accepts []string   // who may call directly; none: everybody
	mates   []string   // who may pick up what rings there
	trunk   bool       // is a gateway that the server knows the address of, and has no account
}

// All are the flows that are played, in the RFC's order.
var All = []Flow{
	callHold, consultationHold, musicOnHold, transferUnattended, transferAttended, transferInstantMessaging,
	forwardingUnconditional, forwardingBusy, forwardingNoAnswer, thirdPartyAdded, thirdPartyJoins, findMe,
	incomingScreening, outgoingScreening, callPark, callPickup, automaticRedial, clickToDial,
}

// People are who has a phone in the flow, by their user names.
func (f *Flow) People() []string {
	return slices.DeleteFunc(slices.Clone(f.Columns), func(name string) bool { return name == through || name == f.agent })
}
