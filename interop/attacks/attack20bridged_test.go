//go:build interop

package attacks

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
)

// TestAttack20Bridged: the same where the server stands between the telephones: a call is two dialogs, and a thief knows all
// identifiers of both.
//
// Anchor: RFC 3891 §8, RFC 4235 §6. Must: the user is authorised, not the identifiers; what an agent of the server does on behalf
// of somebody gives nobody a right to its dialogs; an offer is taken by whom it is for, once.
//
// Figure: 0 takeovers of calls that stand or ring, by their identifiers, by guesses of the agent's parameters, or by an offer to
// somebody else; lamps tell no identifier; who may take the call does so afterwards.
func TestAttack20Bridged(t *testing.T) {
	s := startServer(t, setup{
		users: []string{"erin", "frank"}, keys: map[string]string{"carol": `numbers: ["1003"]`, "erin": `numbers: ["1005"]`},
		lines: []string{"guests: true", "groups: [{name: sales, members: [carol, erin], pickup: true, numbers: [\"1300\"]}]", "park: {members: [sales]}", helpEverybody},
	})
	carol, dave, erin := newPhone(t, s, "carol"), newPhone(t, s, "dave"), newPhone(t, s, "erin")
	for _, p := range []*phone{carol, dave, erin} {
		p.register(t)
	}
	var thieves [3][]*phone
	for i, name := range []string{"mallory", "frank", "mallory"} { // each may refer so often
		own := newPhone(t, s, name)
		own.register(t)
		thieves[i] = []*phone{own, newPhone(t, s, "stranger"), newPhone(t, s, guestName)}
	}
	for range sized(1, 10) {
		bridgedTalk(t, carol, dave, thieves[0])
		bridgedRing(t, carol, dave, erin, thieves[1])
		bridgedOffer(t, carol, dave, erin, thieves[2])
	}
	s.alive(t)
}

// bridgedTalk is a call that stands.
func bridgedTalk(t *testing.T, carol, dave *phone, thieves []*phone) {
	t.Helper()
	callee := talks(dave)
	defer dave.onRequest(nil)
	c := mustCall(t, carol, addressOf("dave"), "Supported: replaces")
	watched := []string{addressOf("carol"), addressOf("dave"), addressOf("sales"), addressOf("bridge")}
	for name, id := range map[string]sip.DialogID{"carol's side of a call": dialogOf(c), "dave's side of a call": callee.last(t).id()} {
		steal(t, thieves, prize{name: name, id: id, ends: []*phone{carol, dave}, watched: watched, dialled: guesses})
	}
	if err := c.hangUp(); err != nil {
		t.Errorf("the call stands until carol hangs up: %v", err)
	}
	eventually(t, patience, "dave is told", func() bool { return len(dave.received(sip.BYE)) == 1 })
}

// guesses are addresses of the server's agent that nobody may call.
var guesses = []string{
	addressOf("bridge"), addressOf("bridge") + ";to=carol", addressOf("bridge") + ";join=carol", addressOf("bridge") + ";take=carol", addressOf("bridge") + ";take=", addressOf("bridge") + ";take=0;join=carol",
	"sip:%62ridge@" + domain + ";to=carol", addressOf("bridge") + ";TO=carol", addressOf("bridge") + ";to=" + "sip%3Acarol%40example.test", addressOf("bridge") + ";leg=1", addressOf("bridge") + ";gr=1;to=carol",
}

