package b2bua

import "hookflash/ua"

// happened takes an event of a leg's call.
func (l *Leg) happened(e ua.Event) {
	switch e.Kind {
	case ua.Ended:
		l.left(e)
	case ua.DigitHeard:
		if !l.aside {
			l.digit(e.Text)
		}
	case ua.HeldByThem:
		if l.held == nil {
			l.held = l.conversation.play(l)
		}
	case ua.ResumedByThem:
		l.release()
	default: // nothing that it hangs on
	}
}

// left takes note of a call that is over.
func (l *Leg) left(e ua.Event) {
	c := l.conversation
	l.release()
	delete(c.exchange.legs, l.Call)
	c.legs = c.Others(l)
	l.conversation = nil
	c.settle(e.Code)
}

// release ends what is played because the leg holds.
func (l *Leg) release() {
	if l.held != nil {
		l.held()
		l.held = nil
	}
	l.keys.stop()
}
