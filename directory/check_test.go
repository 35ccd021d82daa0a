package directory

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

func target(t *testing.T, text string) Target { return read(t, text, ParseTarget) }

// users makes users by name.
func users(list map[string]*Routing) map[string]*User {
	all := map[string]*User{}
	for name, routing := range list {
		all[name] = &User{Name: name, Routing: routing}
	}
	return all
}

// domain is one in which nothing is wrong.
func domain(t *testing.T) *Catalogue {
	return &Catalogue{
		Domain: "example.test",
		Users: users(map[string]*Routing{
			"alice": {Numbers: []string{"1001", "+4930123456"}}, "carol": nil, "dave": {Mailbox: Mailbox{Off: true}},
			"bob": {Numbers: []string{"1002"}, Display: "Bob", Forward: Forward{NoAnswer: NoAnswer{To: target(t, "voicemail"), After: Duration(15 * time.Second)}}},
		}),
		Groups:        map[string]*Group{"sales": {Name: "sales", Numbers: []string{"2000"}, Members: []string{"alice", "bob"}, NoAnswer: target(t, "voicemail:alice")}},
		Calendars:     map[string]*Calendar{"office": office(t)},
		Menus:         map[string][]Target{"main": {target(t, "sales"), target(t, "voicemail:bob"), target(t, "1001")}},
		Announcements: func(name string) bool { return name == "closed" },
		Normalize: func(dialled string) (string, Class, bool) {
			switch {
			case strings.HasPrefix(dialled, "+49900"):
				return dialled, ClassPremium, true
			case strings.HasPrefix(dialled, "+49"):
				return dialled, ClassNational, true
			case strings.HasPrefix(dialled, "+"):
				return dialled, ClassInternational, true
			case strings.HasPrefix(dialled, "0"):
				return "+49" + dialled[1:], ClassNational, true
			}
			return "", "", false
		},
	}
}

// said are problems as a text, and "" for none.
func said(problems []Problem) string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

// TestNothingWrong: a domain in which everything leads somewhere.
func TestNothingWrong(t *testing.T) {
	if got := said(domain(t).Problems()); got != "" {
		t.Error(got)
	}
}

