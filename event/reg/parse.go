package reg

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"hookflash/event/internal/markup"
)

// ErrDocument is a document that is well-formed but no reginfo.
var ErrDocument = errors.New("reg: not a reginfo document")

// Parse reads a document. What is malformed within a registration or contact leaves that
// one out.
func Parse(text string) (Document, error) {
	root, err := markup.Parse(text)
	if err != nil {
		return Document{}, fmt.Errorf("reg: %w", err)
	}
	if !root.Is(space, "reginfo") {
		return Document{}, fmt.Errorf("%w: root is %q", ErrDocument, root.Name)
	}
	version, ok := markup.Number(root.Attribute("version"))
	if !ok {
		return Document{}, fmt.Errorf("%w: version %q", ErrDocument, root.Attribute("version"))
	}
	document := Document{Version: version}
	switch state := root.Attribute("state"); state {
	case "full":
		document.Full = true
	case "partial":
	default:
		return Document{}, fmt.Errorf("%w: state %q", ErrDocument, state)
	}
	left := MaxContacts
	for element := range root.Each(space, "registration") {
		if registration, ok := parseRegistration(element, &left); ok && len(document.Registrations) < MaxRegistrations {
			document.Registrations = append(document.Registrations, registration)
		}
	}
	return document, nil
}

func parseRegistration(e *markup.Element, left *int) (Registration, bool) {
	state := slices.Index(states[:], e.Attribute("state"))
	registration := Registration{AOR: e.Attribute("aor"), ID: e.Attribute("id")}
	if state < 0 || registration.ID == "" {
		return Registration{}, false
	}
	registration.State = State(state)
	for child := range e.Each(space, "contact") {
		if contact, ok := parseContact(child); ok && *left > 0 {
			registration.Contacts = append(registration.Contacts, contact)
			*left--
		}
	}
	return registration, true
}

func parseContact(e *markup.Element) (Contact, bool) {
	state := e.Attribute("state")
	c := Contact{
		ID: e.Attribute("id"), URI: e.ChildValue(space, "uri"), DisplayName: e.ChildValue(space, "display-name"),
		Terminated: state == "terminated", Event: parseEvent(e.Attribute("event")), Q: e.Attribute("q"), CallID: e.Attribute("callid"),
	}
	if c.ID == "" || c.URI == "" || state != "active" && !c.Terminated {
		return Contact{}, false
	}
	c.Duration, c.HasDuration = seconds(e, "duration-registered")
	c.Expires, c.HasExpires = seconds(e, "expires")
	c.RetryAfter, c.HasRetryAfter = seconds(e, "retry-after")
	c.Sequence, c.HasSequence = seconds(e, "cseq")
	for child := range e.Each(space, "unknown-param") {
		if name := child.Attribute("name"); name != "" && len(c.Params) < MaxParams {
			c.Params = append(c.Params, Param{Name: name, Value: child.Value()})
		}
	}
	return c, true
}

func parseEvent(text string) Event {
	switch event := Event(text); event {
	case Registered, Created, Refreshed, Shortened, Expired, Deactivated, Probation, Unregistered, Rejected:
		return event
	}
	return ""
}

// seconds reads an xs:unsignedLong; what is greater than 2^32-1 counts as that.
func seconds(e *markup.Element, name string) (uint32, bool) {
	number, err := strconv.ParseUint(strings.TrimSpace(e.Attribute(name)), 10, 64)
	return uint32(min(number, math.MaxUint32)), err == nil
}
