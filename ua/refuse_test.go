package ua_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
	"hookflash/ua"
)

// TestRefusals is what an agent refuses outside any call, and how (RFC 3261 §8.2).
func TestRefusals(t *testing.T) {
	without := func(name string) func(string) string {
		return func(text string) string {
			var lines []string
			for _, line := range strings.Split(text, "\r\n") {
				if !strings.HasPrefix(line, name+":") {
					lines = append(lines, line)
				}
			}
			return strings.Join(lines, "\r\n")
		}
	}
	for _, test := range []struct {
		reason string
		method string
		fields []string
		change func(string) string
		label  string
		field  string // that the response has, in full
	}{
		{"a method that nothing handles", "PUBLISH", nil, nil, "405 PUBLISH", "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, NOTIFY"},
		{"a method that nobody knows", "DANCE", nil, nil, "405 DANCE", ""},
		{"MESSAGE without handler", "MESSAGE", nil, nil, "405 MESSAGE", ""},
		{"REFER without handler", "REFER", nil, nil, "405 REFER", ""},
		{"INFO without handler", "INFO", nil, nil, "405 INFO", ""},
		{"SUBSCRIBE without handler", "SUBSCRIBE", nil, nil, "405 SUBSCRIBE", ""},
		{"REGISTER", "REGISTER", nil, nil, "405 REGISTER", ""},
		{"an unknown extension", "INVITE", []string{"Require: timer, teleport", offer}, nil, "420 INVITE", "Unsupported: teleport"},
		{"two of them", "INVITE", []string{"Require: teleport", "Require: 100rel, levitate", offer}, nil, "420 INVITE", "Unsupported: teleport, levitate"},
		{"an extension whose handler is not there", "INVITE", []string{"Require: replaces", offer}, nil, "420 INVITE", "Unsupported: replaces"},
		{"another body", "INVITE", []string{"Content-Type: text/plain\r\n\r\nhello"}, nil, "415 INVITE", "Accept: application/sdp"},
		{"a body that is packed", "INVITE", []string{"Content-Encoding: gzip", offer}, nil, "415 INVITE", "Accept-Encoding: identity"},
		{"a body of no type", "INVITE", []string{"X: y\r\n\r\nv=0"}, nil, "415 INVITE", ""},
		{"SDP that is none", "INVITE", []string{"v=0\r\nnonsense"}, nil, "400 INVITE", ""},
		{"nothing in common", "INVITE", []string{strings.Replace(offer, "AVP 0", "AVP 18", 1)}, nil, "488 INVITE", `Warning: 305 192.0.2.101:5060 "Incompatible media format"`},
		{"video only", "INVITE", []string{strings.Replace(offer, "m=audio", "m=video", 1)}, nil, "488 INVITE", `Warning: 304 192.0.2.101:5060 "Media type not available"`},
		{"encrypted only", "INVITE", []string{strings.Replace(offer, "RTP/AVP", "RTP/SAVP", 1)}, nil, "488 INVITE", `Warning: 302 192.0.2.101:5060 "Incompatible transport protocol: no agreement on SRTP"`},
		{"no Contact", "INVITE", []string{offer}, without("Contact"), "400 INVITE", ""},
		{"a Contact of another scheme", "INVITE", []string{offer}, func(text string) string {
			return strings.Replace(text, "<sip:alice@192.0.2.2>", "<mailto:alice@example.test>", 1)
		}, "400 INVITE", ""},
		{"a Request-URI of another scheme", "INVITE", []string{offer}, func(text string) string {
			return strings.Replace(text, "INVITE sip:bob@192.0.2.101:5060", "INVITE tel:+15551234", 1)
		}, "416 INVITE", ""},
		{"an interval that is too small", "INVITE", []string{"Supported: timer", "Session-Expires: 60", offer}, nil, "422 INVITE", "Min-SE: 90"},
		{"BYE for no dialog", "BYE", nil, nil, "481 BYE", ""},
		{"UPDATE for no dialog", "UPDATE", nil, nil, "481 UPDATE", ""},
		{"PRACK for no dialog", "PRACK", nil, nil, "481 PRACK", ""},
		{"CANCEL for nothing", "CANCEL", nil, nil, "481 CANCEL", ""},
		{"NOTIFY for nothing", "NOTIFY", []string{"Event: presence", "Subscription-State: active"}, nil, "481 NOTIFY", ""},
		{"Replaces in another method than INVITE", "OPTIONS", []string{"Replaces: c;to-tag=a;from-tag=b"}, nil, "400 OPTIONS", ""},
		{"Join in another method than INVITE", "OPTIONS", []string{"Join: c;to-tag=a;from-tag=b"}, nil, "400 OPTIONS", ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			b := newBench(t).handle(ua.Handlers{})
			text := b.far().request(test.method, test.fields...)
			if test.change != nil {
				text = test.change(text)
			}
			b.receive(text)
			answer := b.next(test.reason, test.label)
			if answer.ToTag() == "" {
				t.Error("every response above 100 has a tag (RFC 3261 §8.2.6.2)")
			}
			if test.field != "" && !strings.Contains(answer.Text(), "\r\n"+test.field+"\r\n") {
				t.Errorf("%q is missing:\n%s", test.field, answer.Text())
			}
			b.silent("one response is enough")
			if answer.Method() == sip.INVITE {
				b.run(500 * time.Millisecond)
				b.want("until its ACK comes, it is repeated", b.next("again", test.label).Text(), answer.Text())
			}
			b.run(40 * time.Second)
			b.forget().gone(test.reason)
		})
	}
}

