package registrar

import (
	"slices"
	"time"

	"hookflash/identity"
	"hookflash/sip"
)

// recall takes over the bindings that have not expired.
func (r *Registrar) recall(w *registration) {
	r.bindings = r.bindings[:0]
	if w.record == nil {
		return
	}
	w.number = w.record.TemporaryGRUUs
	for i := range w.record.Bindings {
		if w.record.Bindings[i].Expires.After(w.now) {
			r.bindings = append(r.bindings, w.record.Bindings[i])
		}
	}
}

// removeAll: RFC 3261 §10.3 step 6: Contact "*".
func (r *Registrar) removeAll(w *registration) *sip.StatusError {
	m := w.p.Message
	for i := range r.bindings {
		if b := &r.bindings[i]; b.CallID == m.CallID() && m.CSeq() <= b.CSeq {
			return refusedOrder
		}
	}
	for i := range r.bindings {
		r.bindings[i].Expires = time.Time{}
	}
	w.changed = len(r.bindings) > 0
	return r.finish(w, 0)
}

// apply: RFC 3261 §10.3 step 7, all contacts or none.
func (r *Registrar) apply(w *registration) *sip.StatusError {
	m := w.p.Message
	for i := range r.contacts {
		if c := &r.contacts[i]; c.instance != "" && c.expires > 0 {
			w.number = nextNumber(w)
			break
		}
	}
	left, repeats := len(r.bindings), 0
	for i := range r.contacts {
		c := &r.contacts[i]
		c.place = r.find(c)
		if c.place >= 0 && slices.ContainsFunc(r.contacts[:i], func(other contact) bool { return other.place == c.place }) {
			return refusedTwice
		}
		var refusal *sip.StatusError
		switch {
		case c.place < 0 && c.expires == 0:
			// Removed already, or never there.
		case c.place < 0:
			if left++; left > r.settings.MaxBindings {
				return refusedMany
			}
			refusal = r.add(w, c)
		case r.bindings[c.place].CallID != m.CallID() || m.CSeq() > r.bindings[c.place].CSeq:
			refusal = r.replace(w, c)
			if c.expires == 0 {
				left--
			}
		case m.CSeq() == r.bindings[c.place].CSeq && c.expires > 0 && r.bindings[c.place].Contact == c.address.Text:
			repeats++ // as it was asked for, by this very request
		default:
			refusal = refusedOrder
		}
		if refusal != nil {
			return refusal
		}
	}
	return r.finish(w, repeats)
}

// finish drops what was removed, and holds the request's place in the order: what was
// carried out before must have nothing left to change.
func (r *Registrar) finish(w *registration, repeats int) *sip.StatusError {
	if w.changed && (repeats > 0 || w.who.Outcome == identity.Repeated) {
		return refusedOrder
	}
	if !w.changed && w.record != nil {
		w.number = w.record.TemporaryGRUUs
	}
	m := w.p.Message
	r.bindings = slices.DeleteFunc(r.bindings, func(b Binding) bool {
		if b.Expires.IsZero() {
			r.removed.put(w.now, r.removalKey(w.address, b.CallID), b.CSeq)
			r.removed.put(w.now, r.removalKey(w.address, m.CallID()), m.CSeq())
			return true
		}
		return false
	})
	return nil
}

// find is the place of the binding that a contact means, -1 without one: by instance and
// reg-id where it registers a flow (RFC 5626 §6), else by comparing URIs.
func (r *Registrar) find(c *contact) int {
	if c.regID != 0 {
		return slices.IndexFunc(r.bindings, func(b Binding) bool { return b.RegID == c.regID && b.Instance == c.instance })
	}
	for i := range r.bindings {
		if b := &r.bindings[i]; b.RegID == 0 && b.Contact == c.address.Text {
			return i
		}
	}
	for i := range r.bindings {
		if b := &r.bindings[i]; b.RegID == 0 && !b.Expires.IsZero() {
			if uri, err := sip.ParseURI(b.Contact); err == nil && uri.Equal(c.address.URI) {
				return i
			}
		}
	}
	return -1
}

func (r *Registrar) add(w *registration, c *contact) *sip.StatusError {
	if refusal := r.checkContact(w, c); refusal != nil {
		return refusal
	}
	m := w.p.Message
	if r.removed.recent(w.now) && r.removed.overtakes(w.now, r.removalKey(w.address, m.CallID()), m.CSeq()) {
		return refusedOrder
	}
	c.place = len(r.bindings)
	r.bindings = append(r.bindings, Binding{})
	r.write(w, c, &r.bindings[c.place])
	return nil
}

// replace updates a binding, or marks it by a zero Expires as one to remove.
func (r *Registrar) replace(w *registration, c *contact) *sip.StatusError {
	b := &r.bindings[c.place]
	if c.expires == 0 {
		b.Expires = time.Time{}
		w.changed = true
		return nil
	}
	// What was let in before from the same address is let in again.
	if b.Contact != c.address.Text || b.Flow.Remote.Addr() != w.p.Flow.Remote.Addr() {
		if refusal := r.checkContact(w, c); refusal != nil {
			return refusal
		}
	}
	r.write(w, c, b)
	return nil
}

// checkContact holds the rules for what may be registered.
func (r *Registrar) checkContact(w *registration, c *contact) *sip.StatusError {
	u := c.address.URI
	if !u.IsSIP() {
		return refusedScheme
	}
	ids := r.settings.Identity
	if refusal := checkPlaces(ids, u, w.p.Flow.Remote.Addr()); refusal != nil {
		return refusal
	}
	// RFC 5627 §5.1: neither the address of record itself nor a GRUU of it. A URI with
	// header fields is another one (RFC 3261 §19.1.4).
	if !ids.Serves(u) || u.Headers != "" {
		return nil
	}
	if address, _ := ids.AddressOfRecord(c.address); address == w.address {
		return refusedLoop
	}
	if address, _, _ := r.gruus.Resolve(u); address == w.address {
		return refusedLoop
	}
	return nil
}

// write makes a binding what a contact asks for.
func (r *Registrar) write(w *registration, c *contact, b *Binding) {
	m := w.p.Message
	before := calls{b.CallID, b.Instance}
	r.own(b, [...]string{c.address.Text, c.parameters, m.CallID(), c.instance, userAgent(m)})
	if path := w.routes(); !slices.Equal(path, b.Path) {
		b.Path = path
	}
	b.Q, b.Expires, b.CSeq, b.RegID = c.q, w.now.Add(c.expires), m.CSeq(), c.regID
	b.Flow, b.FlowBound, b.Abilities = w.p.Flow, w.flowBound(c), sip.AbilitiesOf(m)
	r.enliven(w, c.place, before)
	w.changed = true
}

// userAgent is User-Agent up to its limit and to anything that can't be printed.
func userAgent(m *sip.Message) string {
	text := m.Header(sip.HeaderUserAgent)
	text = text[:min(len(text), MaxUserAgent)]
	for i := range len(text) {
		if text[i] < ' ' || text[i] == 127 {
			return text[:i]
		}
	}
	return text
}

// removalKey tells the requests of one Call-ID for one address of record.
func (r *Registrar) removalKey(address, callID string) uint64 {
	data := append(append(r.buffer[:0], address...), 0)
	r.buffer = append(data, callID...)
	return r.gruus.hash(r.buffer)
}
