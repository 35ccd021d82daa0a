package ua_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
	"hookflash/ua"
)

func rseqOf(m *sip.Message) uint32 { n, _ := m.Number(sip.HeaderRSeq); return n }

// rack is the header field of a PRACK.
func rack(response *sip.Message) string {
	return fmt.Sprintf("RAck: %d %d INVITE", rseqOf(response), response.CSeq())
}

// TestReliableCallee: RFC 3262 §3.
func TestReliableCallee(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{Invite: func(*ua.Call) {}})
	f := b.far()
	b.receive(f.request("INVITE", "Require: 100rel", offer))
	call := b.a.Calls()[0]
	b.do(func(*ua.Agent) {
		call.Progress(sip.Answer{Code: 180})
		call.Progress(sip.Answer{Code: 182})
		call.Progress(sip.Answer{Code: 183})
	})
	first := b.next("the first goes out", "180 INVITE")
	b.silent("the others wait for its PRACK")
	b.want("it is reliable", first.HasToken(sip.HeaderRequire, "100rel"), true)
	f.peer = first.ToTag()
	for _, wait := range []time.Duration{500, 1000, 2000, 4000, 8000} {
		b.run(wait * time.Millisecond)
		b.want("it is repeated, doubling without end", b.next("again", "180 INVITE").Text(), first.Text())
		b.silent("once")
	}
	b.receive(f.request("PRACK", strings.Replace(rack(first), " 1 INVITE", " 7 INVITE", 1)))
	b.next("another CSeq", "481 PRACK")
	b.receive(f.request("PRACK", fmt.Sprintf("RAck: %d 1 INVITE", rseqOf(first)+1)))
	b.next("another RSeq", "481 PRACK")
	b.receive(f.request("PRACK"))
	b.next("none at all", "481 PRACK")
	b.receive(f.request("PRACK", rack(first)))
	b.next("this one", "200 PRACK")
	second := b.next("the next one goes out", "182 INVITE")
	b.want("numbered on", rseqOf(second), rseqOf(first)+1)
	b.receive(f.request("PRACK", rack(first)))
	b.next("the first was acknowledged already", "481 PRACK")
	b.receive(f.request("PRACK", rack(second)))
	b.next("the second", "200 PRACK")
	third := b.next("the third", "183 INVITE")
	b.do(func(*ua.Agent) { _ = call.Answer() })
	b.want("what carries no description does not hold the answer up", b.next("200", "200 INVITE").Has(sip.HeaderRSeq), false)
	b.receive(f.request("PRACK", rack(third)))
	b.next("its PRACK is still taken", "200 PRACK")
	b.receive(f.request("PRACK", rack(third)))
	b.next("once", "481 PRACK")
	f.sequence = 1
	b.receive(f.request("ACK"))
	f.sequence = 20
	b.run(40 * time.Second)
	b.silent("nothing is repeated any more")
	b.receive(f.request("BYE"))
	b.next("the end", "200 BYE")
	b.gone("reliable")
}

// TestNoPRACK: RFC 3262 §3: the INVITE is refused with a 5xx.
func TestNoPRACK(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f := b.far()
	b.receive(f.request("INVITE", "Require: 100rel", offer))
	b.run(32*time.Second - 1)
	for range 7 {
		b.next("it is repeated", "180 INVITE")
	}
	b.silent("no more often")
	b.run(1)
	b.next("nobody acknowledges it", "504 INVITE")
	b.want("the end", b.ended().Code, 504)
	b.forget().gone("no PRACK")
}

// TestManyQueued: a limit on what waits.
func TestManyQueued(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{Invite: func(c *ua.Call) {
		for range 20 {
			c.Ring()
		}
	}})
	f := b.far()
	b.receive(f.request("INVITE", "Require: 100rel", offer))
	sent := 0
	for len(b.sent) > 0 {
		ring := b.next("it rings", "180 INVITE")
		sent++
		f.peer = ring.ToTag()
		b.receive(f.request("PRACK", rack(ring)))
		b.next("acknowledged", "200 PRACK")
	}
	b.want("one that went out, and eight that waited", sent, 9)
}

