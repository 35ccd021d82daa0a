// Package domain is a whole domain as one machine.Machine, for virtual time: one proxy
// machine, one identifier and one registrar, glued together as the shell of package
// server glues its shards, over a store in memory.
//
// Limitations: there is one shard of each; nothing is admitted or banned before parsing;
// jobs are left to the host. What Store keeps is kept at once, or not at all while Broken
// is set.
//
// A Store outlives its machines, as the data directory outlives the process: Start makes
// the next process. Both belong to the one goroutine of the virtual network.
package domain