// TestForgedSource: a refusal leaves once for each request of a stranger's, whose address may be another's.
func TestForgedSource(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	refused := b.far().request("INVITE", "Require: teleport", offer)
	b.from(stranger, refused)
	b.next("a stranger's INVITE", "420 INVITE")
	b.run(33 * time.Second)
	b.silent("the refusal is not repeated by itself")
	b.from(stranger, b.far().request("INVITE", offer))
	b.next("a call of a stranger's", "180 INVITE")
	b.do(func(a *ua.Agent) { a.Calls()[0].Reject(sip.Answer{Code: 486}) })
	b.next("that somebody refuses", "486 INVITE")
	b.run(600 * time.Millisecond)
	b.next("is refused reliably", "486 INVITE")
}

// TestTolerated is what looks odd and is none the less a call.
func TestTolerated(t *testing.T) {
	multipart := "Content-Type: multipart/mixed;boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x\r\nContent-Type: application/sdp\r\n\r\n" + offer + "\r\n--x--\r\n"
	for _, test := range []struct {
		reason string
		fields []string
		body   bool // the 200 answers, rather than offers
	}{
		{"an offer", []string{offer}, true},
		{"no offer: ours comes", nil, true},
		{"an offer among other parts (RFC 5621)", []string{multipart}, true},
		{"a body that may be ignored", []string{"Content-Disposition: render;handling=optional", "Content-Type: text/html\r\n\r\n<p>"}, true},
		{"a type in capitals", []string{"Content-Type: Application/SDP\r\n\r\n" + offer}, true},
		{"unknown extensions that are only supported", []string{"Supported: teleport", offer}, true},
	} {
		t.Run(test.reason, func(t *testing.T) {
			b := newBench(t).handle(ua.Handlers{})
			f := b.far()
			b.receive(f.request("INVITE", test.fields...))
			f.peer = b.next(test.reason, "180 INVITE").ToTag()
			b.do(func(a *ua.Agent) { b.want("it can be answered", a.Calls()[0].Answer(), nil) })
			b.want(test.reason, b.next("it answers", "200 INVITE").Body() != "", test.body)
			b.receive(f.request("ACK", offer))
			b.receive(f.request("BYE"))
			b.next("the end", "200 BYE")
			b.forget().gone(test.reason)
		})
	}
}

