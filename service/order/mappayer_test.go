package order_test

import (
	"errors"
	"testing"
	"time"

	"hookflash/b2bua"
	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/sim"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// strictOffice is one in which all calls go through the exchange, bob may not call carol, and nobody dave.
func strictOffice() *office.Office {
	refused := proxy.Decision{Act: proxy.Reject, Status: &sip.StatusError{Code: 403, Reason: sip.Reason(403)}}
	o := office.New(sim.New(sim.Config{}), office.Options{Digest: true, Server: func(c *domain.Config) {
		c.Assist = directory.AssistAll
		c.Services = []proxy.Service{{
			Name: "rules",
			Leave: func(g *proxy.Context) proxy.Decision {
				if g.Payer != nil && g.Payer.Name == "bob" && g.Dialled.Name == "carol" {
					return refused
				}
				return proxy.Decision{}
			},
			Arrive: func(g *proxy.Context) proxy.Decision {
				if g.Callee != nil && g.Callee.Name == "dave" {
					return refused
				}
				return proxy.Decision{}
			},
		}}
		c.Inside = []domain.Agent{{Name: "bridge", Settings: ua.Settings{ContactParams: b2bua.ContactParams}, Install: func(a *ua.Agent) {
			b2bua.New(a, b2bua.Settings{Domain: "example.test", Local: localUser})
		}}}
	}}, "alice", "server", "bob", "carol", "dave")
	o.Staff(services, nil)
	return o
}

// TestExchangePayer: what a user writes into an address counts for nothing when the exchange calls there for the user: on whose
// permission it goes out, and that the callee's rules were asked, the server alone says. The same address without the exchange
// is held to the same.
func TestExchangePayer(t *testing.T) {
	for _, target := range []string{
		"sip:carol@example.test", "sip:carol@example.test;payer=alice", "sip:carol@example.test;phones;payer=alice", "sip:carol@example.test;%70ayer=alice",
		"sip:carol@example.test;payer=%61lice", "sip:carol@192.0.2.10:5060;payer=alice", "sip:c%61rol@example.test;payer=alice;payer=bob", "sip:carol@example.test;PAYER=alice",
		"sip:dave@example.test", "sip:dave@example.test;phones", "sip:dave@example.test;PHONES=1", "sip:d%61ve@example.test;phones;payer=alice", "sip:dave@example.test;phones;phones",
		"sip:bridge@example.test;to=sip%3Acarol%40example.test%3Bpayer%3Dalice", "sip:bridge@example.test;to=sip%3Adave%40example.test%3Bphones",
		"sip:b%72idge@example.test;to=sip%3Adave%40example.test%3Bphones", "sip:bridge@192.0.2.10:5060;to=alice", "sip:bridge@example.test;join=alice", "sip:bridge@example.test", "sip:bridge@[::ffff:192.0.2.10]:5060;to=alice",
		"sip:bridge@example.test;to=alice;take=x", "sip:bridge@example.test;take=x;to=alice", "sip:bridge@example.test;join=alice;take=x",
	} {
		for _, way := range []string{"INVITE", "REFER"} {
			o := strictOffice()
			err := o.Meet("bob", "alice")
			if err != nil {
				t.Fatal(err)
			}
			code := 0
			call := o.Desk("bob").Call("alice")
			err = o.Act("bob", func(t *task.Task, a *ua.Agent) error {
				if way == "REFER" {
					referral, err := call.Refer(t, ua.Reference{Target: target})
					if err != nil {
						return err
					}
					defer referral.Close()
					for {
						report, ok := referral.Next(t)
						if code = report.Code; !ok || report.Final() {
							return nil
						}
					}
				}
				second, err := a.Invite(ua.Invitation{Target: target})
				if err != nil {
					return err
				}
				return second.Settle(t)
			})
			_ = o.RunFor(5 * time.Second)
			var refused *sip.StatusError
			if errors.As(err, &refused) {
				code = refused.Code
			}
			if code != 403 && code != 404 {
				t.Errorf("%s to %s: %d, %v", way, target, code, err)
			}
			for _, name := range []string{"carol", "dave"} {
				if calls := o.Desk(name).Events; len(calls) > 0 {
					t.Errorf("%s to %s: %s is called", way, target, name)
				}
			}
			if problem := o.Hears(aliceBob); problem != nil {
				t.Errorf("%s to %s: %v", way, target, problem)
			}
		}
	}
}
