package phone

import (
	"context"
	"fmt"
	"time"

	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// digitLength is how long each digit is sent.
const digitLength = 120 * time.Millisecond

func isDigit(r rune) bool {
	return r >= '0' && r <= '9' || r == '*' || r == '#' || r >= 'A' && r <= 'D' || r >= 'a' && r <= 'd'
}

// act runs an action of the services.
func act(t *task.Task, name string, r order.Request) error {
	action, ok := order.Find(name)
	if !ok {
		return fmt.Errorf("%w: this phone has no service %s", ErrUsage, name)
	}
	return action.Run(t, r)
}

// onOne runs a service on one call.
func (s *Session) onOne(ctx context.Context, name string, wanted choice, target string) error {
	return s.perform(ctx, name, func(t *task.Task, a *ua.Agent) error {
		c, err := pick(a, wanted)
		if err != nil {
			return err
		}
		return act(t, name, order.Request{Agent: a, Call: c, Target: target})
	})
}

func hold(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	line, err := lineOf(i)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{}, s.onOne(ctx, "hold", holdable(line), "")
}

// resume takes a call off hold; the one that talks is held first.
func resume(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	line, err := lineOf(i)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{}, s.perform(ctx, "resume", func(t *task.Task, a *ua.Agent) error {
		c, err := pick(a, held(line))
		if err != nil {
			return err
		}
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		return act(t, "resume", order.Request{Agent: a, Call: c})
	})
}

// onTwo runs a service on the call that talks and the other one.
func (s *Session) onTwo(ctx context.Context, name string, line uint64, request func(current, other *ua.Call) order.Request) error {
	return s.perform(ctx, name, func(t *task.Task, a *ua.Agent) error {
		current, other, err := two(a, line)
		if err != nil {
			return err
		}
		r := request(current, other)
		r.Agent = a
		return act(t, name, r)
	})
}

func swap(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	return Outcome{}, s.onTwo(ctx, "swap", i.Line, func(current, other *ua.Call) order.Request {
		return order.Request{Call: current, Other: other}
	})
}

func transfer(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	target, err := Target(i.Arguments[0], s.phone.settings.Domain)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{}, s.onOne(ctx, "transfer", talking(i.Line), target)
}

// attended is call with the intention to connect both: complete does it.
func attended(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	target, err := Target(i.Arguments[0], s.phone.settings.Domain)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{}, s.perform(ctx, "attended", func(t *task.Task, a *ua.Agent) error {
		if _, err := pick(a, talking(i.Line)); err != nil {
			return err
		}
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		_, err := a.Invite(ua.Invitation{Target: target})
		return err
	})
}

func complete(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	return Outcome{}, s.onTwo(ctx, "attended", i.Line, func(current, other *ua.Call) order.Request {
		return order.Request{Call: other, Other: current}
	})
}

func messageTransfer(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	target, err := Target(i.Arguments[0], s.phone.settings.Domain)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{}, s.onOne(ctx, "message-transfer", talking(i.Line), target)
}

func conference(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	if len(i.Arguments) == 0 {
		return Outcome{}, s.onTwo(ctx, "conference", i.Line, func(current, other *ua.Call) order.Request {
			return order.Request{Call: current, Other: other}
		})
	}
	target, err := Target(i.Arguments[0], s.phone.settings.Domain)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{}, s.onOne(ctx, "conference", talking(i.Line), target)
}

// join asks to be let into a conversation, whose dialog is written as in a Join header field.
func join(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	target, err := Target(i.Arguments[0], s.phone.settings.Domain)
	if err != nil {
		return Outcome{}, err
	}
	dialog, err := sip.ParseJoin(i.Arguments[1])
	if err != nil {
		return Outcome{}, fmt.Errorf("%w: the conversation is written CALL-ID;to-tag=TAG;from-tag=TAG, as the far side sees it", ErrUsage)
	}
	return Outcome{}, s.perform(ctx, "join", func(t *task.Task, a *ua.Agent) error {
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		return act(t, "join", order.Request{Agent: a, Target: target, Dialog: dialog})
	})
}

// takeOver takes the call over that a message offered.
func takeOver(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	s.phone.mutex.Lock()
	offer := s.phone.person.offer
	s.phone.mutex.Unlock()
	if len(i.Arguments) == 1 {
		offer = i.Arguments[0]
	}
	if offer == "" {
		return Outcome{}, fmt.Errorf("%w: no message offered a call; write take-over URI", ErrUsage)
	}
	return Outcome{}, s.perform(ctx, "take-over", func(t *task.Task, a *ua.Agent) error {
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		return act(t, "take-over", order.Request{Agent: a, Target: offer})
	})
}
