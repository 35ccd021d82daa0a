package api

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// keys are the answers that wishes got which came with a key (draft-ietf-httpapi-idempotency-key-header). They are
// kept in memory alone. The zero value is ready.
type keys struct {
	mutex sync.Mutex
	kept  map[keyed]*keyedAnswer
	order map[string][]keyed // of each user, as they came
}

// keyed is a key of a user.
type keyed struct{ user, key string }

// keyedAnswer is what a wish got, once done is closed.
type keyedAnswer struct {
	wish CallWish
	at   time.Time
	done chan struct{}
	call Call
	err  error
}

// keyOf reads an Idempotency-Key, quoted as the draft has it or not; ok is false for what is none.
func keyOf(text string) (key string, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = text[1 : len(text)-1]
	}
	return text, !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '\\' })
}

// once places a call, or gives the answer that the same wish got before. A wish that came to nothing may be repeated.
func (k *keys) once(which keyed, wish CallWish, now time.Time, place func() (Call, error)) (call Call, replayed bool, err error) {
	if which.key == "" {
		call, err = place()
		return call, false, err
	}
	k.mutex.Lock()
	if before := k.find(which, now); before != nil {
		k.mutex.Unlock()
		if before.wish != wish {
			return Call{}, false, problem(http.StatusUnprocessableEntity, "nobody was called: this Idempotency-Key came with another wish before; send a new one")
		}
		<-before.done
		return before.call, true, before.err
	}
	answer, ok := k.reserve(which, wish, now)
	k.mutex.Unlock()
	if !ok {
		return Call{}, false, NotNow(http.StatusServiceUnavailable, "nobody was called: too many keys are remembered", time.Minute)
	}
	defer close(answer.done)
	answer.err = problem(http.StatusInternalServerError, "nobody was called; the server's log says why") // should place panic
	defer func() {
		if answer.err != nil {
			k.mutex.Lock()
			k.drop(which)
			k.mutex.Unlock()
		}
	}()
	answer.call, answer.err = place()
	return answer.call, false, answer.err
}

// find is what a key got, nil when it is new or too old.
func (k *keys) find(which keyed, now time.Time) *keyedAnswer {
	answer := k.kept[which]
	if answer != nil && now.Sub(answer.at) >= KeyLasts {
		k.drop(which)
		return nil
	}
	return answer
}

// reserve keeps a place for an answer; false when there is none.
func (k *keys) reserve(which keyed, wish CallWish, now time.Time) (*keyedAnswer, bool) {
	if k.kept == nil {
		k.kept, k.order = map[keyed]*keyedAnswer{}, map[string][]keyed{}
	}
	if own := k.order[which.user]; len(own) >= MaxKeys {
		k.drop(own[0])
	}
	if len(k.kept) >= MaxKeysOfAll {
		k.expire(now)
	}
	if len(k.kept) >= MaxKeysOfAll {
		return nil, false
	}
	answer := &keyedAnswer{wish: wish, at: now, done: make(chan struct{})}
	k.kept[which] = answer
	k.order[which.user] = append(k.order[which.user], which)
	return answer, true
}

func (k *keys) expire(now time.Time) {
	for which, answer := range k.kept {
		if now.Sub(answer.at) >= KeyLasts {
			k.drop(which)
		}
	}
}

func (k *keys) drop(which keyed) {
	delete(k.kept, which)
	own := k.order[which.user]
	for i, other := range own {
		if other == which {
			own = append(own[:i:i], own[i+1:]...)
			break
		}
	}
	if k.order[which.user] = own; len(own) == 0 {
		delete(k.order, which.user)
	}
}

// seconds is a time as Retry-After has it.
func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }
