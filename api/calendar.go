package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hookflash/directory"
	"hookflash/store"
)

// Calendar is a calendar as the API shows one.
type Calendar struct {
	Name string `json:"name,omitempty" doc:"In a change, that of the path"`
	directory.Calendar
	Source   store.Source `json:"source,omitempty" readOnly:"true" doc:"file or interface: who made it"`
	Revision uint64       `json:"revision,omitempty" readOnly:"true" doc:"What the ETag says"`
}

func showCalendar(entry *store.Entry[directory.Calendar]) Calendar {
	return Calendar{Name: entry.Value.Name, Calendar: entry.Value, Source: entry.Source, Revision: entry.Revision}
}

func (a *administration) calendars() collection[directory.Calendar] {
	return collection[directory.Calendar]{"calendar", a.Store.Calendars()}
}

func (a *administration) calendarOperations(described huma.API) {
	register(described, operation{"list-calendars", http.MethodGet, "/calendars", "List calendars", administrators, []int{422}}, a.listCalendars)
	register(described, operation{"get-calendar", http.MethodGet, "/calendars/{name}", "Get a calendar", administrators, nil}, a.getCalendar)
	register(described, operation{"put-calendar", http.MethodPut, "/calendars/{name}", "Create or change a calendar", administrators, []int{422}}, a.putCalendar)
	register(described, operation{"delete-calendar", http.MethodDelete, "/calendars/{name}", "Delete a calendar", administrators, []int{409}}, a.deleteCalendar)
}

func (a *administration) listCalendars(_ context.Context, in *paging) (*paged[Calendar], error) {
	return page(a.Store.Calendars().All(), *in, func(e *store.Entry[directory.Calendar]) string { return e.Value.Name }, showCalendar)
}

func (a *administration) getCalendar(_ context.Context, in *Named) (*answered[Calendar], error) {
	entry, err := a.calendars().find(in.Name)
	if err != nil {
		return nil, err
	}
	return answer(http.StatusOK, entry.Revision, "", showCalendar(entry)), nil
}

type putCalendar struct {
	Named
	Conditions
	Body document[Calendar]
}

func (a *administration) putCalendar(ctx context.Context, in *putCalendar) (*answered[Calendar], error) {
	wanted := in.Body.Value.Calendar
	wanted.Name = in.Name
	kept, status, err := a.calendars().put(ctx, a, change[directory.Calendar]{
		name: in.Name, body: in.Body.Value.Name, conditions: in.Conditions, value: wanted,
		faults: func() []Fault {
			return faultsOf(a.catalogue().CalendarProblems(&wanted), "calendars["+wanted.Name+"]", "body")
		},
	})
	if err != nil {
		return nil, err
	}
	return answer(status, kept.Revision, "/calendars/"+in.Name, showCalendar(kept)), nil
}

func (a *administration) deleteCalendar(ctx context.Context, in *deletion) (*struct{}, error) {
	return nil, a.calendars().remove(ctx, a, in, func() []Fault {
		return a.pointing(func(all *directory.Catalogue) { delete(all.Calendars, in.Name) })
	})
}
