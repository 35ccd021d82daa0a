//go:build interop

package attacks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"hookflash/sip"
)

// injections are what somebody who reads a log, a table, a mail or a terminal could take for something else.
var injections = []string{
	`x"} {"time":"2026-01-01T00:00:00Z","level":"INFO","msg":"injected"}`, "x%0d%0a{\"msg\":\"injected\"}", "x\\r\\n{\"msg\":\"injected\"}", "x\r\n {\"msg\":\"injected\"}", "x\r\n\t{\"msg\":\"injected\"}",
	"x\r{\"msg\":\"injected\"}", "x\n{\"msg\":\"injected\"}", "x\x00y", "\x1b[2J\x1b[1;31mred\x1b]0;title\x07", "\u009b31mred", "\u202egnp.exe", "\u2066hidden\u2069", "\u200bnothing\ufeff", "\u2028line\u2029paragraph", "\u0085next",
	"\x7f\x08\x08\x08", "\x80\xfe\xff not UTF-8", "\xc0\x8a overlong", "=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3", "'; DROP TABLE users; --", `" OR "1"="1`, "*)(uid=*))(|(uid=*", "${jndi:ldap://127.0.0.1/x}", "%s%n%x%p", "$(touch /tmp/x)`id`",
	"<script>alert(1)</script>", "x\r\nBcc: evil@elsewhere.test\r\n\r\nbody", "=?utf-8?q?x=0d=0aBcc:_evil@elsewhere.test?=", strings.Repeat("long", 300), "\v\f\x1c\x1d\x1e", "\U000E0041\U000E0042 tags", "a\u0301\u0301\u0301",
}

// injectedFields are header fields of which some end up in what is logged, kept or shown.
var injectedFields = []string{
	"User-Agent", "Server", "Subject", "Organization", "Contact", "Reason", "Warning", "Call-Info", "Alert-Info", "Error-Info", "Referred-By", "Refer-To", "Event", "P-Asserted-Identity", "Diversion", "History-Info", "Geolocation",
	"Content-Type", "Content-Disposition", "Accept-Language", "Authorization", "Proxy-Authorization", "Replaces", "Target-Dialog", "Session-ID", "X-Anything", "Priority", "In-Reply-To", "Timestamp", "Require", "Supported", "Identity",
}

// TestAttack31Injection: what callers say of themselves ends up in logs, mails and on terminals, and is
// taken for more than text there.
//
// Anchor: GHSA-r6c2-hwc2-j4mp (From into LDAP), GHSA-2grh-7mhv-fcfw (control characters), FreePBX
// CVE-2026-44238. Must: no queries made of strings (the server has no database to ask); control
// characters, escapes of terminals and changes of the direction of writing are escaped wherever text is shown.
//
// Figure: over all header fields, the display name, Call-ID, SDP, reason phrases, digits, names of mailboxes
// and bytes that are no SIP: as many lines in the log as events, each one JSON value of printable
// characters; what hookflash trace shows is printable; no mail has a header field of a caller's.
func TestAttack31Injection(t *testing.T) {
	mails := t.TempDir()
	liars := make([]string, 0, len(injections))
	trunks := []string{"trunks:"}
	refusing := newRefusing(t, &trunks, &liars)
	s := startServer(t, setup{
		keys: map[string]string{"dave": `mailbox: {mail: dave@example.test}`},
		lines: append(trunks, "log: {level: debug}", "digest: [SHA-256, MD5]",
			fmt.Sprintf(`voicemail: {mail: [/bin/sh, -c, 'cat > "$(mktemp %s/mail-XXXXXX)"'], from: voicemail@example.test}`, mails)),
	})
	shown := watchTrace(t, s)
	refusing(s)
	beside(t, s, func() {
		downgrades := 0
		for i, text := range injections {
			downgrades += downgrade(t, s, i, text)
		}
		mallory := newPhone(t, s, "mallory")
		mallory.register(t)
		for _, text := range injections {
			everywhere(mallory, text)
		}
		streams := garbage(t, s)
		leaveMessages(t, s, mallory)
		eventually(t, patience, "every trunk has refused us", func() bool { return countLines(t, s, "does not let us register") >= len(liars) })
		lines := logLines(t, s)
		t.Logf("%d lines of log: %d phones downgraded, %d trunks refuse", len(lines), downgrades, len(liars))
		if got := countLines(t, s, "a phone fails on the list"); got != downgrades {
			t.Errorf("%d phones were downgraded, and the log has %d lines about it", downgrades, got)
		}
		if got := countLines(t, s, "a connection ended"); got > streams {
			t.Errorf("%d connections have ended, and the log has %d lines about it", streams, got)
		}
	})
	wantMails(t, mails)
	for line := range strings.Lines(shown()) {
		if at := strings.IndexFunc(strings.TrimRight(line, "\n"), unshown); at >= 0 {
			t.Errorf("hookflash trace shows %q", line)
		}
	}
}

