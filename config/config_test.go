package config

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/machine"
)

// whole is a configuration with every key.
const whole = `# a comment
domain: Example.Test
listen:
  sip: [udp:127.0.0.1:5060, tcp:127.0.0.1:5060, "udp:[::1]:5060"]
  http: 127.0.0.1:9090
data: /var/lib/hookflash
trusted: [127.9.9.0/24, 192.0.2.10]
digest: [SHA-512-256, md5]
guests: true
limits: {contacts-per-user: 3}
session: {expires: 1h, minimum: 2m}
registration: {minimum: 30s, maximum: 2h, default: 90m}
log: {level: debug}
shutdown: {drain: 0s}
resolver: {servers: [127.0.0.1:5353, 192.0.2.53, "[2001:db8::53]:53", 2001:db8::54], timeout: 1500ms}
timer-c: 4m
users:
  - {name: alice, password: wonderland, digest: [MD5]}
  - name: bob
    password: "build: er"
  - {name: "1001", password: 0042}
`

func TestEveryKey(t *testing.T) {
	config, warnings, err := Parse([]byte(whole))
	if err != nil || len(warnings) != 0 {
		t.Fatalf("a good file: %v %v", err, warnings)
	}
	loopback := netip.MustParseAddrPort("127.0.0.1:5060")
	wantListeners := []Listener{{machine.UDP, loopback}, {machine.TCP, loopback}, {machine.UDP, netip.MustParseAddrPort("[::1]:5060")}}
	for i, want := range wantListeners {
		if config.Listen.SIP[i] != want {
			t.Errorf("listener %d: %v, want %v", i, config.Listen.SIP[i], want)
		}
	}
	facts := []struct {
		reason    string
		got, want any
	}{
		{"a domain is compared without case", config.Domain, "example.test"},
		{"http", config.Listen.HTTP, netip.MustParseAddrPort("127.0.0.1:9090")},
		{"data", config.Data, "/var/lib/hookflash"},
		{"a network", config.Trusted[0], netip.MustParsePrefix("127.9.9.0/24")},
		{"one address is a network of one", config.Trusted[1], netip.MustParsePrefix("192.0.2.10/32")},
		{"digest in the order of the file", config.Digest[0], digest.SHA512256},
		{"algorithms in any case", config.Digest[1], digest.MD5},
		{"guests", config.Guests, true},
		{"contacts", config.Limits.ContactsPerUser, 3},
		{"session expires", config.Session.Expires, time.Hour},
		{"session minimum", config.Session.Minimum, 2 * time.Minute},
		{"registration minimum", config.Registration.Minimum, 30 * time.Second},
		{"registration maximum", config.Registration.Maximum, 2 * time.Hour},
		{"registration default", config.Registration.Default, 90 * time.Minute},
		{"level", config.Log.Level, "debug"},
		{"zero drain is meant", config.Shutdown.Drain, time.Duration(0)},
		{"a name server with its port", config.Resolver.Servers[0], netip.MustParseAddrPort("127.0.0.1:5353")},
		{"a name server at the usual port", config.Resolver.Servers[1], netip.MustParseAddrPort("192.0.2.53:53")},
		{"a name server with IPv6", config.Resolver.Servers[2], netip.MustParseAddrPort("[2001:db8::53]:53")},
		{"and without a port", config.Resolver.Servers[3], netip.MustParseAddrPort("[2001:db8::54]:53")},
		{"how long a name may take", config.Resolver.Timeout, 1500 * time.Millisecond},
		{"timer C", config.TimerC, 4 * time.Minute},
		{"a user's own algorithms", config.Users[0].Digest[0], digest.MD5},
		{"secrets for the user's algorithms alone", len(config.Users[0].HA1), 1},
		{"secrets for the domain's algorithms", len(config.Users[1].HA1), 2},
		{"realm in lower case", config.Users[0].HA1[digest.MD5], digest.NewHA1(digest.MD5, "alice", "example.test", "wonderland")},
		{"a quoted password", config.Users[1].HA1[digest.MD5], digest.NewHA1(digest.MD5, "bob", "example.test", "build: er")},
		{"digits stay as written", config.Users[2].HA1[digest.MD5], digest.NewHA1(digest.MD5, "1001", "example.test", "0042")},
	}
	for _, fact := range facts {
		if fact.got != fact.want {
			t.Errorf("%s: %v, want %v", fact.reason, fact.got, fact.want)
		}
	}
}

// minimal is the least that can be served; %s lines are added.
const minimal = "domain: example.test\nlisten: {sip: [udp:127.0.0.1:5060]}\n"

