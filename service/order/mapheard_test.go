package order_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// pairs are who hears whom.
func (s snapshot) pairs() map[[2]string]bool {
	pairs := map[[2]string]bool{}
	for line := range strings.Lines(s.hearing) {
		listener, heard, _ := strings.Cut(strings.TrimSpace(line), " hears ")
		for speaker := range strings.SplitSeq(heard, ", ") {
			pairs[[2]string{listener, speaker}] = true
		}
	}
	return pairs
}

// simple tells whether everybody has one call at most, in which they talk, nobody holds anybody, and somebody has none.
func (s snapshot) simple(who string) bool {
	seen := map[string]bool{who: true}
	for _, text := range s.calls {
		name, rest, _ := strings.Cut(text, " ")
		if seen[name] || !strings.HasSuffix(rest, "3, false false") || !strings.Contains(s.hearing, name+" hears ") {
			return false
		}
		seen[name] = true
	}
	return true
}

// heard holds who hears whom to what the exchange of one side of a dialog for somebody else makes of it.
func (m mapTry) heard(before, after snapshot) error {
	if !before.simple(m.who) {
		return nil
	}
	want := map[[2]string]bool{}
	for pair := range before.pairs() {
		switch {
		case m.join:
		case m.near.desk == "" || pair[0] == m.near.desk || pair[1] == m.near.desk:
			for i := range pair {
				if pair[i] == m.far.desk {
					pair[i] = m.who
				}
			}
			if m.near.desk != "" && m.far.desk == "" { // whom the exchange connected it with is left
				if slices.ContainsFunc(m.far.others, func(other string) bool { return pair[0] == other || pair[1] == other }) {
					continue
				}
			}
		}
		want[pair] = true
	}
	for _, name := range m.partners() {
		want[[2]string{m.who, name}], want[[2]string{name, m.who}] = true, true
	}
	if got := after.pairs(); !maps.Equal(got, want) {
		return fmt.Errorf("who hears whom: before\n%sthen\n%swant %v", before.hearing, after.hearing, want)
	}
	return nil
}

// partners are those whom somebody hears who has taken the place of one side, or has joined.
func (m mapTry) partners() []string {
	var names []string
	if m.near.desk != "" {
		names = append(names, m.near.desk)
	}
	names = append(names, m.near.others...)
	if m.join {
		if m.far.desk != "" {
			names = append(names, m.far.desk)
		}
		names = append(names, m.far.others...)
	}
	return names
}
