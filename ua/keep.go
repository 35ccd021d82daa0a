package ua

import (
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// Errors of Keep.
var (
	ErrKeptTooLarge = errors.New("ua: too large to be kept")
	ErrKeptTooMany  = errors.New("ua: too many values of the kind are kept")
)

// keepAgain is how long after a failure it is tried again to keep a value.
const keepAgain = 2 * time.Second

// keeping is what an agent wants to find again in the next process.
type keeping struct {
	numbers map[string]map[string]uint64 // of the last changes, by kind and id of what is kept
	last    uint64
	staged  bool           // something was, in this step
	later   []machine.Keep // to be staged by a later step
	again   *timer
}

// Kept are the values that are kept of a kind, by their ids, in the order of these: at the start what the process before had
// kept.
func (a *Agent) Kept(kind string) iter.Seq2[string, []byte] {
	var values map[string][]byte
	if a.settings.Kept != nil {
		values = a.settings.Kept(kind)
	}
	return func(yield func(string, []byte) bool) {
		for _, id := range slices.Sorted(maps.Keys(values)) {
			if !yield(id, values[id]) {
				return
			}
		}
	}
}

// Keep keeps a value beyond the process, in place of what was kept under the kind and id before; nil: nothing any more. The
// requests and 2xx responses that this step sends leave when the value is kept, so that whoever got one finds it again after
// kill -9. Between two steps, it is part of the next one.
//
// Should keeping fail, they don't leave: a request fails like one that can't be sent, a 2xx becomes a 503, but for that to an
// INVITE, which is sent again by its timer, kept or not: a call is worth more than what would be known of it later. It is
// tried again every two seconds to keep the value. Errors: ErrKeptTooLarge, ErrKeptTooMany (machine.MaxKept), and nothing
// has changed.
func (a *Agent) Keep(kind, id string, value []byte) error {
	k := machine.Keep{Kind: kind, ID: id, Value: value, Number: a.keeping.last + 1}
	if !k.Within() {
		return ErrKeptTooLarge
	}
	numbers := a.keeping.kind(a, kind)
	_, known := numbers[id]
	switch {
	case value == nil && !known:
		return nil
	case value == nil:
		delete(numbers, id)
	case !known && len(numbers) >= machine.MaxKept:
		return ErrKeptTooMany
	default:
		numbers[strings.Clone(id)] = k.Number
	}
	a.keeping.last++
	a.stage(k)
	return nil
}

// stage puts a change into the step's output; between two steps, into that of the next one.
func (a *Agent) stage(k machine.Keep) {
	if a.out == nil {
		a.keepLater(k, 0)
		return
	}
	a.out.Change(k)
	a.keeping.staged = true
}

// kind are the numbers of what is kept of a kind.
func (k *keeping) kind(a *Agent, kind string) map[string]uint64 {
	numbers := k.numbers[kind]
	if numbers == nil {
		numbers = map[string]uint64{}
		for id := range a.Kept(kind) {
			numbers[id] = 0
		}
		if k.numbers == nil {
			k.numbers = map[string]map[string]uint64{}
		}
		k.numbers[kind] = numbers
	}
	return numbers
}

// withhold lets what was sent since leave when all is kept that the step changed.
func (k *keeping) withhold(out *machine.Output, since int) {
	k.staged = false
	for i := since; i < len(out.Sends); i++ {
		send := &out.Sends[i]
		code, invite := statusOf(send.Data)
		if code != 0 && (code < 200 || code >= 300) {
			continue
		}
		send.Durable = len(out.Changes)
		if code != 0 && !invite {
			send.Otherwise = unkept(send.Data)
		}
	}
}

// statusOf is the code of a response of ours, 0 for a request, and whether it is that to an INVITE.
func statusOf(data []byte) (code int, invite bool) {
	if !strings.HasPrefix(string(data[:min(len(data), 8)]), "SIP/2.0 ") {
		return 0, false
	}
	m, err := sip.Parse(string(data))
	if err != nil {
		return 0, false // no response of ours
	}
	return m.StatusCode(), m.Method() == sip.INVITE
}

// unkept is the 503 in place of a response that may not leave: of the same transaction, and nothing else.
func unkept(data []byte) []byte {
	refusal := []byte("SIP/2.0 503 Not Kept\r\n")
	head, _, _ := strings.Cut(string(data), "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		switch sip.Lower(strings.TrimSpace(name)) {
		case "via", "v", "from", "f", "to", "t", "call-id", "i", "cseq":
			refusal = append(append(refusal, line...), "\r\n"...)
		}
	}
	return append(refusal, "Retry-After: 2\r\nContent-Length: 0\r\n\r\n"...)
}

// Unkept takes note of changes that could not be kept, of which some may be another agent's.
func (a *Agent) Unkept(now time.Time, changes []machine.Keep, out *machine.Output) {
	a.Do(now, out, func() {
		for _, change := range changes {
			if a.keeping.counts(change) {
				a.keepLater(change, keepAgain)
			}
		}
	})
}

func (a *Agent) keepLater(change machine.Keep, wait time.Duration) {
	a.keeping.later = append(a.keeping.later, change)
	if a.keeping.again == nil {
		a.keeping.again = a.after(wait, a.keepAgain)
	}
}

// counts tells whether a change is the last one of its value.
func (k *keeping) counts(change machine.Keep) bool {
	numbers, ours := k.numbers[change.Kind]
	number, known := numbers[change.ID]
	if change.Value == nil {
		return ours && !known
	}
	return known && number == change.Number
}

func (a *Agent) keepAgain() {
	changes := a.keeping.later
	a.keeping.later, a.keeping.again = nil, nil
	for _, change := range changes {
		if a.keeping.counts(change) {
			a.stage(change)
		}
	}
}

// Begin runs something as the agent's first step. It is called before that.
func (a *Agent) Begin(run func()) { a.after(0, run) }
