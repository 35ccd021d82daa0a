package phone

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// message writes to somebody, and waits for the answer.
func message(e *execution) error {
	target, err := Target(e.Arguments[0], e.session.phone.settings.Domain)
	if err != nil {
		return err
	}
	if len(e.Arguments[1]) > ua.MaxLetter {
		return fmt.Errorf("%w: at most %d octets of text", ErrUsage, ua.MaxLetter)
	}
	return e.perform("message", func(t *task.Task, a *ua.Agent) error {
		return a.Send(t, ua.Letter{To: target, Text: e.Arguments[1]})
	})
}

func muteMicrophone(e *execution) error {
	e.session.phone.mute(true)
	return nil
}

func unmuteMicrophone(e *execution) error {
	e.session.phone.mute(false)
	return nil
}

func (p *Phone) mute(muted bool) {
	p.Do(func(a *ua.Agent) {
		p.person.muted = muted
		a.Mute(muted)
	})
}

func doNotDisturb(e *execution) error {
	return e.set(&e.session.phone.person.doNotDisturb)
}

func autoAnswer(e *execution) error {
	return e.set(&e.session.phone.person.autoAnswer)
}

// set turns something on or off.
func (e *execution) set(what *bool) error {
	wanted := e.Arguments[0]
	if wanted != "on" && wanted != "off" {
		return usage(e.Command)
	}
	e.session.phone.Do(func(*ua.Agent) { *what = wanted == "on" })
	return nil
}

func calls(e *execution) error {
	e.outcome = Outcome{Kind: TheCalls, Lines: e.session.phone.Standing().Lines}
	return nil
}

func history(e *execution) error {
	e.outcome = Outcome{Kind: TheHistory, History: e.session.phone.History()}
	return nil
}

func help(e *execution) error {
	var text strings.Builder
	if len(e.Arguments) == 1 {
		c, ok := Find(e.Arguments[0])
		if !ok {
			return fmt.Errorf("%w: there is no command %q; help lists them", ErrUsage, e.Arguments[0])
		}
		fmt.Fprintf(&text, "%s\n    %s", c.Usage(), c.Help)
		e.outcome = Outcome{Kind: TheHelp, Text: text.String()}
		return nil
	}
	for _, c := range Commands() {
		fmt.Fprintf(&text, "%-26s %s\n", c.Usage(), c.Help)
	}
	text.WriteString("\nA number before a command is the line it is about, as in: 2 hold\n" +
		"TARGET is a name or number of the domain, NAME@DOMAIN, or a sip: URI.\n" +
		"EVENT is one of: " + strings.Join(EventNames(), " "))
	e.outcome = Outcome{Kind: TheHelp, Text: text.String()}
	return nil
}

func quit(*execution) error { return ErrQuit }

// patience is how long wait and expect wait where nothing else was said.
const patience = 10 * time.Second

// maxPatience is the longest sleep and wait, in seconds.
const maxPatience = 24 * 60 * 60

func seconds(text string, c Command) (time.Duration, error) {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || !(number >= 0 && number <= maxPatience) {
		return 0, usage(c)
	}
	return time.Duration(number * float64(time.Second)), nil
}

func sleep(e *execution) error {
	nap, err := seconds(e.Arguments[0], e.Command)
	if err != nil {
		return err
	}
	timer := time.NewTimer(nap)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-e.ctx.Done():
		return e.ctx.Err()
	case <-e.session.phone.done:
		return ErrClosed
	}
}

// ErrWaited tells that an event did not come.
var ErrWaited = errors.New("it did not come")

// pattern is an event that somebody waits for.
type pattern struct {
	text string
	kind ua.Kind
	code int // 0: any
	line uint64
}

func parsePattern(text string, line uint64) (pattern, error) {
	name, code, coded := strings.Cut(text, ":")
	p := pattern{text: text, line: line}
	for kind, known := range kinds {
		if known == name && name != "" {
			p.kind = ua.Kind(kind)
		}
	}
	number, err := strconv.Atoi(code)
	if p.kind == 0 || coded && err != nil {
		return p, fmt.Errorf("%w: there is no event %q; write one of: %s", ErrUsage, text, strings.Join(EventNames(), " "))
	}
	p.code = number
	return p, nil
}

func (p pattern) fits(e ua.Event) bool {
	return e.Kind == p.kind && (p.code == 0 || p.code == e.Code) && (p.line == 0 || p.line == e.Call)
}

// waitFor passes over events until one fits.
func waitFor(e *execution) error {
	wanted, err := parsePattern(e.Arguments[0], e.Line)
	if err != nil {
		return err
	}
	limit := patience
	if len(e.Arguments) == 2 {
		if limit, err = seconds(e.Arguments[1], e.Command); err != nil {
			return err
		}
	}
	seen := ""
	deadline := time.Now().Add(limit)
	for {
		event, err := e.take(deadline)
		if errors.Is(err, ErrWaited) {
			return fmt.Errorf("wait for %s: %w in %v%s", wanted.text, err, limit, seen)
		}
		if err != nil || wanted.fits(event) {
			return err
		}
		seen = fmt.Sprintf("; the last event was %s", described(event))
	}
}

// expect wants the next events to be these, but for those about nothing that it knows to expect: the
// registration's.
func expect(e *execution) error {
	var wanted []pattern
	for _, word := range strings.Fields(e.Arguments[0]) {
		p, err := parsePattern(word, e.Line)
		if err != nil {
			return err
		}
		wanted = append(wanted, p)
	}
	for _, p := range wanted {
		for {
			event, err := e.take(time.Now().Add(patience))
			if errors.Is(err, ErrWaited) {
				return fmt.Errorf("expect %s: %w in %v", p.text, err, patience)
			}
			if err != nil {
				return err
			}
			if p.fits(event) {
				break
			}
			if event.Kind != ua.Registered && event.Kind != ua.Acknowledged && event.Kind != ua.MessagesWaiting && (p.line == 0 || p.line == event.Call) {
				return fmt.Errorf("expect %s: %s came instead", p.text, described(event))
			}
		}
	}
	return nil
}

func described(e ua.Event) string {
	text := EventName(e.Kind)
	if e.Code != 0 {
		text += fmt.Sprintf(":%d", e.Code)
		if e.Reason == "" {
			e.Reason = sip.Reason(e.Code)
		}
	}
	if e.Call != 0 {
		text += fmt.Sprintf(" (line %d)", e.Call)
	}
	if e.Reason != "" {
		text += " " + e.Reason
	}
	return text
}

// take gives the next event that no wait has looked at.
func (e *execution) take(deadline time.Time) (ua.Event, error) {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	for {
		e.session.mutex.Lock()
		if len(e.session.log) > 0 {
			event := e.session.log[0]
			e.session.log = e.session.log[1:]
			e.session.mutex.Unlock()
			return event, nil
		}
		over := e.session.over
		e.session.mutex.Unlock()
		if over {
			return ua.Event{}, ErrClosed
		}
		select {
		case <-e.session.arrived:
		case <-timer.C:
			return ua.Event{}, ErrWaited
		case <-e.ctx.Done():
			return ua.Event{}, e.ctx.Err()
		}
	}
}
