package park

import "fmt"

// State is what is true of a place.
type State uint8

const (
	// Free: nobody is there. Left by reserve alone.
	Free State = iota
	// Arriving: it is kept for a call that is on its way, whose old leg still stands. Nobody can take it yet. Left by
	// stand, and by quit when the call does not come.
	Arriving
	// Parked: the call waits, and hears music. Left by fetch, ring, swap and quit.
	Parked
	// Leaving: one person is taking the call, and nobody else can; it still hears music, until the new leg stands. Left by
	// quit, or by back when the call was not taken in LeaveLimit.
	Leaving
	// Recalling: the parker's phone rings, or the target for calls that nobody took. Anybody who may take the call still
	// can. Left by fetch, quit and back.
	Recalling

	states = iota
)

// String is the name of a state, as people and metrics read it.
func (s State) String() string {
	return [states]string{"free", "arriving", "parked", "leaving", "recalling"}[s]
}

// move is what happens to a place.
type move uint8

const (
	reserve move = iota // it is kept for somebody
	stand               // the call is there
	swap                // another call comes in the place of the one that is there (RFC 3891)
	fetch               // somebody begins to take the call
	ring                // nobody took it in time: the parker is called
	back                // what was begun came to nothing
	quit                // nobody is there any more

	moves = iota
)

func (e move) String() string {
	return [moves]string{"reserve", "stand", "swap", "fetch", "ring", "back", "quit"}[e]
}

// never is where no move leads.
const never = State(states)

// transitions are all there are: what is not here can't happen.
var transitions = [states][moves]State{
	//           reserve   stand   swap      fetch    ring       back    quit
	Free:      {Arriving, never, never, never, never, never, never},
	Arriving:  {never, Parked, Arriving, never, never, never, Free},
	Parked:    {never, never, Arriving, Leaving, Recalling, never, Free},
	Leaving:   {never, never, never, never, never, Parked, Free},
	Recalling: {never, never, never, Leaving, never, Parked, Free},
}

// may tells whether a move is possible in a state.
func (s State) may(e move) bool { return transitions[s][e] != never }

// after is the state that a move leads to.
func (s State) after(e move) State {
	to := transitions[s][e]
	if to == never {
		panic(fmt.Sprintf("park: %v in a place that is %v", e, s))
	}
	return to
}
