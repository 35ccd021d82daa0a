package ua_test

import (
	"fmt"
	"testing"
	"time"

	"hookflash/event"
	"hookflash/sip"
	"hookflash/ua"
)

// watching makes a bench whose agent subscribes to alice's message-summary.
func watching(t *testing.T, lifetime time.Duration) (*bench, *far, *ua.Watching, *sip.Message) {
	b := newBench(t).handle(ua.Handlers{})
	var w *ua.Watching
	b.do(func(a *ua.Agent) {
		var err error
		if w, err = a.Watch("sip:alice@example.test", sip.Event{Package: "message-summary"}, lifetime); err != nil {
			t.Fatal(err)
		}
	})
	m := b.next("it subscribes", "SUBSCRIBE")
	f := b.far()
	f.callID, f.peer = m.CallID(), m.FromTag()
	return b, f, w, m
}

// tells is a NOTIFY of the far side.
func (f *far) tells(state, document string) string {
	fields := []string{summary, "Subscription-State: " + state}
	if document != "" {
		fields = append(fields, "Content-Type: application/simple-message-summary\r\n\r\n"+document)
	}
	return f.request("NOTIFY", fields...)
}

func (b *bench) document(w *ua.Watching) string {
	text, _ := w.Documents.Take()
	return text
}

// TestWatch: subscribing, refreshing, the end.
func TestWatch(t *testing.T) {
	b, f, w, m := watching(t, 10*time.Minute)
	b.want("what", m.Header(sip.HeaderEvent)+" "+m.Header(sip.HeaderExpires)+" "+m.Header(sip.HeaderAccept),
		"message-summary 600 application/simple-message-summary")
	b.receive(f.response(m, "200 OK", "Expires: 600"))
	b.receive(f.tells("active;expires=600", "one"))
	b.next("NOTIFY", "200 NOTIFY")
	b.want("the document", b.document(w), "one")
	b.receive(f.tells("active;expires=500", "two"))
	b.next("NOTIFY", "200 NOTIFY")
	b.want("the document", b.document(w), "two")

	waited := b.until(10 * time.Minute)
	refresh := b.next("it refreshes in time", "SUBSCRIBE")
	b.want("before it expires", waited < 500*time.Second, true)
	b.want("in its dialog", refresh.CallID()+refresh.ToTag(), m.CallID()+f.local)
	b.receive(f.response(refresh, "200 OK", "Expires: 600"))
	b.receive(f.tells("active;expires=600", "three"))
	b.next("NOTIFY", "200 NOTIFY")

	b.do(func(*ua.Agent) { w.Close() })
	last := b.next("it ends it", "SUBSCRIBE")
	b.want("with Expires 0", last.Header(sip.HeaderExpires), "0")
	b.receive(f.response(last, "200 OK", "Expires: 0"))
	b.receive(f.tells("terminated;reason=timeout", ""))
	b.next("the last NOTIFY", "200 NOTIFY")
	b.want("our own wish", w.Failure(), event.Failure{})
	b.receive(f.tells("active;expires=600", "four"))
	b.next("nothing follows it", "481 NOTIFY")
	b.gone("over")
}

// TestWatchFirstNotify: the NOTIFY comes before the 200, and its route and target count (RFC 6665 §4.1.4).
func TestWatchFirstNotify(t *testing.T) {
	b, f, w, m := watching(t, 0)
	f.route, f.contact = "Record-Route: <sip:192.0.2.10;lr>\r\n", "<sip:alice@192.0.2.2:5070>"
	b.receive(f.tells("active;expires=3600", "early"))
	b.next("before the 200", "200 NOTIFY")
	b.want("it counts", b.document(w), "early")
	b.receive(f.response(m, "200 OK", "Expires: 3600"))

	fork := b.far()
	fork.callID, fork.peer, fork.local = f.callID, f.peer, "fork"
	b.receive(fork.tells("active;expires=3600", "fork"))
	b.next("another fork's is not wanted: it ends there", "481 NOTIFY")
	b.want("nor is its document", b.document(w), "")
	b.from(stranger, f.tells("active;expires=3600", "forged"))
	b.next("a stranger's in the dialog", "403 NOTIFY")
	b.want("nor is its", b.document(w), "")

	b.do(func(*ua.Agent) { w.Renew() })
	refresh := b.next("asks for all", "SUBSCRIBE")
	b.want("goes where the NOTIFY said", refresh.RequestURI()+" "+refresh.Header(sip.HeaderRoute), "sip:alice@192.0.2.2:5070 <sip:192.0.2.10;lr>")
	b.receive(f.response(refresh, "200 OK", "Expires: 3600"))
}

