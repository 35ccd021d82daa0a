package event

import (
	"slices"
	"time"
)

// MaxPublications bounds the publications of one resource and package; more get Busy.
const MaxPublications = 32

// MaxState bounds the body of a publication, in octets; more gets 413.
const MaxState = 64 << 10

// Publish is what a PUBLISH says.
type Publish struct {
	IfMatch     string // SIP-If-Match; "" without one
	Expires     uint32 // seconds
	HasExpires  bool
	ContentType string
	Body        string
}

// Publication is the state that one publisher gave of a resource.
type Publication struct {
	ETag        string
	ContentType string
	Body        string
	Expires     time.Time
}

// Publications is a compositor's side (RFC 3903 §6): what was published of one resource
// and event package. The zero value has none. It belongs to one owner.
type Publications struct {
	Terms Terms
	list  []Publication // oldest first
}

// Publish answers a PUBLISH for a resource and package that are ours, by a publisher who
// may. The entity-tag is a fresh one that nobody can guess, of the caller's randomness; a
// 2xx carries it. changed tells whether the state that watchers see did.
func (p *Publications) Publish(now time.Time, request Publish, etag string) (answer Answer, changed bool) {
	changed = p.Advance(now)
	at := -1
	if request.IfMatch != "" {
		// RFC 3903 §6 step 3: no such publication: 412.
		if at = p.find(request.IfMatch); at < 0 {
			return Answer{Code: 412}, changed
		}
	}
	lifetime, brief := p.Terms.grant(request.Expires, request.HasExpires)
	switch {
	case brief:
		return Answer{Code: 423, MinExpires: roundUp(lifetime)}, changed
	case at < 0 && request.Body == "":
		return Answer{Code: 400}, changed // RFC 3903 §4.2: an initial one must have a body
	case len(request.Body) > MaxState:
		return Answer{Code: 413}, changed
	case at < 0 && lifetime > 0 && len(p.list) >= MaxPublications:
		return Busy, changed
	}
	answer = Answer{Code: 200, Expires: seconds(lifetime), ETag: etag}
	if lifetime <= 0 {
		if at >= 0 {
			p.list = slices.Delete(p.list, at, at+1)
			changed = true
		}
		return answer, changed
	}
	if at < 0 {
		at = len(p.list)
		p.list = append(p.list, Publication{})
	}
	one := &p.list[at]
	one.ETag, one.Expires = etag, now.Add(lifetime)
	if request.Body != "" {
		changed = changed || one.Body != request.Body || one.ContentType != request.ContentType
		one.Body, one.ContentType = request.Body, request.ContentType
	}
	return answer, changed
}

func (p *Publications) find(etag string) int {
	return slices.IndexFunc(p.list, func(one Publication) bool { return one.ETag == etag })
}

// Advance drops what expired; true when something did.
func (p *Publications) Advance(now time.Time) bool {
	before := len(p.list)
	p.list = slices.DeleteFunc(p.list, func(one Publication) bool { return !now.Before(one.Expires) })
	return len(p.list) < before
}

// Next is when the first publication expires; the zero time without one.
func (p *Publications) Next() time.Time {
	var next time.Time
	for i := range p.list {
		next = earliest(next, p.list[i].Expires)
	}
	return next
}

// All are the publications, oldest first, in memory of the caller's.
func (p *Publications) All() []Publication { return slices.Clone(p.list) }
