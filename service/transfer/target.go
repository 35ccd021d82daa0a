package transfer

import (
	"hookflash/task"
	"hookflash/ua"
)

// Target takes a call that replaces another one, as Carol does in RFC 5359 §2.5 (F19 to F23) and
// Alice in §2.6 (F7 to F11): it answers, and hangs up the old call when the new one stands. When it
// can't answer, the old call stays. A call of ours that still rings is given up as soon as it answers, as Alice does
// in §2.16 (F8, F9): whoever answers that later must not get in between.
func Target(call, old *ua.Call) {
	a := call.Agent()
	attended := a.Attended() == old
	events := call.Watch()
	call.Held, call.Focus = old.Held, old.Focus
	call.Enter(old.Room)
	if err := call.Answer(); err != nil { // F20, F8
		call.Unwatch(events)
		return
	}
	old.Successor = call
	if attended || a.Attended() == nil && old.State != ua.Talking {
		a.Attend(call)
	}
	if old.State != ua.Talking {
		call.Tell(ua.Event{Kind: ua.Replaced, Other: old.Number})
		old.HangUp() // §2.16, F9
		call.Unwatch(events)
		return
	}
	a.Go("target", func(t *task.Task) {
		defer call.Unwatch(events)
		for {
			t.First(events)
			switch e, _ := events.Take(); e.Kind {
			case ua.Acknowledged: // F21, F9
				call.Tell(ua.Event{Kind: ua.Replaced, Other: old.Number})
				old.HangUp() // F22, F10
				return
			case ua.Ended:
				if attended && a.Attended() == nil && old.State == ua.Talking {
					a.Attend(old)
				}
				return
			default: // nothing changes
			}
		}
	})
}
