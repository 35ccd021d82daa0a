//go:build interop

package attacks

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// mostRead is how much of what is no request the HTTP port reads from a connection: the
// limit of a header, and what net/http reads ahead.
const mostRead = 8<<10 + 4<<10 + 4<<10

// TestAttack35Bus: the store has a message bus in it, which nobody but the server itself
// may reach, and what is told over HTTP is told to everybody alike and changes nothing.
//
// Anchor: OpenSIPS 94bd74a651 (a bus between nodes that trusts its peers). Must: no socket
// but those of the configuration; bounded reads; GET and HEAD only.
//
// Figure: every socket of the process is a listener of the configuration, or of its media ports; of all other
// requests none gets a 2xx, and what is no request is closed after at most 16 KiB.
func TestAttack35Bus(t *testing.T) {
	s := startServer(t, setup{layers: true})
	t.Run("sockets", func(t *testing.T) {
		wantSockets(t, s)
		beside(t, s, func() { wantSockets(t, s) }) // with users, bindings and calls in the store
		s.kill()
		s.start(t)
		wantSockets(t, s) // after a recovery
	})
	t.Run("protocols", func(t *testing.T) { beside(t, s, func() { speakOthers(t, s) }) })
	t.Run("paths", func(t *testing.T) { beside(t, s, func() { askAnything(t, s) }) })
	t.Run("reads", func(t *testing.T) { readsLittle(t, s) })
	s.alive(t)
}

// wantSockets holds every socket of the process to the listeners of the configuration.
func wantSockets(t *testing.T, s *server) {
	t.Helper()
	want := map[string]bool{}
	for name, address := range map[string]netip.AddrPort{
		"udp": s.address, "tcp": s.address, "tcp ": s.http, "tcp  ": s.layers.tls, "tcp   ": s.layers.ws, "tcp    ": s.layers.wss,
	} {
		want[strings.TrimSpace(name)+" "+address.String()] = false
	}
	own := map[string]bool{}
	descriptors, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", s.command.Process.Pid))
	if err != nil || len(descriptors) == 0 {
		t.Fatalf("the server's descriptors: %v", err)
	}
	for _, descriptor := range descriptors {
		target, _ := os.Readlink(descriptor) // it may have been closed
		if inode, found := strings.CutPrefix(target, "socket:["); found {
			own[strings.TrimSuffix(inode, "]")] = true
		}
	}
	for _, kind := range []string{"tcp", "tcp6", "udp", "udp6"} {
		for _, fields := range tableOf(t, kind) {
			if inode := fields[9]; own[inode] {
				delete(own, inode)
				local, state := kind[:3]+" "+placeOf(t, fields[1]), fields[3]
				_, known := want[local]
				if !known && !s.mediaPort(local) {
					t.Errorf("a socket that nobody configured: %s, state %s", local, state)
				} else if state == "0A" || kind[:3] == "udp" {
					want[local] = true
				}
			}
		}
	}
	for _, kind := range []string{"unix", "netlink", "packet", "raw", "raw6"} {
		for _, fields := range tableOf(t, kind) {
			for _, field := range fields {
				if own[field] {
					t.Errorf("a socket that nobody configured: %s %v", kind, fields)
				}
			}
		}
	}
	for local, found := range want {
		if !found {
			t.Errorf("%s is configured and nobody listens", local)
		}
	}
}

// mediaPort tells a socket of the server's media side, in the range that is configured by default.
func (s *server) mediaPort(socket string) bool {
	address, err := netip.ParseAddrPort(strings.TrimPrefix(socket, "udp "))
	return err == nil && address.Addr() == s.address.Addr() && address.Port() >= 20000 && address.Port() < 30000
}

// tableOf is /proc/net/KIND, a line of it each, in fields.
func tableOf(t *testing.T, kind string) (lines [][]string) {
	t.Helper()
	text, err := os.ReadFile("/proc/net/" + kind)
	if err != nil {
		return nil // the kernel has no such sockets
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if i > 0 {
			lines = append(lines, strings.Fields(line))
		}
	}
	return lines
}

// placeOf is an address as the kernel prints it, in words of its own byte order.
func placeOf(t *testing.T, text string) string {
	t.Helper()
	host, port, _ := strings.Cut(text, ":")
	octets, err := hex.DecodeString(host)
	number, failed := strconv.ParseUint(port, 16, 16)
	if err != nil || failed != nil || len(octets)%4 != 0 {
		t.Fatalf("an address of the kernel: %q", text)
	}
	for i := 0; i < len(octets); i += 4 {
		slices.Reverse(octets[i : i+4])
	}
	address, _ := netip.AddrFromSlice(octets)
	return netip.AddrPortFrom(address.Unmap(), uint16(number)).String()
}

