package screen

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/proxy"
)

// view is a domain of one group and two calendars.
type view struct{}

func (view) User(string) *directory.User { return nil }
func (view) Number(string) string        { return "" }

func (view) Group(name string) *directory.Group {
	if name != "family" {
		return nil
	}
	return family
}

var family = &directory.Group{Name: "family", Members: []string{"carol", "dave"}}

var office = &directory.Calendar{Name: "office", Zone: zone("Europe/Berlin"), Open: []directory.Hours{hoursOf("mon-fri 09:00-17:00")}}

func (view) Calendar(name string) *directory.Calendar {
	if name != "office" {
		return nil
	}
	return office
}

func zone(name string) directory.Zone {
	z, err := directory.ParseZone(name)
	if err != nil {
		panic(err)
	}
	return z
}

func hoursOf(text string) directory.Hours {
	h, err := directory.ParseHours(text)
	if err != nil {
		panic(err)
	}
	return h
}

func patterns(texts ...string) (list []directory.Pattern) {
	for _, text := range texts {
		p, err := directory.ParsePattern(text)
		if err != nil {
			panic(err)
		}
		list = append(list, p)
	}
	return list
}

func target(text string) directory.Target {
	t, err := directory.ParseTarget(text)
	if err != nil {
		panic(err)
	}
	return t
}

// evening is a Tuesday, 18:30 in Berlin.
var evening = time.Date(2026, 3, 3, 17, 30, 0, 0, time.UTC)

// call is one to Bob, by somebody.
func call(routing *directory.Routing, from directory.Subject) *proxy.Context {
	return &proxy.Context{
		Now: evening, Users: view{}, Domain: "example.test",
		Caller: proxy.Caller{Subject: from, Source: netip.MustParseAddr("192.0.2.7")},
		Callee: &directory.User{Name: "bob", Routing: routing},
	}
}

var (
	carol  = directory.Subject{Name: "carol", Address: "carol@example.test", Number: "1003"}
	mobile = directory.Subject{Address: "+49171555@gw.test", Number: "+49171555"}
)

// outcome is a decision in short.
func outcome(d proxy.Decision) string {
	var b strings.Builder
	switch d.Act {
	case proxy.Continue:
		b.WriteString("continue")
	case proxy.Reject:
		b.WriteString("reject " + d.Status.Error())
		if d.Announcement != "" {
			b.WriteString(", announcement " + d.Announcement)
		}
		if d.RetryAfter != 0 {
			b.WriteString(", retry after " + d.RetryAfter.String())
		}
	case proxy.Redirect:
		b.WriteString("redirect " + d.Targets[0].String() + " " + d.Reason.String())
		if d.Ask {
			b.WriteString(", ask")
		}
	case proxy.Fork:
		b.WriteString("fork " + d.Ring.String())
		if len(d.Targets) == 0 {
			b.WriteString(", silent")
		}
	case proxy.Wait:
		b.WriteString("wait " + d.Ring.String())
	}
	if d.Rule != "" {
		b.WriteString(" by " + d.Rule)
	}
	return b.String()
}

const (
	refused = "reject 403 Screening Failure (Terminating), announcement screening"
	allowed = "continue"
)