// unshown tells what nobody should print.
func unshown(r rune) bool { return !unicode.IsPrint(r) }

// logLines are the lines of the server's log, each one JSON value and printable.
func logLines(t *testing.T, s *server) []map[string]any {
	t.Helper()
	text, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]any
	for line := range bytes.Lines(text) {
		var values map[string]any
		if err := json.Unmarshal(line, &values); err != nil || values["msg"] == "injected" {
			t.Errorf("the log has a line that is no event: %v %q", err, line)
		}
		if !utf8.Valid(line) || strings.IndexFunc(strings.TrimSuffix(string(line), "\n"), unshown) >= 0 {
			t.Errorf("the log has a line that can't be printed: %q", line)
		}
		for key, value := range values {
			if text, is := value.(string); is && strings.IndexFunc(text, unshown) >= 0 {
				t.Errorf("what is read of the log can't be printed: %s=%q", key, text)
			}
		}
		lines = append(lines, values)
	}
	return lines
}

func countLines(t *testing.T, s *server, part string) (count int) {
	t.Helper()
	for _, line := range logLines(t, s) {
		if message, _ := line["msg"].(string); strings.Contains(message, part) {
			count++
		}
	}
	return count
}

// newRefusing makes trunks that answer a REGISTER with an injection as reason phrase.
func newRefusing(t *testing.T, lines, texts *[]string) func(s *server) {
	var open []func(s *server)
	for i, text := range injections {
		if i%sized(4, 1) != 0 || strings.ContainsAny(text, "\r\n\x00") { // a message ends there
			continue
		}
		local := freeAddress(t)
		*texts = append(*texts, text)
		*lines = append(*lines, fmt.Sprintf("  - {name: t%d, hops: [\"sip:%s\"], register: true, username: u, password: p, prefixes: [\"+999\"]}", i, local))
		provider := newSocketAt(t, local)
		open = append(open, func(s *server) {
			go func() {
				for range provider.received {
					for _, arrived := range provider.take() {
						if m, err := sip.Parse(arrived); err == nil && m.IsRequest() {
							provider.send(s.address, answer(m, "403 "+text, "t"))
						}
					}
				}
			}()
		})
	}
	return func(s *server) {
		for _, start := range open {
			start(s)
		}
	}
}

// downgrade is a phone that can't deal with a list of algorithms, which is an event with its User-Agent; it
// gives how many there were.
func downgrade(t *testing.T, s *server, i int, text string) int {
	t.Helper()
	from := newSocketAt(t, freePort(t, attackerAddress(i)))
	r := newRequest("REGISTER", addressOf("dave"), "sip:"+domain)
	r.to = "<" + addressOf("dave") + ">"
	r.fields = []string{"User-Agent: " + text}
	offered := 0
	for range 2 {
		response := from.ask(s.address, r, 1)
		r.branch, r.cseq = "z9hG4bK"+word(), r.cseq+1
		if response == nil || response.StatusCode() != 401 {
			return 0
		}
		offered = len(slices.Collect(response.FieldValues(sip.HeaderWWWAuthenticate)))
	}
	if offered == 1 {
		return 1
	}
	t.Errorf("a phone that fails on %d algorithms is offered fewer", offered)
	return 0
}

