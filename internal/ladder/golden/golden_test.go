package golden

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"hookflash/internal/ladder"
)

// witness takes down what a test would have been told.
type witness struct {
	testing.TB
	said string
}

func (w *witness) Helper() {}
func (w *witness) Errorf(format string, values ...any) {
	w.said += fmt.Sprintf(format, values...)
}

func (w *witness) Fatalf(format string, values ...any) {
	w.Errorf(format, values...)
	panic(w)
}

func (w *witness) watch(test func()) string {
	defer func() {
		if told := recover(); told != nil && told != any(w) {
			panic(told)
		}
	}()
	test()
	return w.said
}

func said(name string, l *ladder.Ladder, options Options) string {
	w := &witness{}
	w.watch(func() { Ladder(w, name, l, options) })
	return w.said
}

func call(tag string) *ladder.Ladder {
	l := &ladder.Ladder{Participants: []string{"Alice", "Bob"}}
	l.Add("Alice", "Bob", "INVITE sip:bob@example.test").Text = "INVITE sip:bob@example.test SIP/2.0\r\nFrom: <sip:a@b>;tag=" + tag + "\r\n\r\n"
	return l
}

func TestGoldenLadders(t *testing.T) {
	t.Chdir(t.TempDir())
	if got := said("call", call("x"), Options{}); !strings.Contains(got, "-ladder.rewrite") {
		t.Errorf("without a file, say how to make it: %q", got)
	}
	*rewrite = true
	got := said("call", call("x"), Options{})
	*rewrite = os.Getenv("LADDER_REWRITE") == "1"
	if got != "" {
		t.Fatalf("the file is written: %q", got)
	}
	if got := said("call", call("y"), Options{}); got != "" {
		t.Errorf("another tag is the same ladder: %s", got)
	}
	other := call("x")
	other.Arrows[0].Label = "BYE sip:bob@example.test"
	if got := said("call", other, Options{}); !strings.Contains(got, "arrow 1: label") {
		t.Errorf("another label is a difference: %q", got)
	}
	if got := said("../call", other, Options{}); !strings.Contains(got, "no file name") {
		t.Errorf("a name can't leave the folder: %q", got)
	}
}
