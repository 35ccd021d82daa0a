package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hookflash/card"
)

func (a *administration) cardOperations(described huma.API) {
	register(described, operation{"get-card", http.MethodGet, "/card", "Get the card of the domain's codes, for people", administrators, nil}, a.getCard)
	register(described, operation{"get-user-card", http.MethodGet, "/users/{name}/card", "Get a user's card of codes", owners, nil}, a.getUserCard)
}

type cardLanguage struct {
	Language string `query:"language" enum:"en,zh" doc:"Absent: the domain's"`
}

type cardOf struct {
	Body card.Card
}

func (a *administration) getCard(_ context.Context, in *cardLanguage) (*cardOf, error) {
	return &cardOf{card.Of(a.Config(), nil, in.Language)}, nil
}

type userCard struct {
	Named
	Language string `query:"language" enum:"en,zh" doc:"Absent: the user's, or the domain's"`
}

func (a *administration) getUserCard(_ context.Context, in *userCard) (*cardOf, error) {
	entry, err := a.user(in.Name)
	if err != nil {
		return nil, err
	}
	return &cardOf{card.Of(a.Config(), &entry.User, in.Language)}, nil
}
