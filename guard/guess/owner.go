package guess

// owner is where a user succeeded from: hashes of the latest addresses and of their
// prefixes, and when, in seconds of our time plus one; zero is a free place.
type owner struct {
	addresses, prefixes, seen [GoodAddresses]uint32
}

const goodSeconds = uint32(GoodFor / 1e9)

func (o *owner) lately(i int, second uint32) bool {
	return o.seen[i] != 0 && second-o.seen[i] <= goodSeconds
}

// knows tells whether an address, or else only its prefix, is good.
func (o *owner) knows(from source, second uint32) (good, near bool) {
	for i := range o.seen {
		if !o.lately(i, second) {
			continue
		}
		if o.addresses[i] == uint32(from.address) {
			return true, true
		}
		near = near || o.prefixes[i] == uint32(from.prefix)
	}
	return false, near
}

// remember puts an address in its place, or in that of the one seen longest ago.
func (o *owner) remember(from source, second uint32) {
	place := 0
	for i := range o.seen {
		if o.seen[i] != 0 && o.addresses[i] == uint32(from.address) {
			place = i
			break
		}
		if o.seen[i] < o.seen[place] {
			place = i
		}
	}
	o.addresses[place], o.prefixes[place], o.seen[place] = uint32(from.address), uint32(from.prefix), second
}

// recent is a map of at most a number of entries that forgets what was put longest ago:
// two generations, the older dropped whole.
type recent[V any] struct {
	young, old map[uint64]V
	half       int
}

func newRecent[V any](most int) recent[V] {
	return recent[V]{young: map[uint64]V{}, half: most / 2}
}

func (r *recent[V]) get(key uint64) (V, bool) {
	if value, found := r.young[key]; found {
		return value, true
	}
	value, found := r.old[key]
	return value, found
}

func (r *recent[V]) put(key uint64, value V) {
	if len(r.young) >= r.half {
		if _, found := r.young[key]; !found {
			r.old, r.young = r.young, map[uint64]V{}
		}
	}
	r.young[key] = value
}

func (r *recent[V]) size() int { return len(r.young) + len(r.old) }
