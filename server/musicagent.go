package server

import (
	"hookflash/service/music"
	"hookflash/ua"
)

func (s *Server) installMusic(a *ua.Agent) error {
	music.Install(a, music.Settings{Domain: s.current().config.Domain, Name: s.musicOf, Exists: s.hasMusic})
	return nil
}
