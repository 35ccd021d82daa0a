package dialoginfo

import (
	"errors"
	"fmt"
	"slices"

	"hookflash/event/internal/markup"
	"hookflash/sip"
)

// ErrDocument is a document that is well-formed but no dialog-info.
var ErrDocument = errors.New("dialoginfo: not a dialog-info document")

// Parse reads a document. Beside what RFC 4235 says it takes what is met: the parameter
// value as "pvalue", the target's URI as text, a state that is not first, "display-name"
// for "display", "receiver" for "recipient", and "reason" for the event of a state. What is
// malformed within a dialog leaves that dialog out; a state that is not known counts as
// confirmed, which is what anybody would be told (RFC 4235 §3.7.2).
func Parse(text string) (Document, error) {
	root, err := markup.Parse(text)
	if err != nil {
		return Document{}, fmt.Errorf("dialoginfo: %w", err)
	}
	if !root.Is(space, "dialog-info") {
		return Document{}, fmt.Errorf("%w: root is %q", ErrDocument, root.Name)
	}
	version, ok := markup.Number(root.Attribute("version"))
	if !ok {
		return Document{}, fmt.Errorf("%w: version %q", ErrDocument, root.Attribute("version"))
	}
	document := Document{Version: version, Entity: root.Attribute("entity")}
	switch state := root.Attribute("state"); state {
	case "full":
		document.Full = true
	case "partial":
	default:
		return Document{}, fmt.Errorf("%w: state %q", ErrDocument, state)
	}
	for element := range root.Each(space, "dialog") {
		if dialog, ok := parseDialog(element); ok && len(document.Dialogs) < MaxDialogs {
			document.Dialogs = append(document.Dialogs, dialog)
		}
	}
	return document, nil
}

func parseDialog(e *markup.Element) (Dialog, bool) {
	state := e.Child(space, "state")
	id, ok := e.Find("id")
	if state == nil || !ok || id == "" {
		return Dialog{}, false
	}
	d := Dialog{
		ID: id, CallID: e.Attribute("call-id"), LocalTag: e.Attribute("local-tag"), RemoteTag: e.Attribute("remote-tag"),
		Direction: parseDirection(e.Attribute("direction")),
		State:     parseState(state.Value()), Event: parseEvent(state),
	}
	if code, ok := markup.Number(state.Attribute("code")); ok && 100 <= code && code <= 699 {
		d.Code = int(code)
	}
	if child := e.Child(space, "duration"); child != nil {
		d.Duration, d.HasDuration = markup.Number(child.Value())
	}
	if child := e.Child(space, "replaces"); child != nil {
		d.Replaces = sip.DialogID{CallID: child.Attribute("call-id"), LocalTag: child.Attribute("local-tag"), RemoteTag: child.Attribute("remote-tag")}
	}
	d.ReferredBy = parseIdentity(e.Child(space, "referred-by"))
	if routes := e.Child(space, "route-set"); routes != nil {
		for hop := range routes.Each(space, "hop") {
			if len(d.Routes) < MaxHops {
				d.Routes = append(d.Routes, hop.Value())
			}
		}
	}
	d.Local, d.Remote = parseParticipant(e.Child(space, "local")), parseParticipant(e.Child(space, "remote"))
	d.Appearance, _ = markup.Number(e.ChildValue(sharedSpace, "appearance"))
	d.Exclusive, _ = markup.Boolean(e.ChildValue(sharedSpace, "exclusive"))
	return d, true
}

func parseState(text string) State {
	if i := slices.Index(states[:], text); i >= 0 {
		return State(i)
	}
	return Confirmed
}

func parseEvent(state *markup.Element) Event {
	name, ok := state.Find("event")
	if !ok {
		name = state.Attribute("reason")
	}
	switch event := Event(name); event {
	case Cancelled, Rejected, Replaced, LocalBye, RemoteBye, Error, Timeout:
		return event
	}
	return ""
}

func parseDirection(text string) Direction {
	switch text {
	case "initiator":
		return Initiator
	case "recipient", "receiver":
		return Recipient
	}
	return Unsaid
}

func parseIdentity(e *markup.Element) Identity {
	if e == nil {
		return Identity{}
	}
	display, ok := e.Find("display")
	if !ok {
		display = e.Attribute("display-name")
	}
	return Identity{Display: display, URI: e.Value()}
}

func parseParticipant(e *markup.Element) Participant {
	if e == nil {
		return Participant{}
	}
	p := Participant{Identity: parseIdentity(e.Child(space, "identity"))}
	if target := e.Child(space, "target"); target != nil {
		p.Target, p.Params = parseTarget(target)
	}
	if description := e.Child(space, "session-description"); description != nil {
		p.Description = Description{Type: description.Attribute("type"), Body: description.Text}
	}
	p.Sequence, _ = markup.Number(e.ChildValue(space, "cseq"))
	return p
}

func parseTarget(e *markup.Element) (uri string, params []Param) {
	uri = e.Attribute("uri")
	if uri == "" {
		uri = e.Value()
	}
	if uri == "" {
		return "", nil
	}
	for child := range e.Each(space, "param") {
		value, ok := child.Find("pval")
		if !ok {
			value, ok = child.Find("pvalue")
		}
		if name := child.Attribute("pname"); ok && name != "" && len(params) < MaxParams {
			params = append(params, Param{Name: name, Value: value})
		}
	}
	return uri, params
}
