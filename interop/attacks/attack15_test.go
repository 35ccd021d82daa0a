//go:build interop

package attacks

import (
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestAttack15BurstAndReset: INVITEs in a burst, and a reset before their answers.
//
// Anchor: CVE-2018-7286 (ES2018-04), ES2020-02. Must: transactions don't own the
// connection.
//
// Figure: a million INVITEs followed by resets, under the race detector: no panic, no race,
// nothing left.
func TestAttack15BurstAndReset(t *testing.T) {
	s := startServer(t, setup{layers: true, binary: racing(t)})
	beside(t, s, func() {
		before := s.metrics(t)
		const burst, attackers = 10, 4
		loops := sized(10, 25_000/len(streamTransports))
		var group sync.WaitGroup
		for range attackers {
			group.Go(func() {
				for i := range loops * len(streamTransports) {
					transport := streamTransports[i%len(streamTransports)]
					c, err := s.open(transport)
					if err != nil {
						t.Errorf("loop %d over %s: %v", i, transport, err)
						return
					}
					var texts strings.Builder
					for range burst {
						r := newRequest("INVITE", addressOf("carol"), addressOf("bob"))
						r.contact = "<sip:carol@127.0.0.1:5060>"
						texts.WriteString(c.encode(r.text(transport, "127.0.0.1:5060")))
					}
					_, _ = io.WriteString(c, texts.String())
					_ = c.socket.SetLinger(0) // a reset, not an end
					c.socket.Close()
				}
			})
		}
		group.Wait()
		eventually(t, patience, "every connection is forgotten", func() bool {
			return s.metric(t, "hookflash_streams_open") <= before["hookflash_streams_open"]
		})
		after := s.metrics(t)
		for _, name := range []string{"hookflash_transactions_client", "go_goroutines"} {
			if after[name] > before[name]+20 { // the good calls beside
				t.Errorf("%s: %v before, %v after", name, before[name], after[name])
			}
		}
	})
}

// racing is a server with the race detector in it, at full size, where there is a compiler
// of C for that.
func racing(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil || !full {
		return ""
	}
	t.Setenv("CGO_ENABLED", "1")
	binary := filepath.Join(t.TempDir(), "hookflash")
	if err := build(binary, "-race"); err != nil {
		t.Fatalf("building with the race detector: %v", err)
	}
	return binary
}
