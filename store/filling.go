package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// stallPeriod is how long nothing comes before it is asked whether anything can come.
const stallPeriod = 100 * time.Millisecond

// filling is a replica until all that was in the bucket is here. The goroutine of its watch owns it.
//
// The engine leaves out what is damaged on the disk, and then waits for it before it would say
// that this was all. So when nothing comes any more, it is asked for what is left.
type filling[E any] struct {
	*replica[E]
	source
	state  jetstream.StreamState // before the watch
	before map[string]bool       // names that were here before the watch, and did not come yet
	done   chan struct{}         // closed when all is here
}

// fill takes updates in until all is here, or there are no more.
func (f *filling[E]) fill(ctx context.Context, updates <-chan jetstream.KeyValueEntry) {
	stall := time.NewTicker(stallPeriod)
	defer stall.Stop()
	received, moved := make(map[string]bool), false
	for complete := f.state.Msgs == 0; !complete; {
		select {
		case update, open := <-updates:
			if !open {
				return
			}
			if complete = update == nil; complete {
				break
			}
			moved = true
			received[update.Key()] = true
			delete(f.before, f.apply(update))
		case <-stall.C:
			complete = !moved && f.nothingLeft(ctx, updates)
			moved = false
		}
	}
	for name := range f.before {
		f.put(name, nil)
	}
	if uint64(len(received)) < f.state.Msgs {
		f.name(ctx, received)
	}
	close(f.done)
}

// name notes that not all has come, and finds the names of what has not: the engine has them elsewhere.
func (f *filling[E]) name(ctx context.Context, received map[string]bool) {
	info, err := f.stream.Info(ctx, jetstream.WithSubjectFilter(">"))
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if err != nil {
		f.broken = true
		return
	}
	for subject := range info.State.Subjects {
		if key := strings.TrimPrefix(subject, bucketSubject+f.bucket+"."); !received[key] {
			f.damaged[key], f.broken = 0, true
		}
	}
}

// nothingLeft tells whether none of what has not come can be read.
func (f *filling[E]) nothingLeft(ctx context.Context, updates <-chan jetstream.KeyValueEntry) bool {
	info, err := f.stream.Info(ctx)
	if err != nil {
		return false
	}
	f.mutex.Lock()
	next := f.seen + 1
	f.mutex.Unlock()
	for ; next <= info.State.LastSeq && len(updates) == 0; next++ {
		if _, err := f.stream.GetMsg(ctx, next); !errors.Is(err, jetstream.ErrMsgNotFound) {
			return false
		}
	}
	return len(updates) == 0
}
