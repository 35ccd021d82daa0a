package phone

import (
	"errors"
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
func (e *execution) onOne(name string, wanted choice, target string) error {
	return e.perform(name, func(t *task.Task, a *ua.Agent) error {
		c, err := pick(a, wanted)
		if err != nil {
			return err
		}
		return act(t, name, order.Request{Agent: a, Call: c, Target: target})
	})
}

func hold(e *execution) error {
	line, err := lineOf(e.Instruction)
	if err != nil {
		return err
	}
	return e.onOne("hold", holdable(line), "")
}

// resume takes a call off hold; the one that talks is held first.
func resume(e *execution) error {
	line, err := lineOf(e.Instruction)
	if err != nil {
		return err
	}
	return e.perform("resume", func(t *task.Task, a *ua.Agent) error {
		c, err := pick(a, held(line))
		if errors.Is(err, ErrNoHold) && line == 0 && len(a.Away()) > 0 {
			c, err = nil, nil // it is with the music server
		}
		if err != nil {
			return err
		}
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		return act(t, "resume", order.Request{Agent: a, Call: c})
	})
}

// music leaves a call with the music server.
func music(e *execution) error {
	line, err := lineOf(e.Instruction)
	if err != nil {
		return err
	}
	return e.onOne("music", talking(line), "")
}

// onTwo runs a service on the call that talks and the other one.
func (e *execution) onTwo(name string, line uint64, request func(current, other *ua.Call) order.Request) error {
	return e.perform(name, func(t *task.Task, a *ua.Agent) error {
		current, other, err := two(a, line)
		if err != nil {
			return err
		}
		r := request(current, other)
		r.Agent = a
		return act(t, name, r)
	})
}

func swap(e *execution) error {
	return e.onTwo("swap", e.Line, func(current, other *ua.Call) order.Request {
		return order.Request{Call: current, Other: other}
	})
}

func transfer(e *execution) error {
	target, err := Target(e.Arguments[0], e.session.phone.settings.Domain)
	if err != nil {
		return err
	}
	return e.onOne("transfer", talking(e.Line), target)
}

// attended is call with the intention to connect both: complete does it.
func attended(e *execution) error {
	target, err := Target(e.Arguments[0], e.session.phone.settings.Domain)
	if err != nil {
		return err
	}
	return e.perform("attended", func(t *task.Task, a *ua.Agent) error {
		if _, err := pick(a, talking(e.Line)); err != nil {
			return err
		}
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		_, err := a.Invite(ua.Invitation{Target: target})
		return err
	})
}

func complete(e *execution) error {
	return e.onTwo("attended", e.Line, func(current, other *ua.Call) order.Request {
		return order.Request{Call: other, Other: current}
	})
}

func messageTransfer(e *execution) error {
	target, err := Target(e.Arguments[0], e.session.phone.settings.Domain)
	if err != nil {
		return err
	}
	return e.onOne("message-transfer", talking(e.Line), target)
}

func conference(e *execution) error {
	if len(e.Arguments) == 0 {
		return e.onTwo("conference", e.Line, func(current, other *ua.Call) order.Request {
			return order.Request{Call: current, Other: other}
		})
	}
	target, err := Target(e.Arguments[0], e.session.phone.settings.Domain)
	if err != nil {
		return err
	}
	return e.onOne("conference", talking(e.Line), target)
}

// toRoom moves a conversation into a room of the server.
func toRoom(e *execution) error {
	return e.onOne("to-room", talking(e.Line), e.argument())
}

// join asks to be let into a conversation, whose dialog is written as in a Join header field.
func join(e *execution) error {
	target, err := Target(e.Arguments[0], e.session.phone.settings.Domain)
	if err != nil {
		return err
	}
	dialog, err := sip.ParseJoin(e.Arguments[1])
	if err != nil {
		return fmt.Errorf("%w: the conversation is written CALL-ID;to-tag=TAG;from-tag=TAG, as the far side sees it", ErrUsage)
	}
	return e.perform("join", func(t *task.Task, a *ua.Agent) error {
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		return act(t, "join", order.Request{Agent: a, Target: target, Dialog: dialog})
	})
}

// takeOver takes the call over that a message offered.
func takeOver(e *execution) error {
	e.session.phone.mutex.Lock()
	offer := e.session.phone.person.offer
	e.session.phone.mutex.Unlock()
	if len(e.Arguments) == 1 {
		offer = e.Arguments[0]
	}
	if offer == "" {
		return fmt.Errorf("%w: no message offered a call; write take-over URI", ErrUsage)
	}
	return e.perform("take-over", func(t *task.Task, a *ua.Agent) error {
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		return act(t, "take-over", order.Request{Agent: a, Target: offer})
	})
}
