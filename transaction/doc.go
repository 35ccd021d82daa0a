// Package transaction is the transaction layer of RFC 3261 §17 with RFC 6026 (Accepted),
// RFC 4320 (non-INVITE) and RFC 3581 (rport): four state machines in one table, their
// timers as data.
//
// Limits: a table remembers at most MaxPending transactions that wait, MaxPendingOfSource
// of them for requests from one address, and MaxSpent that only absorb retransmissions;
// deadlines are rounded up to Tick.
//
// A Table belongs to one machine, and only the step of that machine touches it. A
// transaction that still waits for something is a Server or a Client; one that only
// answers retransmissions is a record without pointers in a queue ordered by time.
package transaction
