package voicemail

import (
	"errors"
	"time"

	"hookflash/store/mailbox"
	"hookflash/task"
	"hookflash/ua"
)

// beepTone is what comes before a recording, for beepLength.
const (
	beepTone   = "tone:1000"
	beepLength = 400 * time.Millisecond
)

// leave takes a message (RFC 5359 §2.8 and §2.9 send callers here):
//
//	Alice                 voicemail
//	  | INVITE F1            |
//	  |--------------------->|
//	  |              200 F2  |
//	  |<---------------------|
//	  | ACK F3               |
//	  |--------------------->|
//	  | greeting, tone       |
//	  |<=====================|
//	  |       the message, # |
//	  |=====================>|
//	  | it is on the disk:   |
//	  | "saved"              |
//	  |<=====================|
//	  |              BYE F4  |
//	  |<---------------------|
//	  | 200 F5               |
//	  |--------------------->|
//
// Who hangs up while the message is recorded has left it all the same.
func (v *visit) leave(cause string) {
	id, ok := v.begin()
	if !ok {
		return
	}
	recorded, whole := v.recording(id, v.greeting)
	if !whole || recorded.length < v.settings.Briefest {
		v.drop(id)
		if whole {
			v.say("message-too-short", "goodbye")
		} else {
			v.say("storage-trouble")
		}
		return
	}
	meta := mailbox.Meta{
		From: v.call.Remote.URI, Name: v.call.Remote.Name, Asserted: v.call.Remote.Asserted, Cause: cause,
		Received: recorded.began, Length: recorded.length,
	}
	if err := act(v.agent, v.t, func() error { return v.settings.Boxes.Keep(v.box, id, meta) }); err != nil {
		v.trouble("keep a message", v.box, err)
		v.say("storage-trouble")
		return
	}
	v.agent.Tell(Left{Box: v.box, ID: id})
	v.Changed(v.box)
	v.mail(v.box, id)
	v.say("message-saved", "goodbye")
}

// begin gets a place for a recording, or tells the caller why there is none.
func (v *visit) begin() (id string, ok bool) {
	box, now := v.box, v.t.Now()
	id, err := job(v.agent, v.t, func() (string, error) { return v.settings.Boxes.Begin(box, now) })
	switch {
	case err == nil:
		return id, true
	case errors.Is(err, mailbox.ErrFull):
		v.say("mailbox-full", "goodbye")
	default:
		v.trouble("begin a recording", v.box, err)
		v.say("storage-trouble")
	}
	return "", false
}

// drop removes a recording, whoever is still there.
func (s *Service) drop(id string) {
	s.agent.Go("drop a recording", func(t *task.Task) {
		if err := act(s.agent, t, func() error { return s.settings.Boxes.Drop(id) }); err != nil {
			s.trouble("drop a recording", "", err)
		}
	})
}

// greeting says what callers hear first. A key goes on to the tone.
func (v *visit) greeting() bool {
	var sources []string
	box := v.box
	name, err := job(v.agent, v.t, func() (string, error) { return v.settings.Boxes.Greeting(box) })
	switch {
	case err == nil:
		sources = []string{"file:" + name}
	default:
		if user := v.user(box); user != nil && user.Routing != nil && len(user.Routing.Numbers) > 0 {
			sources = v.voice.Spell(user.Routing.Numbers[0])
		}
		sources = append(sources, v.voice.Prompt("voicemail-greeting"))
		if !errors.Is(err, mailbox.ErrUnknown) {
			v.trouble("greet a caller", box, err)
		}
	}
	_, err = v.call.Ask(v.t, ua.Prompt{Sources: sources, Interruptible: true, Timeout: ua.Beat})
	return !errors.Is(err, ua.ErrOver)
}

// recorded is what was recorded.
type recorded struct {
	began  time.Time
	length time.Duration
}

// recording says something, gives the tone and records. Of a caller who hangs up before, the length is zero;
// whole is false when it could not be recorded.
func (v *visit) recording(id string, first func() bool) (r recorded, whole bool) {
	r.began = v.t.Now()
	if !first() || !v.beep() {
		return r, true
	}
	r.began = v.t.Now()
	done, err := v.call.Record(v.t, ua.Recording{
		Sink: "file:" + mailbox.Incoming(id), Limit: v.settings.Longest, Until: "#",
	})
	r.length = max(0, done.Lasted-done.Silent)
	if err != nil && !errors.Is(err, ua.ErrOver) {
		v.trouble("record", v.box, err)
		return r, false
	}
	return r, true
}

// beep gives the tone, and tells whether the caller is still there.
func (v *visit) beep() bool {
	stop := v.call.Sound(beepTone)
	defer stop()
	v.t.Sleep(beepLength)
	return v.call.State != ua.Over
}
