package ua_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/event/refer"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/ua"
)

const (
	vouched = "P-Asserted-Identity: <sip:alice@example.test>"
	own     = "P-Asserted-Identity: <sip:bob@example.test>" // whose phone it is
)

// following makes a bench that accepts every REFER, and where to find the last one.
func following(t *testing.T) (*bench, **ua.Referral) {
	last := new(*ua.Referral)
	b := newBench(t).handle(ua.Handlers{Refer: func(r *ua.Referral) {
		*last = r
		r.Accept()
	}})
	return b, last
}

// TestRefer: which REFER is followed, and what is made of it (RFC 3515 §2.4.2).
func TestRefer(t *testing.T) {
	const carol = "Refer-To: <sip:carol@example.test>"
	for _, test := range []struct {
		reason   string
		within   bool // in the dialog of a call
		flow     machine.Flow
		fields   []string
		code     int
		target   string
		replaces string
	}{
		{"within a call, its far side may", true, server, []string{carol}, 200, "sip:carol@example.test", ""},
		{"the same, straight from the far side", true, flowTo("192.0.2.2:5060"), []string{carol}, 200, "sip:carol@example.test", ""},
		{"a stranger who knows the dialog may not", true, stranger, []string{carol}, 403, "", ""},
		{"not even by saying who it is", true, stranger, []string{carol, vouched}, 403, "", ""},
		{"outside of a call, whose phone it is may", false, server, []string{carol, own}, 200, "sip:carol@example.test", ""},
		{"another user may not", false, server, []string{carol, vouched}, 403, "", ""},
		{"nor who is not vouched for", false, server, []string{carol}, 403, "", ""},
		{"nor strangers", false, stranger, []string{carol, vouched}, 403, "", ""},
		{"no Refer-To", true, server, nil, 400, "", ""},
		{"two in one", true, server, []string{carol + ", <sip:dave@example.test>"}, 400, "", ""},
		{"none that can be read", true, server, []string{"Refer-To: <sip:>"}, 400, "", ""},
		{"to something else than a SIP URI", true, server, []string{"Refer-To: <tel:+15551234>"}, 416, "", ""},
		{"short form", true, server, []string{"r: sip:carol@example.test"}, 200, "sip:carol@example.test", ""},
		{
			"Replaces", true, server,
			[]string{"Refer-To: <sip:carol@example.test?Replaces=x%40y%3Bto-tag%3D1%3Bfrom-tag%3D2>"},
			200,
			"sip:carol@example.test", "x@y 1 2",
		},
		{"Replaces that can't be read", true, server, []string{"Refer-To: <sip:carol@example.test?Replaces=x>"}, 400, "", ""},
		{
			"other fields of the URI are dropped", true, server,
			[]string{"Refer-To: <sip:carol@example.test?Route=%3Csip%3Aevil.test%3E&Replaces=x%40y%3Bto-tag%3D1%3Bfrom-tag%3D2&X=a%0D%0AY%3A1>"},
			200,
			"sip:carol@example.test", "x@y 1 2",
		},
	} {
		b, last := following(t)
		f := b.far()
		if test.within {
			f, _ = b.incoming()
		}
		b.from(test.flow, f.request("REFER", test.fields...))
		b.next(test.reason, fmt.Sprint(test.code, " REFER"))
		if test.code != 200 {
			b.silent(test.reason)
			continue
		}
		b.next(test.reason+": it reports at once", "NOTIFY")
		r := *last
		b.want(test.reason, r.Call != nil, test.within)
		// What an INVITE makes of it.
		b.do(func(a *ua.Agent) {
			if _, err := a.Invite(ua.Invitation{Target: r.Target, Replaces: r.Replaces, ReferredBy: r.ReferredBy}); err != nil {
				b.Errorf("%s: %v", test.reason, err)
			}
		})
		invite := b.next(test.reason, "INVITE")
		b.want(test.reason+": Request-URI", invite.RequestURI(), test.target)
		id, _ := sip.ParseReplaces(invite.Header(sip.HeaderReplaces))
		b.want(test.reason+": Replaces", strings.TrimSpace(id.CallID+" "+id.LocalTag+" "+id.RemoteTag), test.replaces)
		if strings.Contains(invite.Text(), "evil") || strings.Contains(invite.Text(), "\r\nY:") || invite.Has(sip.HeaderRoute) {
			b.Errorf("%s: %s", test.reason, invite.Text())
		}
	}
}

