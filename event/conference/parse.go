package conference

import (
	"errors"
	"fmt"
	"slices"

	"hookflash/event/internal/markup"
	"hookflash/sip"
)

// ErrDocument is a document that is well-formed but no conference-info.
var ErrDocument = errors.New("conference: not a conference-info document")

// Parse reads a document. A user or endpoint without its key is left out, as is what stands
// in a deleted element (RFC 4575 §4.4).
func Parse(text string) (Document, error) {
	root, err := markup.Parse(text)
	if err != nil {
		return Document{}, fmt.Errorf("conference: %w", err)
	}
	if !root.Is(space, "conference-info") {
		return Document{}, fmt.Errorf("%w: root is %q", ErrDocument, root.Name)
	}
	version, ok := markup.Number(root.Attribute("version"))
	if !ok {
		return Document{}, fmt.Errorf("%w: version %q", ErrDocument, root.Attribute("version"))
	}
	state, ok := parseState(root)
	if !ok {
		return Document{}, fmt.Errorf("%w: state %q", ErrDocument, root.Attribute("state"))
	}
	document := Document{Entity: root.Attribute("entity"), State: state, Version: version}
	if state == Deleted {
		return document, nil
	}
	document.Description = parseDescription(root.Child(space, "conference-description"))
	document.Host = parseHost(root.Child(space, "host-info"))
	document.Status = parseStatus(root.Child(space, "conference-state"))
	if users := root.Child(space, "users"); users != nil {
		if document.UsersState, ok = parseState(users); ok {
			document.HasUsers = true
			document.Users = parseUsers(users, document.UsersState)
		}
	}
	return document, nil
}

func parseState(e *markup.Element) (State, bool) {
	text, said := e.Find("state")
	if !said {
		return Full, true
	}
	i := slices.Index(states[:], text)
	return State(max(i, 0)), i >= 0
}

func parseDescription(e *markup.Element) *Description {
	if e == nil {
		return nil
	}
	d := Description{
		DisplayText: e.ChildValue(space, "display-text"), Subject: e.ChildValue(space, "subject"),
		FreeText: e.ChildValue(space, "free-text"), Keywords: e.ChildValue(space, "keywords"),
		URIs: parseURIs(e.Child(space, "conf-uris")), Services: parseURIs(e.Child(space, "service-uris")),
	}
	d.MaximumUsers, d.HasMaximum = markup.Number(e.ChildValue(space, "maximum-user-count"))
	if media := e.Child(space, "available-media"); media != nil {
		for entry := range media.Each(space, "entry") {
			if len(d.Media) < MaxMedia {
				one := parseMedia(entry)
				d.Media = append(d.Media, Media{Label: entry.Attribute("label"), DisplayText: one.DisplayText, Type: one.Type, Status: one.Status})
			}
		}
	}
	return &d
}

func parseHost(e *markup.Element) *Host {
	if e == nil {
		return nil
	}
	return &Host{DisplayText: e.ChildValue(space, "display-text"), WebPage: e.ChildValue(space, "web-page"), URIs: parseURIs(e.Child(space, "uris"))}
}

func parseStatus(e *markup.Element) *Status {
	if e == nil {
		return nil
	}
	s := Status{Active: parseFlag(e, "active"), Locked: parseFlag(e, "locked")}
	s.UserCount, s.HasUserCount = markup.Number(e.ChildValue(space, "user-count"))
	return &s
}

func parseFlag(e *markup.Element, name string) Flag {
	value, said := markup.Boolean(e.ChildValue(space, name))
	if !said {
		return Unsaid
	}
	return Truth(value)
}

func parseURIs(e *markup.Element) []URI {
	if e == nil {
		return nil
	}
	var uris []URI
	for entry := range e.Each(space, "entry") {
		if uri := entry.ChildValue(space, "uri"); uri != "" && len(uris) < MaxURIs {
			uris = append(uris, URI{URI: uri, DisplayText: entry.ChildValue(space, "display-text"), Purpose: entry.ChildValue(space, "purpose")})
		}
	}
	return uris
}

func parseUsers(e *markup.Element, parent State) []User {
	var users []User
	for child := range e.Each(space, "user") {
		user := User{Entity: child.Attribute("entity")}
		var ok bool
		if user.State, ok = under(child, parent); !ok || user.Entity == "" || len(users) >= MaxUsers {
			continue
		}
		if user.State != Deleted {
			user.parse(child)
		}
		users = append(users, user)
	}
	return users
}

// under is the state of a child: within a full element everything is full (RFC 4575 §4.4).
func under(e *markup.Element, parent State) (State, bool) {
	state, ok := parseState(e)
	if parent == Full && state == Partial {
		state = Full
	}
	return state, ok
}

func (u *User) parse(e *markup.Element) {
	u.DisplayText, u.AORs = e.ChildValue(space, "display-text"), parseURIs(e.Child(space, "associated-aors"))
	u.Languages, u.CascadedFocus = e.ChildValue(space, "languages"), e.ChildValue(space, "cascaded-focus")
	if roles := e.Child(space, "roles"); roles != nil {
		for entry := range roles.Each(space, "entry") {
			if len(u.Roles) < MaxURIs {
				u.Roles = append(u.Roles, entry.Value())
			}
		}
	}
	for child := range e.Each(space, "endpoint") {
		endpoint := Endpoint{Entity: child.Attribute("entity")}
		var ok bool
		if endpoint.State, ok = under(child, u.State); !ok || endpoint.Entity == "" || len(u.Endpoints) >= MaxEndpoints {
			continue
		}
		if endpoint.State != Deleted {
			endpoint.parse(child)
		}
		u.Endpoints = append(u.Endpoints, endpoint)
	}
}

func (e *Endpoint) parse(from *markup.Element) {
	e.DisplayText, e.Status = from.ChildValue(space, "display-text"), from.ChildValue(space, "status")
	e.JoiningMethod, e.DisconnectionMethod = from.ChildValue(space, "joining-method"), from.ChildValue(space, "disconnection-method")
	e.Referred = parseExecution(from.Child(space, "referred"))
	e.JoiningInfo = parseExecution(from.Child(space, "joining-info"))
	e.DisconnectionInfo = parseExecution(from.Child(space, "disconnection-info"))
	for child := range from.Each(space, "media") {
		if media := parseMedia(child); media.ID != "" && len(e.Media) < MaxMedia {
			e.Media = append(e.Media, media)
		}
	}
	if info := from.Child(space, "call-info"); info != nil {
		if call := info.Child(space, "sip"); call != nil {
			e.Call = sip.DialogID{
				CallID: call.ChildValue(space, "call-id"), LocalTag: call.ChildValue(space, "to-tag"), RemoteTag: call.ChildValue(space, "from-tag"),
			}
		}
	}
}

func parseMedia(e *markup.Element) Media {
	return Media{
		ID: e.Attribute("id"), DisplayText: e.ChildValue(space, "display-text"), Type: e.ChildValue(space, "type"),
		Label: e.ChildValue(space, "label"), Source: e.ChildValue(space, "src-id"), Status: e.ChildValue(space, "status"),
	}
}

func parseExecution(e *markup.Element) Execution {
	if e == nil {
		return Execution{}
	}
	return Execution{When: e.ChildValue(space, "when"), Reason: e.ChildValue(space, "reason"), By: e.ChildValue(space, "by")}
}
