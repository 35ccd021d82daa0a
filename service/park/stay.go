package park

import (
	"errors"
	"time"

	"hookflash/event/dialoginfo"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// stay is a call's time at a place, from when it is on its way until it is taken. It belongs to the task that keeps it;
// others change it only by the moves of its place, which they put into orders.
type stay struct {
	service *Service
	slot    *slot
	number  uint64
	call    *ua.Call // nil while it is on its way by a REFER
	parker  ua.Party // who is called when nobody takes it; no URI: nobody
	own     bool     // the call is the parker's, perhaps on behalf of somebody who is to come in its place
	guest   bool     // nobody vouches for who is parked
	asked   bool     // the call was restored, and has yet to say that it stands
	since   time.Time
	ending  dialoginfo.Event

	// orders tell the task that something has changed: with a call, that it is to be joined with the one that waits.
	orders task.Queue[*ua.Call]
	coming bool   // another call is about to come in the place of this one
	to     string // user who takes it, while it is leaving
	taking bool   // by a call that is in orders
	plain  bool   // the phone has refused a Replaces

	leaveBy, recallAt, sayAt time.Time
	tries                    int // of calling the parker
}

// stand is the moment when the call is there, and can be taken.
func (y *stay) stand() {
	y.slot.step(stand)
	now, l := y.service.agent.Now(), y.slot.lot
	y.recallAt, y.sayAt = now.Add(l.Timeout), now.Add(l.Every)
	y.offer(true)
	y.show()
	y.preserve()
}

// enter makes a call the one of the stay.
func (y *stay) enter(c *ua.Call) {
	if y.call != nil {
		y.call.Preserve(nil)
		delete(y.service.stays, y.call)
	}
	y.call = c
	y.service.stays[c] = y
}

// leave makes the place free again. The call goes on: whoever has it now hangs it up.
func (y *stay) leave(why dialoginfo.Event) {
	if y.slot.stay != y {
		return
	}
	y.forget()
	if y.call != nil {
		y.offer(false)
		delete(y.service.stays, y.call)
	}
	if y.guest {
		y.slot.lot.guests--
	}
	y.slot.step(quit)
	y.ending = why
	y.show()
	for taker, some := y.orders.Take(); some; taker, some = y.orders.Take() {
		if taker != nil { // who came too late
			y.service.excuse(taker, "park-empty", 480)
		}
	}
}

// keep is what happens to a call from when it is there until it is not.
func (y *stay) keep(t *task.Task) {
	for {
		call := y.call
		if y.wait(t, call) {
			return
		}
		for y.coming {
			t.First(&y.orders)
			y.orders.Take()
		}
		if y.call.State == ua.Over {
			y.leave(dialoginfo.RemoteBye)
			return
		}
		if y.call == call {
			return // the place is somebody else's business now
		}
	}
}

// wait is what happens to one call of the stay, until it is over, replaced, or somebody else's (true).
func (y *stay) wait(t *task.Task, call *ua.Call) (gone bool) {
	events := call.Watch()
	defer call.Unwatch(events)
	if y.own && y.slot.state == Arriving {
		y.announce(t, call)
		if call.State == ua.Over || y.call != call {
			return false
		}
		if !y.coming {
			y.stand()
		}
	}
	stop := call.Sound(y.music())
	defer func() { stop() }()
	for call.State != ua.Over && y.call == call {
		switch t.First(events, &y.orders, t.After(max(0, y.due().Sub(t.Now())))) {
		case 0:
			if e, _ := events.Take(); e.Kind == ua.Found {
				y.found()
			}
		case 1:
			taker, _ := y.orders.Take()
			if taker != nil && y.hand(t, events, taker) {
				return true
			}
			if y.slot.state == Arriving && !y.coming { // who was to come in its place has left
				y.stand()
			}
		case 2:
			if y.expired() {
				stop()
				y.dismiss(t)
				return true
			}
			if y.patience() {
				stop()
				_ = call.Say(t, y.voice().Prompt("please-wait")) // what can't be played is passed over
				stop = call.Sound(y.music())
			} else if y.late(t, events) {
				return true
			}
		}
	}
	return false
}

func (y *stay) music() string { return "music:" + y.slot.lot.Music }

func (y *stay) voice() ua.Voice { return y.service.voice(y.parker) }

// voice is the language of a user.
func (s *Service) voice(p ua.Party) ua.Voice {
	if user := s.settings.Users.User(s.local(p.URI)); user != nil && user.Routing != nil && user.Routing.Language != "" {
		return ua.Voice(user.Routing.Language)
	}
	return ua.Voice(s.settings.Language)
}

// How often the place is said to who parks by calling, and how long after each the next begins.
const (
	announcements = 2
	announcePause = time.Second
)

// announce says to who called where they are.
func (y *stay) announce(t *task.Task, call *ua.Call) {
	voice := y.voice()
	said := append([]string{voice.Prompt("park-place")}, voice.Spell(y.slot.lot.dialled(y.slot.name))...)
	for range announcements {
		_ = call.Say(t, said...)
		if call.State == ua.Over || y.coming {
			return
		}
		t.Sleep(announcePause)
	}
}

// due is when the stay is to be looked at, whatever happens.
func (y *stay) due() time.Time {
	switch end := y.since.Add(MaxStay); {
	case y.slot.state == Leaving && !y.taking:
		return y.leaveBy
	case y.slot.state != Parked: // it is told when that is over
		return y.service.agent.Now().Add(MaxStay)
	case y.slot.lot.Every > 0 && y.sayAt.Before(y.recallAt) && y.sayAt.Before(end):
		return y.sayAt
	case y.recallAt.Before(end):
		return y.recallAt
	default:
		return end
	}
}

// patience tells whether it is time to ask for it.
func (y *stay) patience() bool {
	now := y.service.agent.Now()
	if y.slot.state != Parked || y.slot.lot.Every <= 0 || now.Before(y.sayAt) {
		return false
	}
	y.sayAt = now.Add(y.slot.lot.Every)
	return true
}

// expired tells whether the call has waited for too long.
func (y *stay) expired() bool {
	return y.slot.state == Parked && !y.service.agent.Now().Before(y.since.Add(MaxStay))
}

// dismiss says goodbye to a call that nobody wants.
func (y *stay) dismiss(t *task.Task) {
	call := y.call
	y.leave(dialoginfo.LocalBye)
	_ = call.Say(t, y.voice().Prompt("goodbye")) // what can't be played is passed over
	call.HangUp()
}

// late does what is due; true when the stay is over by that.
func (y *stay) late(t *task.Task, events *task.Queue[ua.Event]) (gone bool) {
	switch {
	case y.slot.state == Leaving && !y.taking:
		y.back()
	case y.slot.state == Parked:
		return y.recall(t, events)
	}
	return false
}

// back takes note that what was begun came to nothing.
func (y *stay) back() {
	y.slot.step(back)
	y.to, y.taking = "", false
	y.show()
}

// codeOf is the response that an error tells of.
func codeOf(err error) int {
	var status *sip.StatusError
	if errors.As(err, &status) && status.Code >= 300 {
		return status.Code
	}
	return 500
}
