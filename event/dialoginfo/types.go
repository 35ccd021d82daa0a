package dialoginfo

import (
	"slices"

	"hookflash/sip"
)

// Names of the package.
const (
	Package     = "dialog"
	ContentType = "application/dialog-info+xml"
)

// Limits.
const (
	MaxDialogs = 256 // of one user; more are left out
	MaxParams  = 32  // of one target; more are left out
	MaxHops    = 32  // of a route set; more are left out
)

// State is where a dialog stands (RFC 4235 §3.7.1).
type State uint8

const (
	Trying     State = iota // INVITE sent or received; a response without tag or a final one leaves it
	Proceeding              // a provisional response without tag
	Early                   // a provisional response with a tag: the dialog exists
	Confirmed               // a 2xx
	Terminated              // gone; the Event says why
)

var states = [...]string{Trying: "trying", Proceeding: "proceeding", Early: "early", Confirmed: "confirmed", Terminated: "terminated"}

// String is the name in a document.
func (s State) String() string { return states[min(s, Terminated)] }

// Event is what led into Terminated (RFC 4235 §4.1.2); "" when not said.
type Event string

const (
	Cancelled Event = "cancelled"
	Rejected  Event = "rejected"
	Replaced  Event = "replaced"
	LocalBye  Event = "local-bye"
	RemoteBye Event = "remote-bye"
	Error     Event = "error"
	Timeout   Event = "timeout"
)

// Direction tells who called.
type Direction uint8

const (
	Unsaid    Direction = iota // the document does not say
	Initiator                  // the observed user called
	Recipient                  // the observed user was called
)

var directions = [...]string{Unsaid: "", Initiator: "initiator", Recipient: "recipient"}

// String is the name in a document.
func (d Direction) String() string { return directions[min(d, Recipient)] }

// Document is one dialog-info document (RFC 4235 §4.1).
type Document struct {
	Version uint32 // from 0, one more with each document of a subscription
	Full    bool   // all dialogs, not only those that changed
	Entity  string // URI of the observed user
	Dialogs []Dialog
}

// Dialog is one dialog of the observed user. LocalTag is the observed user's, so the
// Replaces that takes the dialog over from the far side has RemoteTag as its to-tag.
type Dialog struct {
	ID        string // names the dialog in this subscription; not its dialog identifier
	CallID    string
	LocalTag  string // of the observed user
	RemoteTag string // "" while there is half a dialog
	Direction Direction

	State       State
	Event       Event // of Terminated
	Code        int   // 100 to 699: the response that led here; 0 when not said
	Duration    uint32
	HasDuration bool // Duration, in seconds since the INVITE, is said

	Replaces   sip.DialogID // of the dialog that this one replaced; zero when none
	ReferredBy Identity
	Routes     []string
	Local      Participant
	Remote     Participant

	Appearance uint32 // of a shared line, from 1; 0 without one (RFC 7463 §5.2.1)
	Exclusive  bool   // nobody else may join or take it (RFC 7463 §5.2.2)
}

// Identity is a name and a URI.
type Identity struct {
	Display string
	URI     string
}

// Participant is one end of a dialog. What is empty stands as it stood before (RFC 4235
// §4.1.6).
type Participant struct {
	Identity    Identity
	Target      string // URI that requests within the dialog go to
	Params      []Param
	Description Description
	Sequence    uint32 // of cseq; 0 when not said
}

// Param is a Contact parameter of a target. Value is "true" for one without a value.
type Param struct{ Name, Value string }

// Description is a session description.
type Description struct{ Type, Body string }

// Param is the value of a target's parameter.
func (p *Participant) Param(name string) (value string, ok bool) {
	for i := range p.Params {
		if p.Params[i].Name == name {
			return p.Params[i].Value, true
		}
	}
	return "", false
}

// Equal compares all of both dialogs.
func (d *Dialog) Equal(other *Dialog) bool {
	one, two := *d, *other
	if !slices.Equal(one.Routes, two.Routes) || !one.Local.equal(&two.Local) || !one.Remote.equal(&two.Remote) {
		return false
	}
	return one.ID == two.ID && one.CallID == two.CallID && one.LocalTag == two.LocalTag && one.RemoteTag == two.RemoteTag &&
		one.Direction == two.Direction && one.State == two.State && one.Event == two.Event && one.Code == two.Code &&
		one.Duration == two.Duration && one.HasDuration == two.HasDuration && one.Replaces == two.Replaces &&
		one.ReferredBy == two.ReferredBy && one.Appearance == two.Appearance && one.Exclusive == two.Exclusive
}

func (p *Participant) equal(other *Participant) bool {
	return p.Identity == other.Identity && p.Target == other.Target && slices.Equal(p.Params, other.Params) &&
		p.Description == other.Description && p.Sequence == other.Sequence
}

// Triple is the dialog's identifier as seen from the far side of the observed user: the
// Replaces or Join to send to that far side (RFC 3891 §3).
func (d *Dialog) Triple() sip.DialogID {
	return sip.DialogID{CallID: d.CallID, LocalTag: d.RemoteTag, RemoteTag: d.LocalTag}
}

// keep fills in what a newer report of the same dialog leaves out (RFC 4235 §4.1.6.1 to
// §4.1.6.3).
func (d *Dialog) keep(older *Dialog) {
	d.Local.keep(&older.Local)
	d.Remote.keep(&older.Remote)
}

func (p *Participant) keep(older *Participant) {
	if p.Identity == (Identity{}) {
		p.Identity = older.Identity
	}
	if p.Target == "" {
		p.Target, p.Params = older.Target, older.Params
	}
	if p.Description == (Description{}) {
		p.Description = older.Description
	}
}
