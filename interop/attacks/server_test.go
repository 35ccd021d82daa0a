//go:build interop

package attacks

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	domain     = "example.test"
	patience   = 10 * time.Second      // for what should happen at once
	pollPeriod = 10 * time.Millisecond // between two looks at a condition of another process
	stopGrace  = 5 * time.Second       // between SIGTERM and SIGKILL
)

// binary is the server under test, built once by TestMain.
var binary string

// TestMain builds the server, so that no stale binary is tested.
func TestMain(m *testing.M) {
	directory, err := os.MkdirTemp("", "hookflash-attacks-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(directory, "hookflash")
	code := 1
	if err := build(binary); err == nil {
		code = m.Run()
	}
	_ = os.RemoveAll(directory)
	os.Exit(code)
}

func build(binary string, flags ...string) error {
	command := exec.Command("go", slices.Concat([]string{"build", "-buildvcs=false", "-o", binary}, flags, []string{"../../cmd/hookflash"})...)
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	return command.Run()
}

// nobody is where nobody listens.
var nobody = netip.MustParseAddrPort("127.0.0.1:9")

// server is a running hookflash. It belongs to the goroutine of the test.
type server struct {
	address netip.AddrPort // UDP and TCP
	http    netip.AddrPort
	layers  *layers
	binary  string // path
	config  string // path
	log     string // path
	command *exec.Cmd
	ended   chan struct{}
}

// setup says what is different from the usual configuration.
type setup struct {
	users  []string          // besides alice, bob, carol, dave and mallory
	keys   map[string]string // further keys of users, as they stand in the file, by their names
	lines  []string          // further lines of the file
	listen *netip.AddrPort   // instead of a free address of loopback
	names  netip.AddrPort    // a name server; else nobody tells the server about names
	layers bool              // listen over TLS, WS and WSS, too
	binary string            // instead of the one that TestMain builds
}

// users are those that every configuration has. Alice and bob are the good ones of calls
// beside; mallory is the insider.
var users = []string{"alice", "bob", "carol", "dave", "mallory"}

func passwordOf(user string) string { return user + "-secret-" + strconv.Itoa(len(user)) }

// startServer serves until the test ends. Its log is shown when the test fails.
func startServer(t testing.TB, options setup) *server {
	t.Helper()
	directory := t.TempDir()
	s := &server{address: freeAddress(t), http: freeAddress(t), config: filepath.Join(directory, "hookflash.yaml"), log: filepath.Join(directory, "log")}
	s.binary = cmp.Or(options.binary, binary)
	if options.listen != nil {
		s.address = *options.listen
	}
	var text strings.Builder
	more, keys := "", ""
	if options.layers {
		s.layers = newLayers(t, s.address.Addr())
		more, keys = s.layers.configuration()
	}
	fmt.Fprintf(&text, "domain: %s\nlisten:\n  sip: [\"udp:%s\", \"tcp:%s\"%s]\n  http: %s\n%s", domain, s.address, s.address, more, s.http, keys)
	fmt.Fprintf(&text, "data: %s\ntrusted: [%s]\n", filepath.Join(directory, "data"), trustedNetwork)
	if !options.names.IsValid() {
		options.names = nobody
	}
	fmt.Fprintf(&text, "resolver: {servers: [%s]}\n", options.names)
	fmt.Fprintln(&text, "shutdown: {drain: 0s}")
	for _, line := range options.lines {
		fmt.Fprintln(&text, line)
	}
	fmt.Fprintln(&text, "users:")
	for _, user := range slices.Concat(users, options.users) {
		further := options.keys[user]
		if further != "" {
			further = ", " + further
		}
		fmt.Fprintf(&text, "  - {name: %s, password: %s%s}\n", user, passwordOf(user), further)
	}
	if err := os.WriteFile(s.config, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("---- the server's log, last lines:\n%s", s.lastLines(40))
		}
	})
	s.start(t)
	return s
}

// start runs the server on its configuration and waits until it is ready.
func (s *server) start(t testing.TB) {
	t.Helper()
	output, err := os.OpenFile(s.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	s.command = exec.Command(s.binary, "serve", "--config", s.config)
	s.command.Stdout, s.command.Stderr = output, output
	s.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := s.command.Start(); err != nil {
		t.Fatalf("starting the server: %v", err)
	}
	s.ended = make(chan struct{})
	go func(command *exec.Cmd, ended chan struct{}) {
		_ = command.Wait() // how it ended is not asked
		close(ended)
	}(s.command, s.ended)
	for deadline := time.Now().Add(patience); ; time.Sleep(pollPeriod) {
		if status, _ := s.get("/readyz"); status == http.StatusOK {
			return
		}
		if !s.running() || time.Now().After(deadline) {
			t.Fatalf("the server is not ready within %s; its log:\n%s", patience, s.lastLines(40))
		}
	}
}

func (s *server) running() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// kill is kill -9: the server gets no chance to say goodbye.
func (s *server) kill() {
	_ = s.command.Process.Kill() // it may have ended by itself
	<-s.ended
}

func (s *server) stop() {
	if s.command == nil || s.command.Process == nil {
		return
	}
	_ = s.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(stopGrace):
		s.kill()
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

// metrics is every sample of /metrics by its name with labels.
func (s *server) metrics(t testing.TB) map[string]float64 {
	t.Helper()
	status, body := s.get("/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics: %d %s", status, body)
	}
	samples := map[string]float64{}
	for line := range strings.Lines(body) {
		name, value, found := strings.Cut(strings.TrimSpace(line), " ")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		if number, err := strconv.ParseFloat(value, 64); err == nil {
			samples[name] = number
		}
	}
	return samples
}

// metric is one sample; the test fails when there is none of that name.
func (s *server) metric(t testing.TB, name string) float64 {
	t.Helper()
	value, found := s.metrics(t)[name]
	if !found {
		t.Fatalf("/metrics has no %s", name)
	}
	return value
}

// resident is the memory of the process in bytes.
func (s *server) resident(t testing.TB) int64 {
	t.Helper()
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	if err != nil {
		t.Fatalf("the server is gone: %v", err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) >= 2 && fields[0] == "VmRSS:" {
			kibibytes, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kibibytes << 10
		}
	}
	t.Fatal("the server has no memory any more")
	return 0
}

// alive holds the server to having survived.
func (s *server) alive(t testing.TB) {
	t.Helper()
	if status, body := s.get("/healthz"); status != http.StatusOK || !s.running() {
		t.Fatalf("the server lives: /healthz says %d %s", status, body)
	}
	if text, err := os.ReadFile(s.log); err != nil || strings.Contains(string(text), "panic") || strings.Contains(string(text), "DATA RACE") {
		t.Fatalf("the server never panics or races (%v); its log:\n%s", err, s.lastLines(60))
	}
}

func (s *server) lastLines(count int) string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(text), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}

// eventually waits for a condition of other processes.
func eventually(t testing.TB, limit time.Duration, reason string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !condition(); time.Sleep(pollPeriod) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", reason, limit)
		}
	}
}
