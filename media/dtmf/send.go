package dtmf

import (
	"fmt"
	"time"
)

// repeats is how often the end of an event is sent (RFC 4733 section 2.5.1.4).
const repeats = 3

// volume is what is said of how loud a digit is: -10 dBm0.
const volume = 10

// Sender makes the packets of digits, one for each packet time: a beginning with the marker, what
// goes on, the end three times, a pause. One goroutine may use it. Make it with NewSender.
type Sender struct {
	clock   uint32 // of RTP timestamps, in Hz
	step    uint32 // ticks between packets
	queue   []key  // of MaxQueue; nil: no digit was ever sent
	head    int
	waiting int
	state   sending
	start   uint32 // timestamp of the event, or of this segment of it
	before  uint32 // ticks in the segments before
	until   uint32 // timestamp at which the pause is over
	ended   int    // ends sent
}

// key is a digit to send.
type key struct {
	code  uint8
	each  uint32 // ticks
	pause uint32
}

// sending is where a sender is.
type sending uint8

const (
	idle    sending = iota // nothing is sent; a digit in the queue begins at the next packet
	pressed                // the first digit of the queue is being sent
	ending                 // its end was sent at least once
	pausing                // until the next digit may begin
)

// Packet is what goes into RTP instead of sound.
type Packet struct {
	Timestamp uint32 // of the beginning of the event, the same in all its packets
	Marker    bool
	Event     Event
}

// NewSender makes a sender for an RTP clock in Hz and packets of a length: ErrDigits where one of
// them is none.
func NewSender(clock uint32, packet time.Duration) (*Sender, error) {
	if clock < 1000 || clock > 192000 || packet < time.Millisecond || packet > time.Second {
		return nil, fmt.Errorf("%w: at %d Hz in packets of %v", ErrDigits, clock, packet)
	}
	s := &Sender{clock: clock}
	s.step = s.ticks(packet)
	return s, nil
}

func (s *Sender) ticks(lasts time.Duration) uint32 {
	return uint32(uint64(lasts) * uint64(s.clock) / uint64(time.Second))
}

// Dial puts digits into the queue, all or none: ErrDigits.
func (s *Sender) Dial(digits string, timing Timing) error {
	if err := check(digits, timing); err != nil {
		return err
	}
	if len(digits) > MaxQueue-s.waiting {
		return fmt.Errorf("%w: %d are waiting already, at most %d", ErrDigits, s.waiting, MaxQueue)
	}
	timing = timing.filled()
	if s.queue == nil {
		s.queue = make([]key, MaxQueue)
	}
	for i := range len(digits) {
		code, _ := Code(digits[i])
		s.queue[(s.head+s.waiting)%MaxQueue] = key{code: code, each: s.ticks(timing.Each), pause: s.ticks(timing.Pause)}
		s.waiting++
	}
	return nil
}

// Busy tells whether there is anything left to send; a pause is not.
func (s *Sender) Busy() bool { return s.waiting > 0 }

// Idle tells whether nothing is sent, and no pause goes on behind what was.
func (s *Sender) Idle() bool { return s.state == idle && s.waiting == 0 }

// Next gives the packet for the time of an RTP timestamp, which advances by a packet time from
// call to call. ok is false where sound is to be sent instead.
func (s *Sender) Next(timestamp uint32) (packet Packet, ok bool) {
	if s.state == pausing && int32(timestamp-s.until) >= 0 {
		s.state = idle
	}
	switch s.state {
	case idle:
		if s.waiting == 0 {
			return Packet{}, false
		}
		s.state, s.start, s.before, s.ended = pressed, timestamp, 0, 0
		return s.report(timestamp, true), true
	case pressed:
		return s.report(timestamp, false), true
	case ending:
		return s.end(s.queue[s.head].each-s.before, timestamp), true
	case pausing:
	}
	return Packet{}, false
}

// report tells how long the digit has been pressed by the end of this packet.
func (s *Sender) report(timestamp uint32, first bool) Packet {
	digit := s.queue[s.head]
	lasted, left := timestamp-s.start+s.step, digit.each-s.before
	if lasted >= left && left <= 0xFFFF {
		packet := s.end(left, timestamp)
		packet.Marker = first
		return packet
	}
	packet := Packet{Timestamp: s.start, Marker: first, Event: Event{Code: digit.code, Volume: volume}}
	if lasted >= 0xFFFF {
		// RFC 4733 §2.5.1.3: a full report without an end, then a new segment where it ended.
		packet.Event.Duration = 0xFFFF
		s.start += 0xFFFF
		s.before += 0xFFFF
		return packet
	}
	packet.Event.Duration = uint16(lasted)
	return packet
}

// end tells the end, and after the third time goes on to the pause.
func (s *Sender) end(lasted, timestamp uint32) Packet {
	digit := s.queue[s.head]
	packet := Packet{Timestamp: s.start, Event: Event{Code: digit.code, End: true, Volume: volume, Duration: uint16(lasted)}}
	s.state = ending
	if s.ended++; s.ended == repeats {
		s.state, s.until = pausing, s.start+lasted+digit.pause
		if least := timestamp + s.step; int32(least-s.until) > 0 {
			s.until = least
		}
		s.head = (s.head + 1) % MaxQueue
		s.waiting--
	}
	return packet
}

// Cancel forgets what is queued. A digit that is being sent gets its end.
func (s *Sender) Cancel(timestamp uint32) {
	switch s.state {
	case pressed:
		s.waiting = 1
		s.queue[s.head].each = s.before + min(timestamp-s.start+s.step, 0xFFFF)
	case ending:
		s.waiting = 1
	case idle, pausing:
		s.waiting = 0
	}
}
