package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"hookflash/internal/testca"
)

const phoneDomain = "domain: example.test\nlisten: {sip: [\"udp:127.0.0.1:0\", \"tcp:127.0.0.1:0\", \"tls:127.0.0.1:0\"], http: off}\n" +
	"tls: {certificate: CERTIFICATE, key: KEY}\nshutdown: {drain: 0s}\ndata: DATA\n" +
	"users:\n  - {name: alice, password: wonderland}\n  - {name: bob, password: builder}\n  - {name: carol, password: christmas}\n"

// office is a server of the demo's users on ports of its own, with phones.
type office struct {
	t      *testing.T
	udp    string // the server's addresses
	tcp    string
	tls    string
	roots  string // file with the authority of its certificate
	phones []*running
}

// running is a phone that runs.
type running struct {
	name string
	out  *logged
	done chan error
}

var listenedOn = regexp.MustCompile(`"udp:([0-9.:]+)","tcp:([0-9.:]+)","tls:([0-9.:]+)"`)

func newOffice(t *testing.T) *office {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	// No sound card, whoever runs the tests.
	t.Setenv("PULSE_SERVER", "unix:"+filepath.Join(t.TempDir(), "none"))
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	folder, authority := t.TempDir(), testca.New(t)
	certificate, key := authority.Issue(t, testca.Wish{Names: []string{"example.test"}}).Write(t, folder, "own")
	text := strings.NewReplacer("DATA", filepath.Join(folder, "data"), "CERTIFICATE", certificate, "KEY", key).Replace(phoneDomain)
	log, signals, ended := newLogged(), make(chan os.Signal, 1), make(chan error, 1)
	go func() {
		ended <- serve(&service{file: write(t, "hookflash.yaml", text), stdout: log, stderr: log, signals: signals})
	}()
	log.wait(t, `"msg":"serving"`, ended)
	t.Cleanup(func() {
		signals <- syscall.SIGTERM
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	found := listenedOn.FindStringSubmatch(log.String())
	if found == nil {
		t.Fatalf("where does it listen?\n%s", log)
	}
	return &office{t: t, udp: found[1], tcp: found[2], tls: found[3], roots: authority.Write(t, folder, "roots")}
}

// phone starts a phone, and returns when it is registered.
func (o *office) phone(name, script string, change ...func(*phoneOptions)) *running {
	o.t.Helper()
	options := &phoneOptions{as: name, server: o.udp, transport: "udp", secure: "no", json: true, script: "-"}
	for _, c := range change {
		c(options)
	}
	p := &running{name: name, out: newLogged(), done: make(chan error, 1)}
	go func() { p.done <- runPhone(context.Background(), options, strings.NewReader(script), p.out) }()
	p.out.wait(o.t, "registered", p.done)
	o.phones = append(o.phones, p)
	return p
}

// succeed waits for the end of all phones.
func (o *office) succeed() {
	o.t.Helper()
	for _, p := range o.phones {
		if err := <-p.done; err != nil {
			o.t.Errorf("%s: %v\n%s", p.name, err, p.out)
		}
	}
}

var differing = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`"time":"[^"]*"`), `"time":"T"`},
	{regexp.MustCompile(`"began":"[^"]*"`), `"began":"T"`},
	{regexp.MustCompile(`"seconds":[0-9.]+`), `"seconds":S`},
	{regexp.MustCompile(`urn:uuid:[0-9a-f-]{36}`), "urn:uuid:U"},
	{regexp.MustCompile(`127\.0\.0\.1:[0-9]+`), "127.0.0.1:P"},
}

// said is what all phones printed, without what differs from run to run.
func (o *office) said() string {
	var all strings.Builder
	for _, p := range o.phones {
		text := p.out.String()
		for _, d := range differing {
			text = d.pattern.ReplaceAllString(text, d.with)
		}
		// What others do and what comes of commands that wait is told side by side, in an order of chance.
		var outcomes []string
		fmt.Fprintf(&all, "--- %s\n", p.name)
		for line := range strings.Lines(text) {
			if strings.Contains(line, `"command":`) {
				outcomes = append(outcomes, line)
				continue
			}
			all.WriteString(line)
		}
		fmt.Fprintf(&all, "--- %s's commands\n%s", p.name, strings.Join(outcomes, ""))
	}
	return all.String()
}

func lines(commands ...string) string { return strings.Join(commands, "\n") + "\n" }

