package transports

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// rate is how many calls begin each second.
var rate = setting("RATE", 1000)

// pairs is how many callers there are, and callees, each on a connection of its own.
var pairs = setting("CONNECTIONS", 20)

// goals are how much more CPU time a call may take than over UDP.
var goals = map[string]float64{"tcp": 1.3, "tls": 1.6}

// BenchmarkCalls plays the same calls over each transport, turn about: INVITE with SDP, 180,
// 200, ACK, BYE, 200. PAIRS is how often, DURATION how many seconds each time. The figures
// are the medians.
func BenchmarkCalls(b *testing.B) {
	s := serve(b)
	rounds, seconds := setting("PAIRS", 5), setting("DURATION", 10)
	costs := map[string][]float64{}
	names := names
	if only := os.Getenv("TRANSPORTS"); only != "" {
		names = strings.Split(only, ",")
	}
	for range b.N {
		for round := range rounds {
			for i := range names {
				name := names[(i+round)%len(names)]
				costs[name] = append(costs[name], measure(b, s, name, round, seconds))
			}
		}
	}
	b.ReportMetric(0, "ns/op") // says nothing: the load is paced
	base := median(costs["udp"])
	for _, name := range names {
		cost := median(costs[name])
		b.ReportMetric(cost, name+"-ms/call")
		verdict := ""
		if goal := goals[name]; goal != 0 {
			verdict = fmt.Sprintf(", goal %.2f: %s", goal, map[bool]string{true: "met", false: "MISSED"}[cost <= goal*base])
		}
		b.Logf("%-4s %.4f ms of CPU time for a call, %.2f of UDP's, %.4f to %.4f%s", strings.ToUpper(name), cost, cost/base,
			slices.Min(costs[name]), slices.Max(costs[name]), verdict)
	}
}

func setting(name string, otherwise int) int {
	if value, err := strconv.Atoi(os.Getenv(name)); err == nil && value > 0 {
		return value
	}
	return otherwise
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// measure registers the callees, plays calls for some seconds, and gives the CPU time of the
// server for each in milliseconds. Registering and connecting is not counted.
func measure(b *testing.B, s *server, name string, round, seconds int) float64 {
	b.Helper()
	var callers, callees []*endpoint
	for i := range pairs {
		callers = append(callers, connect(b, s, userName(i), name))
		callee := connect(b, s, userName(pairs+i), name)
		callees = append(callees, callee)
		id := fmt.Sprintf("register-%s-%d-%d", name, round, i)
		callee.send(callee.request("REGISTER", "sip:bench.test", id, id, ""))
	}
	defer func() {
		// A contact that stays would be called, too, by all calls of later rounds.
		for i, e := range callees {
			id := fmt.Sprintf("leave-%s-%d-%d", name, round, i)
			request := string(e.request("REGISTER", "sip:bench.test", id, id, ""))
			e.send([]byte(strings.Replace(request, "Content-Length", "Expires: 0\r\nContent-Length", 1)))
		}
		time.Sleep(200 * time.Millisecond)
		for _, e := range slices.Concat(callers, callees) {
			e.close()
		}
	}()
	time.Sleep(time.Second) // until all are registered and nothing is left of what was before
	count := seconds * rate
	ended := make(chan time.Duration, count)
	before := s.busy(b)
	began := time.Now()
	for i := range count {
		if wait := time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))); wait > 0 {
			time.Sleep(wait)
		}
		callers[i%pairs].call(userName(pairs+i%pairs), fmt.Sprintf("%s-%d-%d", name, round, i), ended)
	}
	times := make([]time.Duration, 0, count)
	for deadline := time.After(2 * time.Second); len(times) < count; {
		select {
		case took := <-ended:
			times = append(times, took)
			continue
		case <-deadline:
		}
		break
	}
	took := s.busy(b) - before
	if len(times) < count {
		b.Fatalf("%s: %d of %d calls never ended: no figure", name, count-len(times), count)
	}
	slices.Sort(times)
	// Of what is logged, testing shows the first ten lines only.
	fmt.Fprintf(os.Stderr, "%-4s round %d: %v for %d calls, half of them within %v, 99 of 100 within %v\n", strings.ToUpper(name), round, took, count,
		times[count/2].Round(time.Microsecond), times[count*99/100].Round(time.Microsecond))
	return took.Seconds() * 1000 / float64(count)
}