func flowTo(address string) machine.Flow {
	flow := server
	flow.Remote = netip.MustParseAddrPort(address)
	return flow
}

// TestReferredBy: what the INVITE says of who sent the REFER (RFC 3892).
func TestReferredBy(t *testing.T) {
	for field, want := range map[string]string{
		"Referred-By: <sip:boss@example.test>": "<sip:boss@example.test>",
		"Subject: none":                        "<sip:alice@example.test>",
	} {
		b, last := following(t)
		f, _ := b.incoming()
		b.receive(f.request("REFER", "Refer-To: <sip:carol@example.test>", field))
		b.want(field, (*last).ReferredBy, want)
	}
}

// TestNoSubscription: Refer-Sub (RFC 4488) and nosub (RFC 7614) bring none, within a call or without one.
func TestNoSubscription(t *testing.T) {
	for _, test := range []struct {
		field, echo string
	}{
		{"Refer-Sub: false", "false"},
		{"Require: nosub", ""},
	} {
		for _, within := range []bool{true, false} {
			b, last := following(t)
			f := b.far()
			if within {
				f, _ = b.incoming()
			}
			b.receive(f.request("REFER", "Refer-To: <sip:carol@example.test>", test.field, own))
			ok := b.next(test.field, "200 REFER")
			b.want(test.field+": echoed", ok.Header(sip.HeaderReferSub), test.echo)
			b.do(func(*ua.Agent) { (*last).Tell(refer.Status(200)) })
			b.silent(test.field)
			if !within {
				b.want(test.field+": no dialog", b.a.Dialogs(), 0)
			}
		}
	}
	b, _ := following(t)
	f, _ := b.incoming()
	b.receive(f.request("REFER", "Refer-To: <sip:carol@example.test>", "Refer-Sub: true"))
	b.want("true: not echoed as false", b.next("it is wanted", "200 REFER").Has(sip.HeaderReferSub), false)
	b.next("and there is one", "NOTIFY")
	b.receive(f.request("REFER", "Refer-To: <sip:carol@example.test>", "Require: explicitsub"))
	b.want("explicitsub is not known", b.next("refused", "420 REFER").Header(sip.HeaderUnsupported), "explicitsub")
}

// TestTargetDialog: a REFER outside of the dialog that it names (RFC 4538, RFC 7647 §4) makes a dialog of its own, and is about the call.
func TestTargetDialog(t *testing.T) {
	for _, test := range []struct {
		reason string
		flow   machine.Flow
		change func(f *far) string
		code   int
		about  bool
	}{
		{"the tags as the sender sees them", server, func(f *far) string { return f.callID + ";local-tag=" + f.local + ";remote-tag=" + f.peer }, 200, true},
		{"the other way round it is no call of ours", server, func(f *far) string { return f.callID + ";local-tag=" + f.peer + ";remote-tag=" + f.local }, 403, false},
		{"nonsense", server, func(*far) string { return "x" }, 403, false},
		{"knowing the dialog is no right for another user", server, func(f *far) string {
			return f.callID + ";local-tag=" + f.local + ";remote-tag=" + f.peer + "\r\nP-Asserted-Identity: <sip:mallory@example.test>"
		}, 403, false},
		{"nor for a stranger", stranger, func(f *far) string { return f.callID + ";local-tag=" + f.local + ";remote-tag=" + f.peer }, 403, false},
	} {
		b, last := following(t)
		f, call := b.incoming()
		other := b.far()
		fields := []string{"Refer-To: <sip:carol@example.test>", "Target-Dialog: " + test.change(f), "Require: tdialog"}
		if !strings.Contains(fields[1], "mallory") {
			fields = append(fields, vouched)
		}
		b.from(test.flow, other.request("REFER", fields...))
		ok := b.next(test.reason, fmt.Sprint(test.code, " REFER"))
		if test.code != 200 {
			b.silent(test.reason)
			continue
		}
		b.want(test.reason, (*last).Call == call, test.about)
		notify := b.next(test.reason, "NOTIFY")
		b.want(test.reason+": in its own dialog", notify.CallID()+notify.FromTag(), other.callID+ok.ToTag())
		b.receive(other.response(notify, "200 OK"))
		b.do(func(*ua.Agent) { (*last).Tell(refer.Status(200)) })
		b.receive(other.response(b.next(test.reason, "NOTIFY"), "200 OK"))
		other.peer = ok.ToTag()
		b.want(test.reason+": that one ends with the last report", b.a.Dialogs(), 1)
		b.do(func(*ua.Agent) { call.HangUp() })
		b.receive(f.response(b.next(test.reason, "BYE"), "200 OK"))
		b.gone(test.reason)
	}
}

