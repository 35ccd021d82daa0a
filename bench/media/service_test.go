package media

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hookflash/internal/spoken"
	"hookflash/media"
	"hookflash/media/socket"
	"hookflash/media/wav"
	"hookflash/store/mailbox"
)

// margin is how much longer an announcement is than what is counted of it: all call within it.
const margin = 8 * time.Second

// BenchmarkAnnouncement has a thousand callers of a running server hear one announcement at once, and says how
// many of the packets come more than 20 ms late beside those of a bare sender, and what a listener costs in
// CPU time. The callers send what phones do, or nothing.
func BenchmarkAnnouncement(b *testing.B) {
	const count, bareCount = 1000, 100
	lasts := time.Duration(setting("DURATION", 10)) * time.Second
	prompts := b.TempDir()
	for _, test := range []struct {
		name  string
		talks bool
	}{{"listening", false}, {"sending", true}} {
		b.Run(test.name, func(b *testing.B) {
			long := lasts*time.Duration(b.N) + margin
			if err := spoken.WriteFile(filepath.Join(prompts, "long.wav"), babble(long)); err != nil {
				b.Fatal(err)
			}
			s := serve(b, prompts, nil)
			all, bare := members(b, count, "PCMU"), members(b, bareCount, "PCMU")
			c := newCallers(b, s)
			c.call(b, all, func(int) string { return "sip:announce@bench.test;announcement=long" })
			if !test.talks {
				for _, m := range all {
					m.to = netip.AddrPort{}
				}
			}
			run(b, "sender", order{Peers: addresses(bare)})
			both := slices.Concat(all, bare)
			play(both, warmUp)
			forget(both)
			before := busy(b, s.process)
			for range b.N {
				play(both, lasts)
			}
			used := busy(b, s.process) - before
			if over := c.hungUp(); over > 0 {
				b.Fatalf("%d of %d calls ended before the announcement did", over, count)
			}
			for _, m := range all {
				if len(m.came) == 0 {
					b.Fatal("somebody hears nothing")
				}
			}
			tell(b, all, bare, used)
			for deadline := time.Now().Add(margin + patience); c.hungUp() < count; time.Sleep(media.Tick) {
				if time.Now().After(deadline) {
					b.Fatalf("of %d callers %d are not hung up on when the announcement is over", count, count-c.hungUp())
				}
			}
		})
	}
}

// tell says what came of what all heard.
func tell(b *testing.B, all, bare []*member, used time.Duration) {
	b.Helper()
	lateHere, sentHere, worst := late(all)
	lateBare, sentBare, worstBare := late(bare)
	share := float64(lateHere) * 10_000 / float64(max(sentHere, 1))
	shareBare := float64(lateBare) * 10_000 / float64(max(sentBare, 1))
	cost := used.Seconds() * 1000 / (float64(received(all)) * media.Tick.Seconds())
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(share, "late/10000")
	b.ReportMetric(shareBare, "bare-late/10000")
	b.ReportMetric(cost, "cpu-ms/listener/s")
	b.Logf("%d hear the same: %d of %d packets more than 20 ms late, the worst %v%s; %.3f ms of CPU time for each in a second",
		len(all), lateHere, sentHere, worst, verdict(1, share), cost)
	b.Logf("bare sender to %d: %d of %d packets, the worst %v", len(bare), lateBare, sentBare, worstBare)
}

// babble is something that is never quiet.
func babble(lasts time.Duration) []int16 {
	samples := make([]int16, lasts*8000/time.Second)
	for i := range samples {
		samples[i] = int16(1000 + i*7919%9000)
	}
	return samples
}

// BenchmarkVoicemail has 200 callers of a running server leave a message at once: every frame of each is to be in
// its file once its caller has heard that it is saved.
func BenchmarkVoicemail(b *testing.B) {
	const count = 200
	frames := setting("DURATION", 10) * int(time.Second/media.Tick)
	prompts := b.TempDir()
	if err := spoken.WritePrompts(prompts); err != nil {
		b.Fatal(err)
	}
	var users []string
	for i := range count {
		users = append(users, fmt.Sprintf("box%03d", i))
	}
	s := serve(b, prompts, users)
	all := members(b, count, "PCMU")
	c := newCallers(b, s)
	for round := range b.N {
		before, began := busy(b, s.process), time.Now()
		c.call(b, all, func(i int) string {
			return fmt.Sprintf("sip:voicemail@bench.test;target=sip:%s%%40bench.test", users[i])
		})
		speakers := leave(b, all, round, frames)
		passed, used := time.Since(began), busy(b, s.process)-before
		missing := 0
		for i, marks := range messages(b, s, users) {
			missing += speakers[i].Missing(marks)
		}
		cost := used.Seconds() * 1000 / float64(count) / (time.Duration(frames) * media.Tick).Seconds()
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(cost, "cpu-ms/message/s")
		b.ReportMetric(float64(missing)*10_000/float64(count*frames), "missing/10000")
		b.Logf("%d leave a message of %v at once, in %v: all hear that it is saved; of %d frames %d are missing; %.3f ms of CPU time for each in a second",
			count, time.Duration(frames)*media.Tick, passed.Round(time.Second), count*frames, missing, cost)
	}
}

// leave has all members leave their messages, until they have heard that these are saved.
func leave(b *testing.B, all []*member, round, frames int) (speakers []*spoken.Caller) {
	b.Helper()
	for i := range all {
		speakers = append(speakers, spoken.NewCaller(uint32(round*len(all)+i), frames))
	}
	batch, packet := socket.NewBatch(), make([]byte, 1500)
	began, limit := time.Now(), time.Duration(frames)*media.Tick+patience
	for tick, open := 0, len(all); open > 0; tick++ {
		if wait := time.Until(began.Add(time.Duration(tick) * media.Tick)); wait > 0 {
			time.Sleep(wait)
		}
		if time.Since(began) > limit {
			b.Fatalf("%d of %d callers do not hear what became of their messages", open, len(all))
		}
		open = 0
		for i, m := range all {
			for n := m.socket.Receive(batch); n > 0; n = m.socket.Receive(batch) {
				for j := range n {
					data, _, _ := batch.Datagram(j)
					speakers[i].Hear(data)
				}
			}
			if speakers[i].Stage == spoken.Refused {
				b.Fatalf("a caller hears %v", speakers[i].Said)
			}
			if speakers[i].Stage != spoken.Confirmed {
				open++
				_ = m.socket.Send(packet[:speakers[i].Next(packet)], m.to)
			}
		}
	}
	return speakers
}

// messages is what the newest message of each box says.
func messages(b *testing.B, s *served, users []string) (all [][]spoken.Mark) {
	b.Helper()
	root, err := os.OpenRoot(filepath.Join(s.data, "voicemail"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	boxes, err := mailbox.Open(mailbox.Settings{Disk: mailbox.In(root)}) // nothing is recorded now
	if err != nil {
		b.Fatal(err)
	}
	for _, user := range users {
		list := boxes.List(user)
		if len(list) == 0 {
			b.Fatalf("%s has no message", user)
		}
		text, err := boxes.Audio(user, list[len(list)-1].ID)
		if err != nil {
			b.Fatal(err)
		}
		reader, err := wav.NewReader(bytes.NewReader(text))
		if err != nil {
			b.Fatal(err)
		}
		samples := make([]int16, len(text)/2)
		read := 0
		for err == nil {
			var n int
			n, err = reader.Read(samples[read:])
			read += n
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
		all = append(all, spoken.Find(samples[:read]))
	}
	return all
}
