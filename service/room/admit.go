package room

import (
	"errors"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// called takes an INVITE: to the factory, to a room, or to the number that asks for one.
func (s *Service) called(c *ua.Call) {
	a, code := s.address(c.Target)
	switch {
	case code != 0:
		c.Reject(sip.Answer{Code: code})
	case a.ask:
		s.receive(c, func(t *task.Task) { s.ask(t, c) })
	case a.room == "":
		s.factory(c)
	default:
		s.dialIn(c, a.room)
	}
}

// dialIn lets who calls a room in, if they may come.
//
//	alice    conference    bob      carol
//	  |           |         |         |
//	  | INVITE F1 |         |         |
//	  |---------->|         |         |
//	  | 200 OK F2 |         |         |
//	  |<----------|         |         |
//	  |   ACK F3  |         |         |
//	  |---------->|         |         |
func (s *Service) dialIn(c *ua.Call, name string) {
	user := s.user(c.Remote)
	m := s.rooms[name]
	if m == nil {
		m = s.makeByCall(name, user)
	}
	if m == nil {
		c.Reject(sip.Answer{Code: 404})
		return
	}
	role, pin, code := m.admission(user)
	switch {
	case code == 480:
		s.excuse(c, m, "room-locked", code)
	case code == 486:
		s.excuse(c, m, "room-full", code)
	case code != 0:
		c.Reject(sip.Answer{Code: code})
	case pin:
		s.receive(c, func(t *task.Task) { s.askPIN(t, visit{call: c, user: user, room: m, name: name}) })
	default:
		m.let(c, role, nil)
	}
}

// admission is what a user ("": nobody of the domain) may do about a room: come in with a role, or after a PIN; code refuses.
func (m *meeting) admission(user string) (role Role, pin bool, code int) {
	role = m.right(user)
	switch {
	case role == "" && m.PIN == "" && m.ModeratorPIN == "":
		return "", false, 403
	case m.locked && role != Moderator && m.ModeratorPIN == "":
		return "", false, 480
	case len(m.present) >= m.limit():
		return "", false, 486
	case m.locked && role != Moderator:
		return "", true, 0 // a moderator may call from anywhere
	}
	return role, role == "", 0
}

// receive answers a call that is asked something first. At most MaxAsking are at a time.
func (s *Service) receive(c *ua.Call, attend func(t *task.Task)) {
	if s.asking >= MaxAsking {
		c.Reject(sip.Answer{Code: 486})
		return
	}
	s.asking++
	started := s.agent.Go("ask", func(t *task.Task) {
		defer func() { s.asking-- }()
		if c.Answer() != nil {
			return
		}
		attend(t)
		if s.calls[c] == nil {
			c.HangUp()
		}
	})
	if started == nil { // task.MaxTasks
		s.asking--
		c.Reject(sip.Answer{Code: 486})
	}
}

// visit is a caller who is not in a room yet.
type visit struct {
	call *ua.Call
	user string
	room *meeting // nil: there is none of the name
	name string
	pins int // tried in the call
}

func (v *visit) voice(s *Service) ua.Voice {
	if v.room != nil {
		return v.room.voice()
	}
	return ua.Voice(s.settings.Language)
}

// ask asks for the number of a room. That there is none, and how one stands, is found out no earlier than that the PIN is wrong.
func (s *Service) ask(t *task.Task, c *ua.Call) {
	v := visit{call: c, user: s.user(c.Remote)}
	number, err := c.Ask(t, ua.Prompt{Sources: v.voice(s).Prompts("enter-room"), Interruptible: true, Until: "#", Max: maxDigits})
	if err != nil {
		_ = c.Say(t, v.voice(s).Prompt("goodbye"))
		return
	}
	v.name = number
	if v.room = s.rooms[number]; v.room == nil {
		v.room = s.makeByCall(number, v.user)
	}
	if v.room != nil && v.room.right(v.user) != "" {
		role, pin, code := v.room.admission(v.user)
		switch {
		case code == 480:
			_ = c.Say(t, v.voice(s).Prompt("room-locked"))
			return
		case code == 486:
			_ = c.Say(t, v.voice(s).Prompt("room-full"))
			return
		case code == 0 && !pin:
			v.room.let(c, role, nil)
			return
		}
	}
	s.askPIN(t, v)
}

// askPIN asks for a PIN, at most TriesPerCall times, and lets in who knows it.
func (s *Service) askPIN(t *task.Task, v visit) {
	d := s.tries.door(v)
	for v.pins < TriesPerCall && s.tries.left(d, t.Now()) {
		v.pins++
		// Keys that were pressed before the question count for nothing.
		typed, err := v.call.Ask(t, ua.Prompt{Sources: v.voice(s).Prompts("enter-pin"), Interruptible: true, Until: "#", Max: maxDigits})
		if errors.Is(err, ua.ErrOver) {
			return
		}
		if err != nil {
			continue
		}
		at := t.Now()
		if !s.tries.take(d, at) {
			break // others were faster
		}
		role := s.checked(t, v.room, typed)
		if role != "" {
			s.tries.giveBack(d, at)
			s.admitted(t, v, role)
			return
		}
		if v.call.Say(t, v.voice(s).Prompt("wrong-pin")) != nil && v.call.State == ua.Over {
			return
		}
	}
	_ = v.call.Say(t, v.voice(s).Prompt("too-many-tries"))
}

// admitted lets in who knew a PIN, unless the room is no longer what it was.
func (s *Service) admitted(t *task.Task, v visit, role Role) {
	m := v.room
	excuse := ""
	switch {
	case v.call.State == ua.Over:
		return
	case m.over:
		excuse = "goodbye"
	case len(m.present) >= m.limit():
		excuse = "room-full"
	case m.locked && role != Moderator:
		excuse = "room-locked"
	}
	if excuse != "" {
		_ = v.call.Say(t, v.voice(s).Prompt(excuse))
		return
	}
	m.let(v.call, role, nil)
}

// decoy is the hash that nobody's PIN has: what a room costs to guess at that is not there, or has no such PIN.
const decoy = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// checked is the role that a PIN gives, "" for none. It takes as long for every room.
func (s *Service) checked(t *task.Task, m *meeting, typed string) Role {
	check := s.settings.CheckPIN
	if check == nil || typed == "" {
		return ""
	}
	member, moderator := decoy, decoy
	if m != nil && m.PIN != "" {
		member = m.PIN
	}
	if m != nil && m.ModeratorPIN != "" {
		moderator = m.ModeratorPIN
	}
	result, ok := s.agent.Job(t, func() any {
		asModerator, asMember := check(moderator, typed), check(member, typed)
		switch {
		case asModerator:
			return Moderator
		case asMember:
			return Member
		}
		return Role("")
	})
	role, _ := result.(Role)
	if !ok || m == nil || role == Moderator && m.ModeratorPIN == "" || role == Member && m.PIN == "" {
		return ""
	}
	return role
}

// excuse refuses a call, and says why before that.
func (s *Service) excuse(c *ua.Call, m *meeting, prompt string, code int) {
	if s.asking >= MaxAsking {
		c.Reject(sip.Answer{Code: code})
		return
	}
	s.asking++
	started := s.agent.Go("excuse", func(t *task.Task) {
		defer func() { s.asking-- }()
		defer c.Reject(sip.Answer{Code: code})
		if c.Early(sip.Answer{Code: 183}) == nil {
			_ = c.Say(t, m.voice().Prompt(prompt)) // the code says it too
		}
	})
	if started == nil {
		s.asking--
		c.Reject(sip.Answer{Code: code})
	}
}