func TestDefaults(t *testing.T) {
	config, warnings, err := Parse([]byte(minimal))
	if err != nil || len(warnings) != 0 {
		t.Fatalf("the least that can be served: %v %v", err, warnings)
	}
	if len(config.Digest) != 2 || config.Digest[0] != digest.SHA256 || config.Digest[1] != digest.MD5 {
		t.Errorf("the stronger algorithm is offered first: %v", config.Digest)
	}
	if config.Listen.HTTP.String() != "127.0.0.1:8080" || config.Data != "./data" || config.Guests || len(config.Trusted) != 0 {
		t.Errorf("defaults: %+v", config)
	}
	if config.TimerC != 3*time.Minute || config.Shutdown.Drain != 30*time.Second || config.Limits.ContactsPerUser != 10 {
		t.Errorf("defaults: %+v", config)
	}
}

func TestMistakes(t *testing.T) {
	tests := []struct{ reason, text, want string }{
		{"an empty file", "", "configuration: the file is empty; begin with domain, listen and users"},
		{"a comment is no configuration", "# nothing\n", "the file is empty"},
		{"two documents", minimal + "---\ndomain: b\n", ":4:1: a second document begins here; keep one"},
		{"zero bytes", "domain: a\x00b", "zero bytes"},
		{"deep nesting", strings.Repeat("[", 1000), "nested more than 64 deep"},
		{"a list at the root", "- a\n", "a list stands where keys belong"},
		{"broken YAML", "domain: example.test\nlisten: {sip: [udp:127.0.0.1:5060}\n", ":2:"},
		{"IPv6 without quotes", "domain: example.test\nlisten:\n  sip: [udp:[::1]:5060]\n", "quotes"},

		{"no domain", "listen: {sip: [udp:127.0.0.1:5060]}", "domain: is missing"},
		{"an empty value", "domain:\nlisten: {sip: [udp:127.0.0.1:5060]}", ":1:1: domain: is empty; give a value or remove the key"},
		{"an address of record for a domain", add("domain: alice@example.test"), `"alice@example.test" is an address, not a host name`},
		{"a port in the domain", add("domain: example.test:5060"), "holds a colon"},
		{"an underscore in the domain", add("domain: ex_ample.test"), ":3:9: domain: \"ex_ample.test\" is not a host name: it contains an underscore"},
		{"an empty label", add("domain: example..test"), "between two dots"},

		{"no listener", "domain: example.test\n", "listen.sip: is missing"},
		{"a listener without a port", listen("udp:127.0.0.1"), `"udp:127.0.0.1" has no port; write 127.0.0.1:5060`},
		{"a listener without a transport", listen("127.0.0.1:5060"), `has an unknown transport "127.0.0.1"; use udp, tcp, tls, ws or wss`},
		{"a transport this server lacks", listen("sctp:127.0.0.1:5060"), `has an unknown transport "sctp"; use udp, tcp, tls, ws or wss`},
		{"a host name for an address", listen("udp:localhost:5060"), `names the host "localhost"; use an IP address`},
		{"no address at all", listen("udp::5060"), "has no address; use 0.0.0.0"},
		{"multicast", listen("udp:224.0.1.75:5060"), "is a multicast address"},
		{"the same listener twice", listen("udp:127.0.0.1:5060, udp:127.0.0.1:5060"), "listen.sip[1]: udp:127.0.0.1:5060 takes the same port as listen.sip[0]"},
		{"all addresses include one", listen("udp:127.0.0.1:5060, udp:0.0.0.0:5060"), "takes the same port as"},
		{"HTTP on a SIP port", listen("tcp:127.0.0.1:8080"), "takes the same port as listen.http"},
		{"a bad HTTP address", "domain: a.b\nlisten: {sip: [udp:127.0.0.1:1], http: 8080}", `:2:40: listen.http: "8080" is not an address with a port`},

		{"everybody trusted", add("trusted: [0.0.0.0/0]"), ":3:11: trusted[0]: 0.0.0.0/0 trusts too much: the whole Internet would need no password"},
		{"nearly everybody trusted", add("trusted: [10.0.0.0/7]"), "none wider than /8"},
		{"everybody on IPv6", add("trusted: ['::/0']"), "trusts too much"},
		{"bits after the prefix", add("trusted: [192.0.2.7/24]"), "write 192.0.2.0/24 for the network or 192.0.2.7 for the one address"},
		{"a mapped network", add("trusted: ['::ffff:192.0.2.0/120']"), "write it as IPv4"},
		{"no network", add("trusted: [gateway]"), `trusted[0]: "gateway" is not a network`},
		{"one value for a list", add("trusted: 192.0.2.0/24"), "a single value stands where a list belongs; write [192.0.2.0/28]"},

		{"an unknown algorithm", add("digest: [SHA-1]"), `digest[0]: "SHA-1" is no digest algorithm; use SHA-512-256, SHA-256 or MD5`},
		{"an algorithm twice", add("digest: [MD5, MD5]"), "digest[1]: MD5 stands in the list twice"},
		{"no algorithm", add("digest: []"), "digest: is an empty list, so nobody could sign in"},

		{"a space in a name", user(`{name: "al ice", password: secret-words}`), `:4:12: users[0].name: "al ice" contains a space; use letters, digits, . _ -`},
		{"an address for a name", user(`{name: alice@example.test, password: x}`), `contains "@"`},
		{"no name", user(`{password: secret-words}`), "users[0].name: is missing"},
		{"no password", user(`{name: alice}`), "users[0].password: is missing; add password: and something long and random"},
		{"an empty password", user(`{name: alice, password: ""}`), "users[0].password: is empty"},
		{"a user twice", user(`{name: alice, password: x}`, `{name: Alice, password: y}`), `:5:12: users[1].name: "Alice" is the same as users[0], "alice"`},
		{"a key of another place", user(`{name: alice, password: x, listen: {busy: y}}`), `users[0]: unknown key "listen"; known here: name, password, digest`},
		{"a bad algorithm is not also a missing password", user(`{name: alice, password: x, digest: [no]}`), `users[0].digest[0]: "no"`},
		{"an item that is no map", user(`alice`), "users[0]: a single value stands where keys belong"},

		{"a slip of the finger", add("digset: [MD5]"), `:3:1: unknown key "digset"; did you mean digest?`},
		{"a key twice", add("guests: true\nguests: false"), ":4:1: guests: stands here a second time"},
		{"a number without its unit", add("timer-c: 180"), `timer-c: "180" is not a duration; say the unit: 180s, 180m or 180h`},
		{"a negative time", add("shutdown: {drain: -1s}"), "shutdown.drain: -1s is not from 0s to 24h"},
		{"a session timer below RFC 4028's", add("session: {minimum: 10s}"), "session.minimum: 10s is not from 1m30s to 24h"},
		{"expires below the minimum", add("session: {minimum: 5m, expires: 2m}"), "session.expires: 2m is below session.minimum, 5m"},
		{"a default outside its bounds", add("registration: {default: 30s}"), "registration.default: 30s is not between registration.minimum, 1m, and registration.maximum, 1h"},
		{"neither true nor false", add("guests: maybe"), `guests: "maybe" is neither true nor false`},
		{"no contacts", add("limits: {contacts-per-user: 0}"), "limits.contacts-per-user: 0 is not from 1 to 100"},
		{"not a number", add("limits: {contacts-per-user: many}"), `"many" is not a whole number`},
		{"a name server by its name", add("resolver: {servers: [dns.example.test]}"), `resolver.servers[0]: "dns.example.test" is not the address of a name server; write 192.0.2.53, or 192.0.2.53:5353 for another port than 53`},
		{"a name server at no port", add("resolver: {servers: [127.0.0.1:0]}"), "resolver.servers[0]: is not an address that a name server could have"},
		{"a name server everywhere", add("resolver: {servers: [0.0.0.0]}"), "resolver.servers[0]: is not an address that a name server could have"},
		{"a name server twice", add("resolver: {servers: [127.0.0.1, 127.0.0.1:53]}"), "resolver.servers[1]: 127.0.0.1:53 stands in the list twice"},
		{"nine name servers", add("resolver: {servers: [1.0.0.1, 1.0.0.2, 1.0.0.3, 1.0.0.4, 1.0.0.5, 1.0.0.6, 1.0.0.7, 1.0.0.8, 1.0.0.9]}"), "resolver.servers: has 9 items, at most 8 are supported"},
		{"one name server and no list", add("resolver: {servers: 127.0.0.1}"), "a single value stands where a list belongs; write [192.0.2.53, 127.0.0.1:5353]"},
		{"a name that may take for ever", add("resolver: {timeout: 1m}"), "resolver.timeout: 1m is not from 100ms to 5s"},
		{"an unknown level", add("log: {level: loud}"), `log.level: "loud" is no level; use debug, info, warn or error`},
		{"an alias", add("data: *a"), "an anchor or alias"},
		{"a merge key", add("log: {<<: {level: info}}"), "merge keys are not supported"},

		{
			"the demo's passwords beyond loopback", "domain: a.b\nlisten: {sip: [udp:0.0.0.0:5060]}\nusers:\n  - {name: alice, password: wonderland}\n",
			"users[0].password: is one of the demo's, which everybody knows",
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			config, _, err := Parse([]byte(test.text))
			var wrong *Error
			if !errors.As(err, &wrong) || config != nil {
				t.Fatalf("%s: accepted: %+v, error %v", test.reason, config, err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s:\n got %s\nwant %s", test.reason, err, test.want)
			}
			if len(wrong.Problems) != 1 {
				t.Errorf("%s: one mistake, one message, but got %d:\n%s", test.reason, len(wrong.Problems), err)
			}
		})
	}
}

