package order_test

import (
	"errors"
	"testing"
	"time"

	"hookflash/b2bua"
	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/assist"
	"hookflash/service/park"
	"hookflash/task"
	"hookflash/ua"
)

// house is who is in the domain, for the park.
type house struct{}

func (house) User(name string) *directory.User {
	switch name {
	case "alice", "bob", "carol", "dave":
		return &directory.User{Name: name}
	}
	return nil
}
func (house) Group(string) *directory.Group       { return nil }
func (house) Number(string) string                { return "" }
func (house) Calendar(string) *directory.Calendar { return nil }

// lots is a domain in which all calls go through the agent that helps telephones, with a park.
func lots(timeout time.Duration) office.Options {
	settings := park.Settings{Domain: "example.test", Users: house{}, Number: "700", Orbits: []park.Orbit{
		{Name: "all", Slots: []string{"701"}, Timeout: timeout},
	}}
	return office.Options{Digest: true, Server: func(c *domain.Config) {
		c.Assist, c.Alias = directory.AssistAll, park.Alias(settings)
		c.Inside = []domain.Agent{
			{Name: "bridge", Settings: ua.Settings{ContactParams: b2bua.ContactParams}, Install: func(a *ua.Agent) {
				b2bua.New(a, b2bua.Settings{
					Domain: "example.test", Local: localUser, Music: func(string) string { return "music:waiting" },
					Codes: []b2bua.Code{{Code: "#72", Does: "park"}},
					Do:    map[string]func(t *task.Task, p b2bua.Press){"park": assist.Park},
				})
			}},
			{Name: "park", Settings: ua.Settings{ContactParams: park.ContactParams}, Install: func(a *ua.Agent) { park.Install(a, settings) }},
		}
	}}
}

// calls has somebody call a number and attend to the call, or be refused with a code.
func calls(o *office.Office, who, number string, code int) func() error {
	return func() error {
		return errors.Join(o.Act(who, func(t *task.Task, a *ua.Agent) error {
			call, err := a.Invite(ua.Invitation{Target: office.AOR(number)})
			if err != nil {
				return err
			}
			err = call.Settle(t)
			if code != 0 {
				return office.Refused(err, code)
			}
			a.Attend(call)
			return err
		}), o.Pause())
	}
}

const parked = "alice hears park's music:default"

func TestParkByCode(t *testing.T) {
	for _, s := range []struct {
		play.Scene
		recall time.Duration
		steps  func(o *office.Office) []func() error
	}{
		{Scene: play.Scene{Name: "code-park", Title: "the callee parks the caller by a code", Golden: true, Hears: parked}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), presses(o, "bob", "alice", "#72"), o.Pause}
		}},
		{Scene: play.Scene{Name: "code-park-retrieved", Title: "and somebody takes the call", Golden: true, Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), presses(o, "bob", "alice", "#72"), o.Pause, calls(o, "carol", "701", 0)}
		}},
	} {
		s.Office = lots(max(s.recall, time.Hour))
		s.Play = func(o *office.Office) error { return office.InOrder(s.steps(o)...) }
		s.Run(t)
	}
}
