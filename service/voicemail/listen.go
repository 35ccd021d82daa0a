package voicemail

import (
	"errors"
	"strings"

	"hookflash/directory"
	"hookflash/sip"
	"hookflash/store/mailbox"
	"hookflash/ua"
)

const (
	// MaxKeys is how many keys a listener presses in one call.
	MaxKeys = 1000
	// askAgain is how often a menu is said before the call ends.
	askAgain = 3
)

// listen plays the messages, new ones first, and does what the keys say.
func (v *visit) listen() {
	list := v.messages()
	if !v.play(v.counts(list)...) {
		return
	}
	at := 0
	for range MaxKeys {
		key, ok := "", false
		if at < len(list) {
			key, ok = v.message(at+1, list[at])
		} else {
			key, ok = v.end()
		}
		switch {
		case !ok:
			return
		case key == "#":
			v.say("goodbye")
			return
		case key == "5" || key == "6":
			if !v.other(key) {
				return
			}
		case key == "*":
			at = max(0, at-1)
		case key == "1" && at >= len(list):
			list, at = v.messages(), 0
		case key == "2":
			at++
		}
	}
}

// end is behind the last message: from the first again, back, or the other things.
func (v *visit) end() (key string, ok bool) {
	for range askAgain {
		switch key, ok = v.menu("end-of-messages"); {
		case !ok:
			return "", false
		case key == "2":
			return "#", true
		case key != "" && strings.Contains("156*#", key):
			return key, true
		}
	}
	return "#", true
}

// messages are the new ones, then the old ones, each oldest first.
func (v *visit) messages() []mailbox.Message {
	all := v.settings.Boxes.List(v.box)
	list := make([]mailbox.Message, 0, len(all))
	for _, heard := range []bool{false, true} {
		for _, message := range all {
			if message.Heard == heard {
				list = append(list, message)
			}
		}
	}
	return list
}

// counts says how many there are.
func (v *visit) counts(list []mailbox.Message) []string {
	var fresh, old int
	for _, message := range list {
		if message.Heard {
			old++
		} else {
			fresh++
		}
	}
	if fresh+old == 0 {
		return v.voice.Prompts("no-messages")
	}
	sources := v.voice.Prompts("you-have")
	if fresh > 0 {
		sources = append(append(sources, v.voice.Count(fresh)...), v.voice.Prompt(plural("new-message", fresh)))
	}
	if fresh > 0 && old > 0 {
		sources = append(sources, v.voice.Prompt("and"))
	}
	if old > 0 {
		sources = append(append(sources, v.voice.Count(old)...), v.voice.Prompt(plural("old-message", old)))
	}
	return sources
}

func plural(name string, n int) string {
	if n == 1 {
		return name
	}
	return name + "s"
}

// menu says something and waits for a key, "" when none is pressed; ok is false when the caller is gone.
func (v *visit) menu(prompt string) (key string, ok bool) {
	key, err := v.ask(ua.Prompt{Sources: v.voice.Prompts(prompt), Interruptible: true})
	return key, !errors.Is(err, ua.ErrOver)
}

// other does what a key does that is about no message.
func (v *visit) other(key string) bool {
	if key == "5" {
		return v.recordGreeting()
	}
	return v.changePIN()
}

// message plays one, and gives the key that says what comes next; 3 and 4 are done already.
func (v *visit) message(number int, m mailbox.Message) (key string, ok bool) {
	box := v.box
	name, err := job(v.agent, v.t, func() (string, error) { return v.settings.Boxes.Source(box, m.ID) })
	if errors.Is(err, mailbox.ErrUnknown) {
		return "2", true // it was deleted elsewhere
	}
	if err != nil {
		v.trouble("play a message", box, err)
		return "2", v.say("storage-trouble")
	}
	sources := append(v.voice.Prompts("message"), v.voice.Count(number)...)
	sources = append(append(sources, v.from(m)...), "file:"+name)
	key, err = v.ask(ua.Prompt{Sources: sources, Interruptible: true, Timeout: ua.Beat})
	if errors.Is(err, ua.ErrOver) {
		return "", false // it stays new
	}
	if !m.Heard {
		v.mark(m.ID, true)
	}
	for range askAgain {
		switch key {
		case "3":
			return "2", v.delete(m.ID)
		case "4":
			v.mark(m.ID, false)
			return "2", v.say("message-kept")
		case "1", "2", "5", "6", "*", "#":
			return key, true
		}
		if key, ok = v.menu("message-menu"); !ok {
			return "", false
		}
	}
	return "#", true
}

// from says who left a message: a number, where there is one.
func (v *visit) from(m mailbox.Message) []string {
	uri, err := sip.ParseURI(m.From)
	if err != nil {
		return nil
	}
	number := directory.Digits(sip.Unescape(uri.User))
	if name := v.local(m.From); number == "" && name != "" && m.Asserted {
		if user := v.settings.Users.User(name); user != nil && user.Routing != nil && len(user.Routing.Numbers) > 0 {
			number = user.Routing.Numbers[0]
		}
	}
	if number == "" {
		return nil
	}
	return append(v.voice.Prompts("message-from"), v.voice.Spell(number)...)
}

func (v *visit) mark(id string, heard bool) {
	box := v.box
	err := act(v.agent, v.t, func() error { return v.settings.Boxes.Mark(box, id, heard) })
	if err != nil && !errors.Is(err, mailbox.ErrUnknown) {
		v.trouble("mark a message", box, err)
	}
	v.Changed(box)
}

func (v *visit) delete(id string) bool {
	box := v.box
	err := act(v.agent, v.t, func() error { return v.settings.Boxes.Delete(box, id) })
	if err != nil && !errors.Is(err, mailbox.ErrUnknown) {
		v.trouble("delete a message", box, err)
		return v.say("storage-trouble")
	}
	v.Changed(box)
	return v.say("message-deleted")
}

// recordGreeting records what callers hear. One that is too short goes back to what the server says.
func (v *visit) recordGreeting() bool {
	id, ok := v.begin()
	if !ok {
		return v.call.State != ua.Over
	}
	recorded, whole := v.recording(id, func() bool { return v.say("greeting-record") })
	box := v.box
	if !whole || v.call.State == ua.Over || recorded.length < v.settings.Briefest {
		v.drop(id)
		if v.call.State == ua.Over {
			return false
		}
		if !whole {
			return v.say("storage-trouble")
		}
		if err := act(v.agent, v.t, func() error { return v.settings.Boxes.DropGreeting(box) }); err != nil {
			v.trouble("remove a greeting", box, err)
			return v.say("storage-trouble")
		}
		return v.say("greeting-removed")
	}
	meta := mailbox.Meta{Received: recorded.began, Length: recorded.length}
	if err := act(v.agent, v.t, func() error { return v.settings.Boxes.KeepGreeting(box, id, meta) }); err != nil {
		v.trouble("keep a greeting", box, err)
		return v.say("storage-trouble")
	}
	return v.say("greeting-saved")
}