// TestIncoming: what is decided about a call, by what the callee has set.
func TestIncoming(t *testing.T) {
	rule := func(r directory.Rule) *directory.Routing { return &directory.Routing{Screening: []directory.Rule{r}} }
	refuse := directory.ActionRefuse
	for _, test := range []struct {
		reason  string
		routing *directory.Routing
		from    directory.Subject
		want    string
	}{
		{"nothing set", nil, carol, allowed},
		{"nothing screened", &directory.Routing{}, carol, allowed},
		{"blocked by name", &directory.Routing{Block: patterns("carol")}, carol, refused + " by block list"},
		{"blocked by prefix", &directory.Routing{Block: patterns("dave", "+49*")}, mobile, refused + " by block list"},
		{"blocked by domain", &directory.Routing{Block: patterns("*@gw.test")}, mobile, refused + " by block list"},
		{"blocked before it is allowed", &directory.Routing{Block: patterns("carol"), Screening: []directory.Rule{{Action: directory.ActionAllow}}}, carol, refused + " by block list"},
		{"nobody hides here", &directory.Routing{RejectAnonymous: true}, carol, allowed},
		{"a rule for others", rule(directory.Rule{From: patterns("dave"), Action: refuse}), carol, allowed},
		{"a rule about her number", rule(directory.Rule{From: patterns("_1XXX"), Action: refuse}), carol, refused + " by screening rule 1"},
		{"a rule with a name", rule(directory.Rule{Name: "no carol", From: patterns("carol"), Action: refuse}), carol, refused + ` by screening rule "no carol"`},
		{"an announcement of its own", rule(directory.Rule{Action: refuse, Announcement: "closed"}), carol, "reject 403 Screening Failure (Terminating), announcement closed by screening rule 1"},
		{"a member of a group", rule(directory.Rule{Groups: []string{"family"}, Action: refuse}), carol, refused + " by screening rule 1"},
		{"no member", rule(directory.Rule{Groups: []string{"family"}, Action: refuse}), mobile, allowed},
		{"a group that is not there", rule(directory.Rule{Groups: []string{"friends"}, Action: refuse}), carol, allowed},
		{"from a network", rule(directory.Rule{Sources: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Action: refuse}), carol, refused + " by screening rule 1"},
		{"from another network", rule(directory.Rule{Sources: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}, Action: refuse}), carol, allowed},
		{"who hides", rule(directory.Rule{Anonymous: true, Action: refuse}), carol, allowed},
		{"while away, who is not", rule(directory.Rule{Away: true, Action: refuse}), carol, allowed},
		{"while away", &directory.Routing{Away: true, Screening: []directory.Rule{{Away: true, Action: refuse}}}, carol, refused + " by screening rule 1"},
		{"all conditions hold but one", rule(directory.Rule{From: patterns("carol"), Groups: []string{"family"}, Anonymous: true, Action: refuse}), carol, allowed},
		{
			"the first that fits decides", &directory.Routing{Screening: []directory.Rule{
				{From: patterns("dave"), Action: refuse}, {Name: "friend", From: patterns("carol"), Action: directory.ActionAllow}, {Action: refuse},
			}}, carol, `continue by screening rule "friend"`,
		},
		{"within hours", rule(directory.Rule{When: directory.When{Hours: []directory.Hours{hoursOf("17:00-22:00")}, Zone: zone("Europe/Berlin")}, Action: refuse}), carol, refused + " by screening rule 1"},
		{"outside hours, elsewhere", rule(directory.Rule{When: directory.When{Hours: []directory.Hours{hoursOf("17:00-22:00")}, Zone: zone("Asia/Shanghai")}, Action: refuse}), carol, allowed},
		{
			"later, when it opens", rule(directory.Rule{When: directory.When{Calendar: "office", Closed: true}, Action: directory.ActionLater}), carol,
			"reject 480 Temporarily Unavailable, announcement call-back-later, retry after 14h30m0s by screening rule 1",
		},
		{
			"later, when hours end", rule(directory.Rule{When: directory.When{Hours: []directory.Hours{hoursOf("18:00-19:00")}, Zone: zone("Europe/Berlin")}, Action: directory.ActionLater}), carol,
			"reject 480 Temporarily Unavailable, announcement call-back-later, retry after 30m0s by screening rule 1",
		},
		{"later, nobody knows when", rule(directory.Rule{Action: directory.ActionLater}), carol, "reject 480 Temporarily Unavailable, announcement call-back-later by screening rule 1"},
		{"a calendar that is not there", rule(directory.Rule{When: directory.When{Calendar: "none"}, Action: refuse}), carol, allowed},
		{"elsewhere", rule(directory.Rule{Action: directory.ActionDivert, To: target("voicemail")}), carol, "redirect voicemail do-not-disturb by screening rule 1"},
		{"elsewhere, but not where: nobody gets in by mistake", rule(directory.Rule{Action: directory.ActionDivert}), carol, refused + " by screening rule 1"},
		{"the caller is announced", rule(directory.Rule{Action: directory.ActionAsk}), carol, "redirect phones unconditional, ask by screening rule 1"},
		{"rings nowhere", rule(directory.Rule{Action: directory.ActionSilent}), carol, "fork 2m0s, silent by screening rule 1"},
		{"an action that nobody knows", rule(directory.Rule{Action: "burn"}), carol, refused + " by screening rule 1"},
	} {
		c := call(test.routing, test.from)
		if got := outcome(Incoming.Arrive(c)); got != test.want {
			t.Errorf("%s: got %s, want %s", test.reason, got, test.want)
		}
		c.Note = func(string) {}
		if got := outcome(Incoming.Arrive(c)); got != test.want {
			t.Errorf("%s, when it is asked what would happen: got %s, want %s", test.reason, got, test.want)
		}
		c.Emergency = true
		if got := outcome(Incoming.Arrive(c)); got != allowed {
			t.Errorf("%s, for help: got %s, want %s", test.reason, got, allowed)
		}
	}
}

