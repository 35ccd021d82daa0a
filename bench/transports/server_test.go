package transports

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"hookflash/internal/testca"
)

const patience = 20 * time.Second

// names are the transports as the configuration writes them; UDP is what the others are
// compared with.
var names = []string{"udp", "tcp", "tls", "ws", "wss"}

// server is a hookflash in a process of its own.
type server struct {
	address map[string]netip.AddrPort
	trust   *tls.Config
	process *os.Process
}

// serve builds the server, or takes the one that HOOKFLASH names, and starts it.
func serve(b *testing.B) *server {
	b.Helper()
	folder := b.TempDir()
	binary := os.Getenv("HOOKFLASH")
	if binary == "" {
		binary = filepath.Join(folder, "hookflash")
		if output, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "hookflash/cmd/hookflash").CombinedOutput(); err != nil {
			b.Fatalf("building the server: %v\n%s", err, output)
		}
	}
	host, authority := netip.MustParseAddr("127.9.9.1"), testca.New(b)
	certificate, key := authority.Issue(b, testca.Wish{Names: []string{host.String()}}).Write(b, folder, "server")
	s := &server{address: map[string]netip.AddrPort{}, trust: &tls.Config{RootCAs: authority.Pool(), ServerName: host.String()}}
	var listeners []string
	for _, name := range names {
		s.address[name] = free(b, host)
		listeners = append(listeners, fmt.Sprintf("%q", name+":"+s.address[name].String()))
	}
	web := free(b, host)
	var text strings.Builder
	fmt.Fprintf(&text, "domain: bench.test\nlisten: {sip: [%s], http: \"%s\"}\ndata: %s\ntrusted: [%s]\n", strings.Join(listeners, ", "), web,
		filepath.Join(folder, "data"), phones)
	fmt.Fprintf(&text, "tls: {certificate: %s, key: %s}\nlog: {level: warn}\nshutdown: {drain: 0s}\nresolver: {servers: [\"127.0.0.1:9\"]}\nusers:\n", certificate, key)
	for i := range 2 * pairs {
		fmt.Fprintf(&text, "  - {name: %s, password: pass%d-of-the-bench}\n", userName(i), i)
	}
	file := filepath.Join(folder, "hookflash.yaml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	command := exec.Command(binary, "serve", "--config", file)
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	s.process = command.Process
	b.Cleanup(func() {
		_ = s.process.Kill()
		_ = command.Wait() // killed
	})
	s.ready(b, web)
	return s
}

func (s *server) ready(b *testing.B, web netip.AddrPort) {
	b.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get("http://" + web.String() + "/readyz")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			b.Fatalf("the server is not ready: %v", err)
		}
	}
}

// busy is the CPU time that the server has taken.
func (s *server) busy(b *testing.B) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		b.Fatalf("/proc/PID/stat: %s", text)
	}
	var total time.Duration
	for _, field := range fields[11:13] { // utime and stime
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		total += time.Duration(ticks) * 10 * time.Millisecond // USER_HZ is 100
	}
	return total
}

func userName(i int) string { return fmt.Sprintf("user%04d", i) }

func free(b *testing.B, host netip.Addr) netip.AddrPort {
	b.Helper()
	listener, err := net.Listen("tcp", netip.AddrPortFrom(host, 0).String())
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).AddrPort()
}
