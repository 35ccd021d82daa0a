// Package machine holds what every machine takes and gives: packets in, an ordered
// output out. A machine is stepped by the shell; it has no goroutine, lock, clock or
// socket inside, so the same state and input always give the same output.
package machine

import (
	"time"

	"hookflash/sip"
)

// A Machine is stepped by one caller at a time and owned by whoever holds its mutex.
type Machine interface {
	// Receive takes one message that arrived.
	Receive(now time.Time, packet Packet, out *Output)
	// Advance runs everything that is due at now.
	Advance(now time.Time, out *Output)
	// Next is the earliest deadline; the zero time when nothing waits.
	Next() time.Time
}

// Packet is one message that arrived, and the flow it came on.
type Packet struct {
	Message *sip.Message
	Flow    Flow
	// Named: a datagram came from another port of Flow.Remote's address, and its Via names
	// this one to be answered at (RFC 3261 §18.2.2). It proves the address, not the port.
	Named bool
}

// Output is what the world must do after a step, in this order: stage the changes,
// keep them durably, send, change the media, start the jobs, tell the events. It is owned by the caller
// of the step, who resets and reuses it.
type Output struct {
	Changes []any // values the store understands, in the order they happened
	Sends   []Send
	Media   []any // changes of package media/graph, after the sends
	Jobs    []Job
	Events  []any // things worth a log line or a counter; never needed for correctness
}

// Send is one message that leaves.
type Send struct {
	To   Flow
	Data []byte // never changed after it was put here
	// Durable is how many of the output's changes must be kept before this may leave;
	// zero leaves at once.
	Durable int
	// Otherwise leaves instead of Data when those changes can't be kept; nil: nothing leaves.
	Otherwise []byte
	// Ticket names the client transaction to tell when the message can't be sent; zero: nobody.
	Ticket uint64
}

// Job is work that a machine may not do itself (DNS, disk, HTTP). The shell runs Run
// on its bounded pool and steps Done on the machine with the result.
type Job struct {
	// Durable is how many of the output's changes must be kept before the job is begun; it
	// is dropped when they can't be.
	Durable int
	Run     func() any
	Done    func(now time.Time, result any, out *Output)
}

// Reset empties the output and keeps its memory.
func (o *Output) Reset() {
	clear(o.Changes)
	clear(o.Sends)
	clear(o.Media)
	clear(o.Jobs)
	clear(o.Events)
	o.Changes, o.Sends, o.Media = o.Changes[:0], o.Sends[:0], o.Media[:0]
	o.Jobs, o.Events = o.Jobs[:0], o.Events[:0]
}

// Change stages one change and returns the value for Send.Durable of everything that
// must wait for it.
func (o *Output) Change(change any) int {
	o.Changes = append(o.Changes, change)
	return len(o.Changes)
}
