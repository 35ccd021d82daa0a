package server

import (
	"slices"
	"sync"
	"testing"
	"time"

	"hookflash/proxy"
	"hookflash/ua"
)

// TestRecordsInOrder: agents hear of calls in the order of the steps, whichever batch is let out first.
func TestRecordsInOrder(t *testing.T) {
	t.Parallel()
	heard := make(chan string, 2)
	s, _ := agentServer(t, resident{
		name: "bell", install: func(_ *Server, a *ua.Agent) error { a.Handle(ua.Handlers{}); return nil },
		records: func(*Server) func(any) { return func(record any) { heard <- record.(proxy.Leg).User } },
	})
	shard := s.calls[0]
	first, second := s.newBatch(), s.newBatch()
	stepped(shard, first, "first")
	stepped(shard, second, "second")
	now := time.Now()
	var all sync.WaitGroup
	for _, b := range []*batch{second, first} { // each waits for its turn
		all.Go(func() { b.flush(now) })
	}
	all.Wait()
	if got := []string{<-heard, <-heard}; !slices.Equal(got, []string{"first", "second"}) {
		t.Errorf("heard of %v", got)
	}
}

// stepped is a step of a machine that tells of a user's call.
func stepped(shard *callShard, b *batch, user string) {
	shard.mutex.Lock()
	defer shard.mutex.Unlock()
	b.out.Events = append(b.out.Events, proxy.Leg{User: user})
	b.close(shard.gate.draw(), shard.gate, shard)
}
