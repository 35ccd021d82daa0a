package server

import (
	"time"

	"hookflash/digest"
	"hookflash/identity"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/registrar"
	"hookflash/service/code"
	"hookflash/service/voicemail"
	"hookflash/store"
	"hookflash/transport"
)

// committer stages changes in the store.
type committer struct {
	batch  *store.Batch
	staged int
}

func (c *committer) stage(change any) {
	switch change := change.(type) {
	case registrar.Change:
		c.batch.Stage(change)
	case digest.Use:
		c.batch.StageUse(change)
	case machine.Keep:
		c.batch.StageKeep(change)
	default:
		panic("server: a change that the store does not know")
	}
	c.staged++
}

func (b *batch) flushOnce(now time.Time) {
	b.keep()
	b.carry(now)
	for first := 0; first < len(b.segments); {
		// All segments whose turn it is leave together.
		last := first
		for last < len(b.segments) && b.turn(first, last) {
			last++
		}
		if last == first {
			b.segments[first].gate.wait(b.segments[first].ticket)
			last++
		}
		b.send(now, first, last)
		if len(b.out.Media) > 0 {
			b.applyMedia(now, first, last)
		}
		for i := first; i < last; i++ {
			b.segments[i].gate.leave(b.segments[i].ticket)
		}
		first = last
	}
	b.report(now)
	b.startJobs()
	b.segments = b.segments[:0]
	b.staged, b.told = 0, 0
	b.out.Reset()
}

// turn tells whether a segment may leave together with those from first on.
func (b *batch) turn(first, i int) bool {
	s := &b.segments[i]
	if s.gate.ready(s.ticket) {
		return true
	}
	for j := i - 1; j >= first; j-- {
		if b.segments[j].gate == s.gate {
			return b.segments[j].ticket+1 == s.ticket
		}
	}
	return false
}

// keep writes what the batch staged. When that fails, each message that had to wait for
// it is replaced by its alternative.
func (b *batch) keep() {
	if b.commit.staged == 0 {
		return
	}
	b.commit.staged = 0
	err := b.commit.batch.Commit()
	if err == nil {
		return
	}
	b.server.metrics.unkept.Inc()
	b.server.logger.Error("keeping registrations and what agents keep failed; phones are told to try again", "error", err)
	b.unkept()
	for i := range b.out.Sends {
		if send := &b.out.Sends[i]; send.Durable > 0 {
			send.Data = send.Otherwise
		}
	}
	for i := range b.out.Jobs {
		if job := &b.out.Jobs[i]; job.Durable > 0 {
			job.Run = nil
		}
	}
}

// send hands the messages of some segments to their sockets: datagrams of one socket in
// one batch, and what goes on streams in another.
func (b *batch) send(now time.Time, first, last int) {
	start := 0
	if first > 0 {
		start = b.segments[first-1].end
	}
	for i := first; i < last; i++ {
		for ; start < b.segments[i].end; start++ {
			send := &b.out.Sends[start]
			if owner := b.segments[i].owner; send.Data == nil && send.Ticket != 0 && owner != nil {
				b.failed = append(b.failed, origin{ticket: send.Ticket, owner: owner, unkept: true})
			}
			if send.Data == nil || !send.To.Valid() || int(send.To.Listener) >= len(b.server.sockets) {
				continue
			}
			if send.To.Transport == machine.Inside {
				if !b.post(now, send) && send.Ticket != 0 && b.segments[i].owner != nil {
					b.failed = append(b.failed, origin{ticket: send.Ticket, owner: b.segments[i].owner})
				}
				continue
			}
			b.server.sawOut(now, send.To, send.Data)
			if send.To.Transport.Reliable() {
				b.streamed = append(b.streamed, transport.Message{Flow: send.To, Data: send.Data, Ticket: send.Ticket})
				b.owners = append(b.owners, b.segments[i].owner)
				continue
			}
			if listener := int(send.To.Listener); listener != b.listener {
				b.sendDatagrams()
				b.listener = listener
			}
			b.datagrams = append(b.datagrams, transport.Datagram{Data: send.Data, To: send.To.Remote})
			b.origins = append(b.origins, origin{ticket: send.Ticket, owner: b.segments[i].owner})
		}
	}
	b.sendDatagrams()
	b.sendStreams()
}

