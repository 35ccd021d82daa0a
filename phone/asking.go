package phone

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hookflash/sip"
	"hookflash/ua"
)

// message writes to somebody, and waits for the answer.
func message(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	target, err := Target(i.Arguments[0], s.phone.settings.Domain)
	if err != nil {
		return Outcome{}, err
	}
	if len(i.Arguments[1]) > ua.MaxLetter {
		return Outcome{}, fmt.Errorf("%w: at most %d octets of text", ErrUsage, ua.MaxLetter)
	}
	answered := make(chan error, 1)
	s.phone.Do(func(a *ua.Agent) {
		if err := a.Write(ua.Letter{To: target, Text: i.Arguments[1]}, func(r ua.Response) { answered <- r.Err() }); err != nil {
			answered <- err
		}
	})
	select {
	case err := <-answered:
		return Outcome{}, err
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	case <-s.phone.done:
		return Outcome{}, ErrClosed
	}
}

func muteMicrophone(_ context.Context, s *Session, _ Instruction) (Outcome, error) {
	s.phone.mute(true)
	return Outcome{}, nil
}

func unmuteMicrophone(_ context.Context, s *Session, _ Instruction) (Outcome, error) {
	s.phone.mute(false)
	return Outcome{}, nil
}

func (p *Phone) mute(muted bool) {
	p.Do(func(a *ua.Agent) {
		p.person.muted = muted
		a.Mute(muted)
	})
}

func doNotDisturb(_ context.Context, s *Session, i Instruction) (Outcome, error) {
	return Outcome{}, s.set(i, &s.phone.person.doNotDisturb)
}

func autoAnswer(_ context.Context, s *Session, i Instruction) (Outcome, error) {
	return Outcome{}, s.set(i, &s.phone.person.autoAnswer)
}

// set turns something on or off.
func (s *Session) set(i Instruction, what *bool) error {
	wanted := i.Arguments[0]
	if wanted != "on" && wanted != "off" {
		return usage(i.Command)
	}
	s.phone.Do(func(*ua.Agent) { *what = wanted == "on" })
	return nil
}

func calls(_ context.Context, s *Session, _ Instruction) (Outcome, error) {
	return Outcome{Kind: TheCalls, Lines: s.phone.Standing().Lines}, nil
}

func history(_ context.Context, s *Session, _ Instruction) (Outcome, error) {
	return Outcome{Kind: TheHistory, History: s.phone.History()}, nil
}

func help(_ context.Context, _ *Session, i Instruction) (Outcome, error) {
	var text strings.Builder
	if len(i.Arguments) == 1 {
		c, ok := Find(i.Arguments[0])
		if !ok {
			return Outcome{}, fmt.Errorf("%w: there is no command %q; help lists them", ErrUsage, i.Arguments[0])
		}
		fmt.Fprintf(&text, "%s\n    %s", c.Usage(), c.Help)
		return Outcome{Kind: TheHelp, Text: text.String()}, nil
	}
	for _, c := range Commands() {
		fmt.Fprintf(&text, "%-26s %s\n", c.Usage(), c.Help)
	}
	text.WriteString("\nA number before a command is the line it is about, as in: 2 hold\n" +
		"TARGET is a name or number of the domain, NAME@DOMAIN, or a sip: URI.\n" +
		"EVENT is one of: " + strings.Join(EventNames(), " "))
	return Outcome{Kind: TheHelp, Text: text.String()}, nil
}

func quit(context.Context, *Session, Instruction) (Outcome, error) { return Outcome{}, ErrQuit }

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

func sleep(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	nap, err := seconds(i.Arguments[0], i.Command)
	if err != nil {
		return Outcome{}, err
	}
	timer := time.NewTimer(nap)
	defer timer.Stop()
	select {
	case <-timer.C:
		return Outcome{}, nil
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	case <-s.phone.done:
		return Outcome{}, ErrClosed
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
func waitFor(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	wanted, err := parsePattern(i.Arguments[0], i.Line)
	if err != nil {
		return Outcome{}, err
	}
	limit := patience
	if len(i.Arguments) == 2 {
		if limit, err = seconds(i.Arguments[1], i.Command); err != nil {
			return Outcome{}, err
		}
	}
	seen := ""
	deadline := time.Now().Add(limit)
	for {
		event, err := s.take(ctx, deadline)
		if errors.Is(err, ErrWaited) {
			return Outcome{}, fmt.Errorf("wait for %s: %w in %v%s", wanted.text, err, limit, seen)
		}
		if err != nil || wanted.fits(event) {
			return Outcome{}, err
		}
		seen = fmt.Sprintf("; the last event was %s", described(event))
	}
}

// expect wants the next events to be these, but for those about nothing that it knows to expect: the
// registration's.
func expect(ctx context.Context, s *Session, i Instruction) (Outcome, error) {
	var wanted []pattern
	for _, word := range strings.Fields(i.Arguments[0]) {
		p, err := parsePattern(word, i.Line)
		if err != nil {
			return Outcome{}, err
		}
		wanted = append(wanted, p)
	}
	for _, p := range wanted {
		for {
			event, err := s.take(ctx, time.Now().Add(patience))
			if errors.Is(err, ErrWaited) {
				return Outcome{}, fmt.Errorf("expect %s: %w in %v", p.text, err, patience)
			}
			if err != nil {
				return Outcome{}, err
			}
			if p.fits(event) {
				break
			}
			if event.Kind != ua.Registered && event.Kind != ua.Acknowledged && (p.line == 0 || p.line == event.Call) {
				return Outcome{}, fmt.Errorf("expect %s: %s came instead", p.text, described(event))
			}
		}
	}
	return Outcome{}, nil
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
func (s *Session) take(ctx context.Context, deadline time.Time) (ua.Event, error) {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	for {
		s.mutex.Lock()
		if len(s.log) > 0 {
			event := s.log[0]
			s.log = s.log[1:]
			s.mutex.Unlock()
			return event, nil
		}
		over := s.over
		s.mutex.Unlock()
		if over {
			return ua.Event{}, ErrClosed
		}
		select {
		case <-s.arrived:
		case <-timer.C:
			return ua.Event{}, ErrWaited
		case <-ctx.Done():
			return ua.Event{}, ctx.Err()
		}
	}
}
