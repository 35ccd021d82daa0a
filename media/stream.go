package media

import (
	"net/netip"
	"time"

	"hookflash/media/codec"
	"hookflash/media/dtmf"
	"hookflash/media/graph"
	"hookflash/media/jitter"
	"hookflash/media/mix"
	"hookflash/media/rtp"
	"hookflash/media/srtp"
)

// stream is one audio line of one call.
type stream struct {
	// First what is touched for each packet.
	node         *node
	port         *port
	session      *rtp.Session
	ours, theirs *srtp.Context // nil: plain RTP
	secured      bool          // nothing leaves without ours
	told         bool          // Silent was told since then
	heard        time.Duration // when the last packet was taken
	reportAt     time.Duration // when the next RTCP report is due
	passing      *stream       // what relay.to is
	latch        latch

	in  incoming
	set graph.Set
	out outgoing

	// controlFrom is where the last RTCP of the peer's address came from.
	controlFrom netip.AddrPort
	drops       drops
	relay       relay // while it is one of a pair
	relayed     uint64
}

// drops counts what was not taken.
type drops struct {
	foreign   uint64 // from another address than signalled
	forged    uint64 // authentication failed, or a replay
	malformed uint64
	unwanted  uint64 // well-formed, but nothing to take now
}

// incoming is what is received.
type incoming struct {
	hushed      int // packets of silence in a row, at most hushAfter
	decoders    []decoder
	current     *decoder       // of the packet that was played last
	buffer      *jitter.Buffer // nil: nothing came that is to be played
	clock       uint32         // of the buffer, in Hz; zero: nothing was agreed
	events      *dtmf.Receiver
	tones       *dtmf.Detector // where no events were negotiated
	toneRate    int
	have        int           // of samples
	sound       int           // up to here they are more than silence
	eventAt     time.Duration // when the last packet of an event came; zero: it is over
	eventEnd    uint32        // the timestamp at its end
	eventClock  uint32
	convert     mix.Converter // from convertRate; nil before it was needed
	convertRate int
	frame       [mix.Wide]int16
	samples     *pcm // decoded, and not yet heard; nil: packets were as long as frames
}

// pcm is a queue of samples.
type pcm [pcmSize]int16

// pcmSize has room for the longest payload behind a frame.
const pcmSize = codec16Frame + mix.Wide

const codec16Frame = int(codec.MaxFrame / time.Millisecond * wideRate / 1000)

// decoder is one accepted payload type.
type decoder struct {
	agreed graph.Codec
	codec  codec.Codec
	format codec.Format
}

// outgoing is what is sent.
type outgoing struct {
	codec   codec.Codec // nil: nothing was agreed
	origin  uint32      // the timestamp of tick zero
	step    uint32      // how much of the timestamp a tick is
	have    int         // samples that wait for a packet's worth
	packet  int         // samples of a packet
	units   uint32      // how much of the timestamp that is
	stamp   uint32
	last    int64 // the tick that was sent last
	dialled int64 // the tick in which a digit was sent last
	silent  int   // ticks since its far side said something, at most ownEncoder
	resumed bool  // the next packet begins a talk spurt
	// The newest packet sent: its timestamp, how much of the timestamp it is, its tick; zero: none was.
	stamped, stampedFor uint32
	stampedAt           int64
	dial                dialling
	agreed              graph.Codec
	format              codec.Format
	samples             *pcm // what waits; nil: packets were as long as frames
}

func newStream(id graph.Node, p *port, name string) *node {
	s := &stream{port: p, session: rtp.NewSession(name)}
	s.out.origin = s.session.SSRC*2654435761 ^ s.session.SSRC>>7 // as random as the SSRC
	s.out.resumed, s.out.dialled = true, -2
	s.node = &node{id: id, part: s}
	return s.node
}

// format finds a codec as negotiated.
func format(wanted graph.Codec) (codec.Format, error) {
	if found, ok := codec.Find(wanted); ok {
		return found, nil
	}
	_, err := codec.New(wanted)
	return codec.Format{}, err
}

func (s *stream) change(w *worker, change any) {
	switch change := change.(type) {
	case graph.Set:
		s.apply(w, change)
		if s.node.room != nil {
			w.unsettle(s.node.room)
		}
	case graph.Dial:
		if s.passes() && s.out.dialled < w.now.tick-1 {
			s.out.align(w.upcoming())
		}
		s.dial(change)
	case graph.Join:
		s.restart()
	case ask:
		statistics := s.statistics(w.now.since)
		change.answer <- &statistics
	}
}

// restart forgets what was received, but not from whom.
func (s *stream) restart() {
	s.in.have, s.in.sound = 0, 0
	if s.in.buffer != nil {
		s.in.buffer.Reset(s.in.clock)
	}
}

// close tells the far side, and leaves the sockets to the next.
func (s *stream) close(w *worker) {
	s.report(w, true)
}

// wide tells whether the node's frames are at 16 kHz.
func (s *stream) wide() bool { return s.out.codec != nil && s.out.codec.Rate() == wideRate }

// read takes what has come and makes a frame of it.
func (s *stream) read(w *worker) {
	if !s.passes() && (!s.resting(w) || (w.now.tick+int64(s.node.id))%2 == 0) {
		s.receive(w)
	}
	s.control(w)
	s.expire(w)
	if s.node.room == nil || !s.set.Receive {
		s.node.says(nil)
		return
	}
	if !s.passes() {
		s.node.says(s.hear(w))
	}
	s.watch(w)
}

// resting tells whether a far side has been silent for a while: its packets are fetched two at a time.
// The first sound after it is heard 20 ms later at most.
func (s *stream) resting(w *worker) bool {
	return s.in.hushed == hushAfter || w.now.since-s.heard > time.Second
}

// watch tells when nothing has come for long.
func (s *stream) watch(w *worker) {
	limit := w.engine.settings.Silence
	if limit < 0 || s.told || w.now.since-s.heard < limit || !s.set.Remote.IsValid() {
		return
	}
	s.told = true
	w.engine.teller.tell(graph.Silent{Stream: s.node.id, For: w.now.since - s.heard})
}