// TestPhoneCalls: what two or three people do, and what each of their phones tells.
func TestPhoneCalls(t *testing.T) {
	tests := []struct {
		name    string
		scripts [][2]string // of who is called first, so that they are there
	}{
		{"call", [][2]string{
			{"bob", lines("wait incoming", "answer", "wait held_by_them", "wait resumed_by_them", "wait message", "wait digit", "hangup", "history")},
			{"alice", lines("call bob", "wait established", "hold", "resume", "calls", "message bob hello there", "dtmf 5", "wait ended", "history")},
		}},
		{"reject", [][2]string{
			{"bob", lines("expect registered incoming", "reject", "expect ended:486")},
			{"alice", lines("call bob", "wait ended:486")},
		}},
		{"divert", [][2]string{
			{"carol", lines("wait incoming", "answer", "wait ended")},
			{"bob", lines("wait incoming", "divert carol", "wait ended:302")},
			{"alice", lines("call bob", "wait established", "hangup")},
		}},
		{"cancel", [][2]string{
			{"bob", lines("wait incoming", "wait ended:487", "wait incoming", "reject 603")},
			{"alice", lines("call bob", "wait ringing", "hangup", "wait ended", "redial", "wait ended:603")},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := newOffice(t)
			for _, who := range test.scripts {
				o.phone(who[0], who[1])
			}
			o.succeed()
			golden(t, "phone-"+test.name+".txt", o.said())
		})
	}
}

// TestPhoneServices: transfer and conference between three phones, through the server.
func TestPhoneServices(t *testing.T) {
	tests := []struct {
		reason  string
		scripts [][2]string
		want    []string // of the last phone's output
	}{
		{"alice transfers bob to carol", [][2]string{
			{"carol", lines("wait incoming", "answer", "wait ended")},
			{"bob", lines("wait incoming", "answer", "2 wait established", "hangup", "wait ended")},
			{"alice", lines("call bob", "wait established", "transfer carol", "wait ended")},
		}, []string{`"event":"transferred"`}},
		{"alice asks carol before", [][2]string{
			{"carol", lines("wait incoming", "answer", "2 wait established", "2 wait ended")},
			{"bob", lines("wait incoming", "answer", "2 wait established", "sleep 0.2", "hangup", "wait ended")},
			{"alice", lines("call bob", "wait established", "attended carol", "2 wait established", "complete", "wait ended")},
		}, nil},
		{"three talk", [][2]string{
			{"carol", lines("wait incoming", "answer", "wait ended")},
			{"bob", lines("wait incoming", "answer", "wait ended")},
			{"alice", lines("call bob", "wait established", "conference carol", "calls", "hangup all")},
		}, []string{`"focus":true`}},
		{"carol takes over by a message", [][2]string{
			{"carol", lines("wait message", "take-over", "wait established", "wait ended")},
			{"bob", lines("wait incoming", "answer", "2 wait established", "sleep 0.2", "hangup", "wait ended")},
			{"alice", lines("call bob", "wait established", "message-transfer carol", "wait ended")},
		}, nil},
		{"two calls are swapped", [][2]string{
			{"carol", lines("wait incoming", "answer", "wait held_by_them", "wait ended")},
			{"bob", lines("wait incoming", "answer", "wait held_by_them", "wait resumed_by_them", "wait ended")},
			{"alice", lines("call bob", "wait established", "call carol", "2 wait established", "swap", "calls", "hangup all", "wait ended")},
		}, []string{`"call":2,"direction":"out","state":"talking","uri":"sip:carol@example.test","number":"carol","asserted":false,"held":true`}},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			o := newOffice(t)
			for _, who := range test.scripts {
				o.phone(who[0], who[1])
			}
			o.succeed()
			last := o.phones[len(o.phones)-1].out.String()
			for _, want := range test.want {
				if !strings.Contains(last, want) {
					t.Errorf("%s: no %s in\n%s", test.reason, want, last)
				}
			}
		})
	}
}

