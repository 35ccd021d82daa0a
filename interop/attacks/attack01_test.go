//go:build interop

package attacks

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"hookflash/sip"
	"hookflash/transport"
)

const (
	mostPerByte       = 16      // bytes allocated per byte received
	mostPerConnection = 1 << 20 // bytes held for a connection at any time
	fastParse         = time.Millisecond
)

// declared are lengths that nobody sends the bytes for, and some that are no lengths.
var declared = []string{
	"1", "400", "65535", "65536", "99999999", "2147483647", "2147483648", "4294967295", "4294967296", "9223372036854775807",
	"9223372036854775808", "18446744073709551615", "18446744073709551616", strings.Repeat("9", 1000), strings.Repeat("0", 1000) + "65000",
	"-1", "-2147483648", "-9223372036854775808", "+5", "0x10", "1e9", "12 13", "5,5", "", "%d%s%n", "\u0663\u0660", "1\r\n 2", "\r\n 65000", "5;x=y",
}

// TestAttack01DeclaredLengths: a length is declared and the bytes never come.
//
// Anchor: Content-Length handling of five stacks in 2026. Must: lengths are checked
// against the bytes present and a limit before anything is allocated.
//
// Figure: at most 16 bytes allocated per byte received, at most 1 MiB for a connection at
// any time; a message is parsed within 1 ms.
func TestAttack01DeclaredLengths(t *testing.T) {
	t.Run("framer", func(t *testing.T) {
		for _, length := range declared {
			for _, step := range []int{1, 7, 1 << 16} {
				feedDeclared(t, length, step)
			}
		}
	})
	t.Run("parser", func(t *testing.T) {
		for _, length := range declared {
			parseDeclared(t, length)
		}
	})
	t.Run("server", func(t *testing.T) {
		s := startServer(t, setup{})
		beside(t, s, func() {
			declareOverUDP(t, s)
			declareOverTCP(t, s)
		})
	})
}

func declaring(length, body string) string {
	text := newRequest("MESSAGE", addressOf("carol"), addressOf("bob")).text("TCP", "127.0.0.1:5060")
	return strings.Replace(text, "Content-Length: 0\r\n\r\n", "Content-Length: "+length+"\r\n\r\n", 1) + body
}

// allocatedBy is how many bytes a function allocates. Nothing else may run beside it.
func allocatedBy(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// feedDeclared gives a framer the head, and most of a body, in steps.
func feedDeclared(t *testing.T, length string, step int) {
	t.Helper()
	data := []byte(declaring(length, strings.Repeat("x", 60_000)))
	held := 0
	used := allocatedBy(func() {
		var framer transport.Framer
		var texts []string
		for rest := data; len(rest) > 0; {
			n := min(step, len(rest))
			var err error
			if texts, _, err = framer.Feed(rest[:n], texts[:0]); err != nil {
				break
			}
			held = max(held, framer.Pending())
			rest = rest[n:]
		}
	})
	if most := uint64(mostPerByte * len(data)); used > most {
		t.Errorf("Content-Length %.30q in steps of %d: %d bytes allocated for %d received, at most %d", length, step, used, len(data), most)
	}
	if held > mostPerConnection {
		t.Errorf("Content-Length %.30q: %d bytes held", length, held)
	}
}

func parseDeclared(t *testing.T, length string) {
	t.Helper()
	for _, body := range []string{"", "short", strings.Repeat("x", 60_000)} {
		text := declaring(length, body)
		used := allocatedBy(func() { _, _ = sip.Parse(text) }) // the verdict is the parser's business
		if most := uint64(mostPerByte * len(text)); used > most {
			t.Errorf("Content-Length %.30q with %d bytes of body: %d bytes allocated for %d received", length, len(body), used, len(text))
		}
		if took := fastest(20, func() { _, _ = sip.Parse(text) }); full && took > fastParse {
			t.Errorf("Content-Length %.30q with %d bytes of body: parsed in %s, at most %s", length, len(body), took, fastParse)
		}
	}
}

// fastest is the shortest time of some runs: what the machine's other work adds drops out.
func fastest(runs int, run func()) time.Duration {
	shortest := time.Hour
	for range runs {
		began := time.Now()
		run()
		shortest = min(shortest, time.Since(began))
	}
	return shortest
}

func declareOverUDP(t *testing.T, s *server) {
	t.Helper()
	attacker := newSocket(t)
	for _, length := range declared {
		attacker.send(s.address, strings.ReplaceAll(declaring(length, ""), "127.0.0.1:5060", attacker.local.String()))
		if got := firstStatus(attacker.some(patience)); got != 400 {
			t.Errorf("Content-Length %.30q over UDP without a body: answered %d, want 400", length, got)
		}
	}
}

// declareOverTCP holds many connections at the point where a body was declared and most
// of it, but not all, has come.
func declareOverTCP(t *testing.T, s *server) {
	t.Helper()
	connections, sent := sized(64, 512), 0
	before := s.metrics(t)
	for i := range connections {
		length := "65000"
		if i%2 == 1 {
			length = declared[i%len(declared)]
		}
		stream, err := net.DialTimeout("tcp", s.address.String(), patience)
		if err != nil {
			t.Fatalf("connection %d is accepted: %v", i, err)
		}
		defer stream.Close()
		n, _ := stream.Write([]byte(declaring(length, strings.Repeat("x", 60_000)))) // a close in the middle is right for some
		sent += n
	}
	time.Sleep(5 * pollPeriod) // until all of it was read
	after := s.metrics(t)
	grown := func(name string) float64 { return after[name] - before[name] }
	t.Logf("%d connections sent %d bytes: %s allocated, heap in use grew by %s", connections, sent,
		mebibytes(grown("go_memstats_alloc_bytes_total")), mebibytes(grown("go_memstats_heap_inuse_bytes")))
	// The good calls beside and the reading of metrics allocate a little, too.
	if used := grown("go_memstats_alloc_bytes_total"); used > float64(mostPerByte*sent) {
		t.Errorf("%d bytes over TCP made the server allocate %.0f, more than %d for each", sent, used, mostPerByte)
	}
	if held := grown("go_memstats_heap_inuse_bytes"); held > float64(connections*mostPerConnection) {
		t.Errorf("%d connections hold %.0f bytes, more than %d each", connections, held, mostPerConnection)
	}
}

func mebibytes(bytes float64) string { return fmt.Sprintf("%.1f MiB", bytes/(1<<20)) }
