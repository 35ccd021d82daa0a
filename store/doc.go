// Package store keeps what must last: bindings, nonces in use and what agents keep in the node's own log,
// users, groups, calendars, tokens and secrets in an embedded NATS JetStream. Everything is
// read from memory.
//
// Limitations: one node; a domain's users are named by their user part alone. The log of
// bindings survives the death of the process at any point, and is made durable against
// power loss only when it is rotated or closed; the rest is durable before it is
// acknowledged. A refused change may come back after a crash if the disk failed so
// badly that neither could the log be cut off nor a new segment begun. Damage to the log
// loses the changes in the damaged bytes: what had been there before them is served
// instead, and Recovery tells. Damage to users, groups, calendars or tokens on the disk loses
// those it hits, and may lose those written after them; Unreadable names the ones it can, and
// nothing of that kind is written any more (ErrDamaged). Where there is no flock, nothing keeps
// two processes from sharing a directory.
//
// Limits: machine.MaxKept values that agents keep of a kind, of machine.MaxKeptValue octets, MaxRecord bytes for an address of record, PendingLimit bytes waiting for the
// disk, MaxUserName bytes for a name, MaxUser bytes for a user, MaxEntry bytes for a group,
// calendar or token, SpaceLimit bytes of all these and secrets.
//
// On disk, all of it with mode 0700 for directories and 0600 for files:
//
//	lock                  held by the process that has the directory open
//	bindings/N.log        segments of the log of bindings
//	jetstream/single/     the engine of a node that runs alone; a cluster's node has a
//	                      directory of its own, because a node that joins a cluster
//	                      deletes what it had alone
package store
