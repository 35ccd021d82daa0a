package media

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"hookflash/media"
)

// warmUp is before anything is counted: jitter buffers settle, and the Go runtime.
const warmUp = time.Second

// BenchmarkMixing says what a participant of a conference costs in CPU time: all of them talk all
// the time. DURATION is how many seconds, PAIRS how often; the figures are medians.
func BenchmarkMixing(b *testing.B) {
	for _, test := range []struct {
		name        string
		codec       string
		rooms, room int
		goal        float64 // milliseconds for a participant and second; 0: none
	}{
		{"PCMU-rooms-of-3", "PCMU", 33, 3, 1.0},
		{"PCMA-rooms-of-3", "PCMA", 33, 3, 1.0},
		{"PCMU-room-of-20", "PCMU", 1, 20, 0.8},
		{"PCMA-room-of-20", "PCMA", 1, 20, 0.8},
		{"G722-rooms-of-3", "G722", 33, 3, 0},
	} {
		b.Run(test.name, func(b *testing.B) {
			lasts := time.Duration(setting("DURATION", 10)) * time.Second
			all := members(b, test.rooms*test.room, test.codec)
			engine, ports := run(b, "engine", order{Room: test.room, Codec: test.codec, Peers: addresses(all)})
			aim(all, ports)
			play(all, warmUp)
			var costs []float64
			for range b.N {
				for range setting("PAIRS", 3) {
					forget(all)
					before := busy(b, engine)
					play(all, lasts)
					used := busy(b, engine) - before
					// By what it sent: a machine too busy for every frame makes none cheaper.
					costs = append(costs, used.Seconds()*1000/(float64(received(all))*media.Tick.Seconds()))
				}
			}
			cost := costs[0]
			if slices.Sort(costs); len(costs) > 0 {
				cost = costs[len(costs)/2]
			}
			b.ReportMetric(0, "ns/op") // says nothing: the load is paced
			b.ReportMetric(cost, "cpu-ms/participant/s")
			b.Logf("%d talk in rooms of %d: %.3f ms of CPU time for each in a second, %.3f to %.3f%s", len(all), test.room, cost,
				costs[0], costs[len(costs)-1], verdict(test.goal, cost))
		})
	}
}

func verdict(goal, value float64) string {
	if goal == 0 {
		return ""
	}
	return fmt.Sprintf(", goal %.2f: %s", goal, map[bool]string{true: "met", false: "MISSED"}[value <= goal])
}

// BenchmarkPacing says how many of the packets of 100 mixed streams leave more than 20 ms late, beside
// a bare Go sender of as many packets at the same time.
func BenchmarkPacing(b *testing.B) {
	const streams = 100
	lasts := time.Duration(setting("DURATION", 10)) * time.Second * 3
	mixed, bare := members(b, streams, "PCMU"), members(b, streams, "PCMU")
	_, ports := run(b, "engine", order{Room: 4, Codec: "PCMU", Peers: addresses(mixed)})
	aim(mixed, ports)
	run(b, "sender", order{Peers: addresses(bare)})
	all := slices.Concat(mixed, bare)
	play(all, warmUp)
	forget(all)
	for range b.N {
		play(all, lasts)
	}
	lateMixed, sentMixed, worstMixed := late(mixed)
	lateBare, sentBare, worstBare := late(bare)
	share := float64(lateMixed) * 10_000 / float64(max(sentMixed, 1))
	shareBare := float64(lateBare) * 10_000 / float64(max(sentBare, 1))
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(share, "late/10000")
	b.ReportMetric(shareBare, "bare-late/10000")
	b.Logf("mixed: %d of %d packets more than 20 ms late, the worst %v%s", lateMixed, sentMixed, worstMixed, verdict(1, share))
	b.Logf("bare sender: %d of %d packets, the worst %v", lateBare, sentBare, worstBare)
}

func forget(all []*member) {
	for _, m := range all {
		m.came = m.came[:0]
	}
}

func received(all []*member) (packets int) {
	for _, m := range all {
		packets += len(m.came)
	}
	return max(packets, 1)
}

func aim(all []*member, ports []uint16) {
	for i, m := range all {
		m.to = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ports[i])
	}
}

func setting(name string, otherwise int) int {
	if value, err := strconv.Atoi(os.Getenv(name)); err == nil && value > 0 {
		return value
	}
	return otherwise
}
