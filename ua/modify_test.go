package ua_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

const held = "v=0\r\no=far 1 2 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendonly\r\n"

func directionOf(body string) string {
	for _, direction := range []string{"sendonly", "recvonly", "inactive"} {
		if strings.Contains(body, "a="+direction+"\r\n") {
			return direction
		}
	}
	return "sendrecv"
}

// TestGlare: RFC 3261 §14.1, in both roles: who has the Call-ID waits 2.1 to 4 s, the other one up to
// 2 s, in steps of 10 ms.
func TestGlare(t *testing.T) {
	for _, test := range []struct {
		reason      string
		begin       func(b *bench) (*far, *ua.Call)
		least, most time.Duration
	}{
		{"we called", func(b *bench) (*far, *ua.Call) { return b.outgoing() }, 2100 * time.Millisecond, 4 * time.Second},
		{"they called", func(b *bench) (*far, *ua.Call) { return b.incoming() }, 0, 2 * time.Second},
	} {
		var waits []time.Duration
		for seed := range 40 {
			b := newBench(t, func(s *ua.Settings) { s.Seed[1] = byte(seed) }).handle(ua.Handlers{})
			f, call := test.begin(b)
			f.target = "sip:bob@192.0.2.101:5060"
			result := b.task(call.Hold)
			ours := b.next("hold", "INVITE")
			b.receive(f.request("INVITE", offer))
			b.next("theirs meets ours", "491 INVITE")
			b.receive(f.refused())
			b.receive(f.request("UPDATE", offer))
			b.next("so does an offer by UPDATE", "491 UPDATE")
			b.receive(f.request("UPDATE"))
			b.next("one without offer does not", "200 UPDATE")
			b.receive(f.response(ours, "491 Request Pending"))
			b.next("and ours theirs", "ACK")
			b.want("it is not held yet", call.Held, false)
			b.receive(f.request("INVITE", offer))
			b.want("while we wait, theirs is taken", directionOf(b.next("theirs", "200 INVITE").Body()), "sendrecv")
			b.receive(f.request("ACK"))
			b.silent("not yet")
			wait := b.until(10 * time.Second)
			waits = append(waits, wait)
			if wait < test.least || wait > test.most+50*time.Millisecond {
				t.Errorf("%s: it waited %v, want %v to %v", test.reason, wait, test.least, test.most)
			}
			again := b.next("again", "INVITE")
			b.want("in sequence", again.CSeq() > ours.CSeq(), true)
			b.receive(f.response(again, "200 OK", strings.Replace(offer, "a=sendonly", "a=recvonly", 1)))
			b.next("done", "ACK")
			b.want("done", *result, nil)
			b.want("held", call.Held, true)
		}
		slices.Sort(waits)
		if spread := waits[len(waits)-1] - waits[0]; spread < (test.most-test.least)*3/4 {
			t.Errorf("%s: the times are not spread: %v", test.reason, waits)
		}
	}
}

// TestGlareHasAnEnd: who always says 491 is not asked for ever.
func TestGlareHasAnEnd(t *testing.T) {
	b := newBench(t)
	f, call := b.outgoing()
	result := b.task(call.Hold)
	tries := 0
	for *result == errUnfinished && tries < 20 {
		b.receive(f.response(b.next("hold", "INVITE"), "491 Request Pending"))
		b.next("it is acknowledged", "ACK")
		tries++
		b.until(5 * time.Second)
	}
	b.want("tries", tries, 6)
	b.want("what is told", (*result).(*sip.StatusError).Code, 491)
	b.want("the call goes on", call.State, ua.Talking)
	b.want("not held", call.Held, false)
}

