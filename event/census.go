package event

import "time"

// Caps on the subscriptions of one agent, where its Caps say no others. What goes beyond is answered by Busy.
//
// A console has a lamp for each of some hundred colleagues, and its user other telephones with some more; a firm has one
// telephone whose lamp everybody watches. So it takes two hundred users who all do their worst to leave no room for others.
const (
	MaxPerWatcher    = 500
	MaxPerTarget     = 1000
	MaxSubscriptions = 100_000
)

// Caps are how many subscriptions there may be: of one watcher, to one target, and in all. Zero stands for the
// constants.
type Caps struct{ PerWatcher, PerTarget, All int }

// Busy answers a SUBSCRIBE beyond a cap. RFC 3261 §20.33: 480 may carry Retry-After, and
// unlike 503 it keeps nobody from sending other requests here.
var Busy = Answer{Code: 480, RetryAfter: seconds(time.Minute)}

// Census counts subscriptions by who watches and what is watched. The zero value counts none, with the caps
// above. It belongs to one owner.
type Census struct {
	Caps Caps

	watchers, targets map[string]int
	all               int
}

// Admit counts one more subscription; false, and nothing counted, beyond a cap.
func (c *Census) Admit(watcher, target string) bool {
	if c.all >= orDefault(c.Caps.All, MaxSubscriptions) || c.watchers[watcher] >= orDefault(c.Caps.PerWatcher, MaxPerWatcher) ||
		c.targets[target] >= orDefault(c.Caps.PerTarget, MaxPerTarget) {
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

func orDefault(limit, otherwise int) int {
	if limit <= 0 {
		return otherwise
	}
	return limit
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
