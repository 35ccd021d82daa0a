package event

import (
	"testing"
	"time"

	"hookflash/sip"
)

var dialogs = sip.Event{Package: "dialog"}

// watcher steps a Subscriber.
type watcher struct {
	*testing.T
	s        Subscriber
	ask      Ask
	sequence uint32
}

func (w *watcher) asks(reason string, at time.Duration, initial bool, expires uint32) {
	w.Helper()
	ask, ok := w.s.Step(after(at))
	if !ok || ask.Initial != initial || ask.Expires != expires {
		w.Fatalf("%s: %v %+v", reason, ok, ask)
	}
	w.ask = ask
}

func (w *watcher) silent(reason string, at time.Duration) {
	w.Helper()
	if ask, ok := w.s.Step(after(at)); ok {
		w.Errorf("%s: sends %+v", reason, ask)
	}
}

func (w *watcher) answered(at time.Duration, response Response) {
	w.s.Answered(after(at), w.ask, response)
}

func (w *watcher) notified(reason string, at time.Duration, state string, want int) {
	w.Helper()
	w.sequence++
	parsed, err := sip.ParseSubscriptionState(state)
	if got := w.s.Notified(after(at), Notification{Event: dialogs, State: parsed, HasState: err == nil, Sequence: w.sequence}); got != want {
		w.Errorf("%s: %d, want %d", reason, got, want)
	}
}

func (w *watcher) stands(reason string, want Stage) {
	w.Helper()
	if got := w.s.Stage(); got != want {
		w.Errorf("%s: stage %d, want %d (%+v)", reason, got, want, w.s.Failure())
	}
}

func subscribe(t *testing.T) *watcher {
	t.Helper()
	w := &watcher{T: t, s: Subscribe(start, dialogs, time.Hour)}
	w.asks("at once", 0, true, 3600)
	return w
}

func active(t *testing.T) *watcher {
	t.Helper()
	w := subscribe(t)
	w.answered(0, Response{Code: 200, Expires: 3600, HasExpires: true})
	w.notified("accepted", 0, "active;expires=3600", 200)
	w.stands("a NOTIFY makes it", Subscribed)
	return w
}

func TestSubscriberLife(t *testing.T) {
	w := active(t)
	w.silent("it stands", time.Minute)
	if w.s.Next() != after(54*time.Minute) {
		t.Error("a tenth of the lifetime is left for the refresh", w.s.Next())
	}
	w.asks("refresh", 54*time.Minute, false, 3600)
	w.silent("one at a time", 54*time.Minute+time.Second)
	w.answered(54*time.Minute, Response{Code: 200, Expires: 1800, HasExpires: true})
	w.notified("refreshed", 54*time.Minute, "active;expires=1800", 200)
	w.asks("RFC 6665 §4.1.2.1: what was granted counts", 54*time.Minute+27*time.Minute, false, 3600)
	w.answered(81*time.Minute, Response{Code: 200, Expires: 3600, HasExpires: true})
	w.notified("refreshed", 81*time.Minute, "active;expires=3600", 200)
	w.notified("RFC 6665 §4.1.3: a NOTIFY may shorten", 82*time.Minute, "active;expires=100", 200)
	w.asks("at half of what is left for Timer N", 82*time.Minute+68*time.Second, false, 3600)
	w.answered(84*time.Minute, Response{Code: 200, Expires: 3600, HasExpires: true})
	w.notified("refreshed", 84*time.Minute, "active;expires=3600", 200)
	w.s.Unsubscribe(after(85 * time.Minute))
	w.asks("RFC 6665 §4.1.2.3: unsubscribing", 85*time.Minute, false, 0)
	w.answered(85*time.Minute, Response{Code: 200, HasExpires: true})
	w.stands("the final NOTIFY is still to come", Leaving)
	w.notified("one that crossed", 85*time.Minute, "active;expires=3500", 200)
	w.notified("the final one", 85*time.Minute, "terminated;reason=timeout", 200)
	w.stands("done", Closed)
	if w.s.Failure() != (Failure{}) || !w.s.Next().IsZero() {
		t.Error("by our own wish", w.s.Failure())
	}
	w.notified("RFC 6665 §4.1.3: matches nothing now", 86*time.Minute, "active", 481)
}