// TestRefusedChange: what refuses a change, and what ends the call (RFC 5057 §5.1).
func TestRefusedChange(t *testing.T) {
	for _, test := range []struct {
		status string
		ends   bool
	}{
		{"488 Not Acceptable Here", false},
		{"403 Forbidden", false},
		{"500 Server Internal Error", false},
		{"503 Service Unavailable", false},
		{"603 Decline", false},
		{"481 Call/Transaction Does Not Exist", true},
		{"408 Request Timeout", true},
		{"404 Not Found", true},
		{"410 Gone", true},
		{"480 Temporarily Unavailable", true},
		{"502 Bad Gateway", true},
	} {
		b := newBench(t)
		f, call := b.outgoing()
		result := b.task(call.Hold)
		b.receive(f.response(b.next("hold", "INVITE"), test.status))
		b.next("it is acknowledged", "ACK")
		b.want(test.status+" is told", fmt.Sprint((*result).(*sip.StatusError).Code), test.status[:3])
		b.want(test.status+" ends the call", call.State == ua.Over, test.ends)
		if test.ends {
			b.next(test.status, "BYE")
		}
		b.silent(test.status)
		b.want(test.status+": not held", call.Held, false)
		if !test.ends {
			result = b.task(call.Hold)
			b.receive(f.response(b.next("it can be tried again", "INVITE"), "200 OK", offer))
			b.next("done", "ACK")
			b.want("done", *result, nil)
			b.do(func(*ua.Agent) { call.HangUp() })
		}
		b.forget().gone(test.status)
	}
}

// TestRetryAfter: a far side that is busy with a change of its own (RFC 3261 §14.2).
func TestRetryAfter(t *testing.T) {
	b := newBench(t)
	f, call := b.outgoing()
	result := b.task(call.Hold)
	b.receive(f.response(b.next("hold", "INVITE"), "500 Server Internal Error", "Retry-After: 3"))
	b.next("it is acknowledged", "ACK")
	b.run(3*time.Second - 1)
	b.silent("not before")
	b.run(1)
	b.receive(f.response(b.next("again", "INVITE"), "200 OK", offer))
	b.next("done", "ACK")
	b.want("done", *result, nil)

	result = b.task(call.Resume)
	b.receive(f.response(b.next("resume", "INVITE"), "500 Server Internal Error", "Retry-After: 3600"))
	b.want("nobody waits an hour", (*result).(*sip.StatusError).Code, 500)
	b.want("it is held as before", call.Held, true)
}

// TestOneAfterTheOther: changes wait for each other, and for what the far side has begun.
func TestOneAfterTheOther(t *testing.T) {
	b := newBench(t)
	f, call := b.outgoing()
	var order []string
	for _, step := range []struct {
		name string
		do   func(*task.Task) error
	}{{"hold", call.Hold}, {"resume", call.Resume}, {"reinvite", call.Reinvite}} {
		b.task(func(t *task.Task) error { defer func() { order = append(order, step.name) }(); return step.do(t) })
	}
	for _, direction := range []string{"sendonly", "sendrecv", "sendrecv"} {
		invite := b.next("a change", "INVITE")
		b.want("in its order", directionOf(invite.Body()), direction)
		b.silent("one at a time")
		b.receive(f.response(invite, "200 OK", offer))
		b.next("done", "ACK")
	}
	b.want("all of them", order, []string{"hold", "resume", "reinvite"})
	f.target = "sip:bob@192.0.2.101:5060"
	b.receive(f.request("INVITE", offer))
	b.next("theirs", "200 INVITE")
	b.task(call.Hold)
	b.silent("ours waits for their ACK")
	b.receive(f.request("ACK"))
	b.next("now", "INVITE")
	b.do(func(*ua.Agent) { call.HangUp() })
	b.next("a BYE crosses our re-INVITE", "BYE")
}

// TestBYECrossesReinvite: a 200 to a re-INVITE of a call that is over is acknowledged, and so is each copy.
func TestBYECrossesReinvite(t *testing.T) {
	b := newBench(t)
	const route = "Record-Route: <sip:192.0.2.10:5060;lr>"
	f, call := b.outgoing(route)
	result := b.task(call.Hold)
	invite := b.next("hold", "INVITE")
	f.target = "sip:bob@192.0.2.101:5060"
	b.receive(f.request("BYE"))
	b.next("their BYE is answered", "200 BYE")
	b.want("the change is over", (*result).(*sip.StatusError).Code, 481)
	b.receive(f.response(invite, "200 OK", offer))
	b.next("their 200 is acknowledged", "ACK")
	b.receive(f.response(invite, "200 OK", offer))
	b.next("and its copy", "ACK")
	b.silent("no BYE: it is over")
	b.gone("crossing")

	f, call = b.outgoing()
	b.task(call.Hold)
	invite = b.next("hold", "INVITE")
	b.do(func(*ua.Agent) { call.HangUp() })
	b.receive(f.response(b.next("our BYE", "BYE"), "200 OK"))
	b.receive(f.response(invite, "487 Request Terminated"))
	b.next("their 487", "ACK")
	b.gone("crossing")

	f, call = b.outgoing(route)
	b.task(call.Hold)
	invite = b.next("hold", "INVITE")
	b.do(func(*ua.Agent) { call.HangUp() })
	b.receive(f.response(b.next("our BYE", "BYE"), "200 OK"))
	b.receive(f.response(invite, "407 Proxy Authentication Required", challenge("Proxy-Authenticate", "example.test", "n")))
	b.next("a challenge is acknowledged", "ACK")
	b.silent("and not answered after the BYE")
}

