package event

import (
	"testing"
	"time"

	"hookflash/sip"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func after(d time.Duration) time.Time { return start.Add(d) }

func TestAcceptAnswers(t *testing.T) {
	terms := Terms{Minimum: time.Minute, Maximum: 2 * time.Hour, Default: 30 * time.Minute}
	for _, row := range []struct {
		reason  string
		terms   Terms
		request Request
		want    Answer
		over    bool
	}{
		{"what is asked for is granted", terms, Request{Expires: 600, HasExpires: true}, Answer{Code: 200, Expires: 600}, false},
		{"RFC 6665 §4.2.1.1: the notifier may shorten", terms, Request{Expires: 86400, HasExpires: true}, Answer{Code: 200, Expires: 7200}, false},
		{"without Expires the package's default", terms, Request{}, Answer{Code: 200, Expires: 1800}, false},
		{"RFC 6665 §4.2.1.1: too brief", terms, Request{Expires: 59, HasExpires: true}, Answer{Code: 423, MinExpires: 60}, false},
		{"RFC 6665 §4.2.1.1: an hour is never too brief", Terms{Minimum: 2 * time.Hour}, Request{Expires: 3600, HasExpires: true}, Answer{Code: 200, Expires: 3600}, false},
		{"RFC 6665 §4.4.3: zero fetches the state once", terms, Request{HasExpires: true}, Answer{Code: 200}, true},
		{"no terms", Terms{}, Request{Expires: 5, HasExpires: true}, Answer{Code: 200, Expires: 5}, false},
		{"nothing lasts longer than a day", Terms{}, Request{Expires: 1 << 31, HasExpires: true}, Answer{Code: 200, Expires: 86400}, false},
	} {
		s, answer := Accept(start, row.request, Offer{Terms: row.terms})
		if answer != row.want || s.Over() != row.over {
			t.Errorf("%s: %+v, over %v", row.reason, answer, s.Over())
		}
	}
}

// notices steps a subscription and prints what it sends.
type notices struct {
	*testing.T
	s *Subscription
}

func (n notices) expect(reason string, at time.Duration, want string) Notice {
	n.Helper()
	notice, ok := n.s.Notify(after(at))
	got := ""
	if ok {
		got = string(notice.State.Append(nil))
	}
	if got != want {
		n.Errorf("%s: sends %q, want %q", reason, got, want)
	}
	return notice
}

func accept(t *testing.T, expires uint32, offer Offer) (*Subscription, notices) {
	t.Helper()
	s, answer := Accept(start, Request{Event: sip.Event{Package: "dialog"}, Expires: expires, HasExpires: true}, offer)
	if answer.Code != 200 {
		t.Fatal(answer)
	}
	return &s, notices{t, &s}
}

func TestSubscriptionLife(t *testing.T) {
	s, n := accept(t, 60, Offer{})
	if first := n.expect("RFC 6665 §4.2.1.2: a NOTIFY follows at once", 0, "active;expires=60"); !first.Full || !first.Required || first.Empty {
		t.Errorf("the first NOTIFY holds the whole state: %+v", first)
	}
	n.expect("one is enough", 0, "")
	s.Change()
	n.expect("one at a time", time.Second, "")
	s.Answered(after(time.Second), 200)
	if notice := n.expect("RFC 6665 §4.2.2: the time that remains", time.Second, "active;expires=59"); notice.Full || notice.Required {
		t.Errorf("a change is told as one: %+v", notice)
	}
	s.Answered(after(time.Second), 200)
	for range Burst - 1 {
		s.Change()
		n.expect("the steps of a call are told one by one", time.Second, "active;expires=59")
		s.Answered(after(time.Second), 200)
	}
	s.Change()
	s.Change()
	n.expect("throttled", time.Second+Interval/2, "")
	n.expect("coalesced", time.Second+Interval, "active;expires=58")
	s.Answered(after(2*time.Second), 200)
	n.expect("nothing changed", 10*time.Second, "")
	if answer := s.Refresh(after(30*time.Second), Request{Expires: 60, HasExpires: true}); answer.Code != 200 || answer.Expires != 60 {
		t.Error("RFC 6665 §4.2.1.4: a refresh", answer)
	}
	if notice := n.expect("RFC 6665 §4.2.1.2: a refresh brings the whole state", 30*time.Second, "active;expires=60"); !notice.Full {
		t.Error("not full")
	}
	s.Answered(after(30*time.Second), 200)
	if s.Next() != after(90*time.Second) {
		t.Error("it waits for its expiry", s.Next())
	}
	if notice := n.expect("RFC 6665 §4.2.1.4: removed with reason=timeout", 90*time.Second, "terminated;reason=timeout"); !notice.Final() {
		t.Error("the final one")
	}
	n.expect("silence after the final NOTIFY", time.Hour, "")
	if !s.Done() || !s.Next().IsZero() || s.Refresh(after(time.Hour), Request{}).Code != 481 {
		t.Error("over: nothing waits, a SUBSCRIBE gets 481")
	}
}

func TestSubscriptionEnds(t *testing.T) {
	for _, row := range []struct {
		reason string
		act    func(s *Subscription)
		want   string
	}{
		{"RFC 6665 §4.2.1.4: un-SUBSCRIBE", func(s *Subscription) { s.Refresh(start, Request{HasExpires: true}) }, "terminated;reason=timeout"},
		{"the resource is gone", func(s *Subscription) { s.Terminate(NoResource, 0) }, "terminated;reason=noresource"},
		{"the watcher may not any more", func(s *Subscription) { s.Terminate(Rejected, 0) }, "terminated;reason=rejected"},
		{"shutting down", func(s *Subscription) { s.Terminate(Probation, 90*time.Second) }, "terminated;reason=probation;retry-after=90"},
		{"ended once", func(s *Subscription) { s.Terminate(NoResource, 0); s.Terminate(Rejected, 0) }, "terminated;reason=noresource"},
		{"while a NOTIFY is unanswered", func(s *Subscription) { s.Change(); s.Notify(start); s.Terminate(Deactivated, 0) }, "terminated;reason=deactivated"},
		{"shortened, never made longer", func(s *Subscription) { s.Shorten(after(time.Hour)); s.Shorten(start) }, "terminated;reason=timeout"},
	} {
		s, n := accept(t, 60, Offer{})
		n.s.Notify(start)
		s.Answered(start, 200)
		row.act(s)
		n.expect(row.reason, 0, row.want)
		n.expect(row.reason+": silence then", time.Hour, "")
	}
}

func TestSubscriptionPending(t *testing.T) {
	s, n := accept(t, 60, Offer{Pending: true})
	if notice := n.expect("RFC 6665 §4.2.1.3: a NOTIFY all the same, without state", 0, "pending;expires=60"); !notice.Empty {
		t.Error("nothing is told before authorization")
	}
	s.Answered(start, 200)
	s.Change()
	n.expect("changes are not told", time.Second, "")
	s.Authorize()
	if notice := n.expect("authorized: the state at once", time.Second, "active;expires=59"); notice.Empty || !notice.Full {
		t.Error("the whole state", notice)
	}
	s, n = accept(t, 60, Offer{Pending: true})
	s.Terminate(Rejected, 0)
	if notice := n.expect("RFC 6665 §4.2.1.3: declined", 0, "terminated;reason=rejected"); !notice.Empty {
		t.Error("and told nothing")
	}
}

func TestNotifyFailures(t *testing.T) {
	for code, stays := range map[int]bool{
		200: true, 202: true, 408: false, 404: false, 405: false, 410: false, 416: false, 480: false, 481: false, 482: false,
		483: false, 484: false, 485: false, 489: false, 501: false, 604: false, 400: true, 403: true, 486: true, 500: true, 503: true, 603: true,
	} {
		s, n := accept(t, 60, Offer{})
		s.Notify(start)
		if got := s.Answered(start, code); got != stays || s.Done() == stays {
			t.Errorf("RFC 6665 §4.2.2: %d to NOTIFY: stays %v", code, got)
		}
		switch {
		case !stays:
			n.expect("a removed subscription sends nothing", time.Hour, "")
		case code >= 300:
			n.expect("not at once again", RetryNotify-1, "")
			if notice := n.expect("but later", RetryNotify, "active;expires=50"); !notice.Full {
				t.Errorf("%d: the subscriber may have missed it: whole state", code)
			}
		}
	}
}

func TestUnsent(t *testing.T) {
	s, n := accept(t, 60, Offer{})
	s.Notify(start)
	s.Answered(start, 200)
	s.Change()
	n.expect("due", time.Second, "active;expires=59")
	s.Unsent()
	s.Change()
	n.expect("what was not sent holds nothing up", time.Second, "active;expires=59")
	if s.Next() != after(time.Minute) {
		t.Error("its expiry is next", s.Next())
	}
}

func TestImplied(t *testing.T) {
	s := Implied(start, sip.Event{Package: "refer", ID: "7"}, Offer{Terms: Terms{Default: Refer.Lifetime}})
	n := notices{t, &s}
	if notice := n.expect("RFC 3515 §2.4.4: a NOTIFY at once", 0, "active;expires=180"); string(notice.Event.Append(nil)) != "refer;id=7" {
		t.Error(notice.Event)
	}
	s.Terminate(NoResource, 0)
	n.expect("RFC 3515 §2.4.7: the final one", 0, "terminated;reason=noresource")
}

func TestCensus(t *testing.T) {
	var c Census
	for range MaxPerWatcher {
		if !c.Admit("alice", "bob") {
			t.Fatal("below the cap")
		}
	}
	if c.Admit("alice", "carol") || c.Len() != MaxPerWatcher {
		t.Error("one watcher has a cap")
	}
	c.Leave("alice", "bob")
	if !c.Admit("alice", "carol") {
		t.Error("who leaves makes room")
	}
	c.Leave("nobody", "bob")
	c.Leave("alice", "carol")
	for range MaxPerWatcher - 1 {
		c.Leave("alice", "bob")
	}
	if c.Len() != 0 || len(c.watchers) != 0 || len(c.targets) != 0 {
		t.Errorf("nothing is left of them: %+v", c)
	}
	for i := 0; c.Admit(string(rune('A'+i/MaxPerWatcher)), "bob"); i++ {
	}
	if c.Len() != MaxPerTarget {
		t.Error("one target has a cap", c.Len())
	}
	c = Census{Caps: Caps{PerWatcher: 1, PerTarget: 2, All: 3}}
	for _, test := range []struct {
		watcher, target string
		want            bool
	}{{"alice", "bob", true}, {"alice", "carol", false}, {"dave", "bob", true}, {"eve", "bob", false}, {"eve", "carol", true}, {"frank", "carol", false}} {
		if c.Admit(test.watcher, test.target) != test.want {
			t.Errorf("%s watches %s: want %v", test.watcher, test.target, test.want)
		}
	}
}

func TestFind(t *testing.T) {
	for _, name := range []string{"refer", "dialog", "conference", "message-summary", "reg", "presence"} {
		if p := Find(name); p == nil || p.Name != name || p.Lifetime <= 0 {
			t.Errorf("%s: %v", name, p)
		}
	}
	if Find("Dialog") != nil || Find("dialog.winfo") != nil {
		t.Error("RFC 6665 §8.2.1: names are compared with case, templates are other packages")
	}
}
