package server

import (
	"testing"

	"hookflash/config"
	"hookflash/directory"
	"hookflash/machine"
	"hookflash/media"
	"hookflash/phone"
	"hookflash/ua"
)

// ends calls somebody and gives how that ended, whatever was said.
func ends(t *testing.T, p *phone.Phone, target string) (code int) {
	t.Helper()
	call(t, p, target)
	return await(t, p, ua.Ended).Code
}

// TestCodes: what is dialled is set, takes effect, and is kept.
func TestCodes(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(*config.Config) {}, nil)
	p := agentPhone(t, s, machine.UDP, media.Settings{})
	if code := ends(t, p, "sip:*78@example.test"); code != 0 {
		t.Errorf("the code ends with %d", code)
	}
	if routing := s.directory.User("alice").Routing; !routing.DoNotDisturb || len(routing.Numbers) == 0 {
		t.Errorf("alice has set %+v", routing)
	}
	if code := ends(t, p, "sip:*721001@example.test"); code != 0 {
		t.Errorf("the code ends with %d", code)
	}
	if to := s.directory.User("alice").Routing.Forward.Unconditional; to.IsZero() {
		t.Error("alice forwards nowhere")
	}
	if code := ends(t, p, "sip:codes@example.test;code=*79"); code < 400 || !s.directory.User("alice").Routing.DoNotDisturb {
		t.Errorf("nobody calls the agent past the services: %d", code)
	}
	call(t, p, "sip:bob@example.test")
	await(t, p, ua.Established) // by voicemail
	p.Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
	await(t, p, ua.Ended)
	if last := s.lastCaller("bob"); last != "1000" {
		t.Errorf("bob was called last by %q, not by alice's number", last)
	}
}

// TestMenusReload: a new configuration's menus are there at the next call.
func TestMenusReload(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(c *config.Config) { c.Menus = nil }, nil)
	p := agentPhone(t, s, machine.TCP, media.Settings{})
	if code := ends(t, p, "sip:menu@example.test;menu=evening"); code != 404 {
		t.Errorf("no such menu: %d", code)
	}
	next := *s.current().config
	next.Menus = []config.Menu{{Name: "evening", Prompt: "closed", Choices: map[string]directory.Target{}}}
	if err := s.Reload(&next); err != nil {
		t.Fatal(err)
	}
	call(t, p, "sip:menu@example.test;menu=evening")
	await(t, p, ua.Established)
	p.Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
	await(t, p, ua.Ended)
}
