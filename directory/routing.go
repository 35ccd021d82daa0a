package directory

import (
	"encoding/json"
	"net/netip"
	"strconv"
)

// Routing is what a user has set about calls, those that come in and those that go out.
type Routing struct {
	Display string `json:"display,omitempty"` // the name that goes with the user's number
	// Numbers lead to this user: "1001", or E.164 as "+4930123456". The first E.164 one is shown
	// to the telephone network.
	Numbers []string `json:"numbers,omitempty"`
	Forward Forward  `json:"forward,omitzero"`
	FindMe  FindMe   `json:"find-me,omitzero"`
	// Screening rules are asked in their order; the first that fits decides (RFC 5359 §2.13).
	Screening []Rule `json:"screening,omitempty"`
	// Block refuses callers before any rule is asked.
	Block []Pattern `json:"block,omitempty"`
	// RejectAnonymous refuses callers who hide (433, RFC 5079).
	RejectAnonymous bool `json:"reject-anonymous,omitempty"`
	// DoNotDisturb: no phone rings, as if all were busy.
	DoNotDisturb bool `json:"do-not-disturb,omitempty"`
	// CallWaitingOff: while the user is in a call, no phone rings, as if all were busy.
	CallWaitingOff SwitchedOff `json:"call-waiting,omitzero"`
	// Away is what rules with the condition Away ask for.
	Away     bool     `json:"away,omitempty"`
	Outgoing Outgoing `json:"outgoing,omitzero"`
	// Redirects says what becomes of a 3xx of this user's phones.
	Redirects Redirects `json:"redirects,omitempty"`
	// Assist says which calls of this user the server takes part in, to do what a telephone can't.
	Assist   Assist  `json:"assist,omitempty"`
	Mailbox  Mailbox `json:"mailbox,omitzero"`
	Language string  `json:"language,omitempty"` // of prompts: "en", "zh"; "": the domain's
	Music    string  `json:"music,omitempty"`    // of those who wait: a name; "": the group's, or the domain's
	// Intercom lets users of the domain speak to this user's phones, which answer by themselves where they can.
	Intercom bool `json:"intercom,omitempty"`
	Zone     Zone `json:"zone,omitzero"` // of the time that the user is told; zero: the server's
}

// SwitchedOff is of what is on unless somebody switches it off. In JSON it says whether it is on.
type SwitchedOff bool

