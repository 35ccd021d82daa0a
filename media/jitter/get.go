package jitter

import "time"

// Get gives what is to be heard next. The packet's data is valid until the next Put or Reset. After
// playing it, tell its length by Lasted.
func (b *Buffer) Get(now time.Duration) (Packet, Verdict) {
	if !b.known || !b.playing && !b.ready(now) {
		return Packet{}, Silence
	}
	b.skipEmpty()
	at := &b.slots[b.next%Slots]
	switch {
	case b.waiting == 0:
		return b.hold()
	case b.grow && now-b.oldest() < MaxDelay:
		b.grow = false
		b.statistics.Concealed++
		return Packet{}, Conceal // one frame longer from now on
	case !at.used:
		return b.missing(now)
	}
	if b.paused(&at.packet) {
		b.expected += b.units
		return Packet{}, Silence
	}
	return b.play(at, now)
}

// ready tells whether enough is there to begin, and lets go what is more than that, or where all is wanted, than
// may wait.
func (b *Buffer) ready(now time.Duration) bool {
	b.skipEmpty()
	if b.waiting == 0 {
		return false
	}
	delay := b.delay()
	if now-b.oldest() < delay {
		return false
	}
	length := time.Duration(b.units) * time.Second / time.Duration(b.clock)
	most := delay + length
	if b.Whole {
		most = MaxDelay
	}
	for b.waiting > 1 && time.Duration(b.waiting-1)*length > most {
		b.drop(&b.statistics.Overflow)
	}
	for !b.slots[b.next%Slots].used {
		b.next++
	}
	b.playing, b.continuous, b.held, b.grow = true, false, 0, false
	b.wait = window{}
	return true
}

// delay is how long the first packet waits.
func (b *Buffer) delay() time.Duration {
	if b.transit.halves < 2 && !b.continuous {
		return firstDelay
	}
	return leastDelay + min(b.transit.value(), maxSpread)
}

// oldest is when the first packet that waits arrived. There is one.
func (b *Buffer) oldest() time.Duration {
	for sequence := b.next; ; sequence++ {
		if at := &b.slots[sequence%Slots]; at.used {
			return at.arrived
		}
	}
}

// skipEmpty passes over packets without audio, which take no time.
func (b *Buffer) skipEmpty() {
	for b.waiting > 0 {
		at := &b.slots[b.next%Slots]
		if !at.used || len(at.packet.Data) > 0 {
			return
		}
		b.free(at)
		b.next++
		b.quiet = true
	}
}

// hold makes up what isn't there, without passing over it: it may only be late.
func (b *Buffer) hold() (Packet, Verdict) {
	if b.quiet || b.held >= MaxHold {
		b.playing = false
		return Packet{}, Silence
	}
	b.held++
	b.statistics.Concealed++
	return Packet{}, Conceal
}

// missing passes over packets that later ones have overtaken. Frames made up while nothing was
// there count as theirs.
func (b *Buffer) missing(now time.Duration) (Packet, Verdict) {
	for b.held > 0 && !b.slots[b.next%Slots].used {
		b.held--
		b.next++
		b.expected += b.units
	}
	if at := &b.slots[b.next%Slots]; at.used {
		b.skipEmpty()
		if at = &b.slots[b.next%Slots]; at.used {
			return b.play(at, now)
		}
		return b.hold()
	}
	b.next++
	b.expected += b.units
	b.statistics.Concealed++
	return Packet{}, Conceal
}

// paused tells whether the sender left a gap in its timestamps before this packet, though none
// is missing, that isn't over yet.
func (b *Buffer) paused(packet *Packet) bool {
	if !b.continuous || b.units == 0 {
		return false
	}
	gap := int32(packet.Timestamp - b.expected)
	if b.held > 0 { // it was heard as such already
		gap -= int32(b.units) * int32(b.held)
		b.expected += b.units * uint32(b.held)
		b.held = 0
	}
	return gap >= int32(b.units) && gap <= int32(b.units)*MaxHold
}

func (b *Buffer) play(at *slot, now time.Duration) (Packet, Verdict) {
	b.shorten(now)
	if shorter := &b.slots[b.next%Slots]; shorter.used {
		at = shorter
	}
	b.free(at)
	b.next = at.packet.Sequence + 1
	b.expected, b.continuous = at.packet.Timestamp+b.units, true
	b.held, b.quiet = 0, false
	b.wait.add(now-at.arrived, now)
	b.statistics.Played++
	return at.packet, Play
}

// shorten leaves one packet out if all of Window waited a frame longer than they had to, or if
// this one waited longer than any may. Where nothing is to be left out, the latter alone holds.
func (b *Buffer) shorten(now time.Duration) {
	if b.waiting < 2 || !b.slots[(b.next+1)%Slots].used {
		return
	}
	length := time.Duration(b.units) * time.Second / time.Duration(b.clock)
	least, known := b.wait.value()
	if !b.Whole && known && least >= length+leastDelay || now-b.slots[b.next%Slots].arrived > MaxDelay {
		b.drop(&b.statistics.Shortened)
		b.wait.shift(-length)
	}
}

// Lasted tells how long the packet that was just played was, in units of the clock.
func (b *Buffer) Lasted(units uint32) {
	if units == 0 || units > b.clock {
		return
	}
	b.expected += units - b.units
	b.units = units
}

// Take gives what waits in its order, whether its time has come or not; ok is false when nothing does. The
// packet's data is valid until the next Put or Reset.
func (b *Buffer) Take() (packet Packet, ok bool) {
	if b.waiting == 0 {
		return Packet{}, false
	}
	for !b.slots[b.next%Slots].used {
		b.next++
	}
	at := &b.slots[b.next%Slots]
	b.free(at)
	b.next++
	b.expected += b.units
	b.statistics.Played++
	return at.packet, true
}

// Pause forgets what waits: the sender is silent. What comes next begins with the delay that the stream
// has needed.
func (b *Buffer) Pause() {
	for i := range b.slots {
		b.free(&b.slots[i])
		b.slots[i].known = false
	}
	b.known, b.playing, b.doubt, b.continuous, b.quiet, b.grow = false, false, false, false, false, false
	b.held, b.rested = 0, true
}

// Resume goes on behind a packet that was played elsewhere and lasted so many units: what comes next is
// played at once, and what is missing until then is made up.
func (b *Buffer) Resume(last Packet, units uint32, now time.Duration) {
	b.Reset(b.clock)
	b.known, b.playing, b.continuous = true, true, true
	b.next, b.highest = last.Sequence+1, last.Sequence
	b.expected, b.units = last.Timestamp+units, units
	b.transit.begin(last.Timestamp, now)
}
