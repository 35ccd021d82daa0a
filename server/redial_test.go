package server

import (
	"net/netip"
	"testing"

	"hookflash/config"
	"hookflash/phone"
	"hookflash/ua"
)

// TestRedial: alice dials the code for bob, is called back, and connected with him; what waits is listed and cancelled.
func TestRedial(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(c *config.Config) { c.Redial.Jitter = 0 }, nil)
	phones := map[string]*phone.Phone{}
	for user, password := range map[string]string{"alice": "wonderland", "bob": "builder"} {
		p, err := phone.Open(phone.Settings{
			User: user, Domain: "example.test", Password: password, Server: s.Addresses()[0], Local: netip.MustParseAddrPort("127.0.0.1:0"), AutoAnswer: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Close() })
		if err := p.Registered(t.Context()); err != nil {
			t.Fatal(err)
		}
		phones[user] = p
	}
	call(t, phones["alice"], "sip:*66carol@example.test") // who has no phone
	await(t, phones["alice"], ua.Established)
	await(t, phones["alice"], ua.Ended)
	waiting := redials{s}.Of("alice")
	if len(waiting) != 1 || waiting[0].Callee != "carol" || waiting[0].By != "server" {
		t.Fatalf("alice waits for carol: %+v", waiting)
	}
	if (redials{s}).Cancel("bob", waiting[0].ID) || !(redials{s}).Cancel("alice", waiting[0].ID) {
		t.Error("alice, and nobody else, cancels it")
	}
	call(t, phones["alice"], "sip:*66bob@example.test")
	await(t, phones["alice"], ua.Ended)
	back := await(t, phones["alice"], ua.Incoming)
	if back.From != "sip:bob@example.test" {
		t.Errorf("she is called back in the name of bob: %+v", back)
	}
	if called := await(t, phones["bob"], ua.Incoming); called.From != "sip:alice@example.test" {
		t.Errorf("bob is called by alice: %+v", called)
	}
	await(t, phones["bob"], ua.Established)
	phones["bob"].Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
	await(t, phones["alice"], ua.Ended)
}
