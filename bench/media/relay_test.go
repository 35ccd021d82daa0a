package media

import (
	"os"
	"slices"
	"testing"
	"time"

	"hookflash/media"
	"hookflash/media/rtp"
	"hookflash/media/socket"
)

// BenchmarkRelay says what a relayed packet of G.711 costs in CPU time: 400 streams, two in a call, each sends
// a packet every 20 ms; they are spread over the 20 ms. A packet counts once: it came in on one leg and the
// far side of the other has received it. rtpengine (Debian's, in user space) carries as many beside the
// engine, turn about in the same run. DURATION is how many seconds, PAIRS how often; the figures are medians.
func BenchmarkRelay(b *testing.B) {
	const streams = 400
	lasts := time.Duration(setting("DURATION", 10)) * time.Second
	ours, theirs := members(b, streams, "PCMU"), members(b, streams, "PCMU")
	engine, ports := run(b, "engine", order{Room: 2, Codec: "PCMU", Peers: addresses(ours)})
	aim(ours, ports)
	loads := []*load{{name: "hookflash", process: engine, members: ours}}
	if other := startRTPEngine(b); other == nil {
		b.Log("rtpengine: SKIPPED, the program is missing: run interop/setup")
	} else {
		var ports []uint16
		for i := 0; i < len(theirs); i += 2 {
			both, err := other.call(i, theirs[i].socket.Local(), theirs[i+1].socket.Local())
			if err != nil {
				b.Fatal(err)
			}
			ports = append(ports, both[:]...)
		}
		aim(theirs, ports)
		loads = append(loads, &load{name: "rtpengine", process: other.process, members: theirs})
	}
	for i := range loads {
		spread(loads[i].members, warmUp)
	}
	for range b.N {
		for range setting("PAIRS", 3) {
			for i := range loads {
				loads[i].measure(b, lasts)
			}
		}
	}
	b.ReportMetric(0, "ns/op") // says nothing: the load is paced
	for i, l := range loads {
		slices.Sort(l.costs)
		middle := l.costs[len(l.costs)/2]
		goal := ""
		if i == 0 {
			goal = verdict(11, middle)
		}
		b.ReportMetric(middle, l.name+"-cpu-µs/packet")
		b.Logf("%s: %.2f µs of CPU time for a relayed packet, %.2f to %.2f; %.2f %% of what was sent didn't arrive%s",
			l.name, middle, l.costs[0], l.costs[len(l.costs)-1], l.lost*100, goal)
	}
}

// load is one program that relays, and those whose packets it does.
type load struct {
	name    string
	process *os.Process
	members []*member
	costs   []float64
	lost    float64 // share of the packets, in the worst measurement
}

func (l *load) measure(b *testing.B, lasts time.Duration) {
	b.Helper()
	spread(l.members, warmUp/4)
	forget(l.members)
	before := busy(b, l.process)
	sent := spread(l.members, lasts)
	used := busy(b, l.process) - before
	arrived := received(l.members)
	l.costs = append(l.costs, used.Seconds()*1e6/float64(arrived))
	l.lost = max(l.lost, 1-float64(arrived)/float64(sent))
}

// spread lets the members talk for some time, an eighth of them every 2.5 ms, and tells how many packets
// they sent.
func spread(all []*member, lasts time.Duration) (sent int) {
	const slices = 8
	batch := socket.NewBatch()
	packet := make([]byte, 1500)
	began := time.Now()
	for step := 0; time.Duration(step)*media.Tick/slices < lasts; step++ {
		if wait := time.Until(began.Add(time.Duration(step) * media.Tick / slices)); wait > 0 {
			time.Sleep(wait)
		}
		for i := step % slices; i < len(all); i += slices {
			m := all[i]
			if m.listen(batch); len(m.payloads) == 0 {
				continue
			}
			payload := m.payloads[(step/slices+i)%len(m.payloads)]
			copy(packet[rtp.HeaderSize:], payload)
			n := m.session.Write(packet, rtp.Outgoing{Payload: m.kind, Timestamp: m.begin}, len(payload))
			m.begin += 160
			_ = m.socket.Send(packet[:n], m.to)
			sent++
		}
	}
	time.Sleep(2 * media.Tick) // what is under way arrives
	for _, m := range all {
		m.listen(batch)
	}
	return sent
}