// TestReliableBySettings: where the caller supports it, if we like.
func TestReliableBySettings(t *testing.T) {
	for _, test := range []struct {
		reason   string
		wish     bool
		field    string
		reliable bool
	}{
		{"supported and wished for", true, "Supported: 100rel", true},
		{"supported", false, "Supported: 100rel", false},
		{"wished for", true, "Supported: timer", false},
		{"required", false, "Require: 100rel", true},
	} {
		b := newBench(t, func(s *ua.Settings) { s.Reliable = test.wish }).handle(ua.Handlers{})
		b.receive(b.far().request("INVITE", test.field, offer))
		b.want(test.reason, b.next(test.reason, "180 INVITE").Has(sip.HeaderRSeq), test.reliable)
	}
}

// TestEarlyMedia: a description before the answer, RFC 3261 §13.2.1 and RFC 3262 §5.
func TestEarlyMedia(t *testing.T) {
	early := ua.Handlers{Invite: func(c *ua.Call) { _ = c.Early(sip.Answer{Code: 183}) }}
	answer := func(b *bench) { b.do(func(a *ua.Agent) { b.want("it can be answered", a.Calls()[0].Answer(), nil) }) }

	b := newBench(t).handle(early)
	f := b.far()
	b.receive(f.request("INVITE", offer))
	progress := b.next("unreliable", "183 INVITE")
	b.want("the stream is there", len(b.open), 1)
	answer(b)
	b.want("the 200 says the same (RFC 3261 §13.2.1)", b.next("answered", "200 INVITE").Body(), progress.Body())

	b = newBench(t).handle(early)
	f = b.far()
	b.receive(f.request("INVITE", "Require: 100rel", offer))
	progress = b.next("reliable", "183 INVITE")
	f.peer = progress.ToTag()
	answer(b)
	b.silent("the 2xx waits for the PRACK (RFC 3262 §3)")
	b.receive(f.request("PRACK", rack(progress)))
	b.next("it comes", "200 PRACK")
	b.want("the 200 has no description any more", b.next("answered", "200 INVITE").Body(), "")
	b.want("they talk", b.a.Calls()[0].State, ua.Talking)

	b = newBench(t).handle(early)
	f = b.far()
	b.receive(f.request("INVITE", "Supported: 100rel"))
	progress = b.next("an offer of ours goes reliably", "183 INVITE")
	b.want("it is one", progress.Has(sip.HeaderRSeq) && strings.Contains(progress.Body(), "m=audio"), true)
	f.peer = progress.ToTag()
	b.receive(f.request("UPDATE", offer))
	b.next("an offer crosses it", "491 UPDATE")
	b.receive(f.request("PRACK", rack(progress), offer))
	b.next("the PRACK answers", "200 PRACK")
	for _, set := range b.open {
		b.want("that counts", set.Remote.Port(), 4000)
	}
	answer(b)
	b.want("the 200 has nothing to add", b.next("answered", "200 INVITE").Body(), "")

	b = newBench(t).handle(early)
	f = b.far()
	b.receive(f.request("INVITE", "Supported: 100rel"))
	progress = b.next("an offer of ours", "183 INVITE")
	f.peer = progress.ToTag()
	b.receive(f.request("PRACK", rack(progress)))
	b.next("a PRACK without the answer", "488 PRACK")
	b.next("ends the call", "488 INVITE")
	b.forget().gone("no answer")

	b = newBench(t).handle(ua.Handlers{Invite: func(c *ua.Call) {
		if err := c.Early(sip.Answer{Code: 183}); err != ua.ErrOffer {
			t.Error("no offer goes in an unreliable response", err)
		}
		c.Ring()
	}})
	b.receive(b.far().request("INVITE"))
	b.next("it rings", "180 INVITE")
}

