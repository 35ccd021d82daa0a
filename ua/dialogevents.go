package ua

import (
	"fmt"
	"slices"

	"hookflash/event"
	"hookflash/event/dialoginfo"
)

// DialogPackage is the event package that DialogEvents serves.
const DialogPackage = dialoginfo.Package

// DialogEvents serves the dialog event package about the agent's calls (RFC 4235), for
// Handlers.Subscribe. Other devices of the same user see everything, and so does whom members is true of, who may be
// trusted to pick calls up (nil: nobody); whom our server vouches for sees that there are calls and how far they are,
// and no identifier by which one could be taken over.
func (a *Agent) DialogEvents(members func(p Party) bool) func(s *Subscription) {
	return func(s *Subscription) {
		if !s.From.Asserted {
			s.Refuse(403)
			return
		}
		watch := dialoginfo.Watch{View: dialoginfo.States, Party: s.From.URI}
		if s.From.URI == a.settings.AOR || members != nil && members(s.From) {
			watch = dialoginfo.Watch{View: dialoginfo.Complete}
		}
		a.observe()
		s.Accept(func(full bool) (string, bool) {
			if full {
				watch.Refresh()
			}
			document, fresh := watch.Next(a.observed)
			if !fresh {
				return "", false
			}
			return string(document.Append(nil, watch.Dialect)), true
		})
		a.observers = slices.DeleteFunc(a.observers, (*Subscription).Over)
		if s.state.State() == event.Active {
			a.observers = append(a.observers, s)
		}
	}
}

// observe begins to keep what watchers are told.
func (a *Agent) observe() {
	if a.observed != nil {
		return
	}
	a.observed = &dialoginfo.User{Entity: a.settings.AOR}
	for _, c := range a.Calls() {
		a.observed.Set(c.info(Event{}))
	}
}

// observeCall tells the watchers about a call of ours.
func (c *Call) observeCall(e Event) {
	a := c.agent
	if a.observed == nil || !a.observed.Set(c.info(e)) {
		return
	}
	for _, s := range slices.Clone(a.observers) {
		if !s.Over() {
			s.Changed()
		}
	}
}

// info is the call as a document tells of it.
func (c *Call) info(e Event) dialoginfo.Dialog {
	d := c.Dialog()
	info := dialoginfo.Dialog{
		ID: fmt.Sprintf("call-%d", c.Number), CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag, Direction: dialoginfo.Initiator,
		Local:  dialoginfo.Participant{Identity: dialoginfo.Identity{Display: c.agent.settings.Display, URI: c.agent.settings.AOR}, Target: c.agent.ContactURI()},
		Remote: dialoginfo.Participant{Identity: dialoginfo.Identity{Display: c.Remote.Name, URI: c.Remote.URI}, Target: d.Target},
	}
	if c.Incoming {
		info.Direction = dialoginfo.Recipient
	}
	if c.Held {
		info.Local.Params = []dialoginfo.Param{{Name: "+sip.rendering", Value: "no"}}
	}
	switch {
	case c.State == Over:
		info.State, info.Code, info.Event = dialoginfo.Terminated, e.Code, c.ending(e)
	case c.State == Talking && (c.met || !c.Incoming): // RFC 5359 §2.17: F14 follows F13, the ACK
		info.State = dialoginfo.Confirmed
	case d.RemoteTag != "":
		info.State = dialoginfo.Early
	case c.State == Alerting:
		info.State = dialoginfo.Proceeding
	}
	return info
}

// ending is why a call is over, in the words of RFC 4235 §4.1.2.
func (c *Call) ending(e Event) dialoginfo.Event {
	switch {
	case e.Code == 487:
		return dialoginfo.Cancelled
	case e.Code == 408:
		return dialoginfo.Timeout
	case e.Code >= 300:
		return dialoginfo.Rejected
	case c.HungUp:
		return dialoginfo.RemoteBye
	}
	return dialoginfo.LocalBye
}