// TestAnonymous: who hides is refused with RFC 5079's own code.
func TestAnonymous(t *testing.T) {
	c := call(&directory.Routing{RejectAnonymous: true}, mobile)
	c.Caller.Anonymous = true
	if got, want := outcome(Incoming.Arrive(c)), "reject 433 Anonymity Disallowed, announcement screening by reject-anonymous"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c = call(&directory.Routing{Screening: []directory.Rule{{Anonymous: true, Action: directory.ActionDivert, To: target("announcement:name-yourself")}}}, mobile)
	c.Caller.Anonymous = true
	if got, want := outcome(Incoming.Arrive(c)), "redirect announcement:name-yourself do-not-disturb by screening rule 1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestSource: an IPv4 address in IPv6 form is still that address.
func TestSource(t *testing.T) {
	c := call(&directory.Routing{Screening: []directory.Rule{{Sources: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Action: directory.ActionRefuse}}}, carol)
	c.Caller.Source = netip.MustParseAddr("::ffff:192.0.2.9")
	if got := Incoming.Arrive(c); got.Act != proxy.Reject {
		t.Errorf("got %s", outcome(got))
	}
}

// TestSilence: who rang nowhere is told nothing more, and goes nowhere else; others go on.
func TestSilence(t *testing.T) {
	c := call(&directory.Routing{Screening: []directory.Rule{{From: patterns("carol"), Action: directory.ActionSilent}}}, carol)
	c.Step = 1
	if got, want := outcome(Incoming.Fail(c, 408)), "reject 480 Temporarily Unavailable by screening rule 1"; got != want {
		t.Errorf("the silent caller: got %s, want %s", got, want)
	}
	c.Caller.Subject = mobile
	if got := outcome(Incoming.Fail(c, 408)); got != allowed {
		t.Errorf("somebody else: got %s", got)
	}
	c.Caller.Subject, c.Step = carol, 0
	if got := outcome(Incoming.Fail(c, 408)); got != allowed {
		t.Errorf("no phone was silent: got %s", got)
	}
}

// TestOutgoing: what may be called, by what the payer has set.
func TestOutgoing(t *testing.T) {
	const failure = "reject 403 Screening Failure (Originating), announcement "
	number := directory.Subject{Address: "0900123@example.test", Number: "0900123"}
	for _, test := range []struct {
		reason  string
		routing *directory.Routing
		dialled directory.Subject
		class   directory.Class
		want    string
	}{
		{"a user, with nothing set", nil, carol, "", allowed},
		{"national, with nothing set", nil, mobile, directory.ClassNational, allowed},
		{"international, with nothing set", nil, mobile, directory.ClassInternational, failure + "screening-originating by outgoing class national"},
		{"premium, with nothing set", nil, number, directory.ClassPremium, failure + "screening-originating by outgoing class national"},
		{"national, who stays inside", &directory.Routing{Outgoing: directory.Outgoing{Class: directory.ClassInternal}}, mobile, directory.ClassNational, failure + "screening-originating by outgoing class internal"},
		{"a user, who stays inside", &directory.Routing{Outgoing: directory.Outgoing{Class: directory.ClassInternal}}, carol, "", allowed},
		{"international, who may", &directory.Routing{Outgoing: directory.Outgoing{Class: directory.ClassInternational}}, mobile, directory.ClassInternational, allowed},
		{"premium, who may call abroad", &directory.Routing{Outgoing: directory.Outgoing{Class: directory.ClassInternational}}, number, directory.ClassPremium, failure + "screening-originating by outgoing class international"},
		{"premium, who may", &directory.Routing{Outgoing: directory.Outgoing{Class: directory.ClassPremium}}, number, directory.ClassPremium, allowed},
		{"a class that nobody knows allows nothing", &directory.Routing{Outgoing: directory.Outgoing{Class: "all"}}, mobile, directory.ClassNational, failure + "screening-originating by outgoing class all"},
		{"a class that nobody knows is the farthest", &directory.Routing{Outgoing: directory.Outgoing{Class: directory.ClassInternational}}, mobile, "moon", failure + "screening-originating by outgoing class international"},
		{
			"a rule against somebody", &directory.Routing{Outgoing: directory.Outgoing{Rules: []directory.DialRule{{Name: "no carol", To: patterns("carol"), Announcement: "sorry"}}}}, carol, "",
			failure + `sorry by outgoing rule "no carol"`,
		},
		{"a rule for what else were refused", &directory.Routing{Outgoing: directory.Outgoing{Rules: []directory.DialRule{{To: patterns("0900*"), Allow: true}}}}, number, directory.ClassPremium, "continue by outgoing rule 1"},
		{
			"a rule at another time", &directory.Routing{Outgoing: directory.Outgoing{Rules: []directory.DialRule{{To: patterns("carol"), When: directory.When{Calendar: "office"}}}}},
			carol, "", allowed,
		},
		{
			"a rule at this time", &directory.Routing{Outgoing: directory.Outgoing{Rules: []directory.DialRule{{To: patterns("*"), When: directory.When{Calendar: "office", Closed: true}}}}},
			carol, "", failure + "screening-originating by outgoing rule 1",
		},
	} {
		c := &proxy.Context{Now: evening, Users: view{}, Payer: &directory.User{Name: "alice", Routing: test.routing}, Dialled: test.dialled, Class: test.class}
		if got := outcome(Outgoing.Leave(c)); got != test.want {
			t.Errorf("%s: got %s, want %s", test.reason, got, test.want)
		}
		c.Note = func(string) {}
		if got := outcome(Outgoing.Leave(c)); got != test.want {
			t.Errorf("%s, when it is asked what would happen: got %s, want %s", test.reason, got, test.want)
		}
		c.Emergency = true
		if got := outcome(Outgoing.Leave(c)); got != allowed {
			t.Errorf("%s, for help: got %s", test.reason, got)
		}
		c.Emergency, c.Payer = false, nil
		if got := outcome(Outgoing.Leave(c)); got != allowed {
			t.Errorf("%s, nobody pays: got %s", test.reason, got)
		}
	}
}

// TestNotes: each rule says what was compared, and why it fits or not.
func TestNotes(t *testing.T) {
	routing := &directory.Routing{
		Block: patterns("+44*"),
		Screening: []directory.Rule{
			{Name: "spam", From: patterns("*@spam.test", "+99*"), Action: directory.ActionRefuse},
			{Groups: []string{"friends"}, Action: directory.ActionAllow},
			{Sources: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Action: directory.ActionAllow},
			{Anonymous: true, Action: directory.ActionRefuse},
			{Away: true, Action: directory.ActionRefuse},
			{Name: "morning", When: directory.When{Hours: []directory.Hours{hoursOf("mon-fri 06:00-09:00")}, Zone: zone("Europe/Berlin")}, Action: directory.ActionRefuse},
			{Name: "open", When: directory.When{Calendar: "office"}, Action: directory.ActionAllow},
			{Name: "evening", From: patterns("carol"), When: directory.When{Calendar: "office", Closed: true}, Action: directory.ActionDivert, To: target("voicemail")},
			{Name: "never asked", Action: directory.ActionRefuse},
		},
	}
	c := call(routing, carol)
	var got []string
	c.Note = func(text string) { got = append(got, text) }
	Incoming.Arrive(c)
	c.Payer, c.Dialled, c.Class = &directory.User{Name: "alice", Routing: &directory.Routing{Outgoing: directory.Outgoing{Rules: []directory.DialRule{
		{Name: "sex", To: patterns("0900*", "_0137X.")},
		{Name: "work", To: patterns("+49*"), Allow: true, When: directory.When{Calendar: "office"}},
	}}}}, mobile, directory.ClassInternational
	Outgoing.Leave(c)
	want := []string{
		`screening rule "spam" does not fit: the caller carol is none of *@spam.test, +99*`,
		`screening rule 2 does not fit: the caller carol is in no group of friends`,
		`screening rule 3 does not fit: the call comes from 192.0.2.7, which is not in 10.0.0.0/8`,
		`screening rule 4 does not fit: the caller shows who it is`,
		`screening rule 5 does not fit: the user is not away`,
		`screening rule "morning" does not fit: Tue 2026-03-03 18:30 CET is outside mon,tue,wed,thu,fri 06:00-09:00`,
		`screening rule "open" does not fit: calendar "office" is closed at Tue 2026-03-03 18:30 CET`,
		`screening rule "evening" fits: divert to voicemail, as the caller carol is "carol" and calendar "office" is closed at Tue 2026-03-03 18:30 CET`,
		`outgoing rule "sex" of alice does not fit: +49171555 is none of 0900*, _0137X.`,
		`outgoing rule "work" of alice does not fit: calendar "office" is closed at Tue 2026-03-03 18:30 CET`,
		`alice may not call international numbers such as +49171555: the class of outgoing calls is national`,
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("note %d:\n got %q\nwant %q", i, got[min(i, len(got)):], want[min(i, len(want)):])
		}
	}
}

