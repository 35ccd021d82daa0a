package server

import (
	"net/netip"
	"testing"

	"hookflash/config"
	"hookflash/directory"
	"hookflash/machine"
	"hookflash/media"
	"hookflash/phone"
	"hookflash/proxy"
	"hookflash/ua"
)

// ends calls somebody and gives how that ended, whatever was said.
func ends(t *testing.T, p *phone.Phone, target string) (code int) {
	t.Helper()
	call(t, p, target)
	e := await(t, p, ua.Ended)
	if e.Code >= 500 {
		t.Log(target, e.Code, e.Reason)
	}
	return e.Code
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

// TestCodesTell: what is told is heard, by whoever dials, and then the call ends.
func TestCodesTell(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(*config.Config) {}, nil)
	for _, dials := range []string{"*65", "*60", "*99", "*69", "*801001"} {
		device := &ear{}
		p := agentPhone(t, s, machine.UDP, media.Settings{Device: device})
		call(t, p, "sip:"+dials+"@example.test")
		if e := await(t, p, ua.Ended); e.Code != 0 || !device.heard.Load() {
			t.Errorf("%s ends with %d; heard: %v", dials, e.Code, device.heard.Load())
		}
	}
}

// TestEuropeanCodes: forwarding as mobile telephones have it.
func TestEuropeanCodes(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(c *config.Config) {
		c.Codes = append(config.EuropeanCodes(), config.Code{Code: "*97", Does: "voicemail"})
	}, nil)
	p := agentPhone(t, s, machine.TCP, media.Settings{})
	forward := func() directory.Forward { return s.directory.User("alice").Routing.Forward }
	for _, step := range []struct {
		dials string
		of    func(f directory.Forward) directory.Target
		want  string
	}{
		{"*21*1001%23", func(f directory.Forward) directory.Target { return f.Unconditional }, "1001"},
		{"%2321%23", func(f directory.Forward) directory.Target { return f.Unconditional }, ""},
		{"*67**97%23", func(f directory.Forward) directory.Target { return f.Busy }, "voicemail"},
		{"*61*1002", func(f directory.Forward) directory.Target { return f.NoAnswer.To }, "1002"},
		{"*62*1003%23", func(f directory.Forward) directory.Target { return f.Unreachable }, "1003"},
		{"*%2362%23", func(f directory.Forward) directory.Target { return f.Unreachable }, "1003"},
		{"*21*1000%23", func(f directory.Forward) directory.Target { return f.Unconditional }, ""}, // to oneself
	} {
		if code := ends(t, p, "sip:"+step.dials+"@example.test"); code != 0 {
			t.Errorf("%s ends with %d", step.dials, code)
		}
		if got := step.of(forward()).String(); got != step.want {
			t.Errorf("%s: calls go to %q, want %q", step.dials, got, step.want)
		}
	}
}

// TestCallReturn: who called last is called, by the caller's address.
func TestCallReturn(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(*config.Config) {}, nil)
	p := agentPhone(t, s, machine.UDP, media.Settings{})
	reached := func(target string) {
		t.Helper()
		call(t, p, target)
		await(t, p, ua.Established) // by voicemail
		p.Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
		await(t, p, ua.Ended)
	}
	reached("sip:1001@example.test")
	if back := s.lastAddress("bob"); back != "alice@example.test" {
		t.Errorf("bob would call back %q", back)
	}
	s.userShardOf("alice").called(proxy.Called{User: "alice", By: "1003", Back: "carol@example.test"})
	reached("sip:*69@example.test")
	if back := s.lastAddress("carol"); back != "alice@example.test" {
		t.Errorf("carol was not called: %q", back)
	}
}

// TestIntercom: bob's phone answers by itself for who dials the code, when bob lets the server ask it to, and not otherwise.
func TestIntercom(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(c *config.Config) { c.Users[1].Routing.Intercom = true }, nil)
	p := agentPhone(t, s, machine.UDP, media.Settings{})
	bob, err := phone.Open(phone.Settings{
		User: "bob", Domain: "example.test", Password: "builder", Server: s.Addresses()[0], Transport: machine.UDP,
		Local: netip.MustParseAddrPort("127.0.0.1:0"), Media: phone.Engine(media.Settings{}), Intercom: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bob.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := bob.Registered(t.Context()); err != nil {
		t.Fatal(err)
	}
	call(t, p, "sip:*801001@example.test")
	await(t, p, ua.Established)
	await(t, bob, ua.Established)
	p.Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
	await(t, bob, ua.Ended)
	await(t, p, ua.Ended)
	p.Do(func(a *ua.Agent) {
		if _, err := a.Invite(ua.Invitation{Target: "sip:1001@example.test"}); err != nil {
			t.Error(err)
		}
	})
	await(t, bob, ua.Incoming)
	await(t, p, ua.Ringing)
	p.Do(func(a *ua.Agent) { a.Calls()[0].Cancel() })
	await(t, p, ua.Ended)
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
