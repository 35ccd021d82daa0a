// Package park keeps calls that wait to be taken by somebody else: the agent at sip:park@DOMAIN (RFC 5359 §2.15), and what
// a phone does to park and to take a parked call.
//
// Limits: MaxSlots places in all; one call in each. A call waits MaxStay at most, and is said goodbye to then. Who takes a
// parked call has LeaveLimit; until that is over, others are told 486. A parker's phone rings for RecallRings. Callers whom
// nobody vouches for have half of the places of an orbit at most. A call that is taken from a phone without Replaces goes
// through the agent from then on: what package b2bua does not pass on is not passed on here.
//
//	sip:park@DOMAIN               the first free place of the parker's orbit
//	sip:park@DOMAIN;orbit=701     a place
//	sip:park@DOMAIN;orbit=sales   the first free place of that orbit
//	sip:park@DOMAIN;retrieve      the call that waits longest
//	…;bridge                      its phone knows no Replaces: through the agent
//
// Each place is one state machine, in slot.go; a place that is taken never takes another call.
package park
