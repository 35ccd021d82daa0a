package redial

import (
	"errors"
	"slices"
	"time"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// How many redials of one phone wait at a time.
const (
	DefaultLimit = 5
	MaxPending   = 64
)

// Errors of a list.
var (
	ErrNobody  = errors.New("redial: no call has failed that could be made again")
	ErrLimit   = errors.New("redial: as many wait already as may")
	ErrUnknown = errors.New("redial: no redial has that number")
)

// Settings of a phone's redials. The zero value works.
type Settings struct {
	Limit   int // zero: DefaultLimit
	Expires time.Duration
	Jitter  time.Duration
	Tries   int
	// Ask: the person is asked by a Ready, and answers by Call. Otherwise the call is made at once.
	Ask bool
}

// Pending is a redial that waits.
type Pending struct {
	Number int // the first is 1
	Target string
	State  State
	Since  time.Time
	Until  time.Time
}

// Ready is an event: the callee is free. Where Asked is true, nothing is called until List.Call, for as long as
// AnswerIn.
type Ready struct {
	Number int
	Target string
	Asked  bool
}

// AnswerIn is how long a person has to say that they want to call: what RFC 6910 §7.3 gives them.
const AnswerIn = 20 * time.Second

// Over is an event: a redial has ended, with a call where Err is nil.
type Over struct {
	Number int
	Target string
	Call   uint64
	Err    error
}

// Refusal is a call that failed.
type Refusal struct {
	Target        string // whom it was for
	Code          int
	Contact       string // of the response, "" without one
	Monitor, Mode string // as of Wish
}

// List are the redials of one phone. It belongs to its agent.
type List struct {
	Settings
	agent   *ua.Agent
	entries []*entry
	numbers int
	last    Refusal
}

type entry struct {
	Pending
	task   *task.Task
	wanted *task.Queue[struct{}]
}

// NewList makes the list of an agent.
func NewList(a *ua.Agent, s Settings) *List {
	if s.Limit <= 0 {
		s.Limit = DefaultLimit
	}
	s.Limit = min(s.Limit, MaxPending)
	return &List{Settings: s, agent: a}
}

// Refused remembers a call that can be made again: one that was busy, was not answered, or found nobody there.
func (l *List) Refused(r Refusal) {
	if Busy(r.Code) || r.Code == 408 || r.Code == 487 || r.Code == 603 {
		l.last = r
	}
}

// Last is the call that Add makes again where nobody else is named; "" for none.
func (l *List) Last() string { return l.last.Target }

// Add waits until somebody is free, and calls them then; "": whoever did not take our last call. For a target that is waited
// for already it gives the number of that one (RFC 6910 §6.2).
func (l *List) Add(target string) (number int, err error) {
	if target == "" {
		target = l.last.Target
	}
	if target == "" {
		return 0, ErrNobody
	}
	uri, err := sip.ParseURI(target)
	if err != nil || !uri.IsSIP() {
		return 0, ua.ErrTarget
	}
	for _, e := range l.entries {
		if other, err := sip.ParseURI(e.Target); err == nil && other.Equal(uri) {
			return e.Number, nil
		}
	}
	if len(l.entries) >= l.Limit {
		return 0, ErrLimit
	}
	wish := Wish{Target: target, Expires: l.Expires, Jitter: l.Jitter, Tries: l.Tries}
	if l.last.Target == target {
		wish.Monitor, wish.Mode, wish.Watched = l.last.Monitor, l.last.Mode, gruu(l.last.Contact)
	}
	return l.begin(wish)
}

func (l *List) begin(wish Wish) (number int, err error) {
	now := l.agent.Now()
	l.numbers++
	e := &entry{Pending: Pending{Number: l.numbers, Target: wish.Target, Since: now}, wanted: task.NewQueue[struct{}](1)}
	if wish.Expires <= 0 {
		wish.Expires = DefaultExpires
	}
	e.Until = now.Add(min(wish.Expires, MaxExpires))
	wish.Told = func(s State) { e.State = s }
	wish.Ready = func(t *task.Task) bool { return l.ready(t, e) }
	l.entries = append(l.entries, e)
	e.task = l.agent.Go("redial", func(t *task.Task) {
		over := Over{Number: e.Number, Target: e.Target, Err: ErrUnwanted} // when it is stopped
		defer func() {
			l.remove(e)
			l.agent.Tell(over)
			if over.Err != nil && !errors.Is(over.Err, ErrUnwanted) {
				l.agent.Tell(failure(over))
			}
		}()
		call, err := WhenFree(t, l.agent, wish)
		over.Err = err
		if call != nil {
			over.Call = call.Number
		}
	})
	if e.task == nil { // task.MaxTasks
		l.remove(e)
		return 0, ErrLimit
	}
	return e.Number, nil
}

// failure is how a redial ended that made no call, for who knows the events of package ua alone.
func failure(o Over) ua.Event {
	e := ua.Event{Kind: ua.Failed, From: o.Target, Reason: o.Err.Error(), Text: "redial-when-free"}
	var status *sip.StatusError
	if errors.As(o.Err, &status) {
		e.Code, e.Reason = status.Code, status.Reason
	}
	return e
}

func (l *List) remove(e *entry) {
	l.entries = slices.DeleteFunc(l.entries, func(other *entry) bool { return other == e })
}

// ready tells that the callee is free, and waits for the person where that is wanted.
func (l *List) ready(t *task.Task, e *entry) bool {
	l.agent.Tell(Ready{Number: e.Number, Target: e.Target, Asked: l.Ask})
	if !l.Ask {
		return true
	}
	return t.First(e.wanted, t.After(AnswerIn)) == 0
}

// Call says that the person wants to call now, after a Ready.
func (l *List) Call(number int) error {
	e := l.find(number)
	if e == nil {
		return ErrUnknown
	}
	e.wanted.Put(struct{}{})
	return nil
}

// Pending are the redials that wait, oldest first.
func (l *List) Pending() []Pending {
	all := make([]Pending, 0, len(l.entries))
	for _, e := range l.entries {
		all = append(all, e.Pending)
	}
	return all
}

// Cancel ends a redial; 0: all of them.
func (l *List) Cancel(number int) error {
	if number != 0 && l.find(number) == nil {
		return ErrUnknown
	}
	for _, e := range slices.Clone(l.entries) {
		if number == 0 || e.Number == number {
			e.task.Stop()
			l.remove(e)
		}
	}
	return nil
}

func (l *List) find(number int) *entry {
	for _, e := range l.entries {
		if e.Number == number {
			return e
		}
	}
	return nil
}

// gruu is a contact that means one phone wherever it is used, "" for any other.
func gruu(contact string) string {
	uri, err := sip.ParseURI(contact)
	if err != nil || !uri.IsSIP() || !uri.Params.Has("gr") {
		return ""
	}
	return contact
}