func TestNotified(t *testing.T) {
	w := subscribe(t)
	w.notified("RFC 6665 §4.1.2.4: before the SUBSCRIBE is answered", 0, "pending;expires=3600", 200)
	w.stands("it stands all the same", Subscribed)
	w.answered(0, Response{Code: 200, Expires: 3600, HasExpires: true})
	w.sequence -= 1
	w.notified("RFC 3261 §12.2.2: out of order", 0, "active", 500)
	if w.s.State() != Pending {
		t.Error("and nothing of it counts")
	}
	if code := w.s.Notified(start, Notification{Event: sip.Event{Package: "dialog", ID: "1"}, State: sip.SubscriptionState{State: Active}, HasState: true, Sequence: 9}); code != 481 {
		t.Error("RFC 6665 §8.2.1: another id is another subscription:", code)
	}
	if code := w.s.Notified(start, Notification{Event: dialogs, Sequence: 9}); code != 400 {
		t.Error("RFC 6665 §4.1.3: NOTIFY must say the state:", code)
	}
	w.sequence = 20
	w.notified("RFC 6665 §4.2.2: without expires", 0, "active", 200)
	if w.s.Next().IsZero() {
		t.Error("what is known of the lifetime stands")
	}
	late := subscribe(t)
	late.answered(0, Response{Code: 200})
	late.notified("RFC 6665 §4.1.2.4: after Timer N", TimerN, "active", 481)
}

func TestReasons(t *testing.T) {
	for _, row := range []struct {
		reason, state string
		again         time.Duration // negative: never
	}{
		{"RFC 6665 §4.1.3: deactivated: retry immediately", "terminated;reason=deactivated", 0},
		{"deactivated: retry-after means nothing", "terminated;reason=deactivated;retry-after=900", 0},
		{"timeout: may re-subscribe immediately", "terminated;reason=timeout", 0},
		{"probation: retry at some later time", "terminated;reason=probation", FirstRetry},
		{"probation: at least retry-after", "terminated;reason=probation;retry-after=900", 900 * time.Second},
		{"giveup: at least retry-after", "terminated;reason=giveup;retry-after=60", time.Minute},
		{"giveup: later", "terminated;reason=giveup", FirstRetry},
		{"rejected: should not", "terminated;reason=rejected;retry-after=1", -1},
		{"noresource: should not", "terminated;reason=noresource", -1},
		{"invariant: should not, whatever retry-after", "terminated;reason=invariant;retry-after=5", -1},
		{"no reason", "terminated", FirstRetry},
		{"a reason that is not known", "terminated;reason=because;retry-after=120", 2 * time.Minute},
		{"retry-after is believed for a day", "terminated;reason=probation;retry-after=31536000", MaxLifetime},
	} {
		w := active(t)
		w.notified(row.reason, time.Minute, row.state, 200)
		if row.again < 0 {
			w.stands(row.reason, Closed)
			w.silent(row.reason, 1000*time.Hour)
			if w.s.Failure().Reason == "" {
				t.Errorf("%s: the reason is kept", row.reason)
			}
			continue
		}
		w.stands(row.reason, Resting)
		if row.again > 0 {
			w.silent(row.reason, time.Minute+row.again-1)
		}
		w.asks(row.reason, time.Minute+row.again, true, 3600)
	}
	w := active(t)
	w.notified("ended as soon as it began", 0, "terminated;reason=deactivated", 200)
	w.asks("once at once", 0, true, 3600)
	w.answered(0, Response{Code: 200})
	w.sequence = 0
	w.notified("and again", 0, "active;expires=60", 200)
	w.notified("and again", 0, "terminated;reason=deactivated", 200)
	w.silent("a notifier that goes on like that is not answered in kind", FirstRetry-1)
}

