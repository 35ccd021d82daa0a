//go:build interop

package torture

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"hookflash/internal/testdns"
)

const (
	patience   = 5 * time.Second  // for what should happen at once
	timeout    = 15 * time.Second // for what takes the 10 s that a message on a stream may take
	pollPeriod = 5 * time.Millisecond
)

// users are those of every domain under test: the good ones, and those that the torture
// messages name. "null-" is who an address of record would be that is cut at its NUL.
var users = []string{
	"alice", "bob", "user", "UserB", "joe", "j.user", "watson", "vivekg", "jdrosen", "fluffy", "mundane", "resource", "caller", "null-", "edge",
}

func passwordOf(user string) string { return "secret-of-" + user }

// server is a running hookflash. It belongs to the goroutine of the test.
type server struct {
	domain  string
	address netip.AddrPort // UDP and TCP
	http    netip.AddrPort
	names   *testdns.Server // it asks
	log     string          // path
	command *exec.Cmd
	ended   chan struct{}
}

// started counts servers: each has an address of its own.
var started atomic.Uint32

// startServer serves a domain until the test ends, with further listeners.
func startServer(t testing.TB, domain string, listeners ...string) *server {
	t.Helper()
	number := started.Add(1)
	directory := t.TempDir()
	s := &server{
		domain: domain, address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(150 + number%100)}), 5060),
		http: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(8000+number)), log: filepath.Join(directory, "log"), ended: make(chan struct{}),
	}
	listeners = append([]string{"udp:" + s.address.String(), "tcp:" + s.address.String(), fmt.Sprintf("ws:%s:%d", s.address.Addr(), webPort)}, listeners...)
	s.names = testdns.Start(t, "services.example.com. A "+farHop.Addr().String())
	var text strings.Builder
	fmt.Fprintf(&text, "domain: %s\nlisten:\n  http: %s\n  sip:\n", domain, s.http)
	for _, listener := range listeners {
		fmt.Fprintf(&text, "    - %q\n", listener)
	}
	fmt.Fprintf(&text, "data: %s\ntrusted: [%s, %q, 127.0.0.1]\nshutdown: {drain: 0s}\nresolver: {servers: [%q]}\n",
		filepath.Join(directory, "data"), trustedNetwork, trustedNetwork6, s.names.Address())
	fmt.Fprintln(&text, "users:")
	for _, user := range users {
		fmt.Fprintf(&text, "  - {name: %s, password: %s}\n", user, passwordOf(user))
	}
	config := filepath.Join(directory, "hookflash.yaml")
	if err := os.WriteFile(config, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run(t, config)
	return s
}

func (s *server) run(t testing.TB, config string) {
	t.Helper()
	output, err := os.OpenFile(s.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	s.command = exec.Command(os.Getenv(serverBinary), "serve", "--config", config)
	s.command.Stdout, s.command.Stderr = output, output
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.command.Start(); err != nil {
		t.Fatalf("starting the server: %v", err)
	}
	go func() {
		_ = s.command.Wait() // how it ended is not asked
		close(s.ended)
	}()
	t.Cleanup(func() {
		_ = s.command.Process.Kill() // it may have ended by itself
		<-s.ended
		if t.Failed() {
			t.Logf("---- the server's log:\n%s", s.logged())
		}
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(pollPeriod) {
		if status, _ := s.get("/readyz"); status == http.StatusOK {
			return
		}
		select {
		case <-s.ended:
			t.Fatalf("the server has ended; its log:\n%s", s.logged())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server is not ready within %s; its log:\n%s", patience, s.logged())
		}
	}
}

var client = &http.Client{Timeout: patience}

func (s *server) get(path string) (status int, body string) {
	response, err := client.Get("http://" + s.http.String() + path)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(text)
}

// alive holds the server to having survived without a panic.
func (s *server) alive(t testing.TB) {
	t.Helper()
	if status, body := s.get("/healthz"); status != http.StatusOK {
		t.Fatalf("the server lives: /healthz says %d %s", status, body)
	}
	if strings.Contains(s.logged(), "panic") {
		t.Fatal("the server never panics")
	}
}

func (s *server) logged() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-16<<10):])
}
