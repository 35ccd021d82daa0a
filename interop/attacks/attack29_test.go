//go:build interop

package attacks

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	mostControl = 40   // answers to control frames on one connection
	mostCPU     = 0.01 // of one core, for a flood of control frames
)

// TestAttack29WebSocket: pages from elsewhere, no subprotocol, floods of control frames and
// fragments.
//
// Anchor: reSIProcate 3e23b2f70. Must: an allow-list of origins, the subprotocol sip,
// frames of at most 64 KiB, a time limit for pings.
//
// Figure: foreign origins get 403; a flood of control frames takes at most 1 % CPU.
func TestAttack29WebSocket(t *testing.T) {
	s := startServer(t, setup{layers: true, lines: []string{"origins: [https://phone.example.org]"}})
	beside(t, s, func() {
		for _, place := range []string{s.layers.ws.String(), s.http.String()} {
			openings(t, place)
		}
		for _, frames := range []string{
			strings.Repeat(frame(framePing, "flood"), 2000), strings.Repeat(frame(framePong, ""), 2000),
			frame(0x01, "") + strings.Repeat(frame(0x00, ""), 30_000), frame(0x01, "x") + strings.Repeat(frame(0x00, "x"), 30_000),
		} {
			for _, transport := range []string{"WS", "WSS"} {
				floodOnce(t, s, transport, frames)
			}
		}
	})
	floodForLong(t, s)
	s.alive(t)
}

// openings asks for WebSockets as browsers do.
func openings(t *testing.T, place string) {
	t.Helper()
	for _, test := range []struct {
		reason, lines string
		status        int
	}{
		{"a program", "", 101},
		{"the page that is listed", "Origin: https://phone.example.org\r\n", 101},
		{"a page of the same host", "Origin: http://127.0.0.1\r\n", 101},
		{"a page from elsewhere", "Origin: https://evil.example\r\n", 403},
		{"a page whose host only begins alike", "Origin: https://phone.example.org.evil.example\r\n", 403},
		{"a page in a sandbox", "Origin: null\r\n", 403},
		{"two origins", "Origin: https://phone.example.org\r\nOrigin: https://evil.example\r\n", 403},
	} {
		wantOpening(t, place, test.reason, strings.Replace(upgrade, "GET /", "GET /ws", 1)+test.lines+"\r\n", test.status)
	}
	without := strings.Replace(upgrade, "Sec-WebSocket-Protocol: sip\r\n", "", 1)
	wantOpening(t, place, "no subprotocol", strings.Replace(without, "GET /", "GET /ws", 1)+"\r\n", 400)
}

func wantOpening(t *testing.T, place, reason, request string, status int) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", place, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || response.StatusCode != status {
		t.Errorf("%s at %s: %v %v, want %d", reason, place, response, err, status)
	}
}

// floodOnce sends frames until the server closes the connection.
func floodOnce(t *testing.T, s *server, transport, frames string) {
	t.Helper()
	c := mustOpen(t, s, transport)
	go func() { _, _ = io.WriteString(c, frames) }() // until the reset
	answers := 0
	for {
		var head [2]byte
		if _, err := io.ReadFull(c.reader, head[:]); err != nil {
			break
		}
		answers++
		_, _ = io.CopyN(io.Discard, c.reader, int64(head[1]))
	}
	if answers > mostControl {
		t.Errorf("%q… over %s: %d frames in answer, at most %d", frames[:8], transport, answers, mostControl)
	}
}

// floodForLong floods many connections with pings, each until it is closed, and
// measures what that takes.
func floodForLong(t *testing.T, s *server) {
	t.Helper()
	before := s.metric(t, "process_cpu_seconds_total")
	began := time.Now()
	var group sync.WaitGroup
	for range sized(4, 20) {
		group.Go(func() {
			c, err := s.open("WS")
			if err != nil {
				t.Error(err)
				return
			}
			defer c.socket.Close()
			go func() { _, _ = io.Copy(io.Discard, c.reader) }()
			for end := began.Add(sized(500*time.Millisecond, 10*time.Second)); time.Now().Before(end); {
				if _, err := io.WriteString(c, strings.Repeat(frame(framePing, ""), 100)); err != nil {
					break
				}
			}
		})
	}
	group.Wait()
	if wait := sized(500*time.Millisecond, 10*time.Second) - time.Since(began); wait > 0 {
		time.Sleep(wait)
	}
	took := s.metric(t, "process_cpu_seconds_total") - before
	share := took / time.Since(began).Seconds()
	t.Logf("a flood of pings for %v takes %.1f %% of a core", time.Since(began).Round(time.Millisecond), 100*share)
	if full && share > mostCPU {
		t.Errorf("at most %.0f %%", 100*mostCPU)
	}
}
