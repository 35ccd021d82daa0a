//go:build interop

package interop

import (
	"bufio"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// domain is what every server here serves.
const domain = "example.test"

// startLimit is for a server to open its data and its ports.
const startLimit = 20 * time.Second

// workplace is a folder for what all tests share.
var workplace string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "hookflash-interop-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	workplace = folder
	code := m.Run()
	_ = os.RemoveAll(folder)
	return code
}

// build builds the server from this tree, once.
var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workplace, "hookflash")
	command := exec.Command("go", "build", "-buildvcs=false", "-o", path, "hookflash/cmd/hookflash")
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the server: %w\n%s", err, output)
	}
	return path, nil
})

// setting is what a test asks of its server.
type setting struct {
	digest string // of the domain, as the file has it; [MD5] when empty
	users  []string
	more   string         // further keys
	listen []string       // further listeners
	names  netip.AddrPort // a name server; else nobody tells the server about names
}

// byDefault leaves the algorithms to the server. baresip 1.0 and SIPp 3.6 know MD5 alone.
const byDefault = "default"

// server is a running hookflash with its folder; restarting gives another process.
type server struct {
	*process
	t       testing.TB
	address netip.AddrPort // UDP and TCP
	http    netip.AddrPort
	folder  string
	setting setting
}

// everybody are the users that most tests need.
func everybody() []string { return []string{user("alice", ""), user("bob", ""), user("carol", "")} }

// user is a line of the configuration.
func user(name, digest string) string {
	if digest == "" {
		return fmt.Sprintf("{name: %s, password: %s}", name, password(name))
	}
	return fmt.Sprintf("{name: %s, password: %s, digest: %s}", name, password(name), digest)
}

// password is what a user of these tests has.
func password(name string) string { return "secret-of-" + name }

// serve starts a server that is ready.
func serve(t testing.TB, with setting) *server {
	t.Helper()
	return serveAt(t, freeAddress(t), with)
}

// serveAt starts a server at an address.
func serveAt(t testing.TB, address netip.AddrPort, with setting) *server {
	t.Helper()
	s := &server{t: t, address: address, folder: t.TempDir(), setting: with}
	s.http = freePort(t, loopback)
	s.configure(t)
	s.start()
	return s
}

// configure writes the configuration.
func (s *server) configure(t testing.TB) {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "domain: %s\nlisten:\n  sip: [\"udp:%s\", \"tcp:%s\"", domain, s.address, s.address)
	for _, listener := range s.setting.listen {
		fmt.Fprintf(&text, ", %q", listener)
	}
	fmt.Fprintf(&text, "]\n  http: %s\ndata: %s\n", s.http, filepath.Join(s.folder, "data"))
	switch s.setting.digest {
	case "":
		text.WriteString("digest: [MD5]\n")
	case byDefault:
	default:
		fmt.Fprintf(&text, "digest: %s\n", s.setting.digest)
	}
	names := s.setting.names
	if !names.IsValid() {
		names = netip.MustParseAddrPort("127.0.0.1:9") // where nobody listens
	}
	fmt.Fprintf(&text, "resolver: {servers: [%s]}\n", names)
	text.WriteString(s.setting.more)
	text.WriteString("users:\n")
	for _, line := range s.setting.users {
		fmt.Fprintf(&text, "  - %s\n", line)
	}
	if err := os.WriteFile(s.file(), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *server) file() string { return filepath.Join(s.folder, "hookflash.yaml") }

// start starts a process for the folder and waits until it takes calls.
func (s *server) start() {
	s.t.Helper()
	path, err := build()
	if err != nil {
		s.t.Fatal(err)
	}
	s.process = start(s.t, "hookflash", exec.Command(path, "serve", "--config", s.file()))
	within(s.t, startLimit, "the server is ready", func() bool {
		if !s.running() {
			s.t.Fatalf("the server ended at its start: %v\n%s", s.err, lastLines(s.text(), shownLines))
		}
		return s.status("/readyz") == http.StatusOK
	})
}

// status is what a page of the HTTP port answers; 0: nothing.
func (s *server) status(page string) int {
	client := http.Client{Timeout: time.Second}
	response, err := client.Get("http://" + s.http.String() + page)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

// metric is one figure without labels.
func (s *server) metric(t testing.TB, name string) float64 {
	t.Helper()
	client := http.Client{Timeout: patience}
	response, err := client.Get("http://" + s.http.String() + "/metrics")
	if err != nil {
		t.Fatalf("reading the metrics: %v", err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if text, found := strings.CutPrefix(lines.Text(), name+" "); found {
			value, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatalf("metric %s: %v", name, err)
			}
			return value
		}
	}
	t.Fatalf("there is no metric %s", name)
	return 0
}

// reload asks the server to read its configuration again.
func (s *server) reload(t testing.TB) {
	t.Helper()
	if err := s.command.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

// startPhone starts a baresip of a user of the domain.
func (s *server) startPhone(t testing.TB, a account) *phone {
	t.Helper()
	if a.domain == "" {
		a.domain = domain
	}
	if a.password == "" {
		a.password = password(a.user)
	}
	if !a.outbound.IsValid() {
		a.outbound = s.address
	}
	return startPhone(t, a)
}

// phone starts a baresip of a user of the domain and waits for its registration.
func (s *server) phone(t testing.TB, a account) *phone {
	t.Helper()
	p := s.startPhone(t, a)
	p.registered(t, patience)
	return p
}
