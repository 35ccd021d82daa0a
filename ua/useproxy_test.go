package ua_test

import (
	"testing"

	"hookflash/sip"
	"hookflash/ua"
)

// TestUseProxy: a 305 to a direct call leads through the own server and through no other, once
// (RFC 3261 §21.3.4, RFC 5359 §2.13).
func TestUseProxy(t *testing.T) {
	const phone = "sip:alice@192.0.2.2:5070"
	for _, test := range []struct {
		reason, contact string
		follows         bool
	}{
		{"the own server, by its address", "<sip:" + server.Remote.String() + ";lr>", true},
		{"the own domain", "<sip:example.test>", true},
		{"somebody else's", "<sip:198.51.100.66>", false},
		{"the own server's address, another port", "<sip:" + server.Remote.Addr().String() + ":666>", false},
		{"nobody", "", false},
	} {
		b := newBench(t)
		f := b.far()
		b.do(func(a *ua.Agent) {
			if _, err := a.Invite(ua.Invitation{Target: phone}); err != nil {
				t.Fatal(err)
			}
		})
		first := b.next("it calls directly", "INVITE")
		var fields []string
		if test.contact != "" {
			fields = []string{"Contact: " + test.contact}
		}
		f.contact = ""
		b.receive(f.response(first, "305 Use Proxy", fields...))
		b.next(test.reason+": the 305 is acknowledged", "ACK")
		if !test.follows {
			b.want(test.reason, b.ended().Code, 305)
			b.silent(test.reason + ": nobody else is called")
			b.gone(test.reason)
			continue
		}
		second := b.next(test.reason+": it calls again", "INVITE")
		b.want("to the same phone", second.RequestURI(), phone)
		b.want("in the same call", second.CallID(), first.CallID())
		b.want("as another request", second.CSeq(), first.CSeq()+1)
		b.want("through the server", second.Has(sip.HeaderRoute), true)
		b.receive(f.response(second, "305 Use Proxy", fields...))
		b.next("the second 305 is acknowledged", "ACK")
		b.want("a server that says so too", b.ended().Code, 305)
		b.gone(test.reason)
	}
}
