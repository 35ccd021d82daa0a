package b2bua

import "hookflash/ua"

// happened takes an event of a leg's call.
func (l *Leg) happened(e ua.Event) {
	if l.conversation.waiting.happened(l.Call, e) {
		return
	}
	switch e.Kind {
	case ua.Ended:
		l.left(e)
	case ua.DigitHeard:
		if l.sounded = e.Sounded; l.apart == 0 {
			l.digit(e.Text)
		}
	case ua.HeldByThem:
		l.holds = true
		l.Call.Mute(l.conversation.replacesMusic(l))
		l.conversation.tune()
	case ua.ResumedByThem:
		l.holds = false
		l.Call.Mute(false)
		l.conversation.tune()
	case ua.Acknowledged:
		if l.Call.Told.URI == "" { // who has answered is not who was called
			l.conversation.introduce()
		}
	default: // nothing that it hangs on
	}
}

// replacesMusic tells whether what a telephone plays while it holds is heard by nobody: the others hear other music, or
// talk on.
func (c *Conversation) replacesMusic(l *Leg) bool {
	music := c.exchange.settings.Music
	return len(c.legs) > 2 || music != nil && music(l.User) != ""
}

// left takes note of a call that is over.
func (l *Leg) left(e ua.Event) {
	c := l.conversation
	l.release()
	delete(c.exchange.legs, l.Call)
	c.legs = c.Others(l)
	l.conversation = nil
	c.changed()
	c.settle(e.Code)
}

// release ends what a leg hears, and whatever its call had begun.
func (l *Leg) release() {
	l.hear("")
	l.holds, l.onHold = false, 0
	l.keys.stop()
}
