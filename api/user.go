package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hookflash/digest"
	"hookflash/directory"
	"hookflash/store"
)

// Bounds of a password, in bytes.
const (
	minPassword = 8
	maxPassword = 256
)

// User is a user as the API shows one.
type User struct {
	Name     string `json:"name,omitempty" doc:"The user part of the address; in a change, that of the path"`
	Password string `json:"password,omitempty" writeOnly:"true" doc:"Kept as digest secrets (HA1) alone and never shown; absent: it stays"`
	// Digest is texts: huma takes a slice of a small integer for bytes.
	Digest     []string           `json:"digest,omitempty" enum:"SHA-512-256,SHA-256,MD5" doc:"What is offered to this user's phones, in this order; none: what the domain offers"`
	Assistants []string           `json:"assistants,omitempty" maxItems:"64" doc:"Users who may take over this user's calls, or join them"`
	Routing    *directory.Routing `json:"routing,omitempty" doc:"Where calls go; absent from a change: it stays"`
	Source     store.Source       `json:"source,omitempty" readOnly:"true" doc:"file or interface: who made the user"`
	Revision   uint64             `json:"revision,omitempty" readOnly:"true" doc:"What the ETag says"`
}

func showUser(entry *store.UserEntry) User {
	user := User{Name: entry.User.Name, Assistants: entry.User.Assistants, Source: entry.Source, Revision: entry.Revision}
	for _, algorithm := range entry.User.Digest {
		user.Digest = append(user.Digest, algorithm.String())
	}
	if entry.User.Routing != nil {
		shown := showRouting(entry.User.Routing)
		user.Routing = &shown
	}
	return user
}

// Named names what an operation is about.
type Named struct {
	Name string `path:"name" maxLength:"128" doc:"Its name"`
}

// answered is one resource with its revision.
type answered[V any] struct {
	Status   int
	ETag     string `header:"ETag" doc:"For If-Match of a change"`
	Location string `header:"Location" doc:"Of what was created"`
	Body     V
}

func (a *administration) userOperations(described huma.API) {
	register(described, operation{"list-users", http.MethodGet, "/users", "List users", administrators, []int{422}}, a.listUsers)
	register(described, operation{"get-user", http.MethodGet, "/users/{name}", "Get a user", owners, nil}, a.getUser)
	register(described, operation{"put-user", http.MethodPut, "/users/{name}", "Create or change a user", administrators, []int{422}}, a.putUser)
	register(described, operation{"delete-user", http.MethodDelete, "/users/{name}", "Delete a user, with the tokens of that user", administrators, []int{409}}, a.deleteUser)
}

func (a *administration) listUsers(_ context.Context, in *paging) (*paged[User], error) {
	return page(a.Store.Users().All(), *in, func(e *store.UserEntry) string { return e.User.Name }, showUser)
}

// user finds a user.
func (a *administration) user(name string) (*store.UserEntry, error) {
	if entry := a.Store.Users().Find(name); entry != nil {
		return entry, nil
	}
	return nil, problem(http.StatusNotFound, "there is no user %s", name)
}

func (a *administration) getUser(_ context.Context, in *Named) (*answered[User], error) {
	entry, err := a.user(in.Name)
	if err != nil {
		return nil, err
	}
	return &answered[User]{Status: http.StatusOK, ETag: entityTag(entry.Revision), Body: showUser(entry)}, nil
}

type putUser struct {
	Named
	Conditions
	Body document[User]
}

func (a *administration) putUser(ctx context.Context, in *putUser) (*answered[User], error) {
	a.changes.Lock()
	defer a.changes.Unlock()
	entry, status := store.UserEntry{User: directory.User{Name: in.Name}, Source: store.FromInterface}, http.StatusCreated
	if present := a.Store.Users().Find(in.Name); present != nil {
		entry, status = *present, http.StatusOK
	}
	if err := in.check(entry.Revision); err != nil {
		return nil, err
	}
	wanted := in.Body.Value
	faults := named(in.Name, wanted.Name)
	entry.User.Assistants = wanted.Assistants
	faults = append(faults, a.authenticate(&entry.User, wanted)...)
	if wanted.Routing != nil {
		before := orEmpty(entry.User.Routing)
		faults = append(faults, keepPIN(wanted.Routing, before, in.Body.names("routing", "mailbox", "pin"), "body.routing")...)
		entry.User.Routing = orNone(wanted.Routing)
	}
	faults = append(faults, a.userFaults(&entry.User, "body.routing")...)
	if len(faults) > 0 {
		return nil, refused(faults)
	}
	if status == http.StatusCreated {
		// A token that an earlier user of this name left behind is not this user's.
		if err := a.dropTokens(ctx, in.Name); err != nil {
			return nil, err
		}
	}
	return a.keepUser(ctx, entry, status)
}