func TestInitialFailures(t *testing.T) {
	for _, row := range []struct {
		reason   string
		response Response
		again    time.Duration // negative: never
	}{
		{"RFC 6665 §4.1.2.1: the package is not known", Response{Code: 489}, -1},
		{"forbidden", Response{Code: 403}, -1},
		{"our credentials are of no use", Response{Code: 401}, -1},
		{"nobody of that name", Response{Code: 404}, -1},
		{"SUBSCRIBE is not allowed", Response{Code: 405}, -1},
		{"RFC 6665 §4.1.2.1: no document that we take", Response{Code: 406}, -1},
		{"not implemented", Response{Code: 501}, -1},
		{"declined", Response{Code: 603}, -1},
		{"RFC 3261 §10.2.8: too brief", Response{Code: 423, MinExpires: 7200}, 0},
		{"too brief, and says nothing that is longer", Response{Code: 423, MinExpires: 60}, -1},
		{"too brief, and asks for more than a day", Response{Code: 423, MinExpires: 1 << 31}, -1},
		{"not there now", Response{Code: 480}, FirstRetry},
		{"with Retry-After", Response{Code: 480, RetryAfter: 60}, time.Minute},
		{"overloaded", Response{Code: 503, RetryAfter: 10}, 10 * time.Second},
		{"no response", Response{Code: 408}, FirstRetry},
		{"of no dialog, though it is initial", Response{Code: 481}, FirstRetry},
		{"a server's failure", Response{Code: 500}, FirstRetry},
	} {
		w := subscribe(t)
		w.answered(0, row.response)
		if row.again < 0 {
			w.stands(row.reason, Closed)
			if w.s.Failure().Code != row.response.Code {
				t.Errorf("%s: %+v", row.reason, w.s.Failure())
			}
			continue
		}
		if row.again > 0 {
			w.silent(row.reason, row.again-1)
		}
		w.asks(row.reason, row.again, true, max(3600, row.response.MinExpires))
	}
	w := subscribe(t)
	w.answered(0, Response{Code: 200, Expires: 3600, HasExpires: true})
	w.silent("Timer N fires", TimerN)
	w.stands("RFC 6665 §4.1.2.4: no NOTIFY, no subscription", Resting)
	at := TimerN
	for _, wait := range []time.Duration{FirstRetry, 2 * FirstRetry, 4 * FirstRetry} {
		w.silent("not before", at+wait-1)
		w.asks("each failure doubles the wait", at+wait, true, 3600)
		at += wait
		w.answered(at, Response{Code: 503})
	}
}

func TestRefreshFailures(t *testing.T) {
	const at = 54 * time.Minute
	for _, row := range []struct {
		reason string
		code   int
		stage  Stage
		again  time.Duration // after the response; negative: never
		inside bool          // in the dialog
	}{
		{"RFC 6665 §4.1.2.2: 481: a new subscription", 481, Resting, 0, false},
		{"RFC 6665 §4.1.2.2: 480 ends it", 480, Resting, FirstRetry, false},
		{"RFC 6665 §4.1.2.2: 404 ends it", 404, Closed, -1, false},
		{"RFC 6665 §4.1.2.2: 489 ends it", 489, Closed, -1, false},
		{"RFC 6665 §4.1.2.2: any other leaves it: 500", 500, Subscribed, FirstRetry, true},
		{"any other leaves it: no response", 408, Subscribed, FirstRetry, true},
		{"any other leaves it until it expires: 403", 403, Subscribed, -1, true},
	} {
		w := active(t)
		w.asks(row.reason, at, false, 3600)
		w.answered(at, Response{Code: row.code})
		w.stands(row.reason, row.stage)
		if row.again >= 0 {
			w.asks(row.reason, at+row.again, !row.inside, 3600)
			continue
		}
		w.silent(row.reason, 2*time.Hour)
		w.stands(row.reason, Closed)
		if w.s.Failure().Code != row.code {
			t.Errorf("%s: %+v", row.reason, w.s.Failure())
		}
	}
	w := active(t)
	w.asks("refresh", at, false, 3600)
	w.answered(at, Response{Code: 200, Expires: 3600, HasExpires: true})
	w.silent("RFC 6665 §4.1.2.2: no NOTIFY before Timer N", at+TimerN)
	w.stands("the subscription is over", Resting)
	w = active(t)
	w.asks("refresh", at, false, 3600)
	old := w.ask
	w.notified("it ends meanwhile", at, "terminated;reason=deactivated", 200)
	w.asks("a new one", at, true, 3600)
	w.s.Answered(after(at), old, Response{Code: 481})
	w.stands("the answer to the old SUBSCRIBE means nothing to the new one", Waiting)
	w = active(t)
	w.asks("refresh", at, false, 3600)
	w.answered(at, Response{Code: 204, Expires: 3600, HasExpires: true})
	w.silent("RFC 5839 §6.3: after 204 no NOTIFY follows", at+TimerN)
	w.stands("and none is waited for", Subscribed)
}

