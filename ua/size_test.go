package ua_test

import (
	"runtime"
	"testing"
	"time"

	"hookflash/internal/office/play"
	"hookflash/ua"
)

// maxCallSize is what an established call may hold, in octets.
const maxCallSize = 8 << 10

// maxLeft is what may be left of a call that is over: tables that were large do not shrink.
const maxLeft = 1 << 10

// TestSize: established calls hold no goroutine, and little memory: of both directions, through a server with
// a route of two hops, with session timers.
func TestSize(t *testing.T) {
	count := 2000
	if play.Full() {
		count = 100_000
	}
	var last *ua.Call
	b := newBench(t).handle(ua.Handlers{Invite: func(c *ua.Call) { last = c; c.Ring() }})
	establish(b, &last, 2) // what is made once
	goroutines, before := runtime.NumGoroutine(), heap()
	establish(b, &last, count)
	last = nil
	after := heap()
	b.want("calls", len(b.a.Calls()), count+2)
	if now := runtime.NumGoroutine(); now > goroutines { // those of earlier tests may end meanwhile
		t.Errorf("%d goroutines more", now-goroutines)
	}
	each := (after - before) / uint64(count)
	t.Logf("%d calls, %d octets each", count, each)
	if each > maxCallSize {
		t.Errorf("an established call holds %d octets, want at most %d", each, maxCallSize)
	}
	for _, call := range b.a.Calls() {
		b.do(func(*ua.Agent) { call.HangUp() })
		b.forget()
	}
	b.run(2 * time.Minute)
	b.forget().gone("all of them")
	if left := heap(); left > before+uint64(count)*maxLeft {
		t.Errorf("%d octets a call are left behind", (left-before)/uint64(count))
	}
	runtime.KeepAlive(b)
}

// establish makes calls, half of them in each direction; last is the one that came in last.
func establish(b *bench, last **ua.Call, count int) {
	const route = "Record-Route: <sip:192.0.2.10:5060;lr;token=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef>, <sip:192.0.2.11;lr>\r\n"
	const timer = "Session-Expires: 1800;refresher=uac"
	for i := range count {
		b.a.Ports.Add(20000)
		if i%2 == 0 {
			f := b.far()
			f.route = route
			b.receive(f.request("INVITE", "Allow: INVITE, ACK, CANCEL, BYE, UPDATE", "Supported: timer, 100rel, replaces", timer, offer))
			f.peer = b.next("it rings", "180 INVITE").ToTag()
			b.do(func(*ua.Agent) { _ = (*last).Answer() })
			b.next("it answers", "200 INVITE")
			b.receive(f.request("ACK"))
			continue
		}
		f, _, invite := b.calling(ua.Invitation{})
		f.route = route
		b.receive(f.response(invite, "200 OK", "Allow: INVITE, ACK, CANCEL, BYE, UPDATE", "Supported: timer, 100rel, replaces", timer, offer))
		b.next("it acknowledges", "ACK")
	}
	b.forget()
	b.run(40 * time.Second) // transactions
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc + stats.StackInuse
}
