package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/sip"
)

// TestTakingCalls: who may take over a call or join it, knowing its identifiers (RFC 3891 §3, RFC
// 3911 §4): attack 20.
func TestTakingCalls(t *testing.T) {
	for _, c := range []struct {
		reason string
		header string
		who    string
		before func(w *world, call *sim.Call, uri string)
		again  bool // a second try, with another answer
		codes  []int
	}{
		{reason: "a user who is not in the call", header: "Replaces", who: "carol", codes: []int{403}},
		{reason: "nor may join it", header: "Join", who: "carol", codes: []int{403}},
		{reason: "a user who is in the call, from another phone", header: "Replaces", who: "bob", codes: []int{200}},
		{
			reason: "a REFER of one end names the call: once", header: "Replaces", who: "carol", codes: []int{200, 403},
			before: func(w *world, call *sim.Call, uri string) { refer(w, "bob", "carol", uri) },
		},
		{
			reason: "a REFER of a stranger is worth nothing", header: "Replaces", who: "carol", codes: []int{403},
			before: func(w *world, call *sim.Call, uri string) { refer(w, "dave", "carol", uri) },
		},
		{
			reason: "a warrant is for one user", header: "Replaces", who: "dave", codes: []int{403},
			before: func(w *world, call *sim.Call, uri string) { refer(w, "bob", "carol", uri) },
		},
		{
			reason: "a warrant lasts five minutes", header: "Replaces", who: "carol", codes: []int{403},
			before: func(w *world, call *sim.Call, uri string) {
				refer(w, "bob", "carol", uri)
				_ = w.RunFor(5*time.Minute + 2*time.Second)
			},
		},
		{
			reason: "an assistant of one end", header: "Join", who: "dave", codes: []int{200, 200},
			before: func(w *world, call *sim.Call, uri string) { w.config.Assistants["alice"][0] = "dave" },
		},
	} {
		n := sim.New(sim.Config{})
		w := newWorld(n, func(c *domain.Config) {
			c.Trusted = trusting("alice", "bob", "carol", "dave")
			c.Assistants = map[string][]string{"alice": {"nobody"}}
		})
		alice, bob := w.phone("alice"), w.phone("bob")
		w.serve()
		carol, dave := w.phone("carol"), w.phone("dave")
		for name, phone := range map[string]*sim.Phone{"alice": alice, "bob": bob, "carol": carol, "dave": dave} {
			w.bound(name, phone)
		}
		first := alice.Call("sip:bob@example.test")
		if err := n.RunFor(time.Second); err != nil || first.FinalCode != 200 {
			t.Fatalf("%s: the first call: %d, %v", c.reason, first.FinalCode, err)
		}
		d := first.Dialog()
		triple := fmt.Sprintf("%s;to-tag=%s;from-tag=%s", first.CallID(), d.LocalTag(), d.RemoteTag())
		if c.before != nil {
			c.before(w, first, "sip:alice@example.test?Replaces="+sip.EscapeHeader(triple))
		}
		taker := map[string]*sim.Phone{"bob": bob, "carol": carol, "dave": dave}[c.who]
		var codes []int
		for range c.codes {
			call := taker.CallWith("sip:alice@example.test", sim.CallOptions{Fields: []string{c.header + ": " + triple}})
			_ = n.RunFor(3 * time.Second)
			codes = append(codes, call.FinalCode)
		}
		if fmt.Sprint(codes) != fmt.Sprint(c.codes) {
			t.Errorf("%s: %v, want %v\n%s", c.reason, codes, c.codes, n.Ladder().DrawPlain())
		}
	}
}

// refer sends a REFER out of any dialog.
func refer(w *world, from, to, uri string) {
	text := strings.ReplaceAll(fmt.Sprintf(`REFER sip:%[2]s@example.test SIP/2.0
Via: SIP/2.0/UDP %[3]s;branch=z9hG4bKrefer
Max-Forwards: 70
From: <sip:%[1]s@example.test>;tag=1
To: <sip:%[2]s@example.test>
Call-ID: refer
CSeq: 1 REFER
Contact: <sip:%[1]s@%[3]s>
Refer-To: <%[4]s>
Content-Length: 0

`, from, to, addresses[from], uri), "\n", "\r\n")
	w.Inject(addresses[from], serverAddress, text)
	_ = w.RunFor(time.Second)
}
