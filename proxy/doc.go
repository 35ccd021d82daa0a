// Package proxy is the proxy of RFC 3261 §16 for one or several domains: forking, Timer C,
// best response, CANCEL, loose and strict routes, loop detection (RFC 5393), session
// timers (RFC 4028).
//
// Limits: a request goes to at most MaxBranches targets, at most MaxExpansion aliases
// deep; the dialog table has at most MaxDialogs calls. A next hop with a name is looked up
// (RFC 3263), at most MaxLookups at a time and MaxLookupsEach for one user, and at most
// MaxAlternatives of the places it leads to are tried. Each limit has the response that it
// gives beside it.
//
// MESSAGE and SUBSCRIBE have rates, sizes and queues (message.go). They are counted by each machine: who spreads
// what is sent over as many Call-IDs has those of all machines together.
//
// Limitations: who calls a phone of ours by its address, rather than its user, is screened like
// anybody where the user part is the user's name; phones that take calls for any other name are
// to refuse them. A rule compares no number of ours in the From of a stranger.
//
// Limitations of trunks: From stays as the phone wrote it, and who calls stands in P-Asserted-Identity
// alone. What a trunk challenges within a call is sent again with the CSeq that it had, and an event of a
// REFER that was challenged has another id (RFC 3515 §2.4.6) than the phone counts. A call that two gateways
// send back to us under a Call-ID of their own goes round until the lines of a trunk are taken, unless
// the trunk is trusted and says who forwarded it.
//
// A call to a number leaves by a Trunk: at most MaxHops hops are tried, 404 without any. A trunk carries
// no more calls than its Limit, whoever made them: the next trunk is asked, 480 beyond the last one, and
// 486 to calls that come by it.
//
// A Machine is stepped: whoever holds its mutex owns all of it. Calls are sharded over
// machines by Call-ID, so that every message of a call meets the same one.
package proxy
