package media

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"hookflash/media"
)

// BenchmarkAnnouncing has a thousand callers hear one prompt at once, and says how many of the packets leave more than
// 20 ms late, and what a listener costs in CPU time. The callers send what phones do, or nothing.
func BenchmarkAnnouncing(b *testing.B) {
	const callers = 1000
	for _, test := range []struct {
		name  string
		talks bool
	}{{"listening", false}, {"sending", true}} {
		b.Run(test.name, func(b *testing.B) {
			lasts := time.Duration(setting("DURATION", 10)) * time.Second
			all := members(b, callers, "PCMU")
			engine, ports := run(b, "engine", order{Room: 1, Codec: "PCMU", Peers: addresses(all), Play: "prompt:voicemail-greeting"})
			if test.talks {
				aim(all, ports)
			}
			play(all, warmUp)
			forget(all)
			before := busy(b, engine)
			for range b.N {
				play(all, lasts)
			}
			used := busy(b, engine) - before
			missed, sent, worst := late(all)
			share := float64(missed) * 10_000 / float64(max(sent, 1))
			cost := used.Seconds() * 1000 / (float64(received(all)) * media.Tick.Seconds())
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(share, "late/10000")
			b.ReportMetric(cost, "cpu-ms/listener/s")
			b.Logf("%d hear one prompt: %d of %d packets more than 20 ms late, the worst %v%s; %.3f ms of CPU time for each in a second",
				callers, missed, sent, worst, verdict(1, share), cost)
		})
	}
}

// BenchmarkRecording has 200 callers leave a message at once: every frame of each is to be in its file.
func BenchmarkRecording(b *testing.B) {
	const callers = 200
	folder := b.TempDir()
	lasts := time.Duration(setting("DURATION", 10)) * time.Second
	all := members(b, callers, "PCMU")
	engine, ports := run(b, "engine", order{Room: 1, Codec: "PCMU", Peers: addresses(all), Record: folder})
	aim(all, ports)
	play(all, warmUp)
	before, began := busy(b, engine), time.Now()
	for range b.N {
		play(all, lasts)
	}
	passed, used := time.Since(began), busy(b, engine)-before
	time.Sleep(warmUp) // a second is written at a time
	shortest := passed
	files, err := filepath.Glob(filepath.Join(folder, "*.wav"))
	if err != nil || len(files) != callers {
		b.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			b.Fatal(err)
		}
		shortest = min(shortest, time.Duration(info.Size()/2)*time.Second/8000)
	}
	cost := used.Seconds() * 1000 / passed.Seconds() / callers
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(cost, "cpu-ms/message/s")
	b.Logf("%d record at once: the shortest file has %v of %v; %.3f ms of CPU time for each in a second", callers, shortest.Round(time.Second), passed.Round(time.Second), cost)
}