func TestFetchExpectFork(t *testing.T) {
	w := &watcher{T: t, s: Fetch(start, dialogs)}
	w.asks("RFC 6665 §4.4.3: fetch", 0, true, 0)
	w.answered(0, Response{Code: 200, HasExpires: true})
	w.notified("the state", 0, "terminated;reason=timeout", 200)
	w.stands("once", Closed)
	if w.s.Failure() != (Failure{}) {
		t.Error("as wished")
	}
	w = &watcher{T: t, s: Expect(start, dialogs)}
	w.silent("RFC 3515 §2.4.4: no SUBSCRIBE", 0)
	w.notified("trying", 0, "active;expires=60", 200)
	w.asks("RFC 3515 §2.4.4: refreshed like any", 30*time.Second, false, 180)
	w.notified("result", 40*time.Second, "terminated;reason=noresource", 200)
	w.stands("over", Closed)
	w = &watcher{T: t, s: Expect(start, dialogs)}
	w.silent("no NOTIFY at all", TimerN)
	w.stands("over", Closed)

	w = subscribe(t)
	w.notified("the first of a fork", 0, "active;expires=600", 200)
	fork, ok := w.s.Fork(after(time.Second))
	if !ok {
		t.Fatal("RFC 6665 §4.1.4: another dialog for the same SUBSCRIBE")
	}
	f := &watcher{T: t, s: fork}
	f.notified("its NOTIFY", time.Second, "active;expires=600", 200)
	f.asks("refreshed in its own dialog", 541*time.Second, false, 3600)
	f.notified("it ends", 541*time.Second, "terminated;reason=deactivated", 200)
	f.stands("and is not asked for again", Closed)
	if _, ok := w.s.Fork(after(TimerN)); ok {
		t.Error("RFC 6665 §4.1.2.4: not after Timer N")
	}
}

func TestUnsubscribe(t *testing.T) {
	w := &watcher{T: t, s: Subscribe(start, dialogs, 0)}
	w.s.Unsubscribe(start)
	w.silent("before anything was sent", 0)
	w.stands("nothing to end", Closed)
	w = subscribe(t)
	w.s.Unsubscribe(start)
	w.silent("not while the SUBSCRIBE is unanswered", 0)
	w.answered(0, Response{Code: 200, Expires: 3600, HasExpires: true})
	w.asks("then", 0, false, 0)
	w.answered(0, Response{Code: 481})
	w.stands("it is gone already", Closed)
	w = active(t)
	w.s.Unsubscribe(start)
	w.asks("un-SUBSCRIBE", 0, false, 0)
	w.answered(0, Response{Code: 200})
	w.silent("no final NOTIFY", TimerN)
	w.stands("Timer N ends the wait", Closed)
	w = active(t)
	w.s.Renew(after(time.Second))
	w.asks("RFC 4235 §4.3: a refresh to get the full state", time.Second, false, 3600)
	w.s.Renew(after(time.Second))
	w.silent("one at a time", time.Second)
}
