package proxy

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
)

// TestNamedTLS: over TLS the peer must show the name that the URI has, and a CANCEL goes
// the same way.
func TestNamedTLS(t *testing.T) {
	m := machineForSizes()
	settings := *m.settings
	settings.Listeners = append(settings.Listeners, Listener{Transport: machine.TLS, Address: netip.MustParseAddrPort("192.0.2.10:5061"), Host: "192.0.2.10:5061"})
	var asked NextHop
	settings.Lookup = func(hop NextHop) Candidates {
		asked = hop
		return Candidates{List: []Candidate{{Transport: machine.TLS, Address: netip.MustParseAddrPort("198.51.100.7:5061"), Name: hop.Host}}}
	}
	m.Configure(&settings)
	who := identity.Identity{Kind: identity.User, User: &directory.User{Name: "alice"}}
	var out machine.Output
	receive := func(method string) {
		t.Helper()
		message, err := sip.Parse(method + " sips:far@carrier.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n" +
			"From: <sip:alice@example.test>;tag=a\r\nTo: <sips:far@carrier.example>\r\nCall-ID: call\r\nCSeq: 1 " + method + "\r\nContact: <sips:alice@192.0.2.1>\r\nContent-Length: 0\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
		out.Reset()
		m.Receive(start, machine.Packet{Message: message, Flow: machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort("192.0.2.1:5060")}}, who, &out)
	}
	receive("INVITE")
	if len(out.Jobs) != 1 {
		t.Fatalf("%d jobs", len(out.Jobs))
	}
	job := out.Jobs[0]
	result := job.Run()
	out.Reset()
	job.Done(start, result, &out)
	want := machine.Flow{Transport: machine.TLS, Remote: netip.MustParseAddrPort("198.51.100.7:5061"), Listener: 1, Name: "carrier.example"}
	if asked != (NextHop{Host: "carrier.example", Secure: true}) || len(out.Sends) != 1 || out.Sends[0].To != want {
		t.Fatalf("asked for %+v, sent %+v", asked, out.Sends)
	}
	sent, err := sip.Parse(string(out.Sends[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	ringing, err := sip.Parse(string(sip.NewResponse(sent, want.Remote, sip.Answer{Code: 180, ToTag: "far"}).Empty()))
	if err != nil {
		t.Fatal(err)
	}
	m.Receive(start, machine.Packet{Message: ringing, Flow: want}, identity.Identity{}, &out)
	receive("CANCEL")
	if len(out.Sends) != 2 || out.Sends[1].To != want {
		t.Errorf("the CANCEL goes to %+v", out.Sends)
	}
}

// TestShunnedBound: what is kept in mind of failing next hops has a limit.
func TestShunnedBound(t *testing.T) {
	m := machineForSizes()
	for i := range 3 * maxShunned {
		address := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		flow := machine.Flow{Transport: machine.UDP, Remote: netip.AddrPortFrom(address, 5060)}
		for range 2 {
			m.shun(start, &target{alternative: alternative{flow: flow, located: true}}, time.Minute)
		}
		if !m.shunned.has(start, flow) || m.shunned.has(start.Add(time.Minute), flow) {
			t.Fatal("the one that failed last is known, for as long as it was said")
		}
	}
	if len(m.shunned.until) != maxShunned || len(m.shunned.order) != maxShunned {
		t.Errorf("%d next hops are kept in mind, in an order of %d", len(m.shunned.until), len(m.shunned.order))
	}
}

// TestLookupsBound: what waits for names has a limit, whoever asks, and its end.
func TestLookupsBound(t *testing.T) {
	m := machineForSizes()
	settings := *m.settings
	settings.Lookup = func(NextHop) Candidates { return Candidates{} }
	m.Configure(&settings)
	begun, ended := 0, 0
	var out machine.Output
	for i := range 2 * MaxLookups {
		q := &inquiry{asker: fmt.Sprint(i), then: func(time.Time, Candidates, *machine.Output) { ended++ }}
		if m.inquire(start, q, &out) {
			begun++
		}
	}
	if begun != MaxLookups || m.Lookups() != MaxLookups || !m.Next().Equal(start.Add(settings.lookupPatience())) {
		t.Errorf("%d begun, %d under way", begun, m.Lookups())
	}
	m.Advance(m.Next(), &out)
	for _, job := range out.Jobs {
		job.Done(start.Add(time.Hour), job.Run(), &out)
	}
	if ended != begun || m.Lookups() != 0 || len(m.inquiries) != 0 || !m.Next().IsZero() {
		t.Errorf("%d of %d ended, each but once; %d are left", ended, begun, len(m.inquiries))
	}
}