// everywhere puts a text wherever one can stand. What it is answered does not matter.
func everywhere(who *phone, text string) {
	for i, field := range injectedFields {
		r := who.request([]string{"OPTIONS", "MESSAGE", "INVITE", "SUBSCRIBE", "REGISTER", "REFER", "PUBLISH"}[i%7], addressOf("carol"))
		r.fields = append(r.fields, field+": "+text)
		who.send(r.text("UDP", who.place()))
	}
	for _, change := range []func(r *request){
		func(r *request) { r.from = `"` + text + `" <` + addressOf("mallory") + ">;tag=" + word() },
		func(r *request) { r.from = text + " <" + addressOf("mallory") + ">;tag=" + word() },
		func(r *request) { r.from = "<sip:" + text + "@" + domain + ">;tag=" + word() },
		func(r *request) { r.to = `"` + text + `" <` + addressOf("carol") + ">" },
		func(r *request) { r.callID = text },
		func(r *request) { r.branch = "z9hG4bK" + text },
		func(r *request) { r.uri = "sip:" + text + "@" + domain },
		func(r *request) { r.uri = "sip:*72" + text + "@" + domain },
		func(r *request) { r.uri = "sip:voicemail@" + domain + ";target=" + text },
		func(r *request) { r.uri = "sip:announce@" + domain + ";announcement=" + text },
		func(r *request) { r.uri = "sip:menu@" + domain + ";menu=" + text },
		func(r *request) { r.body = "v=0\r\no=" + text + " 1 1 IN IP4 127.0.0.1\r\ns=" + text + "\r\nt=0 0\r\n" },
		func(r *request) { r.method = text },
		func(r *request) { r.via = "SIP/2.0/UDP " + text },
	} {
		r := who.request("INVITE", addressOf("carol"))
		change(r)
		who.sign(r)
		who.send(r.text("UDP", who.place()))
		time.Sleep(time.Millisecond)
	}
}

// garbage sends injections as the framing of streams, and gives how many there were.
func garbage(t *testing.T, s *server) (count int) {
	t.Helper()
	for _, text := range injections {
		for _, whole := range []string{text + "\r\n\r\n", "OPTIONS sip:x SIP/2.0\r\nContent-Length: " + text + "\r\n\r\n", "INVITE " + text + " SIP/2.0\r\nVia: " + text + "\r\n\r\n"} {
			c := mustOpen(t, s, "TCP")
			_, _ = io.WriteString(c, c.encode(whole)) // the server may close first
			c.socket.Close()
			count++
		}
	}
	return count
}

// watchTrace shows what hookflash trace prints from now on; it ends with the test.
func watchTrace(t *testing.T, s *server) func() string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace")
	output, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	command := exec.Command(s.binary, "trace", "--http", s.http.String(), "--follow", "--full")
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return func() string {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
		text, err := os.ReadFile(path)
		if err != nil || len(text) == 0 {
			t.Errorf("hookflash trace shows something: %v", err)
		}
		return string(text)
	}
}

// leaveMessages leaves voice messages under names that are injections.
func leaveMessages(t *testing.T, s *server, caller *phone) {
	t.Helper()
	left := 0
	for i, text := range injections {
		if i%sized(8, 1) != 0 && !strings.Contains(text, "Bcc") {
			continue
		}
		c, k, code := caller.callWithMedia(t, "sip:voicemail@"+domain+";target=sip:dave%40"+domain+";cause=486", func(r *request) {
			r.from = `"` + strings.NewReplacer(`"`, `\"`, "\x00", "").Replace(text) + `" <` + addressOf(caller.name) + ">;tag=" + word()
		})
		if c == nil {
			t.Logf("a caller named %.20q is answered %d", text, code)
			continue
		}
		k.talk(200 * time.Millisecond)
		c.press("1") // no greeting
		k.talk(2 * time.Second)
		c.press("#")
		time.Sleep(200 * time.Millisecond)
		_ = c.hangUp() // the server may have been faster
		left++
	}
	t.Logf("%d voice messages left", left)
	if left == 0 {
		t.Error("no voice message was left")
	}
}

// wantMails reads the mails as a mail program does.
func wantMails(t *testing.T, folder string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "mail-*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("voice messages are mailed: %v %d", err, len(paths))
	}
	want := []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(bytes.NewReader(text))
		if err != nil {
			t.Errorf("a mail that can't be read: %v\n%.2000s", err, text)
			continue
		}
		var names []string
		for name, values := range m.Header {
			names = append(names, name)
			if len(values) != 1 || strings.IndexFunc(values[0], unshown) >= 0 {
				t.Errorf("a mail says %s: %q", name, values)
			}
		}
		slices.Sort(names)
		if !slices.Equal(names, want) || m.Header.Get("To") != "dave@example.test" {
			t.Errorf("a mail has the fields %q, want %q; to %q", names, want, m.Header.Get("To"))
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || strings.IndexFunc(subject, unshown) >= 0 {
			t.Errorf("a mail's subject is %q: %v", subject, err)
		}
	}
	t.Logf("%d mails", len(paths))
}
