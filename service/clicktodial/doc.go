// Package clicktodial is the agent at click@DOMAIN: it has a user's phone call somebody, at the wish of a page or program
// that may speak for that user (RFC 5359 §2.18). The phone is referred by its GRUU, so that one alone calls (RFC 4488 §5);
// one that takes no REFER, or has no GRUU, is called itself, and then connected with the target (RFC 3725 §4.4).
//
// Limits: MaxStanding calls of a user at a time, MaxRate in RateWindow, MaxKept of a user and MaxCalls of all that are
// remembered, for Keep after their end; MaxSteps steps are told of a call. A phone that was referred and does not call
// within CallTime is given up. Nothing lasts longer than the process: a call that was connected by the agent ends with it,
// and one that the phone placed goes on untold.
//
// Of calls that the agent connects, it passes offers (hold, resume, other codecs), hanging up and its reason on; it has no
// media, so neither digits by INFO nor ringing before the answer go through, and who wants to transfer such a call is
// refused. A phone that takes no session without media (RFC 3725 flow IV) is called with the agent's own, and hears it
// ring meanwhile.
//
// What becomes of a call that a phone placed is known from the proxy (proxy.Leg), or from the phone where that reports in
// spite of Refer-Sub: false. Such a call is taken from the phone, when it is to end, by an INVITE with Replaces.
package clicktodial
