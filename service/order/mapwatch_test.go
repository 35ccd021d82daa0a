package order_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hookflash/directory"
	"hookflash/event/dialoginfo"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/service/lamps"
	"hookflash/service/pickup"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// staffOf are users with their assistants, as the agent of the lamps sees them.
type staffOf map[string][]string

func (s staffOf) User(name string) *directory.User {
	if !slices.Contains(everybody, name) {
		return nil
	}
	return &directory.User{Name: name, Assistants: s[name]}
}
func (staffOf) Group(string) *directory.Group       { return nil }
func (staffOf) Number(string) string                { return "" }
func (staffOf) Calendar(string) *directory.Calendar { return nil }

// lampsOf is the agent that tells how calls stand.
func lampsOf(users directory.View) domain.Agent {
	var service *lamps.Lamps
	return domain.Agent{
		Name: "lamps", Settings: ua.Settings{ContactParams: lamps.ContactParams},
		Install: func(a *ua.Agent) {
			service = lamps.Install(a, lamps.Settings{Domain: "example.test", Users: users, Sources: 1})
		},
		Record: func(record any) { service.Record(record) },
	}
}

// watch has the assistant see what the lamps of somebody tell, which are that one's calls, each once; and take one by that.
func (o *exchangeOffice) watch(sip.DialogID) (int, error) {
	whom := o.pick(talkers)
	var document dialoginfo.Document
	if err := o.Act("zoe", func(t *task.Task, a *ua.Agent) error {
		w, err := a.Fetch(office.AOR(whom), sip.Event{Package: dialoginfo.Package})
		if err != nil {
			return err
		}
		defer w.Close()
		t.First(w.Documents, w.Ended(), t.After(pickup.Patience))
		text, _ := w.Documents.Take()
		document, err = dialoginfo.Parse(text)
		return err
	}); err != nil {
		return 0, fmt.Errorf("the lamps of %s: %w", whom, err)
	}
	_ = o.RunFor(time.Second)
	o.note("zoe looks at %s", whom)
	var seen []*ua.Call
	var takeable []dialoginfo.Dialog
	for _, d := range document.Dialogs {
		call := o.Desk(whom).Agent().Named(mirrored(d.Triple()))
		switch {
		case d.LocalTag == "" || d.RemoteTag == "": // it does not ring yet
			continue
		case call == nil || call.State == ua.Over:
			return 0, fmt.Errorf("%s has no call %s with %s", whom, d.State, d.Remote.Identity.URI)
		case slices.Contains(seen, call):
			return 0, fmt.Errorf("the call of %s with %s is told twice", whom, d.Remote.Identity.URI)
		case strings.Contains(d.Remote.Identity.URI, "bridge@"):
			return 0, fmt.Errorf("%s talks with %s", whom, d.Remote.Identity.URI)
		}
		seen = append(seen, call)
		if d.State == dialoginfo.Confirmed || d.Direction == dialoginfo.Recipient {
			takeable = append(takeable, d)
		}
	}
	if len(takeable) == 0 {
		return untried, nil
	}
	d := takeable[o.random.IntN(len(takeable))]
	return o.take(d)
}

// take has the assistant take a call that the lamps have told of.
func (o *exchangeOffice) take(d dialoginfo.Dialog) (int, error) {
	id := d.Triple()
	near, _ := o.side(id)
	far, _ := o.side(mirrored(id))
	target := d.Remote.Target
	if o.random.IntN(2) == 0 {
		target = d.Remote.Identity.URI
	}
	if o.random.IntN(2) == 0 { // at the end of whom the lamp is of
		if id, near, far, target = mirrored(id), far, near, d.Local.Identity.URI; o.random.IntN(2) == 0 {
			target = cmp.Or(d.Local.Target, target) // of a telephone that rings it may not be told
		}
	}
	before := o.snapshot()
	o.note("zoe takes %s by %s", o.describe(id), target)
	made, code := o.invites("zoe", target, id, false)
	o.note("-> %d", code)
	after := o.snapshot()
	m := mapTry{"zoe", target, id, false, near, far}
	if code != 0 {
		return code, errors.Join(o.mustReach(m), o.mustStandIn(m, code))
	}
	began, ended := before.compare(after)
	return code, errors.Join(o.reached(m, made, began, ended), m.heard(before, after))
}