// TestChangesOfTheirs: re-INVITE and UPDATE (RFC 3261 §14.2, RFC 3311 §5.2).
func TestChangesOfTheirs(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f, call := b.incoming()
	b.receive(f.request("INVITE", strings.Replace(offer, "AVP 0", "AVP 18", 1)))
	b.next("what can't be taken", "488 INVITE")
	b.receive(f.refused())
	b.receive(f.request("UPDATE", "v=0\r\nnonsense"))
	b.next("what can't be read", "400 UPDATE")
	b.receive(f.request("UPDATE", "Content-Type: text/plain\r\n\r\nhello"))
	b.next("what is none", "415 UPDATE")
	b.receive(f.request("UPDATE", "Supported: timer", "Session-Expires: 60", offer))
	b.want("too brief", b.next("too brief", "422 UPDATE").Header(sip.HeaderMinSE), "90")
	for _, set := range b.open {
		b.want("the call is as it was", set.Remote.Port(), 4000)
	}
	f.contact = "<sip:alice@192.0.2.22>"
	b.receive(f.request("UPDATE", strings.Replace(offer, "4000", "4010", 1)))
	b.want("an UPDATE is answered", strings.Contains(b.next("new port", "200 UPDATE").Body(), "m=audio"), true)
	for _, set := range b.open {
		b.want("the new port", set.Remote.Port(), 4010)
	}
	dialog := call.Dialog()
	b.want("and refreshes the target", dialog.Target, "sip:alice@192.0.2.22")
	b.receive(f.request("UPDATE"))
	b.want("one without offer has no answer", b.next("bare", "200 UPDATE").Body(), "")
	b.receive(f.request("INVITE"))
	full := b.next("an offerless re-INVITE", "200 INVITE")
	b.want("gets an offer of all that we can", strings.Contains(full.Body(), "RTP/AVP 0 8"), true)
	b.receive(f.request("UPDATE", offer))
	b.next("until its answer is there, another offer has to wait", "491 UPDATE")
	f.sequence--
	b.receive(f.request("ACK", offer))
	for _, set := range b.open {
		b.want("the answer counts", set.Remote.Port(), 4000)
	}
	f.sequence++
	b.receive(f.request("INVITE", offer))
	b.next("theirs", "200 INVITE")
	b.receive(f.request("INVITE", held))
	b.next("the next one is there before its ACK: the 200 has arrived", "200 INVITE")
	b.run(500 * time.Millisecond)
	b.want("only the last one is repeated", b.next("again", "200 INVITE").CSeq(), uint32(f.sequence))
	b.silent("only the last one")
	b.receive(f.request("ACK"))
	b.run(40 * time.Second)
	b.silent("no more")
	b.receive(f.request("BYE"))
	b.next("the end", "200 BYE")
	b.gone("changes")
}

// TestUnansweredOffer: an offerless re-INVITE whose ACK says nothing, or never comes.
func TestUnansweredOffer(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f, _ := b.incoming()
	b.receive(f.request("INVITE"))
	b.next("our offer", "200 INVITE")
	b.receive(f.request("ACK"))
	b.receive(f.response(b.next("no answer is no session", "BYE"), "200 OK"))
	b.forget().gone("no answer")

	f, _ = b.incoming()
	b.receive(f.request("INVITE"))
	b.run(33 * time.Second)
	b.skip("no ACK is none either", "BYE")
	b.forget().gone("no ACK")
}

