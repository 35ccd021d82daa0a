package ua_test

import (
	"strings"
	"testing"
	"time"

	"hookflash/sip"
	"hookflash/ua"
)

// registering is an agent that has an instance and wants to be registered.
func registering(t *testing.T) (*bench, *far, *sip.Message) {
	b := newBench(t, func(s *ua.Settings) { s.Instance = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6" })
	f := b.far()
	f.contact = ""
	b.do(func(a *ua.Agent) { a.Register(nil) })
	return b, f, b.next("it registers", "REGISTER")
}

const bound = `Contact: <sip:bob@192.0.2.101:5060>;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"`

// TestRegister: RFC 3261 §10.2, RFC 3608, RFC 5627.
func TestRegister(t *testing.T) {
	b, f, register := registering(t)
	b.want("at the domain", register.RequestURI(), "sip:example.test")
	b.want("for itself", register.To(), "<sip:bob@example.test>")
	b.want("with an instance (RFC 5626 §4.1)", register.Header(sip.HeaderContact), bound[len("Contact: "):]+";reg-id=1;expires=3600")
	b.want("GRUU is asked for (RFC 5627 §4.1)", register.HasToken(sip.HeaderSupported, "gruu"), true)
	b.receive(f.response(register, "401 Unauthorized", challenge("WWW-Authenticate", "example.test", "n1")))
	again := b.next("challenged", "REGISTER")
	b.want("answered", strings.Contains(again.Header(sip.HeaderAuthorization), `username="bob"`), true)
	b.want("the same registration", again.CallID(), register.CallID())
	b.want("in sequence", again.CSeq(), register.CSeq()+1)
	b.receive(f.response(again, "200 OK", bound+`;expires=600;pub-gruu="sip:bob@example.test;gr=urn:uuid:f81d"`,
		"Contact: <sip:bob@192.0.2.7>;expires=7200", "Service-Route: <sip:192.0.2.10:5060;lr>, <sip:edge.test;lr>"))
	b.want("it is told", b.events[len(b.events)-1].Kind, ua.Registered)
	call, _ := b.callTo("sip:alice@example.test")
	b.want("the GRUU is the contact (RFC 5627 §4.3)", strings.HasPrefix(call.Header(sip.HeaderContact), "<sip:bob@example.test;gr=urn:uuid:f81d>"), true)
	b.want("the route is that of the registrar (RFC 3608)", call.Header(sip.HeaderRoute)+" "+strings.Join(valuesOf(call, sip.HeaderRoute), " "),
		"<sip:192.0.2.10:5060;lr> <sip:192.0.2.10:5060;lr> <sip:edge.test;lr>")
	b.receive(f.response(call, "486 Busy Here"))
	b.forget()
	b.run(300*time.Second - 1)
	b.silent("not yet")
	b.run(1)
	refresh := b.next("it is renewed at half its time", "REGISTER")
	b.want("by the known challenge", strings.Contains(refresh.Header(sip.HeaderAuthorization), "nc=00000002"), true)
	b.want("the Contact is the address, not the GRUU", strings.HasPrefix(refresh.Header(sip.HeaderContact), "<sip:bob@192.0.2.101:5060>"), true)
	b.receive(f.response(refresh, "200 OK", bound+";expires=3600"))
	b.want("without a GRUU in it there is none", b.a.ContactURI(), "sip:bob@192.0.2.101:5060")
	b.run(50*time.Minute - 1)
	b.silent("of a long one, ten minutes before its end")
	b.run(1)
	b.receive(f.response(b.next("renewed", "REGISTER"), "200 OK", bound+";expires=3600"))
	b.do(func(a *ua.Agent) { a.Unregister(nil) })
	last := b.next("it goes", "REGISTER")
	b.want("it goes", strings.HasSuffix(last.Header(sip.HeaderContact), ";expires=0"), true)
	b.receive(f.response(last, "200 OK"))
	b.want("it is told", b.events[len(b.events)-1].Kind, ua.Unregistered)
	b.gone("unregistered")
}

func valuesOf(m *sip.Message, h sip.Header) (values []string) {
	for value := range m.Values(h) {
		values = append(values, value)
	}
	return values
}

// callTo gives the INVITE of a call.
func (b *bench) callTo(target string) (*sip.Message, *ua.Call) {
	b.Helper()
	var call *ua.Call
	b.do(func(a *ua.Agent) {
		var err error
		if call, err = a.Invite(ua.Invitation{Target: target}); err != nil {
			b.Fatal(err)
		}
	})
	return b.next("it calls", "INVITE"), call
}

// TestRegisterOneAtATime: RFC 3261 §10.2: no new REGISTER before the one before it is answered.
func TestRegisterOneAtATime(t *testing.T) {
	b, f, register := registering(t)
	b.do(func(a *ua.Agent) { a.Unregister(nil) })
	b.silent("the first one has no answer yet")
	b.receive(f.response(register, "200 OK", bound+";expires=3600"))
	b.want("then the latest wish", strings.HasSuffix(b.next("now", "REGISTER").Header(sip.HeaderContact), ";expires=0"), true)
	for _, e := range b.events {
		if e.Kind == ua.Registered {
			t.Error("what is not wished for any more is not told")
		}
	}
}

// TestRegisterFails: what is tried again, and when (RFC 3261 §10.2.8, RFC 5626 §4.5).
func TestRegisterFails(t *testing.T) {
	b, f, register := registering(t)
	b.receive(f.response(register, "423 Interval Too Brief", "Min-Expires: 7200"))
	again := b.next("at once, for longer", "REGISTER")
	b.want("for longer", strings.HasSuffix(again.Header(sip.HeaderContact), ";expires=7200"), true)
	b.receive(f.response(again, "423 Interval Too Brief", "Min-Expires: 7200"))
	b.silent("the same again is a failure")
	most := 30 * time.Second
	for range 9 {
		wait := b.until(time.Hour)
		if wait < most/2 || wait > most+50*time.Millisecond {
			t.Errorf("it waits %v, want %v to %v", wait, most/2, most)
		}
		b.receive(f.response(b.next("again", "REGISTER"), "503 Service Unavailable"))
		most = min(2*most, 30*time.Minute)
	}
	b.until(time.Hour)
	b.receive(f.response(b.next("again", "REGISTER"), "200 OK", bound+";expires=3600"))
	b.until(time.Hour)
	b.receive(f.response(b.next("renewed", "REGISTER"), "503 Service Unavailable", "Retry-After: 100"))
	b.want("a success forgets the failures, and the registrar's wish counts", b.until(time.Hour), 100*time.Second)
	b.forgetSent()

	for _, status := range []string{"403 Forbidden", "401 Unauthorized"} {
		b, f, register = registering(t)
		b.receive(f.response(register, status))
		b.want(status+" is told", b.events[len(b.events)-1].Code > 400, true)
		b.run(24 * time.Hour)
		b.silent(status + " is final")
	}

	b, _, _ = registering(t)
	b.run(32 * time.Second)
	b.want("nobody there", b.events[len(b.events)-1].Code, 408)
	b.forget()
	b.until(time.Hour)
	b.next("again", "REGISTER")

	b, f, register = registering(t)
	b.receive(f.response(register, "200 OK", bound+";expires=60"))
	b.outgoing()
	b.until(time.Hour)
	b.next("renewed", "REGISTER")
	b.run(32 * time.Second)
	b.forget()
	if wait := b.until(time.Hour); wait > 2*time.Second+50*time.Millisecond {
		t.Errorf("nobody there while somebody talks: it waits %v, want at most 2 s", wait)
	}

	b, f, register = registering(t)
	b.receive(f.response(register, "401 Unauthorized", challenge("WWW-Authenticate", "example.test", "n1")))
	again = b.next("answered", "REGISTER")
	b.receive(f.response(again, "401 Unauthorized", challenge("WWW-Authenticate", "example.test", "n2")))
	b.silent("a wrong password is not tried again")
	b.receive(f.response(again, "407 Proxy Authentication Required", challenge("Proxy-Authenticate", "example.test", "n3")))
	b.silent("by whatever is asked")
}