// TestUserProblems: each mistake is refused by where it is, what is wrong and what to do.
func TestUserProblems(t *testing.T) {
	forward := func(text string) *Routing { return &Routing{Forward: Forward{Unconditional: target(t, text)}} }
	rule := func(r Rule) *Routing { return &Routing{Screening: []Rule{r}} }
	steps := func(s ...Step) *Routing { return &Routing{FindMe: FindMe{Steps: s}} }
	ring := func(texts ...string) (list []Target) {
		for _, text := range texts {
			list = append(list, target(t, text))
		}
		return list
	}
	refuse := ActionRefuse
	for _, test := range []struct {
		reason  string
		routing *Routing
		path    string // of the one problem, "" for none
		says    string
	}{
		{"nothing set", nil, "", ""},
		{"a user", forward("carol"), "", ""},
		{"a group", forward("sales"), "", ""},
		{"a user's number", forward("1001"), "", ""},
		{"a user's number, dialled otherwise", forward("030123456"), "", ""},
		{"a user by address", forward("sip:carol@EXAMPLE.test"), "", ""},
		{"a user's number by address", forward("sip:1001@example.test"), "", ""},
		{"the own voicemail", forward("voicemail"), "", ""},
		{"a menu", forward("menu:main"), "", ""},
		{"an announcement", forward("announcement:closed"), "", ""},
		{"another domain", forward("sip:bob@elsewhere.test"), "", ""},
		{"an agent by address", forward("sip:music@example.test"), "", ""},
		{"nobody", forward("eve"), "forward.unconditional", `no user or group "eve"`},
		{"nobody by address", forward("sip:eve@example.test"), "forward.unconditional", `no user or group "eve" in example.test`},
		{"no menu", forward("menu:other"), "forward.unconditional", `no menu "other"`},
		{"no announcement", forward("announcement:open"), "forward.unconditional", `no announcement "open"`},
		{"nobody's voicemail", forward("voicemail:eve"), "forward.unconditional", `no user "eve"`},
		{"a group's voicemail", forward("voicemail:sales"), "forward.unconditional", `no user "sales"`},
		{"a mailbox that is off", forward("voicemail:dave"), "forward.unconditional", "mailbox of dave is switched off"},
		{"the own mailbox, which is off", &Routing{Mailbox: Mailbox{Off: true}, Forward: Forward{Busy: target(t, "voicemail")}}, "forward.busy", "mailbox of bob is switched off"},
		{"no trunk", forward("+49171555"), "forward.unconditional", "no trunk"},
		{"a code", forward("*97"), "forward.unconditional", "dialled code"},
		{"oneself", forward("bob"), "forward.unconditional", "bob forwards to bob"},
		{"oneself by number", &Routing{Numbers: []string{"1002"}, Forward: Forward{Busy: target(t, "1002")}}, "forward.busy", "bob forwards to 1002"},
		{"oneself by address", &Routing{Forward: Forward{Unreachable: target(t, "bob@example.test")}}, "forward.unreachable", "bob forwards to sip:bob@example.test"},
		{"the own phones", &Routing{Forward: Forward{NoAnswer: NoAnswer{To: target(t, "phones")}}}, "forward.no-answer.to", "bob forwards to phones"},
		{"rings too short", &Routing{Forward: Forward{NoAnswer: NoAnswer{To: target(t, "carol"), After: Duration(time.Millisecond)}}}, "forward.no-answer.after", "1ms"},
		{"rings too long", &Routing{Forward: Forward{NoAnswer: NoAnswer{To: target(t, "carol"), After: Duration(time.Hour)}}}, "forward.no-answer.after", "1h"},
		{"rings backwards", &Routing{Forward: Forward{NoAnswer: NoAnswer{To: target(t, "carol"), After: Duration(-time.Second)}}}, "forward.no-answer.after", "-1s"},
		{"when, but not where", &Routing{Forward: Forward{NoAnswer: NoAnswer{After: Duration(time.Second)}}}, "forward.no-answer.after", "not where"},
		{"a redirection to nowhere", &Routing{Forward: Forward{Redirect: true}}, "forward.redirect", "not where"},

		{"steps", steps(Step{Targets: ring("phones", "carol")}, Step{Targets: ring("sales", "sip:bob@elsewhere.test"), InTurn: true, For: Duration(time.Second)}), "", ""},
		{"a step of nobody", steps(Step{}), "find-me.steps[0].ring", "0 targets"},
		{"a step of too many", steps(Step{Targets: slices.Repeat(ring("carol"), MaxTargets+1)}), "find-me.steps[0].ring", "21 targets"},
		{"too many steps", steps(slices.Repeat([]Step{{Targets: ring("carol")}}, MaxSteps+1)...), "find-me.steps", "11 entries"},
		{"a step to nobody", steps(Step{Targets: ring("carol")}, Step{Targets: ring("carol", "eve")}), "find-me.steps[1].ring[1]", `"eve"`},
		{"a step that answers at once", steps(Step{Targets: ring("voicemail")}), "find-me.steps[0].ring[0]", "answers at once"},
		{"a step that rings too long", steps(Step{Targets: ring("carol"), For: Duration(4 * time.Minute)}), "find-me.steps[0].for", "4m"},
		{"a target of nothing", steps(Step{Targets: []Target{{}}}), "find-me.steps[0].ring[0]", "leads nowhere"},

		{"a rule", rule(Rule{From: []Pattern{pattern(t, "+44*")}, Groups: []string{"sales"}, When: When{Calendar: "office", Closed: true}, Action: refuse, Announcement: "closed"}), "", ""},
		{"a rule of a group that is not there", rule(Rule{Groups: []string{"sales", "friends"}, Action: refuse}), "screening[0].groups[1]", `"friends"`},
		{"a rule of a calendar that is not there", rule(Rule{When: When{Calendar: "home"}, Action: refuse}), "screening[0].when.calendar", `"home"`},
		{"closed, but what", rule(Rule{When: When{Closed: true}, Action: refuse}), "screening[0].when.closed", "what is closed"},
		{"a time zone of no hours", rule(Rule{When: When{Calendar: "office", Zone: zone(t, "UTC")}, Action: refuse}), "screening[0].when.zone", "no hours"},
		{"hours that never come", rule(Rule{When: When{Hours: []Hours{{}}}, Action: refuse}), "screening[0].when.hours[0]", "never come"},
		{"a pattern of nothing", rule(Rule{From: []Pattern{{}}, Action: refuse}), "screening[0].from[0]", "empty"},
		{"a network that is none", rule(Rule{Sources: []netip.Prefix{{}}, Action: refuse}), "screening[0].sources[0]", "no network"},
		{"no action", rule(Rule{}), "screening[0].action", `"" is not known`},
		{"to nowhere", rule(Rule{Action: ActionDivert}), "screening[0].to", "not said where"},
		{"to nobody", rule(Rule{Action: ActionDivert, To: target(t, "eve")}), "screening[0].to", `"eve"`},
		{"to the one who is called", rule(Rule{Action: ActionDivert, To: target(t, "bob")}), "screening[0].to", "called already"},
		{"to somewhere, and refused", rule(Rule{Action: refuse, To: target(t, "carol")}), "screening[0].to", "not used"},
		{"an announcement that is not there", rule(Rule{Action: refuse, Announcement: "open"}), "screening[0].announcement", `"open"`},
		{"an announcement out of its folder", rule(Rule{Action: refuse, Announcement: "../../etc/passwd"}), "screening[0].announcement", "can't name"},
		{"two rules of one name", &Routing{Screening: []Rule{{Name: "a", Action: refuse}, {Name: "a", Action: refuse}}}, "screening[1].name", "rule 1"},
		{"a name with a line break", rule(Rule{Name: "a\r\nb", Action: refuse}), "screening[0].name", "control character"},
		{"too many rules", &Routing{Screening: slices.Repeat([]Rule{{Action: refuse}}, MaxRules+1)}, "screening", "101 rules"},
		{"too many patterns", &Routing{Block: slices.Repeat([]Pattern{pattern(t, "a")}, MaxPatterns+1)}, "block", "1001 entries"},

		{"a class that is none", &Routing{Outgoing: Outgoing{Class: "all"}}, "outgoing.class", `"all"`},
		{"a dial rule about nothing", &Routing{Outgoing: Outgoing{Rules: []DialRule{{Name: "x"}}}}, "outgoing.rules[0].to", "not said"},
		{"redirects that are none", &Routing{Redirects: "maybe"}, "redirects", `"maybe"`},
		{"a language without prompts", &Routing{Language: "fr"}, "language", `"fr"`},
		{"a name that breaks a header", &Routing{Display: "Bob\r\nX: y"}, "display", "control character"},
		{"a PIN in clear", &Routing{Mailbox: Mailbox{PIN: "493817"}}, "mailbox.pin", "hash"},
		{"no mail address", &Routing{Mailbox: Mailbox{Mail: "-oQ/tmp@x y"}}, "mailbox.mail", "no address"},
		{"mailed to nobody", &Routing{Mailbox: Mailbox{MailOnly: true}}, "mailbox.mail-only", "nobody"},

		{"somebody's number", &Routing{Numbers: []string{"1002", "1001"}}, "numbers[1]", `"1001" is also a number of alice`},
		{"a group's number", &Routing{Numbers: []string{"2000"}}, "numbers[0]", "of sales"},
		{"a number with marks", &Routing{Numbers: []string{"030-1"}}, "numbers[0]", "is no number"},
		{"a number that is a code", &Routing{Numbers: []string{"*72"}}, "numbers[0]", "dialled code"},
		{"a number twice", &Routing{Numbers: []string{"5", "5"}}, "numbers[1]", "twice"},
		{"too many numbers", &Routing{Numbers: slices.Repeat([]string{"5"}, MaxNumbers+1)}, "numbers", "21 entries"},
	} {
		for _, by := range []string{"maps", "view"} {
			c := domain(t)
			if by == "view" {
				v := &viewOf{c.Users, c.Groups, c.Calendars}
				c.Users, c.Groups, c.Calendars, c.View = nil, nil, nil, v
			}
			got := c.UserProblems(&User{Name: "bob", Routing: test.routing})
			switch {
			case test.path == "":
				if len(got) > 0 {
					t.Errorf("%s, by %s: %s", test.reason, by, said(got))
				}
			case len(got) != 1 || got[0].Path != "users[bob]."+test.path || !strings.Contains(got[0].What, test.says) || got[0].Remedy == "":
				t.Errorf("%s, by %s: got\n%s\nwant users[bob].%s: …%s…", test.reason, by, said(got), test.path, test.says)
			}
		}
	}
}