// others are what speakers of other protocols say first.
var others = []string{
	"CONNECT {\"verbose\":false,\"pedantic\":false}\r\nPING\r\n", "INFO {\"server_id\":\"x\",\"cluster\":\"hookflash\"}\r\nPING\r\n",
	"SUB > 1\r\nPING\r\n", "RS+ $G >\r\n", "PUB $JS.API.STREAM.LIST 0\r\n\r\n", "HPUB $KV.users.alice 12 12\r\nNATS/1.0\r\n\r\n\r\n",
	"P4CK\xff\xff\xff\x7f\x00\x01\x02\x03", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x80\x00\x00\x00", "*1\r\n$4\r\nINFO\r\n",
	"\x00\x00\x00\x04\x00\x00\x00\x00", "l\x01\x00\x01", strings.Repeat("A", 3000), strings.Repeat("\x00", 3000),
}

// speakOthers greets every port over TCP in other protocols: nobody there speaks them.
func speakOthers(t *testing.T, s *server) {
	t.Helper()
	random := rand.New(rand.NewPCG(35, 0))
	ports := []netip.AddrPort{s.address, s.http, s.layers.tls, s.layers.ws, s.layers.wss}
	var group sync.WaitGroup
	for i := range sized(75, 3000) {
		port, text := ports[i%len(ports)], others[i/len(ports)%len(others)]
		if i >= len(ports)*len(others) {
			octets := []byte(text)
			for range 1 + random.IntN(4) {
				octets[random.IntN(len(octets))] = byte(random.Uint32())
			}
			text = string(octets)
		}
		if i%100 == 99 {
			group.Wait()
		}
		group.Go(func() {
			answer, ended := exchange(t, port, text, patience+patience/2)
			if strings.Contains(answer, "server_id") || strings.Contains(answer, "PONG") || strings.Contains(answer, "+OK") || strings.HasPrefix(answer, "HTTP/1.1 2") {
				t.Errorf("%q at %s: %q", text[:min(len(text), 40)], port, answer[:min(len(answer), 200)])
			}
			if !ended {
				t.Errorf("%q at %s: the connection stays open", text[:min(len(text), 40)], port)
			}
		})
	}
	group.Wait()
}

// exchange sends something and reads until the connection ends, or time is up.
func exchange(t *testing.T, place netip.AddrPort, text string, wait time.Duration) (answer string, ended bool) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", place.String(), patience)
	if err != nil {
		t.Errorf("%s: %v", place, err)
		return "", true
	}
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.SetDeadline(time.Now().Add(wait))
	_, _ = io.WriteString(conn, text) // a close on the way is right
	got, err := io.ReadAll(io.LimitReader(conn, 1<<20))
	netError, timeout := err.(net.Error)
	return string(got), !timeout || !netError.Timeout()
}

// open are the paths that anybody may ask for; /trace, which has no end, is left out, and
// /ws answers with a WebSocket or not at all.
var open = []string{"/", "/metrics", "/healthz", "/readyz"}

var (
	methods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "QUERY", "get", "M-SEARCH", "SUB", "x!"}
	paths   = []string{
		"/", "/metrics", "/healthz", "/readyz", "/ws", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/varz", "/connz", "/jsz", "/routez", "/accountz",
		"/subsz", "/gatewayz", "/leafz", "/stacksz", "/admin", "/api/v1/users", "/v1/users/alice", "/users", "/config", "/reload", "/shutdown", "/-/reload",
		"/-/quit", "/hookflash.yaml", "/data", "/data/users", "/.env", "/.git/config", "/etc/passwd", "/console", "/login", "/rpc", "/index.html", "/favicon.ico",
	}
	mutations = []func(string) string{
		func(p string) string { return p },
		func(p string) string { return p + "/" },
		func(p string) string { return "/" + p },
		func(p string) string { return "/x/.." + p },
		func(p string) string { return "/.." + p },
		func(p string) string { return "/%2e%2e" + p },
		func(p string) string { return "/..%2f..%2f.." + p },
		func(p string) string { return strings.Replace(p, "e", "%65", 1) },
		func(p string) string { return strings.ToUpper(p) },
		func(p string) string { return p + "?user=alice&q=%00" },
		func(p string) string { return p + ";x=y" },
		func(p string) string { return p + "%00" },
		func(p string) string { return p + "#x" },
		func(p string) string { return strings.ReplaceAll(p, "/", "\\") },
		func(p string) string { return "http://evil.example" + p },
		func(string) string { return "*" },
		func(p string) string { return p + strings.Repeat("/a", 2000) },
	}
	further = []string{
		"", "X-Original-URL: /metrics\r\nX-Rewrite-URL: /metrics\r\n", "X-HTTP-Method-Override: DELETE\r\n", "X-Forwarded-For: 127.0.0.1\r\nForwarded: for=127.0.0.1\r\n",
		"Authorization: Basic YWRtaW46YWRtaW4=\r\n", "Content-Length: 9223372036854775807\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n",
		"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "Expect: 100-continue\r\nContent-Length: 5\r\n", "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n",
		"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: nats\r\n",
		"Range: bytes=0-0,0-1,0-2\r\n", "Accept-Encoding: gzip, br, zstd\r\n", "Host: evil.example\r\n", "x\x00y: z\r\n", " folded: x\r\n", "A: " + strings.Repeat("b", 9000) + "\r\n",
	}
)

