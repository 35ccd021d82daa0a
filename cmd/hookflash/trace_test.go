package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"hookflash/internal/ladder"
	"hookflash/server"
)

var traceTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	serverAddress = "127.0.0.1:5060"
	aliceAddress  = "127.0.0.1:5061"
	bobAddress    = "127.0.0.1:5062"
)

// spoken is a call as the server shows it.
type spoken struct {
	call  string
	lines []server.TraceLine
}

// say adds a message: first is its start line, from "<" or to ">" a peer.
func (s *spoken) say(way, peer, first, sequence string) {
	text := first + "\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK" + sequence[:1] + "\r\nFrom: <sip:alice@example.test>;tag=a\r\nTo: Bob <sip:bob@example.test>\r\nCall-ID: " +
		s.call + "\r\nCSeq: " + sequence + "\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
	line := server.TraceLine{At: traceTime.Add(time.Duration(len(s.lines)) * 10 * time.Millisecond), From: peer, To: serverAddress, Direction: "in", Transport: "UDP", Text: text}
	if way == ">" {
		line.From, line.To, line.Direction = serverAddress, peer, "out"
	}
	s.lines = append(s.lines, line)
}

const (
	inviteBob   = "INVITE sip:bob@example.test SIP/2.0"
	invitePhone = "INVITE sip:bob@127.0.0.1:5062 SIP/2.0"
	byePhone    = "BYE sip:bob@127.0.0.1:5062 SIP/2.0"
)

// basic is a call with a demand for credentials, up to its answer.
func basic(call string) *spoken {
	s := &spoken{call: call}
	s.say("<", aliceAddress, inviteBob, "1 INVITE")
	s.say(">", aliceAddress, "SIP/2.0 407 Proxy Authentication Required", "1 INVITE")
	s.say("<", aliceAddress, "ACK sip:bob@example.test SIP/2.0", "1 ACK")
	s.say("<", aliceAddress, inviteBob, "2 INVITE")
	s.say(">", aliceAddress, "SIP/2.0 100 Trying", "2 INVITE")
	s.say(">", bobAddress, invitePhone, "2 INVITE")
	s.say("<", bobAddress, "SIP/2.0 180 Ringing", "2 INVITE")
	s.say(">", aliceAddress, "SIP/2.0 180 Ringing", "2 INVITE")
	return s
}

func (s *spoken) answer() {
	s.say("<", bobAddress, "SIP/2.0 200 OK", "2 INVITE")
	s.say(">", aliceAddress, "SIP/2.0 200 OK", "2 INVITE")
	s.say("<", aliceAddress, "ACK sip:bob@127.0.0.1:5062 SIP/2.0", "2 ACK")
	s.say(">", bobAddress, "ACK sip:bob@127.0.0.1:5062 SIP/2.0", "2 ACK")
}

func (s *spoken) hangUp() {
	s.say("<", aliceAddress, byePhone, "3 BYE")
	s.say(">", bobAddress, byePhone, "3 BYE")
	s.say("<", bobAddress, "SIP/2.0 200 OK", "3 BYE")
	s.say(">", aliceAddress, "SIP/2.0 200 OK", "3 BYE")
}

// tracer drives a watcher by a clock of its own.
type tracer struct {
	t   *testing.T
	w   *watcher
	out strings.Builder
	now time.Time
}

func newTracer(t *testing.T, options traceOptions) *tracer {
	tr := &tracer{t: t, now: traceTime}
	tr.w = newWatcher(options, &tr.out)
	return tr
}

func (tr *tracer) see(lines ...server.TraceLine) {
	tr.t.Helper()
	for _, line := range lines {
		if err := tr.w.see(tr.now, line); err != nil {
			tr.t.Fatal(err)
		}
	}
}

func (tr *tracer) pass(d time.Duration) {
	tr.t.Helper()
	tr.now = tr.now.Add(d)
	if err := tr.w.advance(tr.now); err != nil {
		tr.t.Fatal(err)
	}
}

// want checks how many ladders were drawn since the last time, and what the last one says.
func (tr *tracer) want(reason string, count int, parts ...string) {
	tr.t.Helper()
	text := tr.out.String()
	tr.out.Reset()
	if got := strings.Count(text, "Call-ID "); got != count {
		tr.t.Errorf("%s: %d ladders, want %d:\n%s", reason, got, count, text)
	}
	for _, part := range parts {
		if !strings.Contains(text, part) {
			tr.t.Errorf("%s: %q is missing in\n%s", reason, part, text)
		}
	}
}

