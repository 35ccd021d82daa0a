package server

import (
	"slices"
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/proxy"
)

// carry hands on what agents tell machines beside SIP, before anything leaves that could make use of it.
func (b *batch) carry(now time.Time) {
	for i := 0; i < len(b.out.Events); i++ {
		switch event := b.out.Events[i].(type) {
		case proxy.Watch:
			for _, shard := range b.server.calls {
				shard.mutex.Lock()
				shard.machine.Watch(now, event, &b.out)
				b.tell(nil, 0)
				shard.mutex.Unlock()
			}
		case proxy.Partner:
			shard := b.server.callShardOf(event.Dialog.CallID)
			shard.mutex.Lock()
			shard.machine.Partner(event, &b.out)
			b.tell(nil, 0)
			shard.mutex.Unlock()
		case proxy.Offer:
			shard := b.server.callShardOf(event.Dialog.CallID)
			shard.mutex.Lock()
			shard.machine.Offer(event)
			shard.mutex.Unlock()
		}
	}
}

// tell gives the agents what a machine has told of calls. It is asked while the machine's mutex is held: agents hear
// of calls in the order of the steps, whichever batch is let out first, and each when what that step sent has left:
// whoever is called back has got the BYE of the call before.
func (b *batch) tell(gate *turnstile, ticket uint64) {
	for ; b.told < len(b.out.Events); b.told++ {
		switch event := b.out.Events[b.told].(type) {
		case proxy.Leg, proxy.Standing, proxy.Refused:
			b.record(event, gate, ticket)
		}
	}
}

// record gives a record to the agents that take any. One whose inbox is full does without it: it asks again
// from time to time how calls stand.
func (b *batch) record(record any, gate *turnstile, ticket uint64) {
	for _, a := range b.server.agents {
		if a.record == nil {
			continue
		}
		if !a.inbox.putUpTo(letter{run: func() { a.record(record) }, gate: gate, ticket: ticket}, MaxRecords) {
			b.server.metrics.lostRecords.Inc()
			continue
		}
		b.visit(&a.inbox)
	}
}

// pickUp finds the call that an INVITE is to pick up, whichever machine has it.
func (b *batch) pickUp(p machine.Packet, who identity.Identity) (found proxy.Ringing, ok bool) {
	wish, ok := b.server.current().proxy.Pickup(p, who)
	if !ok {
		return found, false
	}
	for i, shard := range b.server.calls {
		shard.mutex.Lock()
		ringing := shard.machine.Find(wish)
		shard.mutex.Unlock()
		if i == 0 {
			found = ringing
		} else {
			found = found.Better(ringing)
		}
	}
	return found, true
}

// mates tells whether two users are in one pickup group.
func (s *Server) mates(user, other string) bool {
	for _, entry := range s.store.Groups().All() {
		if group := &entry.Value; group.Pickup && slices.Contains(group.Members, user) && slices.Contains(group.Members, other) {
			return true
		}
	}
	return false
}
