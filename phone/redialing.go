package phone

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hookflash/service/order"
	"hookflash/task"
	"hookflash/ua"
)

// redialJitter is at most how long to wait when somebody is free, so that not all call at once who wait.
const redialJitter = 5 * time.Second

// list is what the phone keeps of its redials.
func (w *person) list(a *ua.Agent) *order.Redials {
	if w.redials == nil {
		w.redials = order.NewRedials(a, order.RedialSettings{Jitter: redialJitter})
	}
	return w.redials
}

// refused is whom the person called last, if nobody answered.
func (w *person) refused() (r order.RedialRefusal) {
	for i := len(w.past) - 1; i >= 0; i-- {
		if past := &w.past[i]; !past.Incoming && !past.Ended.IsZero() && past.Answered.IsZero() {
			l := past.later
			return order.RedialRefusal{Target: past.URI, Code: past.Code, Contact: l.Contact, Monitor: l.Monitor, Mode: l.Mode}
		}
	}
	return r
}

// redialWhenFree calls somebody as soon as they are free. It does not wait for that.
func redialWhenFree(e *execution) error {
	target := ""
	if len(e.Arguments) == 1 {
		var err error
		if target, err = Target(e.Arguments[0], e.session.phone.settings.Domain); err != nil {
			return err
		}
	}
	return e.perform("redial-when-free", func(_ *task.Task, a *ua.Agent) error {
		w := &e.session.phone.person
		l := w.list(a)
		if target == "" {
			l.Refused(w.refused())
		}
		number, err := l.Add(target)
		if err == nil {
			e.outcome = Outcome{Kind: TheHelp, Text: fmt.Sprintf("redial %d waits; redials lists them, cancel-redial %[1]d ends it", number)}
		}
		return err
	})
}

// redials lists for whom the phone waits.
func redials(e *execution) error {
	return e.perform("redials", func(_ *task.Task, a *ua.Agent) error {
		var text strings.Builder
		for _, p := range e.session.phone.person.list(a).Pending() {
			fmt.Fprintf(&text, "%d  %s  %s until %s\n", p.Number, address(p.Target), p.State, p.Until.Local().Format(time.TimeOnly))
		}
		if text.Len() == 0 {
			text.WriteString("nobody is waited for")
		}
		e.outcome = Outcome{Kind: TheHelp, Text: strings.TrimSuffix(text.String(), "\n")}
		return nil
	})
}

// cancelRedial ends one of them, or all.
func cancelRedial(e *execution) error {
	number := 0
	if len(e.Arguments) == 1 {
		var err error
		if number, err = strconv.Atoi(e.Arguments[0]); err != nil || number <= 0 {
			return usage(e.Command)
		}
	}
	return e.perform("cancel-redial", func(_ *task.Task, a *ua.Agent) error { return e.session.phone.person.list(a).Cancel(number) })
}

// redialReady says that somebody is free.
func redialReady(e order.RedialReady) string {
	return fmt.Sprintf("%s is free, and called (redial %d)", address(e.Target), e.Number)
}
