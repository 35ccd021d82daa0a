package ua_test

import (
	"strings"
	"testing"
	"time"

	"hookflash/sip"
	"hookflash/ua"
)

// TestFinalResponses: what becomes of a call that is refused, and that nothing is left of it.
func TestFinalResponses(t *testing.T) {
	for _, test := range []struct {
		reason, status string
		fields         []string
		code           int
		text           string
	}{
		{"busy", "486 Busy Here", nil, 486, ""},
		{"declined everywhere", "603 Decline", nil, 603, ""},
		{"moved: the caller decides", "302 Moved Temporarily", []string{"Contact: <sip:alice@198.51.100.1>"}, 302, "sip:alice@198.51.100.1"},
		{"a choice: the first is told", "300 Multiple Choices", []string{"Contact: <sip:a1@x.test>, <sip:a2@x.test>"}, 300, "sip:a1@x.test"},
		{"moved to nowhere", "302 Moved Temporarily", nil, 302, ""},
		{"moved to what is no SIP", "302 Moved Temporarily", []string{"Contact: <mailto:a@x.test>"}, 302, ""},
		{"refused, and why", "403 Screening Failure (Terminating)", []string{"Error-Info: <sip:announce@example.test;announcement=screening>"}, 403, "sip:announce@example.test;announcement=screening"},
		{"refused, and why is told elsewhere", "403 Forbidden", []string{"Error-Info: <sip:expensive@198.51.100.66>"}, 403, ""},
		{"refused, with a page", "403 Forbidden", []string{"Error-Info: <http://example.test/why>"}, 403, ""},
		{"an unknown class 4", "499 Whatever", nil, 499, ""},
		{"a server that is down", "503 Service Unavailable", []string{"Retry-After: 5"}, 503, ""},
	} {
		for _, rang := range []bool{false, true} {
			b := newBench(t)
			f, _, invite := b.calling(ua.Invitation{})
			f.contact = ""
			if rang {
				b.receive(f.response(invite, "180 Ringing", "Contact: <sip:alice@192.0.2.2>"))
				b.want("an early dialog", b.a.Dialogs(), 1)
			}
			b.receive(f.response(invite, test.status, test.fields...))
			b.next(test.reason+" is acknowledged", "ACK")
			b.receive(f.response(invite, test.status, test.fields...))
			b.next("each time", "ACK")
			b.want(test.reason, b.ended().Code, test.code)
			b.want(test.reason, b.ended().Text, test.text)
			b.silent("that was it")
			b.gone(test.reason)
		}
	}
}

