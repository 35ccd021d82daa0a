package registrar

import (
	"time"

	"hookflash/identity"
)

// Limits of a request; lengths in octets.
const (
	MaxContact    = 512  // a contact URI
	MaxParameters = 512  // the header parameters of a contact
	MaxInstance   = 128  // +sip.instance
	MaxPath       = 1024 // all Path values
	MaxPathValues = 8
	MaxUserAgent  = 128     // of User-Agent; the rest is cut off
	MaxRemoved    = 1 << 10 // removals that are remembered
)

// Settings are the same for all Registrars and never change. Zero fields take the
// defaults named with them.
type Settings struct {
	Identity *identity.Settings

	DefaultExpires time.Duration // where the phone says nothing: 1 hour
	// MinExpires is the least that is accepted where less than an hour is asked for
	// (RFC 3261 §10.3 step 7: 423): 1 minute.
	MinExpires  time.Duration
	MaxExpires  time.Duration // more is shortened to it: 2 hours
	MaxBindings int           // of one address of record: 10

	ServiceRoute string        // value of Service-Route in a 200 (RFC 3608), "" for none
	FlowTimer    time.Duration // Flow-Timer of an outbound registration over a stream (RFC 5626 §5.4), 0 for none
	// GRUUKey seals temporary GRUUs; it is kept, so that they outlive the process.
	GRUUKey [32]byte
}

func (s Settings) withDefaults() Settings {
	or := func(value *time.Duration, fallback time.Duration) {
		if *value <= 0 {
			*value = fallback
		}
	}
	or(&s.DefaultExpires, time.Hour)
	or(&s.MinExpires, time.Minute)
	or(&s.MaxExpires, 2*time.Hour)
	s.DefaultExpires = min(s.DefaultExpires, s.MaxExpires)
	if s.MaxBindings <= 0 {
		s.MaxBindings = 10
	}
	return s
}

// Registrar registers the addresses of record of one shard.
type Registrar struct {
	settings Settings
	view     View
	gruus    *GRUUs
	removed  removals

	work     registration // the request being processed
	bindings []Binding    // the record that is being made
	contacts []contact
	buffer   []byte
	second   int64 // of date
	date     []byte
}

// New makes a Registrar that reads its records from a view.
func New(settings Settings, view View) *Registrar {
	settings = settings.withDefaults()
	return &Registrar{
		settings: settings, view: view, gruus: NewGRUUs(settings.Identity, settings.GRUUKey, view),
		removed: removals{places: make([]removal, MaxRemoved)},
	}
}

// GRUUs are what it names instances by; they may be shared by any number of readers.
func (r *Registrar) GRUUs() *GRUUs { return r.gruus }
