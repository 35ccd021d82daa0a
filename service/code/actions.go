package code

import (
	"maps"
	"slices"

	"hookflash/directory"
	"hookflash/task"
)

// action is what a code does.
type action struct {
	argument bool // a number is needed
	last     bool // the number is that of who called last
	// sorry: the server does it by itself, and this agent says why it could not: by the result.
	sorry func(result string) (prompt string)
	// tell changes nothing, and gives what is said.
	tell func(v *visit) (sources []string)
	// stay changes nothing, and goes on until the caller leaves.
	stay func(v *visit, t *task.Task)
	// change changes a copy of what the user has set, and gives the prompt that confirms it.
	change func(r *directory.Routing, e *edit) (said string, err error)
}

// actions are all of them.
var actions = map[string]action{
	"forward": forwards(func(r *directory.Routing, t directory.Target) { r.Forward.Unconditional = t }),
	"forward-off": forwardsOff(func(r *directory.Routing) {
		r.Forward.Unconditional = directory.Target{}
	}),
	"forward-busy": forwards(func(r *directory.Routing, t directory.Target) { r.Forward.Busy = t }),
	"forward-busy-off": forwardsOff(func(r *directory.Routing) {
		r.Forward.Busy = directory.Target{}
	}),
	"forward-no-answer": forwards(func(r *directory.Routing, t directory.Target) { r.Forward.NoAnswer.To = t }),
	"forward-no-answer-off": forwardsOff(func(r *directory.Routing) {
		r.Forward.NoAnswer = directory.NoAnswer{}
	}),
	"do-not-disturb":        {change: disturb(func(bool) bool { return true })},
	"do-not-disturb-off":    {change: disturb(func(bool) bool { return false })},
	"do-not-disturb-toggle": {change: disturb(func(on bool) bool { return !on })},
	"call-waiting":          {change: callWaiting(true)},
	"call-waiting-off":      {change: callWaiting(false)},
	"find-me-toggle":        {change: findMe},
	"block":                 {argument: true, change: block},
	"unblock":               {argument: true, change: unblock},
	"block-last":            {last: true, change: block},
	"reject-anonymous":      {change: rejectAnonymous(true)},
	"reject-anonymous-off":  {change: rejectAnonymous(false)},
	"pickup":                {sorry: pickupSorry},
	"pickup-group":          {sorry: pickupSorry},
	"call-return":           {sorry: returnSorry},
	"intercom":              {sorry: intercomSorry},

	"forward-unreachable": forwards(func(r *directory.Routing, t directory.Target) { r.Forward.Unreachable = t }),
	"forward-unreachable-off": forwardsOff(func(r *directory.Routing) {
		r.Forward.Unreachable = directory.Target{}
	}),
	"forward-asked":             asks(func(f *directory.Forward) directory.Target { return f.Unconditional }),
	"forward-busy-asked":        asks(func(f *directory.Forward) directory.Target { return f.Busy }),
	"forward-no-answer-asked":   asks(func(f *directory.Forward) directory.Target { return f.NoAnswer.To }),
	"forward-unreachable-asked": asks(func(f *directory.Forward) directory.Target { return f.Unreachable }),
	"call-waiting-asked":        {tell: asksWaiting},

	"my-number":  {tell: myNumber},
	"clock":      {tell: clock},
	"echo":       {stay: echo},
	"hold-music": {stay: holdMusic},
	"milliwatt":  {stay: milliwatt},
}

// Actions are the names of what a code can do, in order.
func Actions() []string { return slices.Sorted(maps.Keys(actions)) }

// forwards sets a target: a number, or voicemail by the code of voicemail.
func forwards(set func(r *directory.Routing, t directory.Target)) action {
	return action{argument: true, change: func(r *directory.Routing, e *edit) (string, error) {
		target := directory.Target{Kind: directory.TargetNumber, Value: e.argument}
		switch e.codes[e.argument] {
		case "":
			if directory.Digits(e.argument) == "" {
				target.Kind = directory.TargetName
			}
		case "voicemail":
			target = directory.Target{Kind: directory.TargetVoicemail}
		default:
			return "", refuse("calls can't be forwarded to a code")
		}
		set(r, target)
		return "forward-on", nil
	}}
}

