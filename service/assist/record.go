package assist

import (
	"errors"
	"time"

	"hookflash/b2bua"
	"hookflash/task"
	"hookflash/ua"
)

// MaxRecording is how long a recording lasts, pauses left out.
const MaxRecording = 4 * time.Hour

// Taking is a recording that begins.
type Taking struct {
	Owner string   // the user who began it
	With  []string // URIs of the others who were there then
	At    time.Time
}

// Recordings are where recordings are kept. What it does may wait for the disk: it is called in jobs alone.
type Recordings interface {
	// Begin makes the place of one: sink is of graph.Record.
	Begin(r Taking) (id, sink string, err error)
	// Keep takes a recording over that is whole, and Drop one that is not wanted.
	Keep(id string, lasted time.Duration) error
	Drop(id string) error
}

// Recorder records conversations for their users.
type Recorder struct {
	Recordings Recordings
	// Allowed tells whether a user may record their own calls.
	Allowed func(user string) bool
	// Trouble is told what went wrong; nil: nobody is.
	Trouble func(owner string, err error)
}

// recording is that of one conversation. It belongs to its task; others change it by orders.
type recording struct {
	recorder *ua.Recorder // nil: it has not begun to take anything down
	talk     *b2bua.Conversation
	changes  *task.Queue[struct{}] // of talk
	told     map[*ua.Call]bool     // who has heard that it is recorded
	paused   bool
	over     bool // it is to end
	wake     task.Queue[struct{}]
}

// Goes implements b2bua.Recording.
func (r *recording) Goes(to *b2bua.Conversation) {
	if to == nil {
		r.over = true
	} else {
		r.talk.Unwatch(r.changes)
		r.talk, r.changes = to, to.Watch()
		if r.recorder != nil {
			r.recorder.Enter(to.Room())
		}
	}
	r.wake.Put(struct{}{})
}

// Record begins to record a conversation, and the same code ends that: everybody hears that it is so, and a tone again and
// again; who comes later hears it then. The recording goes where the conversation goes: through hold, transfer, parking, and a third party's coming.
//
//	Alice          bridge          Bob
//	  |               |    "*1"      |
//	  |  "recorded"   |<=============|
//	  |<==============|  "recorded"  |
//	  |               |=============>|
//	  |     all that they say, and a tone
//	  |<============================>|
//	  |               |    "*1"      |
//	  |               |<=============|
//	  |    "it has ended"            |
//	  |<==============|=============>|
//
// Anybody who may press codes may end it, whoever began it.
func (r *Recorder) Record(t *task.Task, p b2bua.Press) {
	c := p.Leg.Conversation()
	if now, _ := c.Recording.(*recording); now != nil {
		now.over = true
		now.wake.Put(struct{}{})
		return
	}
	if c.Recording != nil || !r.Allowed(p.Leg.User) {
		r.refuse(t, p)
		return
	}
	taking := Taking{Owner: p.Leg.User, At: t.Now()}
	for _, l := range c.Others(p.Leg) {
		taking.With = append(taking.With, l.Party.URI)
	}
	now := &recording{talk: c, changes: c.Watch(), told: map[*ua.Call]bool{}}
	defer func() { now.talk.Unwatch(now.changes) }()
	c.Recording = now
	voice := p.Leg.Voice()
	id, sink, err := r.begin(t, p, taking)
	if err != nil {
		now.forget()
		r.trouble(taking.Owner, err)
		r.refuse(t, p)
		return
	}
	lasted, err := now.take(t, voice, sink)
	now.forget()
	r.end(t, c.Exchange().Agent(), ending{id, lasted, err, taking.Owner})
	if now.talk.Alive() {
		c.Exchange().Agent().Announce(t, now.talk.Room(), voice.Prompt("room-recorded"))
	}
}

// take is a recording from its beginning to its end.
func (r *recording) take(t *task.Task, voice ua.Voice, sink string) (lasted time.Duration, err error) {
	a := r.talk.Exchange().Agent()
	r.newcomers()
	a.Announce(t, r.talk.Room(), voice.Prompt("room-recording"))
	if r.over {
		return 0, errNothing
	}
	r.recorder = a.RecordRoom(r.talk.Room(), ua.Recording{Sink: sink, Limit: MaxRecording, Consent: true})
	r.recorder.Pause(r.paused)
	for paused := r.paused; !r.over; {
		if t.First(&r.wake, r.changes, r.recorder.Ended()) == 2 {
			break
		}
		r.wake.Take()
		r.changes.Take()
		if came := r.newcomers() && !r.paused; came || r.paused != paused {
			paused = r.paused
			a.Announce(t, r.talk.Room(), voice.Prompt(map[bool]string{true: "recording-paused", false: "room-recording"}[paused]))
		}
	}
	r.over = true
	done, err := r.recorder.Finish(t)
	return done.Lasted, err
}

// newcomers tells whether somebody is there who has not heard that it is recorded, and is about to.
func (r *recording) newcomers() (came bool) {
	for _, l := range r.talk.Legs() {
		came = came || !r.told[l.Call]
		r.told[l.Call] = true
	}
	return came
}

// errNothing tells that it was ended before it began.
var errNothing = errors.New("assist: nothing was recorded")

// forget takes the recording out of its conversation.
func (r *recording) forget() {
	if r.talk.Recording == b2bua.Recording(r) {
		r.talk.Recording = nil
	}
}

// Pause leaves out of a recording what is said from now on, and the same code has it go on. Everybody is told.
func (r *Recorder) Pause(t *task.Task, p b2bua.Press) {
	c := p.Leg.Conversation()
	now, _ := c.Recording.(*recording)
	if now == nil || now.over {
		r.refuse(t, p)
		return
	}
	now.paused = !now.paused
	if now.recorder != nil {
		now.recorder.Pause(now.paused)
	}
	now.wake.Put(struct{}{})
}

func (r *Recorder) refuse(t *task.Task, p b2bua.Press) {
	if c := p.Leg.Conversation(); c != nil && !c.Busy() {
		defer c.Keep()()
		x := aloneWith(t, p.Leg)
		defer x.back()
		x.say("code-refused")
	}
}

func (r *Recorder) trouble(owner string, err error) {
	if r.Trouble != nil {
		r.Trouble(owner, err)
	}
}

// begun is what became of Recordings.Begin.
type begun struct {
	id, sink string
	err      error
}

func (r *Recorder) begin(t *task.Task, p b2bua.Press, taking Taking) (id, sink string, err error) {
	result, ok := p.Leg.Call.Agent().Job(t, func() any {
		id, sink, err := r.Recordings.Begin(taking)
		return begun{id, sink, err}
	})
	if !ok {
		return "", "", errJob
	}
	came := result.(begun)
	return came.id, came.sink, came.err
}

// errJob tells that nobody knows what became of a job.
var errJob = errors.New("assist: the job was not done in time")

// ending is a recording that is over.
type ending struct {
	id     string
	lasted time.Duration
	err    error // of the media side
	owner  string
}

// end has a recording kept that is whole, and any other dropped.
func (r *Recorder) end(t *task.Task, a *ua.Agent, e ending) {
	result, ok := a.Job(t, func() any {
		if e.err != nil {
			return errors.Join(e.err, r.Recordings.Drop(e.id))
		}
		return r.Recordings.Keep(e.id, e.lasted)
	})
	err, _ := result.(error)
	if !ok {
		err = errJob
	}
	if err != nil && !errors.Is(err, errNothing) {
		r.trouble(e.owner, err)
	}
}