// bridgedRing is a call that rings at carol's, who is of a group with erin.
func bridgedRing(t *testing.T, carol, dave, erin *phone, thieves []*phone) {
	t.Helper()
	rings := make(chan *sip.Message, 4)
	carol.onRequest(func(p *phone, m *sip.Message) {
		switch m.Method() {
		case sip.INVITE:
			p.send(answer(m, "180 Ringing", "rings", "Contact: <"+p.contact()+">"))
			rings <- m
		case sip.CANCEL:
			p.respond(m, "200 OK")
			p.send(answer(<-rings, "487 Request Terminated", "rings"))
		default:
			p.accept(m)
		}
	})
	defer carol.onRequest(nil)
	r := dave.request("INVITE", addressOf("carol"))
	r.body, r.fields = offer(dave.local.Addr()), []string{"Supported: replaces"}
	dave.sign(r)
	answered := make(chan *call, 1)
	go func() {
		response, _, err := dave.ask(r)
		if err != nil || response.StatusCode() != 200 {
			answered <- nil
			return
		}
		c := &call{phone: dave, invite: r, ok: response}
		c.acknowledge()
		answered <- c
	}()
	var invite *sip.Message
	select {
	case invite = <-rings:
		rings <- invite
	case <-time.After(patience):
		t.Fatal("carol's phone does not ring")
	}
	id := sip.DialogID{CallID: invite.CallID(), LocalTag: invite.FromTag(), RemoteTag: "rings"}
	steal(t, thieves, prize{
		name: "a call that rings", id: id, ends: []*phone{dave, carol}, watched: []string{addressOf("carol"), addressOf("sales"), addressOf("1003"), addressOf("dave"), addressOf("bridge")},
		dialled: append(slices.Clone(guesses), addressOf("*8"), addressOf("**carol"), addressOf("**1003"), addressOf("**1300"), addressOf("**dave"), addressOf("*8")+";user=erin"),
	})
	taken := mustCall(t, erin, addressOf("*8"))
	select {
	case c := <-answered:
		if c == nil {
			t.Fatal("dave's call is not answered when erin has picked it up")
		}
		if err := taken.hangUp(); err != nil {
			t.Errorf("erin hangs up: %v", err)
		}
		eventually(t, patience, "dave is told", func() bool { return len(dave.received(sip.BYE)) == 1 })
	case <-time.After(patience):
		t.Error("dave's INVITE is not answered when erin has picked it up")
	}
	eventually(t, patience, "carol's phone rings no more", func() bool { return len(carol.received(sip.CANCEL)) == 1 })
	dave.forget()
	carol.forget()
}

// bridgedOffer is a call that carol offers to erin, by a code.
func bridgedOffer(t *testing.T, carol, dave, erin *phone, thieves []*phone) {
	t.Helper()
	talks(dave)
	defer dave.onRequest(nil)
	erin.forget()
	c := mustCall(t, carol, addressOf("dave"))
	dialsWithin(func(digits string) { c.press(digits) }, "*6", "1005")
	eventually(t, patience, "erin is told how to take the call", func() bool { return len(erin.received(sip.MESSAGE)) == 1 })
	text := erin.received(sip.MESSAGE)[0].Body()
	uri := text[strings.Index(text, "sip:"):]
	uri, _, _ = strings.Cut(uri, ">")
	uri = strings.TrimSpace(uri)
	carol.forget()
	dave.forget()
	for _, who := range append(slices.Clone(thieves), dave) {
		for _, address := range []string{uri, uri + ";x=y", uri[:len(uri)-1], strings.Replace(uri, "bridge", "%62ridge", 1)} {
			if stolen, code := who.tryCall(invited(who, address)); stolen != nil {
				t.Errorf("%s takes a call that was offered to erin by %s: %d", who.name, address, code)
			}
		}
	}
	if got := len(carol.received(sip.BYE)) + len(dave.received(sip.BYE)); got != 0 {
		t.Errorf("the call stands: %d BYEs", got)
	}
	taken, code := erin.tryCall(invited(erin, uri))
	if taken == nil {
		t.Fatalf("erin may: %d", code)
	}
	eventually(t, patience, "carol is told", func() bool { return len(carol.received(sip.BYE)) == 1 })
	if again, _ := erin.tryCall(invited(erin, uri)); again != nil {
		t.Error("once")
	}
	if err := taken.hangUp(); err != nil {
		t.Errorf("erin hangs up: %v", err)
	}
	carol.forget()
}

func invited(who *phone, uri string) *request {
	r := who.request("INVITE", uri)
	r.body = offer(who.local.Addr())
	return r
}
