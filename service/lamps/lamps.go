package lamps

import (
	"time"

	"hookflash/directory"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Limits of the agent.
const (
	Most       = 100_000 // watched users and groups where the settings don't say
	MaxWaiting = 4096    // subscriptions that wait for the first state
	MaxSources = 256     // machines that tell of one user; others are not heard
	// MaxDocument is the longest document, in octets, that has identifiers and far sides; a longer one says states alone.
	MaxDocument = 32 << 10
)

// How the agent looks after its lamps.
const (
	Settle    = 500 * time.Millisecond // how long a new lamp waits for machines that have not told yet
	Reconcile = time.Minute            // how often each user is asked for again
	AtOnce    = 50                     // of them each ua.Beat
	MaxSilent = 2                      // rounds in which a machine may say nothing
)

// ContactParams are for ua.Settings: nobody is there (RFC 3840 §10.13).
const ContactParams = ";automaton"

// Settings of the agent. Domain and Users are needed.
type Settings struct {
	Domain string
	Users  directory.View
	// Normalize is as proxy.Settings has it; nil: numbers are as they are dialled.
	Normalize func(dialled string) (number string, class directory.Class, ok bool)
	// Colleagues tells whether two users are members of one group that lets its members take each other's calls
	// (directory.Group.Pickup); nil: nobody is.
	Colleagues func(one, other string) bool
	// Sources is how many machines answer a Watch with a Standing: once all of them have, a lamp's state is known. Zero: it
	// is known after Settle.
	Sources int
	// Most is how many users and groups are watched at a time; zero: the constant.
	Most int
}

// Load is how much the agent has to do.
type Load struct {
	Users, Groups int // that are watched
	Subscriptions int // of those who watch
	Waiting       int // subscriptions that wait for the first state
	Corrected     int // dialogs that a Standing has ended, so far: whose end was lost
}

// Lamps is the agent's part. It belongs to the agent: its methods are called within its steps.
type Lamps struct {
	agent    *ua.Agent
	settings Settings
	name     string // user part of the agent's address
	users    map[string]*lamp
	groups   map[string]*lamp
	settling []due // in the order of their times, as all wait equally long
	rounds   []due
	caring   bool // a task looks after both
	wake     *task.Queue[struct{}]
	waiting  int
	number   uint64 // of the dialogs shown so far
	ended    int
}

// due is a lamp that is to be looked after at a time.
type due struct {
	lamp *lamp
	at   time.Time
}

// Install makes an agent the one that answers for the lamps of its domain.
func Install(a *ua.Agent, settings Settings) *Lamps {
	l := &Lamps{agent: a, users: map[string]*lamp{}, groups: map[string]*lamp{}, wake: task.NewQueue[struct{}](1)}
	if uri, err := sip.ParseURI(a.Settings().AOR); err == nil {
		l.name = sip.Unescape(uri.User)
	}
	l.Configure(settings)
	a.Handle(ua.Handlers{Subscribe: map[string]func(*ua.Subscription){ua.DialogPackage: l.subscribed}})
	return l
}

// Configure has the agent go by other settings from the next subscription on; standing ones follow in the next round.
func (l *Lamps) Configure(settings Settings) {
	if settings.Most <= 0 {
		settings.Most = Most
	}
	l.settings = settings
}

// Record takes what the proxy tells: proxy.Leg and proxy.Standing. Others are not for this agent.
func (l *Lamps) Record(record any) {
	switch r := record.(type) {
	case proxy.Leg:
		l.heard(&r)
	case proxy.Standing:
		l.stands(&r)
	}
}

// Load counts.
func (l *Lamps) Load() Load {
	return Load{
		Users: len(l.users), Groups: len(l.groups), Subscriptions: l.agent.Load().Subscriptions, Waiting: l.waiting, Corrected: l.ended,
	}
}
