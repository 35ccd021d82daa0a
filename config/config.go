package config

import (
	"crypto/tls"
	"net/netip"
	"slices"
	"time"

	"hookflash/digest"
	"hookflash/directory"
)

// Config is everything the file says. It is not changed once it was validated, so any
// number of readers may share it.
type Config struct {
	Domain  string // a host name in lower case, or an IP address; also the digest realm
	Listen  Listen
	Data    string             // folder of what must last, relative to the working directory
	Trusted []netip.Prefix     // sources that need no digest (RFC 3325)
	Digest  []digest.Algorithm // what is offered, in this order (RFC 8760 §2.4)
	Guests  bool               // strangers from foreign domains reach local users
	TLS     TLS
	Origins []string // of pages that may open a WebSocket, beside those of the same host (RFC 6455 §10.2)
	Users   []User

	Groups    []directory.Group
	Calendars []directory.Calendar
	Menus     []Menu
	Trunks    []Trunk
	Codes     []Code // dialled
	InCall    []Code // pressed in a call
	Numbers   Numbers
	Media     Media
	Music     Music
	Voicemail Voicemail
	Click     Click
	Park      Park
	Rooms     Rooms
	Recording Recording
	Redial    Redial
	// Redirects is what becomes of a 3xx of a phone whose user has not said.
	Redirects directory.Redirects
	// Assist is whose calls the server stands in, where the user has not said.
	Assist directory.Assist

	Limits       Limits
	Session      Session
	Registration Registration
	Log          Log
	Shutdown     Shutdown
	Resolver     Resolver
	TimerC       time.Duration // how long a branch may ring (RFC 3261 §16.6 step 11)

	// Demonstration marks the configuration of Demo: it is served on loopback only,
	// because everybody knows its passwords.
	Demonstration bool

	codesSaid bool // in the file: else a number that is a code without star keeps it without a word
}

// Listen is where the server is reached.
type Listen struct {
	SIP  []Listener
	HTTP netip.AddrPort // metrics and health; the zero value: no HTTP
}

// User is one user of the domain.
type User struct {
	Name   string                          // the user part of the address of record
	HA1    map[digest.Algorithm]digest.HA1 // by each algorithm this user may use
	Digest []digest.Algorithm              // empty: what the domain offers
	// Assistants are names of users who may take over this user's calls, or join them.
	Assistants []string
	// Routing is where this user's calls go; nil: to the phones.
	Routing *directory.Routing
}

// Limits bound what one user may hold.
type Limits struct {
	ContactsPerUser int // bindings of one address of record, from 1
}

// Session bounds session timers (RFC 4028).
type Session struct {
	Expires time.Duration // what is asked for when the caller asks for nothing
	Minimum time.Duration // Min-SE, at least 90 s (RFC 4028 §5)
}

// Registration bounds how long a binding lives (RFC 3261 §10.3).
type Registration struct {
	Minimum time.Duration // below it: 423 with Min-Expires
	Maximum time.Duration // above it: shortened
	Default time.Duration // when the phone names none
}

// Log is what the server writes about itself.
type Log struct {
	Level string // debug, info, warn or error
}

// Shutdown is how the server ends on SIGTERM.
type Shutdown struct {
	Drain time.Duration // how long calls may go on; zero: not at all
}

// defaults is what holds where the file is silent.
func defaults() *Config {
	return &Config{
		Listen:       Listen{HTTP: netip.MustParseAddrPort("127.0.0.1:8080")},
		Data:         "./data",
		Digest:       []digest.Algorithm{digest.SHA256, digest.MD5},
		TLS:          TLS{Minimum: tls.VersionTLS13},
		Limits:       Limits{ContactsPerUser: 10},
		Session:      Session{Expires: 30 * time.Minute, Minimum: 90 * time.Second},
		Registration: Registration{Minimum: time.Minute, Maximum: time.Hour, Default: time.Hour},
		Log:          Log{Level: "info"},
		Shutdown:     Shutdown{Drain: 30 * time.Second},
		Resolver:     Resolver{Timeout: 1800 * time.Millisecond},
		TimerC:       3 * time.Minute,
		Codes:        DefaultCodes(),
		InCall:       DefaultInCall(),
		Numbers:      defaultNumbers(),
		Media:        defaultMedia(),
		Music:        defaultMusic(),
		Voicemail:    defaultVoicemail(),
		Park:         defaultPark(),
		Rooms:        defaultRooms(),
		Recording:    defaultRecording(),
		Redial:       defaultRedial(),
		Redirects:    directory.RedirectsPass,
		Assist:       directory.AssistNone,
	}
}

// RestartNeeded names the keys in which next differs from c and which a running server
// can't change: a reload with any of them is refused whole.
func (c *Config) RestartNeeded(next *Config) []string {
	var keys []string
	if c.Domain != next.Domain {
		keys = append(keys, "domain")
	}
	if !slices.Equal(c.Listen.SIP, next.Listen.SIP) {
		keys = append(keys, "listen.sip")
	}
	if c.Listen.HTTP != next.Listen.HTTP {
		keys = append(keys, "listen.http")
	}
	if c.Data != next.Data {
		keys = append(keys, "data")
	}
	// The engine of the agents is opened with these, and so are the mailboxes.
	media, nextMedia := c.Media, next.Media
	if media.Address != nextMedia.Address {
		keys = append(keys, "media.address")
	}
	if media.First != nextMedia.First || media.Last != nextMedia.Last {
		keys = append(keys, "media.ports")
	}
	if media.Prompts != nextMedia.Prompts {
		keys = append(keys, "media.prompts")
	}
	if media.Language != nextMedia.Language {
		keys = append(keys, "media.language")
	}
	if c.Park.Off != next.Park.Off {
		keys = append(keys, "park")
	}
	if c.Rooms.Off != next.Rooms.Off {
		keys = append(keys, "rooms")
	}
	if c.Recording.Most != next.Recording.Most {
		keys = append(keys, "recording.most")
	}
	if c.Recording.Size != next.Recording.Size {
		keys = append(keys, "recording.size")
	}
	if c.Voicemail.Off != next.Voicemail.Off {
		keys = append(keys, "voicemail")
	}
	if c.Voicemail.MaxMessages != next.Voicemail.MaxMessages {
		keys = append(keys, "voicemail.messages")
	}
	if c.Voicemail.Keep != next.Voicemail.Keep {
		keys = append(keys, "voicemail.keep")
	}
	if c.Redial.Off != next.Redial.Off {
		keys = append(keys, "redial")
	}
	if c.Click.Off != next.Click.Off {
		keys = append(keys, "click")
	}
	return keys
}
