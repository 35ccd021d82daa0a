package order

import (
	"hookflash/service/hold"
	"hookflash/service/transfer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// resume takes the call off hold; without one it takes back the call that was left with the music server last, with the
// target where one is named.
func resume(t *task.Task, r Request) error {
	if r.Call != nil {
		return hold.Resume(t, r.Call)
	}
	if r.Agent == nil {
		return ErrCall
	}
	away := r.Agent.Away()
	for i := len(away) - 1; i >= 0; i-- {
		if r.Target == "" || sameParty(away[i].Remote.URI, r.Target) {
			_, err := hold.Retrieve(t, r.Agent, away[i])
			return err
		}
	}
	return ErrCall
}

func sameParty(one, other string) bool {
	a, errA := sip.ParseURI(one)
	b, errB := sip.ParseURI(other)
	return errA == nil && errB == nil && sip.Lower(a.Host) == sip.Lower(b.Host) && sip.Unescape(a.User) == sip.Unescape(b.User)
}

// server is whom an action goes to: the target, else the agent of that name in our domain.
func (r Request) server(name string) string {
	if r.Target != "" {
		return r.Target
	}
	own, err := sip.ParseURI(r.Agent.Settings().AOR)
	if err != nil {
		return ""
	}
	return "sip:" + name + "@" + own.Host
}

// mates tells who may see the identifiers of our calls: users of our domain whom the settings name.
func mates(a *ua.Agent) func(p ua.Party) bool {
	own, err := sip.ParseURI(a.Settings().AOR)
	names := map[string]bool{}
	for _, name := range a.Settings().Pickup {
		names[name] = true
	}
	return func(p ua.Party) bool {
		who, problem := sip.ParseURI(p.URI)
		return err == nil && problem == nil && p.Asserted && sip.Lower(who.Host) == sip.Lower(own.Host) && names[sip.Unescape(who.User)]
	}
}

// replace takes a call that replaces another one. Who takes the place of somebody on hold hears music as they did.
func replace(call, old *ua.Call) {
	held := old.Held
	transfer.Target(call, old)
	if held {
		call.Agent().Go("inherit", func(t *task.Task) { hold.Inherit(t, call) })
	}
}
