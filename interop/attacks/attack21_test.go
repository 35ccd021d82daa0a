//go:build interop

package attacks

import (
	"fmt"
	"testing"
	"time"

	"hookflash/sip"
)

// TestAttack21SpoofedRequests: somebody who is no end of a call, but knows all its ids,
// sends requests within it.
//
// Anchor: none needed; it is the first thing to try. Must: source, flow or digest are
// checked; a CANCEL comes on the flow of its INVITE.
//
// Figure: BYE, CANCEL, re-INVITE, UPDATE, INFO, ACK and the rest with full ids, with and
// without the route of the call, from strangers and from users of the domain with right
// credentials: 0 effects.
func TestAttack21SpoofedRequests(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		carol, dave := newPhone(t, s, "carol"), newPhone(t, s, "dave")
		carol.register(t)
		dave.register(t)
		stranger, insider := newPhone(t, s, "stranger"), newPhone(t, s, "mallory")
		insider.register(t)
		if _, _, err := insider.ask(insider.request("OPTIONS", "sip:"+domain)); err != nil { // learns a nonce
			t.Fatal(err)
		}
		neighbour := newPhoneAt(t, s, "stranger", freePort(t, carol.local.Addr())) // behind the same address
		for _, attacker := range []*phone{stranger, insider, neighbour} {
			c, arrived := establish(t, carol, dave)
			for _, r := range within(c, arrived) {
				intrude(t, attacker, r, carol, dave)
			}
			if err := c.hangUp(); err != nil {
				t.Errorf("the call still stands, and ends by its own BYE: %v", err)
			}
			ringing(t, s, carol, dave, attacker)
		}
	})
}

func establish(t *testing.T, caller, callee *phone) (*call, *sip.Message) {
	t.Helper()
	callee.forget()
	c, err := caller.dial(addressOf(callee.name))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, "the call is acknowledged", func() bool { return len(callee.received(sip.ACK)) > 0 })
	caller.forget()
	arrived := callee.received(sip.INVITE)[0]
	callee.forget()
	return c, arrived
}

// within are the requests that would do something to a call, by what is special.
func within(c *call, arrived *sip.Message) map[string]*request {
	found := map[string]*request{}
	for _, method := range []string{"BYE", "INVITE", "UPDATE", "INFO", "ACK", "CANCEL", "REFER", "NOTIFY", "MESSAGE", "PRACK", "OPTIONS"} {
		c.invite.cseq += 5
		found[method+" as the caller"] = c.request(method)
		found[method+" as the callee"] = c.backwards(method, arrived)
		for direction, r := range map[string]*request{"the caller": c.request(method), "the callee": c.backwards(method, arrived)} {
			bare := *r
			bare.fields = nil // no route, so no token
			found[method+" as "+direction+", without a route"] = &bare
			toUser := bare
			toUser.uri = addressOf("dave")
			if direction == "the callee" {
				toUser.uri = addressOf("carol")
			}
			found[method+" as "+direction+", to the user"] = &toUser
			forged := *r
			forged.fields = []string{"Route: <sip:" + word() + word() + word() + "@" + c.phone.server.String() + ";lr>"}
			found[method+" as "+direction+", by a forged route"] = &forged
		}
	}
	return found
}

// intrude sends a request from an attacker, in his own name and in that of the end it
// pretends to be, with his credentials when he has any, and looks for effects.
func intrude(t *testing.T, attacker *phone, r *request, ends ...*phone) {
	t.Helper()
	own := *r
	own.from = "<" + addressOf(attacker.name) + ">;tag=" + tagOf(r.from)
	own.branch = "z9hG4bK" + word()
	asVictim := *r
	asVictim.via = "SIP/2.0/UDP " + ends[0].place() // and no rport: answered at the port it names
	asVictim.branch = "z9hG4bK" + word()
	for _, each := range []*request{r, &own, &asVictim} {
		reason := fmt.Sprintf("%s %s, From %s", each.method, each.uri, each.from)
		code := 0
		if each.method == "ACK" || each.method == "CANCEL" || each == &asVictim {
			attacker.send(each.text("UDP", attacker.place()))
			time.Sleep(2 * time.Millisecond)
		} else {
			attacker.sign(each)
			if response, err := attacker.once(each, 2*timerT1); err == nil {
				code = response.StatusCode()
			}
		}
		if code != 0 && code < 300 {
			t.Errorf("%s: accepted with %d", reason, code)
		}
		for _, end := range ends {
			if got := end.received(""); len(got) > 0 {
				t.Errorf("%s by %s at %s: reached %s:\n%s", reason, attacker.name, attacker.place(), end.name, got[0].Text())
				end.forget()
			}
		}
	}
}

func tagOf(value string) string {
	address, err := sip.ParseAddress(value)
	if err != nil {
		return ""
	}
	tag, _ := address.Params.Get("tag")
	return tag
}

// ringing: a call that still rings is not cancelled by anybody but its caller.
func ringing(t *testing.T, s *server, caller, callee, attacker *phone) {
	t.Helper()
	callee.forget()
	answer := make(chan struct{})
	callee.onRequest(func(p *phone, m *sip.Message) {
		if m.Method() != sip.INVITE {
			p.accept(m)
			return
		}
		p.respond(m, "180 Ringing", "Contact: <"+p.contact()+">")
		go func() {
			<-answer
			p.accept(m)
		}()
	})
	defer callee.onRequest(nil)
	invite := caller.request("INVITE", addressOf(callee.name))
	caller.sign(invite)
	ended := make(chan *sip.Message, 1)
	go func() {
		response, err := caller.once(invite, timerB)
		if err != nil {
			close(ended)
			return
		}
		ended <- response
	}()
	eventually(t, patience, "it rings", func() bool { return len(callee.received(sip.INVITE)) > 0 })
	for _, via := range []string{"", "SIP/2.0/UDP " + caller.place(), "SIP/2.0/UDP " + caller.place() + ";rport"} {
		cancel := *invite
		cancel.method, cancel.fields, cancel.contact, cancel.via = "CANCEL", nil, "", via
		attacker.send(cancel.text("UDP", attacker.place()))
	}
	time.Sleep(silently)
	if got := callee.received(sip.CANCEL); len(got) > 0 {
		t.Errorf("a CANCEL from %s cancelled the call of %s:\n%s", attacker.place(), caller.place(), got[0].Text())
	}
	close(answer)
	response := <-ended
	if response == nil || response.StatusCode() != 200 {
		t.Errorf("the call that others tried to cancel is answered: %s", firstLine(response))
		return
	}
	c := &call{phone: caller, invite: invite, ok: response}
	ack := c.request("ACK")
	ack.cseq = invite.cseq
	caller.send(ack.text("UDP", caller.place()))
	if err := c.hangUp(); err != nil {
		t.Errorf("and ends: %v", err)
	}
}
