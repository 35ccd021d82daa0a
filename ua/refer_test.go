package ua_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hookflash/machine"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// notify is a NOTIFY of the far side about a REFER; id "" names none.
func (f *far) notify(id, state, line string) string {
	event := "Event: refer"
	if id != "" {
		event += ";id=" + id
	}
	return f.request("NOTIFY", event, "Subscription-State: "+state, "Content-Type: message/sipfrag;version=2.0\r\n\r\n"+line+"\r\n")
}

// referring is a bench whose agent refers the far side of its call to carol, and takes down what it is told.
func referring(t *testing.T, wish ua.Reference) (b *bench, f *far, call *ua.Call, told *[]int, result *error) {
	b = newBench(t).handle(ua.Handlers{})
	f, call = b.outgoing()
	told = new([]int)
	wish.Target = "sip:carol@example.test"
	result = b.task(func(t *task.Task) error {
		r, err := call.Refer(t, wish)
		if err != nil {
			return err
		}
		defer r.Close()
		for {
			report, ok := r.Next(t)
			if !ok {
				return errUntold
			}
			*told = append(*told, report.Code)
			if report.Final() {
				return nil
			}
		}
	})
	return b, f, call, told, result
}

var errUntold = errors.New("nobody told")

// TestReferSent: what goes out, and what is made of the answers.
func TestReferSent(t *testing.T) {
	b, f, _, told, result := referring(t, ua.Reference{Replaces: sip.DialogID{CallID: "a@b", LocalTag: "1", RemoteTag: "2"}, RequireReplaces: true})
	m := b.next("it refers", "REFER")
	b.want("whom to", m.Header(sip.HeaderReferTo), "<sip:carol@example.test?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces>")
	b.want("who says so", m.Header(sip.HeaderReferredBy), "<sip:bob@example.test>")
	f.local = m.ToTag()
	b.receive(f.notify("", "active;expires=60", "SIP/2.0 100 Trying"))
	b.next("a NOTIFY may come before the 200", "200 NOTIFY")
	b.receive(f.response(m, "202 Accepted"))
	b.receive(f.notify(fmt.Sprint(m.CSeq()), "active;expires=60", "SIP/2.0 180 Ringing"))
	b.next("ringing", "200 NOTIFY")
	b.receive(f.notify("99", "active;expires=60", "SIP/2.0 200 OK"))
	b.next("another REFER's is none of ours", "481 NOTIFY")
	b.want("until it is final", *result, errUnfinished)
	b.receive(f.notify(fmt.Sprint(m.CSeq()), "terminated;reason=noresource", "SIP/2.0 200 OK"))
	b.next("the last one", "200 NOTIFY")
	b.want("reports", *told, []int{100, 180, 200})
	b.want("it is over", *result, nil)
	b.receive(f.notify(fmt.Sprint(m.CSeq()), "terminated;reason=noresource", "SIP/2.0 200 OK"))
	b.next("nothing follows the last one", "481 NOTIFY")
}

// TestReferUntold: what ends a referral whose outcome is never told.
func TestReferUntold(t *testing.T) {
	for _, test := range []struct {
		reason string
		play   func(b *bench, f *far, m *sip.Message)
		told   string
		want   error
	}{
		{"no report at all", func(b *bench, f *far, m *sip.Message) {
			b.receive(f.response(m, "200 OK"))
			b.run(ua.ReferralLimit + time.Minute)
		}, "[]", errUntold},
		{"the last one is lost", func(b *bench, f *far, m *sip.Message) {
			b.receive(f.response(m, "200 OK"))
			b.receive(f.notify("", "active", "SIP/2.0 100 Trying"))
			b.run(ua.ReferralLimit + time.Minute)
		}, "[100]", errUntold},
		{"reports without end are no reason to wait longer", func(b *bench, f *far, m *sip.Message) {
			b.receive(f.response(m, "200 OK"))
			for range 8 {
				b.receive(f.notify("", "active", "SIP/2.0 180 Ringing"))
				b.run(time.Minute)
			}
		}, "[180 180 180 180 180 180]", errUntold},
		{"it times out over there", func(b *bench, f *far, m *sip.Message) {
			b.receive(f.response(m, "200 OK"))
			b.receive(f.notify("", "terminated;reason=timeout", "SIP/2.0 100 Trying"))
		}, "[100 408]", nil},
		{"the last one says nothing that can be read", func(b *bench, f *far, m *sip.Message) {
			b.receive(f.response(m, "200 OK"))
			b.receive(f.notify("", "terminated", "gibberish"))
		}, "[408]", nil},
		{"no subscription, as the answer says (RFC 4488)", func(b *bench, f *far, m *sip.Message) {
			b.receive(f.response(m, "200 OK", "Refer-Sub: false"))
		}, "[]", errUntold},
	} {
		b, f, call, told, result := referring(t, ua.Reference{})
		m := b.next(test.reason, "REFER")
		test.play(b, f, m)
		b.want(test.reason, *told, test.told)
		b.want(test.reason, *result, test.want)
		b.want(test.reason+": the call stands", call.State, ua.Talking)
	}
}