// TestCancel: RFC 3261 §9.1, in every state of the INVITE.
func TestCancel(t *testing.T) {
	cancel := func(b *bench, call *ua.Call) { b.do(func(*ua.Agent) { call.HangUp() }) }
	for _, test := range []struct {
		reason string
		play   func(b *bench, f *far, call *ua.Call, invite *sip.Message)
		code   int
	}{
		{"before any response: the CANCEL waits for one, of any kind", func(b *bench, f *far, call *ua.Call, invite *sip.Message) {
			cancel(b, call)
			b.silent("nothing can be cancelled yet")
			b.receive(f.response(invite, "100 Trying"))
			finishCancel(b, f, invite)
		}, 487},
		{"after 100", func(b *bench, f *far, call *ua.Call, invite *sip.Message) {
			b.receive(f.response(invite, "100 Trying"))
			cancel(b, call)
			finishCancel(b, f, invite)
		}, 487},
		{"after 180", func(b *bench, f *far, call *ua.Call, invite *sip.Message) {
			b.receive(f.response(invite, "180 Ringing"))
			cancel(b, call)
			cancel(b, call)
			finishCancel(b, f, invite)
		}, 487},
		{"before any response, and none comes", func(b *bench, _ *far, call *ua.Call, _ *sip.Message) {
			cancel(b, call)
			b.run(33 * time.Second)
			for range 6 {
				b.next("the INVITE is repeated, no CANCEL goes out", "INVITE")
			}
			b.silent("no CANCEL goes out")
		}, 487},
		{"nobody heeds it: RFC 3261 §9.1 gives up after 64 T1", func(b *bench, f *far, call *ua.Call, invite *sip.Message) {
			b.receive(f.response(invite, "180 Ringing"))
			cancel(b, call)
			b.run(31 * time.Second)
			b.want("until then it is not over", len(b.a.Calls()), 1)
			b.run(2 * time.Second)
			b.want("then it is", len(b.a.Calls()), 0)
		}, 487},
		{"a challenge meanwhile is not answered", func(b *bench, f *far, call *ua.Call, invite *sip.Message) {
			cancel(b, call)
			b.receive(f.response(invite, "407 Proxy Authentication Required", `Proxy-Authenticate: Digest realm="example.test", nonce="n", algorithm=MD5, qop="auth"`))
			b.next("it is acknowledged", "ACK")
			b.silent("there is no second INVITE")
		}, 487},
		{"the far side is busy meanwhile", func(b *bench, f *far, call *ua.Call, invite *sip.Message) {
			b.receive(f.response(invite, "180 Ringing"))
			cancel(b, call)
			b.next("it is cancelled", "CANCEL")
			b.receive(f.response(invite, "486 Busy Here"))
			b.next("that counts as well", "ACK")
		}, 487},
		{"a 200 crosses it: acknowledged and hung up, and each copy acknowledged", func(b *bench, f *far, call *ua.Call, invite *sip.Message) {
			b.receive(f.response(invite, "180 Ringing"))
			cancel(b, call)
			b.next("it is cancelled", "CANCEL")
			b.receive(f.response(invite, "200 OK", offer))
			b.next("the 200 is acknowledged", "ACK")
			bye := b.next("and ended", "BYE")
			b.want("in its dialog", bye.ToTag(), f.local)
			b.receive(f.response(invite, "200 OK", offer))
			b.next("a copy of it is acknowledged", "ACK")
			b.silent("one BYE is enough")
			b.receive(f.response(bye, "200 OK"))
		}, 487},
		{"a 200 comes before any CANCEL could go out", func(b *bench, f *far, call *ua.Call, invite *sip.Message) {
			cancel(b, call)
			b.receive(f.response(invite, "200 OK", offer))
			b.next("the 200 is acknowledged", "ACK")
			b.receive(f.response(b.next("and ended", "BYE"), "200 OK"))
		}, 487},
		{"a provisional response after it changes nothing", func(b *bench, f *far, call *ua.Call, invite *sip.Message) {
			b.receive(f.response(invite, "100 Trying"))
			cancel(b, call)
			b.next("it is cancelled", "CANCEL")
			b.receive(f.response(invite, "180 Ringing"))
			b.silent("once")
			b.want("no dialog is made of it", b.a.Dialogs(), 0)
			b.receive(f.response(invite, "487 Request Terminated"))
			b.next("the end", "ACK")
		}, 487},
	} {
		b := newBench(t)
		f, call, invite := b.calling(ua.Invitation{})
		test.play(b, f, call, invite)
		b.forgetSent()
		b.gone(test.reason)
		b.want(test.reason, b.ended().Code, test.code)
	}
}

func (b *bench) forgetSent() { b.sent, b.to = nil, nil }

// finishCancel checks a CANCEL, and ends the call by it.
func finishCancel(b *bench, f *far, invite *sip.Message) {
	b.Helper()
	cancel := b.next("it is cancelled", "CANCEL")
	for _, h := range []sip.Header{sip.HeaderVia, sip.HeaderFrom, sip.HeaderTo, sip.HeaderCallID, sip.HeaderRoute} {
		b.want("its "+h.String()+" is the INVITE's", cancel.Header(h), invite.Header(h))
	}
	b.want("its Request-URI is the INVITE's", cancel.RequestURI(), invite.RequestURI())
	b.want("its number is the INVITE's", cancel.CSeq(), invite.CSeq())
	b.want("it can't be challenged", cancel.Has(sip.HeaderProxyAuthorization), false)
	b.receive(f.response(cancel, "200 OK"))
	b.receive(f.response(invite, "487 Request Terminated"))
	b.next("and acknowledged", "ACK")
	b.silent("once is enough")
}

