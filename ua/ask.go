package ua

import (
	"errors"
	"strings"
	"time"

	"hookflash/media/graph"
	"hookflash/task"
)

// AskTimeout is how long Ask waits for a key when the Prompt does not say.
const AskTimeout = 5 * time.Second

// ErrNoKey tells that no key was pressed in time.
var ErrNoKey = errors.New("ua: no key was pressed")

// Prompt is a question that is answered by the keys of a telephone.
type Prompt struct {
	// Sources are played first, as by Say.
	Sources []string
	// Until are keys that end the answer, and are not part of it: "#".
	Until string
	// Max is how many digits the answer has at most: it ends with the last one. Zero: one; at most graph.MaxDigits.
	Max int
	// Timeout is how long to wait for the first key, from the end of the prompt on; zero: AskTimeout. Between is how
	// long for each further one; zero: Timeout.
	Timeout, Between time.Duration
	// Whole tells that what was pressed so far is all that is needed. nil: Until and Max alone do.
	Whole func(digits string) bool
	// Interruptible: the first key ends the prompt, and counts. Otherwise keys that are pressed while it is
	// played do not count.
	Interruptible bool
}

// Ask plays a prompt and collects the digits that the far side answers with: telephone events, tones, and INFO
// where DigitsOfInfo handles that. What was pressed before does not count. A source that can't be played is passed
// over. Errors: ErrOver, and ErrNoKey when no key was pressed in time; a time-out after some digits ends the answer.
func (c *Call) Ask(t *task.Task, p Prompt) (digits string, err error) {
	events := c.Watch()
	defer c.Unwatch(events)
	answer := answer{until: p.Until, most: min(max(p.Max, 1), graph.MaxDigits), enough: p.Whole}
	s := speech{sources: p.Sources}
	if p.Interruptible {
		s.heed = func(digit string) bool {
			answer.take(digit)
			return true
		}
	}
	if err := c.say(t, events, s); errors.Is(err, ErrOver) {
		return "", err
	}
	if p.Timeout <= 0 {
		p.Timeout = AskTimeout
	}
	if p.Between <= 0 {
		p.Between = p.Timeout
	}
	return answer.complete(t, events, p)
}

// complete waits for the keys that are still to come.
func (a *answer) complete(t *task.Task, events *task.Queue[Event], p Prompt) (string, error) {
	for limit := t.After(p.Timeout); !a.whole; {
		if a.digits != "" {
			limit = t.After(p.Between)
		}
		if t.First(events, limit) == 1 {
			if a.digits == "" {
				return "", ErrNoKey
			}
			break
		}
		switch e, _ := events.Take(); e.Kind {
		case Ended:
			return "", ErrOver
		case DigitHeard:
			a.take(e.Text)
		default: // nobody pressed anything
		}
	}
	return a.digits, nil
}

// answer is what was pressed so far.
type answer struct {
	until  string
	most   int
	enough func(digits string) bool // nil: never
	digits string
	whole  bool
}

func (a *answer) take(digit string) {
	if digit == "" || a.whole {
		return
	}
	if strings.Contains(a.until, digit) {
		a.whole = true
		return
	}
	a.digits += digit
	a.whole = len(a.digits) >= a.most || a.enough != nil && a.enough(a.digits)
}
