package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"hookflash/directory"
	"hookflash/pin"
)

// showRouting is a routing without its secret.
func showRouting(routing *directory.Routing) directory.Routing {
	shown := *orEmpty(routing)
	shown.Mailbox.PIN = ""
	return shown
}

func orEmpty(routing *directory.Routing) *directory.Routing {
	if routing == nil {
		return &directory.Routing{}
	}
	return routing
}

// orNone is nil for a routing that says nothing.
func orNone(routing *directory.Routing) *directory.Routing {
	if reflect.ValueOf(routing).Elem().IsZero() {
		return nil
	}
	return routing
}

func (a *administration) routingOperations(described huma.API) {
	path := "/users/{name}/routing"
	register(described, operation{"get-routing", http.MethodGet, path, "Get where a user's calls go", owners, nil}, a.getRouting)
	register(described, operation{"put-routing", http.MethodPut, path, "Change where a user's calls go, whole", owners, []int{422}}, a.putRouting)
	register(described, operation{"patch-routing", http.MethodPatch, path, "Change parts of where a user's calls go (RFC 7396); null removes a part", owners, []int{422}}, a.patchRouting)
}

func (a *administration) getRouting(_ context.Context, in *Named) (*answered[directory.Routing], error) {
	entry, err := a.user(in.Name)
	if err != nil {
		return nil, err
	}
	return &answered[directory.Routing]{Status: http.StatusOK, ETag: entityTag(entry.Revision), Body: showRouting(entry.User.Routing)}, nil
}

type putRouting struct {
	Named
	Existing
	Body document[directory.Routing]
}

func (a *administration) putRouting(ctx context.Context, in *putRouting) (*answered[directory.Routing], error) {
	return a.reroute(ctx, in.Name, in.Existing, func(before *directory.Routing) (*directory.Routing, []Fault) {
		wanted := in.Body.Value
		return &wanted, keepPIN(&wanted, before, in.Body.names("mailbox", "pin"), "body")
	})
}

type patchRouting struct {
	Named
	Existing
	Body patch `contentType:"application/merge-patch+json"`
}

// patch is a merge patch: its schema is that of what it changes, where any part may be null.
type patch struct {
	Text json.RawMessage
}

// Schema implements huma.SchemaProvider.
func (patch) Schema(registry huma.Registry) *huma.Schema {
	return registry.Schema(reflect.TypeFor[directory.Routing](), true, "")
}

// UnmarshalJSON keeps the text.
func (p *patch) UnmarshalJSON(text []byte) error {
	p.Text = bytes.Clone(text)
	return nil
}

func (a *administration) patchRouting(ctx context.Context, in *patchRouting) (*answered[directory.Routing], error) {
	return a.reroute(ctx, in.Name, in.Existing, func(before *directory.Routing) (*directory.Routing, []Fault) {
		text, err := json.Marshal(before)
		var target, changes any
		if err == nil {
			err = json.Unmarshal(text, &target)
		}
		if err == nil {
			err = json.Unmarshal(in.Body.Text, &changes)
		}
		if err == nil {
			text, err = json.Marshal(merge(target, changes))
		}
		if err != nil {
			return nil, []Fault{{Location: "body", Message: err.Error()}}
		}
		wanted := &directory.Routing{}
		if faults := read(text, wanted, "body"); len(faults) > 0 {
			return nil, faults
		}
		return wanted, keepPIN(wanted, before, wanted.Mailbox.PIN != before.Mailbox.PIN, "body")
	})
}

// reroute changes a user's routing.
func (a *administration) reroute(ctx context.Context, name string, condition Existing,
	change func(before *directory.Routing) (*directory.Routing, []Fault),
) (*answered[directory.Routing], error) {
	a.changes.Lock()
	defer a.changes.Unlock()
	present, err := a.user(name)
	if err != nil {
		return nil, err
	}
	if err := condition.check(present.Revision); err != nil {
		return nil, err
	}
	before := orEmpty(present.User.Routing)
	wanted, faults := change(before)
	if wanted == nil {
		return nil, refused(faults)
	}
	if err := mayChange(callerOf(ctx), before, wanted); err != nil {
		return nil, err
	}
	entry := *present
	entry.User.Routing = orNone(wanted)
	if faults = append(faults, a.userFaults(&entry.User, "body")...); len(faults) > 0 {
		return nil, refused(faults)
	}
	kept, err := a.keepUser(ctx, entry, http.StatusOK)
	if err != nil {
		return nil, err
	}
	return &answered[directory.Routing]{Status: http.StatusOK, ETag: kept.ETag, Body: showRouting(wanted)}, nil
}

// mayChange refuses what a user's own token may not change.
func mayChange(who caller, before, wanted *directory.Routing) error {
	if who.user == "" {
		return nil
	}
	var faults []Fault
	for _, part := range []struct {
		location    string
		before, now any
	}{
		{"body.numbers", append([]string{}, before.Numbers...), append([]string{}, wanted.Numbers...)},
		{"body.outgoing", &before.Outgoing, &wanted.Outgoing},
	} {
		old, errOld := json.Marshal(part.before)
		now, errNow := json.Marshal(part.now)
		if errOld != nil || errNow != nil || !bytes.Equal(old, now) {
			faults = append(faults, Fault{Location: part.location, Message: "is for administrators to change", Remedy: "leave it as it is"})
		}
	}
	if len(faults) > 0 {
		return problem(http.StatusForbidden, "nothing was changed: this token may not change all of that").with(faults)
	}
	return nil
}

// keepPIN turns a new PIN into its hash, and keeps the one that there is when no other is given.
func keepPIN(wanted, before *directory.Routing, given bool, at string) []Fault {
	digits := wanted.Mailbox.PIN
	switch {
	case !given:
		wanted.Mailbox.PIN = before.Mailbox.PIN
		return nil
	case digits == "":
		return nil
	}
	wanted.Mailbox.PIN = ""
	if what := pin.Problem(digits, wanted.Numbers); what != "" {
		return []Fault{{Location: at + ".mailbox.pin", Message: what, Remedy: "choose another"}}
	}
	wanted.Mailbox.PIN = pin.Hash(digits)
	return nil
}
