package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hookflash/config"
)

// Code is one dialled code.
type Code struct {
	Code string `json:"code" doc:"What is dialled, such as *72; what follows is its argument"`
	Does string `json:"does" doc:"What it does"`
}

// Trunk is a trunk as the API shows one: without what it signs in with.
type Trunk struct {
	Name      string   `json:"name"`
	Hops      []string `json:"hops" doc:"Gateways, in the order in which they are tried"`
	Prefixes  []string `json:"prefixes,omitempty" doc:"Of the numbers it takes; none: all"`
	Sources   []string `json:"sources,omitempty" doc:"Networks its calls come from"`
	Register  bool     `json:"register,omitempty"`
	Limit     int      `json:"limit,omitempty" doc:"Calls at a time; 0: no limit"`
	Emergency bool     `json:"emergency,omitempty" doc:"It reaches those who help"`
	Number    string   `json:"number,omitempty" doc:"Who calls when the caller has no number"`
	Default   string   `json:"default,omitempty" doc:"Who is called when nobody has the number"`
}

// Explanation is what would happen to a call.
type Explanation struct {
	Steps   []ExplanationStep `json:"steps" nullable:"false" doc:"What was asked, in its order"`
	Outcome string            `json:"outcome" doc:"How it ends, in words"`
	Targets []string          `json:"targets" nullable:"false" doc:"Who would ring"`
}

// ExplanationStep is one rule that was asked.
type ExplanationStep struct {
	Service string `json:"service" doc:"As its section of RFC 5359 is named, such as call-forwarding-busy"`
	When    string `json:"when,omitempty" doc:"Under which circumstances: busy, nobody answers; nothing: at first"`
	Text    string `json:"text" doc:"What it found, and why"`
}

func (a *administration) readingOperations(described huma.API) {
	register(described, operation{"list-codes", http.MethodGet, "/codes", "List dialled codes", administrators, nil}, a.listCodes)
	register(described, operation{"list-trunks", http.MethodGet, "/trunks", "List trunks, without passwords", administrators, nil}, a.listTrunks)
	register(described, operation{
		"explain-route", http.MethodGet, "/routes/explain", "Say what would happen to a call, without placing it", administrators,
		[]int{http.StatusUnprocessableEntity, http.StatusNotImplemented},
	}, a.explain)
	a.parkingOperations(described)
}

// listed is a list that is short enough to be one page.
type listed[V any] struct {
	Body Page[V]
}

func (a *administration) listCodes(context.Context, *struct{}) (*listed[Code], error) {
	codes := []Code{}
	for _, code := range a.Config().Codes {
		codes = append(codes, Code{Code: code.Code, Does: code.Does})
	}
	slices.SortFunc(codes, func(a, b Code) int { return strings.Compare(a.Code, b.Code) })
	return &listed[Code]{Page[Code]{Items: codes}}, nil
}

func (a *administration) listTrunks(context.Context, *struct{}) (*listed[Trunk], error) {
	trunks := []Trunk{}
	for _, trunk := range a.Config().Trunks {
		trunks = append(trunks, showTrunk(trunk))
	}
	return &listed[Trunk]{Page[Trunk]{Items: trunks}}, nil
}

func showTrunk(trunk config.Trunk) Trunk {
	shown := Trunk{
		Name: trunk.Name, Hops: trunk.Hops, Register: trunk.Register, Limit: trunk.Limit,
		Emergency: trunk.Emergency, Number: trunk.Number, Default: trunk.Default.String(),
	}
	for _, prefix := range trunk.Prefixes {
		shown.Prefixes = append(shown.Prefixes, prefix.String())
	}
	for _, source := range trunk.Sources {
		shown.Sources = append(shown.Sources, source.String())
	}
	return shown
}

type explain struct {
	From string    `query:"from" required:"true" maxLength:"256" doc:"Who calls: a user, a number or an address"`
	To   string    `query:"to" required:"true" maxLength:"256" doc:"What is dialled: a user, a group, a number, a code or an address"`
	At   time.Time `query:"at" doc:"When (RFC 3339); absent: now"`
}

type explained struct {
	Body Explanation
}

func (a *administration) explain(_ context.Context, in *explain) (*explained, error) {
	if a.Explain == nil {
		return nil, problem(http.StatusNotImplemented, "this server can't explain routes")
	}
	at := in.At
	if at.IsZero() {
		at = a.Now()
	}
	explanation, err := a.Explain(in.From, in.To, at)
	if err != nil {
		return nil, problem(http.StatusUnprocessableEntity, "%v", err)
	}
	if explanation.Steps == nil {
		explanation.Steps = []ExplanationStep{}
	}
	if explanation.Targets == nil {
		explanation.Targets = []string{}
	}
	return &explained{explanation}, nil
}
