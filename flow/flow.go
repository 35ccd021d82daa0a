package flow

import (
	"fmt"
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

	play func(s *stage) error
}

// All are the flows that are played, in the RFC's order.
var All = []Flow{callHold, consultationHold, transferUnattended, transferAttended, transferInstantMessaging, thirdPartyAdded, thirdPartyJoins}

// Find finds a flow by its name.
func Find(name string) (Flow, error) {
	for _, f := range All {
		if f.Name == name {
			return f, nil
		}
	}
	return Flow{}, fmt.Errorf("there is no flow %q; hookflash flow list names them", name)
}
