package ua

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"time"

	"hookflash/dialog"
	"hookflash/event"
	"hookflash/event/dialoginfo"
	"hookflash/machine"
	"hookflash/media/graph"
	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/transaction"
)

// Limits of an Agent.
const (
	MaxCalls = 1 << 17
	MaxForks = 32
	MaxEnded = 1024 // dialogs remembered so that who names them is told 603 (RFC 3891 §3)
	MaxTries = 3    // a challenge, and one more for a nonce that went stale
)

// Settings describe an agent.
type Settings struct {
	// AOR is its address of record, a sip or sips URI; Display its name, without quotes.
	AOR, Display string
	// Username and Password answer the challenges of Realm, and of no other (nobody gets to see
	// an answer by asking for it).
	Username, Password, Realm string
	// Local is where it can be reached: it stands in Via, and in Contact until there is a GRUU.
	Local netip.AddrPort
	// Outbound is where its requests go unless a route or an address says otherwise: the
	// registrar's server. What comes from there may assert identities (RFC 3325).
	Outbound machine.Flow
	// Registrar is the URI that is registered at; "": the host of AOR. Contact is the URI that is
	// registered; "": that of Local. They are for agents of a server, which others call by its sockets.
	Registrar, Contact string
	// Instance names the device for good, as "urn:uuid:…" (RFC 5626 §4.1); "": none.
	Instance  string
	UserAgent string
	// ContactParams is added to Contact: feature tags (RFC 3840), each after a semicolon.
	ContactParams string
	// Expires is how long a registration is asked for; zero: an hour.
	Expires time.Duration
	// MediaAddress stands in SDP; the zero value: Local's.
	MediaAddress netip.Addr
	// Codecs, most wanted first; none: PCMU and PCMA.
	Codecs []sdp.Codec
	// Telephone events are offered with this payload type; zero: 101.
	Events uint8
	Secure sdp.Policy // SRTP by SDES
	// SessionInterval of the session timer that is asked for; zero: half an hour, negative: none.
	SessionInterval time.Duration
	// Reliable makes 180 and 183 reliable where the caller supports it, not only where it is required.
	Reliable bool
	// Caps on subscriptions to it; zero: those of package event.
	Caps event.Caps
	// Music is the URI of the music that those hear whom we hold (RFC 7088); "": silence.
	Music string
	// Pickup are users of our domain who see the identifiers of our calls, to take them over (RFC 5359 §2.16).
	Pickup []string
	// Unattended: there is no person, and no device: a media server.
	Unattended bool
	// FirstNode numbers nodes from here, where several agents share a media engine.
	FirstNode graph.Node
	// Kept gives what is kept of a kind, by ids (Agent.Keep); nil: nothing is.
	Kept func(kind string) map[string][]byte
	// Seed of everything random; it must be secret and new for each process.
	Seed [32]byte
}

// Agent is one user agent. See the package's comment for who may touch it.
type Agent struct {
	settings Settings
	table    *transaction.Table
	tasks    task.Runner
	timers   timers
	handlers Handlers
	methods  []sip.Method // that something here handles
	tags     []string     // of the extensions that do
	// Ports are the RTP ports it may use. The shell adds to them within a step.
	Ports graph.Ports

	registration registration
	credentials  []*credential
	attended     *Call // the person at the phone talks in it; nil: in none
	muted        bool
	calls        calls
	dialogs      map[dialog.ID]*usage
	ended        ended
	invites      map[inviteKey]bool // that came, until no copy of them can
	nodes        graph.Node
	streams      map[graph.Node]*Call
	players      map[graph.Node]*task.Queue[graph.Ended]
	referring    []*Referring
	watchings    []*Watching
	publications []*Publication
	kept         map[publishing]*event.Publications // of others
	census       event.Census
	pace         pace
	observed     *dialoginfo.User // our calls as others are told of them; nil: nobody asked yet
	observers    []*Subscription
	gathering    *gathering // nil: nobody watches a conference of ours
	calling      uint64     // numbers calls
	jobs         int        // that tasks wait for
	away         []Away     // calls that were left with others
	keeping      keeping
	touched      []*Call // whose saved state has changed in the step
	restored     int     // calls of the process before

	now time.Time
	out *machine.Output
}

// usage is who uses a dialog (RFC 5057): a call, subscriptions, or both.
type usage struct {
	dialog        *dialog.Dialog
	call          *Call
	referrals     int // REFERs whose subscription is ours to notify
	subscriptions []*Subscription
}