// add puts a line under the least that can be served, in place of the same key there.
func add(lines string) string {
	key, _, _ := strings.Cut(lines, ":")
	if key == "domain" {
		return "listen: {sip: [udp:127.0.0.1:5060]}\n\n" + lines + "\n"
	}
	return minimal + lines + "\n"
}

func listen(items string) string {
	return "domain: example.test\nlisten:\n  sip: [" + items + "]\n"
}

func user(items ...string) string {
	return minimal + "users:\n  - " + strings.Join(items, "\n  - ") + "\n"
}

func TestWarnings(t *testing.T) {
	const head = "domain: example.test\nlisten: {sip: [udp:0.0.0.0:5060], "
	tests := []struct{ reason, text, want string }{
		{"HTTP for everybody", head + "http: 0.0.0.0:8080}", "listen.http: 0.0.0.0:8080 is reachable from outside"},
		{"a short password", head + "http: off}\nusers: [{name: alice, password: x}]", "users[0].password: is easily guessed"},
		{"the name for a password", head + "http: off}\nusers: [{name: alice-miller, password: Alice-Miller}]", "users[0].password: is easily guessed"},
		{"a code of digits in a call", minimal + `in-call: {"12": hold}`, "in-call.12: begins with a digit, which callers press in the menus of others"},
		{"a short timer C", minimal + "timer-c: 30s", "timer-c: 30s ends calls that ring for less than three minutes"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			config, warnings, err := Parse([]byte(test.text))
			if err != nil || config == nil {
				t.Fatalf("%s: a warning keeps nobody from serving: %v", test.reason, err)
			}
			if len(warnings) != 1 || !warnings[0].Warning || !strings.Contains(warnings[0].String(), "warning: "+test.want) || warnings[0].Line == 0 {
				t.Errorf("%s: %+v", test.reason, warnings)
			}
		})
	}
}

