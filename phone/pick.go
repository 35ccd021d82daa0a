package phone

import (
	"errors"
	"fmt"
	"strconv"

	"hookflash/ua"
)

// Errors of choosing a call.
var (
	ErrNoCall  = errors.New("there is no such call; calls lists those there are")
	ErrNoRing  = errors.New("no call waits for an answer; calls lists those there are")
	ErrNoTalk  = errors.New("nobody is talked to; call somebody first")
	ErrNoHold  = errors.New("no call is on hold; calls lists those there are")
	ErrNoOther = errors.New("there is no second call; call somebody else first")
)

// lineOf is the call that an instruction names, before the command or behind it; 0: none.
func lineOf(i Instruction) (uint64, error) {
	if i.Line != 0 || len(i.Arguments) == 0 {
		return i.Line, nil
	}
	number, err := strconv.ParseUint(i.Arguments[0], 10, 32)
	if err != nil {
		return 0, usage(i.Command)
	}
	return number, nil
}

// choice says which call is meant.
type choice struct {
	line uint64 // 0: the current one if it will do, else the first that does
	does func(c *ua.Call) bool
	none error // when there is none
}

func ringing(line uint64) choice {
	return choice{line, func(c *ua.Call) bool { return c.Incoming && c.State != ua.Talking }, ErrNoRing}
}

func talking(line uint64) choice {
	return choice{line, func(c *ua.Call) bool { return c.State == ua.Talking }, ErrNoTalk}
}

func holdable(line uint64) choice {
	return choice{line, func(c *ua.Call) bool { return c.State == ua.Talking && !c.Held }, ErrNoTalk}
}

func held(line uint64) choice {
	return choice{line, func(c *ua.Call) bool { return c.State == ua.Talking && c.Held }, ErrNoHold}
}

func anyCall(line uint64) choice {
	return choice{line, func(*ua.Call) bool { return true }, ErrNoCall}
}

// pick chooses a call, within a step.
func pick(a *ua.Agent, wanted choice) (*ua.Call, error) {
	calls := a.Calls()
	if wanted.line != 0 {
		c := find(calls, wanted.line)
		switch {
		case c == nil:
			return nil, fmt.Errorf("line %d: %w", wanted.line, ErrNoCall)
		case !wanted.does(c):
			return nil, fmt.Errorf("line %d: %w", wanted.line, wanted.none)
		}
		return c, nil
	}
	if c := a.Attended(); c != nil && c.State != ua.Over && wanted.does(c) {
		return c, nil
	}
	for _, c := range calls {
		if wanted.does(c) {
			return c, nil
		}
	}
	return nil, wanted.none
}

// two are the call that is talked in or rings, and the other one that it can be swapped or connected with.
func two(a *ua.Agent, line uint64) (current, other *ua.Call, err error) {
	current, err = pick(a, choice{line, func(c *ua.Call) bool { return !c.Held && !(c.Incoming && c.State != ua.Talking) }, ErrNoTalk})
	if errors.Is(err, ErrNoTalk) {
		current, err = pick(a, talking(line))
	}
	if err != nil {
		return nil, nil, err
	}
	for _, c := range a.Calls() {
		if c != current && c.State == ua.Talking && (other == nil || c.Held && !other.Held) {
			other = c
		}
	}
	if other == nil {
		return nil, nil, ErrNoOther
	}
	return current, other, nil
}
