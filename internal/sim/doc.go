// Package sim is a virtual network in virtual time: hosts that are machines, links that
// delay, lose, copy and reorder by seed, and scripted phones. The same seed and script
// give the same ladder, every time.
//
// Limitations: a stream carries whole messages, its framing and congestion are not
// modelled; there are no name servers (phones and scripts use addresses, or a table of
// their own); a host's step takes no time.
//
// Limits: Config.MaxEvents events in a run, MaxStall steps of a host without progress
// of time, MaxKeptEvents machine events kept per host.
//
// Phones are a second opinion on the protocol: they share the message parser and the
// client side of digest with the server, and no line of its transactions, registrar
// or proxy. What they see broken they say in Phone.Complaints.
//
// A Network and everything on it is owned by one goroutine, the test's.
package sim