func TestSeveralMistakesAtOnce(t *testing.T) {
	text := "domain: exa mple\nlisten:\n  sip: [udp:localhost:5060]\nusers:\n  - {name: bob}\n  - {name: alice, pasword: sesame}\nlog: {level: loud}\n"
	_, _, err := Parse([]byte(text))
	var wrong *Error
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	var lines []int
	for _, problem := range wrong.Problems {
		lines = append(lines, problem.Line)
	}
	want := []int{1, 3, 5, 6, 7}
	if len(lines) != len(want) {
		t.Fatalf("all mistakes at once, in the order of the file: lines %v, want %v\n%s", lines, want, err)
	}
	for i := range want {
		if lines[i] != want[i] {
			t.Errorf("problem %d on line %d, want %d", i, lines[i], want[i])
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	tests := []struct{ reason, text string }{
		{"beside another mistake", user(`{name: "al ice", password: sesame, digest: [MD5]}`)},
		{"quoted, with a comma", user(`{name: "al ice", password: "a, sesame"}`)},
		{"in block style, with commas", user("name: al ice\n    password: a,sesame,b")},
		{"under a misspelt key", user(`{name: alice, pasword: sesame}`)},
		{"under an unknown key", user(`{name: alice, password: other, pin: sesame}`)},
		{"in a list", user(`{name: alice, password: [sesame]}`)},
		{"with broken syntax", user(`{name: alice, password: sesame`)},
		{"with a quote left open", user(`{name: alice, password: "sesame}`)},
		{"too long", user(`{name: alice, password: ` + strings.Repeat("sesame", 100) + `}`)},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			_, _, err := Parse([]byte(test.text))
			var wrong *Error
			if !errors.As(err, &wrong) {
				t.Fatalf("%s: accepted", test.reason)
			}
			if shown := err.Error() + Explain("", wrong.Problems); strings.Contains(shown, "sesame") {
				t.Errorf("%s: a password is shown:\n%s", test.reason, shown)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hookflash.yaml")
	if err := os.WriteFile(path, []byte(user(`{name: "al ice", password: secret}`)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := Load(path)
	var wrong *Error
	if !errors.As(err, &wrong) || wrong.File != path {
		t.Fatalf("the error names the file: %v", err)
	}
	got := Explain("hookflash.yaml", wrong.Problems)
	want := `hookflash.yaml:4:12: users[0].name: "al ice" contains a space; use letters, digits, . _ -
    4 |   - {name: "al ice", password: ******}
      |            ^
`
	if got != want {
		t.Errorf("what a person reads:\n%swant:\n%s", got, want)
	}
	if _, _, err := Load(path + ".not"); !errors.Is(err, os.ErrNotExist) || errors.As(err, &wrong) {
		t.Errorf("a missing file is not a mistake in it: %v", err)
	}
}

func TestDemo(t *testing.T) {
	demo := Demo()
	if problems := demo.Validate(); len(problems) != 0 {
		t.Fatalf("the demo is a good configuration: %v", problems)
	}
	for i, user := range DemoUsers() {
		if demo.Users[i].HA1[digest.MD5] != digest.NewHA1(digest.MD5, user.Name, "example.test", user.Password) {
			t.Errorf("%s signs in with the printed password", user.Name)
		}
	}
	if hours := demo.Calendars[0].Open[0].String(); hours != "mon,tue,wed,thu,fri 09:00-17:00" {
		t.Errorf("the office is open %s", hours)
	}
	if carol := demo.Users[3].Routing; strings.Join(carol.Numbers, " ") != "1003" || carol.Mailbox.Off || carol.Forward.NoAnswer.To.String() != "voicemail" {
		t.Errorf("a newcomer can dial 1003 and leave a message: %+v", carol)
	}
	demo.Listen.SIP[0].Address = netip.MustParseAddrPort("192.0.2.1:5060")
	if problems := demo.Validate(); len(problems) != 1 || problems[0].Path != "listen.sip[0]" || problems[0].Warning {
		t.Errorf("the demo is not served beyond loopback: %v", problems)
	}
}

func TestRestartNeeded(t *testing.T) {
	one, other := Demo(), Demo()
	other.Users, other.Digest, other.Guests = nil, nil, true
	other.Groups, other.Calendars, other.Menus, other.Codes, other.Trunks = nil, nil, nil, nil, []Trunk{{}}
	other.Voicemail.Longest, other.Numbers.Country, other.Redirects = time.Minute, "DE", "follow"
	if keys := one.RestartNeeded(other); len(keys) != 0 {
		t.Errorf("users and rules change while the server runs: %v", keys)
	}
	other.Domain, other.Data, other.Listen.SIP, other.Listen.HTTP = "b.test", "x", nil, netip.AddrPort{}
	other.Media = Media{netip.MustParseAddr("127.0.0.1"), 30000, 39999, "x", "zh"}
	other.Voicemail.Off, other.Voicemail.MaxMessages, other.Voicemail.Keep = true, 7, time.Hour
	other.Click.Off, other.Redial.Off = true, true
	const want = "domain listen.sip listen.http data media.address media.ports media.prompts media.language voicemail voicemail.messages voicemail.keep redial click"
	if keys := one.RestartNeeded(other); strings.Join(keys, " ") != want {
		t.Errorf("sockets, realm, folders and what the agents are opened with need a restart: %v", keys)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		whole, routed, minimal, "", "a: [", "domain: &a b\nlisten: *a", "users: [{name: {a: b}}]", "listen: {sip: [udp:[::1]:5060]}",
		"? a\n: b", "domain: |\n  example.test\n", "--- \n...\n---\n", "!t {a: !u b}", "{domain: a:b:c}", "- - - -", "\ufeffdomain: é",
		"users:\n- name: 'a\n  b'\n  password: \"\\x00\"", "<<: {a: b}", "password: 'sesame", "\r0", "0\r0", "trusted: [::/0, 1.2.3.4/33, fe80::1%eth0]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		config, problems, err := Parse(text)
		var wrong *Error
		switch {
		case err == nil && len(config.Validate()) > len(problems):
			t.Errorf("accepted with problems: %v", config.Validate())
		case err == nil:
		case !errors.As(err, &wrong) || len(wrong.Problems) == 0 || config != nil:
			t.Errorf("refused without a reason: %v", err)
		default:
			problems = wrong.Problems
		}
		lines := strings.Count(string(text), "\n") + strings.Count(string(text), "\r") + 1
		for _, problem := range problems {
			if problem.What == "" || problem.Line < 0 || problem.Line > lines || strings.ContainsAny(problem.Source, "\n\r\x00") {
				t.Errorf("a problem people can't read: %+v", problem)
			}
		}
		Explain("f", problems)
	})
}
