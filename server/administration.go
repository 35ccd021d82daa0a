package server

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"

	"hookflash/api"
	"hookflash/config"
	"hookflash/directory"
)

// TokenFile is where the data folder has the token of the first administrator.
const TokenFile = "admin.token"

// administration is the HTTP API.
func (s *Server) administration() http.Handler {
	options := api.Options{
		Store: s.store, Config: func() *config.Config { return s.current().config }, Announcements: s.announced, Normalize: s.normalize,
		Explain: s.Explain, Logger: s.logger, Version: s.version, Parking: s.parked, Redials: redials{s}, Recordings: s.taken,
	}
	if s.clicks != nil {
		options.Calls = s.clicks
	}
	if s.rooms.agent != nil {
		options.Rooms, options.WatchRoom = &s.rooms, s.rooms.Watch
	}
	return api.Handler(options)
}

// openAdministration makes a first administrator's token.
func (s *Server) openAdministration(ctx context.Context, c *config.Config) error {
	if err := api.Bootstrap(ctx, s.store.Tokens(), filepath.Join(c.Data, TokenFile)); err != nil {
		return fmt.Errorf("opening the API: %w", err)
	}
	return nil
}

// normalize is how numbers are dialled here at present.
func (s *Server) normalize(dialled string) (number string, class directory.Class, ok bool) {
	if normalize := s.current().proxy.Normalize; normalize != nil {
		return normalize(dialled)
	}
	return "", "", false
}

// announced tells whether there is an announcement of a name.
func (s *Server) announced(name string) bool {
	return s.media == nil || s.media.Knows(name)
}
