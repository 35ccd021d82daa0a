package dtmf

import (
	"encoding/binary"
	"errors"
)

// ErrEvent is a payload that is no event.
var ErrEvent = errors.New("dtmf: malformed telephone event")

// EventSize is the length of one report in bytes.
const EventSize = 4

// Event is one report of RFC 4733 section 2.3.
type Event struct {
	Code     uint8 // 0 to 15 are the digits
	End      bool
	Volume   uint8  // 0 to 63, in dBm0 with the sign dropped
	Duration uint16 // so far, in ticks of the RTP clock
}

// Append puts the report behind dst.
func (e Event) Append(dst []byte) []byte {
	flags := e.Volume & 63
	if e.End {
		flags |= 0x80
	}
	return append(dst, e.Code, flags, byte(e.Duration>>8), byte(e.Duration))
}

// ParseEvent takes the first report out of a payload, and gives the rest of it (RFC 4733 section
// 2.5.1.5: several events that follow each other at once): ErrEvent.
func ParseEvent(payload []byte) (event Event, rest []byte, err error) {
	if len(payload) < EventSize {
		return Event{}, nil, ErrEvent
	}
	return Event{
		Code:     payload[0],
		End:      payload[1]&0x80 != 0,
		Volume:   payload[1] & 63, // the bit between is reserved, and ignored
		Duration: binary.BigEndian.Uint16(payload[2:]),
	}, payload[EventSize:], nil
}
