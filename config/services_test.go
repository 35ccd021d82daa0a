package config

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/pin"
)

// routed is a configuration with every key of the routing services, the agents and the trunks.
const routed = `domain: example.test
listen: {sip: [udp:127.0.0.1:5060]}
users:
  - {name: alice, password: long-and-random}
  - {name: carol, password: long-and-random, mailbox: {off: true}}
  - {name: dave, password: long-and-random, mailbox: false}
  - {name: bob, password: builder-of-things, numbers: ["1002","+49 30 123456"], display: Bob, forward: {unconditional: carol, redirect: true, busy: voicemail, no-answer: {to: carol, after: 20s}, unreachable: voicemail},
     find-me: {off: true, steps: [{ring: [phones, carol], for: 15s}, {ring: ["+49171555"], for: 20s, confirm: true, in-turn: true}]},
     screening: [{name: night, from: ["+44*", alice], groups: [sales], sources: [192.0.2.0/28], anonymous: true, away: true, when: {hours: ["22:00-06:00"], zone: Europe/Berlin}, action: divert, to: voicemail},
       {when: {calendar: office, closed: true}, action: later, announcement: announcement:closed}],
     block: ["+44*", "*@spam.test"], outgoing: {class: international, rules: [{name: premium, to: ["0900*"], allow: false, when: {calendar: office}, announcement: no}, {to: [_0NXX.], allow: true}]},
     reject-anonymous: true, do-not-disturb: true, call-waiting: false, away: true, redirects: follow, mailbox: {off: false, pin: "493817", mail: bob@mail.test, mail-only: true}, language: zh, music: jazz, intercom: true, zone: Asia/Shanghai}
groups: [{name: sales, display: Sales, numbers: ["2000"], members: [alice, bob], in-turn: true, ring: 20s, no-answer: voicemail:alice, pickup: true, music: lobby}]
rooms: {number: "3900", ad-hoc: 3901-3910, limit: 20, language: zh, music: none, entry: prompt, exit: none, list: [{number: "3300", name: team, title: The team,
  pin: "482913", moderator-pin: "739164", moderators: [alice], members: [sales], limit: 50, language: en, music: lobby, entry: none, exit: tones, dial: [bob], payer: alice,
  members-invite: true, locked: true, wait: true}]}
calendars: [{name: office, zone: Europe/Berlin, open: ["mon-fri 09:00-17:00"], dates: ["12-25", "2026-12-31 09:00-12:00"]}]
menus: [{name: main, prompt: menu-main, choices: {"1": sales, "2": voicemail:bob}, dial: true, timeout: 7s, tries: 2, no-choice: alice, payer: bob}]
trunks: [{name: gw, hops: ["sip:gw.example.net:5060"], prefixes: ["+*"], sources: [198.51.100.0/28], username: u, password: p, realm: r, register: true, limit: 30, trusted: true, emergency: true, number: "+4930123", strip: 3, prepend: "0", default: sales}]
numbers: {country: DE, area: "30", emergency: ["112","110"]}
codes: {"*72": forward, "*73": forward-off}
in-call: {"##": transfer, "*2": consult}
media: {address: 127.0.0.1, ports: 22000-22999, prompts: ./prompts, language: zh}
music: {folder: ./music, default: calm, playlists: {lobby: [jazz.mp3, evening/waltz.ogg]}}
voicemail: {longest: 2m, briefest: 2s, messages: 50, keep: 720h, mail: [/usr/sbin/sendmail, -t, -i], from: voicemail@example.test}
click: {origins: ["https://crm.example.test"]}
park: {number: 799, slots: ["701-703", 711], valet: 5901-5902, music: default, members: [alice, sales], timeout: 1m, tries: 2, then: voicemail, patience: 30s, orbits: [{name: quick, slots: 721-722, music: default, members: [sales], timeout: 20s, tries: 2, then: bob, patience: 1m}]}
redirects: follow
`

