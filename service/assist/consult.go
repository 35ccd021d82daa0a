package assist

import (
	"strings"
	"time"

	"hookflash/b2bua"
	"hookflash/task"
	"hookflash/ua"
)

// toneLength is how long a digit is that is passed on.
const toneLength = 100 * time.Millisecond

// Consult calls a number that a user dials, and has the two talk alone, as long as both want (RFC 5359 §2.5, §2.2): Bob here.
//
//	Alice          bridge          Bob           Carol
//	  |               | "*2", number |              |
//	  |     music     |<=============|              |
//	  |<==============|      INVITE From: Bob F9    |
//	  |               |---------------------------->|
//	  |               |   ringback   |   180 F10    |
//	  |               |=============>|<-------------|
//	  |               |           200 F11           |
//	  |               |<----------------------------|
//	  |               |           ACK F12           |
//	  |               |---------------------------->|
//	  |               |<============>|<============>|
//	  |               |   BYE F13    |              |
//	  |               |<-------------|              |
//	  |               |   200 F14    |              |
//	  |               |------------->|              |
//	  |<=============>|<===========================>|
//
// When Bob hangs up, Alice and Carol talk; he may do so while Carol's phone rings, and is called again should she not answer.
// The same code brings him back to Alice, and Carol is hung up; the code that makes a call of three has all three talk. When
// Carol hangs up, he is back as well; when Alice does, he is told, and talks on with Carol. Who can't be reached is told to him
// by a prompt, and GiveUp ends the wait.
func Consult(t *task.Task, p b2bua.Press) {
	e := begin(t, p)
	defer e.end()
	if e.conversation.Full() {
		e.say("room-full")
		return
	}
	number, ok := e.named()
	if !ok {
		return
	}
	call, err := e.ring(b2bua.Outgoing{
		Target: number, For: e.leg, Room: e.leg.Call.Room, Hears: []*b2bua.Leg{e.leg},
	}) // F9
	switch {
	case err != nil:
		e.sorry(err)
	case e.stays() && len(e.rest()) > 0:
		e.confer(call)
	case e.stays() || len(e.rest()) > 0:
		e.conversation.Add(call)
	default:
		call.HangUp()
	}
}

// confer has the user and a third party talk alone. Whoever is left comes together then.
func (e *errand) confer(with *ua.Call) {
	third := e.conversation.Add(with)
	third.By, e.consulted = e.user, third
	defer third.AsideWith(e.leg)()
	changes := e.conversation.Watch()
	defer e.conversation.Unwatch(changes)
	call := e.leg.Call
	events := call.Watch()
	defer func() { call.Unwatch(events) }()
	three := codeOf(e.exchange, "three-way")
	pressed := keys{codes: []string{e.code, three}}
	for e.stays() && third.Conversation() == e.conversation && third.Call.State != ua.Over {
		if len(e.rest()) == 0 {
			e.say("other-left")
			return
		}
		if call != e.leg.Call { // another phone has taken it over
			call.Unwatch(events)
			call = e.leg.Call
			events = call.Watch()
		}
		var late *task.Timer
		if pressed.held != "" {
			late = e.task.After(b2bua.Between)
		}
		code, digits := "", ""
		switch e.task.First(changes, events, late) {
		case 0:
			changes.Take()
		case 1:
			if event, _ := events.Take(); event.Kind == ua.DigitHeard {
				code, digits = pressed.press(event.Text)
			}
		default:
			digits = pressed.flush()
		}
		if digits != "" {
			third.Call.Dial(digits, toneLength)
		}
		switch code {
		case "":
		case e.code:
			e.conversation.Drop(third)
			third.Call.HangUp()
			return
		default:
			return
		}
	}
}

// codeOf is the code that does something, "" for none.
func codeOf(e *b2bua.Exchange, does string) string {
	for _, c := range e.Settings().Codes {
		if c.Does == does {
			return c.Code
		}
	}
	return ""
}

// keys finds codes among the digits that are pressed.
type keys struct {
	codes []string
	held  string // what may be the beginning of a code
}

// press takes a digit: it gives the code that is whole with it, and the digits that are none.
func (k *keys) press(digit string) (code, rest string) {
	k.held += digit
	for k.held != "" {
		begun := false
		for _, code := range k.codes {
			if code != "" && code == k.held {
				k.held = ""
				return code, rest
			}
			begun = begun || strings.HasPrefix(code, k.held)
		}
		if begun {
			break
		}
		rest += k.held[:1]
		k.held = k.held[1:]
	}
	return "", rest
}

// flush gives up waiting for the rest of a code.
func (k *keys) flush() (rest string) {
	rest, k.held = k.held, ""
	return rest
}
