package domain_test

import (
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/sip"
)

// TestTimerC: RFC 3261 §16.6 step 11, §16.7 step 2. A branch rings until Timer C runs out,
// which a response of 101 to 199 sets anew and a 100 does not.
func TestTimerC(t *testing.T) {
	for _, test := range []struct {
		reason string
		codes  map[time.Duration]int // what the callee says, and when
		ends   time.Duration         // when the CANCEL goes out, to the second
	}{
		{"one 180", map[time.Duration]int{0: 180}, 180 * time.Second},
		{"a 100 sets it, once", map[time.Duration]int{0: 100, 60 * time.Second: 100}, 180 * time.Second},
		{"another 180 sets it anew", map[time.Duration]int{0: 180, 60 * time.Second: 180}, 240 * time.Second},
		{"and a 183", map[time.Duration]int{0: 100, 100 * time.Second: 183}, 280 * time.Second},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Trusted = trusting("alice") })
			alice := w.agent("alice", machine.UDP, nil)
			w.serve()
			var bob *agent
			bob = w.agent("bob", machine.UDP, func(m *sip.Message) []string {
				switch m.Method() {
				case sip.CANCEL:
					return []string{respond(m, 200, "bob"), respond(bob.requests(sip.INVITE)[0], 487, "bob")}
				case sip.INVITE:
					for at, code := range test.codes {
						w.After(at, func() { bob.send(respond(m, code, "bob")) })
					}
				}
				return nil
			})
			w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
			asked := alice.ask(invite(bobsAddress, "call"))
			if err := w.quiet(); err != nil {
				t.Fatal(err)
			}
			if asked.code() != 487 {
				t.Errorf("%s: got %d", test.reason, asked.code())
			}
			for _, arrow := range w.Ladder().Arrows {
				if m, err := sip.Parse(arrow.Text); err == nil && m.IsRequest() && m.Method() == sip.CANCEL {
					if late := arrow.At - test.ends; late < 0 || late > time.Second {
						t.Errorf("%s: CANCEL after %v", test.reason, arrow.At)
					}
					break
				}
			}
		})
	}
}
