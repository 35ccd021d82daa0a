package phone

import (
	"encoding/json"
	"io"
	"time"

	"hookflash/ua"
)

// kinds are the names of events, by their kind: what wait and expect take and what JSON shows. They
// don't change.
var kinds = [...]string{
	ua.Incoming: "incoming", ua.Calling: "calling", ua.Ringing: "ringing", ua.Established: "established", ua.Ended: "ended",
	ua.HeldByThem: "held_by_them", ua.ResumedByThem: "resumed_by_them", ua.HeldByUs: "held", ua.ResumedByUs: "resumed",
	ua.Transferring: "transferring", ua.Transferred: "transferred", ua.Progress: "progress", ua.Replaced: "replaced", ua.Joined: "joined",
	ua.DigitHeard: "digit", ua.Message: "message", ua.Registered: "registered", ua.Unregistered: "unregistered", ua.Failed: "failed",
	ua.Notified: "notified", ua.Acknowledged: "acknowledged", ua.MessagesWaiting: "messages_waiting", ua.Lamp: "lamp",
	ua.Identified: "identified",
}

// EventName is the name of a kind of event.
func EventName(kind ua.Kind) string {
	if int(kind) < len(kinds) && kinds[kind] != "" {
		return kinds[kind]
	}
	return "other"
}

// EventNames are all of them.
func EventNames() []string { return kinds[1:] }

// jsonReporter writes one JSON object a line.
type jsonReporter struct {
	encoder *json.Encoder
	now     func() time.Time
}

// NewJSON reports as JSON, one object a line: see docs/phone.md for the fields.
func NewJSON(w io.Writer) Reporter {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return &jsonReporter{encoder, time.Now}
}

// jsonEvent is one event or outcome; the names are a promise.
type jsonEvent struct {
	Event   string     `json:"event"`
	Time    string     `json:"time"`
	Call    uint64     `json:"call,omitempty"`
	Other   uint64     `json:"other,omitempty"`
	URI     string     `json:"uri,omitempty"`
	Name    string     `json:"name,omitempty"`
	Number  string     `json:"number,omitempty"`
	Code    int        `json:"code,omitempty"`
	Reason  string     `json:"reason,omitempty"`
	Text    string     `json:"text,omitempty"`
	Command string     `json:"command,omitempty"`
	Calls   []jsonCall `json:"calls,omitzero"`
	History []jsonPast `json:"history,omitzero"`
}

type jsonCall struct {
	Call       uint64 `json:"call"`
	Direction  string `json:"direction"`
	State      string `json:"state"`
	URI        string `json:"uri"`
	Name       string `json:"name,omitempty"`
	Number     string `json:"number,omitempty"`
	Asserted   bool   `json:"asserted"`
	Held       bool   `json:"held"`
	HeldByThem bool   `json:"held_by_them"`
	Current    bool   `json:"current"`
	Focus      bool   `json:"focus"`
}

type jsonPast struct {
	Call      uint64  `json:"call"`
	Direction string  `json:"direction"`
	URI       string  `json:"uri"`
	Name      string  `json:"name,omitempty"`
	Number    string  `json:"number,omitempty"`
	Began     string  `json:"began"`
	Answered  bool    `json:"answered"`
	Seconds   float64 `json:"seconds"` // talked
	Ended     bool    `json:"ended"`
	Code      int     `json:"code,omitempty"`
	Reason    string  `json:"reason,omitempty"`
}

// Report implements Reporter.
func (r *jsonReporter) Report(event any) {
	shown := jsonEvent{Time: stamp(r.now())}
	switch e := event.(type) {
	case ua.Event:
		shown.Event, shown.Call, shown.Other, shown.URI, shown.Name = EventName(e.Kind), e.Call, e.Other, e.From, e.Name
		shown.Code, shown.Reason, shown.Text = e.Code, e.Reason, e.Text
		if e.From != "" {
			shown.Number = Number(e.From)
		}
	case Outcome:
		shown.outcome(e)
	default:
		return
	}
	_ = r.encoder.Encode(shown) // who closes standard output wants no more
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

func (shown *jsonEvent) outcome(o Outcome) {
	shown.Event, shown.Command = "done", o.Command
	if o.Err != nil {
		shown.Event, shown.Reason, shown.Code = "error", o.Err.Error(), codeOf(o.Err)
		return
	}
	switch o.Kind {
	case TheCalls:
		shown.Calls = []jsonCall{}
		for _, l := range o.Lines {
			shown.Calls = append(shown.Calls, jsonCall{
				Call: l.Call, Direction: direction(l.Incoming), State: stateName(l.State), URI: l.URI, Name: l.Name, Number: Number(l.URI),
				Asserted: l.Asserted, Held: l.Held, HeldByThem: l.HeldByThem, Current: l.Current, Focus: l.Focus,
			})
		}
	case TheHistory:
		shown.History = []jsonPast{}
		for _, p := range o.History {
			shown.History = append(shown.History, jsonPast{
				Call: p.Call, Direction: direction(p.Incoming), URI: p.URI, Name: p.Name, Number: Number(p.URI), Began: stamp(p.Began),
				Answered: !p.Answered.IsZero(), Seconds: p.Talked().Truncate(time.Millisecond).Seconds(), Ended: !p.Ended.IsZero(), Code: p.Code, Reason: p.Reason,
			})
		}
	case TheHelp:
		shown.Text = o.Text
	case None:
	}
}

func direction(incoming bool) string {
	if incoming {
		return "in"
	}
	return "out"
}

func stateName(state ua.State) string {
	switch state {
	case ua.Trying:
		return "trying"
	case ua.Alerting:
		return "ringing"
	case ua.Talking:
		return "talking"
	default:
		return "over"
	}
}