// TestCancelled: RFC 3261 §9.2.
func TestCancelled(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f := b.far()
	invite := f.request("INVITE", offer)
	branch := branchOf(t, invite)
	b.receive(invite)
	tag := b.next("it rings", "180 INVITE").ToTag()
	b.from(stranger, f.again("CANCEL", branch))
	b.next("a stranger's CANCEL is for nothing of his", "481 CANCEL")
	b.want("and the phone rings on", len(b.a.Calls()), 1)
	b.receive(f.again("CANCEL", branch, `Reason: SIP;cause=200;text="Call completed elsewhere"`))
	b.want("tags of both responses are alike (RFC 3261 §9.2)", b.next("the CANCEL is answered", "200 CANCEL").ToTag(), tag)
	b.want("tags of both responses are alike", b.next("so is the INVITE", "487 INVITE").ToTag(), tag)
	b.want("the end says why", b.ended().Reason, "Call completed elsewhere")
	f.peer = tag
	b.receive(f.again("ACK", branch))
	b.gone("cancelled")

	f = b.far()
	invite = f.request("INVITE", offer)
	branch = branchOf(t, invite)
	b.receive(invite)
	b.do(func(a *ua.Agent) { _ = a.Calls()[0].Answer() })
	b.forget()
	b.receive(f.again("CANCEL", branch))
	b.next("too late: the call goes on", "200 CANCEL")
	b.want("the call goes on", len(b.a.Calls()), 1)
	b.silent("nothing but that")
}

func branchOf(t *testing.T, text string) string {
	m, err := sip.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return m.Branch()
}

// TestRingLimit: nobody rings for ever, however often it is said to ring.
func TestRingLimit(t *testing.T) {
	for _, status := range []string{"100 Trying", "180 Ringing"} {
		b := newBench(t)
		f, _, invite := b.calling(ua.Invitation{})
		for range 4 {
			b.receive(f.response(invite, status))
			b.silent("it rings")
			b.run(time.Minute - time.Second)
		}
		b.receive(f.response(invite, status))
		b.run(10 * time.Second)
		b.receive(f.response(b.next("after four minutes in all it is cancelled", "CANCEL"), "200 OK"))
		b.receive(f.response(invite, "487 Request Terminated"))
		b.skip("the end", "ACK")
		b.want("why", b.ended().Code, 487)
		b.gone("ring limit")
	}
}

// TestDeadPeer: who does not answer at all, RFC 3261 §8.1.3.1 and §12.2.1.2.
func TestDeadPeer(t *testing.T) {
	b := newBench(t)
	b.calling(ua.Invitation{})
	b.run(33 * time.Second)
	b.want("an INVITE that nobody answers", b.ended().Code, 408)
	b.forget().gone("a dead peer")

	for _, meanwhile := range []string{"", "100 Trying"} {
		b = newBench(t)
		f, call := b.outgoing()
		result := b.task(call.Hold)
		invite := b.next("hold", "INVITE")
		if meanwhile != "" {
			b.receive(f.response(invite, meanwhile))
			b.run(ua.ReinviteLimit - 33*time.Second)
			b.want("who said 100 has time", call.State, ua.Talking)
		}
		b.run(34 * time.Second)
		b.skip("no answer to a re-INVITE ends the call", "BYE")
		b.want("that is told", (*result).Error(), "408 Request Timeout: the far side refused")
		b.want("and so is the end", b.ended().Code, 408)
		b.forget().gone("a dead peer")
	}
}

// TestForks: several early dialogs, and more than one answer (RFC 3261 §13.2.2.4).
func TestForks(t *testing.T) {
	b := newBench(t)
	f, call, invite := b.calling(ua.Invitation{})
	tags := []string{"one", "two", "three"}
	for _, tag := range tags {
		f.local = tag
		b.receive(f.response(invite, "180 Ringing"))
	}
	b.want("each fork has its dialog", b.a.Dialogs(), 3)
	f.local = "three"
	b.receive(f.response(invite, "199 Early Dialog Terminated"))
	b.want("RFC 6228: this one is done", b.a.Dialogs(), 2)
	f.local = "two"
	b.receive(f.response(invite, "200 OK", offer))
	b.want("the answer is acknowledged", b.next("200", "ACK").ToTag(), "two")
	b.want("and the call is its fork", call.Dialog().RemoteTag, "two")
	b.want("the others are gone", b.a.Dialogs(), 1)
	for _, tag := range []string{"one", "four"} { // an early dialog, and one that was never heard of
		f.local = tag
		b.receive(f.response(invite, "200 OK", offer))
		b.want("another answer is acknowledged", b.next("200", "ACK").ToTag(), tag)
		bye := b.next("and hung up", "BYE")
		b.want("in its own dialog", bye.ToTag(), tag)
		b.want("in sequence", bye.CSeq(), invite.CSeq()+1)
		b.receive(f.response(invite, "200 OK", offer))
		b.next("a copy is acknowledged", "ACK")
		b.silent("one BYE is enough")
		b.receive(f.response(bye, "200 OK"))
	}
	f.local = "two"
	b.receive(f.response(invite, "200 OK", offer))
	b.want("a copy of the first is acknowledged as before", b.next("200", "ACK").ToTag(), "two")
	b.want("the call goes on", call.State, ua.Talking)
	b.do(func(*ua.Agent) { call.HangUp() })
	b.receive(f.response(b.next("the end", "BYE"), "200 OK"))
	b.receive(f.response(invite, "200 OK", offer))
	b.next("even now a copy is acknowledged", "ACK")
	b.silent("and that is all")
	b.gone("forks")
}

