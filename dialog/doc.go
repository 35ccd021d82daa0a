// Package dialog holds dialogs as values: RFC 3261 §12, the matching of Replaces (RFC 3891) and
// Join (RFC 3911), session timers (RFC 4028).
//
// Limits: a route set has at most MaxRoutes hops; a message that would make a longer one makes no
// dialog.
//
// A Dialog belongs to the machine that keeps it. It sends nothing: it says what a request within
// it looks like, and whether one that arrived may be.
package dialog
