package registrar

import "slices"

// own gives a binding its strings: contact, parameters, Call-ID, instance and user agent.
// They come as pieces of a message, which the record must not keep; those that are as
// before stay, the others become pieces of one new string.
func (r *Registrar) own(b *Binding, texts [5]string) {
	owned := [...]*string{&b.Contact, &b.Parameters, &b.CallID, &b.Instance, &b.UserAgent}
	r.buffer = r.buffer[:0]
	changed := [len(owned)]bool{}
	for i, text := range texts {
		if *owned[i] != text {
			changed[i] = true
			r.buffer = append(r.buffer, text...)
		}
	}
	kept := string(r.buffer)
	for i, text := range texts {
		if changed[i] {
			*owned[i], kept = kept[:len(text)], kept[len(text):]
		}
	}
}

// single is a record of one binding, in one piece.
type single struct {
	record  Record
	binding [1]Binding
}

// newRecord makes the record of r.bindings, nil when there are none.
func (r *Registrar) newRecord(w *registration) *Record {
	var record *Record
	switch len(r.bindings) {
	case 0:
		return nil
	case 1:
		one := &single{}
		one.binding[0] = r.bindings[0]
		record = &one.record
		record.Bindings = one.binding[:]
	default:
		record = &Record{Bindings: slices.Clone(r.bindings)}
	}
	record.AddressOfRecord, record.TemporaryGRUUs = w.address, w.number
	return record
}
