package server

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/config"
	"hookflash/machine"
)

var (
	tapTime   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tapRemote = machine.Flow{Transport: machine.UDP, Remote: netip.MustParseAddrPort("127.0.0.1:5062")}
)

// tapped is a server of which only the taps are used.
func tapped() *Server {
	return &Server{sockets: []socket{{listener: config.Listener{Transport: machine.UDP, Address: netip.MustParseAddrPort("127.0.0.1:5060")}}}}
}

func request(call, from, to string) string {
	return "OPTIONS sip:" + to + "@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1\r\nf: <sip:" + from +
		"@example.test>;tag=1\r\nTo: <sip:" + to + "@example.test>\r\ni: " + call + "\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nl: 0\r\n\r\n"
}

// watch opens a trace and returns the next line's reader.
func watch(t *testing.T, s *Server, query string) func() TraceLine {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(s.answerTrace))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/trace"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("open a trace: %v %v", response, err)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return func() TraceLine {
		t.Helper()
		var line TraceLine
		if !lines.Scan() {
			t.Fatalf("the trace ended: %v", lines.Err())
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("a line of a trace is JSON: %v in %s", err, lines.Text())
		}
		return line
	}
}

func TestTraceStream(t *testing.T) {
	s := tapped()
	next := watch(t, s, "")
	s.sawIn(tapTime, tapRemote, request("one", "alice", "bob"))
	s.sawOut(tapTime.Add(time.Millisecond), tapRemote, []byte("SIP/2.0 200 OK\r\n\r\n"))
	want := TraceLine{At: tapTime, From: "127.0.0.1:5062", To: "127.0.0.1:5060", Direction: "in", Transport: "UDP", Text: request("one", "alice", "bob")}
	if got := next(); got != want {
		t.Errorf("a received message goes from the peer to our listener:\n got %+v\nwant %+v", got, want)
	}
	want = TraceLine{At: tapTime.Add(time.Millisecond), From: "127.0.0.1:5060", To: "127.0.0.1:5062", Direction: "out", Transport: "UDP", Text: "SIP/2.0 200 OK\r\n\r\n"}
	if got := next(); got != want {
		t.Errorf("a sent message goes from our listener to the peer:\n got %+v\nwant %+v", got, want)
	}
}

func TestTraceFilter(t *testing.T) {
	tests := []struct {
		reason, query string
		want          []string
	}{
		{"by call", "?call=two", []string{"two"}},
		{"by the user of From or To, without case", "?user=Carol", []string{"two", "three"}},
		{"by both", "?user=bob&call=three", []string{"three"}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			s := tapped()
			next := watch(t, s, test.query)
			s.sawIn(tapTime, tapRemote, "no SIP at all")
			s.sawIn(tapTime, tapRemote, request("one", "alice", "bob"))
			s.sawIn(tapTime, tapRemote, request("two", "carol", "alice"))
			s.sawIn(tapTime, tapRemote, request("three", "bob", "carol"))
			for _, call := range test.want {
				if got := next(); !strings.Contains(got.Text, "i: "+call+"\r\n") {
					t.Errorf("%s: got %q, want call %s", test.reason, got.Text, call)
				}
			}
		})
	}
}

// TestTraceSlow: a client that does not read costs a bounded queue, and learns what it missed.
func TestTraceSlow(t *testing.T) {
	s := tapped()
	slow := &tap{queue: make(chan sight, MaxTraceQueue)}
	if !s.taps.add(slow) {
		t.Fatal("the first trace is taken")
	}
	for range MaxTraceQueue + 7 {
		s.sawIn(tapTime, tapRemote, "x")
	}
	if got := slow.dropped.Load(); got != 7 {
		t.Errorf("more messages than the queue holds are left out and counted: %d, want 7", got)
	}
	large := &tap{queue: make(chan sight, MaxTraceQueue)}
	s.taps.remove(slow)
	if !s.taps.add(large) {
		t.Fatal("a trace after one that ended is taken")
	}
	text := strings.Repeat("x", 65_535)
	for range MaxTraceQueue {
		s.sawIn(tapTime, tapRemote, text)
	}
	if got := large.waiting.Load(); got > MaxTraceBytes || large.dropped.Load() == 0 {
		t.Errorf("large messages wait for a slow client up to a limit: %d bytes, %d left out", got, large.dropped.Load())
	}
	var out strings.Builder
	large.tellDropped(json.NewEncoder(&out))
	large.tellDropped(json.NewEncoder(&out))
	if strings.Count(out.String(), `"dropped":`) != 1 {
		t.Errorf("what was left out is told once: %s", out.String())
	}
}