// viewOf is a view of what maps hold.
type viewOf struct {
	users     map[string]*User
	groups    map[string]*Group
	calendars map[string]*Calendar
}

func (v *viewOf) User(name string) *User         { return v.users[name] }
func (v *viewOf) Group(name string) *Group       { return v.groups[name] }
func (v *viewOf) Calendar(name string) *Calendar { return v.calendars[name] }
func (v *viewOf) Number(number string) string {
	for _, name := range slices.Sorted(maps.Keys(v.users)) {
		if u := v.users[name]; u.Routing != nil && slices.Contains(u.Routing.Numbers, number) {
			return name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.groups)) {
		if slices.Contains(v.groups[name].Numbers, number) {
			return name
		}
	}
	return ""
}

// TestPermissions: who forwards to a number must be allowed to call it.
func TestPermissions(t *testing.T) {
	for _, test := range []struct {
		reason, number string
		outgoing       Outgoing
		says           string
	}{
		{"national", "+49171555", Outgoing{}, ""},
		{"abroad", "+33155", Outgoing{}, "may not call international"},
		{"abroad, who may", "+33155", Outgoing{Class: ClassInternational}, ""},
		{"premium", "+49900123", Outgoing{Class: ClassInternational}, "may not call premium"},
		{"premium, by a rule", "+49900123", Outgoing{Rules: []DialRule{{To: []Pattern{pattern(t, "+49900*")}, Allow: true}}}, ""},
		{"no number", "12345", Outgoing{}, "no number that can be called"},
	} {
		c := domain(t)
		c.Trunks = true
		got := said(c.UserProblems(&User{Name: "bob", Routing: &Routing{Outgoing: test.outgoing, Forward: Forward{Busy: target(t, test.number)}}}))
		if (got == "") != (test.says == "") || !strings.Contains(got, test.says) {
			t.Errorf("%s: got %q, want %q", test.reason, got, test.says)
		}
	}
}

