package registrar

import "time"

// removals remembers the CSeq of requests that removed bindings, for as long as an older
// request of the same Call-ID may still be under way: without it, one that was overtaken
// would bring back what was removed (RFC 3261 §10.3 step 7: out-of-order requests are
// ignored). A place is a keyed hash; a later removal takes it over.
type removals struct {
	places []removal
	last   time.Time // when one was put last
}

type removal struct {
	key   uint64
	until time.Time
	cseq  uint32
}

// removedFor is 64 times T1: then the client has given up.
const removedFor = 32 * time.Second

func (r *removals) put(now time.Time, key uint64, cseq uint32) {
	r.last = now
	place := &r.places[key%uint64(len(r.places))]
	if place.key == key {
		cseq = max(cseq, place.cseq)
	}
	*place = removal{key, now.Add(removedFor), cseq}
}

// recent tells whether there is anything to remember.
func (r *removals) recent(now time.Time) bool {
	return !r.last.IsZero() && now.Sub(r.last) < removedFor
}

// overtakes tells whether a removal with that CSeq or a later one has been seen.
func (r *removals) overtakes(now time.Time, key uint64, cseq uint32) bool {
	found := &r.places[key%uint64(len(r.places))]
	return found.key == key && found.cseq >= cseq && now.Before(found.until)
}
