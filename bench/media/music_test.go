package media

import (
	"net/netip"
	"slices"
	"testing"
	"time"
)

// BenchmarkWaiting has a thousand callers, each in a room of their own, hear one music, and says how many of the packets
// leave more than 20 ms late, and what a listener costs in CPU time: of the engine alone.
func BenchmarkWaiting(b *testing.B) {
	const callers = 1000
	for _, test := range []struct {
		name, codec string
		talks       bool
	}{{"PCMU-listening", "PCMU", false}, {"PCMU-sending", "PCMU", true}, {"G722-listening", "G722", false}} {
		b.Run(test.name, func(b *testing.B) {
			lasts := time.Duration(setting("DURATION", 10)) * time.Second
			all, bare := members(b, callers, test.codec), members(b, 100, test.codec)
			engine, ports := run(b, "engine", order{Room: 1, Codec: test.codec, Peers: addresses(all), Play: "music:default"})
			if test.talks {
				aim(all, ports)
			}
			run(b, "sender", order{Peers: addresses(bare)})
			both := slices.Concat(all, bare)
			play(both, 2*warmUp) // the music is made from its notes first
			forget(both)
			before := busy(b, engine)
			for range b.N {
				play(both, lasts)
			}
			tell(b, all, bare, busy(b, engine)-before)
		})
	}
}

// BenchmarkMusic does the same through a running server: a thousand call sip:music, and none is hung up on.
func BenchmarkMusic(b *testing.B) {
	const count, bareCount = 1000, 100
	lasts := time.Duration(setting("DURATION", 10)) * time.Second
	for _, test := range []struct {
		name  string
		talks bool
	}{{"listening", false}, {"sending", true}} {
		b.Run(test.name, func(b *testing.B) {
			s := serve(b, b.TempDir(), nil)
			all, bare := members(b, count, "PCMU"), members(b, bareCount, "PCMU")
			c := newCallers(b, s)
			c.call(b, all, func(int) string { return "sip:music@bench.test;music=default" })
			if !test.talks {
				for _, m := range all {
					m.to = netip.AddrPort{}
				}
			}
			run(b, "sender", order{Peers: addresses(bare)})
			both := slices.Concat(all, bare)
			play(both, 2*warmUp)
			forget(both)
			before := busy(b, s.process)
			for range b.N {
				play(both, lasts)
			}
			used := busy(b, s.process) - before
			if over := c.hungUp(); over > 0 {
				b.Fatalf("%d of %d calls ended, and music has no end", over, count)
			}
			for _, m := range all {
				if len(m.came) == 0 {
					b.Fatal("somebody hears nothing")
				}
			}
			tell(b, all, bare, used)
		})
	}
}
