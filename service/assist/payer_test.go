package assist_test

import (
	"testing"

	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// TestPayer: whoever presses a code pays for it. bob may not call carol, alice may.
func TestPayer(t *testing.T) {
	options := helped()
	server := options.Server
	options.Server = func(c *domain.Config) {
		server(c)
		c.Services = []proxy.Service{{Name: "outgoing-screening", Leave: func(g *proxy.Context) proxy.Decision {
			if g.Payer != nil && g.Payer.Name == "bob" && g.Dialled.Name == "carol" {
				return proxy.Decision{Act: proxy.Reject, Status: &sip.StatusError{Code: 403, Reason: sip.Reason(403)}}
			}
			return proxy.Decision{}
		}}}
	}
	told := func(o *office.Office, who, code string) []func() error {
		return []func() error{press(o, who, code+"1003#"), until(o, who+" hears bridge's prompt:en/screening"), o.Pause}
	}
	for _, s := range []scene{
		{Scene: play.Scene{Name: "payer-transfer", Title: "alice, who may, is not transferred by bob", Hears: aliceBob}, steps: func(o *office.Office) []func() error { return told(o, "bob", "##") }},
		{Scene: play.Scene{Name: "payer-consult", Title: "nor consults he her", Hears: aliceBob}, steps: func(o *office.Office) []func() error { return told(o, "bob", "*2") }},
		{Scene: play.Scene{Name: "payer-referred", Title: "nor does his telephone refer her to carol, whatever it writes", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			refers := func(target string) func() error {
				return func() error {
					return office.Refused(o.Act("bob", func(t *task.Task, _ *ua.Agent) error {
						_, err := o.Desk("bob").Call("alice").Refer(t, ua.Reference{Target: target})
						return err
					}), 403)
				}
			}
			return []func() error{refers(office.AOR("carol")), refers(office.AOR("carol") + ";payer=alice"), refers(office.AOR("carol") + ";phones;PAYER=alice"), o.Pause}
		}},
		{Scene: play.Scene{Name: "payer-other", Title: "bob, who may not, is transferred by alice", Hears: bobCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "alice", "##1003#"), o.Pause}
		}},
	} {
		s.options = &options
		s.run(t)
	}
}