// askAnything asks the HTTP port for all that it doesn't have, in all ways.
func askAnything(t *testing.T, s *server) {
	t.Helper()
	var group sync.WaitGroup
	const askers = 8
	var lock sync.Mutex
	statuses := map[int]int{}
	for asker := range askers {
		group.Go(func() {
			random := rand.New(rand.NewPCG(35, uint64(asker)))
			for range sized(500, 100_000) / askers {
				q := question{
					method: methods[random.IntN(len(methods))], target: mutations[random.IntN(len(mutations))](paths[random.IntN(len(paths))]),
					fields: further[random.IntN(len(further))],
				}
				if random.IntN(8) == 0 {
					octets := []byte(q.target)
					octets[random.IntN(len(octets))] = byte(random.Uint32())
					q.target = string(octets)
				}
				status := q.ask(t, s)
				lock.Lock()
				statuses[status]++
				lock.Unlock()
			}
		})
	}
	group.Wait()
	t.Logf("statuses, 0 for none: %v", statuses)
}

// question is a request to the HTTP port.
type question struct{ method, target, fields string }

// ask asks, and holds the answer to what anybody may know.
func (q *question) ask(t *testing.T, s *server) (status int) {
	t.Helper()
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n", q.method, q.target, s.http, q.fields)
	if strings.HasPrefix(q.fields, "Upgrade") {
		text = strings.Replace(strings.Replace(text, "Connection: close\r\n", "", 1), "Connection: ", "Connection: close, ", 1)
	}
	conn, err := net.DialTimeout("tcp", s.http.String(), patience)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, text) // an answer on the way is right
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: strings.ToUpper(q.method)})
	if err != nil {
		if netError, timeout := err.(net.Error); timeout && netError.Timeout() {
			t.Errorf("%+v: neither an answer nor an end", q)
		}
		return 0
	}
	answer, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20)) // of a refusal as much as comes
	if status = response.StatusCode; (status < 300 && status != http.StatusContinue) && !q.answerable() {
		t.Errorf("%+v: %s", q, response.Status)
	}
	for _, user := range users {
		if strings.Contains(string(answer), passwordOf(user)) {
			t.Errorf("%+v: the answer has a password", q)
		}
	}
	return status
}

// answerable tells whether anybody may know the answer.
func (q *question) answerable() bool {
	target, err := url.ParseRequestURI(q.target)
	return err == nil && (q.method == http.MethodGet || q.method == http.MethodHead) && slices.Contains(open, path.Clean(target.Path))
}

// readsLittle sends without end what is no request: little of it is read.
func readsLittle(t *testing.T, s *server) {
	t.Helper()
	const connections = 20
	before := s.read(t)
	for i := range connections {
		_, ended := exchange(t, s.http, strings.Repeat(others[i%len(others)]+"\x00", 1<<20/(len(others[i%len(others)])+1)), patience)
		if !ended {
			t.Errorf("%q without end: the connection stays open", others[i%len(others)][:4])
		}
	}
	each := (s.read(t) - before) / connections
	t.Logf("of a mebibyte of what is no request, %d bytes are read", each)
	if each > mostRead {
		t.Errorf("%d bytes of what is no request are read, at most %d", each, mostRead)
	}
}

// read is how many bytes the server has read, sockets and all.
func (s *server) read(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", s.command.Process.Pid))
	if err != nil {
		t.Fatalf("the server is gone: %v", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	count, err := strconv.ParseInt(strings.TrimPrefix(line, "rchar: "), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return count
}
