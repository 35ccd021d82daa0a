package server

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"hookflash/config"
	"hookflash/machine"
)

// openPages is a server with one UDP socket and an HTTP port, on ports of the system's
// choice; nothing runs yet.
func openPages(t *testing.T) *Server {
	t.Helper()
	c := config.Demo()
	c.Data = t.TempDir()
	anywhere := netip.MustParseAddrPort("127.0.0.1:0")
	c.Listen = config.Listen{SIP: []config.Listener{{Transport: machine.UDP, Address: anywhere}}, HTTP: anywhere}
	s, err := Open(Options{Config: c, Version: "test"})
	if err != nil {
		t.Fatalf("open the demo: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// ask is a GET from a client on loopback, as its own machine names the server.
func ask(s *Server, target string, change ...func(*http.Request)) *http.Response {
	request := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+target, nil)
	request.RemoteAddr = "127.0.0.1:40000"
	for _, one := range change {
		one(request)
	}
	recorder := httptest.NewRecorder()
	s.http.Handler.ServeHTTP(recorder, request)
	return recorder.Result()
}

func bodyOf(t *testing.T, response *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPages(t *testing.T) {
	s := openPages(t)
	status := func(reason, target string, want int, wantText string, change ...func(*http.Request)) {
		t.Helper()
		response := ask(s, target, change...)
		text := bodyOf(t, response)
		if response.StatusCode != want || !strings.Contains(text, wantText) {
			t.Errorf("%s: GET %s is %d %q, want %d with %q", reason, target, response.StatusCode, text, want, wantText)
		}
		if response.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(response.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: GET %s lacks security headers: %v", reason, target, response.Header)
		}
		if want < 400 {
			return
		}
		var problem struct {
			Title, Detail string
			Status        int
		}
		if err := json.Unmarshal([]byte(text), &problem); err != nil || problem.Status != want || problem.Title == "" || problem.Detail == "" {
			t.Errorf("%s: no problem details (RFC 9457): %s", reason, text)
		}
		if got := response.Header.Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%s: problem details under the type %q", reason, got)
		}
	}
	post := func(r *http.Request) { r.Method = http.MethodPost }
	status("a process that answers lives", "/healthz", 200, "ok")
	status("not ready before it runs", "/readyz", 503, "starting")
	s.ready.Store(true)
	status("ready when it runs", "/readyz", 200, "ready")
	s.draining.Store(true)
	status("a draining server takes no calls", "/readyz", 503, "draining")
	status("a draining server lives", "/healthz", 200, "ok")
	status("the root says what this is", "/", 200, "example.test")
	status("an unknown page", "/admin", 404, "/metrics")
	status("no page below the root", "/metrics/x", 404, "/metrics")
	status("nothing is posted here", "/metrics", 405, "GET and HEAD", post)
}

func TestMetrics(t *testing.T) {
	s := openPages(t)
	s.metrics.malformed.Inc()
	s.ready.Store(true)
	text := bodyOf(t, ask(s, "/metrics"))
	for _, line := range []string{
		"hookflash_calls_total 0", "hookflash_calls_up 0", "hookflash_registered 0", "hookflash_messages_malformed_total 1",
		`hookflash_datagrams_total{verdict="admitted"} 0`, `hookflash_datagrams_total{verdict="banned"} 0`,
		"hookflash_ready 1", "hookflash_log_write_failures_total 0", "hookflash_transactions_server 0", "go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("the metrics lack %q", line)
		}
	}
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "# TYPE "), " ")
		if strings.HasPrefix(line, "# TYPE ") && strings.HasSuffix(strings.TrimSpace(line), "counter") && !strings.HasSuffix(name, "_total") {
			t.Errorf("a counter is named ..._total: %s", line)
		}
	}
}

func TestPortInUse(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	s := &Server{}
	err = s.listenHTTP(netip.MustParseAddrPort(other.Addr().String()))
	if err == nil || !strings.Contains(err.Error(), "listening for HTTP on "+other.Addr().String()) {
		t.Errorf("a port in use is told at start, by name: %v", err)
	}
}

// TestHTTPConnections: whoever opens connections without end closes out neither file
// descriptors nor memory, and room comes back.
func TestHTTPConnections(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := &boundedListener{Listener: inner}
	defer func() { _ = listener.Close() }()
	listener.open.Store(MaxHTTPConnections)
	surplus, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer surplus.Close()
	accepted := make(chan net.Conn)
	go func() {
		connection, _ := listener.Accept()
		accepted <- connection
	}()
	if _, err := surplus.Read(make([]byte, 1)); err == nil {
		t.Error("a connection above the limit is closed, not served")
	}
	listener.open.Add(-1)
	next, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	connection := <-accepted
	_ = connection.Close()
	_ = connection.Close()
	if open := listener.open.Load(); open != MaxHTTPConnections-1 {
		t.Errorf("a connection closed twice makes room once: %d are counted", open)
	}
}

// TestServeHTTP: the port answers while the context lasts, and traces end with it.
func TestServeHTTP(t *testing.T) {
	s := openPages(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		s.serveHTTP(ctx)
		close(done)
	}()
	address := s.pagesListener.Addr().String()
	response, err := http.Get("http://" + address + "/trace")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got := response.Header.Get("Content-Type"); response.StatusCode != 200 || got != "application/x-ndjson" {
		t.Errorf("a trace on loopback: %d %s", response.StatusCode, got)
	}
	cancel()
	if _, err := io.ReadAll(response.Body); err != nil {
		t.Errorf("a trace ends cleanly when the server does: %v", err)
	}
	<-done
	if s.taps.count() != 0 {
		t.Error("the client of an ended trace is forgotten")
	}
}
