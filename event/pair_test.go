package event

import (
	"math/rand/v2"
	"testing"
	"time"

	"hookflash/sip"
)

// pair is a notifier and a watcher in virtual time, with messages lost by seed. A message
// that is lost ends its transaction with 408 after 32 seconds.
type pair struct {
	*testing.T
	random   *rand.Rand
	loss     float64
	now      time.Time
	watcher  Subscriber
	notifier *Subscription // nil: none stands
	sequence uint32
	later    []timed
	state    int // of the resource
	seen     int // what the watcher was told last
	notifies int
}

type timed struct {
	at  time.Time
	run func()
}

func (p *pair) in(d time.Duration, run func()) {
	p.later = append(p.later, timed{p.now.Add(d), run})
}

func (p *pair) lost() bool { return p.random.Float64() < p.loss }

// subscribe carries a SUBSCRIBE over.
func (p *pair) subscribe(ask Ask) {
	if p.lost() {
		p.in(TimerN, func() { p.watcher.Answered(p.now, ask, Response{Code: 408}) })
		return
	}
	request := Request{Event: ask.Event, Expires: ask.Expires, HasExpires: true}
	answer := Answer{Code: 481}
	if ask.Initial {
		var fresh Subscription
		fresh, answer = Accept(p.now, request, Offer{Terms: Terms{Minimum: time.Minute, Maximum: 10 * time.Minute}})
		p.notifier, p.sequence = &fresh, 0
	} else if p.notifier != nil {
		answer = p.notifier.Refresh(p.now, request)
	}
	response := Response{Code: answer.Code, Expires: answer.Expires, HasExpires: true, MinExpires: answer.MinExpires}
	p.in(time.Duration(p.random.IntN(100))*time.Millisecond, func() { p.watcher.Answered(p.now, ask, response) })
}

// notify carries a NOTIFY over.
func (p *pair) notify(notice Notice) {
	p.notifies++
	from := p.notifier
	p.sequence++
	sequence, state := p.sequence, p.state
	if p.lost() {
		p.in(TimerN, func() { from.Answered(p.now, 408) })
		return
	}
	p.in(time.Duration(p.random.IntN(100))*time.Millisecond, func() {
		code := 481
		if from == p.notifier {
			code = p.watcher.Notified(p.now, Notification{Event: notice.Event, State: notice.State, HasState: true, Sequence: sequence})
		}
		if code == 200 && !notice.Empty {
			p.seen = state
		}
		p.in(0, func() { from.Answered(p.now, code) })
	})
}

// run steps both until the time is over.
func (p *pair) run(until time.Duration) {
	end := p.now.Add(until)
	for {
		if ask, ok := p.watcher.Step(p.now); ok {
			p.subscribe(ask)
			continue
		}
		if p.notifier != nil {
			if notice, ok := p.notifier.Notify(p.now); ok {
				p.notify(notice)
				continue
			}
		}
		next, at := end, -1
		for i := range p.later {
			if p.later[i].at.Before(next) {
				next, at = p.later[i].at, i
			}
		}
		for _, due := range []time.Time{p.watcher.Next(), p.next()} {
			if !due.IsZero() && due.Before(next) {
				next, at = due, -1
			}
		}
		if !next.Before(end) {
			p.now = end
			return
		}
		if next.After(p.now) {
			p.now = next
		}
		if at >= 0 {
			run := p.later[at].run
			p.later = append(p.later[:at], p.later[at+1:]...)
			run()
		}
	}
}

func (p *pair) next() time.Time {
	if p.notifier == nil {
		return time.Time{}
	}
	return p.notifier.Next()
}

// TestPair: whatever is lost, a watcher that wants to watch is told the newest state in the
// end, no faster than the interval, and both are over after it unsubscribed.
func TestPair(t *testing.T) {
	for seed := range uint64(300) {
		p := pair{T: t, random: rand.New(rand.NewPCG(seed, 1)), loss: float64(seed%4) / 10, now: start}
		p.watcher = Subscribe(start, sip.Event{Package: "dialog"}, time.Hour)
		for range 40 {
			p.state++
			if p.notifier != nil {
				p.notifier.Change()
			}
			p.run(time.Duration(p.random.IntN(120)) * time.Second)
		}
		p.loss = 0
		p.run(2 * time.Hour)
		if p.watcher.Stage() != Subscribed || p.seen != p.state {
			t.Fatalf("seed %d: stage %d, told %d of %d", seed, p.watcher.Stage(), p.seen, p.state)
		}
		if most := 40 + 2*int(p.now.Sub(start)/(4*time.Minute)); p.notifies > most {
			t.Fatalf("seed %d: %d NOTIFYs", seed, p.notifies)
		}
		p.watcher.Unsubscribe(p.now)
		p.run(time.Minute)
		if p.watcher.Stage() != Closed || !p.notifier.Done() || !p.watcher.Next().IsZero() || !p.notifier.Next().IsZero() {
			t.Fatalf("seed %d: something is left: %d, %+v", seed, p.watcher.Stage(), p.notifier)
		}
	}
}

// TestPairThrottle: a resource that changes a thousand times a second is told twice a second.
func TestPairThrottle(t *testing.T) {
	p := pair{T: t, random: rand.New(rand.NewPCG(1, 1)), now: start}
	p.watcher = Subscribe(start, sip.Event{Package: "dialog"}, time.Hour)
	p.run(time.Second)
	for range 10_000 {
		p.state++
		p.notifier.Change()
		p.run(time.Millisecond)
	}
	p.run(time.Second)
	if p.notifies > 22+Burst || p.seen != p.state {
		t.Errorf("%d NOTIFYs in 11 seconds, told %d of %d", p.notifies, p.seen, p.state)
	}
}
