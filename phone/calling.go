package phone

import (
	"context"
	"fmt"
	"strconv"

	"hookflash/media/graph"
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

func call(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	target, err := Target(i.Arguments[0], s.phone.settings.Domain)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{}, s.invite(ctx, target)
}

// invite puts the call that talks on hold, and calls somebody.
func (s *Session) invite(ctx context.Context, target string) error {
	return s.perform(ctx, "call", func(t *task.Task, a *ua.Agent) error {
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		s.phone.person.dialed = target
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

func answer(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	line, err := lineOf(i)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{}, s.perform(ctx, "answer", func(t *task.Task, a *ua.Agent) error {
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

func reject(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	line, code := i.Line, 486
	for _, argument := range i.Arguments {
		number, err := strconv.Atoi(argument)
		switch {
		case err != nil || number <= 0 || number > 699:
			return Outcome{}, usage(i.Command)
		case number >= 400:
			code = number
		default:
			line = uint64(number)
		}
	}
	return Outcome{}, s.onCall(ctx, ringing(line), func(c *ua.Call) error {
		c.Reject(sip.Answer{Code: code})
		return nil
	})
}

// onCall does something with one call, at once.
func (s *Session) onCall(ctx context.Context, wanted choice, act func(c *ua.Call) error) error {
	return s.perform(ctx, "command", func(_ *task.Task, a *ua.Agent) error {
		c, err := pick(a, wanted)
		if err != nil {
			return err
		}
		return act(c)
	})
}

// divert sends a call that rings elsewhere: somebody, the domain's voicemail, or an announcement.
func divert(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	domain := s.phone.settings.Domain
	where, named := i.Arguments[0], len(i.Arguments) == 2
	target, err := Target(where, domain)
	switch {
	case where == "announcement" && named:
		target = "sip:announce@" + domain + ";announcement=" + sip.EscapeUser(i.Arguments[1])
	case named, where == "announcement":
		return Outcome{}, usage(i.Command)
	case err != nil:
		return Outcome{}, err
	}
	return Outcome{}, s.onCall(ctx, ringing(i.Line), func(c *ua.Call) error {
		c.Redirect(302, target)
		return nil
	})
}

func hangup(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	if len(i.Arguments) == 1 && i.Arguments[0] == "all" {
		return Outcome{}, s.perform(ctx, "hangup", func(_ *task.Task, a *ua.Agent) error {
			for _, c := range a.Calls() {
				c.HangUp()
			}
			return nil
		})
	}
	line, err := lineOf(i)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{}, s.onCall(ctx, anyCall(line), func(c *ua.Call) error {
		c.HangUp()
		return nil
	})
}

func redial(ctx context.Context, s *Session, _ Instruction) (Outcome, error) {
	s.phone.mutex.Lock()
	target := s.phone.person.dialed
	s.phone.mutex.Unlock()
	if target == "" {
		return Outcome{}, fmt.Errorf("%w: nobody was called yet; write call TARGET", ErrUsage)
	}
	return Outcome{}, s.invite(ctx, target)
}

// dial sends digits.
func dial(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	digits := i.Arguments[0]
	for _, digit := range digits {
		if !isDigit(digit) {
			return Outcome{}, fmt.Errorf("%w: %q is no digit; write 0 to 9, *, #, A to D", ErrUsage, digit)
		}
	}
	if len(digits) > graph.MaxDigits {
		return Outcome{}, fmt.Errorf("%w: at most %d digits at once", ErrUsage, graph.MaxDigits)
	}
	return Outcome{}, s.onCall(ctx, talking(i.Line), func(c *ua.Call) error {
		c.Dial(digits, digitLength)
		return nil
	})
}
