package clicktodial

import (
	"slices"
	"time"
)

// Status is how far a call is, in the words of Twilio's API.
type Status string

// What a Status can be. The last five are final.
const (
	Queued     Status = "queued"      // nothing was sent yet
	Initiated  Status = "initiated"   // the phone was asked
	Ringing    Status = "ringing"     // the target rings
	InProgress Status = "in-progress" // both talk
	Completed  Status = "completed"   // both have talked
	Busy       Status = "busy"
	NoAnswer   Status = "no-answer"
	Canceled   Status = "canceled" // by who placed it, or by hanging up the phone before the answer
	Failed     Status = "failed"
)

// Final tells whether nothing follows.
func (s Status) Final() bool {
	switch s {
	case Completed, Busy, NoAnswer, Canceled, Failed:
		return true
	case Queued, Initiated, Ringing, InProgress:
	}
	return false
}

// Way is how a phone was brought to call.
type Way string

// The ways.
const (
	Referred  Way = "refer"       // RFC 5359 §2.18
	Connected Way = "third-party" // RFC 3725
)

// Event names a step of a call.
type Event string

// Events, in about the order in which they happen.
const (
	PhoneAsked     Event = "phone-asked"     // REFER was sent
	PhoneAccepted  Event = "phone-accepted"  // and accepted
	PhoneRefused   Event = "phone-refused"   // or refused
	PhoneCalled    Event = "phone-called"    // INVITE was sent to the phone
	PhoneRings     Event = "phone-rings"     //
	PhoneAnswered  Event = "phone-answered"  //
	TargetCalled   Event = "target-called"   // INVITE was sent to the target
	TargetRings    Event = "target-rings"    //
	TargetAnswered Event = "target-answered" //
	TalkBegan      Event = "connected"       // both can hear each other
	CancelRefused  Event = "cancel-refused"  // the phone goes on
	Ended          Event = "ended"           //
)

// MaxSteps is how many steps of a call are told.
const MaxSteps = 32

// Step is one step of a call.
type Step struct {
	At    time.Time
	Event Event
	Code  int // of the response that made it; 0: none
}

// Call is what is known of one call. Copies share no memory.
type Call struct {
	ID, User string
	Target   string // a URI
	Shown    string // the target as people know it
	Phone    string // the phone's URI
	Way      Way    // "" before one was taken
	Status   Status
	// Code and Reason are the response that ended it, 0 where none did; Phone tells that it is the user's phone's.
	Code    int
	Reason  string
	ByPhone bool
	Steps   []Step
	// Created, Answered (by the target) and Ended are zero where that has not been.
	Created, Answered, Ended time.Time
}

// step notes a step.
func (c *Call) step(now time.Time, event Event, code int) {
	if len(c.Steps) < MaxSteps {
		c.Steps = append(slices.Clip(c.Steps), Step{At: now, Event: event, Code: code})
	}
}

// statusOf is how a call ends that a response ended.
func statusOf(code int) Status {
	switch code {
	case 486, 600:
		return Busy
	case 408, 480:
		return NoAnswer
	case 487:
		return Canceled
	}
	return Failed
}
