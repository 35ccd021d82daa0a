//go:build interop

package attacks

import (
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hookflash/sip"
)

const (
	mostGrowth   = 64 << 20 // bytes of resident memory
	mostLeft     = 1.05     // of the heap in use before, once it is over
	mostRoutines = 200
)

// TestAttack12Flood: requests of every method as fast as they can be sent, from one
// address, from many, and from a user who authenticates.
//
// Anchor: CVE-2021-41145 (8 GB of memory gone after 90 s of REGISTER). Must: no state
// before authentication, stateless challenges, no goroutine for a pending transaction.
//
// Figure: 60 s at line rate: resident memory grows by at most 64 MiB and the heap returns
// within 5 %, every good call succeeds.
func TestAttack12Flood(t *testing.T) {
	s := startServer(t, setup{})
	beside(t, s, func() {
		insider := newPhone(t, s, "mallory")
		insider.register(t)
		floods := []struct {
			reason string
			from   []*net.UDPConn
			texts  func(place string) []string
		}{
			{"every method from one address", manySockets(t, 1), everyMethod},
			{"every method from many addresses", manySockets(t, 200), everyMethod},
			{"every method from where a user authenticated", []*net.UDPConn{insider.packets}, everyMethod},
			{"garbage", manySockets(t, 20), func(string) []string {
				return []string{strings.Repeat("\x80", 1400), "\r\n\r\n", "INVITE sip:x SIP/2.0\r\n"}
			}},
			{"responses to nothing", manySockets(t, 20), responses},
		}
		warm(t, s)
		before, idle := s.resident(t), settledHeap(t, s)
		most := before
		for _, flood := range floods {
			peak := pour(t, s, flood.from, flood.texts, sized(600*time.Millisecond, 12*time.Second))
			most = max(most, peak)
			t.Logf("%s: resident memory up to %s, %s before", flood.reason, mebibytes(float64(peak)), mebibytes(float64(before)))
		}
		if grown := most - before; grown > mostGrowth {
			t.Errorf("resident memory grows by %s, at most %s", mebibytes(float64(grown)), mebibytes(mostGrowth))
		}
		left := settledHeap(t, s)
		t.Logf("live heap: %s before, %s after", mebibytes(idle), mebibytes(left))
		if left > idle*mostLeft {
			t.Errorf("the heap returns: %s before, %s after", mebibytes(idle), mebibytes(left))
		}
		if routines := s.metric(t, "go_goroutines"); routines > mostRoutines {
			t.Errorf("%v goroutines", routines)
		}
	})
}

// manySockets are sockets of an attacker's, each on an address of its own.
func manySockets(t *testing.T, count int) []*net.UDPConn {
	t.Helper()
	var all []*net.UDPConn
	for i := range count {
		packets, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(freePort(t, attackerAddress(i))))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { packets.Close() })
		all = append(all, packets)
	}
	return all
}

func everyMethod(place string) []string {
	var texts []string
	for _, method := range append([]string{"FOO"}, allMethods...) {
		uri := addressOf("bob")
		if method == "REGISTER" {
			uri = "sip:" + domain
		}
		for range 20 {
			texts = append(texts, newRequest(method, addressOf("carol"), uri).text("UDP", place))
		}
	}
	return texts
}

func responses(place string) []string {
	var texts []string
	for _, text := range everyMethod(place) {
		if m, err := sip.Parse(text); err == nil {
			texts = append(texts, answer(m, "200 OK", word()))
		}
	}
	return texts
}

// warm lets the server meet one short flood, so that what it makes once is made.
func warm(t *testing.T, s *server) {
	t.Helper()
	pour(t, s, manySockets(t, 20), everyMethod, 100*time.Millisecond)
}

// settledHeap is what was live on the heap at the last of two collections from now on.
// Reading metrics makes enough garbage for them.
func settledHeap(t *testing.T, s *server) float64 {
	t.Helper()
	last, collections := s.metric(t, "go_memstats_last_gc_time_seconds"), 0
	for range 20_000 {
		now := s.metrics(t)
		if now["go_memstats_last_gc_time_seconds"] != last {
			last = now["go_memstats_last_gc_time_seconds"]
			collections++
		}
		if collections >= 2 {
			return now["go_memstats_next_gc_bytes"] / (1 + now["go_gc_gogc_percent"]/100)
		}
	}
	t.Fatal("the collector of the server never runs: the test is wrong")
	return 0
}

// pour sends texts as fast as sockets take them, turn about, for a time,
// and gives the greatest resident memory seen meanwhile.
func pour(t *testing.T, s *server, from []*net.UDPConn, make func(place string) []string, period time.Duration) (peak int64) {
	t.Helper()
	type source struct {
		packets *net.UDPConn
		texts   [][]byte
	}
	all := []source{}
	for _, packets := range from {
		one := source{packets: packets}
		for _, text := range make(packets.LocalAddr().String()) {
			one.texts = append(one.texts, []byte(text))
		}
		all = append(all, one)
	}
	var sent atomic.Uint64
	var pouring sync.WaitGroup
	end := time.Now().Add(period)
	pouring.Go(func() {
		for i := 0; time.Now().Before(end); i++ {
			from := all[i%len(all)]
			for range 16 {
				_, _ = from.packets.WriteToUDPAddrPort(from.texts[(i+int(sent.Load()))%len(from.texts)], s.address) // refused ones are lost, as on a wire
				sent.Add(1)
			}
			runtime.Gosched()
		}
	})
	for time.Now().Before(end) {
		peak = max(peak, s.resident(t))
		time.Sleep(pollPeriod)
	}
	pouring.Wait()
	t.Logf("%d datagrams in %s: %.0f a second", sent.Load(), period, float64(sent.Load())/period.Seconds())
	return peak
}