// TestNames: what can't be the name of a user or group.
func TestNames(t *testing.T) {
	for name, says := range map[string]string{
		"erin": "", "1009": "", "a.b_c-d+e": "", "": "missing", "voicemail": "service of the server", "announce": "service of the server", "phones": "something else",
		"10-20": "something else", "sales": "also the name of a group", "a b": `character ' '`, "a@b": `character '@'`, strings.Repeat("a", 64): "longer",
	} {
		got := said(domain(t).UserProblems(&User{Name: name}))
		if (got == "") != (says == "") || !strings.Contains(got, says) {
			t.Errorf("%q: got %q, want %q", name, got, says)
		}
	}
	if got := said(domain(t).GroupProblems(&Group{Name: "bob", Members: []string{"bob"}})); !strings.Contains(got, "groups[bob].name: \"bob\" is also the name of a user") {
		t.Errorf("a group with a user's name: got %q", got)
	}
}

// TestGroupProblems: members are users, each once.
func TestGroupProblems(t *testing.T) {
	many := make([]string, MaxMembers+1)
	for i := range many {
		many[i] = fmt.Sprintf("u%d", i)
	}
	for _, test := range []struct {
		reason string
		group  Group
		want   string
	}{
		{"users", Group{Members: []string{"alice", "bob"}, NoAnswer: target(t, "menu:main")}, ""},
		{"the same numbers as before", Group{Members: []string{"alice"}, Numbers: []string{"2000"}}, ""},
		{"nobody", Group{}, "groups[sales].members: nobody would be called"},
		{"somebody who is not there", Group{Members: []string{"alice", "eve"}}, `groups[sales].members[1]: there is no user "eve"`},
		{"somebody twice", Group{Members: []string{"alice", "alice"}}, `groups[sales].members[1]: "alice" stands there twice`},
		{"itself", Group{Members: []string{"sales"}}, `groups[sales].members[0]: "sales" is a group`},
		{"too many", Group{Members: many}, "groups[sales].members: has 101 entries"},
		{"too many at once", Group{Members: many[:21]}, "groups[sales].members: 21 users can't ring all at once"},
		{"phones of nobody", Group{Members: []string{"alice"}, NoAnswer: target(t, "phones")}, "groups[sales].no-answer"},
		{"voicemail of nobody", Group{Members: []string{"alice"}, NoAnswer: target(t, "voicemail")}, "groups[sales].no-answer: it is not said whose voicemail"},
		{"on to itself", Group{Members: []string{"alice"}, NoAnswer: target(t, "sales")}, "groups[sales].no-answer: what nobody of group sales takes goes to sales: a circle"},
		{"on to itself by number", Group{Members: []string{"alice"}, Numbers: []string{"2000"}, NoAnswer: target(t, "2000")}, "a circle"},
		{"somebody's number", Group{Members: []string{"alice"}, Numbers: []string{"1001"}}, "groups[sales].numbers[0]: \"1001\" is also a number of alice"},
		{"rings too long", Group{Members: []string{"alice"}, Ring: Duration(time.Hour)}, "groups[sales].ring: phones can't ring for 1h0m0s; choose 1s to 3m0s"},
	} {
		test.group.Name = "sales"
		got := said(domain(t).GroupProblems(&test.group))
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: got\n%s\nwant %s", test.reason, got, test.want)
		}
	}
}