// TestWatchRefused: which refusals are the end, and which are tried again.
func TestWatchRefused(t *testing.T) {
	for _, status := range []string{"403 Forbidden", "489 Bad Event", "603 Decline"} {
		b, f, w, m := watching(t, 0)
		b.receive(f.response(m, status))
		b.want(status, fmt.Sprint(w.Failure().Code), status[:3])
		b.gone(status)
	}

	b, f, _, m := watching(t, 10*time.Second)
	b.receive(f.response(m, "423 Interval Too Brief", "Min-Expires: 900"))
	again := b.next("it asks for longer", "SUBSCRIBE")
	b.want("as it was told", again.Header(sip.HeaderExpires), "900")
	f.callID, f.peer = again.CallID(), again.FromTag()
	b.receive(f.response(again, "200 OK", "Expires: 900"))

	b, f, w, m := watching(t, 0)
	b.receive(f.response(m, "200 OK", "Expires: 3600"))
	b.run(event.TimerN - time.Second)
	b.silent("until Timer N")
	b.until(time.Minute)
	b.next("no NOTIFY ever: it subscribes anew", "SUBSCRIBE")
	b.want("and has not given up", w.Failure(), event.Failure{})
}

// TestNotifierGone: the notifier ends it, or is not there any more.
func TestNotifierGone(t *testing.T) {
	begin := func() (*bench, *far, *ua.Watching) {
		b, f, w, m := watching(t, 0)
		b.receive(f.response(m, "200 OK", "Expires: 3600"))
		b.receive(f.tells("active;expires=3600", "one"))
		b.next("NOTIFY", "200 NOTIFY")
		return b, f, w
	}
	b, f, w := begin()
	b.receive(f.tells("terminated;reason=noresource", ""))
	b.next("the last NOTIFY", "200 NOTIFY")
	b.want("for good", w.Failure().Reason, event.NoResource)
	b.gone("noresource")

	b, f, w = begin()
	b.receive(f.tells("terminated;reason=deactivated", ""))
	b.next("the last NOTIFY", "200 NOTIFY")
	again := b.next("subscribe again at once", "SUBSCRIBE")
	b.want("anew", again.CallID() != f.callID && again.ToTag() == "", true)
	b.want("not over", w.Failure(), event.Failure{})

	b, f, _ = begin()
	b.until(time.Hour)
	b.receive(f.response(b.next("the refresh", "SUBSCRIBE"), "481 Gone"))
	b.until(time.Minute)
	anew := b.next("subscribes anew", "SUBSCRIBE")
	b.want("outside of the dialog", anew.ToTag(), "")
}

// TestWatchLimits: targets that are none, and too many subscriptions.
func TestWatchLimits(t *testing.T) {
	b := newBench(t).handle(ua.Handlers{})
	b.do(func(a *ua.Agent) {
		if _, err := a.Watch("tel:+15551234", sip.Event{Package: "dialog"}, 0); err == nil {
			t.Error("a number is watched")
		}
		for range ua.MaxWatchings {
			if _, err := a.Watch("sip:alice@example.test", sip.Event{Package: "dialog"}, 0); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.Watch("sip:alice@example.test", sip.Event{Package: "dialog"}, 0); err == nil {
			t.Error("one too many")
		}
	})
}
