package ua

import (
	"time"

	"hookflash/media/graph"
	"hookflash/task"
)

// Kind says what an Event tells.
type Kind uint8

// What happens to an agent and its calls.
const (
	Incoming        Kind = iota + 1 // a call came in, and waits for an answer
	Calling                         // a call goes out
	Ringing                         // the far side of an outgoing call rings
	Established                     // answered; Code is 200
	Ended                           // Code and Reason say why; 0 when one side hung up
	HeldByThem                      // the far side put us on hold
	ResumedByThem                   // and took us off again
	HeldByUs                        // we put the far side on hold
	ResumedByUs                     // and took it off again
	Transferring                    // the far side asked us to call somebody else: Text is whom
	Transferred                     // what became of a transfer that we asked for: Code, Reason
	Progress                        // what the transferee reports meanwhile: Code, Reason
	Replaced                        // the call took the place of another one, Other
	Joined                          // the call joined the conversation of another one, Other
	DigitHeard                      // Text is the digit
	Message                         // Text is what was written, From by whom
	Registered                      // Text is the contact
	Unregistered                    // Code and Reason say why; 0 when we asked for it
	Failed                          // something that was asked for did not work: Code, Reason, Text
	Notified                        // a document came for a subscription: Text is its package
	Acknowledged                    // the ACK to our answer came
	MessagesWaiting                 // in the mailbox From; Text is new/old, or yes or no where nobody counts
	Lamp                            // the calls of a user who is watched stand otherwise: From is who, Text is idle, ringing, talking or unknown, Reason who calls there
	Identified                      // our server says within the call who is at the other end now
	NothingHeard                    // the far side sent nothing for Lasted, though it should; for tasks alone
	Described                       // a description of ours was agreed on; for tasks alone
	Found                           // the far side of a call that was restored knows it; for tasks alone
)

// Event is one thing that happened, in values that stay true after the step.
type Event struct {
	Kind   Kind
	Call   uint64 // Call.Number; 0: about no call
	Other  uint64
	From   string // who it is about: a URI
	Name   string // and the name that goes with it
	Code   int
	Reason string
	Text   string
	Lasted time.Duration
	Later  Later // of a call that was refused
	// Sounded: a digit was a tone in the sound, which the others in the room have heard too.
	Sounded bool
}

// tell puts an event about a call into the output, and to the tasks that watch the call.
func (c *Call) tell(e Event) {
	e.Call = c.Number
	e.From, e.Name = c.Remote.URI, c.Remote.Name
	c.watched(e)
	if c.Background {
		return
	}
	c.agent.Tell(e)
	c.observeCall(e)
	c.agent.observeConference()
}

// maxWatched is how many events a task may leave unread.
const maxWatched = 64

// Watch gives the events of the call from now on; Unwatch ends that.
func (c *Call) Watch() *task.Queue[Event] {
	events := task.NewQueue[Event](maxWatched)
	c.watching = append(c.watching, events)
	return events
}

// Report is one event of a call, for who keeps many of them.
type Report struct {
	Call *Call
	Event
}

// Report puts the events of the call into a queue from now on, nil for none. The queue is to have room for what one step
// can bring.
func (c *Call) Report(to *task.Queue[Report]) { c.reports = to }

// Unwatch ends a Watch.
func (c *Call) Unwatch(events *task.Queue[Event]) {
	for i, watching := range c.watching {
		if watching == events {
			c.watching = append(c.watching[:i], c.watching[i+1:]...)
			return
		}
	}
}

// watched tells the tasks that watch the call.
func (c *Call) watched(e Event) {
	for _, watching := range c.watching {
		watching.Put(e)
	}
	if c.reports != nil {
		c.reports.Put(Report{c, e})
	}
}

// Heard takes what the media side tells.
func (a *Agent) Heard(event any) {
	switch e := event.(type) {
	case graph.Digit:
		if c := a.streams[e.Stream]; c != nil {
			c.tell(Event{Kind: DigitHeard, Text: string(e.Digit), Sounded: e.Sounded})
		}
	case graph.Silent:
		if c := a.streams[e.Stream]; c != nil {
			c.watched(Event{Kind: NothingHeard, Lasted: e.For})
		}
	case graph.Ended:
		a.playerEnded(e)
	}
}
