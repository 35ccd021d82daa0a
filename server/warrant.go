package server

import (
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/proxy"
)

// judge lets the shard that has a call decide whether somebody may take it over or join it.
func (b *batch) judge(now time.Time, p machine.Packet, who identity.Identity) identity.Identity {
	naming, named := proxy.Named(p.Message)
	if !named {
		return who
	}
	shard := b.server.callShardOf(naming.Dialog.CallID)
	shard.mutex.Lock()
	defer shard.mutex.Unlock()
	return shard.machine.Judge(now, naming, who)
}

// warrant tells the shards of the calls concerned about the warrants that a step gave, before
// anything leaves that could make use of them.
func (b *batch) warrant(now time.Time, events []any) {
	for _, event := range events {
		given, ok := event.(proxy.Warrant)
		if !ok {
			continue
		}
		shard := b.server.callShardOf(given.Dialog.CallID)
		shard.mutex.Lock()
		shard.machine.Warrant(now, given)
		shard.mutex.Unlock()
	}
}
