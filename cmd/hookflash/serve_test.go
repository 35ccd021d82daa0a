package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// logged gathers a log and lets a test wait for a line of it.
type logged struct {
	mutex sync.Mutex
	text  bytes.Buffer
	wrote chan struct{}
}

func newLogged() *logged { return &logged{wrote: make(chan struct{}, 1)} }

func (l *logged) Write(data []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.text.Write(data)
	select {
	case l.wrote <- struct{}{}:
	default:
	}
	return len(data), nil
}

func (l *logged) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

// wait returns when part was logged, or when nothing will be any more.
func (l *logged) wait(t *testing.T, part string, ended <-chan error) {
	t.Helper()
	for !strings.Contains(l.String(), part) {
		select {
		case <-l.wrote:
		case err := <-ended:
			t.Fatalf("serve ended with %v before %q was logged:\n%s", err, part, l)
		}
	}
}

const served = "domain: example.test\nlisten: {sip: [\"udp:127.0.0.1:0\", \"tcp:127.0.0.1:0\"], http: off}\nshutdown: {drain: 0s}\ndata: DATA\n" +
	"users:\n  - {name: alice, password: long-and-random}\n"

func TestServe(t *testing.T) {
	text := strings.Replace(served, "DATA", filepath.Join(t.TempDir(), "data"), 1)
	file := write(t, "hookflash.yaml", text)
	log, signals, ended := newLogged(), make(chan os.Signal), make(chan error, 1)
	go func() { ended <- serve(&service{file: file, stdout: log, stderr: log, signals: signals}) }()
	log.wait(t, `"msg":"serving"`, ended)

	change := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		signals <- syscall.SIGHUP
	}
	change(text + "  - {name: bob, password: also-long-and-random}\n")
	log.wait(t, `"msg":"reloaded"`, ended)
	change(text + "digset: [MD5]\n")
	log.wait(t, `did you mean digest?`, ended)
	change(strings.Replace(text, "example.test", "example.org", 1))
	log.wait(t, "domain can't change while the server runs", ended)
	if strings.Count(log.String(), "reload refused; the server goes on as before") != 2 {
		t.Errorf("a reload that is wrong is refused whole:\n%s", log)
	}
	signals <- syscall.SIGTERM
	if err := <-ended; err != nil {
		t.Errorf("SIGTERM ends well: %v", err)
	}
	if strings.Contains(log.String(), "long-and-random") {
		t.Errorf("no password in the log:\n%s", log)
	}
}

// TestServeMistakes: serve refuses what check refuses, and says the same.
func TestServeMistakes(t *testing.T) {
	file := write(t, "hookflash.yaml", "domain: example.test\nlisten: {sip: [udp:127.0.0.1]}\n")
	status, stdout, stderr := command("serve", "--config", file)
	if status != exitFailure || stdout != "" || !strings.Contains(stderr, "has 1 mistake:") || !strings.Contains(stderr, "has no port; write 127.0.0.1:5060") {
		t.Errorf("a mistake is explained: %d\n%s", status, stderr)
	}
}

// TestServeRemedies: what can't be opened is told with its name and what to do.
func TestServeRemedies(t *testing.T) {
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = udp.Close() }()
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tcp.Close() }()
	blocked := write(t, "file", "")
	tests := []struct{ reason, from, to, want string }{
		{"a UDP port in use", "udp:127.0.0.1:0", "udp:" + udp.LocalAddr().String(), "Somebody else has udp " + udp.LocalAddr().String() + ". To see who: ss -lnup 'sport = :"},
		{"a TCP port in use", "tcp:127.0.0.1:0", "tcp:" + tcp.Addr().String(), "Somebody else has tcp " + tcp.Addr().String() + ". To see who: ss -lntp 'sport = :"},
		{"an HTTP port in use", "http: off", "http: " + tcp.Addr().String(), "listening for HTTP on " + tcp.Addr().String()},
		{"an address of another machine", "udp:127.0.0.1:0", "udp:192.0.2.1:5060", "This machine has no such address"},
		{"a file where a folder should be", "DATA", blocked + "/data", "another folder under data:"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			text := strings.Replace(served, test.from, test.to, 1)
			text = strings.Replace(text, "DATA", filepath.Join(t.TempDir(), "data"), 1)
			status, _, stderr := command("serve", "--config", write(t, "hookflash.yaml", text))
			if status != exitFailure || !strings.Contains(stderr, test.want) {
				t.Errorf("%s: status %d, want %q in\n%s", test.reason, status, test.want, stderr)
			}
		})
	}
}

// TestSecondSignal: the first lets calls end, the second does not wait for them.
func TestSecondSignal(t *testing.T) {
	log, signals := newLogged(), make(chan os.Signal, 3)
	s := &service{stdout: log, stderr: log, signals: signals, logger: newLogger(log, nil)}
	signals <- syscall.SIGINT
	signals <- syscall.SIGINT
	drained := false
	err := s.wait(func() { drained = true }, nil)
	if !drained || err == nil || !strings.Contains(err.Error(), "ended at once by a second signal") {
		t.Errorf("two signals end at once: %v", err)
	}
	signals <- syscall.SIGHUP
	signals <- syscall.SIGTERM
	signals <- syscall.SIGTERM
	_ = s.wait(func() {}, nil)
	if !strings.Contains(log.String(), "the demo has no file") {
		t.Errorf("SIGHUP to the demo is explained:\n%s", log)
	}
}
