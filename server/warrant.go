package server

import (
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/proxy"
)

// judge lets the shard that has a call decide whether somebody may take it over or join it.
func (b *batch) judge(now time.Time, p machine.Packet, who identity.Identity) identity.Identity {
	naming, named := proxy.Named(p)
	if !named {
		return who
	}
	shard := b.server.callShardOf(naming.Dialog.CallID)
	shard.mutex.Lock()
	defer shard.mutex.Unlock()
	return shard.machine.Judge(now, naming, who)
}

// warrant tells the shards of the calls concerned about the warrants that a step gave, before
// anything leaves that could make use of them; and those of users who calls them.
func (b *batch) warrant(now time.Time, events []any) {
	for _, event := range events {
		switch event := event.(type) {
		case proxy.Warrant:
			shard := b.server.callShardOf(event.Dialog.CallID)
			shard.mutex.Lock()
			shard.machine.Warrant(now, event)
			shard.mutex.Unlock()
		case proxy.Called:
			b.server.userShardOf(event.User).called(event)
		}
	}
}

// MaxLast is how many users of a shard are known by who called them last; of others it is forgotten.
const MaxLast = 1 << 16

// called keeps in mind who called a user last.
func (u *userShard) called(event proxy.Called) {
	u.lastMutex.Lock()
	defer u.lastMutex.Unlock()
	if _, known := u.last[event.User]; !known && len(u.last) >= MaxLast {
		for some := range u.last {
			delete(u.last, some)
			break
		}
	}
	u.last[event.User] = event
}

// lastCall is how a user was called last; the zero value when nobody knows.
func (s *Server) lastCall(user string) proxy.Called {
	shard := s.userShardOf(user)
	shard.lastMutex.Lock()
	defer shard.lastMutex.Unlock()
	return shard.last[user]
}

// lastCaller is who called a user last, "" when nobody knows.
func (s *Server) lastCaller(user string) string { return s.lastCall(user).By }

// lastAddress is where a user reaches who called last, "" when nobody knows.
func (s *Server) lastAddress(user string) string { return s.lastCall(user).Back }