// TestAbilities: Allow and Supported name what has a handler, and nothing else.
func TestAbilities(t *testing.T) {
	always := []string{"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "PRACK", "UPDATE", "NOTIFY"}
	base := []string{"100rel", "timer", "gruu", "outbound", "199", "norefersub"}
	for _, test := range []struct {
		reason        string
		handlers      ua.Handlers
		methods, tags []string
	}{
		{"none", ua.Handlers{}, nil, nil},
		{"Info", ua.Handlers{Info: func(*ua.Call, *sip.Message) int { return 200 }}, []string{"INFO"}, nil},
		{"Refer", ua.Handlers{Refer: func(r *ua.Referral) { r.Refuse(603) }}, []string{"REFER"}, []string{"tdialog", "nosub"}},
		{"Message", ua.Handlers{Message: func(ua.Letter) int { return 200 }}, []string{"MESSAGE"}, nil},
		{"Subscribe", ua.Handlers{Subscribe: map[string]func(*ua.Subscription){"dialog": func(*ua.Subscription) {}}}, []string{"SUBSCRIBE"}, nil},
		{"Replace", ua.Handlers{Replace: func(_, _ *ua.Call) {}}, nil, []string{"replaces"}},
		{"Join", ua.Handlers{Join: func(_, _ *ua.Call) {}}, nil, []string{"join"}},
	} {
		b := newBench(t).handle(test.handlers)
		b.receive(b.far().request("OPTIONS"))
		answer := b.next(test.reason, "200 OPTIONS")
		values := func(h sip.Header) (list []string) {
			for value := range answer.Values(h) {
				list = append(list, value)
			}
			slices.Sort(list)
			return list
		}
		sorted := func(lists ...[]string) []string {
			all := slices.Concat(lists...)
			slices.Sort(all)
			return all
		}
		b.want(test.reason+": Allow", values(sip.HeaderAllow), sorted(always, test.methods))
		b.want(test.reason+": Supported", values(sip.HeaderSupported), sorted(base, test.tags))
		for _, method := range []string{"INFO", "REFER", "MESSAGE", "SUBSCRIBE", "PUBLISH"} {
			b.receive(b.far().request(method))
			refused := b.skip(test.reason, labelOf(b.sent[len(b.sent)-1])).StatusCode() == 405
			b.forget()
			b.want(test.reason+": 405 to "+method, refused, !slices.Contains(test.methods, method))
		}
	}
}

// TestMerged: two branches of one forked INVITE are one call (RFC 3261 §8.2.2.2), also when the first
// has its answer.
func TestMerged(t *testing.T) {
	for _, test := range []struct {
		reason string
		meet   func(b *bench)
	}{
		{"while it rings", func(*bench) {}},
		{"after it was answered", func(b *bench) { b.do(func(a *ua.Agent) { _ = a.Calls()[0].Answer() }) }},
		{"after it was refused", func(b *bench) { b.do(func(a *ua.Agent) { a.Calls()[0].Reject(sip.Answer{Code: 486}) }) }},
	} {
		b := newBench(t).handle(ua.Handlers{})
		f := b.far()
		b.receive(f.request("INVITE", offer))
		test.meet(b)
		b.forget()
		b.receive(f.again("INVITE", "z9hG4bKother", offer))
		b.next(test.reason, "482 INVITE")
		b.receive(f.again("INVITE", "z9hG4bKnext", strings.Replace(offer, "1 1", "2 2", 1)))
		b.next("whatever is in it", "482 INVITE")
		f.sequence++
		b.receive(f.again("INVITE", "z9hG4bKthird", offer))
		b.skip("another CSeq is another request", "180 INVITE")
	}
}

// TestSequence: RFC 3261 §12.2.2.
func TestSequence(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{Info: func(*ua.Call, *sip.Message) int { return 200 }})
	f, _ := b.incoming()
	f.sequence = 9
	b.receive(f.request("INFO"))
	b.next("a gap is fine", "200 INFO")
	f.sequence = 4
	b.receive(f.request("INFO"))
	b.next("what is older than the last one", "500 INFO")
	f.sequence = 9
	b.receive(f.request("INVITE", offer))
	b.next("the same number once more is not", "500 INVITE") // 10 was used
	b.forget()
	f.sequence = 20
	b.receive(f.request("BYE"))
	b.next("it goes on", "200 BYE")
	b.gone("after all that")
}

