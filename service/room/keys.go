package room

import (
	"errors"
	"slices"

	"hookflash/task"
	"hookflash/ua"
)

// keys are those that a participant presses: a star, and then what is wanted.
type keys struct {
	*participant
	star bool
}

// Key is what participants press.
type Key struct {
	Key        string
	Does       string // for people
	Moderators bool   // refused to others
}

// Keys are all there are.
var Keys = []Key{
	{"*1", "mute yourself, or be heard again", false},
	{"*2", "lock the room, or open it", true},
	{"*3", "how many are here", false},
	{"*4", "record, or end that", true},
	{"*5", "remove who came last", true},
	{"*6", "call somebody: the number, then hash", false},
	{"*7", "mute everybody but moderators, or let them be heard", true},
	{"*8", "end the meeting for all", true},
	{"*0", "pause the recording, as for card numbers, or go on", true},
	{"*9", "help", false},
}

func (k *keys) pressed(t *task.Task, digit string) {
	if digit == "*" || !k.star {
		k.star = digit == "*"
		return
	}
	k.star = false
	at := slices.IndexFunc(Keys, func(known Key) bool { return known.Key == "*"+digit })
	switch {
	case at < 0:
	case Keys[at].Moderators && k.role != Moderator:
		k.says(t, "code-refused")
	default:
		k.does(t, digit)
	}
}

func (p *participant) does(t *task.Task, digit string) {
	switch digit {
	case "1":
		p.keyMute(t)
	case "2":
		p.keyLock(t)
	case "3":
		p.keyCount(t)
	case "4":
		p.keyRecord(t)
	case "5":
		p.keyRemove(t)
	case "6":
		p.keyDial(t)
	case "7":
		p.keySilence(t)
	case "8":
		p.room.finish()
	case "0":
		if p.room.pause(p.room.recorder != nil && !p.room.recorder.paused) != 0 {
			p.says(t, "code-refused")
		}
	case "9":
		p.keyHelp(t)
	}
}

func (p *participant) says(t *task.Task, names ...string) {
	p.whisper(t, p.voice().Prompts(names...)...)
}

func (p *participant) keyMute(t *task.Task) {
	if p.stopped {
		p.says(t, "code-refused")
		return
	}
	p.mute(!p.muted)
	p.says(t, choose(p.muted, "room-muted", "room-unmuted"))
}

func (p *participant) keyLock(t *task.Task) {
	p.room.lock(!p.room.locked)
	p.says(t, choose(p.room.locked, "room-lock", "room-unlock"))
}

func (p *participant) keyCount(t *task.Task) {
	count := 0
	for _, other := range p.room.present {
		if other.talks() {
			count++
		}
	}
	p.whisper(t, append(p.voice().Count(count), p.voice().Prompt("room-count"))...)
}

func (p *participant) keyRecord(t *task.Task) {
	on := p.room.recorder == nil
	if p.room.record(on) != 0 {
		p.says(t, "code-refused")
	}
}

func (p *participant) keyRemove(t *task.Task) {
	for _, last := range slices.Backward(p.room.present) {
		if last != p && last.role != Moderator && last.gone == "" {
			last.remove("booted")
			p.says(t, "code-done")
			return
		}
	}
	p.says(t, "code-refused")
}

func (p *participant) keyDial(t *task.Task) {
	m := p.room
	if p.role != Moderator && !m.MembersInvite || p.waits != nil {
		p.says(t, "code-refused")
		return
	}
	var number string
	var err error
	p.alone(func() {
		number, err = p.call.Ask(t, ua.Prompt{Sources: p.voice().Prompts("enter-number"), Interruptible: true, Until: "#", Max: maxDigits})
	})
	if errors.Is(err, ua.ErrOver) || !p.talks() {
		return
	}
	code := 404
	if target, ok := m.service.target(number); err == nil && ok {
		_, code = m.dial(dialing{target: target, payer: p.user, by: p.entity, role: Member})
	}
	if code != 0 {
		p.says(t, "code-refused")
	}
}

func (p *participant) keySilence(t *task.Task) {
	silence := slices.ContainsFunc(p.room.present, func(other *participant) bool { return other.role != Moderator && !other.stopped })
	for _, other := range p.room.present {
		if other.role != Moderator {
			other.stop(silence)
		}
	}
	p.says(t, "code-done")
}

func (p *participant) keyHelp(t *task.Task) {
	help := []string{"room-help"}
	if p.role == Moderator {
		help = append(help, "room-help-moderator")
	}
	p.says(t, help...)
}

func choose(yes bool, one, other string) string {
	if yes {
		return one
	}
	return other
}

// mute keeps a participant from being heard, by their own wish.
func (p *participant) mute(muted bool) {
	p.muted = muted
	p.changed()
}

// stop does so by that of a moderator.
func (p *participant) stop(stopped bool) {
	p.stopped = stopped
	p.changed()
}

func (p *participant) changed() {
	if p.call != nil {
		p.hush()
	}
	p.room.show(p)
	p.room.service.told(Change{Kind: "changed", Room: p.room.id(), Participant: p.number, Who: p.entity})
}

// lock lets nobody in any more but moderators.
func (m *meeting) lock(locked bool) {
	if m.locked == locked {
		return
	}
	m.locked = locked
	_ = m.keep() // else it stands as before after a restart
	m.stand()
	m.service.told(Change{Kind: choose(locked, "locked", "unlocked"), Room: m.id()})
}

// finish ends the meeting for all: a room that was made by a call ends with it.
func (m *meeting) finish() {
	if m.origin == adHoc {
		m.service.end(m)
		return
	}
	for _, p := range slices.Clone(m.present) {
		p.remove("booted")
	}
}
