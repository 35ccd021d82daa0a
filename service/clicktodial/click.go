package clicktodial

import (
	"time"

	"hookflash/proxy"
	"hookflash/task"
	"hookflash/ua"
)

// ContactParams are for ua.Settings (RFC 3840 §10.13).
const ContactParams = ";automaton"

// Limits of the agent.
const (
	Patience = 60 * time.Second // that a phone rings, and that a target does
	CallTime = 60 * time.Second // from the acceptance of a REFER to the phone's call
	again    = 30 * time.Second // between questions how calls of a user stand
)

// agentName is the user part of its address.
const agentName = "click"

// Phone is a registered phone of a user.
type Phone struct {
	URI string // its GRUU, or else the address that it registered
	// GRUU tells that the URI is one; Refer that the phone did not say it takes no REFER.
	GRUU, Refer bool
}

// Wish is a call that somebody wants.
type Wish struct {
	ID     string // names it; unique
	User   string
	Target string // a SIP URI, as by Address
	Shown  string // the target as people know it
	Phone  Phone
}

// Settings of the agent.
type Settings struct {
	Domain   string
	Language string // of what a phone is told that hears the agent
	// Changed is told of every change of a call, as part of a step; nil: nobody is.
	Changed func(c Call)
}

// Desk places the calls. It belongs to its agent: nothing is touched outside of a step of that.
type Desk struct {
	agent    *ua.Agent
	settings Settings
	clicks   map[string]*click
	watched  map[string]int  // clicks of users whose calls the proxy tells
	claimed  map[string]bool // calls of phones that are a click's
}

// Install makes an agent the one that has phones call.
func Install(a *ua.Agent, s Settings) *Desk {
	a.Handle(ua.Handlers{})
	return &Desk{agent: a, settings: s, clicks: map[string]*click{}, watched: map[string]int{}, claimed: map[string]bool{}}
}

// Place has a phone call. What becomes of that is told by Settings.Changed.
func (d *Desk) Place(w Wish) {
	if d.clicks[w.ID] != nil {
		return
	}
	k := &click{
		desk: d, wish: w, user: "sip:" + escape(w.User) + "@" + d.settings.Domain,
		Call: Call{
			ID: w.ID, User: w.User, Target: w.Target, Shown: w.Shown, Phone: w.Phone.URI, Status: Queued, Created: d.agent.Now(),
		},
	}
	d.clicks[w.ID] = k
	if d.agent.Go("click", k.run) == nil {
		k.fail(503, false)
		delete(d.clicks, w.ID)
	}
}

// Cancel ends a call, however far it is; one that is over is left alone.
func (d *Desk) Cancel(id string) {
	if k := d.clicks[id]; k != nil {
		k.canceled = true
		k.cancel.Put(struct{}{})
	}
}

// Standing counts the calls that are not over.
func (d *Desk) Standing() int { return len(d.clicks) }

// Record takes what the proxy tells of users' calls.
func (d *Desk) Record(record any) {
	user := ""
	switch r := record.(type) {
	case proxy.Leg:
		user = r.User
	case proxy.Standing:
		user = r.User
	}
	for _, k := range d.clicks {
		if k.wish.User == user {
			k.records.Put(record)
		}
	}
}

// watch has the proxy tell how calls of a user stand, until the function that it gives is called.
func (d *Desk) watch(user string) (off func()) {
	d.watched[user]++
	d.agent.Tell(proxy.Watch{User: user, By: agentName})
	return func() {
		if d.watched[user]--; d.watched[user] == 0 {
			delete(d.watched, user)
			d.agent.Tell(proxy.Watch{User: user, By: agentName, Off: true})
		}
	}
}

// click is one call that is not over.
type click struct {
	Call
	desk     *Desk
	wish     Wish
	user     string // address of record
	cancel   task.Queue[struct{}]
	canceled bool
	records  task.Queue[any]
}

func (k *click) run(t *task.Task) {
	defer delete(k.desk.clicks, k.ID)
	defer func() {
		if !k.Status.Final() { // the agent is being stopped
			k.end(Failed, 503, false)
		}
	}()
	if k.wish.Phone.GRUU && k.wish.Phone.Refer && k.refer(t) {
		return
	}
	if k.canceled {
		k.end(Canceled, 0, false)
		return
	}
	k.connect(t)
}

// tell notes a step, and tells of it.
func (k *click) tell(status Status, event Event, code int) {
	if k.Status.Final() {
		return
	}
	now := k.desk.agent.Now()
	if status == InProgress && k.Answered.IsZero() {
		k.Answered = now
	}
	k.Status = status
	k.step(now, event, code)
	k.changed()
}

// fail ends it by a response, of the phone or of the target.
func (k *click) fail(code int, byPhone bool) {
	k.end(statusOf(code), code, byPhone)
}

func (k *click) end(status Status, code int, byPhone bool) {
	if k.Status.Final() {
		return
	}
	if k.canceled && status != Completed {
		status = Canceled
	}
	k.Ended = k.desk.agent.Now()
	k.Status, k.Code, k.ByPhone, k.Reason = status, code, byPhone, reason(code)
	k.step(k.Ended, Ended, code)
	k.changed()
}

func (k *click) changed() {
	if k.desk.settings.Changed != nil {
		k.desk.settings.Changed(k.Call)
	}
}
