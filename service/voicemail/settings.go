package voicemail

import (
	"time"

	"hookflash/directory"
	"hookflash/event/summary"
	"hookflash/sip"
	"hookflash/store/mailbox"
	"hookflash/task"
	"hookflash/ua"
)

// Limits, where the settings don't say.
const (
	DefaultLongest  = 3 * time.Minute
	DefaultBriefest = time.Second
)

// ContactParams are for ua.Settings: nobody is there (RFC 3840 §10.13).
const ContactParams = ";automaton"

// Recordings are made, and then kept or dropped; mailbox.Boxes is. All of it may wait for the disk, and
// is called in jobs alone.
type Recordings interface {
	Begin(box string, now time.Time) (id string, err error)
	Keep(box, id string, meta mailbox.Meta) error
	KeepGreeting(box, id string, meta mailbox.Meta) error
	Drop(id string) error
}

// Messages are those that are kept; mailbox.Boxes is. List and Counts don't wait for anything.
type Messages interface {
	List(box string) []mailbox.Message
	Counts(box string) mailbox.Counts
	Mark(box, id string, heard bool) error
	Delete(box, id string) error
}

// Sounds are what is heard of them; mailbox.Boxes is. Called in jobs alone.
type Sounds interface {
	Source(box, id string) (name string, err error)
	Greeting(box string) (name string, err error)
	DropGreeting(box string) error
	Audio(box, id string) ([]byte, error)
}

// Boxes are the mailboxes: all three are one mailbox.Boxes.
type Boxes struct {
	Recordings
	Messages
	Sounds
}

// Settings of the agent. Domain, Boxes, Users and CheckPIN are needed.
type Settings struct {
	Domain string
	Boxes  Boxes
	Users  directory.View
	// Longest and Briefest bound messages; zero: the defaults. What is shorter is not kept.
	Longest, Briefest time.Duration
	// CheckPIN tells whether a PIN has a hash; PINProblem why somebody can't have a PIN, "" for none; SetPIN
	// changes it, to last. They are called in jobs. Without SetPIN nobody can change theirs by phone.
	CheckPIN   func(hash, pin string) bool
	PINProblem func(pin string, numbers []string) string
	SetPIN     func(user, pin string) error
	// Mail sends a mail, of RFC 5322 with CRLF, in a job; nil: none is sent. From is its sender.
	Mail func(to string, text []byte) error
	From string
	// Phones counts the phones that a user has registered; nil: one each.
	Phones func(user string) int
}

// Trouble is what went wrong with a mailbox: the agent tells it by its output's events.
type Trouble struct {
	Doing string // "keep a message"
	Box   string
	Err   error
}

// Left tells that a message was kept.
type Left struct{ Box, ID string }

// Service is the agent's part in voicemail. It belongs to the agent: its methods are called within its steps.
type Service struct {
	agent    *ua.Agent
	settings Settings
	tries    tries
	watchers map[string][]*watcher     // by box
	told     map[string]mailbox.Counts // what phones were told last unasked, by user
	due      []notice
	ringing  bool // a task looks after due
}

// Install makes an agent the voicemail of its domain.
func Install(a *ua.Agent, settings Settings) *Service {
	s := &Service{agent: a, watchers: map[string][]*watcher{}, told: map[string]mailbox.Counts{}}
	s.Configure(settings)
	a.Handle(ua.Handlers{
		Invite:    s.called,
		Info:      ua.InfoDigits,
		Subscribe: map[string]func(*ua.Subscription){summary.Package: s.subscribed},
	})
	return s
}

// Configure has the agent go by other settings from the next call on.
func (s *Service) Configure(settings Settings) {
	if settings.Longest <= 0 {
		settings.Longest = DefaultLongest
	}
	if settings.Briefest <= 0 {
		settings.Briefest = DefaultBriefest
	}
	s.settings = settings
}

// called takes a call.
func (s *Service) called(c *ua.Call) {
	wish := s.wish(c)
	if wish.code != 0 {
		c.Reject(sip.Answer{Code: wish.code})
		return
	}
	started := s.agent.Go("voicemail", func(t *task.Task) {
		v := &visit{Service: s, t: t, call: c, voice: s.voice(wish.box), box: wish.box, own: wish.own}
		defer c.HangUp()
		if c.Answer() != nil {
			return
		}
		if wish.leave {
			v.leave(wish.cause)
		} else {
			v.enter()
		}
	})
	if started == nil { // task.MaxTasks
		c.Reject(sip.Answer{Code: 486})
	}
}

// visit is one call, of who leaves a message or listens.
type visit struct {
	*Service
	t     *task.Task
	call  *ua.Call
	voice ua.Voice
	box   string // "": still to be asked for
	own   bool   // the caller is the box's owner, by what the domain vouches for
	pins  int    // that were tried
}

// user is a user who has a mailbox; nil for all others.
func (s *Service) user(name string) *directory.User {
	user := s.settings.Users.User(name)
	if user == nil || user.Routing != nil && user.Routing.Mailbox.Off {
		return nil
	}
	return user
}

func (s *Service) mailbox(name string) directory.Mailbox {
	if user := s.user(name); user != nil && user.Routing != nil {
		return user.Routing.Mailbox
	}
	return directory.Mailbox{}
}

func (s *Service) voice(name string) ua.Voice {
	if user := s.user(name); user != nil && user.Routing != nil {
		return ua.Voice(user.Routing.Language)
	}
	return ""
}

func (s *Service) trouble(doing, box string, err error) {
	s.agent.Tell(Trouble{Doing: doing, Box: box, Err: err})
}

// say plays prompts, and tells whether the caller is still there.
func (v *visit) say(prompts ...string) bool { return v.play(v.voice.Prompts(prompts...)...) }

func (v *visit) play(sources ...string) bool {
	_ = v.call.Say(v.t, sources...) // what can't be played is passed over
	return v.call.State != ua.Over
}
