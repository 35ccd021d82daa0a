package hold

import (
	"errors"
	"fmt"
	"time"

	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// musicPatience is how long a music source may take to answer; its caller is on hold in silence then.
const musicPatience = 8 * time.Second

// WithMusic puts the far side on hold with music: RFC 7088 §2.1. The dialog stays, and so does the far side's right to
// change the session: what it offers goes to the music source (§2.4). See Resume for the way back.
//
//	Alice             Bob       Music Source
//	 |   INVITE F1    |              |
//	 |   (no SDP)     |              |
//	 |<---------------|              |
//	 |   200 OK F2    |              |
//	 |   (SDP offer)  |              |
//	 |--------------->|              |
//	 |                |  INVITE F3   |
//	 |                |  (recvonly)  |
//	 |                |------------->|
//	 |                | 200 OK F4    |
//	 |                |  (sendonly)  |
//	 |                |<-------------|
//	 |                |    ACK F5    |
//	 |                |------------->|
//	 | ACK F6         |              |
//	 | (SDP answer)   |              |
//	 |<---------------|              |
//	 |     Music-on-hold RTP         |
//	 |<==============================|
//	 |  INVITE F7     |              |
//	 |<---------------|              |
//	 |   200 OK F8    |              |
//	 |--------------->|              |
//	 |     ACK F9     |              |
//	 |<---------------|              |
//	 |                |    BYE F10   |
//	 |                |------------->|
//	 |                |    200 F11   |
//	 |                |<-------------|
//
// Without music the far side is on hold in silence: when the source refuses, is too slow or leaves, or when the far side
// refuses to make an offer. A far side that holds us, too, gets its music when it takes us off hold (§2.10). The
// error is that of the hold alone.
func WithMusic(t *task.Task, call *ua.Call, source string) error {
	if call.Held {
		return silently(t, call)
	}
	if err := begin(t, call, source); err != nil {
		if call.State != ua.Talking {
			return fmt.Errorf("hold: %w", err)
		}
		return silently(t, call)
	}
	return nil
}

// Inherit lets the far side of a call hear music that took the place of one which was held (RFC 7088 §2.5), and is held in
// silence so far.
func Inherit(t *task.Task, call *ua.Call) {
	source := call.Agent().Settings().Music
	if source == "" || call.Settle(t) != nil {
		return
	}
	t.Sleep(ua.Beat) // the other call ends
	if call.State == ua.Talking && call.Held && !call.Relayed() {
		_ = begin(t, call, source) // else it hears nothing, as before
	}
}

func begin(t *task.Task, call *ua.Call, source string) error {
	offer, err := call.SolicitHold(t) // F1, F2
	if err != nil {
		return err
	}
	m := &music{call: call, source: source}
	m.begin(t, offer)
	if call.Agent().Go("music", m.keep) == nil && m.plays != nil { // task.MaxTasks: nobody would hang it up
		m.plays.HangUp()
		call.Relay(nil)
	}
	return nil
}

// silently is a hold without music.
func silently(t *task.Task, call *ua.Call) error {
	if err := call.Hold(t); err != nil { // F10 to F15 of §2.1
		return fmt.Errorf("hold: %w", err)
	}
	return nil
}

// music is what the far side of a held call hears. It belongs to the tasks that play it.
type music struct {
	call   *ua.Call
	source string
	plays  *ua.Call // the call to the source, nil: none
	again  bool     // it did not take a change: another call may
}

// begin calls the source with the far side's offer, and answers that.
func (m *music) begin(t *task.Task, offer *ua.Solicited) {
	defer offer.Drop() // whatever goes wrong, the offer is answered: by silence
	wanted, err := m.wanted(offer.Offer)
	if err != nil || sdp.Toward(wanted) == sdp.Inactive || !offer.Waits() {
		return
	}
	plays, err := m.call.Agent().Invite(ua.Invitation{Target: m.source, Offer: wanted, Background: true}) // F3
	if err != nil {
		m.missing(err)
		return
	}
	plays.Relay(func(*task.Task, string) (string, int) { return "", 403 }) // §2.7
	if err := m.answered(t, plays, offer); err != nil {                    // F4, F5
		plays.HangUp()
		if offer.Waits() {
			m.missing(err)
		}
		return
	}
	answer, err := sdp.Restrict(plays.Description(), sdp.SendOnly)
	if err == nil {
		err = offer.Answer(answer) // F6
	}
	if err != nil {
		plays.HangUp()
		return
	}
	m.plays = plays
	m.call.Relay(m.relay)
}

// wanted is an offer of the far side as the source gets it (§2.4, §2.8).
func (m *music) wanted(offer string) (string, error) {
	return sdp.Restrict(m.call.Reserve(offer), sdp.ReceiveOnly)
}

// missing tells the person why there is no music.
func (m *music) missing(err error) {
	e := ua.Event{Kind: ua.Failed, Code: 500, Reason: "No music", Text: m.source}
	var status *sip.StatusError
	if errors.As(err, &status) {
		e.Code, e.Reason = status.Code, "No music: "+status.Reason
	}
	m.call.Tell(e)
}

// answered waits for the source, as long as the offer waits for it.
func (m *music) answered(t *task.Task, plays *ua.Call, offer *ua.Solicited) error {
	events, changes := plays.Watch(), m.call.Watch()
	defer plays.Unwatch(events)
	defer m.call.Unwatch(changes)
	limit := t.After(musicPatience)
	for plays.State != ua.Talking {
		switch {
		case !offer.Waits():
			return ua.ErrOver
		case plays.State == ua.Over:
			return &sip.StatusError{Code: 480}
		}
		switch t.First(events, changes, limit) {
		case 0:
			if e, _ := events.Take(); e.Kind == ua.Ended {
				return &sip.StatusError{Code: e.Code, Reason: e.Reason}
			}
		case 1:
			changes.Take()
		case 2:
			return &sip.StatusError{Code: 408, Reason: sip.Reason(408)}
		}
	}
	return nil
}

// relay passes an offer of the far side on to the source. What that does not take, we answer: by silence.
func (m *music) relay(t *task.Task, offer string) (answer string, code int) {
	if m.plays == nil || m.plays.State != ua.Talking {
		return "", 0
	}
	wanted, err := m.wanted(offer)
	if err != nil {
		return "", 0
	}
	answer, err = m.plays.Offer(t, wanted)
	if err == nil {
		answer, err = sdp.Restrict(answer, sdp.SendOnly)
	}
	if err != nil {
		m.again = true
		return "", 0
	}
	return answer, 0
}

// keep hangs the source up when the far side hears it no more: it is taken off hold, or described anew, or the call
// is over. When the source leaves, the far side is told that nothing comes any more.
func (m *music) keep(t *task.Task) {
	changes := m.call.Watch()
	defer m.call.Unwatch(changes)
	for {
		m.playing(t, changes)
		if m.call.State == ua.Talking && m.call.Relayed() {
			m.call.Relay(nil)
			_ = m.call.Reinvite(t) // refused, it hears nothing all the same
		}
		if !m.held(t, changes) {
			return
		}
		if offer, err := m.call.SolicitHold(t); err == nil {
			m.begin(t, offer)
		}
	}
}

// playing waits until the source is not heard any more, and hangs it up.
func (m *music) playing(t *task.Task, changes *task.Queue[ua.Event]) {
	if m.plays == nil {
		return
	}
	events := m.plays.Watch()
	defer m.plays.Unwatch(events)
	for m.call.State == ua.Talking && m.call.Relayed() && m.plays.State == ua.Talking {
		switch t.First(events, changes) {
		case 0:
			events.Take()
		case 1:
			changes.Take()
		}
	}
	m.plays.HangUp() // F10
	m.plays = nil
}

// held waits as long as the far side is held and holds us, too, and tells whether it still is held when it no longer
// does: then it is to hear music (§2.10), and so it is when the source did not take a change. Without music for another
// reason there is nothing to wait for.
func (m *music) held(t *task.Task, changes *task.Queue[ua.Event]) bool {
	if !m.call.HeldByThem && !m.again {
		return false
	}
	m.again = false
	for m.call.State == ua.Talking && m.call.Held && m.call.HeldByThem {
		t.First(changes)
		changes.Take()
	}
	return m.call.State == ua.Talking && m.call.Held
}
