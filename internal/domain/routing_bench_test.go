package domain_test

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/registrar"
	"hookflash/service/order"
	"hookflash/sip"
)

// BenchmarkRouting places calls to users who each forward, are looked for, and screen with
// some rules, none of which fits: turn about in a domain with the routing services and in one
// without. What the services add is told as ns/decision.
func BenchmarkRouting(b *testing.B) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	for rules, users := range map[int]int{0: 10_000, 10: 100_000, directory.MaxRules: 10_000} {
		b.Run(fmt.Sprintf("users=%d/rules=%d", users, rules), func(b *testing.B) {
			stores := [2]*domain.Store{benchedUsers(users, rules, nil), benchedUsers(users, rules, order.Routes)}
			var domains [2]*domain.Domain
			var took [2]time.Duration
			out, i := &machine.Output{}, 0
			for b.Loop() {
				if i%20_000 == 0 { // what waits is left behind
					for side, store := range stores {
						domains[side] = store.Start(now, uint64(i))
					}
				}
				m := benchCall(b, fmt.Sprintf("user%d", i%users), i)
				for turn := range 2 {
					side := (i + turn) % 2
					out.Reset()
					began := time.Now()
					domains[side].Receive(now, machine.Packet{Message: m, Flow: benchFlow}, out)
					took[side] += time.Since(began)
					if len(out.Sends) != 2 {
						b.Fatalf("the call leads to %d messages, not to an INVITE and a 100", len(out.Sends))
					}
				}
				i++
			}
			b.ReportMetric(float64(took[1]-took[0])/float64(i), "ns/decision")
			b.ReportMetric(float64(took[0])/float64(i), "ns/call")
		})
	}
}

var benchFlow = machine.Flow{Transport: machine.UDP, Remote: addresses["alice"]}

func benchCall(t testing.TB, callee string, i int) *sip.Message {
	number := strconv.Itoa(i)
	m, err := sip.Parse(strings.NewReplacer("bob@", callee+"@", "the-call", number, "the-branch", "z9hG4bK"+number).Replace(benchInvite))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const benchInvite = "INVITE sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=the-branch\r\nMax-Forwards: 70\r\n" +
	"From: <sip:alice@example.test>;tag=a\r\nTo: <sip:bob@example.test>\r\nCall-ID: the-call\r\nCSeq: 1 INVITE\r\n" +
	"Contact: <sip:alice@192.0.2.1>\r\nContent-Length: 0\r\n\r\n"

// benchedUsers is a domain whose users all have the same to be asked about, and a phone each.
func benchedUsers(count, rules int, services []proxy.Service) *domain.Store {
	c := domain.Config{
		Users: map[string]string{"alice": "secret"}, Routing: map[string]*directory.Routing{}, Services: services,
		Trusted:   []netip.Prefix{netip.PrefixFrom(addresses["alice"].Addr(), 32)},
		Listeners: []proxy.Listener{{Transport: machine.UDP, Address: serverAddress}},
		NoSecrets: true,
	}
	for i := range count {
		name := fmt.Sprintf("user%d", i)
		c.Users[name] = ""
		r := &directory.Routing{ // each has its own, as caches see it
			Forward: directory.Forward{Busy: to("user1"), NoAnswer: directory.NoAnswer{To: to("user2")}},
			FindMe:  directory.FindMe{Steps: []directory.Step{{Targets: []directory.Target{to("phones")}}, {Targets: []directory.Target{to("user3")}}}},
		}
		for j := range rules {
			rule := from(directory.ActionRefuse, fmt.Sprintf("+49%d*", j), "*@spam.test", "mallory")
			if j%2 == 1 {
				rule = directory.Rule{Action: directory.ActionRefuse, When: directory.When{Hours: []directory.Hours{{Days: 0x7f, From: 22 * 60, To: 6 * 60}}}}
			}
			r.Screening = append(r.Screening, rule)
		}
		c.Routing[name] = r
	}
	store := domain.NewStore(c)
	for i := range count {
		store.Bind(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC), fmt.Sprintf("user%d@example.test", i), registrar.Binding{
			Contact: "sip:phone@192.0.2.2:5060", Q: 1000, Flow: machine.Flow{Transport: machine.UDP, Remote: addresses["bob"]},
		})
	}
	return store
}

// TestRoutingAllocations: what the decision allocates does not grow with the number of rules.
func TestRoutingAllocations(t *testing.T) {
	allocations := func(rules int) float64 {
		now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
		d := benchedUsers(4, rules, order.Routes).Start(now, 1)
		out, i := &machine.Output{}, 0
		return testing.AllocsPerRun(200, func() {
			i++
			out.Reset()
			d.Receive(now, machine.Packet{Message: benchCall(t, "user3", i), Flow: benchFlow}, out)
		})
	}
	if few, many := allocations(1), allocations(directory.MaxRules); many > few+1 { // maps grow now and then
		t.Errorf("with one rule %v allocations, with %d rules %v", few, directory.MaxRules, many)
	}
}
