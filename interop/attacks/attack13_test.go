//go:build interop

package attacks

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hookflash/sip"
)

const freedWithin = 40 * time.Second

// TestAttack13InviteWithoutAck: a user places calls that are refused, and never
// acknowledges the refusal, so that each one is kept and repeated for Timer H.
//
// Anchor: sipgo#349. Must: timers as data, no goroutine per transaction, limits per source.
//
// Figure: 10,000 INVITE a second for 60 s: at most 200 goroutines, everything freed 40 s
// after the last.
func TestAttack13InviteWithoutAck(t *testing.T) {
	const callers, callees = 2, 4
	var names []string
	for i := range callees {
		names = append(names, fmt.Sprintf("refuser%d", i))
	}
	s := startServer(t, setup{users: names})
	beside(t, s, func() {
		for _, name := range names {
			callee := newPhone(t, s, name)
			callee.register(t)
			callee.onRequest(func(p *phone, m *sip.Message) { p.respond(m, "486 Busy Here") })
		}
		rate, period := sized(400, 10_000), sized(2*time.Second, time.Minute)
		idle := s.metrics(t)
		var pouring sync.WaitGroup
		var refused atomic.Int64
		for range callers {
			caller := newPhone(t, s, "mallory")
			caller.register(t)
			caller.onResponse(func(_ *phone, m *sip.Message) {
				if m.StatusCode() == 503 {
					refused.Add(1) // more than one address may have
				}
			})
			pouring.Go(func() { inviteOn(caller, names, rate/callers, period) })
		}
		most := map[string]float64{}
		for end := time.Now().Add(period); time.Now().Before(end); time.Sleep(10 * pollPeriod) {
			now := s.metrics(t)
			for _, name := range []string{"go_goroutines", "hookflash_transactions_server", "process_resident_memory_bytes"} {
				most[name] = max(most[name], now[name])
			}
		}
		pouring.Wait()
		ended := time.Now()
		placed := s.metric(t, "hookflash_calls_total") - idle["hookflash_calls_total"]
		t.Logf("%.0f calls placed and %d refused in %s; at most %.0f goroutines, %.0f transactions, %s resident", placed, refused.Load(), period,
			most["go_goroutines"], most["hookflash_transactions_server"], mebibytes(most["process_resident_memory_bytes"]))
		if tried := placed + float64(refused.Load()); tried < float64(rate)*period.Seconds()/2 {
			t.Errorf("only %.0f calls were tried: the test is too slow", tried)
		}
		if most["go_goroutines"] > mostRoutines {
			t.Errorf("%.0f goroutines, at most %d", most["go_goroutines"], mostRoutines)
		}
		const goodOnes = 4 // transactions of the calls beside
		eventually(t, freedWithin, "every transaction is freed", func() bool {
			now := s.metrics(t)
			return now["hookflash_transactions_server"]+now["hookflash_transactions_client"] <= goodOnes
		})
		t.Logf("everything was freed %s after the last", time.Since(ended).Round(time.Second))
	})
}

// inviteOn places calls at a rate, with credentials, and never sends an ACK.
func inviteOn(p *phone, callees []string, rate int, period time.Duration) {
	const step = 10 * time.Millisecond
	_, _, _ = p.ask(p.request("OPTIONS", "sip:"+domain)) // learns a nonce
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	end, renew := time.Now().Add(period), time.Now().Add(20*time.Second)
	for i := 0; time.Now().Before(end); {
		<-ticker.C
		if time.Now().After(renew) {
			renew = time.Now().Add(20 * time.Second)
			p.forgetNonces()
			_, _, _ = p.ask(p.request("OPTIONS", "sip:"+domain))
		}
		for range int(float64(rate) * step.Seconds()) {
			r := p.request("INVITE", addressOf(callees[i%len(callees)]))
			p.sign(r)
			p.send(r.text("UDP", p.place()))
			i++
		}
	}
}
