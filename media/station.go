package media

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hookflash/media/music"
)

// DefaultMusic is what is played where another music can't be. It is always there.
const DefaultMusic = "default"

// frames of 20 ms are what a programme is made of.
const frameSize = wideRate / 50

// station is the one running stream of a music: whoever listens hears the same at the same time.
type station struct {
	name    string
	playing atomic.Pointer[programme] // nil: nothing was decoded yet
	asked   atomic.Bool               // it was asked for, or is there
}

// programme is what a station plays, in a circle. It doesn't change: another one takes its place.
type programme struct {
	pieces [][]int16 // whole frames at 16 kHz
	ends   []int64   // frames from the beginning to the end of each
	origin int64     // a tick in which it begins
}

// at is the frame of a tick.
func (p *programme) at(tick int64) []int16 {
	whole := p.ends[len(p.ends)-1]
	frame := ((tick-p.origin)%whole + whole) % whole
	piece := 0
	for p.ends[piece] <= frame {
		piece++
	}
	if piece > 0 {
		frame -= p.ends[piece-1]
	}
	return p.pieces[piece][frame*frameSize:][:frameSize]
}

// with is the programme and a piece behind it. Who listens hears on where the programme is, if it has begun.
func (p *programme) with(samples []int16, tick int64) *programme {
	next := &programme{origin: tick}
	whole := int64(0)
	if p != nil {
		whole = p.ends[len(p.ends)-1]
		next.origin = tick - ((tick-p.origin)%whole+whole)%whole
		next.pieces, next.ends = slices.Clone(p.pieces), slices.Clone(p.ends)
	}
	next.pieces = append(next.pieces, samples)
	next.ends = append(next.ends, whole+int64(len(samples)/frameSize))
	return next
}

// broadcast is all stations, and what was decoded for them.
type broadcast struct {
	engine *Engine
	work   *disk // decodes: prompts don't wait for it
	closed context.Context
	close  func() // ends the decoding

	mutex    sync.Mutex
	library  *music.Library      // guarded by mutex, as what follows
	stations map[string]*station // of the names that the library has
	kept     map[music.Piece][]int16
	total    int // samples of these
}

func newBroadcast(e *Engine, library *music.Library) *broadcast {
	b := &broadcast{engine: e, work: newDisk(), stations: map[string]*station{}, kept: map[music.Piece][]int16{}}
	ended, end := context.WithCancel(context.Background())
	b.closed, b.close = ended, func() { end(); b.work.stop() }
	if library == nil {
		library, _ = music.Open(music.Settings{})
	}
	b.set(library)
	return b
}

// SetMusic changes what "music:NAME" names. Who listens to a name that is still there hears what it is now; who
// listens to one that is gone hears it to the end of the call.
func (e *Engine) SetMusic(library *music.Library) { e.music.set(library) }

// HasMusic tells whether "music:NAME" can be played.
func (e *Engine) HasMusic(name string) bool { return e.music.find(name) != nil }

// set takes a library. What was decoded and is as it was is kept.
func (b *broadcast) set(library *music.Library) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	changed := b.library
	b.library = library
	stations := map[string]*station{}
	stays := map[music.Piece]bool{}
	for _, name := range library.Names() {
		pieces := library.Pieces(name)
		for _, piece := range pieces {
			stays[piece] = true
		}
		at := b.stations[name]
		if at == nil {
			at = &station{name: name}
		} else if !slices.Equal(changed.Pieces(name), pieces) && at.asked.Load() {
			b.fill(at)
		}
		if stations[name] = at; !pieces[0].Own() {
			b.ask(at)
		}
	}
	b.stations = stations
	for piece, samples := range b.kept {
		if !stays[piece] {
			b.total -= len(samples)
			delete(b.kept, piece)
		}
	}
}

// find is the station of a name; nil: nobody has it.
func (b *broadcast) find(name string) *station {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.stations[strings.ToLower(name)]
}

// ask has a station begin, if nobody has.
func (b *broadcast) ask(s *station) {
	if s.asked.CompareAndSwap(false, true) {
		b.fill(s)
	}
}

// fill decodes what a station plays, piece by piece: it begins with the first.
func (b *broadcast) fill(s *station) {
	b.work.do(func() {
		b.mutex.Lock()
		pieces := b.library.Pieces(s.name)
		b.mutex.Unlock()
		var playing *programme
		add := func(piece music.Piece) {
			samples, err := b.load(piece)
			if err != nil {
				b.engine.warn(fmt.Errorf("music %s: %w", s.name, err))
				return
			}
			playing = playing.with(samples, b.engine.tick())
			s.playing.Store(playing)
		}
		for _, piece := range pieces {
			add(piece)
		}
		if playing == nil && s.name != DefaultMusic && len(pieces) > 0 {
			standIn, _ := music.Open(music.Settings{})
			add(standIn.Pieces(DefaultMusic)[0])
		}
	})
}

// load is the sound of a piece in whole frames. It runs in the work's goroutine.
func (b *broadcast) load(piece music.Piece) ([]int16, error) {
	b.mutex.Lock()
	kept, total := b.kept[piece], b.total
	b.mutex.Unlock()
	if kept != nil {
		return kept, nil
	}
	samples, err := piece.Load(b.closed)
	if err != nil {
		return nil, err
	}
	if total+len(samples) > int(music.MaxKept*wideRate/time.Second) {
		return nil, fmt.Errorf("%s: %w: all music together is longer than %v", piece, ErrLimit, music.MaxKept)
	}
	rest := (frameSize - len(samples)%frameSize) % frameSize
	samples = slices.Clip(append(slices.Clip(samples), make([]int16, rest)...))
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.kept[piece] = samples
	b.total += len(samples)
	return samples, nil
}

// tick is the one that is now.
func (e *Engine) tick() int64 { return int64(time.Since(e.began) / Tick) }

func (e *Engine) warn(err error) {
	if e.settings.Warn != nil && !errors.Is(err, context.Canceled) {
		e.settings.Warn(err)
	}
}
