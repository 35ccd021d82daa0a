package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Parked is a parking place that is not free.
type Parked struct {
	Place  string    `json:"place" doc:"As it is dialled"`
	Orbit  string    `json:"orbit" doc:"The group of places it belongs to"`
	State  string    `json:"state" enum:"arriving,parked,leaving,recalling" doc:"recalling: who parked the call is called back"`
	Who    string    `json:"who,omitempty" doc:"URI of who waits there; nothing while that is on its way"`
	Parker string    `json:"parker,omitempty" doc:"URI of who parked the call"`
	Since  time.Time `json:"since"`
}

func (a *administration) parkingOperations(described huma.API) {
	register(described, operation{"list-parking", http.MethodGet, "/parking", "List parking places that are not free", administrators, nil}, a.listParking)
}

func (a *administration) listParking(context.Context, *struct{}) (*listed[Parked], error) {
	out := &listed[Parked]{Body: Page[Parked]{Items: []Parked{}}}
	if a.Parking != nil {
		out.Body.Items = append(out.Body.Items, a.Parking()...)
	}
	return out, nil
}
