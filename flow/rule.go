package flow

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hookflash/sip"
)

// maxTold is how many broken rules are told of; the rest mostly follow from them.
const maxTold = 8

// rule is what the messages of some arrows must say, wherever they are seen.
type rule struct {
	arrows []int
	holds  func(e *evidence, m *sip.Message) error
}

// sight is a message of the ladder, read.
type sight struct {
	*seen
	message *sip.Message
}

func (s sight) String() string {
	number := ""
	if s.number > 0 {
		number = "F" + strconv.Itoa(s.number) + " "
	}
	return fmt.Sprintf("%s%s from %s to %s", number, s.label, s.from, s.to)
}

// evidence is all that was seen, in order.
type evidence struct{ sights []sight }

// first is the first message of an arrow; nil: it never came.
func (e *evidence) first(arrow int) *sip.Message {
	for _, s := range e.sights {
		if s.number == arrow {
			return s.message
		}
	}
	return nil
}

// obeyed checks what the messages say: the rules of every flow, and this one's. Of a ladder that is not
// whole it looks only for what the server did to messages: the rest would follow from what is missing.
func (f *Flow) obeyed(got []seen, whole bool) error {
	e := &evidence{}
	for i := range got {
		if m, _ := sip.Parse(got[i].text); m != nil {
			e.sights = append(e.sights, sight{&got[i], m})
		}
	}
	made, wrong := ranges(f.makes)
	problems := slices.Concat(e.asserted(), e.terminated(), e.spared(f), []error{wrong})
	if !f.Assisted {
		problems = slices.Concat(problems, e.passedOn(made))
	}
	if whole {
		calls, err := f.oneCallID(e)
		problems = slices.Concat(problems, e.obeys(f.rules), calls, []error{err}, e.transactions())
	}
	problems = slices.DeleteFunc(problems, func(err error) bool { return err == nil })
	if len(problems) > maxTold {
		problems = append(problems[:maxTold], fmt.Errorf("and %d more", len(problems)-maxTold))
	}
	return errors.Join(problems...)
}

func (e *evidence) obeys(rules []rule) (problems []error) {
	for _, r := range rules {
		for _, arrow := range r.arrows {
			for _, s := range e.sights {
				if s.number != arrow {
					continue
				}
				if err := r.holds(e, s.message); err != nil {
					problems = append(problems, fmt.Errorf("%v: %w", s, err))
				}
			}
		}
	}
	return problems
}

// oneCallID checks Flow.calls: one Call-ID in all arrows of a call, and another one in the next call.
func (f *Flow) oneCallID(e *evidence) (problems []error, err error) {
	before := map[string]int{}
	for part := range strings.SplitSeq(f.calls, ";") {
		arrows, err := ranges(part)
		if err != nil {
			return problems, fmt.Errorf("flow %s: calls %q: %w", f.Name, f.calls, err)
		}
		callID, of := "", 0
		for _, s := range e.sights {
			id := s.message.CallID()
			switch {
			case !arrows[s.number]:
				continue
			case callID == "":
				if earlier, known := before[id]; known {
					problems = append(problems, fmt.Errorf("%v: has the Call-ID of F%d, which is another call", s, earlier))
				}
				callID, of = id, s.number
			case id != callID:
				problems = append(problems, fmt.Errorf("%v: its Call-ID is not that of F%d, which is the same call", s, of))
			}
		}
		if _, known := before[callID]; !known {
			before[callID] = of
		}
	}
	return problems, nil
}

// ranges reads "1-7 10".
func ranges(text string) (map[int]bool, error) {
	arrows := map[int]bool{}
	for word := range strings.FieldsSeq(text) {
		low, high, isRange := strings.Cut(word, "-")
		if !isRange {
			high = low
		}
		from, err := strconv.Atoi(low)
		to, wrong := strconv.Atoi(high)
		if err := errors.Join(err, wrong); err != nil {
			return nil, err
		}
		for number := from; number <= to; number++ {
			arrows[number] = true
		}
	}
	return arrows, nil
}
