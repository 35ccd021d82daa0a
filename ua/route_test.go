package ua_test

import (
	"strings"
	"testing"

	"hookflash/machine"
	"hookflash/sip"
	"hookflash/ua"
)

// TestWhereRequestsGo: RFC 3261 §8.1.2 and §12.2.1.1. Everything whose next hop is a name goes to our server, a
// number is reached directly.
func TestWhereRequestsGo(t *testing.T) {
	for _, test := range []struct {
		reason, contact, route string
		uri, routes, to        string
	}{
		{"no route: the contact", "<sip:alice@192.0.2.2:5070>", "", "sip:alice@192.0.2.2:5070", "", "192.0.2.2:5070"},
		{"no port is 5060", "<sip:alice@192.0.2.2>", "", "sip:alice@192.0.2.2", "", "192.0.2.2:5060"},
		{"a contact that is a name: the server knows", "<sip:alice@phone.test>", "", "sip:alice@phone.test", "", "192.0.2.10:5060"},
		{"a loose route", "<sip:alice@192.0.2.2>", "<sip:192.0.2.10:5060;lr>", "sip:alice@192.0.2.2", "<sip:192.0.2.10:5060;lr>", "192.0.2.10:5060"},
		{"a loose route elsewhere", "<sip:alice@192.0.2.2>", "<sip:192.0.2.66;lr>, <sip:192.0.2.67;lr>", "sip:alice@192.0.2.2", "<sip:192.0.2.66;lr> <sip:192.0.2.67;lr>", "192.0.2.66:5060"},
		{"a strict route takes the place of the target", "<sip:alice@192.0.2.2>", "<sip:192.0.2.66>, <sip:192.0.2.67;lr>", "sip:192.0.2.66", "<sip:192.0.2.67;lr> <sip:alice@192.0.2.2>", "192.0.2.66:5060"},
		{"IPv6", "<sip:alice@[2001:db8::2]:5070>", "", "sip:alice@[2001:db8::2]:5070", "", "[2001:db8::2]:5070"},
	} {
		b := newBench(t).handle(ua.Handlers{})
		f := b.far()
		f.contact = test.contact
		if test.route != "" {
			f.route = "Record-Route: " + test.route + "\r\n"
		}
		b.receive(f.request("INVITE", offer))
		ring := b.next("it rings", "180 INVITE")
		b.want(test.reason+": responses repeat the route (RFC 3261 §12.1.1)", strings.Join(valuesOf(ring, sip.HeaderRecordRoute), ", "), test.route)
		f.peer = ring.ToTag()
		call := b.a.Calls()[0]
		b.do(func(*ua.Agent) { _ = call.Answer() })
		b.next("it answers", "200 INVITE")
		b.receive(f.request("ACK"))
		b.do(func(*ua.Agent) { call.HangUp() })
		b.want(test.reason, b.to[0].Remote.String(), test.to)
		bye := b.next(test.reason, "BYE")
		b.want(test.reason, bye.RequestURI(), test.uri)
		b.want(test.reason, strings.Join(valuesOf(bye, sip.HeaderRoute), " "), test.routes)
	}
}

// TestStreams: a phone with a connection only has no socket for datagrams: all goes over it, and Contact and Via
// say so.
func TestStreams(t *testing.T) {
	connection := machine.Flow{Transport: machine.TLS, Remote: server.Remote, Connection: 7}
	b := newBench(t, func(s *ua.Settings) { s.Outbound = connection }).handle(ua.Handlers{})
	b.do(func(a *ua.Agent) { _, _ = a.Invite(ua.Invitation{Target: "sips:alice@192.0.2.2"}) })
	b.want("over the connection", b.to[0], connection)
	invite := b.next("it calls", "INVITE")
	b.want("Via", strings.HasPrefix(invite.TopValue(sip.HeaderVia), "SIP/2.0/TLS "), true)
	b.want("of a sips call the Contact is sips (RFC 3261 §12.1.1)", invite.Header(sip.HeaderContact), "<sips:bob@192.0.2.101:5060;transport=tls>")
	b.do(func(a *ua.Agent) { _, _ = a.Invite(ua.Invitation{Target: "sip:alice@example.test"}) })
	b.want("else sip", b.next("it calls", "INVITE").Header(sip.HeaderContact), "<sip:bob@192.0.2.101:5060;transport=tls>")
	b.run(40e9)
	b.silent("nothing is repeated over a stream")
}