// sendStreams empties the list of what goes on streams.
func (b *batch) sendStreams() {
	if len(b.streamed) == 0 {
		return
	}
	if b.server.streams.SendAll(b.streamed) > 0 {
		for i := range b.streamed {
			if m := &b.streamed[i]; m.Err != nil && m.Ticket != 0 && b.owners[i] != nil {
				b.failed = append(b.failed, origin{ticket: m.Ticket, owner: b.owners[i]})
			}
		}
	}
	clear(b.streamed)
	clear(b.owners)
	b.streamed, b.owners = b.streamed[:0], b.owners[:0]
}

// origin is who wants to know that a message could not be sent.
type origin struct {
	ticket uint64
	owner  owner
	unkept bool // what it had to wait for could not be kept
}

// sendDatagrams empties the list of datagrams into their socket.
func (b *batch) sendDatagrams() {
	if len(b.datagrams) == 0 {
		return
	}
	if udp := b.server.sockets[b.listener].udp; udp != nil && udp.Send(b.datagrams) > 0 {
		for i := range b.datagrams {
			if err := b.datagrams[i].Err; err != nil && b.origins[i].ticket != 0 && b.origins[i].owner != nil {
				b.failed = append(b.failed, b.origins[i])
			}
		}
	}
	clear(b.datagrams)
	b.datagrams, b.origins = b.datagrams[:0], b.origins[:0]
}

// flush ends a receive batch: one write keeps what changed, then everything leaves in
// the order of the steps. What could not be sent makes a further round, and so does what machines of
// this process have sent each other: they are stepped when nothing is held and all has left.
func (b *batch) flush(now time.Time) {
	failures := 0
	for range maxExchanges {
		b.flushOnce(now)
		if len(b.failed) == 0 && len(b.boxes) == 0 {
			return
		}
		if failures < maxRounds && len(b.failed) > 0 {
			failures++
			for _, o := range b.failed {
				o.owner.unsent(b, now, o.ticket, o.unkept)
			}
		}
		clear(b.failed)
		b.failed = b.failed[:0]
		if len(b.boxes) > 0 {
			b.deliver(now)
		}
	}
	b.flushOnce(now)
	clear(b.failed)
	b.failed = b.failed[:0]
	if len(b.boxes) > 0 {
		b.server.clock.leave(b.boxes)
		clear(b.boxes)
		b.boxes = b.boxes[:0]
	}
}

// maxRounds bounds how often a machine is told of messages that could not be sent and
// answers with more of the kind; further ones are left to its timers.
const maxRounds = 8

// report logs the events of the batch.
func (b *batch) report(now time.Time) {
	for _, event := range b.out.Events {
		switch event := event.(type) {
		case identity.Downgraded:
			if b.server.mayWarn(now) {
				b.server.logger.Warn("a phone fails on the list of digest algorithms; it is offered MD5 alone from now on",
					"user", event.User, "from", event.From, "agent", event.UserAgent)
			}
		case voicemail.Trouble:
			if b.server.mayWarn(now) {
				b.server.logger.Error("voicemail could not "+event.Doing, "mailbox", event.Box, "error", event.Err)
			}
		case code.Trouble:
			if b.server.mayWarn(now) {
				b.server.logger.Error("a dialled code could not be kept", "user", event.User, "does", event.Does, "error", event.Err)
			}
		case code.Changed:
			b.server.logger.Info("changed by a dialled code", "user", event.User, "does", event.Does)
		case voicemail.Left:
			b.server.metrics.messagesLeft.Inc()
		case proxy.TrunkRefused:
			if b.server.mayWarn(now) {
				b.server.logger.Warn("a trunk does not take our username and password: calls go by the next one, if there is one",
					"trunk", event.Trunk, "code", event.Code)
			}
		}
	}
}

// What anybody can bring about is logged warnBurst times at once and once in warnEvery
// from then on.
const (
	warnEvery = time.Second
	warnBurst = 50 // the phones of an office after power-up
)

// mayWarn tells whether such a warning may be logged now: strangers fill no disk, and the
// time it takes tells them nothing.
func (s *Server) mayWarn(now time.Time) bool {
	last, at := s.warned.Load(), now.UnixNano()
	next := max(last, at) + int64(warnEvery)
	return next-at <= warnBurst*int64(warnEvery) && s.warned.CompareAndSwap(last, next)
}
