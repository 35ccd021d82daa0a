package assist

import (
	"strings"
	"time"

	"hookflash/b2bua"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// What a user is asked whose call somebody wants to join.
const (
	joinTime  = 20 * time.Second // from the end of the question
	joinPause = time.Minute      // in which nobody is asked again who has let nobody in
	maxKeys   = 16               // that may be pressed wrong
	letIn     = "1"
	refuse    = "2"
)

// Joining is a call of somebody who wants to join the call of a user.
type Joining struct {
	Call *ua.Call
	With string // the user, "" for nobody
	// Number is the caller's, as it is said, "" for none.
	Number string
}

// Join asks a user whether a caller may join their call, and lets the caller in: RFC 5359 §2.11, for telephones that know no
// Join.
//
//	Carol          bridge          Bob           Alice
//	  |  INVITE F1    |              |              |
//	  |-------------->|   question   |              |
//	  |    180 F2     |=============>|    music     |
//	  |<--------------|=============================>
//	  |               |      1       |              |
//	  |    200 F3     |<=============|              |
//	  |<--------------|              |              |
//	  |    ACK F4     |              |              |
//	  |-------------->|              |              |
//	  |      all      |              |              |
//	  |<=============>|<============>|<============>|
//
// Who refuses leads to 603, no key to 480, as does a user who is in no call that goes through the exchange, or has let nobody in
// for joinPause; a user whom nobody knows to 404. Only users of the domain may ask.
func Join(e *b2bua.Exchange, j Joining) {
	caller := j.Call.Remote
	if !caller.Asserted || e.Settings().Local(caller.URI) == "" {
		j.Call.Reject(sip.Answer{Code: 403})
		return
	}
	if j.With == "" {
		j.Call.Reject(sip.Answer{Code: 404})
		return
	}
	leg := joinable(e, j.With)
	if leg == nil || e.Agent().Go("join", func(t *task.Task) { j.ask(t, leg) }) == nil {
		j.Call.Reject(sip.Answer{Code: 480})
	}
}

// joinable is the leg of a user that may be asked, nil for none.
func joinable(e *b2bua.Exchange, user string) *b2bua.Leg {
	for _, l := range e.With(user) {
		if c := l.Conversation(); l.Call.State == ua.Talking && !e.Agent().Now().Before(l.Undisturbed) && !c.Busy() && !c.Full() && len(c.Legs()) > 1 {
			return l
		}
	}
	return nil
}

// ask asks the user, while the caller hears that it rings.
func (j Joining) ask(t *task.Task, leg *b2bua.Leg) {
	c := leg.Conversation()
	if c == nil || c.Busy() || j.Call.State == ua.Over {
		j.Call.Reject(sip.Answer{Code: 480})
		return
	}
	defer c.Keep()()
	j.Call.Ring() // F2
	x := aloneWith(t, leg)
	key := j.answer(x)
	x.back()
	if key != letIn {
		leg.Undisturbed = t.Now().Add(joinPause)
	}
	switch {
	case j.Call.State == ua.Over:
	case key == refuse:
		j.Call.Reject(sip.Answer{Code: 603})
	case key != letIn || leg.Conversation() != c || c.Full():
		j.Call.Reject(sip.Answer{Code: 480})
	default:
		j.Call.Focus = true
		if j.Call.Answer() == nil { // F3
			c.Add(j.Call).By = leg.User
		}
	}
}

// answer is the key that the user presses, "" for none, and for a caller who has left meanwhile.
func (j Joining) answer(x *alone) string {
	events := j.Call.Watch()
	defer j.Call.Unwatch(events)
	var keys task.Queue[string]
	asks := j.Call.Agent().Go("question", func(t *task.Task) {
		pressed, _ := x.leg.Call.Ask(t, ua.Prompt{
			Sources: j.question(x.voice), Timeout: joinTime, Max: maxKeys, Interruptible: true, Whole: func(digits string) bool { return decided(digits) != "" },
		})
		keys.Put(decided(pressed))
	})
	defer asks.Stop()
	for j.Call.State != ua.Over {
		if x.task.First(&keys, asks.Done(), events) < 2 {
			break
		}
		events.Take()
	}
	key, _ := keys.Take()
	return key
}

// decided is the key that says what is wanted, "" while none was pressed.
func decided(digits string) string {
	if strings.HasSuffix(digits, letIn) || strings.HasSuffix(digits, refuse) {
		return digits[len(digits)-1:]
	}
	return ""
}

func (j Joining) question(voice ua.Voice) []string {
	who := voice.Prompts("room-somebody")
	if hides := j.Call.Privacy != "" && j.Call.Privacy != "none"; j.Number != "" && !hides { // RFC 3323
		who = voice.Spell(j.Number)
	}
	return append(who, voice.Prompt("join-wanted"))
}
