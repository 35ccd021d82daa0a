package proxy

import (
	"net/netip"
	"strconv"
	"time"

	"hookflash/directory"
	"hookflash/sip"
)

// Service is one routing service: pure decisions about an INVITE on its way to its callee.
// The services are asked in the order of Settings.Services, and the first that decides
// anything but to continue has decided.
type Service struct {
	Name string // as its section of RFC 5359 is named: "call-forwarding-busy"
	// Leave decides before it is looked for who is called, on behalf of the caller. nil: never.
	Leave func(c *Context) Decision
	// Arrive decides before anybody is rung, on behalf of the callee. nil: never.
	Arrive func(c *Context) Decision
	// Fail decides when everybody who was asked has failed, with the best code of all
	// (RFC 3261 §16.7 step 6). nil: never.
	Fail func(c *Context, code int) Decision
}

// Context is what a service may know of an INVITE. It is the proxy's, and good for one
// decision.
type Context struct {
	Now    time.Time
	Users  directory.View
	Domain string
	// Request is nil when it is asked what would happen.
	Request *sip.Message
	Caller  Caller
	// Dialled is whom the caller, or who forwards, wants: as patterns compare it.
	Dialled directory.Subject
	// Class is how far a Number that is dialled goes; "" for what is no number.
	Class directory.Class
	// Emergency: the call is for help. It is never screened.
	Emergency bool
	// Payer is whose permissions the call needs: the caller, or the last who forwarded it; nil
	// for a caller who is no user.
	Payer *directory.User
	// Callee is whose rules are asked, nil when it is a group or nobody of ours.
	Callee *directory.User
	Group  *directory.Group
	// Registered tells whether any phone of Callee can be asked.
	Registered bool
	// Rang tells that somebody's phone rang since the services decided last.
	Rang bool
	// Step is how many Fork decisions were carried out for this callee.
	Step int
	// Diversions are the ways it was sent from one callee to another, the first one first.
	Diversions []Diversion
	// Note takes what was found out about each rule, in words, when it is asked what would
	// happen; nil otherwise.
	Note func(text string)
}

// Caller is who calls.
type Caller struct {
	directory.Subject
	User      *directory.User // nil for anybody else
	Anonymous bool            // hides (RFC 3323), or shows nothing
	Source    netip.Addr      // of the packet
	Trunk     string          // that the call came by, "" for none
}

// Diversion is one way from a callee to the next (RFC 5806, RFC 7044).
type Diversion struct {
	From   string // URI of who is left
	To     string // URI of who is called instead
	Reason Reason
}

// Reason is why a call is sent elsewhere, as the SIP code that stands for it (RFC 4458 §5).
type Reason int

// The reasons.
const (
	Unconditional Reason = 302
	UserBusy      Reason = 486
	NotAnswered   Reason = 408
	Deflected     Reason = 480 // by the phone, while it rang
	Unreachable   Reason = 503
	Rejected      Reason = 403 // by screening
)

// code is the reason as it stands in a URI.
func (r Reason) code() string { return strconv.Itoa(int(r)) }

// String is the word for it in Diversion (RFC 5806 §4).
func (r Reason) String() string {
	switch r {
	case Unconditional:
		return "unconditional"
	case UserBusy:
		return "user-busy"
	case NotAnswered:
		return "no-answer"
	case Deflected:
		return "deflection"
	case Unreachable:
		return "unavailable"
	case Rejected:
		return "do-not-disturb"
	}
	return "unknown"
}

// Act is what a Decision does.
type Act uint8

const (
	// Continue asks the next service. After the last, the phones of the callee ring, or the
	// best answer goes back.
	Continue Act = iota
	// Fork rings Targets all at once for Ring, then asks Fail. Without Targets nobody is rung, and the
	// caller hears ringing for Ring all the same.
	Fork
	// Redirect leaves this callee for Targets[0], whose rules are asked next.
	Redirect
	// Reject answers Status.
	Reject
	// Wait is Continue, but when phones ring, they do for Ring; then Fail is asked with 408. Any
	// further Wait counts as Continue.
	Wait
)

// Decision is what a service decides. The zero value continues.
type Decision struct {
	Act     Act
	Targets []directory.Target // of the callee; not to be changed
	Ring    time.Duration
	Confirm bool // who answers a Fork must press 1
	Ask     bool // of a Redirect to Phones: the caller is announced first
	// ByCaller: of a Redirect, the caller is told to call there (302).
	ByCaller bool
	Reason   Reason // of a Redirect
	Status   *sip.StatusError
	// Announcement is what Error-Info of a Reject names: "screening" becomes
	// sip:announce@DOMAIN;announcement=screening. "": no Error-Info.
	Announcement string
	RetryAfter   time.Duration // of a Reject; zero: not said
	// Rule says in a few words what has decided, for Explain and the log: `screening rule "night"`.
	Rule string
}
