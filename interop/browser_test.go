//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/internal/testca"
)

// browserLimit is for Chromium to start.
const browserLimit = 40 * time.Second

// browser is a phone in a headless Chromium: JsSIP, driven by browser/phone.mjs.
type browser struct {
	*process
	user     string
	commands io.Writer
	seen     int // lines that the test has waited for
}

// install fetches what package-lock.json lists, once.
var install = sync.OnceValue(func() error {
	command := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	command.Dir = "browser"
	command.Env = append(os.Environ(), "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci in interop/browser: %w\n%s", err, output)
	}
	return nil
})

// page is where a phone's page comes from: the server must let it open WebSockets.
func page(port uint16) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }

// startBrowser opens the page of a phone. It believes the authority whose file is roots.
func startBrowser(t testing.TB, user, url, roots string, port uint16) *browser {
	t.Helper()
	if err := install(); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	database := filepath.Join(home, ".pki", "nssdb")
	if err := os.MkdirAll(database, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{
		{"-N", "-d", "sql:" + database, "--empty-password"},
		{"-A", "-d", "sql:" + database, "-n", "test", "-t", "C,,", "-i", roots},
	} {
		if output, err := exec.Command("certutil", arguments...).CombinedOutput(); err != nil {
			t.Fatalf("certutil: %v\n%s", err, output)
		}
	}
	wish, err := json.Marshal(map[string]any{"page": port, "url": url, "user": user, "password": password(user), "domain": domain})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("node", "browser/phone.mjs", string(wish))
	command.Env = append(os.Environ(), "HOME="+home, "TMPDIR="+home)
	b := &browser{user: user}
	if b.commands, err = command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	b.process = start(t, user+"-browser", command)
	t.Cleanup(b.quit)
	return b
}

// quit closes the browser, before the end of its parent is all it learns.
func (b *browser) quit() {
	_, _ = fmt.Fprintln(b.commands, "quit") // it may have ended
	select {
	case <-b.ended:
	case <-time.After(patience):
	}
}

// do gives the phone a command: call URI, answer, hangup.
func (b *browser) do(t testing.TB, command string) {
	t.Helper()
	if _, err := fmt.Fprintln(b.commands, command); err != nil {
		t.Fatalf("%s's browser: %s: %v", b.user, command, err)
	}
}

// expect waits for the next line that begins with a text and passes over those before it.
func (b *browser) expect(t testing.TB, reason, beginning string) (line string) {
	t.Helper()
	within(t, browserLimit, fmt.Sprintf("%s: %s's browser says %s", reason, b.user, beginning), func() bool {
		if !b.running() {
			t.Fatalf("%s: %s's browser ended", reason, b.user)
		}
		lines := strings.Split(b.text(), "\n")
		for i := b.seen; i < len(lines)-1; i++ {
			if strings.HasPrefix(lines[i], beginning) {
				line, b.seen = lines[i], i+1
				return true
			}
		}
		return false
	})
	return line
}

// serveBrowsers starts a server that lets the pages of some ports connect.
func serveBrowsers(t testing.TB, ports ...uint16) *secured {
	t.Helper()
	pages := make([]string, len(ports))
	for i, port := range ports {
		pages[i] = `"` + page(port) + `"`
	}
	return serveSecured(t, "", "origins: ["+strings.Join(pages, ", ")+"]\n")
}

// browserParameters are what a baresip needs to talk to a browser: its media is encrypted
// (RFC 5763) and finds its way by ICE (RFC 8445).
const (
	browserParameters = ";mediaenc=dtls_srtp;medianat=ice"
	browserConfig     = "rtcp_mux yes\nmodule dtls_srtp.so\nmodule ice.so\n"
)

// TestBrowser: JsSIP in Chromium registers over secure WebSocket, and is reached by
// baresip's INVITE and reaches it.
func TestBrowser(t *testing.T) {
	port := freePort(t, loopback).Port()
	s := serveBrowsers(t, port)
	alice := startBrowser(t, "alice", "wss://"+s.wss.String(), s.roots, port)
	bob := s.phone(t, s.over(account{user: "bob", tone: bobTone, parameters: browserParameters, config: browserConfig}, "tcp"))
	alice.expect(t, "the WebSocket opens, the certificate is believed", "connected")
	alice.expect(t, "registered by digest", "registered")

	alice.do(t, "call sip:bob@"+domain)
	bob.expect(t, "the call arrives", "CALL_INCOMING")
	alice.expect(t, "it rings", "ringing")
	wantIdentity(t, bob, "alice")
	bob.do(t, "accept", "")
	alice.expect(t, "the call is answered", "accepted")
	alice.expect(t, "and acknowledged", "confirmed")
	alice.do(t, "hangup")
	bob.expect(t, "the BYE arrives", "CALL_CLOSED")
	alice.expect(t, "the call is over", "ended local")

	bob.do(t, "dial", "sip:alice@"+domain)
	alice.expect(t, "the INVITE arrives on the WebSocket", "incoming sip:bob@"+domain)
	bob.expect(t, "it rings", "CALL_RINGING")
	alice.do(t, "answer")
	alice.expect(t, "the answer is acknowledged", "confirmed")
	bob.expect(t, "the call is answered", "CALL_ESTABLISHED")
	bob.do(t, "hangup", "")
	alice.expect(t, "the BYE arrives on the WebSocket", "ended remote")
}

// TestBrowsers: two browsers call each other; one is closed and called in vain.
func TestBrowsers(t *testing.T) {
	ports := []uint16{freePort(t, loopback).Port(), freePort(t, loopback).Port()}
	s := serveBrowsers(t, ports...)
	alice := startBrowser(t, "alice", "wss://"+s.wss.String(), s.roots, ports[0])
	carol := startBrowser(t, "carol", "ws://"+s.http.String()+"/ws", s.roots, ports[1])
	alice.expect(t, "registered over secure WebSocket", "registered")
	carol.expect(t, "registered over /ws of the HTTP port", "registered")
	alice.do(t, "call sip:carol@"+domain)
	carol.expect(t, "the call arrives", "incoming sip:alice@"+domain)
	carol.do(t, "answer")
	alice.expect(t, "the call is answered", "confirmed")
	carol.expect(t, "and acknowledged", "confirmed")
	carol.do(t, "hangup")
	alice.expect(t, "the BYE arrives", "ended remote")
	carol.quit()
	alice.do(t, "call sip:carol@"+domain)
	alice.expect(t, "whose browser is gone is not there", "failed remote Unavailable")
}

// TestBrowserIsRefused: a page from elsewhere opens no WebSocket, and a browser opens none
// to a server whose certificate it does not believe.
func TestBrowserIsRefused(t *testing.T) {
	ports := []uint16{freePort(t, loopback).Port(), freePort(t, loopback).Port()}
	s := serveBrowsers(t, ports[0])
	before := s.metric(t, "hookflash_streams_handshakes_failed_total")
	elsewhere := startBrowser(t, "alice", "wss://"+s.wss.String(), s.roots, ports[1])
	doubtful := startBrowser(t, "carol", "wss://"+s.wss.String(), testca.New(t).Write(t, t.TempDir(), "others"), ports[0])
	for _, b := range []*browser{elsewhere, doubtful} {
		b.expect(t, "no WebSocket opens", "disconnected")
		if strings.Contains(b.text(), "\nconnected") {
			t.Errorf("%s's page was let in", b.user)
		}
	}
	if after := s.metric(t, "hookflash_streams_handshakes_failed_total"); after < before+2 {
		t.Errorf("the server counts them: %v, then %v", before, after)
	}
}

// TestBrowserComesBack: the server restarts while a browser is registered; the page
// connects again and can be called.
func TestBrowserComesBack(t *testing.T) {
	port := freePort(t, loopback).Port()
	s := serveBrowsers(t, port)
	alice := startBrowser(t, "alice", "wss://"+s.wss.String(), s.roots, port)
	alice.expect(t, "registered", "registered")
	s.kill()
	alice.expect(t, "the page notices", "disconnected")
	s.start()
	alice.expect(t, "connects again", "connected")
	alice.expect(t, "and registers", "registered")
	bob := s.phone(t, account{user: "bob", tone: bobTone, parameters: browserParameters, config: browserConfig})
	bob.do(t, "dial", "sip:alice@"+domain)
	alice.expect(t, "the INVITE arrives", "incoming sip:bob@"+domain)
	alice.do(t, "answer")
	bob.expect(t, "the call is answered", "CALL_ESTABLISHED")
}
