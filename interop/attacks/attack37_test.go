//go:build interop

package attacks

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"hookflash/internal/testdns"
)

const (
	mostLookup   = 2 * time.Second // until a call whose next hop can't be found has failed
	evilRounds   = 2
	evilRoundsUp = 100
)

// evilZone is what a domain of an attacker says.
func evilZone(good, hop netip.AddrPort) string {
	var text strings.Builder
	fmt.Fprintf(&text, "good.test. A %s\n_sip._udp.good.test. SRV 0 0 %d good.test.\n", good.Addr(), good.Port())
	fmt.Fprintln(&text, `rules-circle.evil. NAPTR 10 10 "" "SIP+D2U" "" rules-circle2.evil.`)
	fmt.Fprintln(&text, `rules-circle2.evil. NAPTR 10 10 "" "SIP+D2U" "" rules-circle.evil.`)
	fmt.Fprintln(&text, `rules-self.evil. NAPTR 10 10 "" "" "" rules-self.evil.`)
	for i := range 200 {
		fmt.Fprintf(&text, "rules-chain%d.evil. NAPTR 10 10 \"\" \"SIP+D2U\" \"\" rules-chain%d.evil.\n", i, i+1)
		fmt.Fprintf(&text, "rules-many.evil. NAPTR 10 %d \"s\" \"SIP+D2U\" \"\" _sip._udp.rules-many%d.evil.\n", i, i)
		fmt.Fprintf(&text, "aliases%d.evil. CNAME aliases%d.evil.\n", i, i+1)
	}
	for i := range 1000 {
		fmt.Fprintf(&text, "_sip._udp.huge.evil. SRV %d 1 5060 silent-%d.evil.\n", i%5, i)
		fmt.Fprintf(&text, "_sip._udp.here.evil. SRV %d %d %d 127.0.0.1.evil.\n", i%5, i, hop.Port())
	}
	fmt.Fprintln(&text, "self.evil. CNAME self.evil.")
	fmt.Fprintln(&text, "circle.evil. CNAME circle2.evil.\ncircle2.evil. CNAME circle.evil.")
	fmt.Fprintln(&text, "nothing.evil. TXT \"-\"")
	return text.String()
}

// TestAttack37Names: calls to names whose zones lead in circles, are huge, slow, silent or
// lie.
//
// Anchor: Asterisk 2f5b143b08 (a NAPTR record without end). Must: caps of depth and time,
// a negative cache, lookups beside the signalling.
//
// Figure: each such call fails within 2 s, and no goroutine is left waiting. Calls by a
// name that is in order go on all the while.
func TestAttack37Names(t *testing.T) {
	hop := freeAddress(t)
	names := testdns.Start(t, evilZone(hop, hop))
	names.Set("silent.evil.", testdns.Behaviour{Silent: true})
	names.Set("_sip._udp.slow.evil.", testdns.Behaviour{Delay: time.Second})
	names.Set("slow.evil.", testdns.Behaviour{Delay: time.Second})
	names.Set("garbage.evil.", testdns.Behaviour{Octets: []byte(strings.Repeat("garbage ", 60))})
	names.Set("fails.evil.", testdns.Behaviour{Rcode: dns.RcodeServerFailure})
	names.Set("short.evil.", testdns.Behaviour{Truncate: true, Lie: func(m *dns.Msg) { m.Truncated = true }})
	names.Set("liar.evil.", testdns.Behaviour{Lie: func(m *dns.Msg) { m.Question[0].Name = "bank.test." }})
	for i := range 1000 {
		names.Set(fmt.Sprintf("silent-%d.evil.", i), testdns.Behaviour{Silent: true})
	}
	s := startServer(t, setup{names: names.Address()})
	mallory := newPhone(t, s, "mallory")
	mallory.register(t)
	callee := newPhoneAt(t, s, "carol", hop)
	dave := newPhone(t, s, "dave")
	byName := func() error {
		c, err := dave.dial("sip:carol@good.test")
		if err != nil {
			return err
		}
		return c.hangUp()
	}
	beside(t, s, func() {
		if err := byName(); err != nil {
			t.Fatalf("a call by name before the attack: %v", err)
		}
		before := s.metric(t, "go_goroutines")
		for range sized(evilRounds, evilRoundsUp) {
			var calls sync.WaitGroup
			for _, name := range []string{
				"silent.evil", "slow.evil", "garbage.evil", "fails.evil", "short.evil", "liar.evil", "rules-circle.evil", "rules-self.evil",
				"rules-chain0.evil", "rules-many.evil", "aliases0.evil", "self.evil", "circle.evil", "huge.evil", "here.evil", "nothing.evil",
			} {
				calls.Go(func() {
					r := mallory.request("INVITE", "sip:x@"+name)
					began := time.Now()
					response, _, err := mallory.ask(r)
					took := time.Since(began)
					switch {
					case err != nil:
						t.Errorf("a call to %s: %v", name, err)
					case response.StatusCode() < 500 || took > mostLookup:
						t.Errorf("a call to %s: %d after %s", name, response.StatusCode(), took)
					}
				})
			}
			if err := byName(); err != nil {
				t.Errorf("a call by name beside the attack: %v", err)
			}
			calls.Wait()
		}
		eventually(t, patience, "no lookup waits", func() bool { return s.metric(t, "hookflash_lookups_waiting") == 0 })
		eventually(t, patience, "no goroutine is left", func() bool { return s.metric(t, "go_goroutines") <= before+2 })
		if err := byName(); err != nil {
			t.Errorf("a call by name after the attack: %v", err)
		}
	})
	t.Logf("%d questions came, %.0f of %.0f answers were known", len(names.Asked()), s.metric(t, "hookflash_lookup_cache_hits_total"), s.metric(t, "hookflash_lookup_questions_total"))
	if got := len(callee.received("")); got < 4 {
		t.Errorf("the callee of the good name got %d requests", got)
	}
}
