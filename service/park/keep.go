package park

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"hookflash/event/dialoginfo"
	"hookflash/task"
	"hookflash/ua"
)

// Kind is what occupied places are kept as, by their names (ua.Agent.Keep).
const Kind = "parked"

// restoredRecall is how long after a restart nobody is called back yet: who is parked may have left meanwhile, and phones
// have yet to connect again.
const restoredRecall = 10 * time.Second

// keepsake is an occupied place as it is kept.
type keepsake struct {
	Call            ua.Saved
	Parker          ua.Party
	Own, Guest      bool `json:",omitempty"`
	Since, RecallAt time.Time
	Tries           int
}

// preserve keeps the place from now on, so that the next process finds it.
func (y *stay) preserve() {
	y.call.Preserve(y.save)
	y.save()
}

// save keeps the place as it is. One that is too large is not kept.
func (y *stay) save() {
	if y.slot.stay != y || y.call == nil {
		return
	}
	call, ok := y.call.Save()
	if !ok {
		return
	}
	value, err := json.Marshal(keepsake{
		Call: call, Parker: y.parker, Own: y.own, Guest: y.guest, Since: y.since, RecallAt: y.recallAt, Tries: y.tries,
	})
	if err == nil {
		_ = y.service.agent.Keep(Kind, y.slot.name, value)
	}
}

// forget keeps the place no more.
func (y *stay) forget() {
	if y.call != nil {
		y.call.Preserve(nil)
	}
	_ = y.service.agent.Keep(Kind, y.slot.name, nil)
}

// restore takes up what the process before has kept: music goes on, and the calls are asked whether they stand.
func (s *Service) restore() {
	type place struct {
		name string
		keepsake
	}
	var places []place
	for name, value := range s.agent.Kept(Kind) {
		p := place{name: name}
		if json.Unmarshal(value, &p.keepsake) != nil {
			_ = s.agent.Keep(Kind, name, nil)
			continue
		}
		places = append(places, p)
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.Since.UnixNano(), b.Since.UnixNano()) })
	for _, p := range places {
		if !s.takeUp(s.placeOf(p.name), p.keepsake) {
			_ = s.agent.Keep(Kind, p.name, nil)
		}
	}
}

// placeOf is a place by its name. One that is no more is there until who is parked has left it.
func (s *Service) placeOf(name string) *slot {
	if p := s.slots[name]; p != nil {
		return p
	}
	l := &lot{Orbit: Orbit{}.withDefaults()}
	if len(s.orbits) > 0 {
		l = s.orbits[0]
	}
	return &slot{name: name, lot: l}
}

// takeUp has a call wait on that did in the process before; false when nothing can be made of what was kept.
func (s *Service) takeUp(p *slot, k keepsake) bool {
	call, err := s.agent.Restore(k.Call)
	if err != nil {
		return false
	}
	y := s.reserve(p, k.Parker)
	y.own, y.guest, y.since, y.tries, y.asked = k.Own, k.Guest, k.Since, k.Tries, true
	if y.guest {
		p.lot.guests++
	}
	y.enter(call)
	y.stand()
	if soonest := s.agent.Now().Add(restoredRecall); k.RecallAt.After(soonest) {
		y.recallAt = k.RecallAt
	} else {
		y.recallAt = soonest
	}
	started := s.agent.Go("park", func(t *task.Task) {
		defer call.HangUp()
		defer y.leave(dialoginfo.RemoteBye)
		y.keep(t)
	})
	if started == nil { // task.MaxTasks
		y.leave(dialoginfo.Error)
		call.HangUp()
	}
	return true
}

// found takes note that the far side of a call that was restored knows it: now the proxy does, too.
func (y *stay) found() {
	y.asked = false
	if y.slot.state != Arriving {
		y.offer(true)
	}
}
