package ua_test

import (
	"fmt"
	"testing"

	"hookflash/machine"
	"hookflash/sip"
	"hookflash/ua"
)

const assertedCarol = "P-Asserted-Identity: <sip:carol@example.test>"

// TestWhoReplacesAndJoins: identifiers are no permission (RFC 3891 §8, RFC 3911 §8): a stranger who knows them all
// gets 403, who is assertedCarol for by our server may, and a handler must be there.
func TestWhoReplacesAndJoins(t *testing.T) {
	type got struct{ replaced, joined *ua.Call }
	for _, test := range []struct {
		reason string
		flow   machine.Flow
		fields []string
		over   bool
		tags   [2]string // instead of the right ones
		label  string
	}{
		{reason: "our server vouches", flow: server, fields: []string{assertedCarol}, label: "180 INVITE"},
		{reason: "nobody vouches", flow: server, label: "403 INVITE"},
		{reason: "a stranger vouches for itself", flow: stranger, fields: []string{assertedCarol}, label: "403 INVITE"},
		{reason: "a stranger with Referred-By", flow: stranger, fields: []string{"Referred-By: <sip:alice@example.test>"}, label: "403 INVITE"},
		{reason: "two asserted identities are none", flow: server, fields: []string{assertedCarol, "P-Asserted-Identity: <sip:alice@example.test>"}, label: "403 INVITE"},
		{reason: "the wrong tags", flow: server, fields: []string{assertedCarol}, tags: [2]string{"a", "b"}, label: "481 INVITE"},
		{reason: "it is over", flow: server, fields: []string{assertedCarol}, over: true, label: "603 INVITE"},
		{reason: "it is over, and a stranger asks", flow: stranger, over: true, label: "403 INVITE"},
	} {
		for _, header := range []string{"Replaces", "Join"} {
			var handed got
			b := newBench(t)
			b.handle(ua.Handlers{
				Invite:  func(c *ua.Call) { c.Ring() },
				Replace: func(c, old *ua.Call) { handed.replaced = old; c.Ring() },
				Join:    func(c, with *ua.Call) { handed.joined = with; c.Ring() },
			})
			f, call := b.incoming()
			ours, theirs := f.peer, f.local
			if test.tags[0] != "" {
				ours, theirs = test.tags[0], test.tags[1]
			}
			if test.over {
				b.receive(f.request("BYE"))
				b.next("over", "200 BYE")
			}
			id := fmt.Sprintf("%s: %s;to-tag=%s;from-tag=%s", header, f.callID, ours, theirs)
			b.from(test.flow, b.far().request("INVITE", append(append([]string{id}, test.fields...), offer)...))
			b.next(header+": "+test.reason, test.label)
			want := got{}
			if test.label == "180 INVITE" && header == "Replaces" {
				want.replaced = call
			}
			if test.label == "180 INVITE" && header == "Join" {
				want.joined = call
			}
			b.want(header+": "+test.reason+": the handler", handed, want)
			if !test.over {
				b.want("the call goes on", call.State, ua.Talking)
			}
		}
	}
}

