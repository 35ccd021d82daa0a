package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

const (
	maxCodes      = 200
	maxCodeDigits = 16
)

// CodeActions are the names of what codes can do.
func CodeActions() []string {
	return []string{
		"forward", "forward-off", "forward-busy", "forward-busy-off", "forward-no-answer", "forward-no-answer-off",
		"do-not-disturb", "do-not-disturb-off", "do-not-disturb-toggle", "call-waiting", "call-waiting-off", "find-me-toggle", "block", "unblock", "block-last",
		"reject-anonymous", "reject-anonymous-off", "voicemail", "voicemail-any", "pickup-group", "pickup",
		"redial-when-free", "redial-off", "call-return", "intercom", "join", "echo", "clock", "my-number", "hold-music", "milliwatt",
		"forward-unreachable", "forward-unreachable-off",
		"forward-asked", "forward-busy-asked", "forward-no-answer-asked", "forward-unreachable-asked", "call-waiting-asked",
	}
}

// codes reads the table of codes, which replaces the default one, or the name of one.
func (r *reader) codes(f field) {
	if f.node == nil {
		return
	}
	if f.node.Type() == ast.NullType {
		r.wrong(f, "is empty", `put codes in quotes, since a # alone begins a comment: {"*72": forward}; or write {} for none`)
		return
	}
	r.config.codesSaid = true
	if _, single := f.node.(ast.ScalarNode); single {
		set, _ := r.text(f)
		if codes := codeSets[set]; codes != nil {
			r.config.Codes = codes()
			return
		}
		r.wrong(f, quote(set)+" is no table of codes", "write default or gsm, or a table: {\"*72\": forward}")
		return
	}
	codes := []Code{}
	for _, entry := range r.entries(f, maxCodes, `{"*72": forward, "*73": forward-off}`) {
		code := Code{Code: entry.key}
		r.setText(entry.value, &code.Does)
		codes = append(codes, code)
	}
	r.config.Codes = codes
}

func (c *Config) checkCodes(found *findings) {
	actions := CodeActions()
	sound := make([]Code, 0, len(c.Codes))
	for _, code := range c.Codes {
		path := "codes." + code.Code
		if !slices.Contains(actions, code.Does) {
			found.wrong(path, quote(code.Does)+" is nothing that a code does", oneOf(code.Does, actions))
		}
		if code.Code == "" || len(code.Code) > maxCodeDigits || strings.Trim(code.Code, keypad) != "" {
			found.wrong(path, quote(code.Code)+" can't be dialled as a code", fmt.Sprintf("write 1 to %d of the digits, * and #, in quotes", maxCodeDigits))
			continue
		}
		sound = append(sound, code)
	}
	slices.SortFunc(sound, func(a, b Code) int { return cmp.Compare(a.Code, b.Code) })
	var apart []Code  // none of which begins with another
	var within []Code // those that the code begins with, the shortest first
	for _, code := range sound {
		for len(within) > 0 && !strings.HasPrefix(code.Code, within[len(within)-1].Code) {
			within = within[:len(within)-1]
		}
		if len(within) == 0 {
			apart = append(apart, code)
		}
		for _, outer := range within {
			switch {
			case code.Code == outer.Code:
				found.wrong("codes."+code.Code, "stands in the table twice", "keep one of the two")
			case !mayBegin(outer.Does):
				found.wrong("codes."+code.Code, fmt.Sprintf("begins with another code, %s, and what is dialled behind that is its argument", outer.Code), "change one of the two")
			}
		}
		within = append(within, code)
	}
	c.checkDialled(found, apart)
}

// mayBegin tells what codes do that may be the beginning of longer ones, as *8 is of *87: nothing is dialled behind
// them.
func mayBegin(does string) bool { return does == "pickup-group" }

// dialled is something that people dial, which no code may hide.
type dialled struct{ number, path, whose string }

// checkDialled: no number is a code, which would take the call. Of the codes that every program has, those
// without a star give way to numbers.
func (c *Config) checkDialled(found *findings, codes []Code) {
	check := func(d dialled) {
		at, exact := slices.BinarySearchFunc(codes, d.number, func(code Code, number string) int { return cmp.Compare(code.Code, number) })
		if exact && c.codesSaid {
			found.wrong(d.path, fmt.Sprintf("%s, %s, is the code %s (%s), so nobody could dial it", quote(d.number), d.whose, codes[at].Code, codes[at].Does),
				"change the number or the code")
		}
	}
	for i := range c.Users {
		user := &c.Users[i]
		path := fmt.Sprintf("users[%d]", i)
		check(dialled{user.Name, path + ".name", "a user's name"})
		if user.Routing == nil {
			continue
		}
		for j, number := range user.Routing.Numbers {
			check(dialled{number, fmt.Sprintf("%s.numbers[%d]", path, j), "a number of " + user.Name})
		}
	}
	for i := range c.Groups {
		group := &c.Groups[i]
		path := fmt.Sprintf("groups[%d]", i)
		check(dialled{group.Name, path + ".name", "a group's name"})
		for j, number := range group.Numbers {
			check(dialled{number, fmt.Sprintf("%s.numbers[%d]", path, j), "a number of " + group.Name})
		}
	}
	for i, number := range c.Numbers.Emergency {
		check(dialled{number, fmt.Sprintf("numbers.emergency[%d]", i), "an emergency number"})
	}
}
