// Package flow plays the services of RFC 5359 with real phones and a real server over loopback, draws
// their ladders, and checks them: every arrow, in the RFC's order, and nothing else; after each step who
// hears whom, by a tone that each phone speaks; and what the messages say, as far as a service depends
// on it (the rules of a Flow, and those of every flow in transit.go). The server may be somebody else's.
//
// Where the RFC draws no proxy each arrow is two hops through ours, but for those of phones that talk past the
// server (F1 to F3 of §2.13), and those of an agent which lives in the server (announcement, music and park server,
// and who clicks for a page): what passes inside the server is on no wire, so such an arrow is what the phone sends and
// gets. A challenge (401 or 407) that the RFC does not draw, the ACK to it and the request that it refuses stand beside
// the ladder, and so do a 100 of the server that the RFC does not draw, and a 199 to who supports that. What the server sends to
// different phones may come in either order, and so may what the RFC draws beside each other (F9 to F11 of §2.16).
//
// Who keeps a phone busy is outside the ladder, at 127.9.9.9, and talks past the server.
//
// Limits: UDP only; the people are those of voices; a flow takes at most Limit. Over UDP on one
// machine nothing is lost; a message that is sent again, because the machine is slow, is noted in the ladder
// and otherwise left out.
package flow
