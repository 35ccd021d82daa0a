package phone

import (
	"time"

	"hookflash/media/graph"
	"hookflash/ua"
)

// Line is one call as it stands, in values that stay true after the step.
type Line struct {
	Call             uint64
	Incoming         bool
	State            ua.State
	URI, Name        string
	Asserted         bool // the server vouches for who it is
	Held, HeldByThem bool
	Current          bool
	Focus            bool
	Room             graph.Room
	Began, Answered  time.Time
}

// Standing is all calls, and the person among them.
type Standing struct {
	Lines                           []Line
	Muted, DoNotDisturb, AutoAnswer bool
	// Room is where the person is, 0: nowhere.
	Room graph.Room
}

// Standing tells how everything stands.
func (p *Phone) Standing() Standing {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	w := &p.person
	standing := Standing{Muted: w.muted, DoNotDisturb: w.doNotDisturb, AutoAnswer: w.autoAnswer}
	attended := p.agent.Attended()
	if attended != nil && attended.State == ua.Talking {
		standing.Room = attended.Room
	}
	for _, c := range p.agent.Calls() {
		standing.Lines = append(standing.Lines, Line{
			Call: c.Number, Incoming: c.Incoming, State: c.State, URI: c.Remote.URI, Name: c.Remote.Name, Asserted: c.Remote.Asserted,
			Held: c.Held, HeldByThem: c.HeldByThem, Current: c == attended, Focus: c.Focus, Room: c.Room, Began: c.Began, Answered: c.Answered,
		})
	}
	return standing
}
