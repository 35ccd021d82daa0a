package proxy

import (
	"slices"
	"time"

	"hookflash/registrar"
)

// A phone that registers several flows (RFC 5626 §4.2) has a binding for each, all with
// one instance. A request goes to such a phone once: by its newest flow, and by the next
// only when that has failed (RFC 5626 §5.3).

// newestFlow tells whether binding i of a record is the newest flow of its phone; any
// binding that is no registered flow is a target of its own.
func newestFlow(record *registrar.Record, i int, now time.Time) bool {
	b := &record.Bindings[i]
	if b.RegID == 0 {
		return true
	}
	for j := range record.Bindings {
		if other := &record.Bindings[j]; sameFlows(b, other, now) && (other.Expires.After(b.Expires) || other.Expires.Equal(b.Expires) && j < i) {
			return false
		}
	}
	return true
}

// sameFlows tells whether a binding is another live flow of the phone that b is a flow of.
func sameFlows(b, other *registrar.Binding, now time.Time) bool {
	return other.RegID != 0 && other.RegID != b.RegID && other.Instance == b.Instance && other.Expires.After(now)
}

// phoneTarget makes a target of binding i of a record, and of the further flows of its
// phone, newest first.
func (m *Machine) phoneTarget(now time.Time, record *registrar.Record, i int) target {
	b := &record.Bindings[i]
	t := target{alternative: flowOf(b), q: b.Q, user: userOf(record.AddressOfRecord), from: b.Flow.Remote.Addr()}
	if b.RegID == 0 {
		return t
	}
	var others []*registrar.Binding
	for j := range record.Bindings {
		if other := &record.Bindings[j]; sameFlows(b, other, now) {
			others = append(others, other)
			t.q = max(t.q, other.Q)
		}
	}
	slices.SortStableFunc(others, func(a, b *registrar.Binding) int { return b.Expires.Compare(a.Expires) })
	for _, other := range others {
		t.follow(flowOf(other))
	}
	return t
}

func flowOf(b *registrar.Binding) alternative {
	return alternative{uri: b.Contact, route: b.Path, flow: b.Flow, bound: b.FlowBound, registered: b.RegID}
}

// flowFailed: whoever answers so has lost the connection to the phone (RFC 5626 §11.5).
const flowFailed = 430

// unsentCode is what a branch that could not be sent counts as: a phone whose connection
// is gone is not there; for any other next hop see RFC 3261 §16.9.
func (m *Machine) unsentCode(b *branch) int {
	if !m.unkept && b.target.user != "" && b.target.bound && b.target.flow.Transport.Reliable() {
		return 480
	}
	return 503
}
