// Package flow plays the services of RFC 5359 with real phones and a real server over loopback, draws
// their ladders, and checks them: every arrow, in the RFC's order, and nothing else; and after each
// step who hears whom, by a tone that each phone speaks.
//
// Where the RFC draws no proxy each arrow is two hops through ours. A challenge (401 or 407), the ACK
// to it and the request that it refuses stand beside the ladder, and so does a 100 of the server.
//
// Limits: a flow takes at most Limit. Over UDP on one machine nothing is lost; a message that is sent
// again is a failure of the flow unless the machine is so slow that timers of SIP run out.
package flow
