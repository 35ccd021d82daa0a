package flow

import (
	"fmt"
	"strings"

	"hookflash/sip"
)

// whole are the header fields that the services live on: a server passes them on as they are.
var whole = []sip.Header{
	sip.HeaderContact, sip.HeaderReferTo, sip.HeaderReferredBy, sip.HeaderReplaces, sip.HeaderJoin, sip.HeaderEvent,
	sip.HeaderSubscriptionState, sip.HeaderContentType, sip.HeaderRequire,
}

// passedOn checks that whatever the server sends came to it, with the same Call-ID, tags and CSeq, and with
// the fields that a service lives on: Replaces and Join name a dialog by its identifiers, so they must be
// the same at all its ends.
//
// That does not go for arrows which the server makes by itself, and for what it says in their stead: a
// CANCEL, and the ACK to a refusal, are of one hop (RFC 3261 §9.2, §17.1.1.3).
func (e *evidence) passedOn(made map[int]bool) (problems []error) {
	for i, s := range e.sights {
		if s.from != through || s.beside || s.label == "100" || made[s.number] {
			continue
		}
		original := e.original(i)
		if original == nil {
			problems = append(problems, fmt.Errorf(
				"%v: none with its Call-ID, tags and CSeq came to the server; one that changes them (a B2BUA) breaks Replaces and Join", s))
			continue
		}
		for _, field := range whole {
			if before, after := original.Header(field), s.message.Header(field); before != after {
				problems = append(problems, fmt.Errorf("%v: the server changed %s from %q to %q", s, field, before, after))
			}
		}
	}
	return problems
}

// original is what the server passed on; nil: nothing.
func (e *evidence) original(passed int) *sip.Message {
	m := e.sights[passed].message
	for _, s := range e.sights {
		o := s.message
		if s.to == through && s.label == e.sights[passed].label && o.CallID() == m.CallID() && o.CSeq() == m.CSeq() &&
			o.FromTag() == m.FromTag() && o.ToTag() == m.ToTag() {
			return o
		}
	}
	return nil
}

// terminated checks a 199: the server says by it that an early dialog is over, to who knows what that is
// (RFC 6228 §4).
func (e *evidence) terminated() (problems []error) {
	for i, s := range e.sights {
		if s.label != "199" {
			continue
		}
		asked, known := false, false
		for _, earlier := range e.sights[:i] {
			m := earlier.message
			if !sameRequest(m, s.message) {
				continue
			}
			asked = asked || earlier.from == s.to && m.IsRequest() && m.HasToken(sip.HeaderSupported, "199")
			known = known || earlier.to == s.to && m.StatusCode() > 100 && m.ToTag() == s.message.ToTag()
		}
		if !asked {
			problems = append(problems, fmt.Errorf("%v: its INVITE does not support 199", s))
		}
		if !known {
			problems = append(problems, fmt.Errorf("%v: its tag %q is of no early dialog", s, s.message.ToTag()))
		}
	}
	return problems
}

// transactions checks branches and sequence numbers, on each side of the server (RFC 3261 §8.1.1.7,
// §12.2.1.1, §13.2.2.4, §17.1.1.3).
func (e *evidence) transactions() (problems []error) {
	requests := map[string]sight{} // by place and branch
	highest := map[string]uint32{} // by dialog and direction
	for _, s := range e.sights {
		m := s.message
		if !m.IsRequest() {
			request, known := requests[s.to+">"+s.from+" "+keyOf(m)]
			if !known || request.message.Method() != m.Method() || request.message.CSeq() != m.CSeq() {
				problems = append(problems, fmt.Errorf("%v: its branch and CSeq are of no request to %s", s, s.from))
			}
			continue
		}
		problems = append(problems, e.branch(s, requests))
		requests[s.from+">"+s.to+" "+keyOf(m)] = s
		if m.Method() == sip.ACK || m.ToTag() == "" {
			continue
		}
		direction := s.from + ">" + s.to + " " + m.CallID() + " " + m.FromTag()
		if m.CSeq() <= highest[direction] {
			problems = append(problems, fmt.Errorf("%v: its CSeq %d is not above %d", s, m.CSeq(), highest[direction]))
		}
		highest[direction] = max(highest[direction], m.CSeq())
	}
	return problems
}

// keyOf finds a transaction: a CANCEL is one of its own, with the branch of what it cancels (RFC 3261 §9.1).
func keyOf(m *sip.Message) string {
	if m.Method() == sip.CANCEL {
		return m.Branch() + " CANCEL"
	}
	return m.Branch()
}

// branch checks that of a request: a new one for every transaction, and for the ACK to a 2xx.
func (e *evidence) branch(s sight, requests map[string]sight) error {
	branch := s.message.Branch()
	if !strings.HasPrefix(branch, "z9hG4bK") {
		return fmt.Errorf("%v: its branch %q does not begin with z9hG4bK", s, branch)
	}
	earlier, known := requests[s.from+">"+s.to+" "+branch]
	if s.label == "CANCEL" {
		if !known || earlier.label != "INVITE" {
			return fmt.Errorf("%v: a CANCEL has the branch of its INVITE", s)
		}
		return nil
	}
	refused := s.label == "ACK" && e.refused(s)
	switch {
	case refused && (!known || earlier.label != "INVITE"):
		return fmt.Errorf("%v: the ACK to a refusal has the branch of its INVITE", s)
	case known && !refused:
		return fmt.Errorf("%v: its branch is that of %v", s, earlier)
	}
	return nil
}

// refused tells whether the INVITE of an ACK got a final response other than 2xx.
func (e *evidence) refused(ack sight) bool {
	for _, s := range e.sights {
		if s.from == ack.to && s.to == ack.from && s.message.StatusCode() >= 300 && sameRequest(s.message, ack.message) {
			return true
		}
	}
	return false
}

// asserted checks that the server says who replaces or joins a call: the phones ask for no password of
// their own, and refuse it when nobody vouches for the sender (RFC 3891 §8, RFC 3911 §8, RFC 3325).
func (e *evidence) asserted() (problems []error) {
	for _, s := range e.sights {
		m := s.message
		if s.from == through && m.IsRequest() && (m.Has(sip.HeaderReplaces) || m.Has(sip.HeaderJoin)) && !m.Has(sip.HeaderPAssertedIdentity) {
			problems = append(problems, fmt.Errorf("%v: the server must say who sent it (P-Asserted-Identity), else phones refuse it", s))
		}
	}
	return problems
}
