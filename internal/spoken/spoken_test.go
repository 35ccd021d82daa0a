package spoken

import (
	"testing"

	"hookflash/media/codec"
	"hookflash/media/rtp"
)

func samplesOf(codes []byte) (samples []int16) {
	for _, code := range codes {
		samples = append(samples, codec.FromMuLaw(code))
	}
	return samples
}

func TestMarks(t *testing.T) {
	var codes []byte
	said := []Mark{{0, 0}, {1, 2}, {MaxSpeaker, MaxFrame}, {0x123456, 0x789A}, {1, 3}}
	var frame [FrameSize]byte
	for i, mark := range said {
		mark.Fill(frame[:])
		codes = append(codes, make([]byte, i*7)...) // where a frame begins does not matter
		codes = append(codes, frame[:]...)
	}
	found := Find(samplesOf(codes))
	if len(found) != len(said) {
		t.Fatalf("frames between something else are found: %v", found)
	}
	for i := range said {
		if found[i] != said[i] {
			t.Errorf("the mark is what was written: %v, not %v", found[i], said[i])
		}
	}
	said[1].Fill(frame[:])
	frame[100] ^= 1
	if found := Find(samplesOf(frame[:])); len(found) != 0 {
		t.Errorf("a frame that was changed is none: %v", found)
	}
}

// say is a packet of one code.
func say(session *rtp.Session, code byte) []byte {
	packet := make([]byte, rtp.HeaderSize+FrameSize)
	for i := range FrameSize {
		packet[rtp.HeaderSize+i] = code
	}
	return packet[:session.Write(packet, rtp.Outgoing{}, FrameSize)]
}

func TestCaller(t *testing.T) {
	c, server := NewCaller(7, 50), rtp.NewSession("server")
	packet := make([]byte, 200)
	var marks []Mark
	for range 100 {
		c.Hear(say(server, byte(Greeting)))
		c.Next(packet)
	}
	if c.Stage != Listening {
		t.Fatalf("nobody speaks before the tone: stage %d", c.Stage)
	}
	tone := say(server, 0)
	for i := range FrameSize {
		tone[rtp.HeaderSize+i] = byte(i)
	}
	c.Hear(tone)
	keys := 0
	for range 200 {
		n := c.Next(packet)
		if n < FrameSize {
			keys++
			continue
		}
		marks = append(marks, Find(samplesOf(packet[rtp.HeaderSize:n]))...)
	}
	if missing := c.Missing(marks); missing != 0 || len(marks) != 50 || keys == 0 || c.Stage != Pressing {
		t.Errorf("the whole message is said, once, and the key pressed: %d frames, %d missing, %d of the key, stage %d", len(marks), missing, keys, c.Stage)
	}
	if c.Missing(marks[1:]) != 1 {
		t.Error("a missing frame is missed")
	}
	if c.Hear(say(server, byte(Saved))); c.Stage != Confirmed {
		t.Errorf("the confirmation is heard: stage %d", c.Stage)
	}
	other := NewCaller(8, 10)
	if other.Hear(say(server, byte(Trouble))); other.Stage != Refused || other.Said != Trouble {
		t.Errorf("a refusal is none: stage %d, %v", other.Stage, other.Said)
	}
}
