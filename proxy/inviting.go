package proxy

import (
	"slices"

	"github.com/dchest/siphash"

	"hookflash/machine"
	"hookflash/sip"
)

// inviting are the INVITEs that begin calls and have no final response yet, by hashes of their Call-IDs.
type inviting map[uint64]*responseContext

func (m *Machine) callHash(callID string) uint64 {
	m.value = append(m.value[:0], callID...)
	return siphash.Hash(m.hashKey[0], m.hashKey[1], m.value)
}

func (i inviting) add(hash uint64, c *responseContext) {
	c.sibling = i[hash]
	i[hash] = c
}

func (i inviting) remove(hash uint64, c *responseContext) {
	first := i[hash]
	switch {
	case first == c && c.sibling == nil:
		delete(i, hash)
	case first == c:
		i[hash] = c.sibling
	}
	for at := first; at != nil; at = at.sibling {
		if at.sibling == c {
			at.sibling = c.sibling
			return
		}
	}
}

// ringingIn finds the branch that made an early dialog, nil for none; s is the side that LocalTag is of. Of several it is
// the oldest: whoever knows the identifiers of a call can make another one ring with them.
func (m *Machine) ringingIn(id sip.DialogID) (b *branch, s side) {
	for c := m.inviting[m.callHash(id.CallID)]; c != nil; c = c.sibling {
		if c.request.CallID() != id.CallID {
			continue
		}
		tag := c.request.FromTag()
		for _, ringing := range c.branches {
			switch {
			case !ringing.alive():
			case tag == id.LocalTag && slices.Contains(ringing.early, id.RemoteTag):
				b, s = ringing, callerSide
			case tag == id.RemoteTag && slices.Contains(ringing.early, id.LocalTag):
				b, s = ringing, calleeSide
			}
		}
	}
	return b, s
}

// alive tells whether the phone of a branch may still take the call.
func (b *branch) alive() bool { return b.pending() && !b.leave }

// ends are the users at both ends of an early dialog, "" for who is none of ours. What an agent of this process does on
// behalf of a user is no call of that user's, who has one with the agent, and may leave it.
func (b *branch) ends() [2]string {
	users := [2]string{calleeSide: b.target.user}
	if who := b.context.arrived.who; who.User != nil && b.context.source.Transport != machine.Inside {
		users[callerSide] = who.User.Name
	}
	return users
}

// common are the users that are the same at both ends of two calls.
func common(one, other [2]string) [2]string {
	for s := range one {
		if one[s] != other[s] {
			one[s] = ""
		}
	}
	return one
}

// parties are the users at both ends of a call that stands or rings, and the number of it for warrants; ok is false for
// a call that nobody knows.
func (m *Machine) parties(id sip.DialogID) (key uint64, users [2]string, ok bool) {
	b, s := m.ringingIn(id)
	if entry := m.dialogOf(id); entry != nil {
		if users = [2]string{entry.caller, entry.callee}; b != nil {
			users = common(users, b.ends()) // one of the two was made with the identifiers of the other
		}
		return entry.key, users, true
	}
	if b == nil {
		return 0, users, false
	}
	if s == calleeSide {
		id.LocalTag, id.RemoteTag = id.RemoteTag, id.LocalTag
	}
	return m.dialogKey(id.CallID, id.LocalTag, id.RemoteTag), b.ends(), true
}