// TestCalendarProblems: what can't be on a calendar.
func TestCalendarProblems(t *testing.T) {
	for _, test := range []struct {
		reason   string
		calendar Calendar
		want     string
	}{
		{"hours", Calendar{Open: []Hours{hours(t, "mon-fri 09:00-17:00")}}, ""},
		{"dates alone", Calendar{Dates: []Dates{dates(t, "2026-12-31 09:00-12:00")}}, ""},
		{"never", Calendar{}, "calendars[c].open: the calendar is never open"},
		{"never, but for closed dates", Calendar{Dates: []Dates{dates(t, "12-25")}}, "calendars[c].open: the calendar is never open"},
		{"a day that is none", Calendar{Open: []Hours{hours(t, "mon")}, Dates: []Dates{{First: Date{2026, 2, 30}, Last: Date{2026, 2, 30}}}}, `calendars[c].dates[0]: "2026-02-30" is no day`},
		{"backwards", Calendar{Open: []Hours{hours(t, "mon")}, Dates: []Dates{{First: Date{2026, 2, 3}, Last: Date{2026, 2, 1}}}}, "ends before it begins"},
		{"hours backwards", Calendar{Open: []Hours{hours(t, "mon")}, Dates: []Dates{{First: Date{0, 2, 3}, Last: Date{0, 2, 3}, From: 600, To: 500}}}, "no such hours"},
		{"hours that never come", Calendar{Open: []Hours{{Days: 1, From: 1440, To: 60}}}, "calendars[c].open[0]"},
		{"too many", Calendar{Open: slices.Repeat([]Hours{hours(t, "mon")}, MaxHours+1)}, "calendars[c].open: has 51 entries"},
	} {
		test.calendar.Name = "c"
		got := said(domain(t).CalendarProblems(&test.calendar))
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: got\n%s\nwant %s", test.reason, got, test.want)
		}
	}
}

