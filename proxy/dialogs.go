package proxy

import (
	"time"

	"github.com/dchest/siphash"

	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// dialog is a call that stands, kept in mind for limits and call records. It is rebuilt
// from the Record-Route token by any request within it.
type dialog struct {
	key            uint64
	caller, callee string // users of our domains, "" for others
	started        uint32 // seconds since 1970
	deadline       int64  // seconds since the table's epoch
	// flows are where each side showed its credentials last, where that is not by the way
	// that the token knows; nil where it is.
	flows [2]*machine.Flow
}

// sweepStep is how many places a sweep looks at: a full round of a busy table takes
// seconds, and session timers are counted in minutes.
const sweepStep = 256

// dialogTable holds the calls in slots, so that a sweep goes round in a fixed order.
type dialogTable struct {
	epoch  time.Time
	index  map[uint64]uint32
	slots  []dialog
	free   []uint32
	cursor int
}

func newDialogTable(now time.Time) dialogTable {
	return dialogTable{epoch: now, index: make(map[uint64]uint32)}
}

func (d *dialogTable) len() int { return len(d.index) }

func (d *dialogTable) put(entry dialog) {
	if slot, ok := d.index[entry.key]; ok {
		d.slots[slot].deadline = entry.deadline
		return
	}
	if len(d.index) >= MaxDialogs {
		return
	}
	var slot uint32
	if n := len(d.free); n > 0 {
		slot, d.free = d.free[n-1], d.free[:n-1]
		d.slots[slot] = entry
	} else {
		slot = uint32(len(d.slots))
		d.slots = append(d.slots, entry)
	}
	d.index[entry.key] = slot
}

// flow is where a side of a call has moved to, nil when nobody knows.
func (d *dialogTable) flow(key uint64, of side) *machine.Flow {
	if slot, ok := d.index[key]; ok {
		return d.slots[slot].flows[of]
	}
	return nil
}

func (d *dialogTable) drop(key uint64) bool {
	slot, ok := d.index[key]
	if ok {
		delete(d.index, key)
		d.slots[slot] = dialog{}
		d.free = append(d.free, slot)
	}
	return ok
}

func (d *dialogTable) seconds(now time.Time) int64 { return int64(now.Sub(d.epoch) / time.Second) }

// sweep forgets calls whose session ran out (RFC 4028 §10).
func (d *dialogTable) sweep(now time.Time) {
	at := d.seconds(now)
	for range min(sweepStep, len(d.slots)) {
		d.cursor = (d.cursor + 1) % len(d.slots)
		if entry := &d.slots[d.cursor]; entry.key != 0 && entry.deadline < at {
			d.drop(entry.key)
		}
	}
}

// dialogKey is the same for both directions: the caller's tag comes first.
func (m *Machine) dialogKey(callID, callerTag, calleeTag string) uint64 {
	v := append(append(m.value[:0], callID...), 0)
	v = append(append(v, callerTag...), 0)
	v = append(v, calleeTag...)
	m.value = v
	return siphash.Hash(m.hashKey[0], m.hashKey[1], v) | 1
}

// established notes a call that a 2xx began.
func (m *Machine) established(now time.Time, b *branch, response *sip.Message) {
	m.counts.Answered++
	entry := dialog{
		key: m.dialogKey(response.CallID(), response.FromTag(), response.ToTag()), callee: b.target.user, started: uint32(now.Unix()),
	}
	if who := b.context.arrived.who; who.User != nil {
		entry.caller = who.User.Name
	}
	entry.deadline = m.dialogs.seconds(now) + int64(m.branchSession(response)/time.Second)
	m.dialogs.put(entry)
}

// refreshed moves the deadline of a call on, at the 2xx to a re-INVITE.
func (m *Machine) refreshed(now time.Time, c *responseContext, response *sip.Message) {
	m.note(now, &c.arrived, m.branchSession(response))
}

// remember keeps a call in mind that a request within it tells of, after a restart.
func (m *Machine) remember(now time.Time, r *request) {
	if _, known := m.dialogs.index[m.requestKey(r)]; !known {
		m.note(now, r, silentDialog)
	}
}

func (m *Machine) note(now time.Time, r *request, session time.Duration) {
	m.dialogs.put(dialog{
		key: m.requestKey(r), caller: r.token.caller.user, callee: r.token.callee.user, started: r.token.started,
		deadline: m.dialogs.seconds(now) + int64(session/time.Second),
	})
}

// moved notes that a side of a call comes by another way than before. Its ACK, which can
// carry no credentials of its own, comes by the same.
func (m *Machine) moved(r *request, from side) {
	if slot, ok := m.dialogs.index[m.requestKey(r)]; ok {
		flow := r.p.Flow
		m.dialogs.slots[slot].flows[from] = &flow
	}
}

// ended lets go of a call at its BYE.
func (m *Machine) ended(r *request) {
	if m.dialogs.drop(m.requestKey(r)) {
		m.counts.Ended++
	}
}

func (m *Machine) requestKey(r *request) uint64 {
	message := r.p.Message
	if r.token.callerTag == tagHash(message.FromTag()) {
		return m.dialogKey(message.CallID(), message.FromTag(), message.ToTag())
	}
	return m.dialogKey(message.CallID(), message.ToTag(), message.FromTag())
}

func (m *Machine) branchSession(response *sip.Message) time.Duration {
	_, suffix, _ := transaction.BranchNumber(response.Branch())
	return m.sessionOf(response, suffix)
}
