package identity

// recently remembers at most a number of entries by keyed hash and forgets what was put
// longest ago: two generations, the older dropped whole.
type recently[V any] struct {
	young, old map[uint64]V
	half       int
}

func newRecently[V any](most int) recently[V] {
	return recently[V]{young: map[uint64]V{}, old: map[uint64]V{}, half: most / 2}
}

func (r *recently[V]) get(key uint64) (V, bool) {
	if value, found := r.young[key]; found {
		return value, true
	}
	value, found := r.old[key]
	return value, found
}

func (r *recently[V]) put(key uint64, value V) {
	if _, found := r.young[key]; !found && len(r.young) >= r.half {
		r.turn()
	}
	r.young[key] = value
}

// turn makes the younger entries the older ones.
func (r *recently[V]) turn() {
	r.young, r.old = r.old, r.young
	clear(r.young)
}

func (r *recently[V]) forget(key uint64) {
	delete(r.young, key)
	delete(r.old, key)
}

func (r *recently[V]) size() int { return len(r.young) + len(r.old) }
