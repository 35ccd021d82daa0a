// Package pickup takes calls that ring at somebody else's telephone: RFC 5359 §2.16.
//
// Whether one may is decided by others: who answers the SUBSCRIBE shows identifiers to those alone who may use them, and the
// server lets an INVITE with Replaces pass from them alone. A pickup that is refused, or comes too late, leaves
// the call as it was: it rings on, or was answered.
//
// Limitations: where several calls ring, the first that is told of is taken. A caller whose contact is no GRUU is reached at
// their address, so that the server can decide.
//
// Limits: Patience for the answer of whoever is asked; MaxTries calls that are tried when one after the other is over
// already.
package pickup
