package resolve

import (
	"container/list"
	"context"
	"time"

	"github.com/miekg/dns"
)

// question is what is asked: a name, lower case with its last dot, and a type.
type question struct {
	name string
	kind uint16
}

// answer is what a question leads to: records of its type, none where there is nothing.
// It is never changed once others see it.
type answer struct {
	records []dns.RR
	keep    time.Duration // how long it is believed; 0: it is not kept
	// unanswered: no server said anything of use.
	unanswered bool
}

// Of failures.
const (
	keepFailure = 5 * time.Second  // a server that fails is not asked the same again for so long (RFC 2308 §7)
	keepStale   = 30 * time.Second // and an answer whose time was over serves for so long meanwhile (RFC 8767 §5)
)

// cache keeps answers, those used last. Its owner locks it.
type cache struct {
	limit   int // of weight
	weight  int // of all entries
	entries map[question]*list.Element
	used    *list.List // of *entry, the one used last in front
}

type entry struct {
	question question
	answer   *answer
	until    time.Time
	stale    time.Time // until when it serves where no server answers
}

func newCache(limit int) cache {
	return cache{limit: limit, entries: map[question]*list.Element{}, used: list.New()}
}

// look finds the entry of a question, nil without one; its time may be over.
func (c *cache) look(q question) *entry {
	element := c.entries[q]
	if element == nil {
		return nil
	}
	c.used.MoveToFront(element)
	return element.Value.(*entry)
}

// weight is what an entry counts: one, and one for each record.
func (e *entry) weight() int { return 1 + len(e.answer.records) }

func (c *cache) keep(e *entry) {
	c.drop(c.entries[e.question])
	for c.weight > 0 && c.weight+e.weight() > c.limit {
		c.drop(c.used.Back())
	}
	c.entries[e.question] = c.used.PushFront(e)
	c.weight += e.weight()
}

func (c *cache) drop(element *list.Element) {
	if element == nil {
		return
	}
	e := c.used.Remove(element).(*entry)
	delete(c.entries, e.question)
	c.weight -= e.weight()
}

// flight is a question under way; who asks the same meanwhile waits for its answer.
type flight struct {
	done   chan struct{}
	answer *answer // set before done is closed
}

// find answers a question: from what is known, by an answer that is on its way already,
// or by asking.
func (r *Resolver) find(ctx context.Context, q question) *answer {
	r.counts.questions.Add(1)
	for {
		r.mutex.Lock()
		if e := r.cache.look(q); e != nil && r.options.Now().Before(e.until) {
			r.mutex.Unlock()
			r.counts.hits.Add(1)
			return e.answer
		}
		under := r.flights[q]
		if under == nil {
			under = &flight{done: make(chan struct{})}
			r.flights[q] = under
			r.mutex.Unlock()
			return r.fly(ctx, q, under)
		}
		r.mutex.Unlock()
		select {
		case <-under.done:
		case <-ctx.Done():
			return &answer{unanswered: true}
		}
		if a := under.answer; !a.unanswered || a.keep > 0 {
			return a
		} // who asked had less time left than we have
	}
}

// fly asks and keeps what is learned.
func (r *Resolver) fly(ctx context.Context, q question, f *flight) *answer {
	a := r.ask(ctx, q)
	now := r.options.Now()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if a.unanswered {
		if e := r.cache.look(q); e != nil && !e.answer.unanswered && now.Before(e.stale) {
			r.counts.stale.Add(1)
			e.until = now.Add(keepStale)
			a = e.answer
		} else if a.keep > 0 {
			r.cache.keep(&entry{question: q, answer: a, until: now.Add(a.keep)})
		}
	} else {
		until := now.Add(a.keep)
		r.cache.keep(&entry{question: q, answer: a, until: until, stale: until.Add(r.options.Stale)})
	}
	f.answer = a
	delete(r.flights, q)
	close(f.done)
	return a
}
