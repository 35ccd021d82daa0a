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
// A Machine is stepped: whoever holds its mutex owns all of it. Calls are sharded over
// machines by Call-ID, so that every message of a call meets the same one.
package proxy
