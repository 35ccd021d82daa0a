package registrar

// nextNumber is the number of the temporary GRUU that this request mints (RFC 5627 §5.1:
// a new one with each registration). It is not less than the seconds since 1970, so that
// the numbers of a record that was removed before don't come to life again.
func nextNumber(w *registration) uint32 {
	number := uint32(w.now.Unix())
	if w.record != nil {
		number = max(number, w.record.TemporaryGRUUs+1)
	}
	return number
}

// calls is by which Call-ID an instance was registered.
type calls struct{ callID, instance string }

// enliven settles which temporary GRUUs of a binding's instance are live, given what the
// binding was before. RFC 5627 §5.1: those of one Call-ID; another one invalidates all
// that the instance got so far.
func (r *Registrar) enliven(w *registration, place int, before calls) {
	b := &r.bindings[place]
	if b.Instance == "" {
		b.FirstTemporaryGRUU = 0
		return
	}
	if before == (calls{b.CallID, b.Instance}) {
		return
	}
	if before.instance != b.Instance {
		sibling := r.sibling(place)
		if sibling == nil {
			b.FirstTemporaryGRUU = w.number
			return
		}
		if sibling.CallID == b.CallID || b.RegID != 0 && sibling.RegID != b.RegID {
			// The same phone going on, or its first registration over this flow.
			b.FirstTemporaryGRUU = sibling.FirstTemporaryGRUU
			return
		}
	}
	for i := range r.bindings {
		if r.bindings[i].Instance == b.Instance {
			r.bindings[i].FirstTemporaryGRUU = w.number
		}
	}
}

// sibling is another binding of the same instance, the latest; nil without one.
func (r *Registrar) sibling(place int) (latest *Binding) {
	for i := range r.bindings {
		other := &r.bindings[i]
		if i == place || other.Instance != r.bindings[place].Instance {
			continue
		}
		if latest == nil || other.Expires.After(latest.Expires) {
			latest = other
		}
	}
	return latest
}
