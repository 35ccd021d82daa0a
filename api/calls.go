package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Limits of calls that are placed over the API.
const (
	MaxIdempotencyKey = 128 // octets
	MaxKeys           = 200 // of one user, the oldest is forgotten early
	MaxKeysOfAll      = 100_000
	KeyLasts          = 24 * time.Hour
	MaxCallStreams    = 256 // at a time; 503 beyond
	MaxUserStreams    = 8   // of one user; 429 beyond
	CallStreamLasts   = time.Hour
)

// Calls has users' phones call. Its methods are for any number of goroutines.
type Calls interface {
	// Place begins a call, and does not wait for what becomes of it. An error is a *Problem.
	Place(w CallWish) (Call, error)
	// Find is a call that is remembered.
	Find(id string) (Call, bool)
	// Watch gives a value after each change, several of which may be one, until stop is called.
	Watch(id string) (changed <-chan struct{}, stop func())
	// Cancel ends a call.
	Cancel(id string)
}

// CallWish is a call that somebody wants.
type CallWish struct{ User, To, Phone string }

// Call is a call that a phone placed because it was asked to.
type Call struct {
	ID       string     `json:"id" doc:"Names the call for an hour from its end on"`
	User     string     `json:"user" doc:"Whose phone calls"`
	To       string     `json:"to" doc:"Whom it calls, as people know them"`
	Target   string     `json:"target" doc:"The SIP address"`
	Phone    string     `json:"phone" doc:"The phone's address"`
	Way      string     `json:"way,omitempty" enum:"refer,third-party" doc:"refer: the phone was asked to call (RFC 5359 section 2.18). third-party: it was called, and is connected by the server (RFC 3725)"`
	Status   string     `json:"status" enum:"queued,initiated,ringing,in-progress,completed,busy,failed,no-answer,canceled" doc:"The last five are final"`
	Code     int        `json:"code,omitempty" doc:"The SIP response that ended it"`
	Reason   string     `json:"reason,omitempty" doc:"Its words"`
	ByPhone  bool       `json:"by-phone,omitempty" doc:"It is the user's phone's, and not the target's"`
	Steps    []CallStep `json:"steps" nullable:"false" doc:"What has happened, in its order"`
	Created  time.Time  `json:"created"`
	Answered time.Time  `json:"answered,omitzero" doc:"By the target"`
	Ended    time.Time  `json:"ended,omitzero"`
}

// CallStep is one step of a call.
type CallStep struct {
	At    time.Time `json:"at"`
	Event string    `json:"event" enum:"phone-asked,phone-accepted,phone-refused,phone-called,phone-rings,phone-answered,target-called,target-rings,target-answered,connected,cancel-refused,ended"`
	Code  int       `json:"code,omitempty" doc:"The SIP response that made it"`
}

// Final tells whether nothing follows.
func (c *Call) Final() bool { return !c.Ended.IsZero() }

// WishedCall is the body of a wish.
type WishedCall struct {
	To    string `json:"to" minLength:"1" maxLength:"256" doc:"A number in any form, a user, or a tel, sip, sips or callto address"`
	Phone string `json:"phone,omitempty" maxLength:"256" doc:"Which phone: a part of what it calls itself, or its address. Absent: the one that registered last"`
	User  string `json:"user,omitempty" maxLength:"63" doc:"Whose phone, for an administrator's token; a user's own calls from that user's alone"`
}

type placing struct {
	Key  string `header:"Idempotency-Key" maxLength:"128" doc:"Any text of your choice: the same wish again under the same key places no second call within a day, and gets the same answer. Send one"`
	Body document[WishedCall]
}

// placed is the answer to a wish.
type placed struct {
	Status   int
	Location string `header:"Location"`
	Replayed string `header:"Idempotent-Replayed" doc:"true: this is the answer to an earlier wish with the same key"`
	Body     Call
}

// shownCall is a call as it is answered.
type shownCall struct{ Body Call }

type callNamed struct {
	ID string `path:"id" maxLength:"64"`
}

