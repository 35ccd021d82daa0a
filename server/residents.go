package server

import (
	"fmt"

	"hookflash/b2bua"
	"hookflash/config"
	"hookflash/service/announce"
	asking "hookflash/service/ask"
	"hookflash/service/clicktodial"
	"hookflash/service/code"
	"hookflash/service/lamps"
	"hookflash/service/menu"
	"hookflash/service/music"
	"hookflash/service/park"
	"hookflash/service/redial/recall"
	"hookflash/service/room"
	"hookflash/service/voicemail"
	"hookflash/ua"
)

// resident is a user agent that lives in the server, at sip:NAME@DOMAIN.
type resident struct {
	name string
	// contact is added to its Contact: feature tags (RFC 3840).
	contact string
	// packages are the event packages that it answers for on behalf of every user.
	packages []string
	// install gives it its handlers; nil: it is not at home, and its address leads nowhere.
	install func(s *Server, a *ua.Agent) error
	// records gives who takes what the proxy tells beside SIP (proxy.Leg, proxy.Standing), each as a step of the agent;
	// nil: nobody does.
	records func(s *Server) func(record any)
	// again: it is installed again when the configuration is.
	again bool
	// off tells that the configuration does without it; nil: none does.
	off func(c *config.Config) bool
}

// residents are the agents of the server. Their places are their numbers, which calls that stand have in
// their routes: a new one comes last, and one that goes leaves its place empty.
var residents = []resident{
	{name: "announce", contact: announce.ContactParams, install: (*Server).installAnnounce, again: true},
	{
		name: "voicemail", contact: voicemail.ContactParams, packages: []string{"message-summary"}, install: (*Server).installVoicemail,
		off: func(c *config.Config) bool { return c.Voicemail.Off },
	},
	{name: "menu", contact: menu.ContactParams, install: (*Server).installMenu, again: true},
	{name: "ask", contact: asking.ContactParams, install: (*Server).installAsk, again: true},
	{name: "codes", contact: code.ContactParams, install: (*Server).installCodes, again: true},
	{name: music.Agent, contact: music.ContactParams, install: (*Server).installMusic},
	{
		name: park.Name, contact: park.ContactParams, install: (*Server).installPark, again: true,
		off: func(c *config.Config) bool { return c.Park.Off },
	},
	{
		name: "lamps", contact: lamps.ContactParams, packages: []string{"dialog"}, install: (*Server).installLamps, records: (*Server).lampRecords,
		again: true,
	},
	{
		name: "redial", contact: recall.ContactParams, packages: []string{"call-completion"}, install: (*Server).installRedial,
		records: (*Server).redialRecords, again: true, off: func(c *config.Config) bool { return c.Redial.Off },
	},
	{
		name: "click", contact: clicktodial.ContactParams, install: (*Server).installClick, records: (*Server).clickRecords,
		off: func(c *config.Config) bool { return c.Click.Off },
	},
	{name: "bridge", contact: b2bua.ContactParams, install: (*Server).installBridge, again: true},
	{
		name: room.Name, contact: room.ContactParams, install: (*Server).installRooms, again: true,
		off: func(c *config.Config) bool { return c.Rooms.Off },
	},
}

// atHome are residents without those that a configuration does without.
func atHome(list []resident, c *config.Config) []resident {
	here := make([]resident, len(list))
	for i, r := range list {
		if here[i] = r; r.off != nil && r.off(c) {
			here[i].install = nil
		}
	}
	return here
}

func (s *Server) installAnnounce(a *ua.Agent) error {
	announce.Install(a, announce.Settings{
		Exists:   func(name, language string) bool { return s.media.Knows(language + "/" + name) },
		Language: s.current().config.Media.Language,
	})
	return nil
}

func (s *Server) installMenu(a *ua.Agent) error {
	c := s.current().config
	settings := menu.Settings{Domain: c.Domain, Menus: map[string]menu.Menu{}, Language: c.Media.Language, Number: s.directory.Number}
	for _, m := range c.Menus {
		settings.Menus[m.Name] = menu.Menu{
			Prompt: m.Prompt, Choices: m.Choices, Dial: m.Dial, Timeout: m.Timeout, Tries: m.Tries, NoChoice: m.NoChoice, Payer: m.Payer,
		}
	}
	menu.Install(a, settings)
	return nil
}

func (s *Server) installAsk(a *ua.Agent) error {
	c := s.current().config
	asking.Install(a, asking.Settings{Domain: c.Domain, Language: c.Media.Language, Remove: s.recordings.Remove})
	return nil
}

// reinstall lets the agents that can know of a new configuration.
func (s *Server) reinstall() error {
	for _, a := range s.agents {
		if a.agent == nil || !a.again {
			continue
		}
		a.mutex.Lock()
		err := a.install(s, a.agent)
		a.mutex.Unlock()
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	if a := s.voicemailAgent; a != nil {
		a.mutex.Lock()
		s.voicemail.Configure(s.voicemailSettings())
		a.mutex.Unlock()
	}
	return nil
}
