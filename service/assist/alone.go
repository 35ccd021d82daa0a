package assist

import (
	"time"

	"hookflash/b2bua"
	"hookflash/task"
	"hookflash/ua"
)

// How a number is asked for.
const (
	maxNumber   = 32
	numberFirst = 10 * time.Second // for the first digit
	numberNext  = 3 * time.Second  // for each further one, where no # ends the number
)

// GiveUp is the key that gives a call up while it rings, for who has it made by a code.
const GiveUp = "*"

// alone is a user who is spoken to by a service, and not heard by the others meanwhile.
type alone struct {
	task  *task.Task
	leg   *b2bua.Leg
	voice ua.Voice
	back  func() // to the others
}

func aloneWith(t *task.Task, l *b2bua.Leg) *alone {
	return &alone{task: t, leg: l, voice: l.Voice(), back: l.Aside()}
}

// say plays prompts; who has left hears none.
func (x *alone) say(prompts ...string) { _ = x.leg.Call.Say(x.task, x.voice.Prompts(prompts...)...) }

// number asks for a number. It is "" where # alone was pressed; an error when no key was, or the user has left.
func (x *alone) number() (digits string, err error) {
	return x.leg.Call.Ask(x.task, ua.Prompt{
		Sources: x.voice.Prompts("enter-number"), Until: "#", Max: maxNumber, Timeout: numberFirst, Between: numberNext, Interruptible: true,
	})
}

// givesUp is ready once the user has left, or pressed GiveUp. stop ends that.
func (x *alone) givesUp() (source task.Source, stop func()) {
	call := x.leg.Call
	waits := call.Agent().Go("gives up", func(t *task.Task) {
		events := call.Watch()
		defer call.Unwatch(events)
		for call.State != ua.Over {
			t.First(events)
			if e, _ := events.Take(); e.Kind == ua.DigitHeard && e.Text == GiveUp {
				return
			}
		}
	})
	return waits.Done(), waits.Stop
}

// left tells that the user has hung up.
func (x *alone) left() bool { return x.leg.Call.State == ua.Over }
