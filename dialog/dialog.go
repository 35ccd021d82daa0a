package dialog

import (
	"errors"
	"slices"
	"strings"

	"hookflash/sip"
)

// MaxRoutes is how many hops a route set may have.
const MaxRoutes = 20

// ErrRoutes tells of a route set of more than MaxRoutes hops.
var ErrRoutes = errors.New("dialog: a route set of over 20 hops")

// ErrNoTag tells of a message that makes no dialog: the far side gave no tag.
var ErrNoTag = errors.New("dialog: the far side has no tag")

// ID names a dialog as one side sees it (RFC 3261 §12).
type ID struct{ CallID, LocalTag, RemoteTag string }

// Of is the dialog that a request which arrived belongs to: To carries our tag.
func Of(request *sip.Message) ID {
	return ID{CallID: request.CallID(), LocalTag: request.ToTag(), RemoteTag: request.FromTag()}
}

// OfResponse is the dialog that a response to a request of ours belongs to.
func OfResponse(response *sip.Message) ID {
	return ID{CallID: response.CallID(), LocalTag: response.FromTag(), RemoteTag: response.ToTag()}
}

// State says how far a dialog is.
type State uint8

const (
	// Early: made by a provisional response. A final response to the INVITE confirms or ends it
	// (RFC 3261 §12).
	Early State = iota
	// Confirmed: made or confirmed by a 2xx. A BYE, or a 481 or 408 to a request within it, ends it.
	Confirmed
	// Ended: nothing is sent within it any more.
	Ended
)

// Dialog is one side's record of a dialog (RFC 3261 §12.1), or of what may become one: without a
// remote tag it describes the first request.
type Dialog struct {
	ID
	State State
	// Initiator tells that the request that made the dialog was ours.
	Initiator bool
	Secure    bool     // only sips goes (RFC 3261 §12.1.1)
	Local     string   // value of From in our requests, without tag
	Remote    string   // value of To in our requests, without tag
	Target    string   // remote target URI; of a first request its Request-URI
	Route     []string // route set as Route values, in order
	Sequence  uint32   // of our last request; 0: none yet
	// RemoteSequence is that of the last request that arrived; 0: none yet.
	RemoteSequence uint32
	Hops           uint8 // Max-Forwards of our requests; 0: MaxForwards
}

// Answer makes the dialog of a request that arrived, with our tag (RFC 3261 §12.1.1). The
// request has one Contact; whoever answers it has made sure.
func Answer(request *sip.Message, localTag string) (*Dialog, error) {
	d := &Dialog{
		ID:     ID{CallID: strings.Clone(request.CallID()), LocalTag: localTag, RemoteTag: strings.Clone(request.FromTag())},
		Local:  withoutTag(request.To()),
		Remote: withoutTag(request.From()),
		Target: ContactOf(request), RemoteSequence: request.CSeq(),
	}
	if d.RemoteTag == "" {
		return nil, ErrNoTag
	}
	var err error
	d.Route, err = routes(request, false)
	uri, _ := sip.ParseURI(request.RequestURI())
	d.Secure = uri.IsSecure()
	return d, err
}

// OfAnswer makes the dialog of a 2xx to an INVITE of ours that nobody remembers the INVITE for: what
// is needed to acknowledge it and to hang up (RFC 3261 §13.2.2.4).
func OfAnswer(response *sip.Message) (*Dialog, error) {
	draft := &Dialog{
		ID:    ID{CallID: strings.Clone(response.CallID()), LocalTag: strings.Clone(response.FromTag())},
		Local: withoutTag(response.From()), Remote: withoutTag(response.To()), Sequence: response.CSeq(),
	}
	return draft.Fork(response)
}

// Fork makes the dialog of a response to d's first request (RFC 3261 §12.1.2). A provisional
// response makes it early.
func (d *Dialog) Fork(response *sip.Message) (*Dialog, error) {
	if response.ToTag() == "" {
		return nil, ErrNoTag
	}
	fork := *d
	fork.RemoteTag = strings.Clone(response.ToTag())
	fork.Initiator = true
	fork.State = Early
	if response.StatusCode() >= 200 {
		fork.State = Confirmed
	}
	if target := ContactOf(response); target != "" {
		fork.Target = target
	}
	var err error
	fork.Route, err = routes(response, true)
	return &fork, err
}

// Confirm takes the 2xx of an early dialog: the route set is computed anew (RFC 3261 §13.2.2.4).
func (d *Dialog) Confirm(response *sip.Message) error {
	route, err := routes(response, true)
	if err != nil {
		return err
	}
	d.State, d.Route = Confirmed, route
	d.Refresh(response)
	return nil
}

// Refresh takes the Contact of a target refresh request or of a 2xx to one (RFC 3261 §12.2).
func (d *Dialog) Refresh(m *sip.Message) {
	if target := ContactOf(m); target != "" {
		d.Target = target
	}
}

// Receive checks the sequence of a request within the dialog (RFC 3261 §12.2.2). ACK and CANCEL
// have that of their INVITE and are not to be asked about.
func (d *Dialog) Receive(request *sip.Message) *sip.StatusError {
	if d.RemoteSequence != 0 && request.CSeq() <= d.RemoteSequence {
		return &sip.StatusError{Code: 500, Err: errors.New("dialog: CSeq is not higher than the last")}
	}
	d.RemoteSequence = request.CSeq()
	return nil
}

// ContactOf is the URI of the first Contact of a message, "" without a readable one.
func ContactOf(m *sip.Message) string {
	contact, err := sip.ParseAddress(m.TopValue(sip.HeaderContact))
	if err != nil || !contact.URI.IsSIP() {
		return ""
	}
	return strings.Clone(contact.Text)
}

func routes(m *sip.Message, reversed bool) ([]string, error) {
	var set []string
	for value := range m.Values(sip.HeaderRecordRoute) {
		if len(set) == MaxRoutes {
			return nil, ErrRoutes
		}
		set = append(set, strings.Clone(value))
	}
	if reversed {
		slices.Reverse(set)
	}
	return set, nil
}

// withoutTag is the value of From or To without its tag.
func withoutTag(value string) string {
	address, err := sip.ParseAddress(value)
	if err != nil {
		return strings.Clone(value)
	}
	text := "<" + address.Text + ">"
	if address.Display != "" {
		text = address.Display + " " + text
	}
	return text + string(address.Params.Without("tag"))
}
