package ua_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/event"
	"hookflash/sip"
	"hookflash/ua"
)

// notifying makes a bench that accepts subscriptions to message-summary, with documents that count themselves.
func notifying(t *testing.T, change ...func(*ua.Settings)) (*bench, **ua.Subscription) {
	last := new(*ua.Subscription)
	number := 0
	b := newBench(t, change...).handle(ua.Handlers{Subscribe: map[string]func(s *ua.Subscription){
		"message-summary": func(s *ua.Subscription) {
			*last = s
			s.Accept(func(full bool) (string, bool) {
				number++
				return fmt.Sprintf("document %d, full %v", number, full), true
			})
		},
		"presence": func(s *ua.Subscription) { s.Refuse(603) },
	}})
	return b, last
}

const summary = "Event: message-summary"

// subscribed is a far side whose subscription was accepted, and its first NOTIFY answered.
func subscribed(b *bench, fields ...string) *far {
	b.Helper()
	f := b.far()
	b.receive(f.request("SUBSCRIBE", append(fields, summary, vouched)...))
	f.peer = b.next("accepted", "200 SUBSCRIBE").ToTag()
	b.receive(f.response(b.next("told at once", "NOTIFY"), "200 OK"))
	return f
}

// TestSubscribe: which SUBSCRIBE is accepted, and how it is answered (RFC 6665 §4.2.1).
func TestSubscribe(t *testing.T) {
	for _, test := range []struct {
		reason string
		fields []string
		code   int
		want   map[sip.Header]string
	}{
		{"as long as the package says", []string{summary, vouched}, 200, map[sip.Header]string{sip.HeaderExpires: "3600"}},
		{"as asked for", []string{summary, vouched, "Expires: 600"}, 200, map[sip.Header]string{sip.HeaderExpires: "600"}},
		{"no longer than a day", []string{summary, vouched, "Expires: 999999"}, 200, map[sip.Header]string{sip.HeaderExpires: "86400"}},
		{"once", []string{summary, vouched, "Expires: 0"}, 200, map[sip.Header]string{sip.HeaderExpires: "0"}},
		{"too brief", []string{summary, vouched, "Expires: 1"}, 423, map[sip.Header]string{sip.HeaderMinExpires: "60"}},
		{"a package that is not known", []string{"Event: weather", vouched}, 489, map[sip.Header]string{sip.HeaderAllowEvents: "message-summary, presence"}},
		{"one that is, and not served", []string{"Event: dialog", vouched}, 489, nil},
		{"refused", []string{"Event: presence", vouched}, 603, nil},
		{"no Event", []string{vouched}, 400, nil},
		{"nobody vouches for it", []string{summary}, 403, nil},
	} {
		b, _ := notifying(t)
		b.receive(b.far().request("SUBSCRIBE", test.fields...))
		answer := b.next(test.reason, fmt.Sprint(test.code, " SUBSCRIBE"))
		b.want(test.reason+": a tag", answer.ToTag() != "", true)
		for header, value := range test.want {
			b.want(test.reason+": "+header.String(), answer.Header(header), value)
		}
		if test.code != 200 {
			b.silent(test.reason)
			b.gone(test.reason)
			continue
		}
		notify := b.next(test.reason+": NOTIFY always follows", "NOTIFY")
		state := "active"
		if test.want[sip.HeaderExpires] == "0" {
			state = "terminated;reason=timeout"
		}
		b.want(test.reason, strings.HasPrefix(notify.Header(sip.HeaderSubscriptionState), state), true)
		b.want(test.reason, notify.Body(), "document 1, full true")
		b.want(test.reason, notify.Header(sip.HeaderContentType), "application/simple-message-summary")
		b.want(test.reason, notify.Header(sip.HeaderEvent), "message-summary")
	}
	b, _ := notifying(t)
	b.from(stranger, b.far().request("SUBSCRIBE", summary, vouched))
	b.next("a stranger's own word", "403 SUBSCRIBE")
}

// TestSubscription: changes, refreshing, un-SUBSCRIBE and expiry.
func TestSubscription(t *testing.T) {
	b, last := notifying(t)
	f := subscribed(b, "Expires: 600")
	b.do(func(*ua.Agent) { (*last).Changed() })
	b.until(time.Second)
	second := b.next("a change is told", "NOTIFY")
	b.want("as a change", second.Body(), "document 2, full false")
	b.receive(f.response(second, "200 OK"))

	b.run(500 * time.Second)
	b.receive(f.request("SUBSCRIBE", summary, vouched, "Expires: 700"))
	b.want("refreshed", b.next("refreshed", "200 SUBSCRIBE").Header(sip.HeaderExpires), "700")
	third := b.next("and told the whole state", "NOTIFY")
	b.want("full", third.Body(), "document 3, full true")
	b.receive(f.response(third, "200 OK"))
	b.from(stranger, f.request("SUBSCRIBE", summary, vouched, "Expires: 0", "X: stranger"))
	b.next("who only knows the dialog ends nothing", "403 SUBSCRIBE")
	b.run(600 * time.Second)
	b.silent("it lives by the refresh")

	b.receive(f.request("SUBSCRIBE", summary, vouched, "Expires: 0"))
	b.want("un-SUBSCRIBE", b.next("ended", "200 SUBSCRIBE").Header(sip.HeaderExpires), "0")
	final := b.next("with a last NOTIFY", "NOTIFY")
	b.want("that says so", final.Header(sip.HeaderSubscriptionState), "terminated;reason=timeout")
	b.receive(f.response(final, "200 OK"))
	b.want("over", (*last).Over(), true)
	b.receive(f.request("SUBSCRIBE", summary, vouched))
	b.next("there is nothing to refresh", "481 SUBSCRIBE")
	b.gone("ended")

	b, _ = notifying(t)
	f = subscribed(b, "Expires: 600")
	b.run(599 * time.Second)
	b.silent("before it expires")
	b.until(2 * time.Second)
	final = b.next("it expires", "NOTIFY")
	b.want("as it says", final.Header(sip.HeaderSubscriptionState), "terminated;reason=timeout")
	b.receive(f.response(final, "200 OK"))
	b.gone("expired")

	b, last = notifying(t)
	f = subscribed(b)
	b.do(func(*ua.Agent) { (*last).End(event.NoResource) })
	b.until(time.Second)
	final = b.next("what was watched is gone", "NOTIFY")
	b.want("as it says", final.Header(sip.HeaderSubscriptionState), "terminated;reason=noresource")
	b.receive(f.response(final, "200 OK"))
	b.gone("ended by us")
}

