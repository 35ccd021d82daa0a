package conference

import "hookflash/sip"

// Names of the package.
const (
	Package     = "conference"
	ContentType = "application/conference-info+xml"
)

// Limits; what goes beyond is left out.
const (
	MaxUsers     = 256
	MaxEndpoints = 16 // of a user
	MaxMedia     = 16 // of an endpoint, or of the conference
	MaxURIs      = 32 // of a list of URIs, roles or media
)

// State tells how much an element says (RFC 4575 §4.4).
type State uint8

const (
	Full    State = iota // everything; also where the document does not say
	Partial              // what changed
	Deleted              // the element is gone
)

var states = [...]string{Full: "full", Partial: "partial", Deleted: "deleted"}

// String is the name in a document.
func (s State) String() string { return states[min(s, Deleted)] }

// Document is one conference-info document (RFC 4575 §5.2).
type Document struct {
	Entity      string // URI of the conference
	State       State
	Version     uint32 // one more with each document of a subscription
	Description *Description
	Host        *Host
	Status      *Status
	UsersState  State
	Users       []User
	HasUsers    bool // there is a list of users, if an empty one
}

// Description is what the conference is about (RFC 4575 §5.3).
type Description struct {
	DisplayText, Subject, FreeText, Keywords string
	URIs                                     []URI // ways in
	Services                                 []URI // web page, recording and the like
	MaximumUsers                             uint32
	HasMaximum                               bool
	Media                                    []Media // available media: Label, DisplayText, Type and Status
}

// Host is who hosts it (RFC 4575 §5.4).
type Host struct {
	DisplayText, WebPage string
	URIs                 []URI
}

// URI is an entry of a list of URIs.
type URI struct {
	URI, DisplayText, Purpose string
}

// Status is how the conference stands (RFC 4575 §5.5).
type Status struct {
	UserCount    uint32
	HasUserCount bool
	Active       Flag
	Locked       Flag
}

// Flag is a boolean that may be left unsaid.
type Flag uint8

const (
	Unsaid Flag = iota
	No
	Yes
)

// Truth is the flag of a boolean.
func Truth(value bool) Flag {
	if value {
		return Yes
	}
	return No
}

// User is a participant (RFC 4575 §5.6). Entity is its key.
type User struct {
	Entity        string
	State         State
	DisplayText   string
	AORs          []URI
	Roles         []string
	Languages     string // separated by spaces
	CascadedFocus string
	Endpoints     []Endpoint
}

// Endpoint is a device of a user (RFC 4575 §5.7). Entity is its key.
type Endpoint struct {
	Entity              string
	State               State
	DisplayText         string
	Referred            Execution
	Status              string // connected, on-hold, alerting and so on; "" when not said
	JoiningMethod       string // dialed-in, dialed-out, focus-owner; "" when not said
	JoiningInfo         Execution
	DisconnectionMethod string // departed, booted, failed, busy; "" when not said
	DisconnectionInfo   Execution
	Media               []Media
	Call                sip.DialogID // LocalTag is the to-tag, RemoteTag the from-tag (RFC 4575 §5.7.9)
}

// Execution says when something was done, why and by whom (RFC 4575 §5.7.2).
type Execution struct {
	When, Reason, By string // When is an xs:dateTime
}

// Media is one medium of an endpoint or of the conference. ID is its key within an
// endpoint; the conference's has none, and is known by its Label.
type Media struct {
	ID, DisplayText, Type, Label, Source string
	Status                               string // sendrecv, sendonly, recvonly, inactive; "" when not said
}
