package transfer_test

import (
	"fmt"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// TestOneSuccessor: two take over the same call at once, at whatever moment: one of them talks to alice, the other is
// refused, and nobody's call is torn for nothing.
func TestOneSuccessor(t *testing.T) {
	for moment := range 8 {
		run(t, []play.Scene{{
			Name: fmt.Sprint("later-", moment), Seeds: 12, Desks: []string{"alice", "server", "bob", "carol", "dave"},
			Office: office.Options{Server: func(c *domain.Config) {
				c.Assistants = map[string][]string{"alice": {"carol", "dave"}}
			}},
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return o.Meet("alice", "bob") }, func() error {
					d := o.Desk("alice").Call("bob").Dialog()
					id := sip.DialogID{CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag}
					takes := func(who string) func() error {
						return o.Begin(who, func(t *task.Task, a *ua.Agent) error {
							c, err := a.Invite(ua.Invitation{Target: office.AOR("alice"), Replaces: id})
							if err == nil {
								err = c.Settle(t)
							}
							return err
						})
					}
					carol := takes("carol")
					if err := o.RunFor(time.Duration(moment) * 5 * time.Millisecond); err != nil {
						return err
					}
					dave := takes("dave")
					one, other := carol(), dave()
					if (one == nil) == (other == nil) {
						return fmt.Errorf("carol: %v, dave: %v", one, other)
					}
					if err := o.Pause(); err != nil {
						return err
					}
					if calls := len(o.Desk("alice").Agent().Calls()); calls != 1 {
						return fmt.Errorf("alice has %d calls", calls)
					}
					return o.Leave()
				})
			},
		}})
	}
}