// forwardsOff takes a target back.
func forwardsOff(unset func(r *directory.Routing)) action {
	return action{change: func(r *directory.Routing, _ *edit) (string, error) {
		unset(r)
		f := &r.Forward
		if f.Unconditional.IsZero() && f.Busy.IsZero() && f.NoAnswer.To.IsZero() && f.Unreachable.IsZero() {
			f.Redirect = false
		}
		return "forward-off", nil
	}}
}

func disturb(next func(on bool) bool) func(r *directory.Routing, e *edit) (string, error) {
	return func(r *directory.Routing, _ *edit) (string, error) {
		r.DoNotDisturb = next(r.DoNotDisturb)
		if r.DoNotDisturb {
			return "do-not-disturb-on", nil
		}
		return "do-not-disturb-off", nil
	}
}

func callWaiting(on bool) func(r *directory.Routing, e *edit) (string, error) {
	return func(r *directory.Routing, _ *edit) (string, error) {
		r.CallWaitingOff = directory.SwitchedOff(!on)
		return waitingPrompt(r), nil
	}
}

// waitingPrompt tells what becomes of calls while the user is in one.
func waitingPrompt(r *directory.Routing) string {
	if r.CallWaitingOff {
		return "call-waiting-off"
	}
	return "call-waiting-on"
}

// findMe switches the steps on or off, if there are any.
func findMe(r *directory.Routing, _ *edit) (string, error) {
	if len(r.FindMe.Steps) == 0 {
		return "", refuse("there are no find-me steps", "find-me-none")
	}
	if r.FindMe.Off = !r.FindMe.Off; r.FindMe.Off {
		return "find-me-off", nil
	}
	return "find-me-on", nil
}

// block puts somebody on the block list, once.
func block(r *directory.Routing, e *edit) (string, error) {
	pattern, err := e.pattern()
	switch {
	case err != nil:
		return "", err
	case slices.Contains(r.Block, pattern):
	default:
		r.Block = append(slices.Clip(slices.Clone(r.Block)), pattern)
	}
	return "blocked", nil
}

// unblock takes somebody off the block list, in whichever form they are on it.
func unblock(r *directory.Routing, e *edit) (string, error) {
	pattern, err := e.pattern()
	if err != nil {
		return "", err
	}
	dialled, _ := directory.ParsePattern(e.argument)
	r.Block = slices.DeleteFunc(slices.Clone(r.Block), func(p directory.Pattern) bool { return p == pattern || p == dialled })
	if len(r.Block) == 0 {
		r.Block = nil
	}
	return "unblocked", nil
}

// pattern is who is meant by a number: a user of the domain by name, so that all of their numbers
// are, and anybody else by the number as callers show it.
func (e *edit) pattern() (directory.Pattern, error) {
	text := e.argument
	if name := e.owner(); name != "" && e.view.User(name) != nil {
		text = name
	} else if number, _, ok := e.normal(); ok {
		text = number
	}
	switch {
	case text == "":
		return directory.Pattern{}, refuse("nobody is known who called")
	case e.codes[text] != "" || text[len(text)-1] == '*':
		return directory.Pattern{}, refuse("that is no number")
	case text == e.user.Name:
		return directory.Pattern{}, refuse("nobody blocks themselves")
	}
	pattern, err := directory.ParsePattern(text)
	if err != nil {
		return directory.Pattern{}, refuse(err.Error())
	}
	return pattern, nil
}

func rejectAnonymous(on bool) func(r *directory.Routing, e *edit) (string, error) {
	return func(r *directory.Routing, _ *edit) (string, error) {
		if r.RejectAnonymous = on; on {
			return "anonymous-refused", nil
		}
		return "anonymous-taken", nil
	}
}