func (a *administration) callOperations(described huma.API) {
	register(described, operation{"place-call", http.MethodPost, "/calls", "Have a user's phone call somebody", callers, []int{409, 422, 429, 501}}, a.placeCall)
	register(described, operation{"get-call", http.MethodGet, "/calls/{id}", "Get a call", callers, []int{422, 501}}, a.getCall)
	register(described, operation{"cancel-call", http.MethodDelete, "/calls/{id}", "End a call, however far it is", callers, []int{422, 501}}, a.cancelCall)
	register(described, operation{"watch-call", http.MethodGet, "/calls/{id}/events", "See a call's progress as server-sent events: an event named call with the call after each change; the stream ends with the call", callers, []int{422, 429, 501}}, a.watchCall)
}

var noCalls = problem(http.StatusNotImplemented, "this server has nobody call by click: its configuration says click: false")

func (a *administration) placeCall(ctx context.Context, in *placing) (*placed, error) {
	if a.Calls == nil {
		return nil, noCalls
	}
	who, wish := callerOf(ctx), CallWish{User: in.Body.Value.User, To: in.Body.Value.To, Phone: in.Body.Value.Phone}
	switch {
	case who.user != "" && wish.User != "" && wish.User != who.user:
		return nil, problem(http.StatusForbidden, "this token is %s's, and calls from %[1]s's phones alone", who.user)
	case who.user != "":
		wish.User = who.user
	case wish.User == "":
		return nil, unplaced(Fault{Location: "body.user", Message: "is missing", Remedy: "an administrator's token is nobody's: say whose phone is to call"})
	case a.Store.Users().Find(wish.User) == nil:
		return nil, unplaced(Fault{Location: "body.user", Message: wish.User + " is no user", Remedy: "name a user"})
	}
	key, ok := keyOf(in.Key)
	if !ok {
		return nil, unplaced(Fault{Location: "header.Idempotency-Key", Message: "has other characters than letters, digits and marks", Remedy: "send a random one, such as a UUID"})
	}
	call, replayed, err := a.keys.once(keyed{wish.User, key}, wish, a.Now(), func() (Call, error) {
		call, err := a.Calls.Place(wish)
		if err == nil {
			a.Logger.Info("a call over the API", "token", who.token, "user", wish.User, "id", call.ID)
		}
		return call, err
	})
	if err != nil {
		return nil, err
	}
	answer := &placed{Status: http.StatusCreated, Location: Prefix + "/calls/" + call.ID, Body: call}
	if replayed {
		answer.Replayed = "true"
	}
	return answer, nil
}

// unplaced is the answer to a wish that is none.
func unplaced(faults ...Fault) *Problem {
	return problem(http.StatusUnprocessableEntity, "nobody was called: %s", counted(len(faults))).with(faults)
}

// NotPlaced is a problem of Calls.Place: what is wrong at a place of the body.
func NotPlaced(location, message, remedy string) *Problem {
	return unplaced(Fault{Location: "body." + location, Message: message, Remedy: remedy})
}

// NotNow is a problem of Calls.Place that passes, or that a request can't be blamed for.
func NotNow(status int, detail string, after time.Duration) *Problem {
	p := problem(status, "%s", detail)
	if after > 0 {
		p.header = http.Header{"Retry-After": {seconds(after)}}
	}
	return p
}

// call finds a call that the caller may see.
func (a *administration) call(ctx context.Context, id string) (Call, error) {
	if a.Calls == nil {
		return Call{}, noCalls
	}
	call, ok := a.Calls.Find(id)
	if !ok {
		return Call{}, problem(http.StatusNotFound, "there is no such call, or it ended more than an hour ago")
	}
	if who := callerOf(ctx); who.user != "" && who.user != call.User {
		return Call{}, problem(http.StatusForbidden, "this call is not %s's", who.user)
	}
	return call, nil
}

func (a *administration) getCall(ctx context.Context, in *callNamed) (*shownCall, error) {
	call, err := a.call(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &shownCall{call}, nil
}

// accepted is the answer to what takes a while.
type accepted struct {
	Status int
	Body   Call
}

func (a *administration) cancelCall(ctx context.Context, in *callNamed) (*accepted, error) {
	call, err := a.call(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if call.Final() {
		return &accepted{http.StatusOK, call}, nil
	}
	a.Calls.Cancel(in.ID)
	return &accepted{http.StatusAccepted, call}, nil
}
