package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"hookflash/internal/testdns"
	"hookflash/machine"
	"hookflash/transport/resolve"
)

const good = `
example.test. SOA ns.example.test. admin.example.test. 1 3600 600 86400 60
good.example.test. A 192.0.2.1
other.example.test. A 192.0.2.2
`

func brief(o *resolve.Options) { o.Timeout = 250 * time.Millisecond }

func record(t *testing.T, text string) dns.RR {
	t.Helper()
	r, err := dns.NewRR(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFaultyServer: whatever a server does to one question, Resolve ends within its time
// and believes nothing that does not answer it.
func TestFaultyServer(t *testing.T) {
	for _, test := range []struct {
		reason    string
		behaviour testdns.Behaviour
		want      string
		err       error
	}{
		{"silence", testdns.Behaviour{Silent: true}, "", resolve.ErrUnanswered},
		{"an answer after the time", testdns.Behaviour{Delay: time.Hour}, "", resolve.ErrUnanswered},
		{"a late answer, but in time: what was asked first is still listened to", testdns.Behaviour{Delay: 150 * time.Millisecond}, "UDP 192.0.2.1:5060", nil},
		{"it can't say", testdns.Behaviour{Rcode: dns.RcodeServerFailure}, "", resolve.ErrUnanswered},
		{"it doesn't want to", testdns.Behaviour{Rcode: dns.RcodeRefused}, "", resolve.ErrUnanswered},
		{"too long for a datagram: by TCP", testdns.Behaviour{Truncate: true}, "UDP 192.0.2.1:5060", nil},
		{"garbage", testdns.Behaviour{Octets: []byte("garbage, and more than a header of it")}, "", resolve.ErrUnanswered},
		{"nothing in the datagram", testdns.Behaviour{Octets: []byte{}}, "", resolve.ErrUnanswered},
		{"another number", testdns.Behaviour{Lie: func(m *dns.Msg) { m.Id++ }}, "", resolve.ErrUnanswered},
		{"another question", testdns.Behaviour{Lie: func(m *dns.Msg) { m.Question[0].Name = "evil.example.test." }}, "", resolve.ErrUnanswered},
		{"another type", testdns.Behaviour{Lie: func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeTXT }}, "", resolve.ErrUnanswered},
		{"no question", testdns.Behaviour{Lie: func(m *dns.Msg) { m.Question = nil }}, "", resolve.ErrUnanswered},
		{"two questions", testdns.Behaviour{Lie: func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) }}, "", resolve.ErrUnanswered},
		{"a question for an answer", testdns.Behaviour{Lie: func(m *dns.Msg) { m.Response = false }}, "", resolve.ErrUnanswered},
		{"records of another name", testdns.Behaviour{Lie: func(m *dns.Msg) { m.Answer[0].Header().Name = "evil.example.test." }}, "", resolve.ErrNowhere},
		{"records of another class", testdns.Behaviour{Lie: func(m *dns.Msg) { m.Answer[0].Header().Class = dns.ClassCHAOS }}, "", resolve.ErrNowhere},
		{"records of another name besides", testdns.Behaviour{Lie: func(m *dns.Msg) {
			m.Answer = append(m.Answer, record(t, "other.example.test. A 203.0.113.66"))
			m.Extra = append(m.Extra, record(t, "good.example.test. A 203.0.113.66"))
		}}, "UDP 192.0.2.1:5060", nil},
		{"no such name, yet records", testdns.Behaviour{Lie: func(m *dns.Msg) { m.Rcode = dns.RcodeNameError; m.Answer = nil }}, "", resolve.ErrNowhere},
		{"an alias to where the records are not", testdns.Behaviour{Lie: func(m *dns.Msg) {
			m.Answer = []dns.RR{record(t, "good.example.test. CNAME far.example.test."), record(t, "near.example.test. A 203.0.113.66")}
		}}, "", resolve.ErrNowhere},
		{"an alias whose records must be asked for", testdns.Behaviour{Lie: func(m *dns.Msg) {
			m.Answer = []dns.RR{record(t, "good.example.test. CNAME other.example.test.")}
		}}, "UDP 192.0.2.2:5060", nil},
		{"a chain of aliases within bounds", testdns.Behaviour{Lie: chain(t, resolve.MaxAliases)}, "UDP 192.0.2.9:5060", nil},
		{"a longer one", testdns.Behaviour{Lie: chain(t, resolve.MaxAliases+1)}, "", resolve.ErrNowhere},
		{"thousands of addresses, by TCP", testdns.Behaviour{Lie: many(t, 1500)}, eight(), nil},
		{"an answer that is too long", testdns.Behaviour{Lie: many(t, 3000)}, "", resolve.ErrUnanswered},
		{"it knows no EDNS", testdns.Behaviour{Lie: func(m *dns.Msg) {
			// The lie is told from the second question on as the truth.
			if m.Rcode = dns.RcodeFormatError; m.IsEdns0() == nil {
				m.Rcode = dns.RcodeSuccess
			}
		}}, "UDP 192.0.2.1:5060", nil},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			server, r := start(t, good, only(machine.UDP), brief)
			server.Set("good.example.test.", test.behaviour)
			for range 2 { // the second time by what was kept
				got, err := r.Resolve(context.Background(), target("good.example.test:5060"))
				if !errors.Is(err, test.err) || list(got) != test.want {
					t.Errorf("got %s, %v", list(got), err)
				}
			}
			if got, err := r.Resolve(context.Background(), target("other.example.test:5060")); err != nil || list(got) != "UDP 192.0.2.2:5060" {
				t.Errorf("another name is untouched: %s, %v", list(got), err)
			}
		})
	}
}

