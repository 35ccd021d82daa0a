package server

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"hookflash/directory"
	"hookflash/service/code"
	"hookflash/store"
	"hookflash/ua"
)

// How a user's settings are changed by telephone.
const (
	changeTimeout = 10 * time.Second // until a change is kept
	changeTries   = 4                // when the user was changed meanwhile
)

func (s *Server) installCodes(a *ua.Agent) error {
	c := s.current().config
	settings := code.Settings{
		Domain: c.Domain, Codes: map[string]string{}, Users: s.directory, Language: c.Media.Language,
		Last: s.lastCaller, Check: s.problemsOf, Change: s.change, Normalize: s.current().proxy.Normalize,
		Music: s.musicOf, Zone: time.Local, Remove: s.recordings.Remove,
	}
	for _, one := range c.Codes {
		settings.Codes[one.Code] = one.Does
	}
	code.Install(a, settings)
	return nil
}

// change lets edit make something else of what a user has set, and keeps it.
func (s *Server) change(user string, edit func(u directory.User) (*directory.Routing, error)) error {
	ctx, cancel := context.WithTimeout(context.Background(), changeTimeout)
	defer cancel()
	var err error
	for range changeTries {
		entry := s.store.Users().Find(user)
		if entry == nil {
			return store.ErrNotFound
		}
		changed := *entry
		if changed.User.Routing, err = edit(entry.User); err != nil {
			return err
		}
		if _, err = s.store.Users().Put(ctx, changed); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return err
}

// problemsOf is what is wrong with a user who is to be put.
func (s *Server) problemsOf(u *directory.User) []directory.Problem {
	c := s.current().config
	all := directory.Catalogue{
		Domain: c.Domain, View: s.directory, Menus: map[string][]directory.Target{}, Announcements: s.announced,
		Trunks: len(c.Trunks) > 0, NoVoicemail: c.Voicemail.Off, Music: c.Music.Names(), Normalize: s.current().proxy.Normalize,
	}
	for _, menu := range c.Menus {
		targets := slices.Collect(maps.Values(menu.Choices))
		if !menu.NoChoice.IsZero() {
			targets = append(targets, menu.NoChoice)
		}
		all.Menus[menu.Name] = targets
	}
	return all.UserProblems(u)
}
