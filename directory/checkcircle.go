package directory

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Users who forward everything and groups whose calls go on when nobody takes them lead to one
// other each: from wherever one begins there is one way, which ends or turns into a circle.

// longCircle is how many steps of a circle are told, beside the last.
const longCircle = 10

// onward is where all calls to a user go, or those to a group that nobody takes; "" when they
// stay, or leave the domain.
func (k *check) onward(name string) (to, field, words string) {
	if user := k.findUser(name); user != nil {
		if user.Routing == nil || user.Routing.Forward.Unconditional.IsZero() {
			return "", "", ""
		}
		to = k.leads(user.Routing.Forward.Unconditional, name)
		return to, "users[" + name + "].forward.unconditional", name + " forwards all calls to " + to
	}
	if group := k.findGroup(name); group != nil && !group.NoAnswer.IsZero() {
		to = k.leads(group.NoAnswer, "")
		return to, "groups[" + name + "].no-answer", "what nobody of group " + name + " takes goes to " + to
	}
	return "", "", ""
}

// circles finds every circle, and tells of each once, where the first of its names is.
func (k *check) circles() {
	done := map[string]bool{}
	for _, names := range [...][]string{slices.Sorted(maps.Keys(k.Users)), slices.Sorted(maps.Keys(k.Groups))} {
		for _, name := range names {
			if done[name] {
				continue
			}
			walked := map[string]bool{}
			at := name
			for at != "" && !done[at] {
				done[at], walked[at] = true, true
				at, _, _ = k.onward(at)
			}
			if at != "" && walked[at] {
				k.circle(k.firstOf(at))
			}
		}
	}
}

// firstOf is the first name of a circle.
func (k *check) firstOf(name string) string {
	first := name
	for at, _, _ := k.onward(name); at != name; at, _, _ = k.onward(at) {
		first = min(first, at)
	}
	return first
}

// circle tells of the circle that a name is part of, if there is one. A user who forwards to
// itself was told of before.
func (k *check) circle(name string) {
	var steps []string
	seen := map[string]bool{}
	at := name
	for {
		to, _, words := k.onward(at)
		if to == "" || seen[at] {
			return
		}
		seen[at] = true
		steps = append(steps, words)
		if at = to; at == name {
			break
		}
	}
	if len(steps) == 1 && k.findUser(name) != nil {
		return
	}
	if last := len(steps) - 1; last > longCircle {
		steps = append(steps[:longCircle:longCircle], fmt.Sprintf("%d more", last-longCircle), steps[last])
	}
	_, field, _ := k.onward(name)
	k.wrong(field, strings.Join(steps, ", ")+": a circle, in which a call would never arrive", "give one of them another target")
}