// TestReferRefused: the code is the error's, and nothing is left.
func TestReferRefused(t *testing.T) {
	for _, status := range []string{"403 Forbidden", "405 Method Not Allowed", "501 Not Implemented", "603 Decline"} {
		b, f, call, _, result := referring(t, ua.Reference{})
		b.receive(f.response(b.next(status, "REFER"), status))
		var refused *sip.StatusError
		b.want(status, errors.As(*result, &refused) && fmt.Sprint(refused.Code) == status[:3], true)
		b.want(status+": the call stands", call.State, ua.Talking)
		b.want(status+": nothing is reported on", b.a.Load().Referrals, 0)
	}
}

// TestForgedReport: who knows the dialog but is not in it can't make a transfer look like a success.
func TestForgedReport(t *testing.T) {
	b, f, _, told, _ := referring(t, ua.Reference{Silent: true})
	m := b.next("it refers", "REFER")
	b.want("no subscription is asked for", m.Header(sip.HeaderReferSub), "false")
	b.receive(f.response(m, "200 OK"))
	b.from(stranger, f.notify("", "terminated", "SIP/2.0 200 OK"))
	b.next("a stranger reports", "403 NOTIFY")
	b.want("and is not heard", *told, []int{})
	b.receive(f.notify("", "terminated", "SIP/2.0 486 Busy Here"))
	b.next("the far side is", "200 NOTIFY")
	b.want("there is a subscription, as the answer did not say otherwise", *told, []int{486})
}

// TestHijack: knowing the identifiers of a call is no right to take it over, join it, or to have it refer
// (RFC 3891 §8), whatever the sender asserts, and changes nothing.
func TestHijack(t *testing.T) {
	asked := 0
	count := func(*ua.Call, *ua.Call) { asked++ }
	b := newBench(t).handle(ua.Handlers{Replace: count, Join: count, Refer: func(*ua.Referral) { asked++ }})
	f, call := b.incoming()
	named := f.callID + ";to-tag=" + f.peer + ";from-tag=" + f.local
	for _, test := range []struct {
		from   machine.Flow
		fields []string
	}{
		{stranger, []string{"Replaces: " + named}},
		{stranger, []string{"Join: " + named}},
		{stranger, []string{"Replaces: " + named, vouched}},
		{stranger, []string{"Join: " + named, vouched}},
		{stranger, []string{"Replaces: " + named, own}},
		{stranger, []string{"Replaces: " + named, "Referred-By: <sip:alice@example.test>", vouched}},
		{server, []string{"Replaces: " + named}},
		{server, []string{"Join: " + named}},
		{server, []string{"Replaces: " + named, "Referred-By: <sip:alice@example.test>"}},
	} {
		other := b.far()
		b.from(test.from, other.request("INVITE", append(test.fields, offer)...))
		b.next(fmt.Sprint(test.fields), "403 INVITE")
		b.from(test.from, other.refused())
	}
	b.from(stranger, f.request("REFER", "Refer-To: <sip:203.0.113.66>", vouched))
	b.next("REFER in the dialog", "403 REFER")
	b.silent("that is all")
	b.want("nobody was asked", asked, 0)
	b.want("the call stands", fmt.Sprint(call.State, call.Held, len(b.a.Calls())), fmt.Sprint(ua.Talking, false, 1))
}
