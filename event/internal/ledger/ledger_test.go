package ledger

import (
	"slices"
	"strconv"
	"testing"
)

func TestSince(t *testing.T) {
	var l Ledger[string]
	l.Put("a", "a1", 9)
	l.Put("b", "b1", 9)
	seen := l.Revision()
	expect := func(reason string, after uint64, changed, ended []string) {
		t.Helper()
		gotChanged, gotEnded, complete := l.Since(after)
		if !complete || !slices.Equal(gotChanged, changed) || !slices.Equal(gotEnded, ended) {
			t.Errorf("%s: changed %v, ended %v, complete %v", reason, gotChanged, gotEnded, complete)
		}
	}
	expect("nothing happened since", seen, nil, nil)
	l.Put("b", "b2", 9)
	expect("only the row that changed", seen, []string{"b2"}, nil)
	l.End("b", "b3")
	expect("its end in place of its change", seen, nil, []string{"b3"})
	expect("who was told nothing hears of it all", 0, []string{"a1"}, []string{"b3"})
	l.Put("b", "b4", 9)
	if _, _, complete := l.Since(seen); complete {
		t.Error("a key is in use again: who was not told of its end can't tell the two apart")
	}
	if all := l.All(); !slices.Equal(all, []string{"a1", "b4"}) {
		t.Error("all rows, in the order they came:", all)
	}
	if l.Put("c", "c1", 2) || l.Len() != 2 {
		t.Error("no more rows than the limit")
	}
}

func TestForgotten(t *testing.T) {
	var l Ledger[int]
	for i := range MaxEnded {
		l.End(strconv.Itoa(i), i)
	}
	if _, ended, complete := l.Since(0); !complete || len(ended) != MaxEnded {
		t.Error("as many ends as are remembered are all told")
	}
	l.End("one more", 0)
	if _, _, complete := l.Since(0); complete {
		t.Error("an end was forgotten, and nobody is told that something is missing")
	}
	if _, ended, complete := l.Since(1); !complete || len(ended) != MaxEnded {
		t.Error("who was told of the forgotten one misses nothing")
	}
}
