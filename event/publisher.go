package event

import (
	"time"

	"hookflash/sip"
)

// Publisher is the client's side of one publication (RFC 3903 §4 and §5): it publishes a
// state, keeps it up, changes it and takes it back, one PUBLISH at a time. It belongs to one
// owner. The zero value is of no use: NewPublisher makes one.
type Publisher struct {
	event    sip.Event
	lifetime time.Duration

	contentType, body string
	etag              string
	changed           bool // the body is not what was published
	withdrawn         bool
	asking            bool
	at                time.Time // when to send the next PUBLISH
	expires           time.Time // when what was published is gone
	failures          uint
	serial            uint32
	failure           int
}

// Issue is a PUBLISH to send.
type Issue struct {
	Event       sip.Event
	IfMatch     string // SIP-If-Match; "": none
	Expires     uint32 // seconds
	ContentType string // "" without a body
	Body        string

	serial uint32
}

// NewPublisher makes a publisher that has nothing to publish yet. The lifetime is what is
// asked for, at most MaxLifetime; 0: an hour.
func NewPublisher(event sip.Event, lifetime time.Duration) Publisher {
	if lifetime <= 0 {
		lifetime = time.Hour
	}
	return Publisher{event: event, lifetime: max(min(lifetime, MaxLifetime), time.Second)}
}

// Set gives the state to publish, which is not empty. It is due at once.
func (p *Publisher) Set(now time.Time, contentType, body string) {
	if p.body == body && p.contentType == contentType && !p.withdrawn {
		return
	}
	p.contentType, p.body, p.changed, p.withdrawn = contentType, body, true, false
	p.at, p.failure = now, 0
}

// Withdraw takes the state back.
func (p *Publisher) Withdraw(now time.Time) {
	p.withdrawn, p.body = true, ""
	p.at = time.Time{}
	if p.etag != "" || p.asking {
		p.at = now
	}
}

// Failure is the response code after which the state is not published any more; 0 for none.
// Another Set tries again.
func (p *Publisher) Failure() int { return p.failure }

// Published tells whether the compositor holds what was set last, as far as it said.
func (p *Publisher) Published(now time.Time) bool {
	return p.etag != "" && !p.changed && !p.withdrawn && now.Before(p.expires)
}

// Next is when Step is to be called; the zero time when nothing waits but for a response.
func (p *Publisher) Next() time.Time {
	if p.asking {
		return time.Time{} // RFC 3903 §4: one at a time
	}
	return p.at
}

// Step gives the PUBLISH that is due, if any: with a body and without an entity-tag it is
// an initial one, with both it changes the state, with an entity-tag alone it refreshes, and
// with Expires zero it removes (RFC 3903 §4.1).
func (p *Publisher) Step(now time.Time) (Issue, bool) {
	if next := p.Next(); next.IsZero() || now.Before(next) {
		return Issue{}, false
	}
	p.at = time.Time{}
	if due(p.expires, now) {
		p.forget()
	}
	p.serial++
	issue := Issue{Event: p.event, IfMatch: p.etag, Expires: roundUp(p.lifetime), serial: p.serial}
	switch {
	case p.withdrawn && p.etag == "":
		return Issue{}, false
	case p.withdrawn:
		issue.Expires = 0
	case p.changed:
		issue.ContentType, issue.Body = p.contentType, p.body
		p.changed = false
	}
	p.asking = true
	return issue, true
}

// forget: what was published is gone, so that the state is published from the start.
func (p *Publisher) forget() {
	p.etag, p.expires, p.changed = "", time.Time{}, true
}

// Answered tells the final response to the PUBLISH that Step gave. Challenges and
// redirections are the owner's: one that is told here was of no use.
func (p *Publisher) Answered(now time.Time, issue Issue, response Response) {
	if !p.asking || issue.serial != p.serial {
		return
	}
	p.asking = false
	minimum := time.Duration(response.MinExpires) * time.Second
	switch {
	case 200 <= response.Code && response.Code < 300:
		p.accepted(now, issue, response)
		return
	case p.withdrawn:
		p.forget() // what stands there will expire
		p.at = time.Time{}
		return
	case response.Code == 412:
		// RFC 3903 §5: not tried again with that entity-tag, but from the start.
		first := p.etag != ""
		p.forget()
		p.at = now
		if !first {
			p.at = now.Add(p.backOff())
		}
		return
	case response.Code == 423 && minimum > p.lifetime && minimum <= MaxLifetime:
		p.lifetime, p.at = minimum, now
	case hopeless(response.Code):
		p.forget()
		p.failure, p.at, p.body = response.Code, time.Time{}, ""
		return
	default:
		wait := p.backOff()
		if response.RetryAfter > 0 {
			wait = min(time.Duration(response.RetryAfter)*time.Second, MaxLifetime)
		}
		p.at = now.Add(wait)
	}
	p.changed = p.changed || issue.Body != ""
}

func (p *Publisher) backOff() time.Duration {
	wait := FirstRetry << min(p.failures, 16)
	p.failures++
	return min(wait, LastRetry)
}

// accepted: RFC 3903 §4.3: every 2xx brings a new entity-tag and the lifetime.
func (p *Publisher) accepted(now time.Time, issue Issue, response Response) {
	p.failures = 0
	if issue.Expires == 0 {
		p.etag, p.expires = "", time.Time{}
		if !p.withdrawn { // set again meanwhile
			p.changed, p.at = true, now
		}
		return
	}
	granted := p.lifetime
	if response.HasExpires {
		granted = min(time.Duration(response.Expires)*time.Second, p.lifetime)
	}
	p.etag, p.expires = response.ETag, now.Add(granted)
	switch {
	case p.withdrawn, p.changed:
		p.at = now
		if p.withdrawn && p.etag == "" {
			p.at = time.Time{}
		}
	default:
		p.at = now.Add(max(refreshAfter(granted), time.Second))
		if p.etag == "" { // nothing to refresh by: publish from the start
			p.changed = true
		}
	}
}
