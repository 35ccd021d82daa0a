package order_test

import (
	"strings"
	"testing"
	"time"

	"hookflash/b2bua"
	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/park"
	"hookflash/service/transfer"
	"hookflash/ua"
)

// anybody is in the domain.
type anybody struct{}

func (anybody) User(name string) *directory.User {
	if strings.ContainsAny(name, "0123456789") {
		return nil
	}
	return &directory.User{Name: name}
}
func (anybody) Group(string) *directory.Group       { return nil }
func (anybody) Number(string) string                { return "" }
func (anybody) Calendar(string) *directory.Calendar { return nil }

// helpedToPark is helped, with a park.
func helpedToPark() office.Options {
	places := park.Settings{
		Domain: "example.test", Users: anybody{}, Number: "700",
		Orbits: []park.Orbit{{Name: "all", Slots: []string{"701", "702"}, Timeout: time.Hour}},
	}
	o := office.Options{Digest: true, Server: func(c *domain.Config) {
		c.Assist, c.Alias = directory.AssistAll, park.Alias(places)
		c.Inside = []domain.Agent{
			{Name: "bridge", Settings: ua.Settings{ContactParams: b2bua.ContactParams}, Install: func(a *ua.Agent) {
				b2bua.New(a, b2bua.Settings{
					Domain: "example.test", Local: localUser,
					Lasts: func(call *ua.Call) bool { return strings.HasPrefix(call.Dialog().Target, "sip:park@") },
				})
			}},
			{Name: "park", Settings: ua.Settings{ContactParams: park.ContactParams}, Install: func(a *ua.Agent) { park.Install(a, places) }},
		}
	}}
	return o
}

// TestKept: who is parked by a telephone that the server helps outlives the process, though the call goes through it twice.
func TestKept(t *testing.T) {
	const music = "alice hears park's music:default"
	for _, s := range []struct {
		play.Scene
		steps func(o *office.Office) []func() error
	}{
		{Scene: play.Scene{Name: "assisted-park-restart", Title: "the server dies while Alice is parked; Carol takes her afterwards", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{
				meets(o, "alice", "bob"), refers(o, "bob", "alice", "701"), func() error { return o.Hears(music) }, restarts(o), o.Pause,
				func() error { return o.Hears(music) }, meets(o, "carol", "701"),
			}
		}},
		{Scene: play.Scene{Name: "assisted-park-restart-left", Title: "Alice hangs up after it: the place is free"}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), refers(o, "bob", "alice", "701"), restarts(o), o.Pause, func() error { return o.HangUp("alice", "bob") }, tries(o, "carol", "701", 480)}
		}},
	} {
		s.Office, s.Roles = helpedToPark(), ua.Handlers{Refer: transfer.Transferee, Replace: transfer.Target}
		s.Play = func(o *office.Office) error { return office.InOrder(s.steps(o)...) }
		s.Run(t)
	}
}

// restarts has the server die as by kill -9, and come back.
func restarts(o *office.Office) func() error {
	return func() error {
		o.Server.Kill()
		if err := o.RunFor(time.Second); err != nil {
			return err
		}
		o.Server.Restart()
		return nil
	}
}
