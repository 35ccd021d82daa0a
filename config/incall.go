package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

const (
	maxInCall       = 50
	maxInCallDigits = 4
)

// DefaultInCall is the table of codes that are pressed in a call where the file has none.
func DefaultInCall() []Code {
	return []Code{
		{"##", "transfer"},
		{"*2", "consult"},
		{"*3", "three-way"},
		{"*4", "hold"},
		{"#72", "park"},
		{"*6", "hand-over"},
		{"*1", "record"},
		{"*0", "pause"},
		{"*9", "help"},
	}
}

// InCallActions are the names of what codes can do that are pressed in a call.
func InCallActions() []string {
	return []string{"transfer", "consult", "three-way", "hold", "park", "hand-over", "record", "pause", "help"}
}

// inCall reads the table of codes that are pressed in a call, which replaces the default one.
func (r *reader) inCall(f field) {
	if f.node == nil {
		return
	}
	if f.node.Type() == ast.NullType {
		r.wrong(f, "is empty", `put codes in quotes, since a # alone begins a comment: {"##": transfer}; or write {} for none`)
		return
	}
	codes := []Code{}
	for _, entry := range r.entries(f, maxInCall, `{"##": transfer, "*2": consult}`) {
		code := Code{Code: entry.key}
		r.setText(entry.value, &code.Does)
		codes = append(codes, code)
	}
	r.config.InCall = codes
}

func (c *Config) checkInCall(found *findings) {
	actions := InCallActions()
	sound := make([]Code, 0, len(c.InCall))
	for _, code := range c.InCall {
		path := "in-call." + code.Code
		if !slices.Contains(actions, code.Does) {
			found.wrong(path, quote(code.Does)+" is nothing that a code does in a call", oneOf(code.Does, actions))
		}
		switch {
		case code.Code == "" || len(code.Code) > maxInCallDigits || strings.Trim(code.Code, keypad) != "":
			found.wrong(path, quote(code.Code)+" can't be pressed as a code", fmt.Sprintf("write 1 to %d of the digits, * and #, in quotes", maxInCallDigits))
			continue
		case strings.Trim(code.Code[:1], "*#") != "":
			found.warn(path, "begins with a digit, which callers press in the menus of others", "begin it with * or #")
		}
		sound = append(sound, code)
	}
	for i, code := range sound {
		for j, outer := range sound {
			switch {
			case code.Code == outer.Code && j < i:
				found.wrong("in-call."+code.Code, "stands in the table twice", "keep one of the two")
			case code.Code != outer.Code && strings.HasPrefix(code.Code, outer.Code):
				found.wrong("in-call."+code.Code, fmt.Sprintf("begins with another code, %s, which takes effect as soon as it is pressed", outer.Code), "change one of the two")
			}
		}
	}
}
