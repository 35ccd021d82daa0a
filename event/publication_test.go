package event

import (
	"fmt"
	"testing"
	"time"

	"hookflash/sip"
)

func TestPublications(t *testing.T) {
	p := Publications{Terms: Terms{Minimum: time.Minute, Maximum: time.Hour}}
	tag := 0
	publish := func(reason string, at time.Duration, request Publish, want Answer, changes bool) {
		t.Helper()
		tag++
		if want.Code == 200 {
			want.ETag = fmt.Sprint("tag", tag)
		}
		answer, changed := p.Publish(after(at), request, fmt.Sprint("tag", tag))
		if answer != want || changed != changes {
			t.Errorf("%s: %+v, changed %v", reason, answer, changed)
		}
	}
	publish("RFC 3903 §4.2: an initial one has a body", 0, Publish{}, Answer{Code: 400}, false)
	publish("RFC 3903 §6: a tag is generated", 0, Publish{Body: "open", ContentType: "x/y"}, Answer{Code: 200, Expires: 3600}, true)
	publish("RFC 3903 §4.2: publications of others are unaffected", 0, Publish{Body: "closed", Expires: 600, HasExpires: true}, Answer{Code: 200, Expires: 600}, true)
	if all := p.All(); len(all) != 2 || all[0].Body != "open" || all[0].ContentType != "x/y" {
		t.Error("two publishers, two states:", all)
	}
	publish("RFC 3903 §6: no such tag", 0, Publish{IfMatch: "tag1", Body: "x"}, Answer{Code: 412}, false)
	publish("RFC 3903 §4.3: a refresh changes the lifetime alone", 0, Publish{IfMatch: "tag2", Expires: 7200, HasExpires: true}, Answer{Code: 200, Expires: 3600}, false)
	publish("RFC 3903 §4.3: and brings a new tag; the old one is none", 0, Publish{IfMatch: "tag2"}, Answer{Code: 412}, false)
	publish("RFC 3903 §4.4: modify", 0, Publish{IfMatch: "tag5", Body: "busy"}, Answer{Code: 200, Expires: 3600}, true)
	publish("too brief", 0, Publish{IfMatch: "tag7", Expires: 1, HasExpires: true}, Answer{Code: 423, MinExpires: 60}, false)
	publish("the second one expired meanwhile", 601*time.Second, Publish{IfMatch: "tag7"}, Answer{Code: 200, Expires: 3600}, true)
	publish("RFC 3903 §4.5: remove", 602*time.Second, Publish{IfMatch: "tag9", HasExpires: true}, Answer{Code: 200}, true)
	publish("once", 602*time.Second, Publish{IfMatch: "tag9", HasExpires: true}, Answer{Code: 412}, false)
	if len(p.All()) != 0 || !p.Next().IsZero() {
		t.Error("nothing is left")
	}
	publish("a body beyond the limit", 0, Publish{Body: string(make([]byte, MaxState+1))}, Answer{Code: 413}, false)
	for range MaxPublications {
		publish("up to the limit", 0, Publish{Body: "x"}, Answer{Code: 200, Expires: 3600}, true)
	}
	publish("no more than that", 0, Publish{Body: "x"}, Busy, false)
	if p.Next() != after(time.Hour) || p.Advance(after(time.Hour-1)) || !p.Advance(after(time.Hour)) {
		t.Error("they expire at their time")
	}
}

func TestPublisher(t *testing.T) {
	p := NewPublisher(sip.Event{Package: "presence"}, time.Hour)
	var issue Issue
	expect := func(reason string, at time.Duration, want Issue) {
		t.Helper()
		got, ok := p.Step(after(at))
		if ok {
			issue = got
		}
		got.serial, got.Event = 0, sip.Event{}
		if ok != (want != Issue{}) || got != want {
			t.Fatalf("%s: %v %+v", reason, ok, got)
		}
	}
	answer := func(at time.Duration, response Response) { p.Answered(after(at), issue, response) }
	expect("nothing to publish", 0, Issue{})
	p.Set(start, "x/y", "open")
	expect("RFC 3903 §4.2: initial", 0, Issue{Expires: 3600, ContentType: "x/y", Body: "open"})
	p.Set(start, "x/y", "busy")
	expect("RFC 3903 §4: one at a time", 0, Issue{})
	answer(0, Response{Code: 200, ETag: "a", Expires: 1000, HasExpires: true})
	expect("RFC 3903 §4.4: modify", 0, Issue{IfMatch: "a", Expires: 3600, ContentType: "x/y", Body: "busy"})
	answer(0, Response{Code: 200, ETag: "b", Expires: 1000, HasExpires: true})
	if !p.Published(start) || p.Published(after(1000*time.Second)) {
		t.Error("published, for as long as was granted")
	}
	p.Set(start, "x/y", "busy")
	expect("the same again is no news", 899*time.Second, Issue{})
	expect("RFC 3903 §4.3: a refresh has no body", 900*time.Second, Issue{IfMatch: "b", Expires: 3600})
	answer(900*time.Second, Response{Code: 412})
	expect("RFC 3903 §5: after 412 from the start, without the tag", 900*time.Second, Issue{Expires: 3600, ContentType: "x/y", Body: "busy"})
	answer(900*time.Second, Response{Code: 423, MinExpires: 7200})
	expect("RFC 3903 §5: 423", 900*time.Second, Issue{Expires: 7200, ContentType: "x/y", Body: "busy"})
	answer(900*time.Second, Response{Code: 503, RetryAfter: 30})
	expect("not before Retry-After", 929*time.Second, Issue{})
	expect("then", 930*time.Second, Issue{Expires: 7200, ContentType: "x/y", Body: "busy"})
	answer(930*time.Second, Response{Code: 200, ETag: "c", Expires: 100, HasExpires: true})
	expect("a refresh that comes too late starts anew", 1031*time.Second, Issue{Expires: 7200, ContentType: "x/y", Body: "busy"})
	answer(1031*time.Second, Response{Code: 200, ETag: "d", Expires: 7200, HasExpires: true})
	p.Withdraw(after(1100 * time.Second))
	expect("RFC 3903 §4.5: remove has no body", 1100*time.Second, Issue{IfMatch: "d"})
	p.Set(after(1100*time.Second), "x/y", "open")
	answer(1100*time.Second, Response{Code: 200, ETag: "e"})
	expect("set again meanwhile: an initial one", 1100*time.Second, Issue{Expires: 7200, ContentType: "x/y", Body: "open"})
	answer(1100*time.Second, Response{Code: 489})
	if p.Failure() != 489 || !p.Next().IsZero() {
		t.Error("RFC 3903 §6: the package is not known there: given up", p.Failure())
	}
	p.Set(after(1200*time.Second), "x/y", "open")
	expect("unless it is set again", 1200*time.Second, Issue{Expires: 7200, ContentType: "x/y", Body: "open"})
	p.Withdraw(after(1200 * time.Second))
	answer(1200*time.Second, Response{Code: 200, ETag: "f", Expires: 7200, HasExpires: true})
	expect("withdrawn while it was on its way", 1200*time.Second, Issue{IfMatch: "f"})
	answer(1200*time.Second, Response{Code: 200, ETag: "g"})
	expect("silence", 100*time.Hour, Issue{})
}
