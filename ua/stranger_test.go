package ua_test

import (
	"testing"

	"hookflash/ua"
)

// TestStrays: somebody who learned the identifiers of a call that goes through our server sends requests
// within it straight to us. Nothing happens to the call, and the far side's sequence stays as it was (RFC
// 3261 §12.2.2: a higher one would make its BYE look old).
func TestStrays(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f, call := b.incoming("Record-Route: <sip:192.0.2.10:5060;lr>", offer)
	for _, method := range []string{"BYE", "INVITE", "UPDATE", "OPTIONS", "REFER", "MESSAGE"} {
		thief := *f
		thief.sequence += 100
		thief.contact = "<sip:thief@203.0.113.66>"
		b.from(stranger, thief.request(method))
		b.next("a stranger's "+method, "481 "+method)
	}
	b.want("the call stands", call.State, ua.Talking)
	b.receive(f.request("BYE"))
	b.next("the far side's own BYE, with its own sequence", "200 BYE")
}
