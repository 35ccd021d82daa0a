package recall

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"hookflash/directory"
	"hookflash/event/callcompletion"
	"hookflash/event/presence"
	"hookflash/sip"
	"hookflash/ua"
)

// Limits of the agent.
const (
	MaxRequests = 20_000
	MaxQueue    = 20
	MaxLast     = 100_000
	Most        = 1000             // calls at a time where the settings don't say
	RecallTimer = 20 * time.Second // RFC 6910 §7.3 wants 10 to 20 seconds
)

// What holds where the settings say nothing.
const (
	DefaultLimit   = 5
	DefaultExpires = 30 * time.Minute
	DefaultTries   = 3
)

const (
	look      = 10 * time.Second // how often it is looked what has expired, and who has registered
	reconcile = time.Minute      // how often it is asked how calls stand, since a record can be lost
	pause     = 15 * time.Second // before the same caller is recalled again, doubled with each further time
)

// ContactParams are for ua.Settings (RFC 3840 §10.13).
const ContactParams = ";automaton"

// Settings of the agent. Domain and Users are needed.
type Settings struct {
	Domain   string
	Language string // of users who have set none; "": the server's
	Users    directory.View
	// Phones counts the phones that a user has registered: without any, a callee is not free. nil: there are some.
	Phones  func(user string) int
	Limit   int           // requests of one caller; zero: DefaultLimit
	Expires time.Duration // zero: DefaultExpires
	// Jitter is at most how long a callee is left alone who has become free; zero: not at all.
	Jitter time.Duration
	Tries  int // recalls that may lead nowhere; zero: DefaultTries
	// Sources is how many machines tell of calls; zero: one.
	Sources int
	Most    int // zero: the constant
}

func (s Settings) withDefaults() Settings {
	if s.Limit <= 0 {
		s.Limit = DefaultLimit
	}
	if s.Expires <= 0 {
		s.Expires = DefaultExpires
	}
	if s.Tries <= 0 {
		s.Tries = DefaultTries
	}
	if s.Most <= 0 {
		s.Most = Most
	}
	s.Sources = max(s.Sources, 1)
	return s
}

// Errors of a request.
var (
	ErrNobody  = errors.New("recall: no call has failed that could be made again")
	ErrUnknown = errors.New("recall: it is not known when they are free")
	ErrLimit   = errors.New("recall: as many wait already as may")
	ErrGone    = errors.New("recall: there is no such request")
)

// State says how far a request is.
type State string

// The states.
const (
	Queued    State = "queued"    // the callee is not free, or others are first
	Suspended State = "suspended" // the caller is not there
	Ready     State = "ready"     // the caller is called, or was told to call
)

// Request is a caller who waits for a callee.
type Request struct {
	ID     uint64
	Caller string // user, or address of record of anybody else
	Callee string // user
	State  State
	Since  time.Time
	Until  time.Time
	// Phone tells that the caller's phone calls (RFC 6910); else the agent does.
	Phone bool
}

// Service is the agent. It belongs to its agent's steps.
type Service struct {
	Settings
	agent   *ua.Agent
	people  map[string]*person
	queues  map[string]*queue
	count   int // of requests
	numbers uint64
	last    map[string]string // whom users called in vain last
	order   []string          // of last, oldest first
	asking  bool              // the task that reconciles runs
	random  *rand.Rand
}

// Install makes an agent that of redials.
func Install(a *ua.Agent, settings Settings) *Service {
	seed := sha256.Sum256(fmt.Appendf(nil, "%x recall", a.Settings().Seed))
	s := &Service{
		Settings: settings.withDefaults(), agent: a, people: map[string]*person{}, queues: map[string]*queue{}, last: map[string]string{},
		random: rand.New(rand.NewChaCha8(seed)),
	}
	a.Handle(ua.Handlers{
		Info: ua.InfoDigits, Invite: a.Attendant("recall", s.Most, s.called),
		Subscribe: map[string]func(*ua.Subscription){callcompletion.Package: s.subscribed},
		Publish:   map[string]func(ua.Published) int{presence.Package: s.Published},
	})
	return s
}

// Configure takes other settings; what waits stays as it was.
func (s *Service) Configure(settings Settings) { s.Settings = settings.withDefaults() }

// name is the user part of the agent's own address.
func (s *Service) name() string {
	uri, _ := sip.ParseURI(s.agent.Settings().AOR)
	return sip.Unescape(uri.User)
}

// address is the address of record of a user.
func (s *Service) address(user string) string { return "sip:" + sip.EscapeUser(user) + "@" + s.Domain }

// local is the user part of an address of our domain, "" for any other.
func (s *Service) local(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil || !uri.IsSIP() || sip.Lower(uri.Host) != sip.Lower(s.Domain) {
		return ""
	}
	return sip.Unescape(uri.User)
}

// user is the user whom a name or number means, "" for nobody.
func (s *Service) user(text string) string {
	if s.Users.User(text) != nil {
		return text
	}
	if name := s.Users.Number(text); name != "" && s.Users.User(name) != nil {
		return name
	}
	return ""
}

// caller is the user who is vouched for, "" for everybody else.
func (s *Service) caller(p ua.Party) string {
	if !p.Asserted {
		return ""
	}
	if name := s.local(p.URI); s.Users.User(name) != nil {
		return name
	}
	return ""
}

func (s *Service) jitter() time.Duration {
	if s.Jitter <= 0 {
		return 0
	}
	return time.Duration(s.random.Int64N(int64(s.Jitter) + 1))
}

// Requests are those of a caller, oldest first; "": all.
func (s *Service) Requests(caller string) []Request {
	var all []Request
	for _, q := range s.queues {
		for _, e := range q.entries {
			if caller == "" || e.caller == caller {
				all = append(all, q.show(e))
			}
		}
	}
	sortRequests(all)
	return all
}

// Cancel ends a request of a caller; 0: all of theirs. ErrGone tells that there is none.
func (s *Service) Cancel(caller string, id uint64) error {
	found := ErrGone
	for _, q := range s.queues {
		for _, e := range q.entries {
			if e.caller == caller && (id == 0 || e.id == id) && !e.over {
				found = nil
				q.finish(e)
			}
		}
	}
	return found
}
