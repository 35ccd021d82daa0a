package server

import (
	"sync"
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
)

// Limits of what the machines of this process send each other.
const (
	MaxInbox = 4096 // messages that wait for one machine; whoever sends one more is told that it can't be sent
	// MaxRecords is how far records of calls may fill an inbox: requests and responses find room behind a storm of them. One
	// more is dropped.
	MaxRecords = MaxInbox / 2
	// maxLetters is how many of them a goroutine takes before it lets out what they led to, and
	// maxExchanges how often it does so before it leaves the rest to the timekeeper of the agents.
	maxLetters   = 64
	maxExchanges = 64
)

// letter is a message from within the process, or a step of an agent.
type letter struct {
	message *sip.Message
	err     error // of parsing it
	flow    machine.Flow
	run     func() // nil: a message, or step
	// step is one of an agent with what it needs; nil: it is none.
	step func(now time.Time, out *machine.Output)
	// gate and ticket are of the step that it tells of: what that step sent leaves first. nil: it tells of none.
	gate   *turnstile
	ticket uint64
}

// inbox is what other machines of the process have for one. Whoever puts something in empties it
// afterwards, when it holds no other machine's mutex, or finds somebody at it who will not leave before it is
// empty: so the letters are taken one after the other, in their order.
type inbox struct {
	owner interface {
		read(b *batch, now time.Time, l letter)
	}
	mutex    sync.Mutex
	letters  []letter
	emptying bool
}

// put adds a letter; false when there are MaxInbox.
func (i *inbox) put(l letter) bool { return i.putUpTo(l, MaxInbox) }

// putUpTo adds a letter; false when there are so many already.
func (i *inbox) putUpTo(l letter, most int) bool {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if len(i.letters) >= most {
		return false
	}
	i.letters = append(i.letters, l)
	return true
}

// enter makes the caller the one who empties the inbox; false when that is done already, or by somebody else.
func (i *inbox) enter() bool {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.emptying || len(i.letters) == 0 {
		return false
	}
	i.emptying = true
	return true
}

// oldest gives the oldest letter, which stays there until drop; when there is none, the caller has left.
func (i *inbox) oldest() (l letter, ok bool) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if len(i.letters) == 0 {
		i.emptying = false
		i.letters = nil // a burst leaves no memory behind
		return l, false
	}
	return i.letters[0], true
}

// drop takes the oldest letter out.
func (i *inbox) drop() {
	i.mutex.Lock()
	i.letters[0] = letter{}
	i.letters = i.letters[1:]
	i.mutex.Unlock()
}

// leave ends emptying, though letters may be left.
func (i *inbox) leave() {
	i.mutex.Lock()
	i.emptying = false
	i.mutex.Unlock()
}

// post puts a message into the inbox of the machine it is for, while it is the sender's turn; false when
// that is not there, or its inbox is full.
func (b *batch) post(now time.Time, send *machine.Send) bool {
	s := b.server
	number, toAgent := machine.AgentOf(send.To)
	agent := s.agentNumbered(number)
	if agent == nil {
		return false
	}
	l := letter{flow: machine.Arrived(send.To, s.sockets[0].listener.Address)}
	l.message, l.err = sip.Parse(string(send.Data))
	box := &agent.inbox
	if toAgent {
		s.sawOut(now, send.To, send.Data)
	} else {
		if l.message == nil {
			return false // no machine of ours writes such
		}
		box = &s.callShardOf(l.message.CallID()).inbox
	}
	if !box.put(l) {
		return false
	}
	b.visit(box)
	return true
}

// visit has the batch empty an inbox once what it sends has left.
func (b *batch) visit(box *inbox) {
	for _, known := range b.boxes {
		if known == box {
			return
		}
	}
	b.boxes = append(b.boxes, box)
}

// deliver empties the inboxes that the batch has put something into.
func (b *batch) deliver(now time.Time) {
	boxes := b.boxes
	b.boxes = b.delivered[:0]
	for _, box := range boxes {
		if !box.enter() {
			continue
		}
		for taken := 0; ; taken++ {
			if taken == maxLetters {
				box.leave()
				b.visit(box)
				break
			}
			l, ok := box.oldest()
			if !ok {
				break
			}
			if !b.left(&l) {
				box.leave()
				b.visit(box)
				break
			}
			box.drop()
			box.owner.read(b, now, l)
		}
	}
	clear(boxes)
	b.delivered = boxes[:0]
}

// left tells whether all has left that the step sent of which a letter tells; what somebody else has to send is waited for.
// It is false where the batch itself has not let out everything.
func (b *batch) left(l *letter) bool {
	switch {
	case l.gate == nil || l.gate.ready(l.ticket+1):
		return true
	case len(b.segments) > 0:
		return false
	}
	l.gate.wait(l.ticket + 1)
	return true
}

// read implements the owner of an inbox: a message of an agent goes the way of any other.
func (c *callShard) read(b *batch, now time.Time, l letter) {
	if l.err != nil {
		_ = b.malformed(l.message, l.flow, l.err) // it has all that an answer needs, or gets none
		return
	}
	b.server.sawIn(now, l.flow, l.message.Text())
	p := machine.Packet{Message: l.message, Flow: l.flow}
	if l.message.IsRequest() {
		b.stepRequest(now, p)
		return
	}
	b.stepCall(now, p, identity.Identity{})
}
