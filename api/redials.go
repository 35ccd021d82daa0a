package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Redials is who waits until somebody is free. Its methods are for any number of goroutines.
type Redials interface {
	// Of are the redials of a user, oldest first.
	Of(user string) []Redial
	// Cancel ends one; false where the user has none of that number.
	Cancel(user string, id uint64) bool
}

// Redial is a call that is made as soon as the callee is free.
type Redial struct {
	ID     uint64    `json:"id"`
	Callee string    `json:"callee" doc:"User who is waited for"`
	State  string    `json:"state" enum:"queued,suspended,ready" doc:"suspended: it waits for the user, who is in a call or not there. ready: the call is being made"`
	By     string    `json:"by" enum:"server,phone" doc:"Who calls: the server, as it was told by a dialled code, or the user's phone (RFC 6910)"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until" doc:"When it is given up"`
}

func (a *administration) redialOperations(described huma.API) {
	register(described, operation{"list-redials", http.MethodGet, "/users/{name}/redials", "List whom a user waits for", owners, nil}, a.listRedials)
	register(described, operation{"cancel-redial", http.MethodDelete, "/users/{name}/redials/{id}", "Wait for somebody no longer", owners, []int{422}}, a.cancelRedial)
}

func (a *administration) listRedials(_ context.Context, in *Named) (*listed[Redial], error) {
	if _, err := a.user(in.Name); err != nil {
		return nil, err
	}
	out := &listed[Redial]{Body: Page[Redial]{Items: []Redial{}}}
	if a.Redials != nil {
		out.Body.Items = append(out.Body.Items, a.Redials.Of(in.Name)...)
	}
	return out, nil
}

type cancelRedial struct {
	Named
	ID uint64 `path:"id" minimum:"1" doc:"As the list says"`
}

func (a *administration) cancelRedial(ctx context.Context, in *cancelRedial) (*struct{}, error) {
	if a.Redials == nil || !a.Redials.Cancel(in.Name, in.ID) {
		return nil, problem(http.StatusNotFound, "%s waits for nobody by the number %d", in.Name, in.ID)
	}
	a.Logger.Info("redial cancelled", "user", in.Name, "id", in.ID, "token", callerOf(ctx).token)
	return nil, nil
}
