// Package guard admits datagrams before anything parses them.
//
// Limits and limitations:
//   - A UDP source can be forged. Who forges a stranger's address can use up that
//     stranger's allowance; who forges the address and port of a registered flow gets
//     that flow's allowance and nothing more. A source is only vouched for after an
//     authentication that used a nonce of ours, and should only be banned after one.
//   - During a flood from more strangers than [Limits.Strangers] admits, strangers get in
//     by chance. Whoever has standing does not compete with them.
//   - Time is counted in microseconds from the start given to [New]; standing and bans
//     end on steps of 16.8 s, rounded up, and none reaches beyond 8.9 years from the start.
//   - At most [MaxTrusted] trusted networks.
//
// Four classes of source, best first:
//
//	trusted     listed by configuration         no limit
//	flow        address and port vouched for    a bucket of its own
//	neighbour   same prefix as a live flow      the prefix's larger bucket
//	stranger    anybody else                    the prefix's small bucket, then one that all strangers share
//
// A prefix is one IPv4 address or one IPv6 /64. Nobody's packets touch the bucket of a
// flow but its own, so a flow is never limited for what others behind the same address do.
//
// The memory is three fixed tables without pointers, [Guard.Bytes] in all. Strangers
// have a small table of their own, because a stranger's entry says nothing once its
// bucket is full again: what all strangers may spend together keeps few entries alive at
// a time. The two large tables change by successful authentication only, so no flood can
// push out what they hold or make their pages resident.
package guard