func TestTraceCall(t *testing.T) {
	tr := newTracer(t, traceOptions{})
	s := basic("one")
	tr.see(s.lines...)
	tr.pass(quietAfter - time.Millisecond)
	tr.want("a call is not drawn while something is said in it", 0)
	tr.pass(time.Millisecond)
	tr.want("a quiet call is drawn as it stands", 1, "# INVITE alice -> bob, ringing\n")
	tr.pass(time.Minute)
	tr.want("a quiet call is drawn once", 0)
	s.answer()
	tr.see(s.lines[8:]...)
	tr.pass(quietAfter)
	tr.want("an answered call is up", 1, "# INVITE alice -> bob, up\n")
	s.hangUp()
	tr.see(s.lines[12:]...)
	tr.pass(lingerAfter)
	tr.want("an answered BYE ends a call", 1, "# INVITE alice -> bob, ended\n", "200 OK F16")
	tr.see(s.lines[12])
	tr.pass(quietAfter)
	tr.want("a retransmission begins no new ladder", 0)
	tr.pass(forgetAfter)
	if len(tr.w.calls) != 0 {
		t.Error("an ended call is forgotten")
	}
}

func TestTraceFailure(t *testing.T) {
	tr := newTracer(t, traceOptions{})
	s := basic("one")
	s.say("<", bobAddress, "SIP/2.0 486 Busy Here", "2 INVITE")
	s.say(">", bobAddress, "ACK sip:bob@127.0.0.1:5062 SIP/2.0", "2 ACK")
	s.say(">", aliceAddress, "SIP/2.0 486 Busy Here", "2 INVITE")
	tr.see(s.lines...)
	tr.pass(lingerAfter)
	tr.want("a failure is no end until it is acknowledged", 0)
	s.say("<", aliceAddress, "ACK sip:bob@example.test SIP/2.0", "2 ACK")
	tr.see(s.lines[len(s.lines)-1])
	tr.pass(lingerAfter)
	tr.want("an acknowledged failure ends a call", 1, "# INVITE alice -> bob, 486 Busy Here\n")
}

func TestTraceRegister(t *testing.T) {
	tr := newTracer(t, traceOptions{})
	s := &spoken{call: "register"}
	const first = "REGISTER sip:example.test SIP/2.0"
	s.say("<", aliceAddress, first, "1 REGISTER")
	s.say(">", aliceAddress, "SIP/2.0 401 Unauthorized", "1 REGISTER")
	s.say("<", aliceAddress, first, "2 REGISTER")
	s.say(">", aliceAddress, "SIP/2.0 200 OK", "2 REGISTER")
	s.say("<", aliceAddress, first, "3 REGISTER")
	s.say(">", aliceAddress, "SIP/2.0 200 OK", "3 REGISTER")
	tr.see(s.lines[:2]...)
	tr.pass(lingerAfter)
	tr.want("a demand for credentials is no end", 0)
	tr.see(s.lines[2:4]...)
	tr.pass(lingerAfter)
	tr.want("a registration is one ladder with its demand", 1, "# REGISTER alice, done\n", "200 OK F4")
	tr.see(s.lines[2:4]...)
	tr.pass(quietAfter)
	tr.want("its retransmission is none", 0)
	tr.see(s.lines[4:]...)
	tr.pass(lingerAfter)
	tr.want("the next registration under the same Call-ID is a ladder of its own", 1, "200 OK F2")
	if name := tr.w.phones[tr.w.inOrder()[0].peer(t)]; name != "bob" {
		t.Errorf("an address is called after who registered from there (To): %q", name)
	}
}

// peer is the only address beside the server's.
func (w *watched) peer(t *testing.T) (found netip.AddrPort) {
	t.Helper()
	for address, name := range w.names {
		if name != serverName {
			found = address
		}
	}
	return found
}

// TestTraceFork: two phones of one user are two columns.
func TestTraceFork(t *testing.T) {
	tr := newTracer(t, traceOptions{})
	s := basic("one")
	s.say(">", "127.0.0.1:5063", invitePhone, "2 INVITE")
	tr.see(s.lines...)
	tr.pass(quietAfter)
	tr.want("two phones of one user", 1, "hookflash", "bob 2")
}

