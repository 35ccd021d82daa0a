package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hookflash/config"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the files in testdata; read them afterwards")

// TestMain: times are printed in the zone of the machine, which differs.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	flag.Parse()
	os.Exit(m.Run())
}

// golden compares a text with the one kept in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -rewrite to make it, then read it)\ngot\n%s", err, got)
	}
	if got != string(want) {
		t.Errorf("%s differs (run with -rewrite, then read it)\n got\n%s\nwant\n%s", file, got, want)
	}
}

// command runs the program.
func command(arguments ...string) (status int, stdout, stderr string) {
	var out, err strings.Builder
	status = run(arguments, &out, &err)
	return status, out.String(), err.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestExitStatus(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.yaml")
	tests := []struct {
		reason    string
		arguments []string
		status    int
		stderr    string
	}{
		{"help is no failure", nil, 0, ""},
		{"a command that does not exist", []string{"sing"}, exitUsage, `unknown command "sing"`},
		{"a flag that does not exist", []string{"serve", "--loud"}, exitUsage, "unknown flag: --loud"},
		{"an argument too many", []string{"serve", "x"}, exitUsage, "hookflash help"},
		{"check wants a file", []string{"check"}, exitUsage, "check needs the name of one file"},
		{"a file that is not there", []string{"check", missing}, exitFailure, "Check the name"},
		{"serve with a file that is not there", []string{"serve", "--config", missing}, exitFailure, "Check the name"},
		{"trace without an address", []string{"trace", "--http", "here"}, exitFailure, "write --http 127.0.0.1:8080"},
		{"trace into a folder that is not there", []string{"trace", "--svg", missing}, exitFailure, "mkdir -p"},
		{"an escape sequence in an argument", []string{"\x1b[31m"}, exitUsage, `\x1b[31m`},
	}
	for _, test := range tests {
		status, _, stderr := command(test.arguments...)
		if status != test.status || !strings.Contains(stderr, test.stderr) {
			t.Errorf("%s: status %d, want %d, with %q on standard error:\n%s", test.reason, status, test.status, test.stderr, stderr)
		}
		if strings.Contains(stderr, "\x1b") {
			t.Errorf("%s: the terminal is commanded: %q", test.reason, stderr)
		}
	}
}

func TestVersion(t *testing.T) {
	version = "v1.2.3"
	defer func() { version = "" }()
	status, stdout, _ := command("version")
	if status != 0 || !strings.HasPrefix(stdout, "hookflash v1.2.3\ngo") {
		t.Errorf("the version of a release: %d %q", status, stdout)
	}
	version = ""
	if versionName() == "" {
		t.Error("a version without a name is called unknown")
	}
}

func TestManual(t *testing.T) {
	status, stdout, _ := command("man")
	for _, part := range []string{".TH HOOKFLASH 1\n", ".SS hookflash serve [\\-\\-config FILE]\n", ".SS hookflash trace", "\\fB\\-\\-follow\\fR"} {
		if status != 0 || !strings.Contains(stdout, part) {
			t.Errorf("the manual page has %q:\n%s", part, stdout)
		}
	}
}

// TestCard: without a server, the card of a configuration.
func TestCard(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("a.yaml", []byte("domain: example.com\nlisten: {sip: [udp:127.0.0.1:5060]}\nvoicemail: false\ncodes: {\"*72\": forward, \"*97\": voicemail}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := command("card", "--config", "a.yaml")
	if status != 0 || !strings.Contains(stdout, "*72 number") || !strings.Contains(stdout, "example.com") || strings.Contains(stdout, "*97") {
		t.Errorf("the card of a configuration: %d %s%s", status, stdout, stderr)
	}
	status, stdout, _ = command("card", "--html", "--language", "zh")
	if status != 0 || !strings.HasPrefix(stdout, "<!doctype html>") || !strings.Contains(stdout, "<kbd>*72 号码</kbd>") {
		t.Errorf("the demo's, as a page: %d %s", status, stdout)
	}
}

func TestCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	texts := map[string]string{
		"good.yaml":    "domain: example.test\nlisten: {sip: [udp:127.0.0.1:5060, tcp:127.0.0.1:5060]}\nusers:\n  - {name: alice, password: long-and-random}\n",
		"warning.yaml": "domain: example.test\nlisten: {sip: [udp:127.0.0.1:5060], http: 0.0.0.0:8080}\n",
		"routed.yaml": "domain: example.test\nlisten: {sip: [udp:127.0.0.1:5060]}\nusers:\n" +
			"  - {name: alice, password: long-and-random, numbers: [\"1000\"], screening: [{from: [\"+44*\"], action: refuse}], outgoing: {rules: [{to: [\"0900*\"]}]}}\n" +
			"  - {name: bob, password: long-and-random, forward: {no-answer: voicemail}}\n" +
			"groups: [{name: sales, members: [alice, bob]}]\ntrunks: [{name: gateway, hops: [\"sip:gw.example.net\"], emergency: true}]\n",
		"circle.yaml": "domain: example.test\nlisten: {sip: [udp:127.0.0.1:5060]}\nusers:\n" +
			"  - {name: alice, password: long-and-random, forward: {unconditional: bob}}\n" +
			"  - {name: bob, password: long-and-random, forward: {unconditional: alice}, mailbox: {pin: \"123456\"}}\n" +
			"codes:\n  \"*7\": forward\n  \"*72\": forward-off\n",
		"bad.yaml": "domain: example.test\nlisten: {sip: [udp:127.0.0.1:5060]}\ndigset: [MD5]\nusers:\n  - {name: \"al ice\", password: long-and-random}\n",
	}
	var all strings.Builder
	for _, name := range []string{"good.yaml", "warning.yaml", "routed.yaml", "circle.yaml", "bad.yaml"} {
		if err := os.WriteFile(name, []byte(texts[name]), 0o600); err != nil {
			t.Fatal(err)
		}
		status, stdout, stderr := command("check", name)
		if want := map[bool]int{true: exitFailure}[name == "bad.yaml" || name == "circle.yaml"]; status != want || stderr != "" {
			t.Errorf("%s: status %d, want %d, silence on standard error, not %q", name, status, want, stderr)
		}
		all.WriteString("$ hookflash check " + name + "\n" + stdout)
	}
	if strings.Contains(all.String(), "long-and-random") || strings.Contains(all.String(), "123456") {
		t.Errorf("passwords are not shown:\n%s", all.String())
	}
	t.Chdir(packageFolder)
	golden(t, "check.txt", all.String())
}

var packageFolder, _ = os.Getwd() // tests begin in the folder of their package

func TestWelcome(t *testing.T) {
	loaded := config.Demo()
	loaded.Data = "/home/you/.cache/hookflash/demo"
	text := welcome(loaded, "bin/hookflash")
	for _, user := range config.DemoUsers() {
		if !strings.Contains(text, user.Password) {
			t.Errorf("the first screen shows %s's password", user.Name)
		}
	}
	if !strings.Contains(text, `'<sip:alice@example.test>;auth_pass=wonderland;outbound="sip:127.0.0.1:5060"'`) {
		t.Error("the first screen has an account to copy")
	}
	golden(t, "welcome.txt", text)
}

func TestDemoData(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	loaded, err := demo()
	if err != nil || loaded.Data != filepath.Join(os.Getenv("XDG_CACHE_HOME"), "hookflash", "demo") {
		t.Errorf("the demo's data does not mix with a domain's: %v, %v", loaded, err)
	}
	t.Setenv("XDG_CACHE_HOME", write(t, "file", ""))
	if _, err = demo(); err == nil || !strings.Contains(err.Error(), "name a folder that is: XDG_CACHE_HOME=") {
		t.Errorf("a folder that can't be made is told with a remedy: %v", err)
	}
	if problems := loaded.Validate(); len(problems) > 0 {
		t.Errorf("the demo's configuration is valid: %v", problems)
	}
}

func TestPrintable(t *testing.T) {
	tests := []struct{ reason, text, want string }{
		{"plain", "plain\ntext", "plain\ntext"},
		{"letters of any script", "Zoë 王", "Zoë 王"},
		{"a terminal's command", "\x1b]0;x\a", `\x1b]0;x\a`},
		{"a terminal's command in one character", "\u009b31m", `\u009b31m`},
		{"the direction of writing", "a\u202eb", `a\u202eb`},
		{"a carriage return that overwrites", "a\rb", `a\rb`},
	}
	for _, test := range tests {
		if got := printable(test.text); got != test.want {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
	}
	if got := oneLine("a\nlevel=ERROR"); got != `a\nlevel=ERROR` {
		t.Errorf("no second line in what is one: %q", got)
	}
}

// TestLog: nothing from the network forges a line or commands a terminal.
func TestLog(t *testing.T) {
	var out strings.Builder
	logger := newLogger(&out, nil)
	logger.Info("seen", "user", "a\u202e\u009b\n{\"level\":\"ERROR\"}", "error", saidError{os.ErrInvalid}, "took", 20*time.Millisecond)
	text := out.String()
	if strings.Count(text, "\n") != 1 || strings.ContainsAny(text, "\u202e\u009b") || !strings.Contains(text, `invalid argument`) || !strings.Contains(text, `"took":"20ms"`) {
		t.Errorf("one line per record, without control characters: %q", text)
	}
}