func TestTraceLimit(t *testing.T) {
	s := tapped()
	for range MaxTraces {
		if !s.taps.add(&tap{}) {
			t.Fatal("as many traces as the limit says are taken")
		}
	}
	request := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/trace", nil)
	request.RemoteAddr = "127.0.0.1:40000"
	recorder := httptest.NewRecorder()
	s.answerTrace(recorder, request)
	if recorder.Code != http.StatusServiceUnavailable {
		t.Errorf("one trace too many: %d, want 503", recorder.Code)
	}
}

// TestTraceWatchers: messages are for people at this machine, not for web pages in its browser.
func TestTraceWatchers(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	tests := []struct {
		reason string
		change func(*http.Request)
		want   bool
	}{
		{"loopback", func(*http.Request) {}, true},
		{"IPv6 loopback", func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:40000", "[::1]:8080" }, true},
		{"by the name localhost", func(r *http.Request) { r.Host = "localhost:8080" }, true},
		{"another machine", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:40000" }, false},
		{"a name that resolves to loopback (DNS rebinding)", func(r *http.Request) { r.Host = "attacker.example:8080" }, false},
		{"a proxy on the same machine", header("X-Forwarded-For", "192.0.2.1"), false},
		{"a proxy on the same machine, RFC 7239", header("Forwarded", "for=192.0.2.1"), false},
		{"a page of another site", header("Sec-Fetch-Site", "cross-site"), false},
		{"typed into the browser", header("Sec-Fetch-Site", "none"), true},
	}
	for _, test := range tests {
		request := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/trace", nil)
		request.RemoteAddr = "127.0.0.1:40000"
		test.change(request)
		if got := outsider(request) == ""; got != test.want {
			t.Errorf("%s: allowed %v, want %v", test.reason, got, test.want)
		}
	}
	s := tapped()
	request := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/trace", nil)
	request.RemoteAddr = "192.0.2.1:40000"
	recorder := httptest.NewRecorder()
	s.answerTrace(recorder, request)
	if recorder.Code != http.StatusForbidden || s.taps.count() != 0 {
		t.Errorf("a stranger gets 403: %d", recorder.Code)
	}
}

func TestRedact(t *testing.T) {
	const digest = `Digest username="alice", realm="response=\"x\"", response="0123abcd", cnonce="c"`
	tests := []struct{ reason, text, secret, want string }{
		{"the answer to a challenge", "Authorization: " + digest + "\r\n", "0123abcd", `response="(redacted)", cnonce="c"`},
		{"for a proxy, in any case and spacing", "PROXY-AUTHORIZATION : digest RESPONSE = \"0123abcd\"\r\n", "0123abcd", "(redacted)"},
		{"without quotes", "Authorization: Digest response=0123abcd, qop=auth\r\n", "0123abcd", `response="(redacted)", qop=auth`},
		{"folded", "Authorization: Digest username=\"a\",\r\n response=\r\n \"0123abcd\"\r\nTo: x\r\n", "0123abcd", "\r\nTo: x\r\n"},
		{"scheme on the next line", "Authorization:\r\n Basic 0123abcd\r\nTo: x\r\n", "0123abcd", "Authorization: (redacted)\r\nTo: x\r\n"},
		{"another scheme altogether", "Authorization: Bearer 0123abcd\r\nTo: x\r\n", "0123abcd", "Authorization: (redacted)\r\nTo: x\r\n"},
		{"what the server proves with", "Authentication-Info: rspauth=\"0123abcd\", nc=1\r\n", "0123abcd", "nc=1"},
		{"the last field", "Authorization: Bearer 0123abcd", "0123abcd", "(redacted)"},
		{"media keys", "To: x\r\n\r\nv=0\r\na=crypto:1 AES inline:0123abcd\r\na=ice-pwd:0123abcd\r\nk=clear:0123abcd\r\nm=audio\r\n", "0123abcd", "m=audio\r\n"},
	}
	for _, test := range tests {
		got := redact("INVITE sip:bob@example.test SIP/2.0\r\n" + test.text)
		if strings.Contains(got, test.secret) || !strings.Contains(got, test.want) {
			t.Errorf("%s:\n got %q\nwant it with %q", test.reason, got, test.want)
		}
	}
	plain := request("one", "alice", "bob") + "v=0\r\nresponse=\"x\"\r\n"
	if got := redact(plain); got != plain {
		t.Errorf("a message without secrets stays:\n got %q\nwant %q", got, plain)
	}
}

// TestTraceCost: nobody pays for a trace that nobody watches.
func TestTraceCost(t *testing.T) {
	s := tapped()
	data := []byte("SIP/2.0 200 OK\r\n\r\n")
	if count := testing.AllocsPerRun(100, func() {
		s.sawIn(tapTime, tapRemote, "x")
		s.sawOut(tapTime, tapRemote, data)
	}); count != 0 {
		t.Errorf("without a client a message allocates nothing: %v", count)
	}
}
