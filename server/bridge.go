package server

import (
	"hookflash/b2bua"
	"hookflash/proxy"
	"hookflash/service/assist"
	"hookflash/service/park"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// installBridge makes an agent the one that stands between telephones; at a reload it goes by what is new.
func (s *Server) installBridge(a *ua.Agent) error {
	c := s.current().config
	if s.handOver == nil {
		s.handOver = assist.NewHandOver(s.userAt)
	}
	settings := b2bua.Settings{
		Domain: c.Domain, Language: c.Media.Language, LanguageOf: s.languageOf, Local: s.localUser, NameOf: s.nameOf,
		Partner: func(call *ua.Call, with ua.Party) {
			d := call.Dialog()
			a.Tell(proxy.Partner{Dialog: d.Triple(), By: "bridge", As: with.URI})
		},
		Lasts: s.parks,
		Music: func(user string) string { return "music:" + s.musicOf(user) },
		Do:    map[string]func(t *task.Task, p b2bua.Press){}, Asked: map[string]func(c *ua.Call, value string){},
	}
	settings.Do["three-way"], settings.Do["park"], settings.Do["help"] = assist.ThreeWay, assist.Park, assist.Help
	settings.Do["transfer"], settings.Do["consult"], settings.Do["hold"] = assist.Transfer, assist.Consult, assist.Hold
	settings.Do["hand-over"], settings.Asked[assist.Take] = s.handOver.Offer, s.handOver.Taken
	settings.Asked["join"] = s.joins
	recorder := s.recorder()
	settings.Do["record"], settings.Do["pause"] = recorder.Record, recorder.Pause
	for _, code := range c.InCall {
		settings.Codes = append(settings.Codes, b2bua.Code{Code: code.Code, Does: code.Does})
	}
	if s.bridge != nil {
		s.bridge.Configure(settings)
		return nil
	}
	s.bridge = b2bua.New(a, settings)
	return nil
}

// joins takes a call of somebody who wants to join the call of a user, by the user's name or number.
func (s *Server) joins(c *ua.Call, wanted string) {
	j := assist.Joining{Call: c, With: s.userAt(wanted)}
	if u := s.directory.User(s.localUser(c.Remote.URI)); c.Privacy == "" && u != nil && u.Routing != nil && len(u.Routing.Numbers) > 0 {
		j.Number = u.Routing.Numbers[0]
	}
	assist.Join(s.bridge, j)
}

// userAt is the user whom a name or number reaches, "" for nobody.
func (s *Server) userAt(wanted string) string {
	if u := s.directory.User(wanted); u != nil {
		return u.Name
	}
	if u := s.directory.User(s.directory.Number(wanted)); u != nil {
		return u.Name
	}
	return ""
}

// languageOf is the language that a user is spoken to in, "" for the domain's.
func (s *Server) languageOf(user string) string {
	if u := s.directory.User(user); u != nil && u.Routing != nil {
		return u.Routing.Language
	}
	return ""
}

// nameOf is the name that goes with a user, "" for none.
func (s *Server) nameOf(user string) string {
	if u := s.directory.User(user); u != nil && u.Routing != nil {
		return u.Routing.Display
	}
	return ""
}

// localUser is the name of the user whose address a URI is, "" for anybody else.
func (s *Server) localUser(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil || !uri.IsSIP() || sip.Lower(uri.Host) != s.current().config.Domain {
		return ""
	}
	if u := s.directory.User(sip.Unescape(uri.User)); u != nil {
		return u.Name
	}
	return ""
}

// parks tells whether a call is one to the place where somebody is parked: any telephone may give itself that user part.
func (s *Server) parks(call *ua.Call) bool {
	uri, err := sip.ParseURI(call.Dialog().Target)
	return err == nil && sip.Lower(uri.Host) == s.current().config.Domain && sip.Unescape(uri.User) == park.Name
}