// TestRenegotiate: our own offerless re-INVITE.
func TestRenegotiate(t *testing.T) {
	b := newBench(t)
	f, call := b.outgoing()
	result := b.task(call.Renegotiate)
	invite := b.next("it asks", "INVITE")
	b.want("without an offer", invite.Body(), "")
	b.receive(f.response(invite, "200 OK", strings.Replace(offer, "4000", "4020", 1)))
	b.want("the ACK answers", strings.Contains(b.next("theirs", "ACK").Body(), "m=audio 20000 "), true)
	b.want("done", *result, nil)
	for _, set := range b.open {
		b.want("that counts", set.Remote.Port(), 4020)
	}
	b.task(call.Renegotiate)
	b.receive(f.response(b.next("it asks", "INVITE"), "200 OK", strings.Replace(offer, "AVP 0", "AVP 18", 1)))
	b.want("what can't be taken is turned down", strings.Contains(b.next("theirs", "ACK").Body(), "m=audio 0 "), true)
	b.next("and the call ended (RFC 3261 §13.2.2.4)", "BYE")
}

// TestReliableReinvite: a far side may take its time with a re-INVITE, and say so reliably (RFC 3262 §5, RFC 6141).
func TestReliableReinvite(t *testing.T) {
	b := newBench(t)
	f, call := b.outgoing()
	result := b.task(call.Hold)
	invite := b.next("hold", "INVITE")
	for rseq := range 2 {
		var fields []string
		if rseq == 1 {
			fields = []string{strings.Replace(offer, "4000", "4050", 1)}
		}
		progress := f.response(invite, "183 Session Progress", append(fields, "Require: 100rel", fmt.Sprint("RSeq: ", 5+rseq))...)
		b.receive(progress)
		prack := b.next("it is acknowledged", "PRACK")
		b.want("by its numbers", prack.Header(sip.HeaderRAck), fmt.Sprintf("%d %d INVITE", 5+rseq, invite.CSeq()))
		b.receive(f.response(prack, "200 OK"))
		b.receive(progress)
		b.silent("once")
	}
	for _, set := range b.open {
		b.want("its answer counts", set.Remote.Port(), 4050)
	}
	b.receive(f.response(invite, "200 OK"))
	b.next("the 200 has nothing to add", "ACK")
	b.want("done", *result, nil)

	result = b.task(call.Renegotiate)
	invite = b.next("it asks", "INVITE")
	b.receive(f.response(invite, "183 Session Progress", "Require: 100rel", "RSeq: 1", offer))
	prack := b.next("an offer", "PRACK")
	b.want("is answered in its PRACK", directionOf(prack.Body()), "sendonly")
	b.receive(f.response(prack, "200 OK"))
	b.receive(f.response(invite, "200 OK"))
	b.want("so the ACK has nothing to add", b.next("200", "ACK").Body(), "")
	b.want("done", *result, nil)
}

