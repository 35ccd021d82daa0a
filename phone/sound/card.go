package sound

import (
	"errors"
	"fmt"
	"sync"

	"github.com/jfreymuth/pulse"
)

// maxWaiting is how many samples wait between card and call in each direction, 200 ms.
const maxWaiting = Rate / 5

// latency is what the card is asked for, in seconds.
const latency = 0.04

// ErrNoCard tells that there is no PulseAudio (or PipeWire in its place) to speak with.
var ErrNoCard = errors.New("no sound card: no PulseAudio answers")

// card is a microphone and a loudspeaker.
type card struct {
	client      *pulse.Client
	microphone  *pulse.RecordStream
	loudspeaker *pulse.PlaybackStream
	said, heard ring
	once        sync.Once
}

// Card opens the default microphone and loudspeaker: ErrNoCard. Close one of both closes the card.
func Card() (Source, Sink, error) {
	client, err := pulse.NewClient(pulse.ClientApplicationName("hookflash"))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNoCard, err)
	}
	c := &card{client: client}
	c.microphone, err = client.NewRecord(pulse.Int16Writer(c.said.put), pulse.RecordMono, pulse.RecordSampleRate(Rate), pulse.RecordLatency(latency))
	if err == nil {
		c.loudspeaker, err = client.NewPlayback(pulse.Int16Reader(c.heard.fill), pulse.PlaybackMono, pulse.PlaybackSampleRate(Rate), pulse.PlaybackLatency(latency))
	}
	if err != nil {
		client.Close()
		return nil, nil, fmt.Errorf("%w: %w", ErrNoCard, err)
	}
	c.microphone.Start()
	c.loudspeaker.Start()
	return c, c, nil
}

// Read gives what the microphone heard.
func (c *card) Read(frame []int16) bool { return c.said.take(frame) }

// Write gives the loudspeaker something to say; it says nothing by itself.
func (c *card) Write(frame []int16) {
	if frame != nil {
		_, _ = c.heard.put(frame) // it never fails
	}
}

func (c *card) Close() error {
	c.once.Do(func() {
		c.microphone.Close()
		c.loudspeaker.Close()
		c.client.Close()
	})
	return nil
}

// ring is sound that waits. Its mutex is held for a copy.
type ring struct {
	mutex   sync.Mutex
	samples [maxWaiting]int16
	first   int
	count   int
}

// put adds sound; of what is too much, the oldest is dropped.
func (r *ring) put(sound []int16) (int, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, sample := range sound {
		r.samples[(r.first+r.count)%maxWaiting] = sample
		if r.count < maxWaiting {
			r.count++
		} else {
			r.first = (r.first + 1) % maxWaiting
		}
	}
	return len(sound), nil
}

// take fills the frame, or leaves everything where it is.
func (r *ring) take(frame []int16) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.count < len(frame) {
		return false
	}
	r.move(frame)
	return true
}

// fill fills the frame, with silence where there is nothing.
func (r *ring) fill(frame []int16) (int, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	there := min(r.count, len(frame))
	r.move(frame[:there])
	clear(frame[there:])
	return len(frame), nil
}

func (r *ring) move(frame []int16) {
	for i := range frame {
		frame[i] = r.samples[(r.first+i)%maxWaiting]
	}
	r.first, r.count = (r.first+len(frame))%maxWaiting, r.count-len(frame)
}
