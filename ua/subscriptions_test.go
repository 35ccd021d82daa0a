package ua_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"hookflash/event"
	"hookflash/internal/office/play"
	"hookflash/sip"
	"hookflash/ua"
)

// maxSubscriptionSize is what a subscription may hold between two requests, in octets.
const maxSubscriptionSize = 2 << 10

// TestSubscriptions: subscriptions hold no goroutine, and little memory, through a server with a route of two hops;
// also after they were refreshed and told of changes. Nothing is left of them when they are over.
func TestSubscriptions(t *testing.T) {
	count := 2000
	if play.Full() {
		count = event.MaxSubscriptions - 2
	}
	var all []*ua.Subscription
	b := newBench(t).handle(ua.Handlers{Subscribe: map[string]func(s *ua.Subscription){
		"dialog": func(s *ua.Subscription) {
			all = append(all, s)
			s.Accept(func(bool) (string, bool) { return "<dialog-info/>", true })
		},
	}})
	b.subscribe(2) // what is made once
	all = append(make([]*ua.Subscription, 0, count), all...)
	goroutines, before := runtime.NumGoroutine(), heap()
	watchers := b.subscribe(count)
	b.settle()
	each := func(reason string) {
		t.Helper()
		b.forget()
		if now := runtime.NumGoroutine(); now > goroutines { // those of earlier tests may end meanwhile
			t.Errorf("%s: %d goroutines more", reason, now-goroutines)
		}
		b.want("subscriptions", b.a.Load().Subscriptions, count+2)
		size := int((heap() - before)) / count
		t.Logf("%s: %d subscriptions, %d octets each", reason, count, size)
		if size > maxSubscriptionSize {
			t.Errorf("%s: a subscription holds %d octets, want at most %d", reason, size, maxSubscriptionSize)
		}
	}
	each("accepted")
	start := time.Now()
	for i := range watchers {
		b.refresh(&watchers[i], "Expires: 3600")
	}
	t.Logf("a refresh takes %v, with its NOTIFY and the far side of both", time.Since(start)/time.Duration(count))
	b.settle()
	each("refreshed")
	start = time.Now()
	for _, s := range all {
		b.do(func(*ua.Agent) { s.Changed() })
		b.answerAll()
	}
	for b.a.Load().Notices > 0 {
		b.run(20 * time.Millisecond)
		b.answerAll()
	}
	t.Logf("a change takes %v", time.Since(start)/time.Duration(count))
	b.settle()
	each("told of a change")
	for i := range watchers {
		b.refresh(&watchers[i], "Expires: 0")
	}
	clear(all)
	b.settle()
	b.forget()
	b.want("subscriptions that are left", b.a.Load().Subscriptions, 2)
	if left := heap(); left > before+uint64(count)*maxLeft {
		t.Errorf("%d octets of each are left behind", (left-before)/uint64(count))
	} else {
		t.Logf("%d octets of each are left behind", int(left-before)/count)
	}
	runtime.KeepAlive(b)
	runtime.KeepAlive(watchers)
}

// settle lets transactions be forgotten.
func (b *bench) settle() {
	b.run(40 * time.Second)
	b.a.Advance(b.now, &b.out)
	b.take()
}

// farWatcher is the far side of a subscription, in few words.
type farWatcher struct {
	number, sequence int
	tag              string
}

// subscribe makes subscriptions, of many watchers to many targets.
func (b *bench) subscribe(count int) []farWatcher {
	b.Helper()
	all := make([]farWatcher, count)
	for i := range all {
		b.number++
		all[i].number = b.number
		b.refresh(&all[i], "Expires: 3600")
	}
	return all
}

// refresh sends a SUBSCRIBE, the first one or another, and answers what it led to.
func (b *bench) refresh(w *farWatcher, expires string) {
	b.Helper()
	w.sequence++
	to := fmt.Sprintf("<sip:user%d@example.test>", w.number%5000)
	if w.tag != "" {
		to += ";tag=" + w.tag
	}
	b.receive(fmt.Sprintf("SUBSCRIBE sip:user%d@example.test SIP/2.0\r\n", w.number%5000) +
		fmt.Sprintf("Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKw%d.%d;rport\r\n", w.number, w.sequence) +
		"Via: SIP/2.0/UDP 192.0.2.77:5060;branch=z9hG4bK5c1b2d5f5c1b2d5f;rport=5060;received=192.0.2.77\r\n" +
		"Record-Route: <sip:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef@192.0.2.10:5060;lr>, <sip:192.0.2.11;lr>\r\n" +
		fmt.Sprintf("Max-Forwards: 70\r\nFrom: \"Some Body\" <sip:watcher%d@example.test>;tag=w%d\r\nTo: %s\r\n", w.number%2000, w.number, to) +
		fmt.Sprintf("Call-ID: 5c1b2d5f-5c1b2d5f-%d@192.0.2.77\r\nCSeq: %d SUBSCRIBE\r\n", w.number, w.sequence) +
		fmt.Sprintf("Contact: <sip:watcher%d@192.0.2.77:5060;transport=udp>;+sip.instance=\"<urn:uuid:0b31bd7d-4a5c-4a5c-8d5c-0b31bd7d4a5c>\"\r\n", w.number%2000) +
		fmt.Sprintf("P-Asserted-Identity: <sip:watcher%d@example.test>\r\n", w.number%2000) +
		"Event: dialog\r\nAccept: application/dialog-info+xml\r\nAllow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, OPTIONS, UPDATE\r\n" +
		"Supported: replaces, timer, eventlist\r\nUser-Agent: A Telephone With A Long Name 1.2.3.4\r\n" + expires + "\r\nContent-Length: 0\r\n\r\n")
	w.tag = strings.Clone(b.next("taken", "200 SUBSCRIBE").ToTag())
	b.answerAll()
}

// answerAll answers the NOTIFYs that were sent.
func (b *bench) answerAll() {
	for _, m := range b.sent {
		if m.IsRequest() {
			b.receive("SIP/2.0 200 OK\r\nVia: " + m.TopValue(sip.HeaderVia) + "\r\nFrom: " + m.From() + "\r\nTo: " + m.To() + "\r\nCall-ID: " + m.CallID() +
				"\r\nCSeq: " + m.Header(sip.HeaderCSeq) + "\r\nContent-Length: 0\r\n\r\n")
		}
	}
	b.forget()
}