// promptsFolder makes the working directory one with the prompts that routed needs.
func promptsFolder(t *testing.T) {
	t.Helper()
	music := map[string][]byte{}
	for name, file := range map[string]string{"jazz.mp3": "mono-24000.mp3", "evening/waltz.ogg": "mono-16000.ogg"} {
		text, err := os.ReadFile(filepath.Join("..", "media", "music", "testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		music[filepath.Join("music", name)] = text
	}
	t.Chdir(t.TempDir())
	for file, text := range music {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, text, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"menu-main", "closed", "no"} {
		file := filepath.Join("prompts", "en", name+".wav")
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryServiceKey(t *testing.T) {
	promptsFolder(t)
	config, warnings, err := Parse([]byte(routed))
	if err != nil || len(warnings) != 0 {
		t.Fatalf("a good file: %v %v", err, warnings)
	}
	bob := config.Users[3].Routing
	group, calendar, menu, trunk := config.Groups[0], config.Calendars[0], config.Menus[0], config.Trunks[0]
	texts := func(values any) string {
		var all []string
		list := reflect.ValueOf(values)
		for i := range list.Len() {
			all = append(all, list.Index(i).Interface().(interface{ String() string }).String())
		}
		return strings.Join(all, " ")
	}
	target := func(text string) directory.Target {
		parsed, err := directory.ParseTarget(text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	night, closed := bob.Screening[0], bob.Screening[1]
	facts := []struct {
		reason    string
		got, want any
	}{
		{"who has no routing keys has no routing", config.Users[0].Routing == nil, true},
		{"no mailbox", config.Users[1].Routing.Mailbox.Off && config.Users[2].Routing.Mailbox.Off, true},
		{"display", bob.Display, "Bob"},
		{"numbers without the marks between digits", strings.Join(bob.Numbers, " "), "1002 +4930123456"},
		{"unconditional", bob.Forward.Unconditional, target("carol")},
		{"a redirect", bob.Forward.Redirect, true},
		{"busy", bob.Forward.Busy, target("voicemail")},
		{"no answer", bob.Forward.NoAnswer, directory.NoAnswer{To: target("carol"), After: directory.Duration(20 * time.Second)}},
		{"unreachable", bob.Forward.Unreachable, target("voicemail")},
		{"find-me is off", bob.FindMe.Off, true},
		{"first step", texts(bob.FindMe.Steps[0].Targets), "phones carol"},
		{"first step's time", bob.FindMe.Steps[0].For, directory.Duration(15 * time.Second)},
		{"second step", texts(bob.FindMe.Steps[1].Targets), "+49171555"},
		{"second step's ways", bob.FindMe.Steps[1].Confirm && bob.FindMe.Steps[1].InTurn, true},
		{"a rule's name", night.Name, "night"},
		{"a rule's callers", texts(night.From), "+44* alice"},
		{"a rule's groups", strings.Join(night.Groups, " "), "sales"},
		{"a rule's networks", texts(night.Sources), "192.0.2.0/28"},
		{"a rule about the hidden and the away", night.Anonymous && night.Away, true},
		{"a rule's hours", texts(night.When.Hours), "mon,tue,wed,thu,fri,sat,sun 22:00-06:00"},
		{"a rule's zone", night.When.Zone.String(), "Europe/Berlin"},
		{"a rule's action", night.Action, directory.ActionDivert},
		{"a rule's target", night.To, target("voicemail")},
		{"a rule's calendar", closed.When.Calendar, "office"},
		{"a rule when it is closed", closed.When.Closed, true},
		{"an announcement by its target form", closed.Announcement, "closed"},
		{"block", texts(bob.Block), "+44* *@spam.test"},
		{"class", bob.Outgoing.Class, directory.ClassInternational},
		{"what may not be dialled", texts(bob.Outgoing.Rules[0].To) + bob.Outgoing.Rules[0].Name, "0900*premium"},
		{"while", bob.Outgoing.Rules[0].When.Calendar + bob.Outgoing.Rules[0].Announcement, "officeno"},
		{"what may", texts(bob.Outgoing.Rules[1].To), "_0NXX."},
		{"and that it may", bob.Outgoing.Rules[1].Allow && !bob.Outgoing.Rules[0].Allow, true},
		{"switches", bob.RejectAnonymous && bob.DoNotDisturb && bool(bob.CallWaitingOff) && bob.Away, true},
		{"redirects of a user", bob.Redirects, directory.RedirectsFollow},
		{"the mailbox", !bob.Mailbox.Off && bob.Mailbox.MailOnly, true},
		{"the mailbox's mail", bob.Mailbox.Mail, "bob@mail.test"},
		{"the PIN is a hash", pin.Check(bob.Mailbox.PIN, "493817"), true},
		{"language", bob.Language, "zh"},
		{"music", bob.Music, "jazz"},
		{"intercom", bob.Intercom, true},
		{"a user's zone", bob.Zone.String(), "Asia/Shanghai"},
		{"a group's music", group.Music, "lobby"},
		{"the domain's music", config.Music.Folder + " " + config.Music.Default, "./music calm"},
		{"playlists", strings.Join(config.Music.Playlists["lobby"], " "), "jazz.mp3 evening/waltz.ogg"},
		{"the names of all music", strings.Join(config.Music.Names(), " "), "calm default evening jazz lobby"},
		{"a group", group.Name + " " + group.Display + " " + strings.Join(group.Numbers, " ") + " " + strings.Join(group.Members, " "), "sales Sales 2000 alice bob"},
		{"a group's time", group.Ring, directory.Duration(20 * time.Second)},
		{"a group's ways", group.InTurn && group.Pickup, true},
		{"a group's last resort", group.NoAnswer, target("voicemail:alice")},
		{"a calendar", calendar.Name + " " + calendar.Zone.String(), "office Europe/Berlin"},
		{"hours", texts(calendar.Open), "mon,tue,wed,thu,fri 09:00-17:00"},
		{"dates", texts(calendar.Dates), "12-25 2026-12-31 09:00-12:00"},
		{"a menu", menu.Name + " " + menu.Prompt, "main menu-main"},
		{"a choice", menu.Choices["1"], target("sales")},
		{"a choice with a colon", menu.Choices["2"], target("voicemail:bob")},
		{"a menu's ways", menu.Dial, true},
		{"a menu's time", menu.Timeout, 7 * time.Second},
		{"a menu's tries", menu.Tries, 2},
		{"a menu's last resort", menu.NoChoice, target("alice")},
		{"a trunk", trunk.Name + " " + strings.Join(trunk.Hops, " ") + " " + texts(trunk.Prefixes) + " " + texts(trunk.Sources), "gw sip:gw.example.net:5060 +* 198.51.100.0/28"},
		{"a trunk's credentials", trunk.Username + trunk.Password + trunk.Realm, "upr"},
		{"a trunk's ways", trunk.Register && trunk.Trusted && trunk.Emergency, true},
		{"a trunk's limit", trunk.Limit, 30},
		{"a trunk's number", trunk.Number, "+4930123"},
		{"a trunk's digits", trunk.Strip, 3},
		{"and what is put on", trunk.Prepend, "0"},
		{"a trunk's default", trunk.Default, target("sales")},
		{"country", config.Numbers.Country + config.Numbers.Area, "DE30"},
		{"emergency", strings.Join(config.Numbers.Emergency, " "), "112 110"},
		{"codes replace the table", len(config.Codes), 2},
		{"in the order of the file", config.Codes[1], Code{"*73", "forward-off"}},
		{"and so do those in a call", len(config.InCall), 2},
		{"in their order too", config.InCall[0], Code{"##", "transfer"}},
		{"media", config.Media, Media{netip.MustParseAddr("127.0.0.1"), 22000, 22999, "./prompts", "zh"}},
		{"voicemail's times", [3]time.Duration{config.Voicemail.Longest, config.Voicemail.Briefest, config.Voicemail.Keep}, [3]time.Duration{2 * time.Minute, 2 * time.Second, 720 * time.Hour}},
		{"voicemail's messages", config.Voicemail.MaxMessages, 50},
		{"voicemail's mails", strings.Join(config.Voicemail.Mail, " "), "/usr/sbin/sendmail -t -i"},
		{"voicemail's sender", config.Voicemail.From, "voicemail@example.test"},
		{"redirects", config.Redirects, directory.RedirectsFollow},
	}
	for _, fact := range facts {
		if fact.got != fact.want {
			t.Errorf("%s: %v, want %v", fact.reason, fact.got, fact.want)
		}
	}
	again, _, err := Parse([]byte(routed))
	if err != nil || again.Users[3].Routing.Mailbox.PIN != bob.Mailbox.PIN {
		t.Errorf("the same file gives the same users, so that reading it again changes nothing: %v", err)
	}
}

// TestRoutingKeys: the file has every name that the API has.
func TestRoutingKeys(t *testing.T) {
	for shape, keys := range map[reflect.Type][]string{
		reflect.TypeFor[directory.Routing]():  routingKeys,
		reflect.TypeFor[directory.Forward]():  forwardKeys,
		reflect.TypeFor[directory.NoAnswer](): noAnswerKeys,
		reflect.TypeFor[directory.FindMe]():   findMeKeys,
		reflect.TypeFor[directory.Step]():     stepKeys,
		reflect.TypeFor[directory.Rule]():     ruleKeys,
		reflect.TypeFor[directory.When]():     whenKeys,
		reflect.TypeFor[directory.Outgoing](): outgoingKeys,
		reflect.TypeFor[directory.DialRule](): dialRuleKeys,
		reflect.TypeFor[directory.Mailbox]():  mailboxKeys,
		reflect.TypeFor[directory.Group]():    groupKeys,
		reflect.TypeFor[directory.Calendar](): calendarKeys,
	} {
		var names []string
		for i := range shape.NumField() {
			name, _, _ := strings.Cut(shape.Field(i).Tag.Get("json"), ",")
			names = append(names, name)
		}
		slices.Sort(names)
		if known := slices.Sorted(slices.Values(keys)); !slices.Equal(names, known) {
			t.Errorf("%v: keys of the file %v, names in JSON %v", shape, known, names)
		}
	}
}

func TestServiceDefaults(t *testing.T) {
	config, _, err := Parse([]byte(minimal + "menus: [{name: main, prompt: menu-main, dial: true}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if menu := config.Menus[0]; menu.Timeout != 5*time.Second || menu.Tries != 3 {
		t.Errorf("a menu that says nothing more: %+v", menu)
	}
	if len(config.Codes) != len(DefaultCodes()) || config.Media != defaultMedia() || config.Redirects != directory.RedirectsPass || config.Voicemail.Off {
		t.Errorf("defaults: %+v", config)
	}
	config, _, err = Parse([]byte(minimal + "codes: {}\nvoicemail: false\nnumbers: {emergency: []}\n"))
	if err != nil || len(config.Codes) != 0 || !config.Voicemail.Off || len(config.Numbers.Emergency) != 0 {
		t.Errorf("nothing is not the default: %+v %v", config, err)
	}
	config, warnings, err := Parse([]byte(minimal + "in-call: {}\n"))
	if err != nil || len(warnings) != 0 || len(config.InCall) != 0 {
		t.Errorf("no codes in a call: %+v %v", config, err)
	}
	if config.InCall = DefaultInCall(); len(config.Validate()) != 0 {
		t.Errorf("the default table: %v", config.Validate())
	}
	for _, code := range DefaultInCall() {
		if !slices.Contains(InCallActions(), code.Does) {
			t.Errorf("the default code %s does in a call what no code can: %s", code.Code, code.Does)
		}
	}
	for name, set := range codeSets {
		config, warnings, err := Parse([]byte(minimal + "codes: " + name + "\n"))
		if err != nil || len(warnings) != 0 || !slices.Equal(config.Codes, set()) {
			t.Errorf("the table %s: %v %v", name, err, warnings)
		}
		does := func(codes []Code) (words []string) {
			for _, code := range codes {
				words = append(words, code.Does)
			}
			slices.Sort(words)
			return slices.Compact(words)
		}
		if lost := slices.DeleteFunc(does(DefaultCodes()), func(word string) bool { return slices.Contains(does(set()), word) }); len(lost) > 0 {
			t.Errorf("nobody can dial %v with the table %s", lost, name)
		}
	}
	config, warnings, err = Parse([]byte(user(`{name: bob, password: long-and-random, numbers: ["9196"]}`)))
	if err != nil || len(warnings) != 0 || len(config.Codes) != len(DefaultCodes()) {
		t.Errorf("who has the number of a code of the program keeps it: %v %v", err, warnings)
	}
	for _, code := range append(DefaultCodes(), EuropeanCodes()...) {
		if !slices.Contains(CodeActions(), code.Does) {
			t.Errorf("the default code %s does what no code can: %s", code.Code, code.Does)
		}
	}
}

// bob is a user with more keys; the rest of the line is added.
func bob(keys string) string {
	return user("{name: bob, password: x, "+keys+"}", "{name: carol, password: x}")
}

func trunk(keys string) string { return add("trunks: [{name: gw, emergency: true, " + keys + "}]") }

func menu(keys string) string { return add("menus: [{name: main, prompt: menu-main, " + keys + "}]") }

func TestServiceMistakes(t *testing.T) {
	many := func(count int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+", ", count), ", ") + "]"
	}
	tests := []struct{ reason, text, want string }{
		{"a slip in forward", bob("forward: {bussy: carol}"), `:4:40: users[0].forward: unknown key "bussy"; did you mean busy?`},
		{"a slip in a rule", bob("screening: [{form: [carol], action: refuse}]"), `users[0].screening[0]: unknown key "form"; did you mean from?`},
		{"a target that is none", bob(`forward: {busy: "mailto:x"}`), `:4:46: users[0].forward.busy: "mailto:x" is no target; before a colon stands sip`},
		{"a target with a space", bob(`forward: {no-answer: {to: "a b"}}`), `users[0].forward.no-answer.to: "a b" is no target; it holds a space`},
		{"a time without its unit", bob("forward: {no-answer: {to: carol, after: 20}}"), `users[0].forward.no-answer.after: "20" is no time span; write 20s or 1m30s`},
		{"a list for a target", bob("forward: {busy: [carol]}"), "users[0].forward.busy: a list stands where one value belongs"},
		{"an empty target in a step", bob(`find-me: {steps: [{ring: [""]}]}`), "users[0].find-me.steps[0].ring[0]: is empty; write [phones, carol] or remove it"},
		{"eleven steps", bob("find-me: {steps: " + many(11, "{ring: [phones]}") + "}"), "users[0].find-me.steps: has 11 items, at most 10 are supported"},
		{"a pattern that is none", bob(`block: ["_"]`), `users[0].block[0]: "_" fits nothing`},
		{"an open set", bob(`block: ["_[3"]`), `users[0].block[0]: "_[3" can't be read; a set of digits is written [3-5] or [135]`},
		{"an action that is none", bob("screening: [{action: refuze}]"), `users[0].screening[0].action: "refuze" is not known here; did you mean refuse?`},
		{"a class that is none", bob("outgoing: {class: everywhere}"), `"everywhere" is not known here; write internal, national, international or premium`},
		{"hours that are none", bob("screening: [{action: refuse, when: {hours: [nine to five]}}]"), `users[0].screening[0].when.hours[0]: "nine to five" are no hours; write mon-fri`},
		{"a zone that is none", bob("screening: [{action: refuse, when: {hours: [sun], zone: Mars}}]"), `when.zone: "Mars" is no time zone; write one of the IANA database`},
		{"a rule's network with bits behind it", bob("screening: [{action: refuse, sources: [192.0.2.7/24]}]"), "users[0].screening[0].sources[0]: 192.0.2.7/24 has bits set after its length"},
		{"a number that is none", bob("numbers: [ten]"), `users[0].numbers[0]: "ten" is no number`},
		{"redirects", bob("redirects: ask"), `users[0].redirects: "ask" is not known here; write follow or pass`},
		{"a language nobody speaks", bob("language: de"), `users[0].language: "de" is not known here; write en or zh`},
		{"a PIN that is guessed", bob("mailbox: {pin: 123456}"), ":4:45: users[0].mailbox.pin: is a run of digits; choose six digits or more"},
		{"a PIN of the own number", bob(`numbers: ["4711"], mailbox: {pin: "471193"}`), "users[0].mailbox.pin: is part of the own number, or holds it"},
		{"mails without an address", bob("mailbox: {mail-only: true}"), "users[0].mailbox.mail-only: messages would be deleted, and mailed to nobody"},
		{"no address", bob("mailbox: {mail: '-oQ/tmp@x'}"), `users[0].mailbox.mail: "-oQ/tmp@x" is no address for mail`},

		{"a date that is none", add(`calendars: [{name: office, dates: ["02-30"], open: [sun]}]`), `:3:36: calendars[0].dates[0]: "02-30" are no dates`},
		{"a group's slip", add("groups: [{name: sales, member: [alice]}]"), `groups[0]: unknown key "member"; did you mean members?`},

		{"a menu without a way out", menu("timeout: 3s"), "menus[0].choices: is missing, so nobody could choose anything"},
		{"a menu that nobody pays for", menu("dial: true, payer: nobody"), `menus[0].payer: "nobody" is no user`},
		{"a menu without a prompt", add("menus: [{name: main, dial: true}]"), "menus[0].prompt: is missing"},
		{"a key that no telephone has", menu(`choices: {one: "sip:a@b.test"}`), `menus[0].choices.one: "one" can't be pressed`},
		{"a choice twice", menu(`choices: {"1": "sip:a@b.test", "1": "sip:c@b.test"}`), `menus[0].choices.1: stands here a second time`},
		{"a list of choices", menu(`choices: [sales]`), `menus[0].choices: a list stands where keys belong; write {"1": sales`},
		{"a hundred and one tries", menu("dial: true, tries: 101"), "menus[0].tries: 101 is not from 1 to 10"},
		{"two menus of a name", add("menus: [{name: main, prompt: menu-main, dial: true}, {name: Main, prompt: menu-main, dial: true}]"), `menus[1].name: "Main" is the same as menus[0], "main"`},

		{"a trunk to nowhere", trunk("limit: 3"), "trunks[0].hops: is missing, so the trunk leads nowhere"},
		{"a trunk without a name", add("trunks: [{hops: ['sip:gw.test'], emergency: true}]"), "trunks[0].name: is missing"},
		{"a host for a hop", trunk("hops: [gw.example.net]"), `trunks[0].hops[0]: "gw.example.net" is no SIP URI; write sip:gw.example.net`},
		{"a number for a hop", trunk("hops: ['tel:+49']"), `trunks[0].hops[0]: "tel:+49" is no SIP URI`},
		{"a user at the gateway", trunk("hops: ['sip:me@gw.test']"), `trunks[0].hops[0]: "sip:me@gw.test" names somebody at the gateway`},
		{"a header field at the gateway", trunk("hops: ['sip:gw.test?Subject=x']"), "has header fields"},
		{"a trunk to ourselves", trunk("hops: ['sip:127.0.0.1']"), "is this server itself, so calls would turn in a circle"},
		{"a trunk to our domain", trunk("hops: ['sip:Example.Test']"), "is this server itself"},
		{"nine hops", trunk("hops: " + many(9, "'sip:gw.test'")), "trunks[0].hops: has 9 items, at most 8 are supported"},
		{"a name for a prefix", trunk("hops: ['sip:gw.test'], prefixes: [alice]"), `trunks[0].prefixes[0]: "alice" is no beginning of a number`},
		{"register as nobody", trunk("hops: ['sip:gw.test'], register: true"), "trunks[0].username: is missing, and the trunk is to register"},
		{"a password for nobody", trunk("hops: ['sip:gw.test'], password: x"), "trunks[0].username: is missing beside a password"},
		{"a name without a password", trunk("hops: ['sip:gw.test'], username: x"), "trunks[0].password: is missing beside a username"},
		{"a realm without credentials", trunk("hops: ['sip:gw.test'], realm: x"), "trunks[0].realm: says for whom the credentials are"},
		{"everybody is the gateway", trunk("hops: ['sip:gw.test'], sources: [0.0.0.0/0]"), "trunks[0].sources[0]: 0.0.0.0/0 trusts too much"},
		{"letters in front of a number", trunk("hops: ['sip:gw.test'], prepend: zero"), `trunks[0].prepend: "zero" can't be put in front`},
		{"a negative limit", trunk("hops: ['sip:gw.test'], limit: -1"), "trunks[0].limit: -1 is not from 0 to 100000"},

		{"a country by its name", add("numbers: {country: Germany}"), `numbers.country: "Germany" is no country; write the two letters`},
		{"an area of no country", add("numbers: {area: '30'}"), `numbers.area: area code "30" without a country; say which country it is in`},
		{"an area with a plus", add("numbers: {country: DE, area: '+30'}"), `numbers.area: "+30" is no area code`},
		{"a country that is none", add("numbers: {country: XX}"), `numbers.country: "XX" is no country; write the two letters`},
		{"a forward farther than the user may call", bob("forward: {busy: '+8613812345678'}") + "trunks: [{name: gw, emergency: true, hops: ['sip:gw.test']}]\nnumbers: {country: DE}\n", "users[0].forward.busy: bob may not call international numbers"},
		{"help abroad", add("numbers: {emergency: ['+49112']}"), `numbers.emergency[0]: "+49112" is no emergency number`},

		{"a code that hides others", add(`codes: {"*72": forward, "*7": forward-off}`), `:3:9: codes.*72: begins with another code, *7, and what is dialled behind that is its argument`},
		{"a code that is a number of somebody", user(`{name: bob, password: x, numbers: ["720"]}`) + "codes: {\"720\": forward}\n", `:4:40: users[0].numbers[0]: "720", a number of bob, is the code 720 (forward), so nobody could dial it`},
		{"a code that is a user", user(`{name: "1001", password: x}`) + "codes: {\"1001\": block}\n", `users[0].name: "1001", a user's name, is the code 1001 (block)`},
		{"a code that is a group's number", user(`{name: bob, password: x}`) + "groups: [{name: sales, members: [bob], numbers: ['2000']}]\ncodes: {\"2000\": block}\n", `groups[0].numbers[0]: "2000", a number of sales, is the code 2000`},
		{"a code that hides help", add(`codes: {"112": block}`), `numbers.emergency[0]: "112", an emergency number, is the code 112`},
		{"a code that can't be dialled", add(`codes: {"*a": block}`), `:3:9: codes.*a: "*a" can't be dialled as a code`},
		{"a code that does nothing", add(`codes: {"*1": forwards}`), `codes.*1: "forwards" is nothing that a code does; did you mean forward?`},
		{"a table that is none", add("codes: asterisk"), `:3:8: codes: "asterisk" is no table of codes; write default or gsm, or a table: {"*72": forward}`},
		{"a code without quotes", add(`codes: {*72: forward}`), `put codes in quotes: {"*72": forward}`},
		{"a code without quotes on its own line", add("codes:\n  *72: forward"), `put codes in quotes: {"*72": forward}`},
		{"codes that are comments", add("codes:\n  #72: forward"), ":3:1: codes: is empty; put codes in quotes"},
		{"a code twice", add(`codes: {"*1": block, "*1": unblock}`), "codes.*1: stands here a second time"},

		{"a code in a call that hides another", add(`in-call: {"*2": consult, "*": hold, "##": transfer}`), `:3:11: in-call.*2: begins with another code, *, which takes effect as soon as it is pressed; change one of the two`},
		{"a long code in a call", add(`in-call: {"*1234": hold}`), `:3:11: in-call.*1234: "*1234" can't be pressed as a code; write 1 to 4 of the digits, * and #, in quotes`},
		{"a code in a call that nobody can press", add(`in-call: {"*a": hold}`), `in-call.*a: "*a" can't be pressed as a code`},
		{"an unknown word", add(`in-call: {"*4": holds}`), `:3:11: in-call.*4: "holds" is nothing that a code does in a call; did you mean hold?`},
		{"a code in a call twice", add(`in-call: {"*4": hold, "*4": park}`), `in-call.*4: stands here a second time`},
		{"codes in a call without quotes", add("in-call:\n  ##: transfer"), `:3:1: in-call: is empty; put codes in quotes`},

		{"a name for an address", add("media: {address: media.example.test}"), `media.address: "media.example.test" is not an address`},
		{"every address", add("media: {address: 0.0.0.0}"), "media.address: 0.0.0.0 is no address that phones could send to"},
		{"one port", add("media: {ports: 20000}"), `media.ports: "20000" is no range of ports; write the first and the last: 20000-29999`},
		{"an odd port", add("media: {ports: 20001-29999}"), "media.ports: 20001-29999 begins with an odd port"},
		{"few ports", add("media: {ports: 20000-20049}"), "media.ports: 20000-20049 are fewer than 100 ports"},
		{"ports backwards", add("media: {ports: 30000-20000}"), "media.ports: 30000-20000 ends before it begins"},
		{"ports of the system", add("media: {ports: 100-900}"), "media.ports: 100-900 begins below 1024"},
		{"no folder of prompts", add("media: {prompts: ./nowhere}"), `media.prompts: "./nowhere" is no folder that can be read`},
		{"prompts nobody speaks", add("media: {language: de}"), `media.language: "de" is not known here; write en or zh`},

		{"messages for ever", add("voicemail: {longest: 24h}"), "voicemail.longest: 24h is not from 5s to 1h"},
		{"messages that can't be", add("voicemail: {longest: 10s, briefest: 20s}"), "voicemail.briefest: 20s is not below voicemail.longest, 10s"},
		{"no messages", add("voicemail: {messages: 0}"), "voicemail.messages: 0 is not from 1 to 10000"},
		{"messages that go at once", add("voicemail: {keep: 1m}"), "voicemail.keep: 1m is not from 1h to 87840h"},
		{"a program somewhere", add("voicemail: {mail: [sendmail, -t], from: a@b.test}"), `voicemail.mail[0]: "sendmail" is not the whole path of a program`},
		{"one line for a program", add("voicemail: {mail: /usr/sbin/sendmail}"), "voicemail.mail: a single value stands where a list belongs; write [/usr/sbin/sendmail, -t, -i]"},
		{"mails from nobody", add("voicemail: {mail: [/usr/sbin/sendmail]}"), "voicemail.from: is missing, so mails would have no sender; write an address, such as voicemail@example.test"},
		{"mails with a name", add("voicemail: {from: 'Voice <v@b.test>'}"), `voicemail.from: "Voice <v@b.test>" is no mail address`},
		{"redirects of the domain", add("redirects: never"), `redirects: "never" is not known here`},
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
			if wrong.Problems[0].Line == 0 {
				t.Errorf("%s: no place", test.reason)
			}
		})
	}
}

func TestServiceWarnings(t *testing.T) {
	promptsFolder(t)
	tests := []struct{ reason, text, want string }{
		{"an announcement that nobody spoke", "media: {prompts: prompts}\n" + "menus: [{name: main, prompt: welcome-to-us, dial: true}]", `menus[0].prompt: "welcome-to-us" is no prompt of the program, nor a file in media.prompts; add welcome-to-us.wav to the folder of prompts`},
		{"nobody helps", "trunks: [{name: gw, hops: ['sip:gw.test']}]", "trunks: none is for emergencies, so nobody answers 112, 911"},
		{"an address of another machine", "media: {address: 192.0.2.77}", "media.address: 192.0.2.77 is not an address of this machine"},
		{"mails that nobody sends", "users: [{name: bob, password: x, mailbox: {mail: bob@mail.test}}]", "users[0].mailbox.mail: is where messages go, and nothing sends mails"},
	}
	for _, test := range tests {
		config, warnings, err := Parse([]byte(minimal + test.text))
		if err != nil || config == nil {
			t.Fatalf("%s: a warning keeps nobody from serving: %v", test.reason, err)
		}
		if len(warnings) != 1 || !strings.Contains(warnings[0].String(), test.want) || warnings[0].Line == 0 {
			t.Errorf("%s: %+v", test.reason, warnings)
		}
	}
}

// TestPINsAreNotShown: neither a good one beside another mistake nor a bad one.
func TestPINsAreNotShown(t *testing.T) {
	for _, text := range []string{bob(`mailbox: {pin: "777777"}`), bob(`mailbox: {pin: 777777, mial: x}`), bob(`mailbox: {pni: 777777}`), trunk("hops: [x], username: u, password: 777777")} {
		_, _, err := Parse([]byte(text))
		var wrong *Error
		if !errors.As(err, &wrong) {
			t.Fatalf("accepted: %s", text)
		}
		if shown := err.Error() + Explain("", wrong.Problems); strings.Contains(shown, "7777") {
			t.Errorf("a secret is shown:\n%s", shown)
		}
	}
}

// everybody is a configuration with three users and a group; lines are added.
const everybody = minimal + `users:
  - {name: alice, password: x, forward: {unconditional: bob}}
  - {name: bob, password: x, %s}
  - {name: carol, password: x}
groups: [{name: sales, members: [alice, carol], no-answer: alice}]
`

// TestCatalogue: what users, groups and menus say about one another is told at its place in the file.
func TestCatalogue(t *testing.T) {
	tests := []struct{ reason, bob, more, want string }{
		{"nobody", "forward: {busy: dave}", "", `:5:46: users[1].forward.busy: there is no user or group "dave"; name one`},
		{"a circle of two", "forward: {unconditional: alice}", "", `:4:57: users[0].forward.unconditional: alice forwards all calls to bob, bob forwards all calls to alice: a circle`},
		{"a circle over a group", "forward: {unconditional: sales}", "", "what nobody of group sales takes goes to alice"},
		{"oneself", "forward: {busy: bob}", "", "users[1].forward.busy: bob forwards to bob: the call would come back"},
		{"a number that two have", `numbers: ["1"]`, "trunks: [{name: gw, emergency: true, hops: ['sip:gw.test']}]\ncalendars: [{name: office, open: [sun]}]\nmenus: []\n", ""},
		{"an impossible time", "forward: {no-answer: {to: carol, after: 1h}}", "", ":5:70: users[1].forward.no-answer.after: phones can't ring for 1h0m0s; choose 1s to 3m0s"},
		{"no such calendar", "screening: [{action: refuse, when: {calendar: office}}]", "", `users[1].screening[0].when.calendar: there is no calendar "office"`},
		{"no such menu", "forward: {busy: 'menu:main'}", "", `users[1].forward.busy: there is no menu "main"`},
		{"a number without a trunk", "forward: {busy: '+4930123'}", "", `users[1].forward.busy: nobody has the number "+4930123", and no trunk leads to the telephone network`},
		{"no voicemail", "forward: {busy: voicemail}", "voicemail: false\n", "users[1].forward.busy: this server has no voicemail"},
		{"a menu's choice", "display: Bob", "menus: [{name: main, prompt: menu-main, choices: {\"1\": alice, \"2\": dave}}]\n", `:8:63: menus[0].choices.2: there is no user or group "dave"`},
		{"a choice that says nothing", "display: Bob", "menus: [{name: main, prompt: menu-main, choices: {\"1\": \"\"}}]\n", "menus[0].choices.1: leads nowhere"},
		{"a menu's end", "display: Bob", "menus: [{name: main, prompt: menu-main, dial: true, no-choice: phones}]\n", `menus[0].no-choice: "phones" are a user's own, and this is no user's`},
		{"a trunk's default", "display: Bob", "trunks: [{name: gw, emergency: true, hops: ['sip:gw.test'], default: dave}]\n", `trunks[0].default: there is no user or group "dave"`},
		{"a closed calendar", "display: Bob", "calendars: [{name: office, dates: ['12-25']}]\n", "calendars[0].open: the calendar is never open"},
		{"two calendars of a name", "display: Bob", "calendars: [{name: office, open: [sun]}, {name: Office, open: [mon]}]\n", `calendars[1].name: "Office" is the same as calendars[0], "office"`},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			text := strings.Replace(everybody, "%s", test.bob, 1) + test.more
			_, _, err := Parse([]byte(text))
			var wrong *Error
			switch {
			case test.want == "" && err != nil:
				t.Errorf("%s: %v", test.reason, err)
			case test.want == "":
			case !errors.As(err, &wrong) || !strings.Contains(err.Error(), test.want):
				t.Errorf("%s:\n got %v\nwant %s", test.reason, err, test.want)
			case len(wrong.Problems) != 1 || wrong.Problems[0].Line == 0:
				t.Errorf("%s: one mistake, one message with a place, but got %d:\n%s", test.reason, len(wrong.Problems), err)
			}
		})
	}
}

func TestNames(t *testing.T) {
	tests := []struct{ reason, text, want string }{
		{"a user with the name of an agent", user("{name: voicemail, password: x}"), `users[0].name: "voicemail" is the address of a service of the server`},
		{"a group with the name of an agent", user("{name: bob, password: x}") + "groups: [{name: park, members: [bob]}]\n", `groups[0].name: "park" is the address of a service`},
		{"a group with the name of a user", user("{name: bob, password: x}") + "groups: [{name: bob, members: [bob]}]\n", `"bob" is also the name of a`},
		{"a number of two users", user(`{name: bob, password: x, numbers: ["7"]}`, `{name: carol, password: x, numbers: ["7"]}`), `:5:42: users[1].numbers[0]: "7" is also a number of bob`},
		{"a number of a user and a group", user(`{name: bob, password: x, numbers: ["7"]}`) + "groups: [{name: sales, members: [bob], numbers: ['7']}]\n", `groups[0].numbers[0]: "7" is also a number of bob`},
		{"a member who is not there", user("{name: bob, password: x}") + "groups: [{name: sales, members: [bob, dave]}]\n", `:5:39: groups[0].members[1]: there is no user "dave"`},
		{"a group without a name", user("{name: bob, password: x}") + "groups: [{members: [bob]}]\n", "groups[0].name: is missing"},
	}
	for _, test := range tests {
		_, _, err := Parse([]byte(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s:\n got %v\nwant %s", test.reason, err, test.want)
		}
	}
}

// TestAnnouncementsToCome: what nobody recorded yet keeps nobody from serving, wherever it is named.
func TestAnnouncementsToCome(t *testing.T) {
	promptsFolder(t)
	text := minimal + `media: {prompts: prompts}
users:
  - {name: bob, password: x, forward: {busy: "announcement:gone"}, screening: [{action: refuse, announcement: no}, {action: refuse, announcement: never}, {action: refuse, announcement: closed}]}
`
	config, warnings, err := Parse([]byte(text))
	if err != nil || config == nil || len(warnings) != 2 {
		t.Fatalf("two warnings, not %v %v", warnings, err)
	}
	if want := `warning: users[0].forward.busy: there is no announcement "gone"`; !strings.Contains(warnings[0].String(), want) || warnings[0].Line != 5 {
		t.Errorf("got %v, want %s", warnings[0], want)
	}
	if want := `users[0].screening[1].announcement: there is no announcement "never"`; !strings.Contains(warnings[1].String(), want) {
		t.Errorf("got %v, want %s", warnings[1], want)
	}
}

// TestManyUsers: a large file is read with all its rules, and what is wrong in it found.
func TestManyUsers(t *testing.T) {
	var text strings.Builder
	text.WriteString(minimal + "users:\n")
	const users = 2000
	for i := range users {
		next := (i + 1) % users
		if next == 0 {
			next = users - 2 // a circle of the last two
		}
		fmt.Fprintf(&text, "  - {name: u%d, password: x, digest: [MD5], numbers: [\"%d\"], forward: {unconditional: u%d}, screening: [{from: [\"+49*\"], action: refuse}]}\n", i, 10000+i, next)
	}
	_, _, err := Parse([]byte(text.String()))
	var wrong *Error
	if !errors.As(err, &wrong) || len(wrong.Problems) != 1 || !strings.Contains(err.Error(), "a circle") || wrong.Problems[0].Line != users+2 {
		t.Errorf("one circle at the end: %v", err)
	}
}

// TestServiceLimits: each list has a bound, which its message names.
func TestServiceLimits(t *testing.T) {
	many := func(count int, item string) string { return "[" + strings.Repeat(item+",", count) + "]" }
	pairs := func(count int) string {
		var text strings.Builder
		for i := range count {
			fmt.Fprintf(&text, "\"%d\": block,", 100_000+i)
		}
		return "{" + text.String() + "}"
	}
	tests := []struct{ reason, text, want string }{
		{"groups", "groups: " + many(maxGroups+1, "a"), "groups: has 10001 items, at most 10000 are supported"},
		{"calendars", "calendars: " + many(maxCalendars+1, "a"), "calendars: has 1001 items, at most 1000"},
		{"menus", "menus: " + many(maxMenus+1, "a"), "menus: has 1001 items, at most 1000"},
		{"trunks", "trunks: " + many(maxTrunks+1, "a"), "trunks: has 101 items, at most 100"},
		{"codes", "codes: " + pairs(maxCodes+1), "codes: has 201 keys, at most 200"},
		{"codes in a call", "in-call: " + pairs(maxInCall+1), "in-call: has 51 keys, at most 50"},
		{"choices", "menus: [{name: main, prompt: menu-main, choices: " + pairs(maxChoices+1) + "}]", "menus[0].choices: has 101 keys, at most 100"},
		{"emergency numbers", "numbers: {emergency: " + many(maxEmergency+1, "112") + "}", "numbers.emergency: has 33 items, at most 32"},
		{"words of a command", "voicemail: {from: a@b.test, mail: " + many(maxMailWords+1, "/a") + "}", "voicemail.mail: has 33 items, at most 32"},
		{"numbers of a user", "users: [{name: bob, password: x, numbers: " + many(21, "1") + "}]", "users[0].numbers: has 21 items, at most 20"},
		{"PINs to hash", "users: [" + func() string {
			var text strings.Builder
			for i := range maxPINs + 1 {
				fmt.Fprintf(&text, "{name: u%d, password: x, digest: [MD5], mailbox: {pin: 4938170265}},", i)
			}
			return text.String()
		}() + "]", "users: has 1001 mailboxes with a PIN in plain digits, at most 1000 are supported"},
	}
	for _, test := range tests {
		_, _, err := Parse([]byte(minimal + test.text + "\n"))
		var wrong *Error
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), test.want) || len(wrong.Problems) != 1 {
			t.Errorf("%s:\n got %.300v\nwant %s", test.reason, err, test.want)
		}
	}
}
