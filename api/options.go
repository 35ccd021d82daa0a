package api

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"hookflash/config"
	"hookflash/directory"
	"hookflash/store"
	"hookflash/store/recording"
)

// Limits of the API.
const (
	MaxBody   = 1 << 20          // bytes of a request's body; 413 beyond
	MaxTime   = 10 * time.Second // of a request
	MaxPage   = 1000             // entries of a page
	MaxTokens = 10_000           // 409 beyond
)

// Prefix is the path below which everything of the API is.
const Prefix = "/api/v1"

// Options is what the API works on. Store and Config are required.
type Options struct {
	Store store.Store
	// Config is what the configuration file says now. It is read at each request.
	Config func() *config.Config
	// Announcements tells whether there is a prompt of that name; nil: any is taken.
	Announcements func(name string) bool
	// Normalize is as proxy.Settings has it; nil, or without a country in the configuration: it is
	// not checked how far numbers go.
	Normalize func(dialled string) (number string, class directory.Class, ok bool)
	// Explain says what would happen to a call; its error is told to whoever asked. nil: 501.
	Explain func(from, to string, at time.Time) (Explanation, error)
	// Calls has users' phones call; nil: 501.
	Calls Calls
	// Parking gives the parking places that are not free, in their order; nil: none.
	Parking func() []Parked
	// Rooms is the conference rooms, nil: there are none. WatchRoom gives a value after each change of one of them, several of
	// which may be one, until stop is called.
	Rooms     Rooms
	WatchRoom func(room string) (changed <-chan struct{}, stop func())
	// Recordings are those of calls and rooms; nil: there are none.
	Recordings *recording.Store
	// Redials is who waits until somebody is free; nil: nobody does.
	Redials Redials
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Logger gets a line for each change, without secrets; nil: none.
	Logger  *slog.Logger
	Version string // of the program, for the description
}

// administration answers requests. What it reads is safe for any number of readers.
type administration struct {
	Options
	// changes is held from the reading of what a change builds upon until it is kept, so that what
	// was checked still holds.
	changes sync.Mutex
	keys    keys
	streams streams
	links   links
}

// Handler answers everything below Prefix.
func Handler(options Options) http.Handler {
	a := &administration{Options: options, links: newLinks()}
	if a.Now == nil {
		a.Now = time.Now
	}
	if a.Logger == nil {
		a.Logger = slog.New(slog.DiscardHandler)
	}
	return bounded(a.crossOrigin(a.routes()))
}
