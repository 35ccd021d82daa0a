// Package flow plays the services of RFC 5359 with real phones and a real server over loopback, draws
// their ladders, and checks them: every arrow, in the RFC's order, and nothing else; after each step who
// hears whom, by a tone that each phone speaks; and what the messages say, as far as a service depends
// on it (the rules of a Flow, and those of every flow in transit.go). The server may be somebody else's.
//
// Where the RFC draws no proxy each arrow is two hops through ours. A challenge (401 or 407), the ACK
// to it and the request that it refuses stand beside the ladder, and so does a 100 of the server that the
// RFC does not draw. What the server sends to different phones may come in either order.
//
// Limits: UDP only; the people are alice, bob, bill and carol; a flow takes at most Limit. Over UDP on one
// machine nothing is lost; a message that is sent again, because the machine is slow, is noted in the ladder
// and otherwise left out.
package flow
