package ua_test

import (
	"strings"
	"testing"

	"hookflash/ua"
)

// TestMux: RTP and RTCP share a port where both sides say so (RFC 5761 §5.1.1), and only there.
func TestMux(t *testing.T) {
	for _, test := range []struct {
		reason, offer string
		mux           bool
	}{
		{"offered", offer + "a=rtcp-mux\r\n", true},
		{"not offered", offer, false},
	} {
		b := newBench(t).handle(ua.Handlers{})
		b.receive(b.far().request("INVITE", test.offer))
		b.next(test.reason, "180 INVITE")
		b.do(func(a *ua.Agent) {
			if err := a.Calls()[0].Answer(); err != nil {
				t.Fatal(err)
			}
		})
		b.want(test.reason+": the answer", strings.Contains(b.next(test.reason, "200 INVITE").Body(), "a=rtcp-mux\r\n"), test.mux)
		for _, set := range b.open {
			b.want(test.reason+": the stream", set.Mux, test.mux)
		}
	}
	b := newBench(t).handle(ua.Handlers{})
	b.do(func(a *ua.Agent) { _, _ = a.Invite(ua.Invitation{Target: "sip:alice@example.test"}) })
	b.want("we offer it", strings.Contains(b.next("we offer it", "INVITE").Body(), "a=rtcp-mux\r\n"), true)
}