// TestPhoneChoices: what a phone does with calls by itself.
func TestPhoneChoices(t *testing.T) {
	port := freePort(t)
	tests := []struct {
		reason string
		change func(*phoneOptions)
		bob    string
		alice  string
	}{
		{
			"do not disturb", func(o *phoneOptions) { o.doNotDisturb = true },
			lines("wait ended:486", "dnd off", "message alice now", "wait incoming", "answer", "wait ended"), lines("call bob", "wait ended:486", "wait message", "redial", "wait established", "hangup"),
		},
		{
			"answer by itself", func(o *phoneOptions) { o.autoAnswer = true },
			lines("wait established", "wait ended"), lines("call bob", "wait established", "hangup"),
		},
		{
			"alice may not call past the server and calls through it", func(o *phoneOptions) { o.accept, o.local = "carol", port },
			lines("wait ended:305", "wait incoming", "answer", "wait ended"), lines("call sip:bob@"+port, "wait established", "hangup"),
		},
		{
			"alice may call past the server", func(o *phoneOptions) { o.accept, o.local = "alice,carol", port },
			lines("wait incoming", "answer"), lines("call sip:bob@"+port, "wait established"),
		},
		{
			"an announcement instead", func(*phoneOptions) {},
			lines("wait incoming", "divert announcement closed", "wait ended:302"), lines("call bob", "wait ended:302", "wait calling", "wait established", "wait ended"),
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			o := newOffice(t)
			o.phone("bob", test.bob, test.change)
			o.phone("alice", test.alice)
			o.succeed()
		})
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	socket, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	return socket.LocalAddr().String()
}

// TestPhoneStreams: over TCP and TLS the server reaches the phone by the connection that it opened.
func TestPhoneStreams(t *testing.T) {
	for _, name := range []string{"tcp", "tls"} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			change := func(options *phoneOptions) {
				options.transport, options.server, options.authority = name, map[string]string{"tcp": o.tcp, "tls": o.tls}[name], o.roots
			}
			o.phone("bob", lines("wait incoming", "answer", "wait held_by_them", "wait ended"), change)
			o.phone("alice", lines("call bob", "wait established", "hold", "hangup"), change)
			o.succeed()
		})
	}
}

// TestPhoneStranger: a server that can't prove to be the domain's gets no password.
func TestPhoneStranger(t *testing.T) {
	o := newOffice(t)
	options := &phoneOptions{as: "alice", server: o.tls, transport: "tls", secure: "no", script: "-", authority: write(t, "roots.pem", string(testca.New(t).PEM()))}
	err := runPhone(t.Context(), options, strings.NewReader(""), newLogged())
	if err == nil || !strings.Contains(err.Error(), "can't be sure that it is example.test: handshake: x509:") || !strings.Contains(err.Error(), "--authority FILE") {
		t.Errorf("another authority: %v", err)
	}
}

// TestPhoneSecure: with SRTP at both ends a digit is heard; a phone without it hears 488.
func TestPhoneSecure(t *testing.T) {
	o := newOffice(t)
	required := func(options *phoneOptions) { options.secure = "required" }
	o.phone("carol", lines("wait message"))
	o.phone("bob", lines("wait incoming", "answer", "wait digit", "hangup"), required)
	o.phone("alice", lines("call bob", "wait established", "dtmf 7", "wait ended", "call carol", "wait ended:488", "message carol good night"), required)
	o.succeed()
}

// TestPhoneMistakes: what goes wrong is told with what to do, and by the exit status.
func TestPhoneMistakes(t *testing.T) {
	o := newOffice(t)
	tests := []struct{ reason, script, want string }{
		{"nobody to hold", "hold", "call somebody first"},
		{"nobody to answer", "answer", "no call waits for an answer"},
		{"a line that is not there", "3 hold", "calls lists those there are"},
		{"a command that is not there", "sing", "help lists them; did you mean"},
		{"an argument is missing", "call", "write call TARGET"},
		{"nobody has this name", "call nobody\nexpect calling ended:486", "ended:404 (line 1) Not Found came instead"},
		{"an event that does not come", "wait incoming 0.01", "it did not come in 10ms"},
		{"an event that does not exist", "wait summer", "write one of: incoming"},
		{"a message to nobody", "message nobody hello", "404 Not Found: nobody there has this name"},
		{"no number", "sleep long", "write sleep SECONDS"},
		{"no digit", "dtmf 12x", "is no digit"},
	}
	for _, test := range tests {
		options := &phoneOptions{as: "alice", server: o.udp, transport: "udp", secure: "no", script: "-"}
		out := newLogged()
		err := runPhone(t.Context(), options, strings.NewReader(test.script+"\nsleep 100\n"), out)
		if err == nil || !strings.Contains(out.String(), test.want) {
			t.Errorf("%s: %v, want %q in\n%s", test.reason, err, test.want, out)
		}
	}
}

