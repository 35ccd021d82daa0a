package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Times of a stream.
const (
	streamAlive = 15 * time.Second // between lines that keep proxies from closing it
	streamWrite = 10 * time.Second // that a line may take
)

// streams counts those who watch calls. The zero value is ready.
type streams struct {
	mutex sync.Mutex
	all   int
	users map[string]int
}

// open makes room for one more; a problem when there is none.
func (s *streams) open(user string) *Problem {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case s.all >= MaxCallStreams:
		return NotNow(http.StatusServiceUnavailable, "too many watch calls; ask for the call itself now and then", time.Minute)
	case s.users[user] >= MaxUserStreams:
		return NotNow(http.StatusTooManyRequests, "too many streams of this user's calls; close one", time.Minute)
	case s.users == nil:
		s.users = map[string]int{}
	}
	s.all++
	s.users[user]++
	return nil
}

func (s *streams) close(user string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.all--
	if s.users[user]--; s.users[user] <= 0 {
		delete(s.users, user)
	}
}

// watchCall streams a call until it is over (WHATWG HTML, server-sent events).
func (a *administration) watchCall(ctx context.Context, in *callNamed) (*huma.StreamResponse, error) {
	call, err := a.call(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if full := a.streams.open(call.User); full != nil {
		return nil, full
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer a.streams.close(call.User)
		r, w := unwrapped(ctx)
		a.stream(r, w, in.ID)
	}}, nil
}

func (a *administration) stream(r *http.Request, w http.ResponseWriter, id string) {
	changed, stop := a.Calls.Watch(id)
	defer stop()
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // a call lasts; where it can't be set, the stream ends early
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	write := func(text string) bool {
		_ = control.SetWriteDeadline(time.Now().Add(streamWrite))
		_, err := w.Write([]byte(text))
		return err == nil && control.Flush() == nil
	}
	alive, limit := time.NewTicker(streamAlive), time.NewTimer(CallStreamLasts)
	defer alive.Stop()
	defer limit.Stop()
	for last := -1; ; {
		call, ok := a.Calls.Find(id)
		who, good := a.caller(r.Header.Get("Authorization")) // a token can be taken back meanwhile
		if !ok || !good || who.user != "" && who.user != call.User {
			return
		}
		if len(call.Steps) > last || call.Final() {
			text, err := json.Marshal(call)
			if err != nil || !write(fmt.Sprintf("event: call\nid: %d\ndata: %s\n\n", len(call.Steps), text)) || call.Final() {
				return
			}
			last = len(call.Steps)
		}
		select {
		case <-r.Context().Done():
			return
		case <-limit.C:
			return
		case <-changed:
		case <-alive.C:
			if !write(": still there\n\n") {
				return
			}
		}
	}
}
