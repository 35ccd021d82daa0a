package domain_test

import (
	"testing"
	"time"

	"hookflash/internal/sim"
	"hookflash/sip"
)

func parse(text string) (*sip.Message, error) { return sip.Parse(text) }

func TestBasicCalls(t *testing.T) {
	for _, s := range []scenario{
		{name: "call", title: "RFC 3261 §24.2 with a challenge: alice calls bob and hangs up", whole: true, play: func(n *sim.Network) (string, error) {
			w, alice, _ := pair(n, sim.AnswerAfter(2*time.Second))
			alice.CallWith("sip:bob@example.test", sim.CallOptions{HangUp: 10 * time.Second})
			return w.end()
		}},
		{name: "busy", title: "bob is busy", play: func(n *sim.Network) (string, error) {
			w, alice, _ := pair(n, sim.Busy())
			alice.Call("sip:bob@example.test")
			return w.end()
		}},
	} {
		s.run(t)
	}
}
