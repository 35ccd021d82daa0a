package server

import (
	"slices"

	"hookflash/config"
	"hookflash/media"
)

// takeMusic has the media side play what a configuration names, as the folder is now. What is wrong with it was told
// when the configuration was checked.
func (s *Server) takeMusic(c *config.Config) {
	library, _ := c.Music.Open()
	s.media.SetMusic(library)
}

// hasMusic tells whether there is music of a name.
func (s *Server) hasMusic(name string) bool { return s.media.HasMusic(name) }

// musicOf is the name of what those hear who wait for a user: the user's own, else that of the first group that has
// any and the user is a member of, else the domain's. It is always one that can be played. "" is the domain's.
func (s *Server) musicOf(user string) string {
	if u := s.directory.User(user); u != nil {
		if u.Routing != nil && u.Routing.Music != "" && s.hasMusic(u.Routing.Music) {
			return u.Routing.Music
		}
		if name := s.musicOfGroups(u.Name); name != "" {
			return name
		}
	} else if g := s.directory.Group(user); g != nil && g.Music != "" && s.hasMusic(g.Music) {
		return g.Music
	}
	if name := s.current().config.Music.Default; name != "" && s.hasMusic(name) {
		return name
	}
	return media.DefaultMusic
}

// musicOfGroups is that of the first of a member's groups, by name; "" when none has any.
func (s *Server) musicOfGroups(member string) string {
	for _, entry := range s.store.Groups().All() {
		if g := &entry.Value; g.Music != "" && slices.Contains(g.Members, member) && s.hasMusic(g.Music) {
			return g.Music
		}
	}
	return ""
}
