package ua_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// described is a description of somebody else's.
func described(port, direction string) string {
	return "v=0\r\no=music 7 7 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio " + port + " RTP/AVP 0\r\na=" + direction + "\r\n"
}

// body is a description without its o= line, which is another one in each dialog.
func body(text string) string {
	_, rest, _ := strings.Cut(text, "s=-")
	return rest
}

// soliciting is a bench with a call whose far side is asked for an offer; what came of it is in s.
func soliciting(t *testing.T) (b *bench, f *far, call *ua.Call, s *ua.Solicited, asked *sip.Message) {
	b = newBench(t).handle(ua.Handlers{})
	f, call = b.incoming()
	result := b.task(func(t *task.Task) (err error) { s, err = call.SolicitHold(t); return err })
	asked = b.next("it asks for an offer", "INVITE")
	b.want("without one of its own", asked.Body(), "")
	b.want("whom it holds it does not listen to", strings.Contains(asked.Header(sip.HeaderContact), `+sip.rendering="no"`), true)
	b.want("the offer is not to come before", asked.HasToken(sip.HeaderSupported, "100rel"), false)
	b.receive(f.response(asked, "200 OK", offer))
	b.silent("the ACK waits")
	b.want("the offer is there", *result, nil)
	b.want("the offer", s.Offer, offer)
	return b, f, call, s, asked
}

// TestSolicit: the answer of somebody else goes into the ACK (RFC 7088 §2.1), with our o= line.
func TestSolicit(t *testing.T) {
	b, f, call, s, asked := soliciting(t)
	b.receive(f.response(asked, "200 OK", offer))
	b.silent("a copy changes nothing")
	b.receive(f.request("INVITE", offer))
	b.next("nor may the far side change it now", "491 INVITE")
	b.receive(f.refused())
	b.do(func(*ua.Agent) {
		b.want("an answer of another shape", s.Answer("v=0\r\no=m 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n") != nil, true)
		b.want("the answer", s.Answer(described("4444", "sendonly")), nil)
		b.want("once", errors.Is(s.Answer(described("4444", "sendonly")), ua.ErrOver), true)
	})
	ack := b.next("the answer goes on", "ACK")
	b.want("as it was", body(ack.Body()), body(described("4444", "sendonly")))
	b.want("but for its origin", strings.Contains(ack.Body(), "music"), false)
	b.receive(f.response(asked, "200 OK", offer))
	b.want("to a copy again", body(b.next("again", "ACK").Body()), body(ack.Body()))
	for _, set := range b.open {
		b.want("nothing is sent or heard here", []bool{set.Send, set.Receive}, []bool{false, false})
	}
	b.want("held", call.Held, true)
	b.task(call.Resume)
	resume := b.next("resumed with a description of ours", "INVITE")
	b.want("the version is one on", version(resume.Body()), version(ack.Body())+1)
	b.receive(f.response(resume, "200 OK", offer))
	b.next("acknowledged", "ACK")
	for _, set := range b.open {
		b.want("all is as before", []bool{set.Send, set.Receive}, []bool{true, true})
	}
}

// version is that of the o= line.
func version(text string) int {
	_, rest, _ := strings.Cut(text, "o=- ")
	_, rest, _ = strings.Cut(rest, " ")
	digits, _, _ := strings.Cut(rest, " ")
	n := 0
	for _, digit := range digits[max(0, len(digits)-9):] {
		n = 10*n + int(digit-'0')
	}
	return n
}

// TestSolicitUnanswered: nobody answers the offer, so we do; the far side stays on hold.
func TestSolicitUnanswered(t *testing.T) {
	for reason, end := range map[string]func(b *bench, s *ua.Solicited){
		"dropped":   func(b *bench, s *ua.Solicited) { b.do(func(*ua.Agent) { s.Drop() }) },
		"forgotten": func(b *bench, s *ua.Solicited) { b.run(ua.SolicitLimit) },
	} {
		b, _, call, s, _ := soliciting(t)
		end(b, s)
		ack := b.next(reason, "ACK")
		b.want(reason+": held", strings.Contains(ack.Body(), "a=sendonly"), true)
		b.want(reason+": it stands", call.State, ua.Talking)
		b.want(reason, errors.Is(s.Answer(described("4444", "sendonly")), ua.ErrOver), true)
	}
}

// TestSolicitEnds: the call ends before anybody answers: the ACK goes first, and takes nothing.
func TestSolicitEnds(t *testing.T) {
	b, _, call, s, _ := soliciting(t)
	b.do(func(*ua.Agent) { call.HangUp() })
	b.want("turned down", strings.Contains(b.next("acknowledged", "ACK").Body(), "m=audio 0 "), true)
	b.next("and ended", "BYE")
	b.want("too late", errors.Is(s.Answer(described("4444", "sendonly")), ua.ErrOver), true)
	b.gone("hung up")

	b, f, _, _, _ := soliciting(t)
	b.receive(f.request("BYE"))
	b.next("the far side hangs up", "200 BYE")
	b.next("its 2xx is acknowledged all the same", "ACK")
	b.gone("hung up by the far side")
}

// TestSolicitRefused: the call stays as it was.
func TestSolicitRefused(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f, call := b.incoming()
	result := b.task(func(t *task.Task) error { _, err := call.SolicitHold(t); return err })
	b.receive(f.response(b.next("asked", "INVITE"), "488 Not Acceptable Here", offer))
	b.next("acknowledged", "ACK")
	b.want("refused", code(*result), 488)
	b.want("not held", call.Held, false)
}

