package office

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"hookflash/internal/domain"
	"hookflash/media/graph"
)

// What the media side takes its time for.
const (
	usualSound = 2 * time.Second       // of a source that Options.Lasts does not name
	wholeFile  = 10 * time.Millisecond // until a recording that was ended is whole
	betweenKey = 50 * time.Millisecond // of digits that are dialled
)

// consentTone is what all in a room hear as long as they are recorded.
const consentTone = "tone:consent"

// errNoSound is what a source ends with that can't be played.
var errNoSound = errors.New("office: no such sound")

// sound is a player or recorder that comes to an end by itself.
type sound struct {
	left    time.Duration // that it takes
	since   time.Time     // it runs
	endless bool
	running int // of the times it began to run; the last one counts
	records bool
	paused  bool
	over    bool
	err     error
}

func (p *patchPanel) records(node graph.Node) bool {
	s := p.sounds[node]
	return s != nil && s.records && !s.paused
}

// pause leaves a recorder deaf, and silent, for a while.
func (p *patchPanel) pause(change graph.Pause) {
	s := p.sounds[change.Recorder]
	if s == nil {
		return
	}
	s.paused = change.Paused
	if play, tells := p.players[change.Recorder]; tells {
		play.Source = map[bool]string{true: "silence", false: consentTone}[s.paused]
		p.players[change.Recorder] = play
	}
}

func (p *patchPanel) in(node graph.Node) bool {
	_, in := p.rooms[node]
	return in
}

// apply does what a party asked of its media side, and lets what it plays and records come to its end.
func (o *Office) apply(p *party, changes []any) {
	for _, change := range changes {
		switch change := change.(type) {
		case graph.Play:
			if !change.Repeat {
				s := o.soundOf(change.Source)
				p.patch.sounds[change.Player] = s
				if s.err != nil {
					o.begins(p, change.Player, s)
				}
			}
		case graph.Record:
			p.patch.sounds[change.Recorder] = &sound{left: change.Limit, endless: change.Limit == 0, records: true}
			if change.Consent {
				p.patch.players[change.Recorder] = graph.Play{Player: change.Recorder, Source: consentTone}
			}
		case graph.Pause:
			p.patch.pause(change)
		case graph.Join:
			if s, in := p.patch.sounds[change.Node], p.patch.in(change.Node); s != nil && !in && s.err == nil {
				o.begins(p, change.Node, s)
			}
		case graph.Leave:
			if s := p.patch.sounds[change.Node]; s != nil && p.patch.in(change.Node) {
				s.left -= o.Now().Sub(s.since)
				s.running++
			}
		case graph.Close:
			if s := p.patch.sounds[change.Node]; s != nil && s.records && !s.over {
				o.After(wholeFile, func() { p.tell(graph.Ended{Node: change.Node}) })
			}
		case graph.Dial:
			o.dial(p, change)
		}
		p.patch.apply([]any{change})
	}
}

func (o *Office) soundOf(source string) *sound {
	lasts, named := o.lasts[source]
	switch {
	case named && lasts < 0:
		return &sound{err: fmt.Errorf("%w: %q", errNoSound, source)}
	case named:
		return &sound{left: lasts}
	case strings.HasPrefix(source, "tone:"):
		return &sound{endless: true}
	}
	return &sound{left: usualSound}
}

// begins lets a sound run, until it ends or leaves its room.
func (o *Office) begins(p *party, node graph.Node, s *sound) {
	s.running++
	s.since = o.Now()
	if s.endless || s.over {
		return
	}
	running := s.running
	o.After(s.left, func() {
		if p.patch.sounds[node] == s && s.running == running {
			s.over = true
			p.tell(graph.Ended{Node: node, Err: s.err})
		}
	})
}

// dial lets the far side of a stream hear digits, one after the other.
func (o *Office) dial(p *party, change graph.Dial) {
	for i := range len(change.Digits) {
		o.After(time.Duration(i+1)*change.Each+time.Duration(i)*betweenKey, func() {
			if far, ok := o.across(p, change.Stream); ok {
				far.party.tell(graph.Digit{Stream: far.node, Digit: change.Digits[i], Lasted: change.Each})
			}
		})
	}
}

// leftInside is what the agents of the server have left behind.
func (o *Office) leftInside() (left []string) {
	for _, p := range o.parties {
		if o.Server == nil {
			return nil
		}
		a := o.Agent(p.name)
		if a == nil {
			continue
		}
		if load := a.Load().String(); load != "" {
			left = append(left, p.name+" has"+load)
		}
		if free := a.Ports.Free(); free != domain.PortsOfAnAgent {
			left = append(left, fmt.Sprintf("%s has %d of %d ports", p.name, free, domain.PortsOfAnAgent))
		}
		if nodes := p.patch.left(); nodes > 0 {
			left = append(left, fmt.Sprintf("%s has %d nodes of media", p.name, nodes))
		}
	}
	return left
}
