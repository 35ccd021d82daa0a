package domain_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/ua"
)

// notebook is an agent that keeps the last letter it got, and answers calls with what it keeps.
func notebook(read *[]string) func(a *ua.Agent) {
	return func(a *ua.Agent) {
		a.Begin(func() {
			*read = nil
			for id, value := range a.Kept("letter") {
				*read = append(*read, id+": "+string(value))
			}
		})
		a.Handle(ua.Handlers{
			Message: func(l ua.Letter) int {
				value := []byte(l.Text)
				if l.Text == "forget" {
					value = nil
				}
				if a.Keep("letter", "last", value) != nil {
					return 500
				}
				return 200
			},
		})
	}
}

func TestKeep(t *testing.T) {
	var read []string
	w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) {
		c.Inside = []domain.Agent{{Name: "notebook", Install: notebook(&read)}}
		c.Trusted = trusting("alice")
	})
	alice := w.agent("alice", machine.UDP, nil)
	w.serve()
	number := 0
	write := func(text string) int {
		number++
		empty := outside("MESSAGE", "sip:notebook@example.test", fmt.Sprint("letter", number), 1, "Content-Type: text/plain")
		request := alice.ask(strings.Replace(empty, "Length: 0\r\n\r\n", fmt.Sprintf("Length: %d\r\n\r\n%s", len(text), text), 1))
		if err := w.RunFor(time.Second); err != nil {
			t.Fatal(err)
		}
		return request.code()
	}
	want := func(reason string, lines ...string) {
		t.Helper()
		w.server.Restart()
		if err := w.RunFor(time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(read, lines) {
			t.Errorf("%s: %q, want %q", reason, read, lines)
		}
	}
	if code := write("one"); code != 200 {
		t.Errorf("a value that is kept: %d", code)
	}
	want("kept before the 200 left", "last: one")
	w.store.Broken = true
	if code := write("two"); code != 500 { // the agent's 503, as a proxy passes it on (RFC 3261 §16.7)
		t.Errorf("a value that can't be kept: %d, want 500", code)
	}
	want("a value that could not be kept is not there", "last: one")
	_ = write("three")
	w.store.Broken = false
	if err := w.RunFor(3 * time.Second); err != nil {
		t.Fatal(err)
	}
	want("it was tried again until it could be kept", "last: three")
	w.store.Broken = true
	_ = write("forget")
	w.store.Broken = false
	if err := w.RunFor(3 * time.Second); err != nil {
		t.Fatal(err)
	}
	want("so was forgetting")
	if got := slices.Collect(maps.Keys(w.store.Kept("letter"))); len(got) != 0 {
		t.Errorf("%q is kept", got)
	}
}
