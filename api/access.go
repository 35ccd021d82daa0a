package api

import (
	"context"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hookflash/store"
)

// access says who may use an operation. The zero value is the narrowest.
type access uint8

const (
	administrators access = iota // tokens of no user
	owners                       // and tokens of the user whom the path names
	callers                      // and tokens of users, whom the operation itself compares
	linked                       // and who comes by a signed link
)

// accessKey is where an operation says who may use it.
const accessKey = "access"

// caller is whose token came with a request.
type caller struct {
	token string // its name
	user  string // "": an administrator
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	who, _ := ctx.Value(callerKey{}).(caller)
	return who
}

// admit lets a request pass when its token may do what it asks for. It runs before the body is read.
func (a *administration) admit(ctx huma.Context, next func(huma.Context)) {
	r := ctx.Context()
	allowed, _ := ctx.Operation().Metadata[accessKey].(access)
	if allowed == linked {
		if allowed = callers; ctx.Query("signature") != "" && a.links.admits(ctx, a.Now()) {
			next(huma.WithContext(ctx, context.WithValue(r, callerKey{}, caller{token: "a link"})))
			return
		}
	}
	who, ok := a.caller(ctx.Header("Authorization"))
	if !ok {
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="hookflash"`)
		a.refuse(ctx, problem(http.StatusUnauthorized, "send Authorization: Bearer TOKEN with a token that holds; the administrator's is in the file admin.token below the server's data"))
		return
	}
	if who.user != "" && allowed != callers && (allowed != owners || ctx.Param("name") != who.user) {
		a.refuse(ctx, problem(http.StatusForbidden, "this token is %s's, and good for /users/%[1]s, /users/%[1]s/routing, /calls and /recordings alone", who.user))
		return
	}
	if what := mediaFault(ctx); what != nil {
		a.refuse(ctx, what)
		return
	}
	next(huma.WithContext(ctx, context.WithValue(r, callerKey{}, who)))
}

// mediaFault says what is wrong with the form of a body.
func mediaFault(ctx huma.Context) *Problem {
	body := ctx.Operation().RequestBody
	if body == nil {
		return nil
	}
	media, parameters, err := mime.ParseMediaType(ctx.Header("Content-Type"))
	_, known := body.Content[media]
	if charset := parameters["charset"]; err != nil || !known && media != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		for wanted := range body.Content {
			media = wanted
		}
		return problem(http.StatusUnsupportedMediaType, "send the body as Content-Type: %s", media)
	}
	if ctx.Header("Content-Encoding") != "" {
		return problem(http.StatusUnsupportedMediaType, "send the body without Content-Encoding")
	}
	return nil
}

func (a *administration) refuse(ctx huma.Context, p *Problem) {
	_, w := unwrapped(ctx)
	writeProblem(w, p)
}

// caller finds whose token an Authorization header brings (RFC 6750 §2.1).
func (a *administration) caller(authorization string) (who caller, ok bool) {
	scheme, text, _ := strings.Cut(authorization, " ")
	name, secret, divided := cutToken(strings.TrimSpace(text))
	var kept store.Token
	if entry := a.Store.Tokens().Find(name); entry != nil {
		kept = entry.Value
	}
	right := holds(kept.Hash, secret) // the same work whether there is such a token or not
	if !right || !divided || !strings.EqualFold(scheme, "Bearer") || expired(kept, a.Now()) {
		return caller{}, false
	}
	if kept.User != "" && a.Store.Users().Find(kept.User) == nil {
		return caller{}, false
	}
	return caller{token: name, user: kept.User}, true
}

func expired(token store.Token, now time.Time) bool {
	return !token.Expires.IsZero() && !now.Before(token.Expires)
}

// lasting tells whether a path is that of a call's or room's events.
func lasting(path string) bool {
	return strings.HasSuffix(path, "/events") && (strings.HasPrefix(path, Prefix+"/calls/") || strings.HasPrefix(path, Prefix+"/rooms/"))
}

// bounded holds requests to MaxTime, but for streams.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if !lasting(r.URL.Path) {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, MaxTime)
			defer cancel()
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
