package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hookflash/store"
)

// Token is a token as the API shows one: without its secret.
type Token struct {
	Name     string    `json:"name" doc:"Stands before the full stop of the token"`
	User     string    `json:"user,omitempty" doc:"Whose token it is; absent: an administrator's"`
	Expires  time.Time `json:"expires,omitzero" doc:"It is no good from then on; absent: it does not expire"`
	Revision uint64    `json:"revision,omitempty" readOnly:"true" doc:"What the ETag says"`
}

// MadeToken is a token that was just made.
type MadeToken struct {
	Token
	Secret string `json:"secret" doc:"What goes behind Authorization: Bearer. Shown this once"`
}

func showToken(entry *store.Entry[store.Token]) Token {
	return Token{Name: entry.Value.Name, User: entry.Value.User, Expires: entry.Value.Expires, Revision: entry.Revision}
}

func (a *administration) tokens() collection[store.Token] {
	return collection[store.Token]{"token", a.Store.Tokens()}
}

func (a *administration) tokenOperations(described huma.API) {
	register(described, operation{"list-tokens", http.MethodGet, "/tokens", "List tokens, without their secrets", administrators, []int{422}}, a.listTokens)
	register(described, operation{"create-token", http.MethodPost, "/tokens", "Make a token", administrators, []int{409, 422}}, a.createToken)
	register(described, operation{"get-token", http.MethodGet, "/tokens/{name}", "Get a token, without its secret", administrators, nil}, a.getToken)
	register(described, operation{"delete-token", http.MethodDelete, "/tokens/{name}", "Delete a token: it is no good at once", administrators, []int{409}}, a.deleteToken)
}

func (a *administration) listTokens(_ context.Context, in *paging) (*paged[Token], error) {
	return page(a.Store.Tokens().All(), *in, func(e *store.Entry[store.Token]) string { return e.Value.Name }, showToken)
}

func (a *administration) getToken(_ context.Context, in *Named) (*answered[Token], error) {
	entry, err := a.tokens().find(in.Name)
	if err != nil {
		return nil, err
	}
	return answer(http.StatusOK, entry.Revision, "", showToken(entry)), nil
}

type createToken struct {
	Body document[Token]
}

func (a *administration) createToken(ctx context.Context, in *createToken) (*answered[MadeToken], error) {
	a.changes.Lock()
	defer a.changes.Unlock()
	wanted := in.Body.Value
	if faults := a.tokenFaults(wanted); len(faults) > 0 {
		return nil, refused(faults)
	}
	tokens := a.Store.Tokens()
	if tokens.Find(wanted.Name) != nil {
		return nil, problem(http.StatusConflict, "there is a token %s already: choose another name, or delete it first", wanted.Name)
	}
	if len(tokens.All()) >= MaxTokens {
		return nil, problem(http.StatusConflict, "there are %d tokens already: delete those that nobody uses", MaxTokens)
	}
	secret, hash := newToken(wanted.Name)
	kept, err := a.tokens().keep(ctx, a, wanted.Name, store.Entry[store.Token]{
		Value:  store.Token{Name: wanted.Name, Hash: hash, User: wanted.User, Expires: wanted.Expires},
		Source: store.FromInterface,
	})
	if err != nil {
		return nil, err
	}
	return answer(http.StatusCreated, kept.Revision, "/tokens/"+wanted.Name, MadeToken{showToken(kept), secret}), nil
}

func (a *administration) tokenFaults(wanted Token) (faults []Fault) {
	if what := nameFault(wanted.Name); what != "" {
		faults = append(faults, Fault{Location: "body.name", Message: what})
	}
	if wanted.User != "" && a.Store.Users().Find(wanted.User) == nil {
		faults = append(faults, Fault{Location: "body.user", Message: wanted.User + " is no user", Remedy: "name a user, or leave it out for an administrator's token"})
	}
	if !wanted.Expires.IsZero() && !wanted.Expires.After(a.Now()) {
		faults = append(faults, Fault{Location: "body.expires", Message: "has passed", Remedy: "name a time to come, or leave it out"})
	}
	return faults
}

func (a *administration) deleteToken(ctx context.Context, in *deletion) (*struct{}, error) {
	return nil, a.tokens().remove(ctx, a, in, func() []Fault {
		entry := a.Store.Tokens().Find(in.Name)
		if entry == nil || entry.Value.User != "" {
			return nil
		}
		for _, other := range a.Store.Tokens().All() {
			if other.Value.Name != in.Name && other.Value.User == "" && !expired(other.Value, a.Now()) {
				return nil
			}
		}
		return []Fault{{Location: "tokens[" + in.Name + "]", Message: "is the last token of an administrator", Remedy: "make another one first"}}
	})
}