// New makes an agent that begins at now.
func New(settings Settings, now time.Time) *Agent {
	a := &Agent{dialogs: map[dialog.ID]*usage{}, invites: map[inviteKey]bool{}, streams: map[graph.Node]*Call{}, players: map[graph.Node]*task.Queue[graph.Ended]{}}
	a.settings = settings.withDefaults()
	a.now = now
	a.census.Caps = settings.Caps
	a.nodes = max(graph.Device, settings.FirstNode)
	a.table = transaction.NewTable(&watcher{a}, settings.Seed, now)
	a.Handle(Handlers{})
	return a
}

func (s Settings) withDefaults() Settings {
	if len(s.Codecs) == 0 {
		s.Codecs = []sdp.Codec{{Name: "PCMU", Payload: 0, Rate: 8000, Channels: 1}, {Name: "PCMA", Payload: 8, Rate: 8000, Channels: 1}}
	}
	if s.Events == 0 {
		s.Events = 101
	}
	if s.Expires == 0 {
		s.Expires = time.Hour
	}
	if s.SessionInterval == 0 {
		s.SessionInterval = dialog.DefaultInterval
	}
	if !s.MediaAddress.IsValid() {
		s.MediaAddress = s.Local.Addr()
	}
	if s.UserAgent == "" {
		s.UserAgent = "hookflash"
	}
	return s
}

// Settings are what the agent goes by.
func (a *Agent) Settings() Settings { return a.settings }

// Receive implements machine.Machine.
func (a *Agent) Receive(now time.Time, p machine.Packet, out *machine.Output) {
	a.Do(now, out, func() {
		if p.Message.IsRequest() {
			a.request(p)
		} else {
			a.response(p.Message)
		}
	})
}

// Advance implements machine.Machine.
func (a *Agent) Advance(now time.Time, out *machine.Output) {
	a.Do(now, out, func() {
		a.table.Advance(now, out)
		a.timers.fire(now)
	})
}

// Next implements machine.Machine.
func (a *Agent) Next() time.Time {
	return earliest(earliest(a.table.Next(), a.timers.next()), a.tasks.Next())
}

// Do runs something as a step of the agent, and then what it set in motion.
func (a *Agent) Do(now time.Time, out *machine.Output, step func()) {
	a.now, a.out = now, out
	sends := len(out.Sends)
	step()
	a.tasks.Run(now)
	if len(a.touched) > 0 {
		a.saveTouched()
	}
	if a.keeping.staged {
		a.keeping.withhold(out, sends)
	}
	a.out = nil
}

// SendFailed takes note of a message that could not be sent.
func (a *Agent) SendFailed(now time.Time, ticket uint64, out *machine.Output) {
	a.Do(now, out, func() { a.table.Unsent(now, ticket, out) })
}

// Go starts a task of the agent, which runs at the end of this step.
func (a *Agent) Go(name string, body func(t *task.Task)) *task.Task { return a.tasks.Go(name, body) }

// Tasks counts the tasks that have not ended.
func (a *Agent) Tasks() int { return a.tasks.Len() }

// Dialogs counts the dialogs that have not ended.
func (a *Agent) Dialogs() int { return len(a.dialogs) }

// Calls are the calls that have not ended, in the order in which they began.
func (a *Agent) Calls() []*Call { return a.calls.list() }

// Now is the time of the step.
func (a *Agent) Now() time.Time { return a.now }

// Tell puts something worth knowing into the step's output.
func (a *Agent) Tell(event any) { a.out.Events = append(a.out.Events, event) }

// Media asks the media side for something.
func (a *Agent) Media(change any) { a.out.Media = append(a.out.Media, change) }

// Node is a number for a player, a recorder or a room that was never used before.
func (a *Agent) Node() graph.Node {
	a.nodes++
	return a.nodes
}

func earliest(one, other time.Time) time.Time {
	if one.IsZero() || !other.IsZero() && other.Before(one) {
		return other
	}
	return one
}

// token is a random word for tags and Call-IDs, of 64 bits or more.
func (a *Agent) token() string {
	var octets [10]byte
	binary.BigEndian.PutUint64(octets[:], a.table.Uint64())
	binary.BigEndian.PutUint16(octets[8:], uint16(a.table.Uint64()))
	return string(sip.AppendOpaque(nil, octets[:]))
}

// secret derives key material from the agent's seed.
func (a *Agent) secret(length int) []byte {
	var octets []byte
	for len(octets) < length {
		word := binary.BigEndian.AppendUint64(a.settings.Seed[:], a.table.Uint64())
		sum := sha256.Sum256(word)
		octets = append(octets, sum[:]...)
	}
	return octets[:length]
}
