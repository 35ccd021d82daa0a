package ua_test

import (
	"testing"
	"time"

	"hookflash/sip"
	"hookflash/ua"
)

const allows = "Allow: INVITE, ACK, CANCEL, BYE, UPDATE"

func party(name string) ua.Party { return ua.Party{URI: "sip:" + name + "@example.test"} }

// TestIdentify: RFC 3311 §5, RFC 3325 §9.1.
func TestIdentify(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f, call := b.incoming(offer, allows)
	tell := func(who ua.Party) { b.do(func(*ua.Agent) { call.Identify(who) }) }
	tell(ua.Party{URI: "sip:carol@example.test", Name: "Carol"})
	update := b.next("it is told", "UPDATE")
	b.want("whom it talks with", update.Header(sip.HeaderPAssertedIdentity), `"Carol" <sip:carol@example.test>`)
	b.want("without a body", update.Body(), "")
	b.want("its session is refreshed", update.Has(sip.HeaderSessionExpires), true)
	tell(party("carol"))
	tell(party("dave"))
	tell(party("erin"))
	b.silent("one at a time")
	b.receive(f.response(update, "200 OK"))
	update = b.next("then the last one", "UPDATE")
	b.want("who", update.Header(sip.HeaderPAssertedIdentity), "<sip:erin@example.test>")
	tell(party("frank"))
	tell(party("erin"))
	b.receive(f.response(update, "200 OK"))
	b.silent("nothing that it knows")

	for _, status := range []string{"405 Method Not Allowed", "403 Forbidden", "500 Server Internal Error", "501 Not Implemented", "603 Decline", "480 Temporarily Unavailable"} {
		who := party(status[:3])
		tell(who)
		b.receive(f.response(b.next("told", "UPDATE"), status))
		tell(who)
		b.silent(status + " is an answer")
		b.want("the call goes on", call.State, ua.Talking)
	}

	result := b.task(call.Hold)
	invite := b.next("hold", "INVITE")
	tell(party("carol"))
	b.silent("not beside a change of the session")
	b.receive(f.response(invite, "200 OK", held))
	b.next("held", "ACK")
	b.want("held", *result, nil)
	update = b.next("but after it", "UPDATE")
	b.receive(f.response(update, "491 Request Pending"))
	tell(party("dave"))
	b.silent("it waits")
	b.until(5 * time.Second)
	update = b.next("and is told", "UPDATE")
	b.want("of the last one", update.Header(sip.HeaderPAssertedIdentity), "<sip:dave@example.test>")
	b.receive(f.response(update, "200 OK"))
	b.silent("once")

	tell(party("erin"))
	b.receive(f.response(b.next("told", "UPDATE"), "481 Call/Transaction Does Not Exist"))
	b.want("RFC 3261 §12.2.1.2: there is no call", call.State, ua.Over)
	tell(party("frank"))
}

// TestIdentifyCrossed: an UPDATE without offer is no reason to refuse a change of the far side's that crosses it (RFC 3311 §5.2,
// RFC 3261 §14.2).
func TestIdentifyCrossed(t *testing.T) {
	for _, test := range []struct{ reason, status string }{
		{"it is told", "200 OK"},
		{"it takes nothing beside its own", "491 Request Pending"},
	} {
		b := newBench(t).handle(ua.Handlers{})
		f, call := b.incoming(offer, allows)
		b.do(func(*ua.Agent) { call.Identify(party("carol")) })
		update := b.next("it is told", "UPDATE")
		b.receive(f.request("INVITE", held))
		b.want("theirs is taken", directionOf(b.next("theirs", "200 INVITE").Body()), "recvonly")
		b.want("held", call.HeldByThem, true)
		b.receive(f.request("ACK"))
		b.receive(f.response(update, test.status))
		b.until(5 * time.Second)
		if test.status != "200 OK" {
			update = b.next(test.reason, "UPDATE")
			b.receive(f.response(update, "200 OK"))
		}
		b.silent(test.reason)
		b.want("still held", call.HeldByThem, true)
	}
}

