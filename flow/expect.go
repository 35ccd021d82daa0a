package flow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// hop is one arrow between a phone and the server, or between two phones.
type hop struct {
	number   int // the n of Fn
	from, to string
	label    string // method or status code
	second   bool   // of an arrow that goes through the server
	optional bool
	made     bool           // by the server itself, at its second hop
	apart    []map[int]bool // runs of arrows that do not wait for one another; it may be in some of them
}

func (h hop) String() string {
	return fmt.Sprintf("F%d %s from %s to %s", h.number, h.label, h.from, h.to)
}

// through is the column that arrows between phones go through.
const through = "server"

// hops reads Flow.Arrows.
func (f *Flow) hops() ([]hop, error) {
	var hops []hop
	direct, err := ranges(f.direct)
	if err != nil {
		return nil, fmt.Errorf("flow %s: direct %q: %w", f.Name, f.direct, err)
	}
	made, err := ranges(f.makes)
	if err != nil {
		return nil, fmt.Errorf("flow %s: makes %q: %w", f.Name, f.makes, err)
	}
	apart, err := f.runs()
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(f.Arrows) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) != 4 || !strings.HasPrefix(words[0], "F") {
			return nil, fmt.Errorf("flow %s: arrow %q is not F1 FROM TO WHAT", f.Name, strings.TrimSpace(line))
		}
		number, err := strconv.Atoi(words[0][1:])
		if err != nil {
			return nil, fmt.Errorf("flow %s: arrow %q: %w", f.Name, strings.TrimSpace(line), err)
		}
		h := hop{number: number, from: words[1], to: words[2], label: words[3], made: made[number], apart: apart}
		switch {
		case h.label == "100":
			h.optional = true
			hops = append(hops, h)
		case h.from == through || h.to == through || direct[number] || f.agent != "" && (h.from == f.agent || h.to == f.agent):
			hops = append(hops, h)
		default:
			first, second := h, h
			first.to, second.from, second.second = through, through, true
			hops = append(hops, first, second)
		}
	}
	return hops, nil
}

// runs reads Flow.apart.
func (f *Flow) runs() (runs []map[int]bool, err error) {
	for part := range strings.SplitSeq(f.apart, "|") {
		arrows, err := ranges(part)
		if err != nil {
			return nil, fmt.Errorf("flow %s: apart %q: %w", f.Name, f.apart, err)
		}
		runs = append(runs, arrows)
	}
	return runs, nil
}

// waits tells whether a hop comes after another one that stands before it in the RFC's ladder.
func (h hop) waits(earlier hop) bool {
	mine, its := false, false
	for _, run := range h.apart {
		if run[h.number] && run[earlier.number] {
			return true
		}
		mine, its = mine || run[h.number], its || run[earlier.number]
	}
	return !mine || !its
}

// check compares what was seen with what the RFC draws. What phones send must come in the order of the
// RFC, what the server sends after what it is about, and nothing else may be there. (What leaves the
// server for two phones at once is seen by both at once.)
func check(want []hop, got []seen) error {
	left := slices.Clone(want)
	last := 0
	for i := range got {
		g := &got[i]
		if g.beside {
			continue
		}
		at := slices.IndexFunc(left, func(h hop) bool { return h.from == g.from && h.to == g.to && h.label == g.label })
		if at < 0 && g.from != through && g.to != through && !isAgent(want, g.from) && !isAgent(want, g.to) {
			return fmt.Errorf("%s from %s to %s went past the server%s; does it record its route?", g.label, g.from, g.to, after(last))
		}
		if at < 0 {
			return fmt.Errorf("%s from %s to %s is not in the RFC's ladder%s", g.label, g.from, g.to, after(last))
		}
		h := left[at]
		if early := before(want, left[:at], h); early != nil {
			return fmt.Errorf("%v came before %v", h, *early)
		}
		g.number = h.number
		last = h.number
		left = slices.Delete(left, at, at+1)
	}
	for _, h := range left {
		if !h.optional {
			return fmt.Errorf("%v never came", h)
		}
	}
	return nil
}

// before is the hop that should have come before another one and has not; nil for none. Those of skipped
// stand before it in the RFC's ladder and have not come.
func before(want, skipped []hop, h hop) *hop {
	cause := h.number
	if h.from == through {
		// What it is about is the last one that went into the server.
		for _, earlier := range want {
			if earlier.number > h.number || earlier.number == h.number && (h.made || earlier.from == through) {
				break
			}
			if earlier.to == through {
				cause = earlier.number
			}
		}
		cause++
	}
	for i := range skipped {
		if skipped[i].from != through && skipped[i].number < cause && h.waits(skipped[i]) {
			return &skipped[i]
		}
	}
	return nil
}

// isAgent tells whether somebody has no hop between the server and themselves: then they live in it.
func isAgent(want []hop, name string) bool {
	lives := false
	for _, h := range want {
		switch {
		case h.from != name && h.to != name:
		case h.from == through || h.to == through:
			return false
		default:
			lives = true
		}
	}
	return lives
}

func after(number int) string {
	if number == 0 {
		return ""
	}
	return fmt.Sprintf(" (after F%d)", number)
}
