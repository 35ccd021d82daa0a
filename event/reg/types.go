package reg

// Names of the package.
const (
	Package     = "reg"
	ContentType = "application/reginfo+xml"
)

// Limits.
const (
	MaxRegistrations = 256 // more are left out
	MaxContacts      = 256 // of all registrations together; more are left out
	MaxParams        = 32  // unknown parameters of one contact; more are left out
)

// State is where an address-of-record stands (RFC 3680 §4.7.1).
type State uint8

const (
	Init       State = iota // no contact was bound yet
	Active                  // a contact is bound
	Terminated              // the last contact is gone
)

var states = [...]string{Init: "init", Active: "active", Terminated: "terminated"}

// String is the name in a document.
func (s State) String() string { return states[min(s, Terminated)] }

// Event is what led a contact to its state (RFC 3680 §5.1).
type Event string

const (
	Registered   Event = "registered"
	Created      Event = "created"
	Refreshed    Event = "refreshed"
	Shortened    Event = "shortened" // Expires is said
	Expired      Event = "expired"
	Deactivated  Event = "deactivated"
	Probation    Event = "probation" // RetryAfter is said
	Unregistered Event = "unregistered"
	Rejected     Event = "rejected"
)

// Ends tells whether the event is one that ends a binding.
func (e Event) Ends() bool {
	switch e {
	case Expired, Deactivated, Probation, Unregistered, Rejected:
		return true
	default:
		return false
	}
}

// Document is one reginfo document.
type Document struct {
	Version       uint32 // from 0, one more with each document of a subscription
	Full          bool   // all registrations, not only those that changed
	Registrations []Registration
}

// Registration is an address-of-record and its contacts; in a partial document those
// contacts that changed.
type Registration struct {
	AOR      string
	ID       string // names it within the subscription
	State    State
	Contacts []Contact
}

// Contact is one binding.
type Contact struct {
	ID          string // names it within the subscription, among the contacts of all registrations
	URI         string
	DisplayName string
	Terminated  bool // bound where false
	Event       Event
	Q           string // "0" to "1" with at most three decimals; "" when not said
	CallID      string // of the REGISTER that changed it last
	Params      []Param
	// Seconds, each with whether it is said: until it expires, since it was bound, until its
	// owner should try again.
	Expires, Duration, RetryAfter          uint32
	HasExpires, HasDuration, HasRetryAfter bool
	Sequence                               uint32 // CSeq of the REGISTER that changed it last
	HasSequence                            bool
}

// Param is a Contact parameter that RFC 3261 does not know.
type Param struct{ Name, Value string }
