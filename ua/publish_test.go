package ua_test

import (
	"errors"
	"testing"
	"time"

	"hookflash/sip"
	"hookflash/ua"
)

// publishing makes a bench whose agent publishes that bob is there.
func publishing(t *testing.T) (*bench, *far, *ua.Publication, *sip.Message) {
	b := newBench(t).handle(ua.Handlers{})
	var p *ua.Publication
	b.do(func(a *ua.Agent) {
		var err error
		if p, err = a.Publish("sip:bob@example.test", sip.Event{Package: "presence"}, 10*time.Minute); err != nil {
			t.Fatal(err)
		}
	})
	b.silent("nothing to publish yet")
	b.do(func(*ua.Agent) { p.Set("application/pidf+xml", "open") })
	m := b.next("it publishes", "PUBLISH")
	f := b.far()
	f.callID, f.peer = m.CallID(), m.FromTag()
	return b, f, p, m
}

// TestPublish: RFC 3903: initial, refresh, change, the end.
func TestPublish(t *testing.T) {
	b, f, p, m := publishing(t)
	said := func(m *sip.Message) string {
		return m.Header(sip.HeaderEvent) + " " + m.Header(sip.HeaderExpires) + " " + m.Header(sip.HeaderSIPIfMatch) + " " + m.Header(sip.HeaderContentType) + " " + m.Body()
	}
	b.want("§4.2: no entity-tag, a body", m.RequestURI()+" "+said(m), "sip:bob@example.test presence 600  application/pidf+xml open")
	b.want("not held yet", p.Published(), false)
	b.receive(f.response(m, "200 OK", "Expires: 600", "SIP-ETag: one"))
	b.want("held", p.Published(), true)

	waited := b.until(10 * time.Minute)
	refresh := b.next("§4.3: it refreshes in time", "PUBLISH")
	b.want("before it expires", waited < 600*time.Second, true)
	b.want("without a body", said(refresh), "presence 600 one  ")
	b.receive(f.response(refresh, "200 OK", "Expires: 600", "SIP-ETag: two"))

	b.do(func(*ua.Agent) { p.Set("application/pidf+xml", "closed") })
	change := b.next("§4.4: it changes", "PUBLISH")
	b.want("what is held", said(change), "presence 600 two application/pidf+xml closed")
	b.receive(f.response(change, "412 Conditional Request Failed"))
	again := b.next("§5: the server has lost it: from the start", "PUBLISH")
	b.want("as an initial one", said(again), "presence 600  application/pidf+xml closed")
	b.receive(f.response(again, "200 OK", "Expires: 600", "SIP-ETag: three"))

	b.do(func(*ua.Agent) { p.Close(); p.Close(); p.Set("application/pidf+xml", "open") })
	last := b.next("§4.5: it is taken back, once", "PUBLISH")
	b.want("by Expires 0", said(last), "presence 0 three  ")
	b.receive(f.response(last, "200 OK", "Expires: 0"))
	b.run(time.Hour)
	b.silent("over")
	b.gone("over")
}

// TestPublishRefused: a server that takes no such thing is left alone; limits.
func TestPublishRefused(t *testing.T) {
	b, f, p, m := publishing(t)
	b.receive(f.response(m, "489 Bad Event"))
	b.run(time.Hour)
	b.silent("not tried again")
	b.want("why", p.Failure(), 489)
	b.do(func(a *ua.Agent) {
		p.Close()
		if _, err := a.Publish("tel:1", sip.Event{Package: "presence"}, 0); !errors.Is(err, ua.ErrTarget) {
			t.Error("no SIP URI:", err)
		}
		var made []*ua.Publication
		for range ua.MaxPublications {
			next, err := a.Publish("sip:bob@example.test", sip.Event{Package: "presence"}, 0)
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, next)
		}
		if _, err := a.Publish("sip:bob@example.test", sip.Event{Package: "presence"}, 0); !errors.Is(err, ua.ErrTooManyPublications) {
			t.Error("beyond the limit:", err)
		}
		for _, next := range made {
			next.Close()
		}
	})
	b.silent("nothing was published")
	b.gone("over")
}