// TestManyForks: a limit on early dialogs, none on who may answer.
func TestManyForks(t *testing.T) {
	b := newBench(t)
	f, call, invite := b.calling(ua.Invitation{})
	for i := range ua.MaxForks + 8 {
		f.local = strings.Repeat("x", i+1)
		b.receive(f.response(invite, "180 Ringing"))
	}
	b.want("no more than that", b.a.Dialogs(), ua.MaxForks)
	b.receive(f.response(invite, "200 OK", offer))
	b.want("the last one answers", b.next("200", "ACK").ToTag(), f.local)
	b.want("and is talked to", call.State, ua.Talking)
}

// TestHungUpEarly: a BYE from the callee of an early dialog ends that fork alone, and one from the caller the
// call (RFC 3261 §15).
func TestHungUpEarly(t *testing.T) {
	b := newBench(t)
	f, call, invite := b.calling(ua.Invitation{})
	b.receive(f.response(invite, "180 Ringing"))
	f.target, f.peer = "sip:bob@192.0.2.101:5060", invite.FromTag()
	b.receive(f.request("BYE"))
	b.next("it is answered", "200 BYE")
	b.want("its fork is gone", b.a.Dialogs(), 0)
	b.want("the others go on", call.State, ua.Alerting)
	f.local = "other"
	b.receive(f.response(invite, "200 OK", offer))
	b.next("and one may answer", "ACK")
	b.do(func(*ua.Agent) { call.HangUp() })
	b.next("the end", "BYE")

	b = newBench(t).handle(ua.Handlers{})
	f = b.far()
	b.receive(f.request("INVITE", offer))
	f.peer = b.next("it rings", "180 INVITE").ToTag()
	b.receive(f.request("BYE"))
	b.next("a BYE of the caller", "200 BYE")
	b.next("ends the INVITE", "487 INVITE")
	b.forget().gone("an early BYE")
}

// TestUnacknowledged: a 2xx is repeated until its ACK comes, and the call ended when none does (RFC
// 3261 §13.3.1.4).
func TestUnacknowledged(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f := b.far()
	b.receive(f.request("INVITE", offer))
	f.peer = b.next("it rings", "180 INVITE").ToTag()
	call := b.a.Calls()[0]
	b.do(func(*ua.Agent) { _ = call.Answer() })
	first := b.next("it answers", "200 INVITE")
	for _, wait := range []time.Duration{500, 1000, 2000, 4000, 4000} {
		b.run(wait*time.Millisecond - 1)
		b.silent("not yet")
		b.run(1)
		b.want("the same again", b.next("it is repeated", "200 INVITE").Text(), first.Text())
	}
	b.receive(f.request("ACK"))
	b.run(40 * time.Second)
	b.silent("no more after the ACK")
	b.want("it stands", call.State, ua.Talking)

	f = b.far()
	b.receive(f.request("INVITE", offer))
	f.peer = b.next("it rings", "180 INVITE").ToTag()
	call = b.a.Calls()[1]
	b.do(func(*ua.Agent) { _ = call.Answer() })
	b.run(32*time.Second - 1)
	b.want("until 64 T1 it is a call", call.State, ua.Talking)
	b.run(1)
	bye := b.skip("without an ACK it ends", "BYE")
	b.want("and says why", bye.Header(sip.HeaderReason), `SIP;cause=408;text="ACK is missing"`)
	b.want("and says why here", b.ended().Code, 408)
}