// TestIdentifyUnacknowledged: what waits for the ACK to our 2xx goes on where something else shows that it has arrived (RFC 5407
// §3.1.4).
func TestIdentifyUnacknowledged(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	f := b.far()
	b.receive(f.request("INVITE", offer, allows))
	f.peer = b.next("it rings", "180 INVITE").ToTag()
	call := b.a.Calls()[0]
	b.do(func(*ua.Agent) { b.want("it can be answered", call.Answer(), nil) })
	b.next("it answers", "200 INVITE")
	b.do(func(*ua.Agent) { call.Identify(party("carol")) })
	b.silent("not before the ACK")
	b.receive(f.request("UPDATE"))
	b.next("which was lost", "200 UPDATE")
	b.next("it is told", "UPDATE")
}

// TestIdentifySilent: who is told nothing.
func TestIdentifySilent(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	_, call := b.incoming()
	b.do(func(*ua.Agent) { call.Identify(party("carol")) })
	b.silent("who has not said that it takes UPDATE")

	b = newBench(t)
	f, call, invite := b.calling(ua.Invitation{From: ua.Party{URI: "sip:carol@example.test"}})
	b.receive(f.response(invite, "180 Ringing", allows))
	b.do(func(*ua.Agent) { call.Identify(party("dave")) })
	b.silent("an early dialog")
	b.receive(f.response(invite, "200 OK", allows, held))
	b.next("answered", "ACK")
	b.silent("and nothing is left of that")
	b.do(func(*ua.Agent) { call.Identify(party("carol")) })
	b.silent("the INVITE has said so")
	b.do(func(*ua.Agent) { call.Identify(party("dave")) })
	b.next("but not so", "UPDATE")
}

// TestTold: whom an INVITE tells of.
func TestTold(t *testing.T) {
	vouched := ua.Field{Name: sip.HeaderPAssertedIdentity, Value: `"Carol" <sip:carol@example.test>`}
	for _, test := range []struct {
		reason, told string
		i            ua.Invitation
	}{
		{"nobody else", "sip:bob@example.test", ua.Invitation{}},
		{"somebody else", "sip:dave@example.test", ua.Invitation{From: party("dave")}},
		{"who is vouched for", "sip:carol@example.test", ua.Invitation{From: party("dave"), Fields: []ua.Field{vouched}}},
		{"not of who hides", "sip:dave@example.test", ua.Invitation{From: party("dave"), Fields: []ua.Field{vouched, {Name: sip.HeaderPrivacy, Value: "id"}}}},
	} {
		_, call, _ := newBench(t).calling(test.i)
		if call.Told.URI != test.told {
			t.Errorf("%s: %q, want %q", test.reason, call.Told.URI, test.told)
		}
	}
}

// TestIdentified: the person at a phone sees who the far side is now, from a server that vouches for it.
func TestIdentified(t *testing.T) {
	const carol = `P-Asserted-Identity: "Carol" <sip:carol@example.test>`
	for _, test := range []struct {
		reason string
		method string
		change func(s *ua.Settings)
		fields []string
		want   string
	}{
		{"by UPDATE", "UPDATE", nil, []string{carol}, "sip:carol@example.test"},
		{"by a re-INVITE", "INVITE", nil, []string{carol, offer}, "sip:carol@example.test"},
		{"nobody vouches", "UPDATE", nil, nil, ""},
		{"refused", "UPDATE", nil, []string{carol, "Require: mystery"}, ""},
		{"an agent without a person", "UPDATE", func(s *ua.Settings) { s.Unattended = true }, []string{carol}, ""},
	} {
		var changes []func(s *ua.Settings)
		if test.change != nil {
			changes = append(changes, test.change)
		}
		b := newBench(t, changes...).handle(ua.Handlers{})
		f, call := b.incoming()
		before := call.Remote
		b.forget()
		b.receive(f.request(test.method, test.fields...))
		told := false
		for _, e := range b.events {
			if e.Kind == ua.Identified {
				told = e.From == "sip:carol@example.test" && e.Name == "Carol"
			}
		}
		want := before.URI
		if test.want != "" {
			want = test.want
		}
		if call.Remote.URI != want || told != (test.want != "") {
			t.Errorf("%s: %+v, told %v", test.reason, call.Remote, told)
		}
	}
}