// TestReplacesInStates: early dialogs and early-only, RFC 3891 §3.
func TestReplacesInStates(t *testing.T) {
	handle := func(b *bench) *bench {
		return b.handle(ua.Handlers{Invite: func(c *ua.Call) { c.Ring() }, Replace: func(c, _ *ua.Call) { c.Ring() }})
	}
	b := handle(newBench(t))
	f := b.far()
	b.receive(f.request("INVITE", offer))
	f.peer = b.next("it rings", "180 INVITE").ToTag()
	id := fmt.Sprintf("Replaces: %s;to-tag=%s;from-tag=%s", f.callID, f.peer, f.local)
	b.receive(b.far().request("INVITE", id, assertedCarol, offer))
	b.next("an early dialog that they began", "481 INVITE")

	b = handle(newBench(t))
	f, call, invite := b.calling(ua.Invitation{})
	b.receive(f.response(invite, "180 Ringing"))
	id = fmt.Sprintf("Replaces: %s;to-tag=%s;from-tag=%s;early-only", f.callID, f.peer, f.local)
	b.receive(b.far().request("INVITE", id, assertedCarol, offer))
	b.next("an early dialog that we began", "180 INVITE")
	b.receive(f.response(invite, "200 OK", offer))
	b.next("answered", "ACK")
	b.receive(b.far().request("INVITE", id, assertedCarol, offer))
	b.next("confirmed meanwhile, and early-only", "486 INVITE")
	b.want("the call goes on", call.State, ua.Talking)
	b.receive(b.far().request("INVITE", id, "Require: replaces", "Join: x;to-tag=a;from-tag=b", assertedCarol, offer))
	b.next("Join contradicts", "400 INVITE")

	b = newBench(t).handle(ua.Handlers{})
	f, _ = b.incoming()
	id = fmt.Sprintf("Replaces: %s;to-tag=%s;from-tag=%s", f.callID, f.peer, f.local)
	b.receive(b.far().request("INVITE", id, assertedCarol, offer))
	b.next("without a handler nobody may", "403 INVITE")
}

// TestFarEnd: a dialog that is named as its far end does is looked for where an agent acts for that end alone, by the rules as that
// end sees them.
func TestFarEnd(t *testing.T) {
	for _, test := range []struct {
		reason   string
		outgoing bool // the call is ours, which makes the far end the one that is called
		answered bool
		early    bool // early-only
		over     bool
		flow     machine.Flow
		without  bool // nobody acts for it
		label    string
	}{
		{reason: "confirmed", answered: true, flow: server, label: "180 INVITE"},
		{reason: "confirmed, and ours", outgoing: true, answered: true, flow: server, label: "180 INVITE"},
		{reason: "confirmed, and early-only", answered: true, early: true, flow: server, label: "486 INVITE"},
		{reason: "it has ended", answered: true, over: true, flow: server, label: "603 INVITE"},
		{reason: "it rings here", flow: server, early: true, label: "180 INVITE"},
		{reason: "it rings there (RFC 3891 §3)", outgoing: true, flow: server, label: "481 INVITE"},
		{reason: "nobody vouches", answered: true, flow: stranger, label: "403 INVITE"},
		{reason: "no handler", answered: true, flow: server, without: true, label: "481 INVITE"},
	} {
		b, handed := newBench(t), (*ua.Call)(nil)
		h := ua.Handlers{Invite: func(c *ua.Call) { c.Ring() }, Replace: func(*ua.Call, *ua.Call) { t.Errorf("%s: it is not our end", test.reason) }}
		if !test.without {
			h.ReplaceFar = func(c, old *ua.Call) { handed = old; c.Ring() }
		}
		b.handle(h)
		var f *far
		var call *ua.Call
		switch {
		case test.outgoing:
			var invite *sip.Message
			f, call, invite = b.calling(ua.Invitation{})
			if b.receive(f.response(invite, "180 Ringing")); test.answered {
				b.receive(f.response(invite, "200 OK", offer))
				b.next("answered", "ACK")
			}
		case test.answered:
			f, call = b.incoming()
		default:
			f = b.far()
			b.receive(f.request("INVITE", offer))
			f.peer = b.next("it rings", "180 INVITE").ToTag()
			call = b.a.Calls()[0]
		}
		if test.over {
			b.receive(f.request("BYE"))
			b.next("over", "200 BYE")
		}
		id := fmt.Sprintf("Replaces: %s;to-tag=%s;from-tag=%s", f.callID, f.local, f.peer)
		if test.early {
			id += ";early-only"
		}
		b.from(test.flow, b.far().request("INVITE", id, assertedCarol, offer))
		b.next(test.reason, test.label)
		if got := handed != nil; got != (test.label == "180 INVITE") || got && handed != call {
			t.Errorf("%s: the handler got %v", test.reason, handed)
		}
	}
}
