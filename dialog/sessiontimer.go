package dialog

import (
	"time"

	"hookflash/sip"
)

// Session timer values of RFC 4028 §4, §7.4 and §10.
const (
	MinInterval     = 90 * time.Second
	DefaultInterval = 30 * time.Minute
	// expiryMargin is how long before the end the side that does not refresh gives up: a third of
	// the interval, but no more than this.
	expiryMargin = 32 * time.Second
)

// Refresher is who refreshes a session.
type Refresher uint8

const (
	Nobody Refresher = iota // there is no session timer
	Ours
	Theirs
)

// SessionTimer is the timer of one session, as agreed (RFC 4028).
type SessionTimer struct {
	Interval  time.Duration // 0: none
	Refresher Refresher
}

// Deadline is when something is to be done about a session that was refreshed at the time given:
// refresh it (half the interval, RFC 4028 §10), or give it up with a BYE.
func (t SessionTimer) Deadline(refreshed time.Time) time.Time {
	switch t.Refresher {
	case Ours:
		return refreshed.Add(t.Interval / 2)
	case Theirs:
		return t.End(refreshed)
	case Nobody:
	}
	return time.Time{}
}

// End is when a session that was refreshed at the time given and not since is given up with a BYE
// (RFC 4028 §10); the zero time: never.
func (t SessionTimer) End(refreshed time.Time) time.Time {
	if t.Refresher == Nobody {
		return time.Time{}
	}
	return refreshed.Add(t.Interval - min(t.Interval/3, expiryMargin))
}

// AnswerTimer is what a server answers to a request (RFC 4028 §9): the timer and the value of
// Session-Expires, "" for none, or a 422 with least as its Min-SE.
func AnswerTimer(request *sip.Message, wish, least time.Duration) (timer SessionTimer, value string, problem *sip.StatusError) {
	supported := request.HasToken(sip.HeaderSupported, "timer")
	asked, err := sip.ParseSessionExpires(request.Header(sip.HeaderSessionExpires))
	if !request.Has(sip.HeaderSessionExpires) || err != nil {
		if !supported || wish == 0 {
			return SessionTimer{}, "", nil
		}
		// RFC 4028 §9: the server may ask for a timer where the client supports it.
		return timerOf(max(wish, least, MinSE(request)), "uac", Theirs)
	}
	interval := time.Duration(asked.Seconds) * time.Second
	if interval < least {
		if !supported {
			interval = least // a proxy's wish; who knows no timer can't learn from a 422
		} else {
			return SessionTimer{}, "", &sip.StatusError{Code: 422, Err: errTooBrief}
		}
	}
	if wish != 0 && wish < interval {
		interval = min(interval, max(wish, least, MinSE(request))) // it may be made shorter, never longer
	}
	switch {
	case asked.Refresher == "uas" || !supported:
		return timerOf(interval, "uas", Ours)
	default:
		return timerOf(interval, "uac", Theirs)
	}
}

// AcceptTimer is what a 2xx to our request agreed to (RFC 4028 §7.2).
func AcceptTimer(response *sip.Message) SessionTimer {
	got, err := sip.ParseSessionExpires(response.Header(sip.HeaderSessionExpires))
	if !response.Has(sip.HeaderSessionExpires) || err != nil || got.Seconds == 0 {
		return SessionTimer{}
	}
	timer := SessionTimer{Interval: max(time.Duration(got.Seconds)*time.Second, MinInterval), Refresher: Ours}
	if got.Refresher == "uas" {
		timer.Refresher = Theirs
	}
	return timer
}

func timerOf(interval time.Duration, refresher string, who Refresher) (SessionTimer, string, *sip.StatusError) {
	value := sip.SessionExpires{Seconds: uint32(interval / time.Second), Refresher: refresher}.Append(nil)
	return SessionTimer{Interval: interval, Refresher: who}, string(value), nil
}

// MinSE is the shortest interval that a message allows (RFC 4028 §5), 0 when it does not say.
func MinSE(m *sip.Message) time.Duration {
	value, err := sip.ParseSessionExpires(m.Header(sip.HeaderMinSE))
	if err != nil {
		return 0
	}
	return time.Duration(value.Seconds) * time.Second
}
