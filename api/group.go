package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hookflash/directory"
	"hookflash/store"
)

// Group is a group as the API shows one.
type Group struct {
	Name string `json:"name,omitempty" doc:"In a change, that of the path"`
	directory.Group
	Source   store.Source `json:"source,omitempty" readOnly:"true" doc:"file or interface: who made it"`
	Revision uint64       `json:"revision,omitempty" readOnly:"true" doc:"What the ETag says"`
}

func showGroup(entry *store.Entry[directory.Group]) Group {
	return Group{Name: entry.Value.Name, Group: entry.Value, Source: entry.Source, Revision: entry.Revision}
}

func (a *administration) groups() collection[directory.Group] {
	return collection[directory.Group]{"group", a.Store.Groups()}
}

func (a *administration) groupOperations(described huma.API) {
	register(described, operation{"list-groups", http.MethodGet, "/groups", "List groups", administrators, []int{422}}, a.listGroups)
	register(described, operation{"get-group", http.MethodGet, "/groups/{name}", "Get a group", administrators, nil}, a.getGroup)
	register(described, operation{"put-group", http.MethodPut, "/groups/{name}", "Create or change a group", administrators, []int{422}}, a.putGroup)
	register(described, operation{"delete-group", http.MethodDelete, "/groups/{name}", "Delete a group", administrators, []int{409}}, a.deleteGroup)
}

func (a *administration) listGroups(_ context.Context, in *paging) (*paged[Group], error) {
	return page(a.Store.Groups().All(), *in, func(e *store.Entry[directory.Group]) string { return e.Value.Name }, showGroup)
}

func (a *administration) getGroup(_ context.Context, in *Named) (*answered[Group], error) {
	entry, err := a.groups().find(in.Name)
	if err != nil {
		return nil, err
	}
	return answer(http.StatusOK, entry.Revision, "", showGroup(entry)), nil
}

type putGroup struct {
	Named
	Conditions
	Body document[Group]
}

func (a *administration) putGroup(ctx context.Context, in *putGroup) (*answered[Group], error) {
	wanted := in.Body.Value.Group
	wanted.Name = in.Name
	kept, status, err := a.groups().put(ctx, a, change[directory.Group]{
		name: in.Name, body: in.Body.Value.Name, conditions: in.Conditions, value: wanted,
		faults: func() []Fault {
			return faultsOf(a.catalogue().GroupProblems(&wanted), "groups["+wanted.Name+"]", "body")
		},
	})
	if err != nil {
		return nil, err
	}
	return answer(status, kept.Revision, "/groups/"+in.Name, showGroup(kept)), nil
}

func (a *administration) deleteGroup(ctx context.Context, in *deletion) (*struct{}, error) {
	return nil, a.groups().remove(ctx, a, in, func() []Fault {
		return a.pointing(func(all *directory.Catalogue) { delete(all.Groups, in.Name) })
	})
}