// tenRules are a user's who screens by everything there is.
func tenRules() *directory.Routing {
	routing := &directory.Routing{Block: patterns("+1900*", "*@spam.test", "mallory")}
	for range 9 {
		routing.Screening = append(routing.Screening, directory.Rule{
			From: patterns("carol"), Groups: []string{"family"}, Sources: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
			When: directory.When{Hours: []directory.Hours{hoursOf("mon-fri 22:00-06:00")}, Zone: zone("Europe/Berlin")}, Action: directory.ActionRefuse,
		})
	}
	routing.Screening = append(routing.Screening, directory.Rule{When: directory.When{Calendar: "office"}, Action: directory.ActionRefuse})
	return routing
}

// TestAllocations: a decision allocates nothing, however many rules are asked.
func TestAllocations(t *testing.T) {
	c := call(tenRules(), carol)
	c.Payer = &directory.User{Name: "carol"}
	c.Dialled, c.Class = mobile, directory.ClassNational
	if n := testing.AllocsPerRun(100, func() { Incoming.Arrive(c); Incoming.Fail(c, 486); Outgoing.Leave(c) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkTenRules(b *testing.B) {
	c := call(tenRules(), carol)
	b.ReportAllocs()
	for b.Loop() {
		Incoming.Arrive(c)
	}
}
