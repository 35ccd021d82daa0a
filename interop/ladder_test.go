//go:build interop

package interop

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hookflash/internal/ladder"
)

// TestLadder: what tshark sees of a call on the loopback interface is what the ladder of the
// README shows, arrow by arrow on each side of the server.
func TestLadder(t *testing.T) {
	want := readmeLadder(t)
	s := serve(t, setting{users: everybody()})
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	capture := startCapture(t, s)
	talk(t, alice, bob)
	hangUp(t, bob, alice)
	_, callID, _ := strings.Cut(alice.newest(true, "INVITE ").text, "Call-ID: ")
	callID, _, _ = strings.Cut(callID, "\n")

	names := map[string]string{alice.address.String(): "Alice", s.address.String(): "hookflash", bob.address.String(): "Bob"}
	var got *ladder.Ladder
	eventually(t, "tshark has seen as many messages as the ladder has arrows", func() bool {
		got = captured(capture, callID, names)
		return len(got.Arrows) >= messages(want)
	})
	for _, side := range []string{"Alice", "Bob"} {
		if difference := cmp.Diff(beside(want, side), beside(got, side)); difference != "" {
			t.Errorf("the README's ladder (-) and the wire (+) at %s's side:\n%s\n%s", side, difference, got.DrawPlain())
		}
	}
}

// readmeLadder is the ladder of the README.
func readmeLadder(t testing.TB) *ladder.Ladder {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, drawing, found := strings.Cut(string(text), "```\nAlice ")
	if !found {
		t.Fatal("the README has no ladder that begins with Alice")
	}
	drawing, _, _ = strings.Cut("Alice "+drawing, "```")
	read, err := ladder.Parse(drawing)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// messages counts the arrows that are messages.
func messages(l *ladder.Ladder) (count int) {
	for i := range l.Arrows {
		if l.Arrows[i].Kind == ladder.Message {
			count++
		}
	}
	return count
}

// beside are the messages between the server and one phone, in order: sender, then method
// or status code.
func beside(l *ladder.Ladder, phone string) []string {
	var messages []string
	for i := range l.Arrows {
		arrow := &l.Arrows[i]
		from, to := l.Name(arrow.From), l.Name(arrow.To)
		if arrow.Kind == ladder.Message && (from == phone || to == phone) {
			what, _, _ := strings.Cut(arrow.Label, " ")
			messages = append(messages, from+": "+what)
		}
	}
	return messages
}

// startCapture starts a tshark that writes a line for each datagram to or from a server,
// and waits until it does.
func startCapture(t testing.TB, s *server) *process {
	t.Helper()
	arguments := []string{
		"-l", "-n", "-i", "lo", "-f", "udp and host " + s.address.Addr().String(),
		"-d", fmt.Sprintf("udp.port==%d,sip", s.address.Port()), "-T", "fields", "-E", "separator=|",
	}
	for _, field := range []string{"ip.src", "udp.srcport", "ip.dst", "udp.dstport", "sip.Call-ID", "sip.CSeq", "sip.Via.branch", "sip.Method", "sip.Status-Line"} {
		arguments = append(arguments, "-e", field)
	}
	p := start(t, "tshark", exec.Command("tshark", arguments...))
	probe, err := net.Dial("udp", s.address.String())
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	_, port, _ := net.SplitHostPort(probe.LocalAddr().String())
	eventually(t, "tshark captures; it wants root", func() bool {
		_, _ = probe.Write([]byte("\r\n\r\n")) // a keep-alive, of no consequence
		return strings.Contains(p.text(), "|"+port+"|")
	})
	return p
}

// captured draws a call from tshark's lines, retransmissions left out.
func captured(p *process, callID string, names map[string]string) *ladder.Ladder {
	l := &ladder.Ladder{Participants: []string{"Alice", "hookflash", "Bob"}}
	seen := map[string]bool{}
	for line := range strings.Lines(p.text()) {
		line = strings.TrimSpace(line)
		fields := strings.Split(line, "|")
		if len(fields) != 9 || fields[4] != callID || seen[line] {
			continue
		}
		seen[line] = true
		label := fields[7]
		if label == "" {
			label = strings.TrimPrefix(fields[8], "SIP/2.0 ")
		}
		l.Add(names[fields[0]+":"+fields[1]], names[fields[2]+":"+fields[3]], label)
	}
	return l
}