// TestWatcherGone: a NOTIFY that fails ends the subscription, or is repeated (RFC 6665 §4.2.2).
func TestWatcherGone(t *testing.T) {
	for status, over := range map[string]bool{"481 Gone": true, "404 Nobody": true, "500 Not Now": false} {
		b, last := notifying(t)
		f := b.far()
		b.receive(f.request("SUBSCRIBE", summary, vouched))
		f.peer = b.next("accepted", "200 SUBSCRIBE").ToTag()
		b.receive(f.response(b.next("told at once", "NOTIFY"), status))
		b.want(status, (*last).Over() || b.a.Load().Subscriptions == 0, over)
	}
	b, _ := notifying(t)
	b.receive(b.far().request("SUBSCRIBE", summary, vouched))
	b.run(time.Minute)
	b.want("nobody answers", b.a.Load().Subscriptions, 0)
	b.gone("nobody answers")
}

// TestSubscriptionCaps: one watcher gets so many, one target so many, and the others are told when to come again.
func TestSubscriptionCaps(t *testing.T) {
	b, _ := notifying(t)
	for range event.MaxPerWatcher {
		subscribed(b)
	}
	b.receive(b.far().request("SUBSCRIBE", summary, vouched))
	b.want("too many of one", b.next("too many", "480 SUBSCRIBE").Header(sip.HeaderRetryAfter), "60")
	b.silent("and nothing else")
	b.want("it counts none", b.a.Load().Subscriptions, event.MaxPerWatcher)
	f := b.far()
	b.receive(f.request("SUBSCRIBE", summary, "P-Asserted-Identity: <sip:carol@example.test>"))
	b.next("somebody else", "200 SUBSCRIBE")
}

// TestSubscriptionCapsOfSettings: one target stays one, however its address is written, and one watcher whatever From says.
func TestSubscriptionCapsOfSettings(t *testing.T) {
	b, _ := notifying(t, func(s *ua.Settings) { s.Caps = event.Caps{PerWatcher: 3, PerTarget: 4, All: 5} })
	for i, target := range []string{"sip:bob@example.test", "sip:bob@EXAMPLE.test;x=1", "sip:b%6Fb@example.test;x=2", "sip:bob@example.test;transport=tcp", "sip:bob@example.test:5060"} {
		f := b.far()
		f.target = target
		b.receive(f.request("SUBSCRIBE", summary, fmt.Sprintf("P-Asserted-Identity: <sip:watcher%d@example.test>", i)))
		if i == 4 {
			b.next("one target", "480 SUBSCRIBE")
			break
		}
		b.next(target, "200 SUBSCRIBE")
		b.forget()
	}
	f := b.far()
	f.target = "sip:other@example.test"
	b.receive(f.request("SUBSCRIBE", summary, vouched))
	b.next("another target", "200 SUBSCRIBE")
	b.forget()
	f = b.far()
	f.target = "sip:third@example.test"
	b.receive(f.request("SUBSCRIBE", summary, vouched))
	b.next("too many in all", "480 SUBSCRIBE")
}

// TestSharedDialog: a subscription in the dialog of a call outlives the call, and neither ends the other.
func TestSharedDialog(t *testing.T) {
	b, _ := notifying(t)
	f, _ := b.incoming()
	b.receive(f.request("SUBSCRIBE", summary, vouched, "Expires: 0"))
	b.next("accepted", "200 SUBSCRIBE")
	b.receive(f.response(b.next("told", "NOTIFY"), "200 OK"))
	b.want("the call stands", len(b.a.Calls()), 1)
	b.receive(f.request("SUBSCRIBE", summary, vouched))
	b.next("accepted", "200 SUBSCRIBE")
	b.receive(f.response(b.next("told", "NOTIFY"), "200 OK"))
	b.receive(f.request("BYE"))
	b.next("hung up", "200 BYE")
	b.want("the dialog stands", b.a.Dialogs(), 1)
	b.receive(f.request("SUBSCRIBE", summary, vouched, "Expires: 0"))
	b.next("ended", "200 SUBSCRIBE")
	b.receive(f.response(b.next("told", "NOTIFY"), "200 OK"))
	b.gone("both over")
}
