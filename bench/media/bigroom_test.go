package media

import (
	"slices"
	"testing"
	"time"

	"hookflash/media"
)

// BenchmarkBigRoom says what a participant of a room of 100 costs where three talk, beside one of rooms of three
// in which all talk, turn about in the same run: once with the other 97 sending packets of silence, as phones
// do whose microphones are off, and once with them sending nothing, as phones that detect silence. DURATION is
// how many seconds, PAIRS how often; the figures are medians.
func BenchmarkBigRoom(b *testing.B) {
	lasts := time.Duration(setting("DURATION", 10)) * time.Second
	for _, format := range []string{"PCMU", "PCMA"} {
		b.Run(format, func(b *testing.B) {
			names := []string{"rooms-of-3", "room-of-100", "room-of-100-VAD"}
			costs := map[string][]float64{}
			for range b.N {
				for range setting("PAIRS", 3) {
					for _, name := range names {
						costs[name] = append(costs[name], participant(b, name, format, lasts))
					}
				}
			}
			b.ReportMetric(0, "ns/op") // says nothing: the load is paced
			var base float64
			for i, name := range names {
				slices.Sort(costs[name])
				cost := costs[name][len(costs[name])/2]
				goal := ""
				if i == 0 {
					base = cost
				} else {
					goal = verdict(0.6, cost/base)
				}
				b.ReportMetric(cost, name+"-cpu-ms/participant/s")
				b.Logf("%s: %.3f ms of CPU time for a participant in a second, %.2f of those of rooms of three%s", name, cost, cost/base, goal)
			}
		})
	}
}

// participant measures one kind of rooms with an engine of its own.
func participant(b *testing.B, name, format string, lasts time.Duration) float64 {
	b.Helper()
	count, size := 1, 100
	if name == "rooms-of-3" {
		count, size = 33, 3
	}
	all := members(b, count*size, format)
	for i := 3; i < size; i++ {
		all[i].payloads = sound(b, format, 0, 0)
		if name == "room-of-100-VAD" {
			all[i].payloads = nil
		}
	}
	engine, ports := run(b, "engine", order{Room: size, Codec: format, Peers: addresses(all)})
	aim(all, ports)
	play(all, warmUp)
	forget(all)
	before := busy(b, engine)
	play(all, lasts)
	used := busy(b, engine) - before
	if err := engine.Kill(); err != nil {
		b.Error(err)
	}
	// By what it sent: a machine too busy for every frame makes none cheaper.
	return used.Seconds() * 1000 / (float64(received(all)) * media.Tick.Seconds())
}
