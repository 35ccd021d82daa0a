package lamps_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/event/dialoginfo"
	"hookflash/internal/office/play"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/service/lamps"
	"hookflash/sip"
)

// maxLampSize is what one subscription may hold, with its share of the lamp that ten watch, in octets.
const maxLampSize = 2 << 10

// TestLampSize: consoles with many lamps, each of which has shown a call, hold little memory.
func TestLampSize(t *testing.T) {
	users, each := 200, 10
	if play.Full() {
		users = 9_000
	}
	h := newHouse(t, func(s *lamps.Settings) { s.Sources = 1 })
	for i := range users {
		name := fmt.Sprint("user", i)
		h.people.users[name] = &directory.User{Name: name}
	}
	light := func(first, last int) {
		for i := first; i < last; i++ {
			for j := range each {
				h.plain(i, j, users)
			}
			name := fmt.Sprint("user", i)
			h.answered(func(out *machine.Output) {
				h.lamps.Record(proxy.Standing{User: name, By: "lamps", Source: 1, Dialogs: []dialoginfo.Dialog{call("one of a phone's long Call-IDs 0123456789abcdef", dialoginfo.Confirmed)}})
			})
			h.answered(func(out *machine.Output) {
				h.lamps.Record(proxy.Leg{User: name, Source: 1, Dialog: call("one of a phone's long Call-IDs 0123456789abcdef", dialoginfo.Terminated)})
			})
		}
	}
	light(0, 1) // what is made once
	before := used()
	light(1, users)
	h.quiet()
	size := (used() - before) / ((users - 1) * each)
	t.Logf("%d subscriptions to %d users: %d octets each", (users-1)*each, users, size)
	if got := h.lamps.Load().Subscriptions; got != users*each {
		t.Errorf("%d subscriptions, want %d", got, users*each)
	}
	if size > maxLampSize {
		t.Errorf("a subscription holds %d octets, want at most %d", size, maxLampSize)
	}
	runtime.KeepAlive(h)
}

func used() int {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// plain is a SUBSCRIBE of the j-th watcher of the i-th user, of which nothing is kept here.
func (h *house) plain(i, j, users int) {
	target, watcher := fmt.Sprintf("sip:user%d@example.test", i), fmt.Sprintf("sip:user%d@example.test", (i*7+j*13+1)%users)
	text := fmt.Sprintf("SUBSCRIBE %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKp%d.%d\r\nMax-Forwards: 70\r\nFrom: <%s>;tag=p%[2]d.%[3]d\r\nTo: <%[1]s>\r\n", target, i, j, watcher) +
		fmt.Sprintf("Record-Route: <sip:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef@192.0.2.10:5060;lr>\r\nCall-ID: 5c1b2d5f-5c1b2d5f-%d.%d@192.0.2.77\r\n", i, j) +
		fmt.Sprintf("CSeq: 1 SUBSCRIBE\r\nContact: <%s;transport=udp>\r\nP-Asserted-Identity: <%[1]s>\r\nEvent: dialog\r\nExpires: 3600\r\nUser-Agent: A Telephone 1.2.3\r\nContent-Length: 0\r\n\r\n", watcher)
	m, err := sip.Parse(text)
	if err != nil {
		h.Fatal(err)
	}
	var out machine.Output
	h.agent.Receive(h.now, machine.Packet{Message: m, Flow: proxyFlow}, &out)
	h.answer(&out)
}

// answered runs a step, and answers the NOTIFYs that it led to.
func (h *house) answered(step func(out *machine.Output)) {
	var out machine.Output
	h.agent.Do(h.now, &out, func() { step(&out) })
	h.answer(&out)
	h.quietFor(50 * time.Millisecond)
}

func (h *house) answer(out *machine.Output) {
	sends := out.Sends
	out.Sends = nil
	for _, send := range sends {
		m, err := sip.Parse(string(send.Data))
		if err != nil {
			h.Fatal(err)
		}
		if !m.IsRequest() {
			continue
		}
		ok, err := sip.Parse("SIP/2.0 200 OK\r\nVia: " + m.TopValue(sip.HeaderVia) + "\r\nFrom: " + m.From() + "\r\nTo: " + m.To() + "\r\nCall-ID: " + m.CallID() + "\r\nCSeq: " + m.Header(sip.HeaderCSeq) + "\r\nContent-Length: 0\r\n\r\n")
		if err != nil {
			h.Fatal(err)
		}
		var more machine.Output
		h.agent.Receive(h.now, machine.Packet{Message: ok, Flow: proxyFlow}, &more)
		h.answer(&more)
	}
}

// quietFor lets time pass, and answers what is sent.
func (h *house) quietFor(d time.Duration) {
	for until := h.now.Add(d); ; {
		next := h.agent.Next()
		if next.IsZero() || next.After(until) {
			h.now = until
			return
		}
		if next.After(h.now) {
			h.now = next
		}
		var out machine.Output
		h.agent.Advance(h.now, &out)
		h.answer(&out)
	}
}

// quiet lets transactions be forgotten.
func (h *house) quiet() {
	h.quietFor(40 * time.Second)
	var out machine.Output
	h.agent.Advance(h.now, &out)
}
