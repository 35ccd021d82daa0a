package recall

import (
	"cmp"
	"slices"
	"time"

	"hookflash/event"
	"hookflash/event/dialoginfo"
	"hookflash/task"
	"hookflash/ua"
)

// queue are those who wait for a user, oldest first; each is served by itself (RFC 6910 §5). It ends with the last of
// them.
type queue struct {
	service *Service
	callee  string
	entries []*entry
	poke    *task.Queue[struct{}]
	serving *entry
}

// entry is one who waits (a CC entity).
type entry struct {
	id           uint64
	caller       string // user, or address of record of anybody else
	uri          string // the caller's address of record
	mode         string
	since, until time.Time
	after        time.Time // before which there is no further recall
	tries        int
	suspended    bool // by the caller's phone
	ready        bool
	over         bool

	sub    *ua.Subscription // of the caller's phone; nil: the agent calls the caller
	callID string           // of the SUBSCRIBE
	call   *ua.Call         // with the caller, while the agent calls back
	// came is how far the caller's call to the callee is, of whom was told to call.
	came step
}

// step is how far a call is that a phone was told to make.
type step uint8

const (
	absent   step = iota
	arriving      // the callee's side has it
	answered
	failed
)

func sortRequests(all []Request) {
	slices.SortFunc(all, func(a, b Request) int { return cmp.Compare(a.ID, b.ID) })
}

// queueOf is the queue of a callee; nil where there are too many that wait.
func (s *Service) queueOf(callee string) *queue {
	q := s.queues[callee]
	if q != nil && len(q.entries) >= MaxQueue || s.count >= MaxRequests {
		return nil
	}
	if q == nil {
		q = &queue{service: s, callee: callee, poke: task.NewQueue[struct{}](1)}
		if s.agent.Go("queue", q.run) == nil {
			return nil
		}
		s.queues[callee] = q
		s.watch(callee)
	}
	return q
}

// find is the entry of a caller in the queue of a callee, nil without one (RFC 6910 §6.2: there is one at most).
func (s *Service) find(caller, callee string) (*queue, *entry) {
	q := s.queues[callee]
	if q == nil {
		return nil, nil
	}
	for _, e := range q.entries {
		if e.caller == caller && !e.over {
			return q, e
		}
	}
	return q, nil
}

// of counts the requests of a caller.
func (s *Service) of(caller string) (count int) {
	for _, q := range s.queues {
		for _, e := range q.entries {
			if e.caller == caller && !e.over {
				count++
			}
		}
	}
	return count
}

// enter puts somebody at the end of the queue.
func (q *queue) enter(e *entry) {
	s := q.service
	s.numbers++
	e.id, e.since = s.numbers, s.agent.Now()
	e.until = e.since.Add(s.Expires)
	q.entries = append(q.entries, e)
	s.count++
	if e.sub == nil {
		s.watch(e.caller)
	}
	q.poke.Put(struct{}{})
}

// waits tells whether the agent is to call a user back.
func (q *queue) waits(user string) bool {
	return slices.ContainsFunc(q.entries, func(e *entry) bool { return e.sub == nil && e.caller == user })
}

// finish ends the wait of an entry; the queue drops it when it looks next.
func (q *queue) finish(e *entry) {
	if e.over {
		return
	}
	e.over, e.ready = true, false
	if e.sub != nil && !e.sub.Over() {
		e.sub.End(event.NoResource) // RFC 6910 §7.4; nobody is to subscribe again because of it
	}
	if e.call != nil && e.call.State != ua.Talking {
		e.call.HangUp()
	}
	q.poke.Put(struct{}{})
}

// prune drops what is over.
func (q *queue) prune(now time.Time) {
	for _, e := range q.entries {
		if e.sub != nil && e.sub.Over() || !now.Before(e.until) || e.tries >= q.service.Tries && !e.ready {
			q.finish(e)
		}
	}
	q.entries = slices.DeleteFunc(q.entries, func(e *entry) bool {
		if e.over {
			q.service.count--
			if e.sub == nil {
				q.service.unwatch(e.caller)
			}
		}
		return e.over
	})
}

// next is who is to be served: the oldest who is there.
func (q *queue) next(now time.Time) *entry {
	for _, e := range q.entries {
		if !e.over && !q.absent(e) && !now.Before(e.after) {
			return e
		}
	}
	return nil
}

// absent tells that the caller can't be recalled now.
func (q *queue) absent(e *entry) bool {
	return e.suspended || e.sub == nil && !q.service.free(e.caller)
}

func (q *queue) show(e *entry) Request {
	r := Request{ID: e.id, Caller: e.caller, Callee: q.callee, State: Queued, Since: e.since, Until: e.until, Phone: e.sub != nil}
	switch {
	case e.ready:
		r.State = Ready
	case q.absent(e):
		r.State = Suspended
	}
	return r
}

// run serves the queue until it is empty.
func (q *queue) run(t *task.Task) {
	s := q.service
	defer func() {
		delete(s.queues, q.callee)
		s.unwatch(q.callee)
	}()
	rested := false // the callee was left alone for a while since they became free
	for {
		q.prune(t.Now())
		if len(q.entries) == 0 {
			return
		}
		e := q.next(t.Now())
		switch {
		case !s.free(q.callee):
			rested = false
			q.wait(t, look)
		case e == nil:
			q.wait(t, q.sleep(t.Now()))
		case !rested && s.Jitter > 0:
			t.Sleep(s.jitter())
			rested = true
		default:
			q.serve(t, e)
		}
	}
}

// sleep is how long nobody can be served.
func (q *queue) sleep(now time.Time) time.Duration {
	least := look
	for _, e := range q.entries {
		if e.after.After(now) {
			least = min(least, e.after.Sub(now))
		}
	}
	return least
}

// wait waits until something has changed, or for a while.
func (q *queue) wait(t *task.Task, d time.Duration) {
	if t.First(q.poke, t.After(d)) == 0 {
		q.poke.Take()
	}
}

// serve lets one of those who wait call.
func (q *queue) serve(t *task.Task, e *entry) {
	q.serving, e.ready, e.came = e, true, absent
	defer func() {
		q.serving, e.ready = nil, false
		if e.sub != nil && !e.over && !e.sub.Over() && e.tries < q.service.Tries {
			e.sub.Changed() // §7.4: queued again; its place is kept
		}
	}()
	if e.sub == nil {
		q.callBack(t, e)
		return
	}
	q.tellReady(t, e)
}

// failed: the recall led nowhere.
func (e *entry) failed(now time.Time) {
	e.after = now.Add(pause << min(e.tries, 6))
	e.tries++
}

// saw tells the queue of a call of the callee's: the one that the served caller was told to make?
func (q *queue) saw(d dialoginfo.Dialog) {
	e := q.serving
	if e == nil || e.sub == nil || d.Direction != dialoginfo.Recipient || !sameAddress(d.Remote.Identity.URI, e.uri) {
		return
	}
	switch {
	case d.State == dialoginfo.Confirmed:
		e.came = answered
	case d.State == dialoginfo.Terminated && e.came == arriving:
		e.came = failed
	case d.State != dialoginfo.Terminated && e.came != answered:
		e.came = arriving
	}
}
