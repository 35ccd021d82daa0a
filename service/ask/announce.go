package ask

import (
	"errors"
	"fmt"
	"strings"

	"hookflash/b2bua"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// announced has the caller say a name, tells it to whoever answers at the target, and does what that chooses.
//
//	Caller              Agent             Target
//	  |     INVITE F1     |                 |
//	  |------------------>|                 |
//	  |       200 F2      |                 |
//	  |<------------------|                 |
//	  |       ACK F3      |                 |
//	  |------------------>|                 |
//	  | "say your name"   |                 |
//	  |<==================|                 |
//	  |      "Alice"      |                 |
//	  |==================>|    INVITE F4    |
//	  |                   |---------------->|
//	  |      ringback     |      180 F5     |
//	  |<==================|<----------------|
//	  |                   |      200 F6     |
//	  |                   |<----------------|
//	  |                   |      ACK F7     |
//	  |                   |---------------->|
//	  |                   |"a call from …"  |
//	  |                   |================>|
//	  |                   |        1        |
//	  |                   |<================|
//	  |             both way RTP            |
//	  |<===================================>|
func (q *question) announced(t *task.Task) {
	if q.caller.Answer() != nil {
		return
	}
	defer q.forget()
	name, err := q.named(t)
	if err != nil {
		return
	}
	stop := q.caller.Sound(b2bua.Ringback)
	defer stop()
	callee, err := b2bua.Ring(t, b2bua.Connection{Caller: q.caller, Target: q.target, Patience: q.settings.Patience, Quiet: true})
	var choice string
	switch {
	case errors.Is(err, ua.ErrOver):
		return
	case err == nil:
		defer callee.HangUp()
		sources := append(q.voice.Prompts("ask-call-from"), name...)
		choice = q.ask(t, callee, append(sources, q.voice.Prompt("ask-choices")), "1", "2", "3")
	}
	stop()
	switch {
	case q.caller.State == ua.Over:
	case choice == "1":
		b2bua.Talk(t, q.caller, callee)
	case choice == "2":
		callee.HangUp()
		_ = q.caller.Say(t, q.voice.Prompt("screening"))
	default:
		if callee != nil {
			callee.HangUp()
		}
		q.leaveMessage(t, choice, err)
	}
}

// named has the caller say a name, and gives what is played instead of it: the recording, the number of who said
// nothing, or that it is somebody.
func (q *question) named(t *task.Task) (sources []string, err error) {
	if err := q.caller.Say(t, q.voice.Prompt("say-your-name"), "tone:beep"); errors.Is(err, ua.ErrOver) {
		return nil, err
	}
	recorded, err := q.caller.Record(t, ua.Recording{Sink: "file:" + q.file(), Limit: MaxName, Until: "#"})
	switch {
	case errors.Is(err, ua.ErrOver):
		return nil, err
	case err == nil && recorded.Lasted >= briefest:
		return []string{"file:" + q.file()}, nil
	}
	if uri, err := sip.ParseURI(q.caller.Remote.URI); err == nil && q.caller.Privacy == "" {
		if number := sip.Unescape(uri.User); number != "" && strings.Trim(number, "+0123456789") == "" {
			return q.voice.Spell(number), nil
		}
	}
	return q.voice.Prompts("ask-somebody"), nil
}

// file is where the name is, until the call is over.
func (q *question) file() string { return fmt.Sprintf("ask/%d.wav", q.caller.Number) }

// forget deletes the name, by a task of its own: this one may have been stopped.
func (q *question) forget() {
	if q.settings.Remove == nil {
		return
	}
	a, file, remove := q.caller.Agent(), q.file(), q.settings.Remove
	a.Go("forget", func(t *task.Task) { a.Job(t, func() any { return remove(file) }) })
}

// leaveMessage connects the caller with the target's mailbox. Who has none: the caller is told why nobody talks.
func (q *question) leaveMessage(t *task.Task, choice string, failure error) {
	code := 480 // deflected by who answered
	if failure != nil {
		code = codeOf(failure)
	} else if choice == "" {
		code = 408 // nobody pressed a key
	}
	err := b2bua.Connect(t, b2bua.Connection{Caller: q.caller, Target: q.mailbox(code), Quiet: true})
	if err == nil || errors.Is(err, ua.ErrOver) {
		return
	}
	if failure == nil {
		failure = &sip.StatusError{Code: code}
	}
	_ = q.caller.Say(t, q.voice.Prompt(b2bua.Excuse(failure)))
}

// mailbox is the address of the target's (RFC 4458 §5).
func (q *question) mailbox(code int) string {
	uri, _ := sip.ParseURI(q.target)
	cause := "480"
	switch code {
	case 486, 600:
		cause = "486"
	case 408, 487:
		cause = "408"
	}
	return "sip:voicemail@" + q.settings.Domain + ";target=sip:" + strings.ReplaceAll(uri.User, "%", "%25") + "%40" + uri.Host + ";cause=" + cause
}