// TestPhoneGoesOn: lines of standard input go on after a mistake, and the status tells of it.
func TestPhoneGoesOn(t *testing.T) {
	o := newOffice(t)
	input, keyboard := io.Pipe()
	options := &phoneOptions{as: "alice", server: o.udp, transport: "udp", secure: "no"}
	out, done := newLogged(), make(chan error, 1)
	go func() { done <- runPhone(context.Background(), options, input, out) }()
	for _, line := range []string{"hold", "", "# a comment", "call bob", "quit"} {
		if _, err := io.WriteString(keyboard, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err == nil || !strings.Contains(out.String(), "[1] calling bob@example.test") {
		t.Errorf("a mistake, and then a call: %v\n%s", err, out)
	}
	_ = keyboard.Close()
}

// TestPhoneRegistering: who can't register is told why.
func TestPhoneRegistering(t *testing.T) {
	o := newOffice(t)
	tests := []struct{ reason, as, password, want string }{
		{"a wrong password", "alice", "guessed", "The name or the password is wrong"},
		{"no password, and none of the demo's", "dave", "", "Give it with --password-file FILE or in HOOKFLASH_PASSWORD"},
	}
	for _, test := range tests {
		options := &phoneOptions{as: test.as, password: test.password, server: o.udp, transport: "udp", secure: "no", script: "-"}
		err := runPhone(t.Context(), options, strings.NewReader(""), newLogged())
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.reason, err, test.want)
		}
	}
}

// TestPhoneUsage: a mistake on the command line is told before anything is opened.
func TestPhoneUsage(t *testing.T) {
	tests := []struct {
		reason    string
		arguments []string
		want      string
	}{
		{"nobody", nil, "write --as NAME"},
		{"a domain whose server nobody knows", []string{"--as", "bob@example.com"}, "write --server HOST:PORT"},
		{"a transport", []string{"--as", "bob", "--transport", "sctp"}, "write udp, tcp or tls"},
		{"a policy", []string{"--as", "bob", "--secure", "perhaps"}, "write no, optional or required"},
		{"an address", []string{"--as", "bob", "--local", "here"}, "an address of this machine"},
		{"a target", []string{"--as", "bob", "alice"}, "call alice"},
	}
	for _, test := range tests {
		status, _, stderr := command(append([]string{"phone"}, test.arguments...)...)
		if status != exitUsage || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: status %d, want %q in\n%s", test.reason, status, test.want, stderr)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing")
	for _, arguments := range [][]string{
		{"--password-file", missing}, {"--script", missing}, {"--play", missing}, {"--server", "127.0.0.1:99999"}, {"--transport", "tls", "--authority", missing},
	} {
		status, _, stderr := command(append([]string{"phone", "--as", "alice"}, arguments...)...)
		if status != exitFailure || strings.Count(stderr, "\n") == 0 {
			t.Errorf("%v: status %d\n%s", arguments, status, stderr)
		}
	}
}

// TestPhonePassword: the demo's passwords are for the demo on this machine alone.
func TestPhonePassword(t *testing.T) {
	file := write(t, "secret", "from a file\nand more\n")
	tests := []struct {
		reason  string
		options phoneOptions
		env     string
		want    string
	}{
		{"the demo's", phoneOptions{as: "alice"}, "", "wonderland"},
		{"not for another domain", phoneOptions{as: "alice@example.com", server: "127.0.0.1:5060"}, "", ""},
		{"not for another machine", phoneOptions{as: "alice", server: "192.0.2.1:5060"}, "", ""},
		{"a file's first line", phoneOptions{as: "alice", passwordFile: file}, "", "from a file"},
		{"the environment's", phoneOptions{as: "alice"}, "from the environment", "from the environment"},
		{"the command line's comes first", phoneOptions{as: "alice", password: "given"}, "from the environment", "given"},
	}
	for _, test := range tests {
		t.Setenv("HOOKFLASH_PASSWORD", test.env)
		test.options.transport, test.options.secure = "udp", "no"
		settings, err := test.options.complete(t.Context())
		if err != nil || settings.Password != test.want {
			t.Errorf("%s: %q, want %q: %v", test.reason, settings.Password, test.want, err)
		}
	}
}

// TestPhoneWithoutServer: who waits for a server that is not there is told so before the patience ends.
func TestPhoneWithoutServer(t *testing.T) {
	defer goleak.VerifyNone(t)
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	t.Setenv("PULSE_SERVER", "unix:"+filepath.Join(t.TempDir(), "none"))
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	stderr, done := newLogged(), make(chan error, 1)
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	o := &phoneOptions{as: "alice", server: silent.LocalAddr().String(), transport: "udp", secure: "no", script: "-", stderr: stderr}
	go func() { done <- runPhone(ctx, o, strings.NewReader("calls\n"), newLogged()) }()
	stderr.wait(t, "No answer yet from udp "+silent.LocalAddr().String(), done)
	leave()
	if err := <-done; err != nil {
		t.Errorf("a signal meanwhile is a way to leave: %v", err)
	}
}
