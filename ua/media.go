package ua

import (
	"strconv"
	"time"

	"hookflash/media/graph"
	"hookflash/sdp"
)

// openMedia takes a port for the call, once.
func (c *Call) openMedia() error {
	if c.stream != 0 {
		return nil
	}
	a := c.agent
	port, ok := a.Ports.Take()
	if !ok {
		return ErrNoPort
	}
	if a.settings.Secure != sdp.None {
		c.crypto = a.keys()
	}
	c.openOn(port)
	return nil
}

// openOn opens the stream on a port that was taken.
func (c *Call) openOn(port uint16) {
	a := c.agent
	c.port, c.stream = port, a.Node()
	a.streams[c.stream] = c
	a.Media(graph.Open{Stream: c.stream, Port: port})
	a.Media(graph.Join{Room: c.Room, Node: c.stream, Mute: c.muted})
}

// closeMedia gives the stream up. The media side closes the port; another one takes its place.
func (c *Call) closeMedia() {
	for len(c.sounds) > 0 {
		c.silence(c.sounds[0])
	}
	if c.stream == 0 {
		return
	}
	c.agent.Media(graph.Close{Node: c.stream})
	delete(c.agent.streams, c.stream)
	c.stream, c.port = 0, 0
}

// Enter moves the call's stream to another room: from now on it hears who is there.
func (c *Call) Enter(room graph.Room) {
	c.Room = room
	if c.stream != 0 {
		c.agent.Media(graph.Join{Room: room, Node: c.stream, Mute: c.muted})
	}
	if c.agent.attended == c {
		c.agent.Attend(c)
	}
}

// set tells the media side what was agreed, and everybody when the far side holds us or no longer.
func (c *Call) set(s sdp.Stream) {
	c.touch()
	if c.stream != 0 {
		c.agent.Media(graph.Set{
			Stream: c.stream, Remote: s.Remote, Control: s.Control, Mux: s.Mux, Source: c.source,
			Codec: codecOf(s.Codec, s.PacketTime), Accept: codecsOf(s.Accept), Events: s.Events,
			Send:    s.Direction.Sends() && !c.Held, // whom we hold hears nothing (RFC 5359 §2.1)
			Receive: s.Direction.Receives(),
			Ours:    keysOf(s.Ours), Theirs: keysOf(s.Theirs),
		})
	}
	if s.Held == c.HeldByThem {
		return
	}
	c.HeldByThem = s.Held
	if s.Held {
		c.tell(Event{Kind: HeldByThem})
	} else {
		c.tell(Event{Kind: ResumedByThem})
	}
}

func codecOf(c sdp.Codec, packet time.Duration) graph.Codec {
	if packet == 0 {
		packet = 20 * time.Millisecond
	}
	return graph.Codec{Name: c.Name, Payload: c.Payload, Rate: c.Rate, Channels: c.Channels, Format: c.Format, PacketTime: packet}
}

func codecsOf(list []sdp.Codec) []graph.Codec {
	codecs := make([]graph.Codec, 0, len(list))
	for _, c := range list {
		codecs = append(codecs, codecOf(c, 0))
	}
	return codecs
}

func keysOf(c sdp.Crypto) graph.Keys { return graph.Keys{Suite: c.Suite, Key: c.Key} }

// suites are what is offered of SRTP, the strongest first: name, and octets of key and salt (RFC 4568 §6.2, RFC 7714 §14).
var suites = []struct {
	name   string
	octets int
}{
	{"AEAD_AES_256_GCM", 44}, {"AEAD_AES_128_GCM", 28}, {"AES_CM_128_HMAC_SHA1_80", 30}, {"AES_CM_128_HMAC_SHA1_32", 30},
}

func (a *Agent) keys() []sdp.Crypto {
	var keys []sdp.Crypto
	for i, suite := range suites {
		keys = append(keys, sdp.Crypto{Tag: i + 1, Suite: suite.name, Key: a.secret(suite.octets)})
	}
	return keys
}

// Dial sends digits to the far side, each for so long.
func (c *Call) Dial(digits string, each time.Duration) {
	if c.stream != 0 {
		c.agent.Media(graph.Dial{Stream: c.stream, Digits: digits, Each: each})
	}
}

// TakesEvents tells whether the far side takes digits as telephone events (RFC 4733): else they are tones in the sound.
func (c *Call) TakesEvents() bool {
	agreed, stands := c.negotiation.Agreed()
	return stands && agreed.Events != 0
}

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
