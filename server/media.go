package server

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"hookflash/media"
	"hookflash/media/graph"
	"hookflash/prompts"
)

// voicemailFolder is where recordings are, in the data folder, and askFolder where package ask has its own
// among them.
const (
	voicemailFolder = "voicemail"
	askFolder       = "ask"
)

// openMedia starts the media engine of the agents.
func (s *Server) openMedia() (err error) {
	c := s.current().config
	files := filepath.Join(c.Data, voicemailFolder)
	if err := os.MkdirAll(files, 0o700); err != nil {
		return fmt.Errorf("making the folder of recordings: %w", err)
	}
	if s.recordings, err = os.OpenRoot(files); err != nil {
		return fmt.Errorf("opening the folder of recordings: %w", err)
	}
	// Names that callers were asked for are worth nothing once the process that asked is gone.
	if err := s.recordings.RemoveAll(askFolder); err != nil {
		return fmt.Errorf("tidying the folder of recordings: %w", err)
	}
	if err := s.openRecordings(c); err != nil {
		return err
	}
	s.mediaAddress = s.chooseMediaAddress(c.Media.Address, c.Listen.SIP[0].Address.Addr().IsUnspecified())
	s.media, err = media.New(media.Settings{
		Address: s.mediaAddress, First: c.Media.First, Last: c.Media.Last, Files: files, Tell: s.heard,
		Prompts: c.Media.Prompts, Builtin: prompts.Files(), Language: c.Media.Language,
		Warn: func(err error) { s.logger.Warn("music can't be played", "error", err) },
	})
	if err != nil {
		return fmt.Errorf("opening the media side on %s: %w", s.mediaAddress, err)
	}
	s.takeMusic(c)
	if advice := prompts.Advice(); advice != "" {
		s.logger.Warn(advice)
	}
	return nil
}

// chooseMediaAddress is what SDP names: what is configured, else the address of the first listener, or when
// that is every address of the host, the first one that others can reach.
func (s *Server) chooseMediaAddress(configured netip.Addr, everywhere bool) netip.Addr {
	if configured.IsValid() {
		return configured
	}
	addresses := s.Addresses()
	for _, address := range addresses {
		if everywhere && !address.Addr().IsLoopback() {
			return address.Addr()
		}
	}
	return addresses[0].Addr()
}

// heard takes what the media side tells, on a goroutine of its, to the agent that owns the node.
func (s *Server) heard(event any) {
	var node graph.Node
	switch event := event.(type) {
	case graph.Digit:
		node = event.Stream
	case graph.Ended:
		node = event.Node
	case graph.Silent:
		node = event.Stream
	}
	agent := s.agentNumbered(uint16(node >> nodeBits))
	if agent == nil {
		return
	}
	b := s.takeBatch()
	agent.tell(b, event) // an agent that is drowned in letters has its own time-outs
	b.flush(time.Now())
	s.returnBatch(b)
}

// applyMedia makes the changes that the steps of some segments asked for, in their order.
func (b *batch) applyMedia(now time.Time, first, last int) {
	end := b.segments[last-1].media
	start := 0
	if first > 0 {
		start = b.segments[first-1].media
	}
	for start < end {
		run := start + 1
		// What may fail by itself, and is waited for, goes by itself.
		for !waitedFor(b.out.Media[start]) && run < end && !waitedFor(b.out.Media[run]) {
			run++
		}
		if err := b.server.media.Apply(b.out.Media[start:run]); err != nil {
			b.mediaFailed(now, b.out.Media[start], err)
		}
		start = run
	}
}

// waitedFor tells a change whose end is told.
func waitedFor(change any) bool {
	switch change.(type) {
	case graph.Play, graph.Record:
		return true
	}
	return false
}

// mediaFailed tells the agent that what it waits for can't begin.
func (b *batch) mediaFailed(now time.Time, change any, err error) {
	if b.server.mayWarn(now) {
		b.server.logger.Warn("the media side refused something", "error", err)
	}
	var node graph.Node
	switch change := change.(type) {
	case graph.Play:
		node = change.Player
	case graph.Record:
		node = change.Recorder
	default:
		return
	}
	if agent := b.server.agentNumbered(uint16(node >> nodeBits)); agent != nil {
		agent.tell(b, graph.Ended{Node: node, Err: err})
	}
}
