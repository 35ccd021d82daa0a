package spoken

import (
	"math/rand/v2"
	"time"

	"hookflash/media/dtmf"
	"hookflash/media/rtp"
)

// Stage is where a caller is who leaves a message.
type Stage uint8

const (
	Listening Stage = iota // to the greeting and the tone
	Speaking               // the frames of the message
	Pausing                // what waits for its turn at the far side is to be in the message, too
	Pressing               // the hash key, and waiting for what comes of it
	Confirmed              // the prompt is heard that the message is saved
	Refused                // another prompt is heard
)

const (
	afterTone = 10 // ticks without the tone, until one speaks
	pause     = 20 // ticks between the message and the key
	events    = 101
)

// Caller leaves one message: a machine that gives a packet every tick of 20 ms and takes those that come. It
// belongs to one goroutine.
type Caller struct {
	Stage   Stage
	Said    Prompt // of Refused
	Speaker uint32
	Frames  int // of the message

	session *rtp.Session
	stamp   uint32
	keys    *dtmf.Sender
	toned   bool
	count   int // ticks since the tone, frames spoken, or ticks of the pause
}

// NewCaller is one before his call.
func NewCaller(speaker uint32, frames int) *Caller {
	keys, err := dtmf.NewSender(8000, 20*time.Millisecond)
	if err != nil {
		panic(err) // these two are fine
	}
	return &Caller{Speaker: speaker, Frames: frames, session: rtp.NewSession("caller"), stamp: rand.Uint32(), keys: keys}
}

// Hear takes a packet that came.
func (c *Caller) Hear(packet []byte) {
	var header rtp.Header
	if rtp.IsControl(packet) {
		return
	}
	start, err := header.Unmarshal(packet)
	if err != nil || header.PayloadType != 0 {
		return
	}
	prompt, tone := heard(packet[start:])
	switch {
	case tone && c.Stage == Listening:
		c.toned, c.count = true, 0
	case prompt == Saved && c.Stage == Pressing:
		c.Stage = Confirmed
	case prompt == Saved, prompt == TooShort, prompt == Trouble, prompt == Full:
		if c.Stage < Confirmed {
			c.Stage, c.Said = Refused, prompt
		}
	}
}

// Next writes the packet of a tick, and gives its length.
func (c *Caller) Next(packet []byte) int {
	stamp := c.stamp
	c.stamp += FrameSize
	if event, ok := c.keys.Next(stamp); ok {
		payload := event.Event.Append(packet[rtp.HeaderSize:rtp.HeaderSize])
		return c.session.Write(packet, rtp.Outgoing{Payload: events, Timestamp: event.Timestamp, Marker: event.Marker}, len(payload))
	}
	payload := packet[rtp.HeaderSize:][:FrameSize]
	for i := range payload {
		payload[i] = byte(None)
	}
	switch c.Stage {
	case Listening:
		if c.count++; c.toned && c.count > afterTone {
			c.Stage, c.count = Speaking, 0
		}
	case Speaking:
		Mark{Speaker: c.Speaker, Frame: uint32(c.count)}.Fill(payload)
		if c.count++; c.count >= c.Frames {
			c.Stage, c.count = Pausing, 0
		}
	case Pausing:
		if c.count++; c.count > pause {
			c.Press()
		}
	case Pressing, Confirmed, Refused:
	}
	return c.session.Write(packet, rtp.Outgoing{Timestamp: stamp}, FrameSize)
}

// Press presses the hash key.
func (c *Caller) Press() {
	c.Stage = Pressing
	_ = c.keys.Dial("#", dtmf.Timing{}) // there is room
}

// Missing counts the frames of the message that are not in a recording, given its marks.
func (c *Caller) Missing(marks []Mark) int {
	there := make([]bool, c.Frames)
	for _, mark := range marks {
		if mark.Speaker == c.Speaker && int(mark.Frame) < c.Frames {
			there[mark.Frame] = true
		}
	}
	missing := 0
	for _, one := range there {
		if !one {
			missing++
		}
	}
	return missing
}
