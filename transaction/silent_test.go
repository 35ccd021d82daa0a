package transaction

import (
	"testing"
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// patient is outgoing with a patience of four seconds.
func (b *bench) patient(method sip.Method, to machine.Flow) *Client {
	b.t.Helper()
	c := b.outgoing(method, to)
	b.out.Reset()
	b.Abandon(c)
	return b.Send(b.now, Call{Number: c.Number, Data: c.request, Flow: to, Method: method, Patience: 4 * time.Second}, &b.out)
}

// TestPatience: who says nothing is asked no more, but still listened to, until the time
// of the transaction is over (RFC 3263 §4.3).
func TestPatience(t *testing.T) {
	for _, test := range []struct {
		reason    string
		method    sip.Method
		transport machine.Transport
		code      int           // that comes
		when      time.Duration // when it comes, if it does
		again     []time.Duration
		told      string
		outcome   Outcome
	}{
		{"INVITE, nothing comes", sip.INVITE, machine.UDP, 0, 0, seconds(0.5, 1.5, 3.5), "[4s silent 32s timed out]", 0},
		{"another request, nothing comes", sip.OPTIONS, machine.UDP, 0, 0, seconds(0.5, 1.5, 3.5), "[4s silent 32s timed out]", 0},
		{"over a stream", sip.INVITE, machine.TCP, 0, 0, nil, "[4s silent 32s timed out]", 0},
		{"a provisional response is something", sip.INVITE, machine.UDP, 100, time.Second, seconds(0.5), "[]", Deliver},
		{"to another request, too; it is repeated", sip.OPTIONS, machine.UDP, 100, time.Second, seconds(0.5, 1.5, 5.5, 9.5, 13.5, 17.5, 21.5, 25.5, 29.5), "[32s timed out]", Deliver},
		{"a late one is delivered, and nothing is repeated", sip.INVITE, machine.UDP, 180, 10 * time.Second, seconds(0.5, 1.5, 3.5), "[4s silent]", Deliver},
		{"a late final one is delivered, and acknowledged", sip.INVITE, machine.UDP, 486, 10 * time.Second, seconds(0.5, 1.5, 3.5), "[4s silent]", Deliver},
		{"to another request as well", sip.OPTIONS, machine.UDP, 200, 10 * time.Second, seconds(0.5, 1.5, 3.5), "[4s silent]", Deliver},
		{"after the time it is a stray", sip.INVITE, machine.UDP, 200, 33 * time.Second, seconds(0.5, 1.5, 3.5), "[4s silent 32s timed out]", Stray},
	} {
		t.Run(test.reason, func(t *testing.T) {
			b := newBench(t)
			c := b.patient(test.method, flow(test.transport, "192.0.2.2:5060"))
			b.want("it is sent once", len(b.out.Sends), 1)
			var times []time.Duration
			if test.code > 0 {
				times = b.run(test.when)
				outcome, _, _ := b.Response(b.now, reply(t, c, test.code, string(test.method)), &b.out)
				b.want("the response", outcome, test.outcome)
			}
			b.want(test.reason, append(times, b.run(50*time.Second)...), test.again)
			b.want(test.reason, b.told, test.told)
		})
	}
}
