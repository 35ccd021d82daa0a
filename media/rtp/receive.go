package rtp

import "time"

// received is the far side's stream (RFC 3550, appendices A.1, A.3 and A.8).
type received struct {
	known    bool
	ssrc     uint32
	base     uint32 // the first extended sequence number
	cycles   uint32 // times the sequence number wrapped, shifted by 16
	highest  uint16
	packets  uint32
	clock    uint32
	transit  uint32
	jitter   uint32 // times 16, in units of the clock
	arrived  bool   // transit holds
	before   reception
	lastSR   uint32
	lastSRAt time.Duration
}

// reception is what was counted at the last report.
type reception struct{ expected, packets uint32 }

// maxJump is how far a sequence number runs ahead before the stream counts as begun anew.
const maxJump = 3000

// Receive counts a packet that arrived at now, of a stream whose timestamps run at clock Hz. It
// tells whether another source than before has begun.
func (s *Session) Receive(header *Header, clock uint32, now time.Duration) (begun bool) {
	r := &s.received
	if !r.known || r.ssrc != header.SSRC {
		begun = r.known
		*r = received{known: true, ssrc: header.SSRC}
		r.begin(header.SequenceNumber)
	}
	r.count(header.SequenceNumber)
	if clock != r.clock {
		r.clock, r.arrived, r.jitter = clock, false, 0
	}
	r.delay(header.Timestamp, now)
	return begun
}

func (r *received) begin(sequence uint16) {
	r.base, r.cycles, r.highest = uint32(sequence), 0, sequence
	r.packets, r.before = 0, reception{}
}

func (r *received) count(sequence uint16) {
	ahead := sequence - r.highest
	switch {
	case ahead < maxJump:
		if sequence < r.highest {
			r.cycles += 1 << 16
		}
		r.highest = sequence
	case ahead < 1<<16-maxJump:
		r.begin(sequence) // it began anew
	}
	r.packets++
}

func (r *received) delay(timestamp uint32, now time.Duration) {
	transit := uint32(int64(now)*int64(r.clock/1000)/int64(time.Millisecond)) - timestamp
	if r.arrived {
		d := int32(transit - r.transit)
		if d < 0 {
			d = -d
		}
		if uint32(d) < r.clock { // a jump of the timestamps is no jitter
			r.jitter += uint32(d) - (r.jitter+8)>>4
		}
	}
	r.transit, r.arrived = transit, true
}

func (r *received) extended() uint32 { return r.cycles + uint32(r.highest) }

func (r *received) expected() uint32 { return r.extended() - r.base + 1 }

// Statistics is what is known of one session.
type Statistics struct {
	Sent, Received uint32 // packets
	Lost           int32  // packets of theirs; below zero when copies came
	Jitter         time.Duration
	// What the far side reports of what it gets from us; zero before it does.
	FarLost   int32
	FarJitter time.Duration
	RoundTrip time.Duration
}

// Statistics tells how the session went so far.
func (s *Session) Statistics() Statistics {
	r := &s.received
	statistics := Statistics{
		Sent: s.sent.packets, Received: r.packets,
		FarLost: s.reported.lost, FarJitter: s.reported.jitter, RoundTrip: s.reported.roundTrip,
	}
	if r.known {
		statistics.Lost = int32(r.expected() - r.packets)
		statistics.Jitter = duration(r.jitter>>4, r.clock)
	}
	return statistics
}

func duration(units, clock uint32) time.Duration {
	if clock == 0 {
		return 0
	}
	return time.Duration(units) * time.Second / time.Duration(clock)
}
