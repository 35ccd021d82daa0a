//go:build interop

package torture

import (
	"strings"
	"testing"
)

// TestBranchThatIsNone: badbranch.dat of RFC 4475 says that its branch is one of RFC 3261,
// and names none. Two such requests, from two sources or from one, are two transactions,
// though their branch is the same; one that comes again is one.
func TestBranchThatIsNone(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			r := newRun(t, k)
			message := read(t, rfc4475("badbranch"))
			another := strings.Replace(message, "badbranch.sadonfo", "badbranch.another", 1)
			one, other := k.dial(t, r.servers["example.com"], trustedAddress()), k.dial(t, r.servers["example.com"], trustedAddress())
			for _, sent := range []struct {
				reason string
				wire   *wire
				text   string
				far    int // how often it reaches the far side
			}{
				{"the first", one, message, 1},
				{"the same from elsewhere", other, message, 1},
				{"another from there", other, another, 1},
				{"once more", other, another, 0},
			} {
				sent.wire.send(sent.text)
				answer, ok := sent.wire.next(patience)
				if k.framing != datagram && sent.far == 0 {
					continue // nothing comes again on a stream
				}
				if !ok || statusOf(answer) != 200 {
					t.Errorf("%s is answered by the far side: %q", sent.reason, answer)
				}
				if got := r.far.take(); len(got) != sent.far {
					t.Errorf("%s reaches the far side %d times, want %d: %q", sent.reason, len(got), sent.far, got)
				}
			}
			r.finish()
		})
	}
}