// TestHangUpBeforeACK: who was called waits for the ACK with its BYE (RFC 3261 §15), and nobody hears
// anything any more.
func TestHangUpBeforeACK(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f := b.far()
	b.receive(f.request("INVITE", offer))
	f.peer = b.next("it rings", "180 INVITE").ToTag()
	b.do(func(a *ua.Agent) { _ = a.Calls()[0].Answer() })
	b.next("it answers", "200 INVITE")
	b.do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
	b.silent("not before the ACK")
	b.want("no sound", len(b.open), 0)
	b.receive(f.request("INVITE", offer))
	b.next("a change meanwhile has to wait", "491 INVITE")
	f.sequence--
	b.receive(f.request("ACK"))
	b.receive(f.response(b.next("now", "BYE"), "200 OK"))
	b.gone("hung up")
}

// TestOfferless: a call without an offer, of either side (RFC 3261 §13.2.1).
func TestOfferless(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f := b.far()
	b.receive(f.request("INVITE"))
	f.peer = b.next("it rings", "180 INVITE").ToTag()
	b.do(func(a *ua.Agent) { _ = a.Calls()[0].Answer() })
	b.want("the 200 makes the offer", strings.Contains(b.next("it answers", "200 INVITE").Body(), "m=audio"), true)
	b.receive(f.request("ACK", offer))
	for _, set := range b.open {
		b.want("the ACK has the answer", set.Remote.String()+" "+set.Codec.Name, "192.0.2.2:4000 PCMU")
	}
	b.want("one stream", len(b.open), 1)
	b.receive(f.request("BYE"))
	b.next("the end", "200 BYE")

	f = b.far()
	b.receive(f.request("INVITE"))
	f.peer = b.next("it rings", "180 INVITE").ToTag()
	b.do(func(a *ua.Agent) { _ = a.Calls()[0].Answer() })
	b.next("it answers", "200 INVITE")
	b.receive(f.request("ACK"))
	b.want("an ACK without an answer ends the call", b.next("the end", "BYE").Header(sip.HeaderReason), `SIP;cause=488;text="Not Acceptable Here"`)

	b = newBench(t)
	f, call, invite := b.calling(ua.Invitation{Offerless: true})
	b.want("no body", invite.Body(), "")
	b.want("and no port yet", len(b.open), 0)
	b.receive(f.response(invite, "200 OK", offer))
	b.want("the ACK answers", strings.Contains(b.next("200", "ACK").Body(), "m=audio"), true)
	b.want("and they talk", call.State, ua.Talking)

	f, _, invite = b.calling(ua.Invitation{Offerless: true})
	b.receive(f.response(invite, "200 OK", strings.Replace(offer, "AVP 0", "AVP 18", 1)))
	b.want("what can't be taken is turned down in the ACK", strings.Contains(b.next("200", "ACK").Body(), "m=audio 0 "), true)
	b.next("and the call ended", "BYE")
	b.want("why", b.ended().Code, 488)

	f, _, invite = b.calling(ua.Invitation{})
	b.receive(f.response(invite, "200 OK"))
	b.next("a 200 without an answer", "ACK")
	b.next("is no call", "BYE")
	b.want("why", b.ended().Code, 488)
}

// TestStrayResponses: what belongs to nothing does nothing.
func TestStrayResponses(t *testing.T) {
	b := newBench(t)
	f, _, invite := b.calling(ua.Invitation{})
	other := strings.Replace(f.response(invite, "200 OK", offer), invite.Branch(), "z9hG4bKnoneofours", 1)
	b.receive(other)
	b.silent("another branch")
	b.receive(strings.Replace(f.response(invite, "200 OK", offer), "CSeq: 1 INVITE", "CSeq: 1 BYE", 1))
	b.silent("another method")
	b.want("no dialog", b.a.Dialogs(), 0)
	f.local = ""
	b.receive(strings.Replace(f.response(invite, "180 Ringing"), "example.test>;tag=\r\n", "example.test>\r\n", 1))
	b.want("no tag, no dialog", b.a.Dialogs(), 0)
}