// TestWithinACall is requests within a call that are none of its changes.
func TestWithinACall(t *testing.T) {
	var letters []ua.Letter
	var digits []string
	b := newBench(t).handle(ua.Handlers{
		Info:    func(_ *ua.Call, m *sip.Message) int { digits = append(digits, m.Body()); return 200 },
		Message: func(l ua.Letter) int { letters = append(letters, l); return 200 },
	})
	f, call := b.incoming()
	for _, test := range []struct {
		reason, method string
		fields         []string
		label          string
	}{
		{"OPTIONS", "OPTIONS", nil, "200 OPTIONS"},
		{"a digit", "INFO", []string{"Content-Type: application/dtmf-relay\r\n\r\nSignal=5"}, "200 INFO"},
		{"an Info Package that is not known", "INFO", []string{"Info-Package: nonsense"}, "469 INFO"},
		{"a text", "MESSAGE", []string{"Content-Type: text/plain\r\n\r\nhello"}, "200 MESSAGE"},
		{"a text that is too long", "MESSAGE", []string{"Content-Type: text/plain\r\n\r\n" + strings.Repeat("x", ua.MaxLetter+1)}, "413 MESSAGE"},
		{"PRACK for nothing", "PRACK", []string{"RAck: 1 1 INVITE"}, "481 PRACK"},
		{"an unknown extension", "INFO", []string{"Require: teleport"}, "420 INFO"},
		{"a method without handler", "REFER", []string{"Refer-To: <sip:carol@example.test>"}, "405 REFER"},
		{"Replaces in a BYE", "BYE", []string{"Replaces: c;to-tag=a;from-tag=b"}, "400 BYE"},
	} {
		b.receive(f.request(test.method, test.fields...))
		b.next(test.reason, test.label)
		b.silent(test.reason)
	}
	if len(letters) != 1 || letters[0].Call != call || letters[0].Text != "hello" || len(digits) != 1 || digits[0] != "Signal=5" {
		t.Error("handlers got", letters, digits)
	}
	other := b.far()
	other.callID, other.peer = f.callID, f.peer
	b.receive(other.request("BYE"))
	b.next("another tag is another dialog", "481 BYE")
	b.receive(f.request("BYE"))
	b.next("the end", "200 BYE")
	b.receive(f.request("BYE"))
	b.next("there is no dialog any more", "481 BYE")
	b.gone("after all that")
}

// TestLimits: what exceeds a limit is refused, and does no harm.
func TestLimits(t *testing.T) {
	b := newBench(t, func(s *ua.Settings) { s.Local = near }).handle(ua.Handlers{})
	for b.a.Ports.Free() > 0 {
		b.a.Ports.Take()
	}
	f := b.far()
	b.receive(f.request("INVITE", offer))
	b.next("no port is needed to ring", "180 INVITE")
	b.do(func(a *ua.Agent) {
		if err := a.Calls()[0].Answer(); err != ua.ErrNoPort {
			t.Error("an answer needs one", err)
		}
	})
	b.next("the caller is told", "500 INVITE")
	b.do(func(a *ua.Agent) {
		if _, err := a.Invite(ua.Invitation{Target: "sip:alice@example.test"}); err != ua.ErrNoPort {
			t.Error("so does a call", err)
		}
		for _, target := range []string{"", "alice", "tel:+1", "mailto:a@b", "sip:"} {
			if _, err := a.Invite(ua.Invitation{Target: target}); err == nil {
				t.Error("no target:", target)
			}
		}
		if _, err := a.Invite(ua.Invitation{Target: "sips:alice@example.test"}); err != ua.ErrInsecure {
			t.Error("sips goes over TLS only", err)
		}
		if err := a.Write(ua.Letter{To: "sip:alice@example.test", Text: strings.Repeat("x", ua.MaxLetter+1)}, nil); err != ua.ErrTooLong {
			t.Error("a text has its limit", err)
		}
	})
	b.silent("nothing of that was sent")
	routes := "Record-Route: " + strings.Repeat("<sip:p.test;lr>, ", 20) + "<sip:p.test;lr>"
	b.receive(b.far().request("INVITE", routes, offer))
	b.next("a route set of 21 hops", "400 INVITE")
	b.gone("after all that")
}

// TestNobodyAnswers: a call that nobody cares about ends by itself (RFC 3261 §13.3.1).
func TestNobodyAnswers(t *testing.T) {
	for _, test := range []struct {
		reason string
		fields []string
		after  time.Duration
		label  string
	}{
		{"whatever the caller wants", []string{offer}, ua.AnswerLimit, "480 INVITE"},
		{"the caller wants less", []string{"Expires: 90", offer}, 90 * time.Second, "487 INVITE"},
		{"the caller wants more", []string{"Expires: 4000", offer}, ua.AnswerLimit, "480 INVITE"},
	} {
		b := newBench(t).handle(ua.Handlers{})
		b.receive(b.far().request("INVITE", test.fields...))
		b.run(test.after - time.Second)
		b.want(test.reason, len(b.a.Calls()), 1)
		for range int(test.after/time.Minute) + min(1, int(test.after%time.Minute)) {
			b.next("the caller is told every minute", "180 INVITE")
		}
		b.run(time.Second)
		b.next(test.reason, test.label)
		b.forget().gone(test.reason)
	}
}
