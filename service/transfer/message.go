package transfer

import (
	"errors"
	"fmt"
	"strings"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Errors of a call that nobody can take over.
var (
	ErrNoDialog   = errors.New("transfer: the call is not established")
	ErrNoReplaces = errors.New("transfer: the far side knows no Replaces")
)

// ByMessage tells somebody by MESSAGE how to take a call over: RFC 5359 §2.6, Bob here.
//
//	Alice          Bob                Carol
//	  |<============>|                   |
//	  |              |     MESSAGE F5    |
//	  |              |------------------>|
//	  |              |     200 OK F6     |
//	  |              |<------------------|
//	  |       INVITE Replaces:A-B F7     |
//	  |<---------------------------------|
//	  |            200 OK F8             |
//	  |--------------------------------->|
//	  |               ACK F9             |
//	  |<---------------------------------|
//	  |<================================>|
//	  |    BYE F10   |                   |
//	  |------------->|                   |
//	  |  200 OK F11  |                   |
//	  |<-------------|                   |
//
// The tags are as Alice sees them: to-tag is hers (RFC 3891 §3; the RFC's own F5 has them the other
// way round).
func ByMessage(t *task.Task, call *ua.Call, target string) error {
	d := call.Dialog()
	if call.State != ua.Talking || d.RemoteTag == "" {
		return ErrNoDialog
	}
	if !call.Supports("replaces") {
		return ErrNoReplaces
	}
	who := d.Target
	if !isGRUU(who) {
		who = call.Remote.URI // RFC 5589 §7.5: the contact can't be reached from everywhere
	}
	text := sip.RequestURI(who) + "?Replaces=" + sip.EscapeHeader(string(d.Triple().AppendReplaces(nil)))
	if err := call.Agent().Send(t, ua.Letter{To: target, Text: text}); err != nil { // F5, F6
		return fmt.Errorf("message to %s: %w", target, err)
	}
	return nil
}

// Offered is the URI that a MESSAGE offers a call under, "" when it offers none: of a text, the first
// word that is a sip or sips URI with a Replaces; or all of it, where that is one which a server offers a call under that
// it stands in.
func Offered(text string) string {
	uri, _, ok := sip.Offered(text)
	if ok {
		return uri
	}
	text = strings.TrimSpace(text)
	if whole, err := sip.ParseURI(text); err != nil || !whole.IsSIP() || whole.Headers != "" || !whole.Params.Has(take) {
		return ""
	}
	return text
}

// take is the parameter of the address that a server offers a call under.
const take = "take"

// TakeOver follows such a URI: F7. Of its header fields Replaces alone counts.
func TakeOver(t *task.Task, a *ua.Agent, uri string) (*ua.Call, error) {
	call, err := a.Invite(ua.Invitation{Target: uri})
	if err == nil {
		err = call.Settle(t)
	}
	if err != nil {
		return nil, fmt.Errorf("take the call over: %w", err)
	}
	a.Attend(call)
	return call, nil
}
