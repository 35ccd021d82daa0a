package sip

import "math"

// Event is the value of Event (RFC 6665 §8.2.1).
type Event struct {
	Package string // with its templates, as in presence.winfo; compared with case
	ID      string // "" without one
	Params  Params // all of them, id among them
}

// ParseEvent parses an Event.
func ParseEvent(s string) (Event, error) {
	name, params, err := headed(s)
	if err != nil {
		return Event{}, err
	}
	id, there := params.Get("id")
	if there && !IsToken(id) {
		return Event{}, ErrValue
	}
	return Event{Package: name, ID: id, Params: params}, nil
}

// Matches tells whether a NOTIFY with the other event belongs to a subscription with this
// one: package and id alike, other parameters apart (RFC 6665 §8.2.1).
func (e Event) Matches(other Event) bool { return e.Package == other.Package && e.ID == other.ID }

// Append prints package and id.
func (e Event) Append(b []byte) []byte {
	b = append(b, e.Package...)
	if e.ID != "" {
		b = appendParam(b, "id", e.ID)
	}
	return b
}

// SubscriptionState is the value of Subscription-State (RFC 6665 §8.2.3).
type SubscriptionState struct {
	State         string // active, pending, terminated or an extension, in lower case
	Reason        string // "" without one
	Expires       uint32 // seconds
	RetryAfter    uint32 // seconds
	HasExpires    bool
	HasRetryAfter bool
}

// ParseSubscriptionState parses a Subscription-State.
func ParseSubscriptionState(s string) (SubscriptionState, error) {
	state, params, err := headed(s)
	if err != nil {
		return SubscriptionState{}, err
	}
	reason, _ := params.Get("reason")
	expires, hasExpires, ok := params.number("expires", math.MaxUint32)
	retry, hasRetry, fine := params.number("retry-after", math.MaxUint32)
	if !ok || !fine {
		return SubscriptionState{}, ErrValue
	}
	return SubscriptionState{
		State: Lower(state), Reason: reason, Expires: uint32(expires), RetryAfter: uint32(retry), HasExpires: hasExpires, HasRetryAfter: hasRetry,
	}, nil
}

// Append prints the state and what is known of it.
func (s SubscriptionState) Append(b []byte) []byte {
	b = append(b, s.State...)
	if s.Reason != "" {
		b = appendParam(b, "reason", s.Reason)
	}
	if s.HasExpires {
		b = appendNumberParam(b, "expires", uint64(s.Expires))
	}
	if s.HasRetryAfter {
		b = appendNumberParam(b, "retry-after", uint64(s.RetryAfter))
	}
	return b
}