// TestReportsOfReferral: what the referrer is told, and when that ends.
func TestReportsOfReferral(t *testing.T) {
	begin := func(t *testing.T, fields ...string) (*bench, *far, *ua.Referral, *sip.Message) {
		b, last := following(t)
		f, _ := b.incoming()
		b.receive(f.request("REFER", append([]string{"Refer-To: <sip:carol@example.test>"}, fields...)...))
		b.next("it is accepted", "200 REFER")
		return b, f, *last, b.next("it reports at once (RFC 7647 §4)", "NOTIFY")
	}
	whole := refer.Fragment{Code: 200, Reason: "OK", From: "<sip:x@y>;tag=1", To: "<sip:z@y>;tag=2", CallID: "c", Contact: "<sip:z@y>"}

	b, f, r, notify := begin(t, vouched)
	b.want("the first report", notify.Body(), "SIP/2.0 100 Trying\r\n")
	b.want("its type", notify.Header(sip.HeaderContentType), "message/sipfrag;version=2.0")
	b.want("its event names the REFER (RFC 3515 §2.4.6)", notify.Header(sip.HeaderEvent), fmt.Sprintf("refer;id=%d", f.sequence))
	b.want("its state", strings.HasPrefix(notify.Header(sip.HeaderSubscriptionState), "active;expires="), true)
	b.receive(f.response(notify, "200 OK"))
	b.do(func(*ua.Agent) { r.Tell(whole) })
	last := b.next("the last report", "NOTIFY")
	b.want("it ends the subscription", last.Header(sip.HeaderSubscriptionState), "terminated;reason=noresource")
	b.want("whom the server vouches for learns the dialog", strings.Contains(last.Body(), "Call-ID: c"), true)
	b.receive(f.response(last, "200 OK"))
	b.do(func(*ua.Agent) { r.Tell(whole) })
	b.silent("nothing follows the last report")

	b, f, r, notify = begin(t)
	b.receive(f.response(notify, "200 OK"))
	b.do(func(*ua.Agent) { r.Tell(whole) })
	b.want("others get the status line alone", b.next("the last report", "NOTIFY").Body(), "SIP/2.0 200 OK\r\n")

	for _, test := range []struct {
		status string
		over   bool
	}{{"481 Gone", true}, {"405 No", true}, {"489 What", true}, {"408 Late", true}, {"500 Order", false}, {"503 Busy", false}, {"403 No", false}} {
		b, f, r, notify = begin(t)
		b.receive(f.response(notify, test.status))
		b.do(func(*ua.Agent) { r.Tell(refer.Status(200)) })
		if test.over {
			b.silent(test.status + " ends it (RFC 5057 §5.1)")
		} else {
			b.next(test.status+" is about one NOTIFY alone", "NOTIFY")
		}
	}

	b, f, r, notify = begin(t)
	b.receive(f.response(notify, "200 OK"))
	b.do(func(*ua.Agent) { r.Tell(refer.Status(486)) })
	for range ua.MaxTries - 1 {
		b.receive(f.response(b.next("the last report", "NOTIFY"), "500 Out Of Order"))
		b.silent("not at once")
		b.run(time.Second)
	}
	b.want("once more", b.next("the last report", "NOTIFY").Body(), "SIP/2.0 486 Busy Here\r\n")

	b, f, r, notify = begin(t)
	b.receive(f.response(notify, "200 OK"))
	b.run(ua.ReferralLimit - time.Second)
	b.forget()
	b.run(2 * time.Second)
	last = b.skip("nothing came of it in time", "NOTIFY")
	b.want("it says so", last.Header(sip.HeaderSubscriptionState), "terminated;reason=timeout")
	b.forget().do(func(*ua.Agent) { r.Tell(refer.Status(200)) })
	b.silent("and that is the end")
}

