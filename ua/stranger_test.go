package ua_test

import (
	"net/netip"
	"testing"

	"hookflash/machine"
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

// TestServerConnects: a server that was started again reaches a phone that has yet to connect to it by a connection of its own.
// From its address other transports may come from anybody.
func TestServerConnects(t *testing.T) {
	overTCP := func(s *ua.Settings) { s.Outbound.Transport, s.Outbound.Connection = machine.TCP, 7 }
	b := newBench(t, overTCP).handle(ua.Handlers{})
	f := b.far()
	b.from(b.a.Settings().Outbound, f.request("INVITE", "Record-Route: <sip:192.0.2.10:5060;lr>", offer))
	f.peer = b.next("it rings", "180 INVITE").ToTag()
	b.do(func(a *ua.Agent) { b.want("answered", a.Calls()[0].Answer(), nil) })
	b.next("answered", "200 INVITE")
	b.from(b.a.Settings().Outbound, f.request("ACK"))
	another := machine.Flow{Transport: machine.TCP, Remote: netip.MustParseAddrPort("192.0.2.10:50123"), Connection: 8}
	for _, test := range []struct {
		reason, want string
		flow         machine.Flow
	}{
		{"a datagram with its address", "481 UPDATE", machine.Flow{Transport: machine.UDP, Remote: another.Remote}},
		{"somebody else's connection", "481 UPDATE", machine.Flow{Transport: machine.TCP, Remote: stranger.Remote, Connection: 9}},
		{"a connection of its host", "200 UPDATE", another},
	} {
		b.from(test.flow, f.request("UPDATE"))
		b.next(test.reason, test.want)
	}
}