func TestTraceFollow(t *testing.T) {
	tr := newTracer(t, traceOptions{follow: true})
	s := &spoken{call: "one"}
	s.say("<", aliceAddress, "INVITE sip:bob\x1b[2J@example.test SIP/2.0", "1 INVITE")
	s.say(">", aliceAddress, "SIP/2.0 404 Nobody\u009b Here", "1 INVITE")
	tr.see(s.lines...)
	tr.see(server.TraceLine{At: traceTime, From: aliceAddress, To: serverAddress, Direction: "in", Text: "\x1b[2J"})
	text := tr.out.String()
	if !strings.Contains(text, "12:00:00.010  hookflash    -> alice         404 Nobody\\u009b Here\n") || strings.Count(text, "\n") != 3 {
		t.Errorf("one line per message as it passes:\n%s", text)
	}
	if strings.ContainsAny(text, "\x1b\u009b") {
		t.Errorf("nothing from the network commands the terminal: %q", text)
	}
}

// TestTraceLimits: whatever passes, the memory is bounded.
func TestTraceLimits(t *testing.T) {
	tr := newTracer(t, traceOptions{})
	for i := range MaxCalls + 5 {
		tr.now = tr.now.Add(time.Millisecond)
		tr.see(basic(fmt.Sprintf("call-%04d", i)).lines[0])
	}
	if len(tr.w.calls) != MaxCalls || tr.w.calls["call-0000"] != nil || tr.w.calls["call-0005"] == nil {
		t.Errorf("of too many calls the one quiet for longest goes: %d calls", len(tr.w.calls))
	}
	tr.want("it is drawn as it stands", 5)
}

func TestTracePictures(t *testing.T) {
	folder := t.TempDir()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	tr := newTracer(t, traceOptions{full: true})
	tr.w.pictures = root
	s := basic("../../etc/passwd@host")
	s.answer()
	s.hangUp()
	tr.see(s.lines...)
	tr.pass(lingerAfter)
	picture, err := os.ReadFile(folder + "/20260301-120000-1-______etc_passwd_host.svg")
	if err != nil || !strings.HasPrefix(string(picture), "<svg") {
		t.Errorf("a picture per ladder, its name free of surprises: %v", err)
	}
	drawing, err := ladder.Parse(strings.TrimSpace(tr.out.String()) + "\n")
	if err != nil || len(drawing.Arrows) != 16 || drawing.Arrows[0].Text != s.lines[0].Text {
		t.Errorf("a full trace can be read back with its messages: %v", err)
	}
}

// TestTraceCommand: the command against a server that speaks and ends.
func TestTraceCommand(t *testing.T) {
	s := basic("call-1")
	s.answer()
	s.hangUp()
	var asked string
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		lines := json.NewEncoder(w)
		for _, line := range s.lines {
			_ = lines.Encode(line)
		}
		_ = lines.Encode(server.TraceLine{At: traceTime, Dropped: 3})
	}))
	defer fake.Close()
	status, stdout, stderr := command("trace", "--http", fake.URL, "--user", "bob", "--call", "call 1", "--follow")
	if asked != "/trace?call=call+1&user=bob" {
		t.Errorf("the server filters: %s", asked)
	}
	if status != exitFailure || !strings.Contains(stderr, "has ended") || !strings.Contains(stderr, "3 messages are missing here") {
		t.Errorf("a server that ends is told, and what is missing: %d %s", status, stderr)
	}
	golden(t, "trace.txt", stdout)

	status, stdout, stderr = command("trace", "--http", fake.URL, "--count", "1")
	if status != 0 && !strings.Contains(stderr, "has ended") || strings.Count(stdout, "Call-ID") != 1 {
		t.Errorf("one ladder is enough: %d %s\n%s", status, stderr, stdout)
	}
}

func TestTraceRefused(t *testing.T) {
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, `{"detail":"there are 8 traces already\u001b[2J; end one"}`)
	}))
	address := fake.URL
	status, _, stderr := command("trace", "--http", address)
	if status != exitFailure || !strings.Contains(stderr, "there are 8 traces already\\x1b[2J; end one") {
		t.Errorf("the server's reason is told: %d %s", status, stderr)
	}
	fake.Close()
	status, _, stderr = command("trace", "--http", address)
	if status != exitFailure || !strings.Contains(stderr, "Start one with hookflash serve") {
		t.Errorf("without a server, a remedy: %d %s", status, stderr)
	}
}
