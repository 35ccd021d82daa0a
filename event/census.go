package event

import "time"

// Caps on subscriptions. What goes beyond is answered by Busy.
const (
	MaxPerWatcher    = 64
	MaxPerTarget     = 256
	MaxSubscriptions = 100_000
)

// Busy answers a SUBSCRIBE beyond a cap. RFC 3261 §20.33: 480 may carry Retry-After, and
// unlike 503 it keeps nobody from sending other requests here.
var Busy = Answer{Code: 480, RetryAfter: seconds(time.Minute)}

// Census counts subscriptions by who watches and what is watched. The zero value counts none.
// It belongs to one owner.
type Census struct {
	watchers, targets map[string]int
	all               int
}

// Admit counts one more subscription; false, and nothing counted, beyond a cap.
func (c *Census) Admit(watcher, target string) bool {
	if c.all >= MaxSubscriptions || c.watchers[watcher] >= MaxPerWatcher || c.targets[target] >= MaxPerTarget {
		return false
	}
	if c.watchers == nil {
		c.watchers, c.targets = map[string]int{}, map[string]int{}
	}
	c.watchers[watcher]++
	c.targets[target]++
	c.all++
	return true
}

// Leave counts one less, of those that were admitted.
func (c *Census) Leave(watcher, target string) {
	if c.watchers[watcher] == 0 || c.targets[target] == 0 {
		return
	}
	c.all--
	less(c.watchers, watcher)
	less(c.targets, target)
}

func less(counts map[string]int, key string) {
	if counts[key]--; counts[key] <= 0 {
		delete(counts, key)
	}
}

// Len is how many subscriptions there are.
func (c *Census) Len() int { return c.all }