// keepUser puts a user who was checked.
func (a *administration) keepUser(ctx context.Context, entry store.UserEntry, status int) (*answered[User], error) {
	revision, err := a.Store.Users().Put(ctx, entry)
	if err != nil {
		return nil, a.unkept(err)
	}
	entry.Revision = revision
	a.changed(ctx, "user", entry.User.Name)
	answer := &answered[User]{Status: status, ETag: entityTag(revision), Body: showUser(&entry)}
	if status == http.StatusCreated {
		answer.Location = Prefix + "/users/" + entry.User.Name
	}
	return answer, nil
}

// changed tells the log who changed what.
func (a *administration) changed(ctx context.Context, kind, name string) {
	a.Logger.Info("changed over the API", "kind", kind, "name", name, "token", callerOf(ctx).token)
}

// authenticate sets what a user signs in with.
func (a *administration) authenticate(user *directory.User, wanted User) (faults []Fault) {
	user.Digest = nil
	for i, token := range wanted.Digest {
		algorithm, err := digest.ParseAlgorithm(token)
		if err != nil || slices.Contains(user.Digest, algorithm) {
			faults = append(faults, Fault{Location: item("body.digest", i), Message: token + " is no algorithm, or stands there twice", Remedy: "write SHA-512-256, SHA-256 or MD5"})
			continue
		}
		user.Digest = append(user.Digest, algorithm)
	}
	c := a.Config()
	algorithms := user.Digest
	if len(algorithms) == 0 {
		algorithms = c.Digest
	}
	if wanted.Password != "" {
		if what := passwordFault(user.Name, wanted.Password); what != "" {
			return append(faults, Fault{Location: "body.password", Message: what, Remedy: "choose something long and random"})
		}
		user.HA1 = make(map[digest.Algorithm]digest.HA1, len(algorithms))
		for _, algorithm := range algorithms {
			user.HA1[algorithm] = digest.NewHA1(algorithm, user.Name, c.Domain, wanted.Password)
		}
		return faults
	}
	if len(user.HA1) == 0 {
		return append(faults, Fault{Location: "body.password", Message: "is missing: there is no user of that name yet, or none who can sign in", Remedy: "add one, long and random"})
	}
	for i, algorithm := range user.Digest {
		if !user.HA1[algorithm].Valid() {
			faults = append(faults, Fault{Location: item("body.digest", i), Message: "no secret of " + algorithm.String() + " is kept, and passwords are not", Remedy: "send the password too"})
		}
	}
	return faults
}

// passwordFault says what is wrong with a password, without showing it.
func passwordFault(name, password string) string {
	switch {
	case len(password) < minPassword:
		return fmt.Sprintf("has fewer than %d characters", minPassword)
	case len(password) > maxPassword:
		return fmt.Sprintf("has more than %d bytes", maxPassword)
	case strings.EqualFold(password, name):
		return "is the name"
	case strings.ContainsFunc(password, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "holds a control character, which no phone can type"
	}
	return ""
}

func item(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

type deletion struct {
	Named
	Existing
}

func (a *administration) deleteUser(ctx context.Context, in *deletion) (*struct{}, error) {
	a.changes.Lock()
	defer a.changes.Unlock()
	entry, err := a.user(in.Name)
	if err != nil {
		return nil, err
	}
	if err := in.check(entry.Revision); err != nil {
		return nil, err
	}
	if entry.Source == store.FromFile {
		return nil, filed(in.Name)
	}
	if err := needed(in.Name, a.leaving(in.Name)); err != nil {
		return nil, err
	}
	if err := a.dropTokens(ctx, in.Name); err != nil {
		return nil, err
	}
	if err := a.Store.Users().Delete(ctx, in.Name, entry.Revision); err != nil {
		return nil, a.unkept(err)
	}
	a.changed(ctx, "user", in.Name)
	return nil, nil
}

// leaving is who points to a user.
func (a *administration) leaving(name string) []Fault {
	faults := a.pointing(func(all *directory.Catalogue) { delete(all.Users, name) })
	for _, entry := range a.Store.Users().All() {
		if i := slices.Index(entry.User.Assistants, name); i >= 0 && entry.User.Name != name {
			faults = append(faults, Fault{Location: item("users["+entry.User.Name+"].assistants", i), Message: "names " + name, Remedy: "name somebody else"})
		}
	}
	return faults
}

// dropTokens deletes the tokens of a user.
func (a *administration) dropTokens(ctx context.Context, user string) error {
	tokens := a.Store.Tokens()
	for _, entry := range tokens.All() {
		if entry.Value.User != user {
			continue
		}
		if err := tokens.Delete(ctx, entry.Value.Name, entry.Revision); err != nil {
			return a.unkept(err)
		}
		a.changed(ctx, "token", entry.Value.Name)
	}
	return nil
}
