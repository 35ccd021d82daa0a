package server

import (
	"net/netip"
	"testing"
	"time"

	"hookflash/config"
	"hookflash/machine"
	"hookflash/media"
	"hookflash/phone"
	"hookflash/service/order"
	"hookflash/task"
	"hookflash/ua"
)

// TestMusicOnHold: whom a phone holds hears the domain's music, in both ways, and silence when she is back.
func TestMusicOnHold(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(*config.Config) {}, nil)
	heard := &ear{}
	alice := musicPhone(t, s, "alice", "wonderland", heard)
	bob := musicPhone(t, s, "bob", "builder", &ear{})
	call(t, alice, "sip:bob@example.test")
	await(t, bob, ua.Established)
	for _, test := range []struct {
		reason string
		act    func() error
		music  bool
	}{
		{"they talk", func() error { return nil }, false},
		{"held (RFC 7088)", func() error { return acts(bob, "hold", "alice") }, true},
		{"resumed", func() error { return acts(bob, "resume", "alice") }, false},
		{"left with the server (RFC 5359 2.3)", func() error { return acts(bob, "music", "alice") }, true},
		{"taken back", func() error { return acts(bob, "resume", "") }, false},
	} {
		if err := test.act(); err != nil {
			t.Fatalf("%s: %v", test.reason, err)
		}
		patience := 10 * time.Second // of which music needs little
		if !test.music {
			time.Sleep(300 * time.Millisecond) // what is on its way
			patience = 200 * time.Millisecond
		}
		heard.heard.Store(false)
		for until := time.Now().Add(patience); !heard.heard.Load() && time.Now().Before(until); {
			time.Sleep(20 * time.Millisecond)
		}
		if heard.heard.Load() != test.music {
			t.Errorf("%s: music is heard: %v", test.reason, !test.music)
		}
	}
}

func musicPhone(t *testing.T, s *Server, user, password string, device media.Device) *phone.Phone {
	t.Helper()
	p, err := phone.Open(phone.Settings{
		User: user, Domain: "example.test", Password: password, Server: s.Addresses()[0], Transport: machine.UDP, AutoAnswer: true,
		Music: "sip:music@example.test", Local: netip.MustParseAddrPort("127.0.0.1:0"), Media: phone.Engine(media.Settings{Device: device}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := p.Registered(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// acts has a phone do something to the call with somebody, and waits for the end.
func acts(p *phone.Phone, name, with string) error {
	action, _ := order.Find(name)
	result := make(chan error, 1)
	p.Do(func(a *ua.Agent) {
		var c *ua.Call
		for _, one := range a.Calls() {
			if with != "" && one.Remote.URI == "sip:"+with+"@example.test" {
				c = one
			}
		}
		a.Go(name, func(t *task.Task) { result <- action.Run(t, order.Request{Agent: a, Call: c}) })
	})
	return <-result
}
