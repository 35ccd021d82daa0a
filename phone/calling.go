package phone

import (
	"fmt"
	"strconv"

	"hookflash/media/graph"
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

func call(e *execution) error {
	target, err := Target(e.Arguments[0], e.session.phone.settings.Domain)
	if err != nil {
		return err
	}
	return e.invite(target)
}

// invite puts the call that talks on hold, and calls somebody.
func (e *execution) invite(target string) error {
	return e.perform("call", func(t *task.Task, a *ua.Agent) error {
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		e.session.phone.person.dialed = target
		_, err := a.Invite(ua.Invitation{Target: target})
		return err
	})
}

// holdCurrent puts the call that is talked in on hold. Those of a conference talk on without us.
func holdCurrent(t *task.Task, a *ua.Agent) error {
	current := a.Attended()
	switch {
	case current == nil || current.State != ua.Talking || current.Held:
		return nil
	case current.Focus:
		a.Attend(nil)
		return nil
	}
	if err := act(t, "hold", order.Request{Agent: a, Call: current}); err != nil {
		return fmt.Errorf("hold the call that talks first: %w", err)
	}
	return nil
}

func answer(e *execution) error {
	line, err := lineOf(e.Instruction)
	if err != nil {
		return err
	}
	return e.perform("answer", func(t *task.Task, a *ua.Agent) error {
		c, err := pick(a, ringing(line))
		if err != nil {
			return err
		}
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		return c.Answer()
	})
}

func reject(e *execution) error {
	line, code := e.Line, 486
	for _, argument := range e.Arguments {
		number, err := strconv.Atoi(argument)
		switch {
		case err != nil || number <= 0 || number > 699:
			return usage(e.Command)
		case number >= 400:
			code = number
		default:
			line = uint64(number)
		}
	}
	return e.onCall(ringing(line), func(c *ua.Call) error {
		c.Reject(sip.Answer{Code: code})
		return nil
	})
}

// onCall does something with one call, at once.
func (e *execution) onCall(wanted choice, act func(c *ua.Call) error) error {
	return e.perform("command", func(_ *task.Task, a *ua.Agent) error {
		c, err := pick(a, wanted)
		if err != nil {
			return err
		}
		return act(c)
	})
}

// divert sends a call that rings elsewhere: somebody, the domain's voicemail, or an announcement.
func divert(e *execution) error {
	domain := e.session.phone.settings.Domain
	where, named := e.Arguments[0], len(e.Arguments) == 2
	target, err := Target(where, domain)
	switch {
	case where == "announcement" && named:
		target = "sip:announce@" + domain + ";announcement=" + sip.EscapeUser(e.Arguments[1])
	case named, where == "announcement":
		return usage(e.Command)
	case err != nil:
		return err
	}
	return e.onCall(ringing(e.Line), func(c *ua.Call) error {
		c.Redirect(302, target)
		return nil
	})
}

func hangup(e *execution) error {
	if len(e.Arguments) == 1 && e.Arguments[0] == "all" {
		return e.perform("hangup", func(_ *task.Task, a *ua.Agent) error {
			for _, c := range a.Calls() {
				c.HangUp()
			}
			return nil
		})
	}
	line, err := lineOf(e.Instruction)
	if err != nil {
		return err
	}
	return e.onCall(anyCall(line), func(c *ua.Call) error {
		c.HangUp()
		return nil
	})
}

func redial(e *execution) error {
	e.session.phone.mutex.Lock()
	target := e.session.phone.person.dialed
	e.session.phone.mutex.Unlock()
	if target == "" {
		return fmt.Errorf("%w: nobody was called yet; write call TARGET", ErrUsage)
	}
	return e.invite(target)
}

// hearWhy calls the announcement that came with the last refusal (RFC 5359 §2.13 F10).
func hearWhy(e *execution) error {
	e.session.phone.mutex.Lock()
	target := e.session.phone.person.reason
	e.session.phone.mutex.Unlock()
	if target == "" {
		return fmt.Errorf("%w: the last call came with no announcement that says why", ErrUsage)
	}
	return e.invite(target)
}

// dial sends digits.
func dial(e *execution) error {
	digits := e.Arguments[0]
	for _, digit := range digits {
		if !isDigit(digit) {
			return fmt.Errorf("%w: %q is no digit; write 0 to 9, *, #, A to D", ErrUsage, digit)
		}
	}
	if len(digits) > graph.MaxDigits {
		return fmt.Errorf("%w: at most %d digits at once", ErrUsage, graph.MaxDigits)
	}
	return e.onCall(talking(e.Line), func(c *ua.Call) error {
		c.Dial(digits, digitLength)
		return nil
	})
}