func code(err error) int {
	var status *sip.StatusError
	if errors.As(err, &status) {
		return status.Code
	}
	return 0
}

// relayed is a bench with a call whose offers somebody else answers, who says what answer holds.
func relayed(t *testing.T) (b *bench, f *far, call *ua.Call, offers *[]string, answer *func(t *task.Task) (string, int)) {
	b = newBench(t).handle(ua.Handlers{})
	f, call = b.incoming()
	offers, answer = new([]string), new(func(t *task.Task) (string, int))
	result := b.task(func(t *task.Task) error {
		_, err := call.Offer(t, described("4444", "sendrecv"))
		return err
	})
	invite := b.next("somebody else's description is offered", "INVITE")
	b.want("as it was", body(invite.Body()), body(described("4444", "sendrecv")))
	b.receive(f.response(invite, "200 OK", offer))
	b.next("acknowledged", "ACK")
	b.want("taken", *result, nil)
	b.want("the answer", call.Description(), offer)
	call.Relay(func(t *task.Task, offer string) (string, int) {
		*offers = append(*offers, offer)
		return (*answer)(t)
	})
	return b, f, call, offers, answer
}

// TestRelay: an offer of the far side is answered by somebody else.
func TestRelay(t *testing.T) {
	held := strings.Replace(offer, "RTP/AVP 0\r\n", "RTP/AVP 0\r\na=sendonly\r\n", 1)
	for _, method := range []string{"INVITE", "UPDATE"} {
		b, f, call, offers, answer := relayed(t)
		*answer = func(t *task.Task) (string, int) {
			t.Sleep(time.Second)
			return described("4444", "recvonly"), 0
		}
		b.receive(f.request(method, held))
		b.silent("it waits for its answer")
		b.receive(f.request("UPDATE", offer))
		b.next("no other meanwhile", "500 UPDATE")
		b.run(time.Second)
		ok := b.skip("answered", "200 "+method)
		b.want("as it was", body(ok.Body()), body(described("4444", "recvonly")))
		b.want("the offer", *offers, []string{held})
		b.want("it holds us", call.HeldByThem, true)
		if method == "INVITE" {
			b.receive(f.request("ACK"))
		}
	}
}

// TestRelayRefuses: whoever answers may refuse, or leave it to us.
func TestRelayRefuses(t *testing.T) {
	b, f, call, _, answer := relayed(t)
	*answer = func(*task.Task) (string, int) { return "", 488 }
	b.receive(f.request("INVITE", offer))
	b.next("refused", "488 INVITE")
	b.receive(f.refused())
	b.want("it goes on", call.Relayed(), true)
	*answer = func(*task.Task) (string, int) { return "", 0 }
	b.receive(f.request("INVITE", offer))
	ok := b.next("answered by us", "200 INVITE")
	b.want("with our address", strings.Contains(ok.Body(), "c=IN IP4 192.0.2.101"), true)
	b.receive(f.request("ACK"))
	b.want("nobody else does any more", call.Relayed(), false)
}

// TestRelayOfferless: who asks for an offer gets the last one, and what it answers is passed on.
func TestRelayOfferless(t *testing.T) {
	b, f, call, offers, answer := relayed(t)
	*answer = func(*task.Task) (string, int) { return described("4444", "sendrecv"), 0 }
	b.receive(f.request("INVITE"))
	ok := b.next("what was said last", "200 INVITE")
	b.want("as it was", body(ok.Body()), body(described("4444", "sendrecv")))
	f.sequence--
	elsewhere := strings.Replace(offer, "4000", "4002", 1)
	f.sequence++
	b.receive(f.request("ACK", elsewhere))
	b.want("passed on", *offers, []string{elsewhere})
	b.want("known", call.Description(), elsewhere)
}

// TestRelayEnds: the call ends while somebody else looks for an answer.
func TestRelayEnds(t *testing.T) {
	b, f, call, _, answer := relayed(t)
	*answer = func(t *task.Task) (string, int) { t.Sleep(time.Minute); return "", 0 }
	b.receive(f.request("INVITE", offer))
	b.do(func(*ua.Agent) { call.HangUp() })
	b.next("what waits has its answer", "487 INVITE")
	b.next("and ended", "BYE")
	b.gone("hung up")
}

// TestForeignOffers: a call that begins with somebody else's description, without media, or with the far side's offer.
func TestForeignOffers(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f, call, invite := b.calling(ua.Invitation{Offer: described("4444", "recvonly")})
	b.want("offered", body(invite.Body()), body(described("4444", "recvonly")))
	b.receive(f.response(invite, "200 OK", offer))
	b.next("acknowledged", "ACK")
	b.want("the answer", call.Description(), offer)
	b.want("no port is taken", len(b.open), 0)

	f, call, invite = b.calling(ua.Invitation{NoMedia: true})
	b.want("no media", strings.Contains(invite.Body(), "m="), false)
	b.receive(f.response(invite, "200 OK", strings.Split(offer, "m=")[0]))
	b.next("acknowledged", "ACK")
	b.want("established", call.State, ua.Talking)

	f, call, invite = b.calling(ua.Invitation{Solicit: true})
	b.want("nothing offered", invite.Body(), "")
	b.receive(f.response(invite, "200 OK", offer))
	b.silent("the ACK waits")
	b.want("established", call.State, ua.Talking)
	b.do(func(*ua.Agent) { b.want("answered", call.Solicited().Answer(described("4444", "sendrecv")), nil) })
	b.want("passed on", body(b.next("the ACK", "ACK").Body()), body(described("4444", "sendrecv")))
}
