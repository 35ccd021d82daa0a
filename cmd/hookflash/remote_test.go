package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hookflash/api"
	"hookflash/config"
	"hookflash/store"
)

// exchange is an API server for commands to talk to, with alice, bob and carol.
type exchange struct {
	*testing.T
	server *httptest.Server
	store  store.Store
	folder string // with admin.token
	flags  []string
	hall   *hall
	// meddle runs before a request is answered, when it is set.
	meddle func(r *http.Request)
}

func newExchange(t *testing.T) *exchange {
	t.Setenv(tokenVariable, "")
	e := &exchange{T: t, store: store.Memory(nil).Store, folder: t.TempDir(), hall: &hall{}}
	token := filepath.Join(e.folder, "admin.token")
	if err := api.Bootstrap(t.Context(), e.store.Tokens(), token); err != nil {
		t.Fatal(err)
	}
	domain := config.Demo()
	domain.Trunks = []config.Trunk{{Name: "gw", Hops: []string{"sip:gw.example.net"}}}
	handler := api.Handler(api.Options{
		Store: e.store, Config: func() *config.Config { return domain }, Rooms: e.hall, Recordings: recorded(t),
		Explain: func(from, to string, at time.Time) (api.Explanation, error) {
			return api.Explanation{
				Steps:   []api.ExplanationStep{{Service: "incoming-call-screening", Text: "no rule of " + to + " fits"}, {Service: "call-forwarding-busy", When: "busy", Text: "to voicemail"}},
				Outcome: from + " rings " + to + " on " + at.UTC().Format("2006-01-02 15:04"), Targets: []string{"sip:" + to + "@example.test"},
			}, nil
		},
	})
	e.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e.meddle != nil {
			e.meddle(r)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(e.server.Close)
	e.flags = []string{"--server", e.server.URL, "--token-file", token}
	for _, name := range []string{"alice", "bob", "carol"} {
		e.with("long-and-random\n", "user", "add", name, "--password-stdin")
	}
	return e
}

// with runs a command that must succeed, with something on standard input.
func (e *exchange) with(input string, arguments ...string) (stdout string) {
	e.Helper()
	started := false
	root := newRoot(&started)
	var out, said strings.Builder
	root.SetIn(strings.NewReader(input))
	root.SetOut(&out)
	root.SetErr(&said)
	root.SetArgs(append(arguments, e.flags...))
	if err := root.Execute(); err != nil {
		e.Errorf("%s: %v", strings.Join(arguments, " "), err)
	}
	return out.String()
}

// run runs a command that must succeed and print some parts.
func (e *exchange) run(line string, parts ...string) (stdout string) {
	e.Helper()
	stdout = e.with("", divided(line)...)
	for _, part := range parts {
		if !strings.Contains(stdout, part) {
			e.Errorf("%s: %q is not in\n%s", line, part, stdout)
		}
	}
	return stdout
}

// fail runs a command that must fail with some words.
func (e *exchange) fail(reason, line string, parts ...string) {
	e.Helper()
	status, stdout, stderr := command(append(divided(line), e.flags...)...)
	if status == 0 || stdout != "" {
		e.Errorf("%s: %s succeeds: %s", reason, line, stdout)
	}
	for _, part := range parts {
		if !strings.Contains(stderr, part) {
			e.Errorf("%s: %s: %q is not in\n%s", reason, line, part, stderr)
		}
	}
}

// divided takes a command line apart as a shell does: at spaces, but for what stands in quotes.
func divided(line string) (words []string) {
	quoted, begun, word := rune(0), false, strings.Builder{}
	for _, c := range line {
		switch {
		case c == quoted:
			quoted = 0
		case quoted == 0 && (c == '\'' || c == '"'):
			quoted, begun = c, true
		case quoted == 0 && c == ' ':
			if begun || word.Len() > 0 {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(c)
		}
	}
	if begun || word.Len() > 0 {
		words = append(words, word.String())
	}
	return words
}

func TestUserCommands(t *testing.T) {
	e := newExchange(t)
	e.with("also-long-and-random\n", "user", "add", "dave", "--number", "1004", "--display", "Dave", "--password-stdin")
	e.run("user list", "NAME", "dave   1004", "Dave", "to the phones")
	e.run("user set bob --number 1002 --number +4930123456 --class international --language zh", "numbers", "1002 +4930123456", "international", "zh")
	e.run("user set bob --music calm", "music", "calm")
	e.run("user set bob --display Bob --away on", "1002 +4930123456", "Bob")
	e.run("user forward bob --unconditional carol", "all calls", "to carol")
	e.run("user list", "to carol")
	e.run("user forward bob --no-answer carol --after 20s --busy voicemail --unconditional off", "to carol after 20s", "to voicemail")
	if got := e.run("user forward bob --off"); strings.Contains(got, "carol") || strings.Contains(got, "after") {
		t.Errorf("nothing is forwarded any more: %s", got)
	}
	e.run("user find-me bob --step 'phones,carol for 15s' --step 'alice in turn for 20s confirm'", "find-me 1", "phones,carol for 15s", "alice in turn for 20s confirm")
	e.run("user find-me bob --off", "find-me 1 (off)")
	e.run("user find-me bob --on", "find-me 1  phones")
	if got := e.run("user find-me bob --clear"); strings.Contains(got, "find-me") {
		t.Errorf("no step is left: %s", got)
	}
	e.run("user dnd bob on", "do not disturb")
	e.run("user set bob --call-waiting off", "call waiting")
	e.run("user show bob --json", `"call-waiting": false`)
	e.run("user list", "no call waiting")
	e.run("user set bob --call-waiting on", "bob")
	e.run("user block bob '+44*' *@spam.test", "+44*", "*@spam.test")
	if got := e.run("user unblock bob +44*"); strings.Contains(got, "+44") {
		t.Errorf("unblocked: %s", got)
	}
	e.run("user show bob --json", `"numbers": [`, `"do-not-disturb": true`)
	e.with("493817\n", "user", "set", "bob", "--pin-stdin")
	if e.store.Users().Find("bob").User.Routing.Mailbox.PIN == "" {
		t.Error("the PIN is set")
	}
	e.with("another-long-one\n", "user", "set", "bob", "--password-stdin")
	e.run("user remove dave", "user dave is removed")
	for _, test := range []struct{ reason, line, want string }{
		{"somebody who is not there", "user show dave", "there is no user dave"},
		{"a target that is not there", "user forward bob --busy dave", "forward.busy: "},
		{"a target that is none", "user forward bob --busy 'a b'", "--busy: \"a b\" is no target"},
		{"nothing to change", "user set bob", "nothing to change"},
		{"who exists already", "user add bob --password-stdin", "no Password on standard input"},
		{"a password without a terminal", "user add dave", "--password-stdin"},
		{"a password on the command line", "user add dave --password secret", "unknown flag: --password"},
		{"nobody", "user show", "show wants the name of a user"},
		{"a step that is none", "user find-me bob --step 'phones at night'", `"at night" is none of`},
		{"neither on nor off", "user dnd bob perhaps", "on or off"},
		{"a class that is none", "user set bob --class moon", "outgoing.class"},
		{"a music that nobody has", "user set bob --music jazz", "write calm or default"},
		{"a music that would be fetched", "user set bob --music http://example.com/a.mp3", "nothing is fetched"},
		{"a music that is a path", "user set bob --music ../../etc/passwd", "it is a path"},
		{"a caller who was not blocked", "user unblock bob alice", "alice is not blocked"},
		{"who is needed", "user remove carol", ""},
	} {
		if test.want == "" {
			e.run("user forward bob --busy carol")
			test.want = "users[bob].forward.busy"
		}
		e.fail(test.reason, test.line, test.want)
	}
	e.with("", "user", "forward", "bob", "--off")
}

func TestOtherCommands(t *testing.T) {
	e := newExchange(t)
	e.run("group add support --member alice --member bob --ring 20s", "members  alice bob", "all for 20s")
	e.run("group set support --number 2000 --in-turn --no-answer voicemail:alice", "in turn, each 20s", "to voicemail"[3:])
	e.run("group list", "support  2000", "alice,bob", "voicemail:alice")
	e.run("group show support --json", `"in-turn": true`)
	e.run("calendar add office --zone Europe/Berlin --open 'mon-fri 09:00-17:00' --date 12-25 --date '12-31 09:00-12:00'", "Europe/Berlin", "closed on", "12-25", "otherwise on")
	e.run("calendar set office --date ''", "office")
	e.run("calendar list", "Europe/Berlin", "09:00-17:00")
	e.run("calendar show office", "open")
	e.run("rule list bob", "bob has no rules")
	e.run("rule add bob --name night --from '+44*' --hours '22:00-06:00' --zone Europe/Berlin --action refuse", "1  night  refuse callers +44* during", "22:00-06:00 Europe/Berlin")
	e.run("rule add bob --calendar office --closed --action divert --to voicemail", "2  -      divert to voicemail everybody while office is closed")
	e.run("rule add bob --name staff --group support --source 192.0.2.0/24 --action allow --at 1", "1  staff  allow members of support from networks 192.0.2.0/24", "2  night")
	e.run("rule remove bob night", "1  staff", "2  -")
	e.run("rule remove bob 2", "1  staff")
	e.run("rule list bob --json", `"name": "staff"`)
	e.fail("a calendar that is needed", "group remove support", "users[bob].screening[0].groups[0]")
	e.run("rule remove bob staff", "no rules")
	e.run("group remove support", "group support is removed")
	e.run("calendar remove office", "calendar office is removed")
	e.run("user set bob --zone Asia/Shanghai --intercom on --language zh", "zone", "Asia/Shanghai", "intercom", "allowed")
	e.run("card --user bob", "*72 号码", "bob · ")
	e.run("card --user bob --language en", "*72 number", "Forward all calls")
	e.run("card --user bob --json", `"does": "forward"`)
	e.run("user set bob --zone '' --intercom off --language ''")
	golden(t, "explain.txt", e.run("route explain alice bob --at '2026-12-25 10:00'"))
	e.run("route explain alice bob --json", `"outcome": "alice rings bob`)
	for _, test := range []struct{ reason, line, want string }{
		{"an action that is none", "rule add bob --action sing", "screening[0].action"},
		{"no action", "rule add bob --name x", "--action says what the rule does"},
		{"hours that are none", "rule add bob --action allow --hours 9to5 --source x", "--source: \"x\" is no network"},
		{"a position that there is not", "rule add bob --action allow --at 7", "there is no position 7: there are 0 rules"},
		{"a rule that there is not", "rule remove bob night", "bob has no rule night"},
		{"a calendar's zone", "calendar add x --zone Mars", "--zone: \"Mars\" is no time zone"},
		{"a member who is not there", "group add x --member dave", "members[0]"},
		{"a time that is none", "route explain alice bob --at soon", "is no time"},
		{"a card of nobody's", "card --user nobody", "there is no user nobody"},
		{"a card in another language", "card --language de", "--language wants en or zh"},
		{"two forms of a card", "card --html --json", "html json"},
		{"a zone that is none", "user set bob --zone Mars", "Mars"},
		{"one argument", "route explain alice", "explain wants who calls, and what is dialled"},
	} {
		e.fail(test.reason, test.line, test.want)
	}
}

func TestTokenCommands(t *testing.T) {
	e := newExchange(t)
	secret := strings.TrimSpace(e.run("token create --user alice --name phone"))
	e.run("token list", "admin", "administrator", "phone", "alice", "never")
	if strings.Contains(e.run("token list --json"), strings.TrimPrefix(secret, "phone.")) {
		t.Error("a secret is shown once")
	}
	admin := e.flags
	e.flags = []string{"--server", e.server.URL, "--token-file", write(t, "token", secret+"\n")}
	e.run("user forward alice --busy carol", "to carol")
	e.run("user show alice", "to carol")
	e.fail("somebody else's", "user forward bob --busy carol", "this token is alice's")
	e.fail("what is not a user's to change", "user set alice --number 1001", "this token is alice's")
	e.flags = admin
	e.run("token remove phone", "token phone is removed")
	e.run("token create --expires 720h --json", `"secret": "admin-`, `"expires"`)
	e.fail("a time that is none", "token create --expires soon", "is no time")
}

// TestStale: a change that meets another is made again, once, on what the other left.
func TestStale(t *testing.T) {
	e := newExchange(t)
	meddled := 0
	e.meddle = func(r *http.Request) {
		if r.Method == http.MethodPut && meddled < 1 {
			meddled++
			entry := *e.store.Users().Find("bob")
			entry.User.Assistants = append(entry.User.Assistants, "carol")
			if _, err := e.store.Users().Put(t.Context(), entry); err != nil {
				t.Error(err)
			}
		}
	}
	e.run("user forward bob --busy carol", "to carol")
	if bob := e.store.Users().Find("bob").User; len(bob.Assistants) != 1 || bob.Routing.Forward.Busy.Value != "carol" {
		t.Errorf("both changes are there: %+v", bob)
	}
	e.meddle = func(r *http.Request) {
		if r.Method == http.MethodPut {
			r.Header.Set("If-Match", `"0"`)
		}
	}
	e.fail("always stale", "user forward bob --busy alice", "changed meanwhile")
}

// TestUnreached: what can't be asked says what to do.
func TestUnreached(t *testing.T) {
	e := newExchange(t)
	token := e.flags[3]
	e.server.Close()
	e.fail("a server that does not run", "user list", "no server answers at "+e.server.URL, "hookflash serve")
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	redirects := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer redirects.Close()
	configured := write(t, "hookflash.yaml", "domain: example.test\nlisten: {sip: [udp:127.0.0.1:5060], http: off}\ndata: "+t.TempDir()+"\n")
	for _, test := range []struct {
		reason string
		flags  []string
		want   string
	}{
		{"another server", []string{"--server", other.URL, "--token-file", token}, "not as a hookflash server does"},
		{"a server that sends elsewhere does not get the token there", []string{"--server", redirects.URL, "--token-file", token}, "307"},
		{"no address", []string{"--server", "here", "--token-file", token}, "--server http://127.0.0.1:8080"},
		{"no token for a server that is named: the demo's is not for it", []string{"--server", other.URL}, "wants a token"},
		{"a token file that is not there", []string{"--server", other.URL, "--token-file", filepath.Join(t.TempDir(), "none")}, "there is no token in"},
		{"an empty one", []string{"--server", other.URL, "--token-file", write(t, "empty", "")}, "is empty"},
		{"no HTTP in the configuration", []string{"--config", configured}, "listen.http is off"},
		{"a configuration that is not there", []string{"--config", filepath.Join(t.TempDir(), "none.yaml")}, "Check the name"},
	} {
		e.flags = test.flags
		e.fail(test.reason, "user list", test.want)
	}
}

func TestWrongToken(t *testing.T) {
	e := newExchange(t)
	e.flags = e.flags[:2]
	t.Setenv(tokenVariable, "admin.wrong")
	e.fail("a wrong token", "user list", "the token in HOOKFLASH_TOKEN opens nothing at "+e.server.URL)
	text, err := os.ReadFile(filepath.Join(e.folder, "admin.token"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(tokenVariable, string(text))
	e.run("user list", "alice")
}

// TestConfigured: the configuration says where the server is and where its token.
func TestConfigured(t *testing.T) {
	e := newExchange(t)
	e.flags = []string{"--config", write(t, "hookflash.yaml", "domain: example.test\nlisten: {sip: [udp:127.0.0.1:5060], http: "+strings.TrimPrefix(e.server.URL, "http://")+"}\ndata: "+e.folder+"\n")}
	e.run("user list", "alice")
}

func TestCompletion(t *testing.T) {
	e := newExchange(t)
	e.run("group add support --member alice")
	e.run("rule add bob --name night --action refuse")
	for _, test := range []struct{ line, want string }{
		{"user show ", "alice\nbob\ncarol\n"},
		{"user show b", "bob\n"},
		{"user show bob ", ""},
		{"user dnd bob ", "on\noff\n"},
		{"user forward bob --busy c", "carol\n"},
		{"rule remove bob ", "night\n"},
		{"group show ", "support\n"},
		{"rule add bob --group ", "support\n"},
		{"route explain alice s", "support\n"},
		{"card --user b", "bob\n"},
		{"card --language ", "en\nzh\n"},
	} {
		words := strings.Split(test.line, " ")
		arguments := append([]string{"__complete", words[0]}, e.flags...)
		_, stdout, _ := command(append(arguments, words[1:]...)...)
		if !strings.HasPrefix(stdout, test.want+":4") && !strings.HasPrefix(stdout, test.want) || test.want == "" && !strings.HasPrefix(stdout, ":") {
			t.Errorf("%q completes to %q, want %q", test.line, stdout, test.want)
		}
	}
	e.server.Close()
	if status, _, _ := command(append([]string{"__complete", "user"}, append(e.flags, "show", "")...)...); status != 0 {
		t.Error("without a server there are no names, and no mistake")
	}
}

// TestNoCommands: what a server answers does not command the terminal.
func TestNoCommands(t *testing.T) {
	e := newExchange(t)
	entry := *e.store.Users().Find("bob")
	entry.User.Assistants = []string{"\x1b[31mred\nbob"}
	if _, err := e.store.Users().Put(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
	if got := e.run("user show bob"); strings.Contains(got, "\x1b") || strings.Contains(got, "\nbob") {
		t.Errorf("it is escaped: %q", got)
	}
}
