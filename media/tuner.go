package media

import (
	"hookflash/media/mix"
	"hookflash/media/resample"
)

// tuner is a station as one worker hears it: at both rates, and encoded, once in a tick for all who listen.
// It belongs to the worker.
type tuner struct {
	station *station
	tick    int64 // of what follows
	wide    []int16
	narrow  [mix.Narrow]int16
	halved  int64 // the tick that narrow is of
	down    *resample.Resampler
	shared  shared
}

// tune is the worker's tuner of a station.
func (w *worker) tune(s *station) *tuner {
	if t := w.tuners[s]; t != nil {
		return t
	}
	for other, t := range w.tuners {
		if w.now.tick-t.tick > unheard {
			delete(w.tuners, other)
		}
	}
	t := &tuner{station: s, tick: -1, halved: -2}
	t.down, _ = resample.New(wideRate, narrowRate)
	w.tuners[s] = t
	return t
}

// unheard is after how many ticks a tuner that nobody listens to may go.
const unheard = 3000

// frame is what the station plays in a tick, at a rate; nil: nothing yet.
func (t *tuner) frame(tick int64, wide bool) []int16 {
	if t.tick != tick {
		t.tick, t.wide = tick, nil
		if playing := t.station.playing.Load(); playing != nil {
			t.wide = playing.at(tick)
		}
	}
	if t.wide == nil || wide {
		return t.wide
	}
	if t.halved != tick {
		if t.halved != tick-1 { // it hears what was before, so that all workers make the same of it
			t.down.Reset()
			if playing := t.station.playing.Load(); playing != nil {
				t.down.Resample(t.narrow[:], playing.at(tick-1))
			}
		}
		t.halved = tick
		n := t.down.Resample(t.narrow[:], t.wide)
		clear(t.narrow[n:])
	}
	return t.narrow[:]
}

// plays tells whether a frame is the tuner's own, with nothing mixed to it.
func (t *tuner) plays(frame []int16) bool {
	return len(frame) > 0 && (&frame[0] == &t.narrow[0] || len(t.wide) > 0 && &frame[0] == &t.wide[0])
}
