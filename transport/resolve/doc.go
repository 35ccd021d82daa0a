// Package resolve finds where a SIP URI with a name leads: RFC 3263 §4 with NAPTR, SRV
// (RFC 2782), A and AAAA records, over name servers that recurse.
//
// Limits and limitations:
//   - A resolution takes at most Options.Timeout, whatever the servers do, and gives at
//     most MaxTargets candidates; see the constants for what is read of an answer.
//   - Names are fully qualified: there is no search list, and /etc/hosts is not read.
//     localhost is this host, and .invalid does not exist (RFC 6761), without asking.
//   - DNSSEC is left to the name servers. Over UDP an answer must come from the server's
//     address to a random port and repeat the random number and the question; of its
//     records only those count that the question leads to.
//   - §5 of RFC 3263, finding a way back for a response, is not done.
//
// Who calls Resolve waits; the Resolver is safe for any number of callers.
package resolve
