//go:build interop

package attacks

import (
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

// TestAttack14SlowLoris: connections that are opened and never come to a message.
//
// Anchor: PJProject took about 60 connections and then none. Must: limits for each source
// and in all, deadlines, the idle and unauthenticated go first.
//
// Figure: 15,000 half-sent connections; resident memory at most 300 MiB, good calls go on,
// over connections too, p99 at most doubled.
func TestAttack14SlowLoris(t *testing.T) {
	s := startServer(t, setup{layers: true})
	quiet := latencies(t, s, sized(20, 200))
	beside(t, s, func() {
		count := sized(400, 15_000)
		var held []net.Conn
		defer func() {
			for _, conn := range held {
				conn.Close()
			}
		}()
		for i := range count {
			way := lorises[i%len(lorises)]
			conn, err := s.connect(way.transport, attackerAddress(i%200))
			if err != nil {
				t.Fatalf("connection %d: %v", i, err)
			}
			held = append(held, conn)
			_, _ = io.WriteString(conn, way.beginning) // the server may have closed it
		}
		if resident := s.resident(t); resident > 300<<20 {
			t.Errorf("%d half-sent connections: resident memory is %s", count, mebibytes(float64(resident)))
		} else {
			t.Logf("%d half-sent connections: resident memory is %s", count, mebibytes(float64(resident)))
		}
		loud := latencies(t, s, sized(20, 200))
		t.Logf("p99 of a challenge over each transport: %v before, %v beside", quiet, loud)
		if full && loud > 2*quiet+time.Millisecond {
			t.Errorf("p99 of the good: %v before, %v beside the attack", quiet, loud)
		}
		eventually(t, 15*time.Second, "who sends no message within 10 s is closed", func() bool {
			return s.metric(t, "hookflash_streams_open") < float64(count)/10
		})
	})
}

// lorises are how far the connections come.
var lorises = []struct{ transport, beginning string }{
	{"TCP", ""},
	{"TCP", "OPTIONS sip:example.test SIP/2.0\r\nVia: SIP/2.0/TCP "},
	{"TLS", ""},
	{"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"},
	{"WS", ""},
	{"WS", upgrade},
	{"WS", upgrade + "\r\n"},
	{"WS", upgrade + "\r\n" + frame(0x01, "OPTIONS sip:example.test")},
	{"WSS", ""},
	{"WSS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"},
}

// latencies is the 99th percentile of the time that a request takes on connections of good
// peers, one over each transport, opened now. All together they stay within what a
// stranger may send at once (package guard).
func latencies(t *testing.T, s *server, count int) time.Duration {
	t.Helper()
	var times []time.Duration
	for _, transport := range streamTransports {
		c := mustOpen(t, s, transport)
		for i := range count {
			r := probe(transport)
			_ = c.socket.SetDeadline(time.Now().Add(patience))
			began := time.Now()
			if _, err := io.WriteString(c, c.encode(r.text(transport, ""))); err != nil {
				t.Fatal(err)
			}
			wantOne(t, c, r, i)
			times = append(times, time.Since(began))
		}
		c.socket.Close()
	}
	return percentile(times, 99)
}

// percentile of some durations.
func percentile(times []time.Duration, percent int) time.Duration {
	slices.Sort(times)
	return times[len(times)*percent/100]
}
