package media

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// rtpengine is the Debian package's daemon, told what to relay by its ng protocol: bencoded values over UDP.
type rtpengine struct {
	process *os.Process
	conn    net.Conn
	cookie  int
}

// startRTPEngine starts one that relays in user space; nil when it isn't installed.
func startRTPEngine(b *testing.B) *rtpengine {
	b.Helper()
	path, err := exec.LookPath("rtpengine")
	if err != nil {
		return nil
	}
	const control = "127.0.0.1:22998"
	command := exec.Command(path, "--foreground", "--log-stderr", "--log-level=3", "--table=-1", "--interface=127.0.0.1",
		"--listen-ng="+control, "--port-min=36000", "--port-max=39999", "--pidfile="+b.TempDir()+"/pid", "--config-file=none")
	command.Stderr = io.Discard
	if os.Getenv("VERBOSE") != "" {
		command.Stderr = os.Stderr
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	conn, err := net.Dial("udp", control)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	r := &rtpengine{process: command.Process, conn: conn}
	for range 50 {
		if answer, err := r.ask(map[string]string{"command": "ping"}); err == nil && answer["result"] == "pong" {
			return r
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.Fatal("rtpengine doesn't answer")
	return nil
}

// ask puts one command and gives what it answers.
func (r *rtpengine) ask(what map[string]string) (answer map[string]string, err error) {
	r.cookie++
	cookie := strconv.Itoa(r.cookie)
	if _, err := r.conn.Write([]byte(cookie + " " + bencode(what))); err != nil {
		return nil, err
	}
	if err := r.conn.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return nil, err
	}
	buffer := make([]byte, 65536)
	for {
		n, err := r.conn.Read(buffer)
		if err != nil {
			return nil, err
		}
		if text, ours := strings.CutPrefix(string(buffer[:n]), cookie+" "); ours {
			return undecode(text)
		}
	}
}

// bencode writes a dictionary of strings.
func bencode(values map[string]string) string {
	var text strings.Builder
	text.WriteByte('d')
	for key, value := range values {
		fmt.Fprintf(&text, "%d:%s%d:%s", len(key), key, len(value), value)
	}
	text.WriteByte('e')
	return text.String()
}

var errBencode = errors.New("not the dictionary of strings that was expected")

// undecode reads a dictionary of strings.
func undecode(text string) (map[string]string, error) {
	values := map[string]string{}
	text, is := strings.CutPrefix(text, "d")
	if !is {
		return nil, errBencode
	}
	var words []string
	for text != "" && text[0] != 'e' {
		length, rest, found := strings.Cut(text, ":")
		n, err := strconv.Atoi(length)
		if !found || err != nil || n < 0 || n > len(rest) {
			return nil, errBencode
		}
		words, text = append(words, rest[:n]), rest[n:]
	}
	for i := 0; i+1 < len(words); i += 2 {
		values[words[i]] = words[i+1]
	}
	return values, nil
}

// call has two addresses speak PCMU through it, and tells to which ports each is to send.
func (r *rtpengine) call(number int, caller, callee netip.AddrPort) (ports [2]uint16, err error) {
	name := fmt.Sprintf("call-%d", number)
	offer, err := r.ask(map[string]string{
		"command": "offer", "call-id": name, "from-tag": "a", "ICE": "remove", "sdp": description(caller),
	})
	if err != nil {
		return ports, err
	}
	answer, err := r.ask(map[string]string{
		"command": "answer", "call-id": name, "from-tag": "a", "to-tag": "b", "ICE": "remove", "sdp": description(callee),
	})
	if err != nil {
		return ports, err
	}
	// What is offered to the callee is where the callee sends to.
	for i, sdp := range []string{answer["sdp"], offer["sdp"]} {
		_, line, found := strings.Cut(sdp, "m=audio ")
		number, _, _ := strings.Cut(line, " ")
		port, err := strconv.ParseUint(number, 10, 16)
		if !found || err != nil {
			return ports, fmt.Errorf("%w: %q", errBencode, sdp)
		}
		ports[i] = uint16(port)
	}
	return ports, nil
}

func description(at netip.AddrPort) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n",
		at.Addr(), at.Addr(), at.Port())
}