// MarshalJSON implements json.Marshaler.
func (s SwitchedOff) MarshalJSON() ([]byte, error) { return strconv.AppendBool(nil, !bool(s)), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (s *SwitchedOff) UnmarshalJSON(text []byte) error {
	var on *bool
	if err := json.Unmarshal(text, &on); err != nil {
		return err
	}
	*s = SwitchedOff(on != nil && !*on)
	return nil
}

// Forward is RFC 5359 §2.7 to §2.9. The zero Target does not forward.
type Forward struct {
	Unconditional Target   `json:"unconditional,omitzero"`
	Busy          Target   `json:"busy,omitzero"`      // every phone is busy, do-not-disturb, or no call waiting
	NoAnswer      NoAnswer `json:"no-answer,omitzero"` // nobody answered in time
	// Redirect has callers told to call the target themselves (302).
	Redirect    bool   `json:"redirect,omitempty"`
	Unreachable Target `json:"unreachable,omitzero"` // no phone is registered, or none says anything; zero: as NoAnswer
}

// NoAnswer is a target and how long the phones ring before. Zero After: DefaultRing.
type NoAnswer struct {
	To    Target   `json:"to,omitzero"`
	After Duration `json:"after,omitzero"`
}

// FindMe is RFC 5359 §2.12: steps that follow one another until somebody answers.
type FindMe struct {
	Off   bool   `json:"off,omitempty"` // the steps are kept, and not taken
	Steps []Step `json:"steps,omitempty"`
}

// Step of find-me: its targets ring all at once, or one after the other.
type Step struct {
	Targets []Target `json:"ring"`
	InTurn  bool     `json:"in-turn,omitempty"` // one after the other, each for For
	For     Duration `json:"for,omitzero"`      // zero: DefaultRing
	Confirm bool     `json:"confirm,omitempty"` // who answers must press 1 to get the call
}

// Group is several users under one name or number.
type Group struct {
	Name    string   `json:"name"`
	Display string   `json:"display,omitempty"`
	Numbers []string `json:"numbers,omitempty"`
	Members []string `json:"members"`           // names of users
	InTurn  bool     `json:"in-turn,omitempty"` // ring one after the other, not all at once
	Ring    Duration `json:"ring,omitzero"`     // each, or all; zero: DefaultRing
	// NoAnswer is where a call goes that no member took.
	NoAnswer Target `json:"no-answer,omitzero"`
	// Pickup lets members take calls that ring at other members.
	Pickup bool   `json:"pickup,omitempty"`
	Music  string `json:"music,omitempty"` // of those who wait for members without their own; "": the domain's
}

// Assist says in which calls the server stands between the telephones, as a back-to-back user agent, so that it can do
// what a telephone lacks.
type Assist string

// Whose calls.
const (
	AssistDefault Assist = ""        // as the domain has it
	AssistNone    Assist = "none"    // nobody's
	AssistLacking Assist = "lacking" // those of telephones which say what they know, and lack REFER or Replaces
	AssistSilent  Assist = "silent"  // and those of telephones which say nothing
	AssistAll     Assist = "all"     // everybody's
)

// Redirects is what becomes of a 3xx.
type Redirects string

// What a 3xx of a phone can become.
const (
	RedirectsDefault Redirects = ""       // as the domain has it
	RedirectsFollow  Redirects = "follow" // the server calls where it points, within what the user may
	RedirectsPass    Redirects = "pass"   // the caller gets it
)

// Class is how far a user's calls may go.
type Class string

// The classes, each with all before it.
const (
	ClassDefault       Class = ""              // ClassNational
	ClassInternal      Class = "internal"      // the domain, and addresses of other domains
	ClassNational      Class = "national"      // numbers of the own country
	ClassInternational Class = "international" // numbers of all countries
	ClassPremium       Class = "premium"       // and those that cost extra
)

// Outgoing is what a user may call (RFC 5359 §2.14). Forwarding counts as calling.
type Outgoing struct {
	Class Class      `json:"class,omitempty"`
	Rules []DialRule `json:"rules,omitempty"` // before Class; the first that fits decides
}

// DialRule allows or refuses what is dialled.
type DialRule struct {
	Name         string    `json:"name,omitempty"`
	To           []Pattern `json:"to"`
	Allow        bool      `json:"allow,omitempty"`
	When         When      `json:"when,omitzero"`
	Announcement string    `json:"announcement,omitempty"` // of the refusal; "": the domain's
}

// Rule is one screening rule: conditions, all of which must hold, and what then happens.
type Rule struct {
	Name      string         `json:"name,omitempty"`
	From      []Pattern      `json:"from,omitempty"`      // callers; none: all
	Groups    []string       `json:"groups,omitempty"`    // callers who are members; none: all
	Sources   []netip.Prefix `json:"sources,omitempty"`   // where the call comes from, by its packets alone
	Anonymous bool           `json:"anonymous,omitempty"` // callers who hide
	Away      bool           `json:"away,omitempty"`      // while the user is away
	When      When           `json:"when,omitzero"`
	Action    Action         `json:"action"`
	// To is where ActionDivert sends the call.
	To Target `json:"to,omitzero"`
	// Announcement says why, for ActionRefuse and ActionLater; "": the domain's.
	Announcement string `json:"announcement,omitempty"`
}

// Action is what a screening rule does.
type Action string

// The actions.
const (
	ActionAllow  Action = "allow"  // go on, and ask no further rule
	ActionRefuse Action = "refuse" // 403 with Error-Info (RFC 5359 §2.13)
	ActionLater  Action = "later"  // 480 with Retry-After where a time is known: call back later
	ActionDivert Action = "divert" // to another target: announcement, voicemail, menu, anybody
	ActionAsk    Action = "ask"    // the caller says a name, the callee hears it and chooses by key
	ActionSilent Action = "silent" // the caller hears ringing, no phone rings
)

// Mailbox is what a user has set about voicemail; the messages are elsewhere.
type Mailbox struct {
	Off  bool   `json:"off,omitempty"`
	PIN  string `json:"pin,omitempty"`  // argon2id, as "$argon2id$…"; "": only from the own phones
	Mail string `json:"mail,omitempty"` // a copy of each message goes there
	// MailOnly deletes a message once it was mailed.
	MailOnly bool `json:"mail-only,omitempty"`
}
