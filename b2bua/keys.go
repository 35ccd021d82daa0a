package b2bua

import (
	"strings"

	"hookflash/task"
)

// keypad is the digits of a leg that may be the beginning of a code.
type keypad struct {
	digits  string
	pressed task.Queue[string]
	task    *task.Task
}

func (k *keypad) stop() {
	if k != nil {
		k.task.Stop()
	}
}

// digit takes a digit: of a code, or for the others.
func (l *Leg) digit(digit string) {
	if l.keys != nil {
		l.keys.pressed.Put(digit)
		return
	}
	if !l.mayDial() || l.conversation.Busy() || !l.begins(digit) {
		l.pass(digit)
		return
	}
	k := &keypad{digits: digit}
	l.keys = k
	k.task = l.conversation.exchange.agent.Go("keys", func(t *task.Task) {
		defer func() { l.keys = nil }()
		l.collect(t, k)
	})
	if k.task == nil {
		l.keys = nil
		l.pass(digit)
	}
}

// mayDial tells whether codes are taken from a leg.
func (l *Leg) mayDial() bool { return l.User != "" }

// collect waits for the rest of a code. What becomes none goes on to the others; a code may begin in the middle of it.
func (l *Leg) collect(t *task.Task, k *keypad) {
	for {
		code, whole := l.conversation.exchange.code(k.digits)
		if whole && !l.conversation.exchange.longer(k.digits) {
			l.perform(code)
			return
		}
		for k.digits != "" && !l.begins(k.digits) {
			l.pass(k.digits[:1])
			k.digits = k.digits[1:]
		}
		if k.digits == "" && k.pressed.Len() == 0 {
			return
		}
		if t.First(&k.pressed, t.After(Between)) == 1 {
			if whole {
				l.perform(code)
			} else {
				l.pass(k.digits)
			}
			return
		}
		digit, _ := k.pressed.Take()
		k.digits += digit
	}
}

// perform does what a code says.
func (l *Leg) perform(code Code) {
	e := l.conversation.exchange
	do := e.settings.Do[code.Does]
	e.agent.Go(code.Does, func(t *task.Task) {
		switch {
		case l.conversation == nil:
			return
		case l.conversation.Busy(): // another service was faster
			l.pass(code.Code)
			return
		}
		do(t, Press{Leg: l, Code: code})
	})
}

// code is the one that the digits are.
func (e *Exchange) code(digits string) (code Code, ok bool) {
	for _, c := range e.settings.Codes {
		if c.Code == digits && e.settings.Do[c.Does] != nil {
			return c, true
		}
	}
	return Code{}, false
}

// longer tells whether a code begins with the digits, and has more.
func (e *Exchange) longer(digits string) bool {
	for _, c := range e.settings.Codes {
		if len(c.Code) > len(digits) && strings.HasPrefix(c.Code, digits) && e.settings.Do[c.Does] != nil {
			return true
		}
	}
	return false
}

// begins tells whether the digits are a code, or the beginning of one.
func (l *Leg) begins(digits string) bool {
	e := l.conversation.exchange
	_, whole := e.code(digits)
	return len(digits) <= MaxCode && (whole || e.longer(digits))
}

// pass sends digits on to those who hear the leg. Whoever takes tones has heard those that were tones: twice they would be two.
func (l *Leg) pass(digits string) {
	for _, other := range l.conversation.Others(l) {
		if other.place() == l.place() && (!l.sounded || other.Call.TakesEvents()) {
			other.Call.Dial(digits, toneLength)
		}
	}
}
