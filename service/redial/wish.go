package redial

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// What holds where nothing is said.
const (
	DefaultExpires = 30 * time.Minute
	DefaultTries   = 3
	MaxExpires     = 24 * time.Hour
)

const (
	unheard   = 40 * time.Second // without a first document, nobody will tell
	pause     = 10 * time.Second // after a call that found the callee busy all the same, doubled with each further one
	look      = time.Second      // how often it is looked whether our own calls have ended
	leavetime = 2 * time.Second  // for the notifier to tell of the call that was made
)

// Errors of WhenFree.
var (
	// ErrExpired: the callee was never free, or we were not when the callee was.
	ErrExpired = errors.New("redial: they were not free in time")
	// ErrUnwatched: it can't be told when the callee is free. It comes in a *sip.StatusError.
	ErrUnwatched = errors.New("redial: nobody tells when they are free")
	// ErrBusyAgain: every call found the callee busy again. It comes in a *sip.StatusError.
	ErrBusyAgain = errors.New("redial: they were busy each time")
	// ErrUnwanted: the person at the phone did not want to call any more.
	ErrUnwanted = errors.New("redial: not wanted any more")
)

// Wish is a call that is to be made when the callee is free.
type Wish struct {
	Target string // a sip or sips URI
	// Watched is where the dialogs of the callee are asked for; "": Target. The GRUU of the phone that refused, say.
	Watched string
	// Monitor is what a response to the failed call named with purpose=call-completion (RFC 6910 §6.1), Mode its
	// parameter m: BS, NR or NL. "": none did.
	Monitor, Mode string
	Expires       time.Duration // zero: DefaultExpires
	// Jitter is at most how long to wait once the callee is free, so that not all who wait call at once; zero: not at all.
	Jitter time.Duration
	Tries  int // calls that may find the callee busy; zero: DefaultTries
	// Ready asks the person whether to call now; nil: nobody is asked.
	Ready func(t *task.Task) bool
	// Told is told how far it is, within steps; nil: nobody is.
	Told func(State)
}

// State says how far a redial is.
type State uint8

const (
	// Waiting: the callee is not free, as far as is known.
	Waiting State = iota
	// Queued: the callee's side lets callers through one after the other (RFC 6910).
	Queued
	// Suspended: the callee is free, and we are not.
	Suspended
	// Calling: the callee is free, and called as soon as the person wants it.
	Calling
	// Done: it is over.
	Done
)

var states = [...]string{"waiting", "queued", "suspended", "calling", "done"}

// String is the state in a word.
func (s State) String() string { return states[min(s, Done)] }

// attempt is a wish that is being fulfilled. It belongs to its task.
type attempt struct {
	Wish
	agent  *ua.Agent
	until  *task.Timer
	tries  int       // calls that were made
	after  time.Time // before which no further one is
	random *rand.Rand
}

func begin(t *task.Task, a *ua.Agent, w Wish) *attempt {
	if w.Expires <= 0 {
		w.Expires = DefaultExpires
	}
	if w.Tries <= 0 {
		w.Tries = DefaultTries
	}
	if w.Watched == "" {
		w.Watched = w.Target
	}
	w.Expires = min(w.Expires, MaxExpires)
	settings := a.Settings()
	seed := sha256.Sum256(fmt.Appendf(nil, "%x redial %s %d", settings.Seed, w.Target, t.Now().UnixNano()))
	return &attempt{Wish: w, agent: a, until: t.After(w.Expires), random: rand.New(rand.NewChaCha8(seed))}
}

func (r *attempt) tell(s State) {
	if r.Told != nil {
		r.Told(s)
	}
}

// busy tells whether we are: one call at a time is what a person can have.
func (r *attempt) busy() bool { return len(r.agent.Calls()) > 0 }

// wait is a random part of the jitter.
func (r *attempt) wait() time.Duration {
	if r.Jitter <= 0 {
		return 0
	}
	return time.Duration(r.random.Int64N(int64(r.Jitter) + 1))
}

// left is how much time there is.
func (r *attempt) left(t *task.Task) time.Duration {
	return max(r.until.Deadline().Sub(t.Now()), time.Second)
}

// call makes the call, and waits for its answer.
func (r *attempt) call(t *task.Task, target string) (*ua.Call, error) {
	r.tries++
	call, err := r.agent.Invite(ua.Invitation{Target: target})
	if err != nil {
		return nil, err
	}
	defer func() {
		if call.State != ua.Talking {
			call.HangUp()
		}
	}()
	if err := call.Settle(t); err != nil {
		return nil, err
	}
	return call, nil
}

// again tells whether to go on after a call that failed, and else how it ends.
func (r *attempt) again(t *task.Task, err error) (bool, error) {
	var status *sip.StatusError
	if !errors.As(err, &status) || !Busy(status.Code) {
		return false, err
	}
	if r.tries >= r.Tries {
		return false, &sip.StatusError{Code: status.Code, Reason: status.Reason, Err: ErrBusyAgain}
	}
	r.after = t.Now().Add(pause << min(r.tries-1, 6))
	return true, nil
}

// Busy tells the responses after which it is worth to wait until the callee is free.
func Busy(code int) bool { return code == 486 || code == 600 || code == 480 }

// unwatched is why it can't be told when the callee is free.
func unwatched(code int) error {
	reason := sip.Reason(code)
	switch code {
	case 403, 401, 407, 603:
		reason = "They Let Nobody See When They Are Free"
	case 404, 410, 604:
		reason = "There Is Nobody Of That Name"
	case 489, 405, 501:
		reason = "Their Phone Can't Tell When It Is Free"
	case 408:
		reason = "Their Phone Does Not Tell When It Is Free"
	}
	return &sip.StatusError{Code: code, Reason: reason, Err: ErrUnwatched}
}

// withMode is a URI that says what the call completes (RFC 6910 §6.4).
func withMode(text, mode string) string {
	uri, err := sip.ParseURI(sip.RequestURI(text))
	if err != nil || mode == "" || !sip.IsToken(mode) || uri.Params.Has("m") {
		return text
	}
	return strings.TrimSuffix(uri.String(), "?"+uri.Headers) + ";m=" + mode
}
