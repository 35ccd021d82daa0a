package sip

// AddLast puts a new field right after the last field of the same header, so that its
// value is the last of the list; where there is none it goes after all others.
func (e *Edit) AddLast(h Header, value []byte) {
	m := e.message
	for i := len(m.fields) - 1; i >= 0; i-- {
		if m.fields[i].header == h {
			e.insert(m.fields[i].end, h.String(), value)
			return
		}
	}
	e.Add(h, value)
}
