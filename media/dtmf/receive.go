package dtmf

import "time"

// maxEvents is how many reports of one packet are read.
const maxEvents = 8

// Receiver makes presses out of the event packets of one stream: one press for each event,
// however often its packets come and whichever of them are lost. One goroutine may use it. Make
// it with NewReceiver.
type Receiver struct {
	clock  uint32
	open   bool   // an event is under way
	known  bool   // start holds the newest event's
	start  uint32 // timestamp of the newest event, or of this segment of it
	event  Event  // its newest report
	before uint64 // ticks in the segments before
	heard  uint32 // timestamp of the newest packet's end
	out    [maxEvents + 1]Press
}

// NewReceiver makes a receiver for an RTP clock in Hz.
func NewReceiver(clock uint32) *Receiver { return &Receiver{clock: max(clock, 1)} }

// Receive takes the payload of an event packet and gives the presses that are over: at the first
// packet with the end bit, or where the next event begins and the end was lost. The slice is good
// until the next call. ErrEvent changes nothing.
func (r *Receiver) Receive(timestamp uint32, payload []byte) ([]Press, error) {
	if len(payload) == 0 || len(payload)%EventSize != 0 {
		return nil, ErrEvent
	}
	over := r.out[:0]
	for count := 0; len(payload) > 0 && count < maxEvents; count++ {
		event, rest, err := ParseEvent(payload)
		if err != nil {
			return over, err
		}
		over = r.report(timestamp, event, over)
		// RFC 4733 §2.5.2.4: the next one begins where this one ended.
		timestamp += uint32(event.Duration)
		payload = rest
	}
	return over, nil
}

func (r *Receiver) report(timestamp uint32, event Event, over []Press) []Press {
	since := int32(timestamp - r.start)
	switch {
	case !r.known || since > 0 && !r.continues(timestamp, event):
		over = r.finish(over)
		r.known, r.open, r.before = true, true, 0
	case since > 0: // a new segment of the same event
		r.before += uint64(r.event.Duration)
	case since < 0 || !r.open || event.Code != r.event.Code:
		return over // late, or the event is over already: RFC 4733 §2.5.2.2
	case event.Duration < r.event.Duration && !event.End:
		return over // an older report, reordered
	}
	r.start, r.event = timestamp, event
	r.heard = timestamp + uint32(event.Duration)
	if event.End {
		over = r.finish(over)
	}
	return over
}

// continues tells whether a report goes on where a full one ended (RFC 4733 section 2.5.2.3).
func (r *Receiver) continues(timestamp uint32, event Event) bool {
	return r.open && event.Code == r.event.Code && r.event.Duration == 0xFFFF && !r.event.End &&
		timestamp == r.start+0xFFFF
}

func (r *Receiver) finish(over []Press) []Press {
	if !r.open {
		return over
	}
	r.open = false
	if int(r.event.Code) >= len(Digits) {
		return over
	}
	ticks := r.before + uint64(r.event.Duration)
	lasted := min(time.Duration(ticks*uint64(time.Second)/uint64(r.clock)), MaxPress)
	return append(over, Press{Digit: Digits[r.event.Code], Lasted: lasted})
}

// Expire gives the press whose end did not come: its newest report is older than patience at an
// RTP timestamp. RFC 4733 section 2.5.2.2 has three packets' time.
func (r *Receiver) Expire(timestamp uint32, patience time.Duration) (press Press, ok bool) {
	wait := int64(patience) * int64(r.clock) / int64(time.Second)
	if !r.open || int64(int32(timestamp-r.heard)) < wait {
		return Press{}, false
	}
	over := r.finish(r.out[:0])
	if len(over) == 0 {
		return Press{}, false
	}
	return over[0], true
}

// Reset forgets everything: the stream has another source.
func (r *Receiver) Reset() { *r = Receiver{clock: r.clock} }
