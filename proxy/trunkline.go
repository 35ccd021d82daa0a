package proxy

import (
	"time"

	"hookflash/machine"

	"hookflash/sip"
)

// Lines counts the calls of trunks, over all machines. It is safe for any number of them.
type Lines interface {
	// Take counts a call, unless the trunk carries as many as limit already; 0: no limit.
	Take(trunk string, limit int) bool
	// Give counts one less.
	Give(trunk string)
}

// ownLines counts for one machine alone.
type ownLines map[string]int

// Take implements Lines.
func (l ownLines) Take(trunk string, limit int) bool {
	if limit > 0 && l[trunk] >= limit {
		return false
	}
	l[trunk]++
	return true
}

// Give implements Lines.
func (l ownLines) Give(trunk string) {
	if l[trunk]--; l[trunk] <= 0 {
		delete(l, trunk)
	}
}

// everyLineBusy counts as a failure of the hop, and says no more about the callee than that.
var everyLineBusy = &sip.StatusError{Code: 480, Reason: "Every Line Is Busy"}

// seize takes a line for the INVITE of a call; those for help need none to be free.
func (m *Machine) seize(a *alternative) *sip.StatusError {
	limit := a.trunk.Limit
	if a.emergency {
		limit = 0
	}
	if a.line = a.line || m.views.Lines.Take(a.trunk.Name, limit); !a.line {
		return everyLineBusy
	}
	return nil
}

// release gives the line of an INVITE back that came to nothing.
func (m *Machine) release(a *alternative) {
	if a.line {
		a.line = false
		m.views.Lines.Give(a.trunk.Name)
	}
}

// seizeCaller takes a line for a call that comes by a trunk.
func (m *Machine) seizeCaller(c *responseContext) *sip.StatusError {
	t := c.arrived.trunk
	if t == nil {
		return nil
	}
	if !m.views.Lines.Take(t.Name, t.Limit) {
		return &sip.StatusError{Code: 486, Reason: everyLineBusy.Reason}
	}
	c.line = t.Name
	return nil
}

// releaseCaller gives it back when nobody took the call.
func (m *Machine) releaseCaller(c *responseContext) {
	if c.line != "" {
		m.views.Lines.Give(c.line)
		c.line = ""
	}
}

// connect hands the lines of a call over to its entry in the dialog table. A further answer to the
// same INVITE is a call of its own.
func (m *Machine) connect(b *branch, entry *dialog) {
	if b.target.line {
		b.target.line = false
		entry.lines[calleeSide] = b.target.trunk.Name
	}
	c := b.context
	switch {
	case c.arrived.trunk == nil:
		return
	case c.line == "":
		m.views.Lines.Take(c.arrived.trunk.Name, 0)
	}
	c.line = ""
	entry.lines[callerSide] = c.arrived.trunk.Name
}

// rememberLines counts the lines of a call that began before this process did, whatever the limits.
func (m *Machine) rememberLines(t *token, entry *dialog) {
	for _, s := range [...]side{callerSide, calleeSide} {
		if name := t.end(s).trunk; name != "" && m.views.Lines.Take(name, 0) {
			entry.lines[s] = name
		}
	}
}

// keep puts a call into the table, or gives its lines back where that is full. It gives what stands there then: nil where
// it is full, and the call that is known already of an INVITE that passed twice. That stays as it is, as whoever knows
// the identifiers of a call could have another one answered with them.
func (m *Machine) keep(entry *dialog) *dialog {
	if !m.dialogs.put(*entry) {
		m.hangUp(entry)
	}
	if slot, ok := m.dialogs.index[entry.key]; ok {
		return &m.dialogs.slots[slot]
	}
	return nil
}

// hangUp gives the lines of a call back.
func (m *Machine) hangUp(entry *dialog) {
	for _, name := range entry.lines {
		if name != "" {
			m.views.Lines.Give(name)
		}
	}
}

// sweep forgets calls whose session ran out.
func (m *Machine) sweep(now time.Time, out *machine.Output) {
	m.dialogs.sweep(now, func(entry *dialog) {
		m.hangUp(entry)
		m.tellEnded(entry, callerSide, true, out)
	})
}
