package order

import (
	"errors"

	"hookflash/service/conference"
	"hookflash/service/hold"
	"hookflash/service/park"
	"hookflash/service/transfer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Errors of a request that lacks something.
var (
	ErrCall   = errors.New("there is no call to do that with")
	ErrOther  = errors.New("a second call is needed")
	ErrTarget = errors.New("say whom: a name or a SIP URI")
)

// Request is what an action is about.
type Request struct {
	Agent  *ua.Agent
	Call   *ua.Call     // the one acted on, nil: none
	Other  *ua.Call     // the second one, where an action takes two
	Target string       // a URI, where an action takes one
	Dialog sip.DialogID // of join: the dialog as the target sees it
	AtOnce bool         // of transfer: hang up as soon as the other side has set out
}

// Action is a service that a person or a program starts. Run waits for its end; an error leaves the
// calls that were talking as they were.
type Action struct {
	Name string
	Help string
	Run  func(t *task.Task, r Request) error
}

// Actions are all of them, in the order in which help lists them.
var Actions = []Action{
	{"hold", "put the call on hold", withCall(func(t *task.Task, r Request) error { return hold.Hold(t, r.Call) })},
	{"resume", "take the call off hold, or back from the music server", resume},
	{"music", "leave the call with the music server", withCall(func(t *task.Task, r Request) error { return hold.AtMusicServer(t, r.Call, r.server("music")) })},
	{"swap", "hold one call and resume the other", withOther(func(t *task.Task, r Request) error { return hold.Swap(t, r.Call, r.Other) })},
	{"consult", "hold the call and call somebody else", withTarget(func(t *task.Task, r Request) error {
		_, err := hold.Consult(t, r.Call, r.Target)
		return err
	})},
	{"transfer", "hand the call over to somebody, unannounced", withTarget(func(t *task.Task, r Request) error {
		return transfer.Unattended(t, r.Call, r.Target, transfer.Options{AtOnce: r.AtOnce})
	})},
	{"attended", "hand the call over to whom you consult", withOther(func(t *task.Task, r Request) error {
		return transfer.Attended(t, r.Call, r.Other)
	})},
	{"message-transfer", "tell somebody by message how to take the call over", withTarget(func(t *task.Task, r Request) error {
		return transfer.ByMessage(t, r.Call, r.Target)
	})},
	{"conference", "talk with two together: call a third, or merge two calls", withCall(func(t *task.Task, r Request) error {
		if r.Other != nil {
			return conference.Merge(t, r.Call, r.Other)
		}
		return withTarget(func(t *task.Task, r Request) error {
			_, err := conference.Add(t, r.Call, r.Target)
			return err
		})(t, r)
	})},
	{"to-room", "move the conversation into a conference room of the server, a new one or by its number", withCall(func(t *task.Task, r Request) error {
		_, err := conference.ToRoom(t, r.Call, r.Target, func(t *task.Task, call *ua.Call, target string) error {
			return transfer.Unattended(t, call, target, transfer.Options{})
		})
		return err
	})},
	{"join", "join a call of somebody else's", func(t *task.Task, r Request) error {
		if r.Target == "" {
			return ErrTarget
		}
		_, err := conference.Join(t, r.Agent, r.Target, r.Dialog)
		return err
	}},
	{"take-over", "take over a call that a message offered", func(t *task.Task, r Request) error {
		if r.Target == "" {
			return ErrTarget
		}
		_, err := transfer.TakeOver(t, r.Agent, r.Target)
		return err
	}},
	{"park", "park the call with the server, at a place or the first free one", withCall(func(t *task.Task, r Request) error {
		_, err := park.Park(t, r.Call, r.Target)
		return err
	})},
	{"unpark", "take the call that is parked at a place", func(t *task.Task, r Request) error {
		_, err := park.Unpark(t, r.Agent, r.Target)
		return err
	}},
	{"pickup", "take the call that rings at somebody's telephone, or in a group", pickUp},
	{"redial-when-free", "call somebody as soon as they are free", redialWhenFree},
}

// Find finds an action by its name.
func Find(name string) (Action, bool) {
	for _, action := range Actions {
		if action.Name == name {
			return action, true
		}
	}
	return Action{}, false
}

// Offered is the URI by which a text offers a call to be taken over, "" when it offers none.
func Offered(text string) string { return transfer.Offered(text) }

// Install completes the handlers of an agent by the roles of the services: who is transferred, who
// is called with Replaces or Join. It is called before the agent's first step.
func Install(a *ua.Agent, h ua.Handlers) {
	h.Refer = transfer.Transferee
	h.Replace = replace
	h.Join = conference.Joined
	if h.Subscribe == nil {
		h.Subscribe = map[string]func(*ua.Subscription){}
	}
	h.Subscribe[ua.DialogPackage] = a.DialogEvents(mates(a))
	h.Subscribe[ua.ConferencePackage] = a.ConferenceEvents()
	a.Handle(h)
}

type run = func(t *task.Task, r Request) error

func withCall(do run) run {
	return func(t *task.Task, r Request) error {
		if r.Call == nil {
			return ErrCall
		}
		return do(t, r)
	}
}

func withOther(do run) run {
	return withCall(func(t *task.Task, r Request) error {
		if r.Other == nil {
			return ErrOther
		}
		return do(t, r)
	})
}

func withTarget(do run) run {
	return withCall(func(t *task.Task, r Request) error {
		if r.Target == "" {
			return ErrTarget
		}
		return do(t, r)
	})
}
