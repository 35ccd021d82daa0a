package ua_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// harvester is a callee that challenges what it is asked, in the name of our own realm and with a nonce of
// its own, to see what the answer to that is (CVE-2021-41158).
type harvester struct {
	answers  bool // it answers the INVITE first, and challenges what comes then
	got      []string
	asked    int
	contacts string
}

func (h *harvester) Advance(time.Time, *machine.Output) {}
func (h *harvester) Next() time.Time                    { return time.Time{} }

func (h *harvester) Receive(_ time.Time, p machine.Packet, out *machine.Output) {
	m := p.Message
	if !m.IsRequest() {
		return
	}
	for _, field := range []sip.Header{sip.HeaderAuthorization, sip.HeaderProxyAuthorization} {
		if m.Has(field) {
			h.got = append(h.got, string(m.Method())+" "+m.Header(field))
		}
	}
	if m.Method() == sip.ACK {
		return
	}
	answer := sip.Answer{Code: 407, ToTag: "harvest"}
	if h.answers && m.Method() == sip.INVITE && m.ToTag() == "" {
		answer.Code = 200
	}
	b := sip.NewResponse(m, p.Flow.Remote, answer)
	if answer.Code == 200 {
		b.Copy(m, sip.HeaderRecordRoute).Add(sip.HeaderContact, h.contacts)
		out.Sends = append(out.Sends, machine.Send{To: p.Flow, Data: b.Body("application/sdp", offer)})
		return
	}
	h.asked++
	stale := ""
	if h.asked%2 == 1 {
		stale = ", stale=true"
	}
	b.Add(sip.HeaderProxyAuthenticate, fmt.Sprintf(`Digest realm="example.test", nonce="mine%d", algorithm=MD5, qop="auth"%s`, h.asked, stale))
	b.Add(sip.HeaderWWWAuthenticate, `Digest realm="example.test", nonce="mine", algorithm=MD5`)
	out.Sends = append(out.Sends, machine.Send{To: p.Flow, Data: b.Empty()})
}

// TestHarvest: whatever a callee asks for, behind our server or not, it sees no answer to a challenge.
func TestHarvest(t *testing.T) {
	address := netip.MustParseAddrPort("192.0.2.103:5060")
	for _, test := range []struct {
		reason string
		direct bool
		h      *harvester
	}{
		{"behind the server, the INVITE", false, &harvester{}},
		{"behind the server, what comes within the call", false, &harvester{answers: true, contacts: "<sip:bob@192.0.2.103:5060>"}},
		{"without a server, the INVITE", true, &harvester{}},
		{"without a server, what comes within the call", true, &harvester{answers: true, contacts: "<sip:bob@192.0.2.103:5060>"}},
	} {
		n := sim.New(sim.Config{})
		o := office.New(n, office.Options{Digest: true, Direct: test.direct}, "alice", "server", "bob")
		n.Add(sim.HostConfig{
			Name: "harvester", Listen: []sim.Listener{{Transport: machine.UDP, Address: address}},
			Start: func(time.Time) machine.Machine { return test.h },
		})
		target := office.AOR("bob")
		if test.direct {
			target = "sip:bob@192.0.2.103:5060"
		}
		o.Desk("alice").Do(func(a *ua.Agent) {
			a.Go("call", func(t *task.Task) {
				c, err := a.Invite(ua.Invitation{Target: target})
				if err != nil || c.Settle(t) != nil {
					return
				}
				t.Sleep(5 * time.Second)
				_ = c.Hold(t)
				c.HangUp()
			})
		})
		if err := n.RunFor(2 * time.Minute); err != nil {
			t.Fatal(err)
		}
		if test.h.asked == 0 {
			t.Errorf("%s: it never asked\n%s", test.reason, n.Ladder().DrawPlain())
		}
		if len(test.h.got) > 0 {
			t.Errorf("%s: it got %q\n%s", test.reason, test.h.got, n.Ladder().DrawPlain())
		}
		if calls := o.Desk("alice").Agent().Calls(); len(calls) > 0 {
			t.Errorf("%s: a call is left", test.reason)
		}
	}
}
