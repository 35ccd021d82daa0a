package room

import (
	"hookflash/media/graph"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// let takes a call that came in into the room. In place of old, where that is not nil, which ends.
func (m *meeting) let(c *ua.Call, role Role, old *participant) {
	p := m.participant(c, role)
	if old != nil {
		p.muted, p.stopped = old.muted, old.stopped
	}
	c.Address = m.uri()
	started := m.service.agent.Go("participant", func(t *task.Task) {
		defer p.leave()
		defer c.HangUp()
		if c.State != ua.Talking && !answered(t, c) {
			return
		}
		if old != nil {
			old.remove("departed")
		}
		p.enter(t)
		p.attend(t)
	})
	if started == nil { // task.MaxTasks
		p.unattended()
		c.Reject(sip.Answer{Code: 486})
		c.HangUp()
	}
}

// answered takes a call that came in, and tells whether it stands.
func answered(t *task.Task, c *ua.Call) bool {
	events := c.Watch()
	defer c.Unwatch(events)
	if c.Answer() != nil {
		return false
	}
	for c.State != ua.Over {
		t.First(events)
		if e, _ := events.Take(); e.Kind == ua.Acknowledged {
			return true
		}
	}
	return false
}

// participant adds a call to the room, before anything of it stands.
func (m *meeting) participant(c *ua.Call, role Role) *participant {
	m.numbered++
	p := &participant{
		room: m, number: m.numbered, call: c, role: role, since: m.service.agent.Now(), state: "pending",
		private: graph.Room(m.service.agent.Node()),
	}
	if c != nil {
		p.party, p.user, p.hidden = c.Remote, m.service.user(c.Remote), c.Privacy != "" && c.Privacy != "none"
		c.Enter(p.private)
		m.service.calls[c] = p
	}
	p.entity = p.party.URI
	m.present = append(m.present, p)
	if m.expiry != nil {
		m.expiry.Stop()
		m.expiry = nil
	}
	return p
}

// enter is the moment from when a participant hears the others, or waits for a moderator.
func (p *participant) enter(t *task.Task) {
	m := p.room
	if p.call.State != ua.Talking || p.gone != "" {
		return
	}
	p.state = "connected"
	m.service.told(Change{Kind: "entered", Room: m.id(), Participant: p.number, Who: p.entity})
	m.settle()
	m.show(p)
	if p.role == Moderator && !m.dialled {
		m.dialled = true
		m.dialAll(p.user, "")
	}
	switch {
	case p.waits != nil:
		_ = p.call.Say(t, p.voice().Prompt("room-wait")) // what can't be played is passed over
	case m.talking() > 1:
		m.announce(p, m.Entry, "room-entered")
	}
}

// talking counts those who hear each other.
func (m *meeting) talking() (count int) {
	for _, p := range m.present {
		if p.talks() && p.waits == nil {
			count++
		}
	}
	return count
}

// settle puts everybody where they belong: into the room, or to wait for a moderator; and lets who is alone hear music.
func (m *meeting) settle() {
	wait := m.Wait && !m.moderated()
	for _, p := range m.present {
		if p.talks() && p.state != "pending" {
			p.place(wait)
		}
	}
	alone := m.talking() == 1 && !m.over
	source := m.source()
	switch {
	case alone && m.music == nil && source != "":
		m.music = m.service.agent.Repeat(m.graph, source)
	case !alone:
		m.quiet()
	}
}

// source is the source of what is heard alone, "" for silence.
func (m *meeting) source() string {
	name := m.Music
	if name == "" {
		name = m.service.settings.Music
	}
	if name == "" || name == "none" {
		return ""
	}
	return "music:" + name
}

// quiet ends what is heard alone.
func (m *meeting) quiet() {
	if m.music != nil {
		m.music()
		m.music = nil
	}
}

// place puts a participant into the room, or to wait.
func (p *participant) place(wait bool) {
	m := p.room
	room := m.graph
	if wait {
		room = p.private
	}
	p.hush()
	if p.call.Room != room && !p.apart {
		p.call.Enter(room)
	}
	source := m.source()
	switch {
	case wait && p.waits == nil:
		p.waits = func() {}
		if source != "" {
			p.waits = p.call.Sound(source)
		}
		m.show(p)
	case !wait && p.waits != nil:
		p.waits()
		p.waits = nil
		m.show(p)
	}
}

// hush keeps from the room what a participant who is muted says, and what one plays who holds us: their music is not for
// everybody.
func (p *participant) hush() { p.call.Mute(p.muted || p.stopped || p.call.HeldByThem) }

// attend listens to a participant until their call is over.
func (p *participant) attend(t *task.Task) {
	events := p.call.Watch()
	defer p.call.Unwatch(events)
	keys := keys{participant: p}
	for p.call.State != ua.Over && p.gone == "" {
		if t.First(events, &p.orders) == 1 {
			p.orders.Take()
			continue
		}
		switch e, _ := events.Take(); e.Kind {
		case ua.DigitHeard:
			keys.pressed(t, e.Text)
		case ua.HeldByThem, ua.ResumedByThem:
			p.hush()
			p.room.show(p)
		default: // nothing to do about it
		}
	}
}

// whisper says something to one participant, who hears nobody else meanwhile.
func (p *participant) whisper(t *task.Task, sources ...string) {
	if p.call.State == ua.Over {
		return
	}
	p.alone(func() { _ = p.call.Say(t, sources...) }) // what can't be played is passed over
}

// alone has a participant out of the room while something is asked of them, or said to them.
func (p *participant) alone(do func()) {
	p.apart = true
	p.call.Enter(p.private)
	do()
	p.apart = false
	if p.talks() && p.waits == nil {
		p.call.Enter(p.room.graph)
	}
}

// remove has a participant hung up; method is how the roster says that they left (RFC 4575 §5.7.4).
func (p *participant) remove(method string) {
	if p.gone == "" {
		p.gone = method
	}
	p.orders.Put(struct{}{})
	if p.call != nil && p.call.State == ua.Talking {
		return // its task hangs up
	}
	if p.call != nil {
		p.call.Cancel()
	}
}

// leave takes a participant out whose call is over.
func (p *participant) leave() {
	m := p.room
	in := p.state == "connected" && p.waits == nil
	p.drop()
	if p.gone == "" {
		p.gone = "departed"
	}
	m.service.told(Change{Kind: "left", Room: m.id(), Participant: p.number, Who: p.entity, Text: p.gone})
	if m.over {
		return
	}
	p.state = "disconnected"
	m.settle()
	m.show(p)
	m.review()
	switch {
	case len(m.present) > 0:
		if in && m.talking() > 0 {
			m.announce(p, m.Exit, "room-left")
		}
	case m.origin == adHoc && !m.service.stopping:
		m.service.end(m)
		return
	default:
		m.emptied()
	}
	started := m.service.agent.Go("farewell", func(t *task.Task) {
		t.Sleep(ua.Beat) // those who watch see how they left
		m.hide(p)
	})
	if started == nil { // task.MaxTasks
		m.hide(p)
	}
}

// emptied is the end of a meeting in a room that stays.
func (m *meeting) emptied() {
	m.dialled = false
	m.stopRecording()
}

// unattended takes a participant out again whom nobody can attend to; a room that was made by a call ends with its last.
func (p *participant) unattended() {
	p.drop()
	if p.room.origin == adHoc && len(p.room.present) == 0 {
		p.room.service.end(p.room)
	}
}

// drop takes a participant out of the lists.
func (p *participant) drop() {
	m := p.room
	if p.waits != nil {
		p.waits()
		p.waits = nil
	}
	if p.call != nil {
		delete(m.service.calls, p.call)
	}
	for i, other := range m.present {
		if other == p {
			m.present = append(m.present[:i:i], m.present[i+1:]...)
			break
		}
	}
}

// announce tells all in the room that somebody came or left.
func (m *meeting) announce(p *participant, how Announcing, prompt string) {
	if how == None || m.saying || len(m.present) > AnnounceLimit {
		return
	}
	sources := []string{"tone:beep"}
	if how == Prompt {
		sources = append(m.spelled(p), m.voice().Prompt(prompt))
	}
	m.saying = true
	started := m.service.agent.Go("announce", func(t *task.Task) {
		defer func() { m.saying = false }()
		m.service.agent.Announce(t, m.graph, sources...)
	})
	if started == nil {
		m.saying = false
	}
}

// spelled says who a participant is, by number where they have one.
func (m *meeting) spelled(p *participant) []string {
	if p.hidden {
		return m.voice().Prompts("room-somebody")
	}
	uri, err := sip.ParseURI(p.party.URI)
	number := ""
	if err == nil {
		number = sip.Unescape(uri.User)
	}
	if user := m.service.settings.Users.User(p.user); p.user != "" && user != nil && user.Routing != nil && len(user.Routing.Numbers) > 0 {
		number = user.Routing.Numbers[0]
	}
	if said := m.voice().Spell(number); len(said) > 0 {
		return said
	}
	return m.voice().Prompts("room-somebody")
}
