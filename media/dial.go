package media

import (
	"time"

	"hookflash/media/dtmf"
	"hookflash/media/graph"
	"hookflash/media/mix"
	"hookflash/media/rtp"
	"hookflash/media/tone"
)

// dialling is the digits that wait to be sent: as events, or as tones.
type dialling struct {
	events  *dtmf.Sender // nil: tones
	active  bool         // it is not idle
	payload uint8
	clock   uint32
	tones   []tone.Tone // what waits, the first is being sent
	playing *tone.Generator
	at      uint64
	frame   []int16 // of mix.Wide samples; nil: no tone was ever sent
}

// set follows what was negotiated. Digits that are being sent are kept if the way stays.
func (d *dialling) set(clock uint32, payload uint8) {
	if payload == 0 {
		d.events, d.payload = nil, 0
		return
	}
	d.tones, d.playing = nil, nil
	d.payload = payload
	if d.events != nil && d.clock == clock {
		return
	}
	d.clock = clock
	if made, err := dtmf.NewSender(clock, Tick); err == nil {
		d.events = made
	}
}

func (s *stream) dial(change graph.Dial) {
	d := &s.out.dial
	timing := dtmf.Timing{Each: change.Each}
	if d.events != nil {
		_ = d.events.Dial(change.Digits, timing) // what isn't a digit isn't sent
		d.active = true
		return
	}
	if made, err := dtmf.Tones(change.Digits, timing); err == nil && len(d.tones) < MaxDialled {
		d.tones = append(d.tones, made)
	}
}

// sendDigit sends the packet of an event instead of sound, if one is due.
func (s *stream) sendDigit(w *worker) bool {
	d := &s.out.dial
	if d.events == nil || !d.active {
		return false
	}
	packet, ok := d.events.Next(s.out.at(w.now.tick))
	if !ok {
		d.active = !d.events.Idle()
		return false
	}
	payload := packet.Event.Append(w.packet[rtp.HeaderSize:rtp.HeaderSize])
	s.send(w, rtp.Outgoing{Payload: d.payload, Timestamp: packet.Timestamp, Marker: packet.Marker}, len(payload))
	s.out.resumed = true
	return true
}

// tone makes the next frame of digits as tones; nil: none.
func (d *dialling) tone(samples int) []int16 {
	if len(d.tones) == 0 {
		return nil
	}
	if d.playing == nil {
		made, err := tone.New(d.tones[0], samples*int(time.Second/Tick))
		if err != nil {
			d.tones = nil
			return nil
		}
		d.playing, d.at = made, 0
	}
	if d.frame == nil {
		d.frame = make([]int16, mix.Wide)
	}
	frame := d.frame[:samples]
	n := d.playing.Generate(frame, d.at)
	clear(frame[n:])
	d.at += uint64(n)
	if n < samples {
		d.tones, d.playing = d.tones[1:], nil
	}
	return frame
}