// TestCircles: a way that leads back to where it began is told of once, in full.
func TestCircles(t *testing.T) {
	c := domain(t)
	to := func(text string) *Routing { return &Routing{Forward: Forward{Unconditional: target(t, text)}} }
	maps.Copy(c.Users, users(map[string]*Routing{
		"u1": to("u2"), "u2": to("3000"), "u3": to("sip:u1@example.test"), // through a group, a number and an address
		"v1": to("v2"), "v2": to("v1"), // two users
		"w1": to("w2"), "w2": to("v2"), // leads into a circle, and is none
		"x1": to("x2"), "x2": to("carol"), // ends
		"y": to("y"), // itself
	}))
	c.Groups["g"] = &Group{Name: "g", Numbers: []string{"3000"}, Members: []string{"carol"}, NoAnswer: target(t, "u3")}
	want := `users[y].forward.unconditional: y forwards to y: the call would come back; choose another target, or remove it
groups[g].no-answer: what nobody of group g takes goes to u3, u3 forwards all calls to u1, u1 forwards all calls to u2, u2 forwards all calls to g: a circle, in which a call would never arrive; give one of them another target
users[v1].forward.unconditional: v1 forwards all calls to v2, v2 forwards all calls to v1: a circle, in which a call would never arrive; give one of them another target`
	if got := said(c.Problems()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := said(c.UserProblems(&User{Name: "carol", Routing: to("x1")})); !strings.Contains(got, "carol forwards all calls to x1, x1 forwards all calls to x2, x2 forwards all calls to carol: a circle") {
		t.Errorf("a circle that a change would close: got %q", got)
	}
	if got := said(c.UserProblems(&User{Name: "carol", Routing: to("v1")})); got != "" {
		t.Errorf("a circle of others is theirs: got %q", got)
	}
}

// TestProblems: a whole domain is checked in the order of its names, up to a limit.
func TestProblems(t *testing.T) {
	c := domain(t)
	c.Users["zoe"] = &User{Name: "zoe", Routing: &Routing{Numbers: []string{"1001", "carol"}}}
	c.Users["erin"] = &User{Name: "Erin"}
	c.Groups["zoe"] = &Group{Name: "zoe", Members: []string{"carol"}}
	c.Menus["main"] = append(c.Menus["main"], target(t, "phones"), target(t, "eve"))
	var paths []string
	for _, p := range c.Problems() {
		paths = append(paths, p.Path)
	}
	want := []string{"users[erin].name", "users[zoe].name", "users[zoe].numbers[0]", "users[zoe].numbers[1]", "groups[zoe].name", "menus[main]", "menus[main]"}
	if !slices.Equal(paths, want) {
		t.Errorf("got %q, want %q\n%s", paths, want, said(c.Problems()))
	}
	for i := range 2 * MaxProblems {
		name := fmt.Sprintf("u%d", i)
		c.Users[name] = &User{Name: name, Routing: &Routing{Language: "fr"}}
	}
	if got := len(c.Problems()); got != MaxProblems {
		t.Errorf("%d problems, at most %d", got, MaxProblems)
	}
}

// TestProblemsOfMany: the work grows with the users, not with their square, nor does a long way of forwards.
func TestProblemsOfMany(t *testing.T) {
	const many = 20_000
	c := &Catalogue{Domain: "example.test", Users: map[string]*User{}}
	for i := range many {
		name := fmt.Sprintf("u%d", i)
		next := fmt.Sprintf("u%d", (i+1)%many)
		c.Users[name] = &User{Name: name, Routing: &Routing{Numbers: []string{fmt.Sprint(100_000 + i)}, Forward: Forward{Unconditional: Target{TargetName, next}}}}
	}
	got := c.Problems()
	if len(got) != 1 || got[0].Path != "users[u0].forward.unconditional" || len(got[0].What) > 2000 {
		t.Errorf("%d problems, want one circle, shortened; it has %d characters", len(got), len(got[0].What))
	}
}