// TestUpdateEarly: an UPDATE before the answer, of either side (RFC 3311 §5.1).
func TestUpdateEarly(t *testing.T) {
	b := newBench(t)
	f, call, invite := b.calling(ua.Invitation{})
	result := b.task(call.Update)
	b.receive(f.response(invite, "180 Ringing", "Allow: UPDATE"))
	b.silent("no UPDATE before an answer")
	f.target, f.peer = "sip:bob@192.0.2.101:5060", invite.FromTag()
	b.receive(f.request("UPDATE", offer))
	b.next("nor one of theirs: our offer waits", "491 UPDATE")
	b.receive(f.request("INVITE", offer))
	b.next("nor a re-INVITE", "491 INVITE")
	b.receive(f.refused())
	b.receive(f.response(invite, "183 Session Progress", "Require: 100rel", "RSeq: 1", offer))
	b.receive(f.response(b.next("a reliable answer", "PRACK"), "200 OK"))
	b.silent("a change that waits begins with the call, or when another one is asked for")
	b.task(call.Update)
	update := b.next("now it may", "UPDATE")
	b.receive(f.response(update, "200 OK", offer))
	b.want("done", *result, nil)
	b.receive(f.response(b.next("the second one", "UPDATE"), "200 OK", offer))
	f.sequence = 40
	b.receive(f.request("UPDATE", strings.Replace(offer, "4000", "4030", 1)))
	b.next("theirs as well", "200 UPDATE")
	for _, set := range b.open {
		b.want("early media goes there", set.Remote.Port(), 4030)
	}
	b.receive(f.response(invite, "200 OK"))
	b.next("answered", "ACK")
	for _, set := range b.open {
		b.want("and stays there", set.Remote.Port(), 4030)
	}

	b = newBench(t).handle(ua.Handlers{Invite: func(c *ua.Call) { c.Ring() }})
	f = b.far()
	b.receive(f.request("INVITE", "Supported: 100rel", offer))
	f.peer = b.next("it rings", "180 INVITE").ToTag()
	b.receive(f.request("UPDATE", offer))
	b.want("their first offer has no answer yet (RFC 3311 §5.2)", b.next("UPDATE", "500 UPDATE").Has(sip.HeaderRetryAfter), true)
	b.receive(f.request("INVITE", offer))
	b.want("nor has their INVITE (RFC 3261 §14.2)", b.next("INVITE", "500 INVITE").Has(sip.HeaderRetryAfter), true)
	b.do(func(a *ua.Agent) { _ = a.Calls()[0].Early(sip.Answer{Code: 183}) })
	b.next("early media", "183 INVITE")
	b.receive(f.request("UPDATE", strings.Replace(offer, "4000", "4040", 1)))
	b.next("now it has", "200 UPDATE")
	for _, set := range b.open {
		b.want("that counts", set.Remote.Port(), 4040)
	}
}

// TestHoldMatrix: what stands in offer and answer when both sides hold and resume (RFC 3264 §8.4, RFC
// 6337 §5.3), with a far side that writes what it likes.
func TestHoldMatrix(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f, call := b.incoming()
	theirs := func(reason, offered, answered string, heldByThem bool) {
		t.Helper()
		b.receive(f.request("INVITE", offered))
		b.want(reason, directionOf(b.next(reason, "200 INVITE").Body()), answered)
		b.receive(f.request("ACK"))
		b.want(reason+": they hold us", call.HeldByThem, heldByThem)
	}
	ours := func(reason string, do func(*task.Task) error, offered, answer string) {
		t.Helper()
		result := b.task(do)
		invite := b.next(reason, "INVITE")
		b.want(reason, directionOf(invite.Body()), offered)
		body := offer
		if answer != "" {
			body += "a=" + answer + "\r\n"
		}
		b.receive(f.response(invite, "200 OK", body))
		b.next(reason, "ACK")
		b.want(reason, *result, nil)
	}
	media := func(reason string, send, receive bool) {
		t.Helper()
		for _, set := range b.open {
			b.want(reason+": media", fmt.Sprint(set.Send, set.Receive), fmt.Sprint(send, receive))
		}
	}
	direction := func(d string) string { return strings.Replace(held, "sendonly", d, 1) }

	media("at the beginning", true, true)
	theirs("they hold", direction("sendonly"), "recvonly", true)
	media("held", false, true)
	ours("we hold, too: nothing is left", call.Hold, "inactive", "inactive")
	media("both hold", false, false)
	theirs("they resume; we hold", direction("sendrecv"), "sendonly", false)
	media("we hold: they hear nothing", false, false)
	theirs("they hold again", direction("sendonly"), "inactive", true)
	ours("we resume; they hold", call.Resume, "sendrecv", "sendonly")
	b.want("they still hold us", call.HeldByThem, true)
	media("held", false, true)
	theirs("they resume", direction("sendrecv"), "sendrecv", false)
	theirs("inactive is a hold as well", direction("inactive"), "inactive", true)
	media("nothing", false, false)
	theirs("and over", direction("sendrecv"), "sendrecv", false)
	theirs("RFC 2543: c=0.0.0.0", strings.Replace(offer, "c=IN IP4 192.0.2.2", "c=IN IP4 0.0.0.0", 1), "sendrecv", true)
	media("nothing goes to 0.0.0.0", false, true)
	ours("we hold on top of that", call.Hold, "inactive", "inactive")
	theirs("they come back", offer, "sendonly", false)
	ours("and so do we", call.Resume, "sendrecv", "")
	media("as at the beginning", true, true)
	theirs("recvonly is none", direction("recvonly"), "sendonly", false)
	media("we send", true, false)
}