// TestManyReferrals: a far side can't have us call the world.
func TestManyReferrals(t *testing.T) {
	b, _ := following(t)
	f, _ := b.incoming()
	for range ua.MaxReferrals {
		b.receive(f.request("REFER", "Refer-To: <sip:carol@example.test>"))
		b.next("accepted", "200 REFER")
		b.next("reported", "NOTIFY")
	}
	b.receive(f.request("REFER", "Refer-To: <sip:carol@example.test>"))
	b.next("one too many", "486 REFER")
}

// TestReferOutlivesCall: the subscription goes on when the call is over (RFC 5359 §2.4).
func TestReferOutlivesCall(t *testing.T) {
	b, last := following(t)
	f, _ := b.incoming()
	b.receive(f.request("REFER", "Refer-To: <sip:carol@example.test>"))
	b.next("accepted", "200 REFER")
	b.receive(f.response(b.next("reported", "NOTIFY"), "200 OK"))
	b.receive(f.request("BYE"))
	b.next("the call is over", "200 BYE")
	b.want("the dialog is not", b.a.Dialogs(), 1)
	b.receive(f.request("INVITE", offer))
	b.next("but has no call any more", "481 INVITE")
	b.receive(f.refused())
	b.do(func(*ua.Agent) { (*last).Tell(refer.Status(486)) })
	b.receive(f.response(b.next("the last report", "NOTIFY"), "200 OK"))
	b.gone("now it is")
}

// FuzzReferTo: whatever a REFER names, what is sent then can be read, and has no line of the referrer's own
// (escaped line ends are only ever data).
func FuzzReferTo(f *testing.F) {
	for _, seed := range []string{
		"sip:carol@example.test", "sip:carol%0d%0aX-Injected:1@example.test", "sip:carol@example.test;x=%0d%0aX-Injected:1",
		"sip:carol@example.test?Replaces=a%0d%0aX-Injected:1%3Bto-tag%3D1%3Bfrom-tag%3D2", "sip:carol@example.test?%0d%0aX-Injected:1=2",
		"sip:carol@example.test?Subject=%0d%0aX-Injected:1&Route=%3Csip:evil.test%3E", "sip:carol:%0d%0aX-Injected@example.test",
		"sip:carol@example.test?Replaces=a%40b%3Bto-tag%3D%0d%0aX-Injected:1%3Bfrom-tag%3D2", "sip:carol@example.test?body=%0d%0aX-Injected:1",
		"sip:carol@%0d%0aX-Injected:1", "sips:carol@example.test;gr=%0aX-Injected:1", "sip:carol@example.test;method=%0dINVITE",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		b, last := following(t)
		side, _ := b.incoming()
		text := side.request("REFER", "Refer-To: <"+uri+">", "Referred-By: <"+uri+">")
		m, err := sip.Parse(text)
		if err != nil || strings.Count(text, "\r\n") != strings.Count(side.request("REFER", "Refer-To: <x>", "Referred-By: <x>"), "\r\n") {
			return
		}
		b.from(server, m.Text())
		if *last == nil {
			return
		}
		r := *last
		b.do(func(a *ua.Agent) {
			_, _ = a.Invite(ua.Invitation{Target: r.Target, Replaces: r.Replaces, ReferredBy: r.ReferredBy})
		})
		for _, sent := range b.sent {
			if strings.Contains(sent.Text(), "\nX-Injected") || strings.Contains(sent.Text(), "\rX-Injected") {
				t.Errorf("%q injects:\n%s", uri, sent.Text())
			}
		}
	})
}
