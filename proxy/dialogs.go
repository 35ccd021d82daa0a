package proxy

import (
	"time"

	"github.com/dchest/siphash"

	"hookflash/machine"
	"hookflash/sip"
)

// dialog is a call that stands, kept in mind for limits and call records. It is rebuilt
// from the Record-Route token by a request within it that the other end agrees to.
type dialog struct {
	key            uint64
	caller, callee string           // users of our domains, "" for others
	started        uint32           // seconds since 1970
	can            [2]sip.Abilities // of the ends whose other end is the agent between telephones
	deadline       int64            // seconds since the table's epoch
	// flows are where each side showed its credentials last, where that is not by the way
	// that the token knows; nil where it is.
	flows [2]*machine.Flow
	lines [2]string // of the trunks that it goes by: their names
	ends  ends
	// next and previous are the places of further calls of each side's user, 0 for none (see byUser).
	next, previous [2]link
	offer          *Offer    // who else may take it over; nil: nobody
	agents         [2]string // of this process that are its ends, "" for anybody else
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
	users  map[string]link // the newest call of each user
	calls  Calls           // over all machines
}

func newDialogTable(now time.Time, calls Calls) dialogTable {
	return dialogTable{epoch: now, calls: calls, index: make(map[uint64]uint32), users: make(map[string]link)}
}

func (d *dialogTable) len() int { return len(d.index) }

// put takes a call in; false when it is there already, or there is no room.
func (d *dialogTable) put(entry dialog) bool {
	if slot, ok := d.index[entry.key]; ok {
		d.slots[slot].deadline = entry.deadline
		return false
	}
	if len(d.index) >= MaxDialogs {
		return false
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
	d.link(slot)
	return true
}

// flow is where a side of a call has moved to, nil when nobody knows.
func (d *dialogTable) flow(key uint64, of side) *machine.Flow {
	if slot, ok := d.index[key]; ok {
		return d.slots[slot].flows[of]
	}
	return nil
}

func (d *dialogTable) drop(key uint64) (entry dialog, ok bool) {
	slot, ok := d.index[key]
	if ok {
		d.unlink(slot)
		entry = d.slots[slot]
		delete(d.index, key)
		d.slots[slot] = dialog{}
		d.free = append(d.free, slot)
	}
	return entry, ok
}

func (d *dialogTable) seconds(now time.Time) int64 { return int64(now.Sub(d.epoch) / time.Second) }

// sweep forgets calls whose session ran out (RFC 4028 §10), and tells over of each.
func (d *dialogTable) sweep(now time.Time, over func(entry *dialog)) {
	at := d.seconds(now)
	for range min(sweepStep, len(d.slots)) {
		d.cursor = (d.cursor + 1) % len(d.slots)
		if entry := &d.slots[d.cursor]; entry.key != 0 && entry.deadline < at {
			gone, _ := d.drop(entry.key)
			over(&gone)
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
func (m *Machine) established(now time.Time, b *branch, response *sip.Message, out *machine.Output) {
	m.counts.Answered++
	entry := dialog{
		key: m.dialogKey(response.CallID(), response.FromTag(), response.ToTag()), callee: b.target.user, started: uint32(now.Unix()),
	}
	entry.caller = b.ends()[callerSide]
	entry.deadline = m.dialogs.seconds(now) + int64(m.branchSession(response)/time.Second)
	entry.ends = endsOf(b, response)
	entry.agents = m.agentsOf(b)
	m.says(b, response)
	entry.can = b.abilities(entry.agents)
	m.connect(b, &entry)
	m.tellConfirmed(b, m.keep(&entry), out)
	m.endCallee(b)
	m.endCaller(b.context)
}

// refreshed moves the deadline of a call on, at the 2xx to a re-INVITE or UPDATE.
func (m *Machine) refreshed(now time.Time, c *responseContext, response *sip.Message) {
	if slot, ok := m.dialogs.index[m.requestKey(&c.arrived)]; ok {
		m.dialogs.slots[slot].deadline = m.dialogs.seconds(now) + int64(m.branchSession(response)/time.Second)
	}
}

// remember keeps a call in mind that began before this process did, when one end has asked something within it and the other
// one has agreed: whoever was in a call once can ask. Any other that is not in the table has ended.
func (m *Machine) remember(now time.Time, c *responseContext, response *sip.Message, out *machine.Output) {
	r, code := &c.arrived, response.StatusCode()
	if !c.inDialog || code < 200 || code >= 300 || !r.token.call || int64(r.token.started) > m.dialogs.epoch.Unix() {
		return
	}
	switch r.p.Message.Method() {
	case sip.INVITE, sip.UPDATE, sip.REFER:
	default:
		return // it may be of a subscription, which outlives the call, or not looked at
	}
	key := m.requestKey(r)
	if _, known := m.dialogs.index[key]; known {
		return
	}
	entry := dialog{
		key: key, caller: r.token.caller.user, callee: r.token.callee.user, started: r.token.started,
		deadline: m.dialogs.seconds(now) + int64(silentDialog/time.Second),
	}
	m.rememberLines(&r.token, &entry)
	entry.ends = endsWithin(r)
	if entry.agents = [2]string{m.agentOf(r.token.caller.flow), m.agentOf(r.token.callee.flow)}; entry.agents[callerSide] != "" {
		entry.caller = ""
	}
	m.recall(r, &entry)
	m.tellStanding(m.keep(&entry), out)
	if from := r.side(); !m.comesFrom(r, from) {
		m.moved(r, from, c.source)
	}
}

// moved notes that a side of a call comes by another way than the token knows: it has
// shown its credentials there, or answered from there. Its ACK, which can carry no
// credentials of its own, comes by the same.
func (m *Machine) moved(r *request, s side, flow machine.Flow) {
	slot, ok := m.dialogs.index[m.requestKey(r)]
	if !ok {
		return
	}
	known := &m.dialogs.slots[slot].flows[s]
	switch {
	case r.token.end(s).flow.SamePeer(flow):
		*known = nil
	case *known == nil || !(*known).SamePeer(flow):
		*known = &flow
	}
}

// answeredFrom takes note of where the other side answered a request within a dialog,
// when that side is reached by its flow and not by its address.
func (m *Machine) answeredFrom(c *responseContext, flow machine.Flow) {
	if !c.inDialog {
		return
	}
	if to := c.arrived.side().other(); c.arrived.token.end(to).bound || flow.Transport.Reliable() {
		m.moved(&c.arrived, to, flow)
	}
}

// ended lets go of a call at its BYE.
func (m *Machine) ended(r *request, out *machine.Output) {
	if entry, ok := m.dialogs.drop(m.requestKey(r)); ok {
		m.counts.Ended++
		m.hangUp(&entry)
		m.tellEnded(&entry, r.side(), false, out)
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
	suffix, _ := branchSuffix(response)
	return m.sessionOf(response, suffix)
}
