package flow

import (
	"slices"
	"time"
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
	// neither end is the server each is two hops.
	Arrows string
	// Assistants are who may join or take over the calls of others, by the names of these.
	Assistants map[string][]string

	calls string // which arrows are one call: "1-7 10; 8-9"
	rules []rule // what single messages must say
	play  func(s *stage) error
}

// All are the flows that are played, in the RFC's order.
var All = []Flow{callHold, consultationHold, transferUnattended, transferAttended, transferInstantMessaging, thirdPartyAdded, thirdPartyJoins}

// People are who has a phone in the flow, by their user names.
func (f *Flow) People() []string {
	return slices.DeleteFunc(slices.Clone(f.Columns), func(name string) bool { return name == through })
}
