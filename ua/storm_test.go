package ua_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"hookflash/internal/office/play"
	"hookflash/sip"
	"hookflash/ua"
)

// stormy is a subscription in a storm, and what its far side has seen.
type stormy struct {
	*ua.Subscription
	lamp, version int // the version that was told last, -1: none
	dead          bool
	sequence      uint32 // of the NOTIFY that a dead one has
}

// TestStorm: 10,000 changes a second, each of interest to twenty. What leaves is bounded, each NOTIFY tells the latest
// state, nobody has two of them to answer at a time, who is gone is forgotten, and in the end everybody knows how
// everything stands.
func TestStorm(t *testing.T) {
	lamps, each, seconds := 50, 20, 3
	if play.Full() {
		lamps, seconds = 2000, 20
	}
	versions := make([]int, lamps)
	byCall := map[string]*stormy{}
	watching := make([][]*stormy, lamps)
	var last *stormy
	b := newBench(t).handle(ua.Handlers{Subscribe: map[string]func(s *ua.Subscription){
		"dialog": func(s *ua.Subscription) {
			w := &stormy{Subscription: s, lamp: last.lamp, version: -1}
			last = w
			s.Accept(func(bool) (string, bool) { return strconv.Itoa(versions[w.lamp]), true })
		},
	}})
	sent := 0
	answer := func() {
		b.Helper()
		messages := b.sent
		b.forget()
		for _, m := range messages {
			w := byCall[m.CallID()]
			if !m.IsRequest() || w == nil {
				continue
			}
			if w.dead {
				if w.sequence != 0 && w.sequence != m.CSeq() {
					t.Fatal("a second NOTIFY left before the first was answered")
				}
				w.sequence = m.CSeq()
				continue
			}
			sent++
			version, _ := strconv.Atoi(m.Body())
			if version < w.version {
				t.Fatalf("lamp %d was told to be at %d, and then at %d", w.lamp, w.version, version)
			}
			w.version = version
			b.receive("SIP/2.0 200 OK\r\nVia: " + m.TopValue(sip.HeaderVia) + "\r\nFrom: " + m.From() + "\r\nTo: " + m.To() + "\r\nCall-ID: " + m.CallID() +
				"\r\nCSeq: " + m.Header(sip.HeaderCSeq) + "\r\nContent-Length: 0\r\n\r\n")
		}
	}
	for i := range lamps * each {
		last = &stormy{lamp: i % lamps}
		b.number++
		w := farWatcher{number: b.number}
		b.refresh(&w, "Expires: 3600")
		byCall[fmt.Sprintf("5c1b2d5f-5c1b2d5f-%d@192.0.2.77", w.number)] = last
		last.dead = i%100 == 7
		watching[last.lamp] = append(watching[last.lamp], last)
	}
	b.run(time.Second)
	lamp := 0
	for range seconds * 100 {
		for range 100 { // in ten milliseconds
			lamp = (lamp + 7) % lamps
			versions[lamp]++
			b.do(func(*ua.Agent) {
				for _, w := range watching[lamp] {
					if !w.Over() {
						w.Changed()
					}
				}
			})
		}
		answer()
		b.run(10 * time.Millisecond)
		answer()
	}
	most := seconds*ua.NotifyRate + ua.NotifyBurst
	t.Logf("%d changes for %d subscriptions: %d NOTIFYs", seconds*10_000, lamps*each, sent)
	if sent > most || sent < most/2 {
		t.Errorf("%d NOTIFYs in %d seconds, want at most %d, and not much less", sent, seconds, most)
	}
	for b.a.Load().Notices > 0 {
		b.run(10 * time.Millisecond)
		answer()
	}
	for range 100 {
		b.run(10 * time.Millisecond)
		answer()
	}
	dead := 0
	for _, w := range byCall {
		switch {
		case w.dead:
			dead++
		case w.version != versions[w.lamp]:
			t.Errorf("lamp %d is at %d, and its watcher believes in %d", w.lamp, versions[w.lamp], w.version)
		}
	}
	b.run(40 * time.Second)
	b.forget()
	b.want("who is gone is forgotten", b.a.Load().Subscriptions, lamps*each-dead)
}