// TestPRACKWithOffer: the 200 answers it once an offer was answered (RFC 3262 §5).
func TestPRACKWithOffer(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{Invite: func(c *ua.Call) { _ = c.Early(sip.Answer{Code: 183}); c.Ring() }})
	f := b.far()
	b.receive(f.request("INVITE", "Require: 100rel", offer))
	progress := b.next("our answer", "183 INVITE")
	f.peer = progress.ToTag()
	b.receive(f.request("PRACK", rack(progress), strings.Replace(offer, "4000", "4002", 1)))
	b.want("answered in the 200", strings.Contains(b.next("PRACK", "200 PRACK").Body(), "m=audio"), true)
	for _, set := range b.open {
		b.want("that counts", set.Remote.Port(), 4002)
	}
	ring := b.next("the next one", "180 INVITE")
	b.receive(f.request("PRACK", rack(ring), strings.Replace(offer, "AVP 0", "AVP 18", 1)))
	b.next("an offer that can't be taken; the 180 is acknowledged all the same", "488 PRACK")
	b.run(10 * time.Second)
	b.silent("it is not repeated")
	for _, set := range b.open {
		b.want("what stood stands", set.Remote.Port(), 4002)
	}
}

// TestReliableCaller: RFC 3262 §4.
func TestReliableCaller(t *testing.T) {
	b := newBench(t)
	f, call, invite := b.calling(ua.Invitation{})
	ring := func(n int, more ...string) string {
		return f.response(invite, "183 Session Progress", append([]string{"Require: 100rel", fmt.Sprint("RSeq: ", n)}, more...)...)
	}
	b.receive(ring(7))
	prack := b.next("it is acknowledged", "PRACK")
	b.want("by its numbers", prack.Header(sip.HeaderRAck), "7 1 INVITE")
	b.want("within the early dialog", prack.ToTag()+prack.RequestURI(), f.local+"sip:alice@192.0.2.2")
	b.receive(f.response(prack, "200 OK"))
	b.receive(ring(7))
	b.silent("a copy is not")
	b.receive(ring(9))
	b.silent("nor what comes before the one before it")
	b.receive(ring(8, offer))
	prack = b.next("now that one", "PRACK")
	b.want("by its numbers", prack.Header(sip.HeaderRAck), "8 1 INVITE")
	b.want("the answer counts from now on", len(b.open), 1)
	for _, set := range b.open {
		b.want("early media", set.Remote.Port(), 4000)
	}
	b.receive(f.response(prack, "200 OK"))
	b.receive(ring(9))
	b.receive(f.response(b.next("and what was out of order", "PRACK"), "200 OK"))
	f2 := *f
	f2.local = "elsewhere"
	b.receive(f2.response(invite, "183 Session Progress", "Require: 100rel", "RSeq: 3"))
	b.want("each fork counts by itself", b.next("another fork", "PRACK").Header(sip.HeaderRAck), "3 1 INVITE")
	b.receive(f.response(invite, "200 OK"))
	b.want("a 200 without description: the answer was there", b.next("200", "ACK").Body(), "")
	b.want("they talk", call.State, ua.Talking)
	b.do(func(*ua.Agent) { call.HangUp() })
	b.want("numbers go on", b.next("the end", "BYE").CSeq(), 5)
	b.forget().gone("reliable")
}

// TestOfferInReliable: an offer in a reliable response is answered in its PRACK (RFC 3262 §5).
func TestOfferInReliable(t *testing.T) {
	b := newBench(t)
	f, call, invite := b.calling(ua.Invitation{Offerless: true})
	b.receive(f.response(invite, "183 Session Progress", "Require: 100rel", "RSeq: 1", offer))
	prack := b.next("it is acknowledged", "PRACK")
	b.want("with the answer", strings.Contains(prack.Body(), "m=audio 20000 RTP/AVP 0"), true)
	b.receive(f.response(prack, "200 OK"))
	b.receive(f.response(invite, "200 OK"))
	b.want("nothing is left to say", b.next("200", "ACK").Body(), "")
	b.want("they talk", call.State, ua.Talking)

	f, _, invite = b.calling(ua.Invitation{Offerless: true})
	b.receive(f.response(invite, "183 Session Progress", "Require: 100rel", "RSeq: 1", strings.Replace(offer, "AVP 0", "AVP 18", 1)))
	prack = b.next("what can't be taken", "PRACK")
	b.want("is turned down", strings.Contains(prack.Body(), "m=audio 0 "), true)
	b.next("and the call given up", "CANCEL")
}