// chain answers with so many aliases before the address.
func chain(t *testing.T, length int) func(m *dns.Msg) {
	return func(m *dns.Msg) {
		name := "good.example.test."
		m.Answer = nil
		for i := range length {
			next := fmt.Sprintf("%d.example.test.", i)
			m.Answer = append(m.Answer, record(t, name+" CNAME "+next))
			name = next
		}
		m.Answer = append(m.Answer, record(t, name+" A 192.0.2.9"))
	}
}

func many(t *testing.T, count int) func(m *dns.Msg) {
	var all []dns.RR
	for i := range count {
		all = append(all, record(t, fmt.Sprintf("good.example.test. A 192.0.%d.%d", 2+i/256, i%256)))
	}
	return func(m *dns.Msg) { m.Answer, m.Compress = all, true }
}

func eight() string {
	var all []string
	for i := range resolve.MaxTargets {
		all = append(all, fmt.Sprintf("UDP 192.0.2.%d:5060", i))
	}
	return strings.Join(all, ", ")
}

// TestOtherServers: the next server is asked when one fails or is silent.
func TestOtherServers(t *testing.T) {
	for _, behaviour := range []testdns.Behaviour{{Silent: true}, {Rcode: dns.RcodeServerFailure}, {Rcode: dns.RcodeRefused}, {Octets: []byte("?")}} {
		healthy := testdns.Start(t, good)
		faulty, r := start(t, good, only(machine.UDP), func(o *resolve.Options) {
			dead := netip.MustParseAddrPort("127.0.0.1:9")
			o.Servers = append([]netip.AddrPort{dead}, o.Servers[0], healthy.Address())
		})
		faulty.Set("", behaviour)
		if got, err := r.Resolve(context.Background(), target("good.example.test:5060")); err != nil || list(got) != "UDP 192.0.2.1:5060" {
			t.Errorf("%+v: %s, %v", behaviour, list(got), err)
		}
	}
}

// TestSlowEverywhere: a server that takes long for each of the questions of a resolution
// ends it when the time of all is over, not of each.
func TestSlowEverywhere(t *testing.T) {
	server, r := start(t, zone, brief)
	server.Set("", testdns.Behaviour{Delay: 150 * time.Millisecond})
	if got, err := r.Resolve(context.Background(), target("full.example.test")); !errors.Is(err, resolve.ErrUnanswered) {
		t.Errorf("NAPTR, SRV and A take 450 ms of 250: %s, %v", list(got), err)
	}
}

// TestPartlyDead: what could be found is used, though some hosts of a service are not.
func TestPartlyDead(t *testing.T) {
	server, r := start(t, zone, only(machine.UDP), brief)
	server.Set("two.example.test.", testdns.Behaviour{Silent: true})
	if got, err := r.Resolve(context.Background(), target("srv.example.test")); err != nil || list(got) != "UDP 192.0.2.1:5060" {
		t.Errorf("%s, %v", list(got), err)
	}
}

// TestHugeServiceSet: of hundreds of SRV records MaxTargets hosts are looked up.
func TestHugeServiceSet(t *testing.T) {
	text := ""
	for i := range 500 {
		text += fmt.Sprintf("_sip._udp.huge.example.test. SRV %d 1 5060 h%d.example.test.\nh%d.example.test. A 192.0.2.%d\n", i%3, i, i, i%200)
	}
	server, r := start(t, text, only(machine.UDP))
	got, err := r.Resolve(context.Background(), target("huge.example.test"))
	if err != nil || len(got) != resolve.MaxTargets {
		t.Errorf("%d candidates, %v", len(got), err)
	}
	// NAPTR, SRV by UDP and by TCP, and the hosts.
	if asked := len(server.Asked()); asked > 3+resolve.MaxTargets {
		t.Errorf("%d questions", asked)
	}
}

// TestManyRules: of hundreds of NAPTR records few are followed.
func TestManyRules(t *testing.T) {
	text := ""
	for i := range 300 {
		text += fmt.Sprintf("many.example.test. NAPTR 1 %d \"s\" \"SIP+D2U\" \"\" _sip._udp.%d.example.test.\n", i, i)
	}
	server, r := start(t, text+"many.example.test. A 192.0.2.1\n", only(machine.UDP))
	if got, err := r.Resolve(context.Background(), target("many.example.test")); err != nil || list(got) != "UDP 192.0.2.1:5060" {
		t.Errorf("%s, %v", list(got), err)
	}
	if asked := len(server.Asked()); asked > 2+resolve.MaxTargets+1 {
		t.Errorf("%d questions", asked)
	}
}

// TestCancelled: a caller who has enough ends his resolution alone.
func TestCancelled(t *testing.T) {
	server, r := start(t, good, only(machine.UDP))
	server.Set("good.example.test.", testdns.Behaviour{Silent: true})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		_, err := r.Resolve(ctx, target("good.example.test:5060"))
		ended <- err
	}()
	server.Await(t, 1)
	server.Set("good.example.test.", testdns.Behaviour{})
	cancel()
	if err := <-ended; !errors.Is(err, resolve.ErrUnanswered) {
		t.Error(err)
	}
	if got, err := r.Resolve(context.Background(), target("good.example.test:5060")); err != nil || list(got) != "UDP 192.0.2.1:5060" {
		t.Errorf("the next one is not held responsible: %s, %v", list(got), err)
	}
}
