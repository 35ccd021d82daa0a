package jitter

import "time"

const (
	// Slots is how many packets can wait. Older ones give way to newer ones.
	Slots = 64
	// MaxPayload is the longest payload taken, in bytes: what an Ethernet frame carries.
	MaxPayload = 1500
	// MaxDelay is how long a packet waits at most before newer ones push it out.
	MaxDelay = 400 * time.Millisecond
	// Window is how long the delay must have been too long before it is shortened.
	Window = 4 * time.Second
	// MaxHold is how many frames in a row are concealed while nothing is there; then there is
	// silence, and the next packet begins anew.
	MaxHold = 5

	firstDelay = 40 * time.Millisecond // before anything is known about a stream
	leastDelay = 10 * time.Millisecond // what a packet waits at least when the delay is shortened
	frame      = 20 * time.Millisecond // of a stream of which nothing was played yet
	maxSpread  = 3 * frame             // of what a stream that paused begins with
)

// Packet is one RTP packet, as far as it matters here.
type Packet struct {
	Sequence  uint16
	Timestamp uint32 // in units of the stream's clock
	Payload   uint8  // payload type
	Data      []byte // empty: it holds no audio, but its sequence number is accounted for
}

// Verdict says what is to be heard next.
type Verdict uint8

const (
	// Silence: nothing is sent, or not enough is there to begin.
	Silence Verdict = iota
	// Play: the packet that Get gave.
	Play
	// Conceal: a packet is missing, one frame is to be made up.
	Conceal
)

// Statistics are counts since the beginning.
type Statistics struct {
	Played    uint64 // packets
	Concealed uint64 // frames made up
	Late      uint64 // packets that came after their time
	Duplicate uint64 // packets that came twice
	Overflow  uint64 // packets pushed out by newer ones
	Shortened uint64 // frames left out to shorten the delay
	Strange   uint64 // packets dropped because their sequence number was far off, or too long
}

type slot struct {
	used    bool
	known   bool // packet is the last one that was here, used or played
	packet  Packet
	arrived time.Duration
}

// Buffer belongs to one goroutine.
type Buffer struct {
	// Whole: nothing is left out to shorten the delay, unless a packet has waited for MaxDelay. It may change at
	// any time.
	Whole bool

	clock      uint32 // in Hz
	slots      [Slots]slot
	waiting    int
	spare      [Slots][]byte // payloads of nobody, the one used last on top: it is still in the cache
	spares     int
	known      bool   // next and highest hold
	playing    bool   // false: gathering
	next       uint16 // the sequence number that is due
	highest    uint16
	strange    uint16 // the sequence number that would prove a jump
	doubt      bool   // strange holds
	expected   uint32 // the timestamp that is due
	continuous bool   // expected holds
	units      uint32 // of one frame of this stream
	held       int    // frames made up since something was played
	quiet      bool   // the sender has paused on purpose
	rested     bool   // transit holds from before a pause
	grow       bool   // a packet came too late: wait one frame longer
	wait       window // how long packets waited
	transit    spread
	statistics Statistics
}

// New makes a buffer for a stream whose timestamps count at clock Hz.
func New(clock uint32) *Buffer {
	b := &Buffer{}
	b.Reset(clock)
	return b
}

// Reset forgets what waits and what is known of the sender, as when another begins.
func (b *Buffer) Reset(clock uint32) {
	b.Pause()
	b.clock = max(clock, 1)
	b.rested = false
	b.wait, b.transit = window{}, spread{}
	b.units = uint32(int64(b.clock) * int64(frame) / int64(time.Second))
}

// Statistics tells what happened so far.
func (b *Buffer) Statistics() Statistics { return b.statistics }

// Waiting counts the packets that wait.
func (b *Buffer) Waiting() int { return b.waiting }

// Put takes a packet that arrived now; now never runs backwards by much. The data is copied.
// It tells whether the packet will be played.
func (b *Buffer) Put(packet Packet, now time.Duration) bool {
	if len(packet.Data) > MaxPayload {
		b.statistics.Strange++
		return false
	}
	if !b.known {
		b.begin(packet, now)
	}
	if ahead := int16(packet.Sequence - b.highest); ahead > Slots || ahead < -Slots {
		if !b.doubt || packet.Sequence != b.strange {
			b.doubt, b.strange = true, packet.Sequence+1
			b.statistics.Strange++
			return false
		}
		b.Reset(b.clock)
		b.begin(packet, now)
	}
	b.doubt = false
	if int16(packet.Sequence-b.next) < 0 {
		return b.early(packet, now)
	}
	for int16(packet.Sequence-b.next) >= Slots {
		b.drop(&b.statistics.Overflow)
	}
	at := &b.slots[packet.Sequence%Slots]
	if at.used {
		b.statistics.Duplicate++
		return false
	}
	b.store(at, packet, now)
	return true
}

// begin takes the packet as the first of a stream.
func (b *Buffer) begin(packet Packet, now time.Duration) {
	b.known, b.playing, b.continuous = true, false, false
	b.next, b.highest = packet.Sequence, packet.Sequence
	if !b.rested {
		b.transit.begin(packet.Timestamp, now)
	}
	b.rested = false
}

// early treats a packet whose sequence number has been passed: before playing began it is the
// new first one.
func (b *Buffer) early(packet Packet, now time.Duration) bool {
	if !b.playing && !b.continuous && int16(b.highest-packet.Sequence) < Slots {
		b.next = packet.Sequence
		b.store(&b.slots[packet.Sequence%Slots], packet, now)
		return true
	}
	at := &b.slots[packet.Sequence%Slots]
	if at.packet.Sequence == packet.Sequence && at.packet.Timestamp == packet.Timestamp && at.known {
		b.statistics.Duplicate++ // it was played
		return false
	}
	b.statistics.Late++
	if len(packet.Data) > 0 {
		b.grow = true
	}
	return false
}

func (b *Buffer) store(at *slot, packet Packet, now time.Duration) {
	var data []byte
	if b.spares > 0 {
		b.spares--
		data = b.spare[b.spares]
	}
	at.packet, at.arrived, at.used, at.known = packet, now, true, true
	at.packet.Data = append(data[:0], packet.Data...)
	b.waiting++
	if int16(packet.Sequence-b.highest) > 0 {
		b.highest = packet.Sequence
	}
	if len(packet.Data) > 0 {
		b.transit.add(packet.Timestamp, b.clock, now)
	}
}

// free takes the packet out of its slot. Its data stays as it is until the next store.
func (b *Buffer) free(at *slot) {
	if !at.used {
		return
	}
	at.used = false
	b.waiting--
	b.spare[b.spares] = at.packet.Data
	b.spares++
}

// drop passes over the packet that is due, and counts it if it was there.
func (b *Buffer) drop(count *uint64) {
	at := &b.slots[b.next%Slots]
	if at.used {
		b.free(at)
		*count++
	}
	b.next++
	b.expected += b.units
}
