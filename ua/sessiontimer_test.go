package ua_test

import (
	"testing"
	"time"

	"hookflash/sip"
	"hookflash/ua"
)

// TestSessionTimerAsked: RFC 4028 §7.1, §7.3.
func TestSessionTimerAsked(t *testing.T) {
	b := newBench(t)
	f, call, invite := b.calling(ua.Invitation{})
	b.want("half an hour is asked for", invite.Header(sip.HeaderSessionExpires), "1800")
	b.want("no Min-SE before a 422", invite.Has(sip.HeaderMinSE), false)
	b.receive(f.response(invite, "422 Session Interval Too Small", "Min-SE: 3600"))
	b.next("it is acknowledged", "ACK")
	again := b.next("and asked again", "INVITE")
	b.want("for what they want", again.Header(sip.HeaderSessionExpires)+" "+again.Header(sip.HeaderMinSE), "3600 3600")
	b.want("in the same call", again.CallID()+again.FromTag(), invite.CallID()+invite.FromTag())
	b.want("in sequence", again.CSeq(), invite.CSeq()+1)
	b.receive(f.response(again, "422 Session Interval Too Small", "Min-SE: 3600"))
	b.next("it is acknowledged", "ACK")
	b.silent("who asks for the same again gets no third one")
	b.want("the end", b.ended().Code, 422)
	b.want("the end", call.State, ua.Over)

	b = newBench(t, func(s *ua.Settings) { s.SessionInterval = -1 })
	_, _, invite = b.calling(ua.Invitation{})
	b.want("none is asked for", invite.Has(sip.HeaderSessionExpires), false)
	b.want("but taken", invite.HasToken(sip.HeaderSupported, "timer"), true)
}

// TestWeRefresh: at half the interval, by UPDATE where they take it, else by re-INVITE (RFC 4028 §7.4, §10).
func TestWeRefresh(t *testing.T) {
	for _, test := range []struct {
		reason, allow, label string
	}{
		{"they take UPDATE", "Allow: INVITE, UPDATE", "UPDATE"}, {"they don't", "Allow: INVITE", "INVITE"}, {"they don't say", "Y: z", "INVITE"},
	} {
		b := newBench(t)
		f, call := b.outgoing("Session-Expires: 1800;refresher=uac", "Require: timer", test.allow)
		b.run(900*time.Second - 1)
		b.silent("not yet")
		for range 3 {
			b.run(1)
			refresh := b.next(test.reason, test.label)
			b.want("we stay the refresher", refresh.Header(sip.HeaderSessionExpires), "1800;refresher=uac")
			b.want("an UPDATE says nothing of the session", refresh.Body() == "", test.label == "UPDATE")
			var fields []string
			if test.label == "INVITE" {
				fields = []string{offer}
			}
			b.receive(f.response(refresh, "200 OK", append(fields, "Session-Expires: 1800;refresher=uac")...))
			if test.label == "INVITE" {
				b.next("it is acknowledged", "ACK")
			}
			b.silent("until the next one")
			b.run(900*time.Second - 1)
		}
		b.want("the call goes on", call.State, ua.Talking)
	}
}

// TestRefreshFails: what does not refresh the session does not end it either, until it is over (RFC
// 4028 §10).
func TestRefreshFails(t *testing.T) {
	b := newBench(t)
	f, call := b.outgoing("Session-Expires: 1800;refresher=uac")
	b.run(900 * time.Second)
	b.receive(f.response(b.next("the refresh", "INVITE"), "488 Not Acceptable Here"))
	b.next("it is acknowledged", "ACK")
	b.run(868*time.Second - 1)
	b.want("it lives to its end", call.State, ua.Talking)
	b.run(1)
	b.want("and not longer", b.next("the end", "BYE").Header(sip.HeaderReason), `SIP;cause=408;text="Session timer expired"`)

	b = newBench(t)
	_, call = b.outgoing("Session-Expires: 1800;refresher=uac")
	b.run(933 * time.Second)
	b.skip("nobody answers", "BYE")
	b.want("the end", call.State, ua.Over)

	b = newBench(t)
	f, call = b.outgoing("Session-Expires: 1800;refresher=uac")
	b.run(900 * time.Second)
	b.receive(f.response(b.next("the refresh", "INVITE"), "422 Session Interval Too Small", "Min-SE: 2400"))
	b.next("it is acknowledged", "ACK")
	b.until(time.Second)
	again := b.next("at once with a longer one", "INVITE")
	b.want("a longer one", again.Header(sip.HeaderSessionExpires)+" "+again.Header(sip.HeaderMinSE), "2400;refresher=uac 2400")
	b.receive(f.response(again, "200 OK", offer, "Session-Expires: 2400;refresher=uas"))
	b.next("done", "ACK")
	b.run(1200 * time.Second)
	b.silent("now they are the refresher")
	b.run(1168 * time.Second)
	b.next("and do not refresh", "BYE")
	b.want("the end", call.State, ua.Over)

	b = newBench(t)
	f, call = b.outgoing("Session-Expires: 1800;refresher=uac")
	b.run(900 * time.Second)
	b.receive(f.response(b.next("the refresh", "INVITE"), "200 OK", offer))
	b.next("done", "ACK")
	b.run(24 * time.Hour)
	b.want("a 2xx without timer turns it off (RFC 4028 §7.2)", call.State, ua.Talking)
}

// TestTheyRefresh: and when they don't, the call ends a little before the interval does.
func TestTheyRefresh(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f, _ := b.incoming("Supported: timer", "Session-Expires: 120;refresher=uac", offer)
	for range 5 {
		b.run(79 * time.Second)
		b.receive(f.request("UPDATE", "Supported: timer", "Session-Expires: 120;refresher=uac"))
		answer := b.next("their refresh", "200 UPDATE")
		b.want("who refreshes", answer.Header(sip.HeaderSessionExpires), "120;refresher=uac")
		b.want("and must know it (RFC 4028 §9)", answer.HasToken(sip.HeaderRequire, "timer"), true)
	}
	b.run(88*time.Second - 1)
	b.silent("32 seconds before its end")
	b.run(1)
	b.receive(f.response(b.next("without a refresh it is over", "BYE"), "200 OK"))
	b.want("why", b.ended().Code, 408)

	f, call := b.incoming("Supported: timer", "Session-Expires: 120;refresher=uas", offer)
	b.forgetSent()
	b.run(60 * time.Second)
	b.receive(f.response(b.next("they want us to refresh", "INVITE"), "200 OK", offer, "Session-Expires: 120;refresher=uac"))
	b.next("done", "ACK")
	b.receive(f.request("INVITE", "Supported: timer", "Session-Expires: 120;refresher=uac", offer))
	b.next("then they do it themselves", "200 INVITE")
	b.receive(f.request("ACK"))
	b.run(60 * time.Second)
	b.silent("so we don't")
	b.run(28 * time.Second)
	b.receive(f.response(b.next("they did not", "BYE"), "200 OK"))
	b.want("the end", call.State, ua.Over)

	f, call = b.incoming("Session-Expires: 1", offer)
	b.run(45*time.Second - 1)
	b.silent("nobody makes us busy")
	b.run(1)
	b.next("a refresh at half of 90 seconds", "INVITE")
	_, _ = f, call
}
