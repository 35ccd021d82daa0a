package findme

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/proxy"
)

func targets(texts ...string) (list []directory.Target) {
	for _, text := range texts {
		t, err := directory.ParseTarget(text)
		if err != nil {
			panic(err)
		}
		list = append(list, t)
	}
	return list
}

// outcome is a decision in short.
func outcome(d proxy.Decision) string {
	switch d.Act {
	case proxy.Fork:
		text := fmt.Sprintf("%s %s", names(d.Targets), d.Ring)
		if d.Confirm {
			text += " confirm"
		}
		return text
	case proxy.Redirect:
		return "to " + d.Targets[0].String() + " " + d.Reason.String()
	case proxy.Reject:
		return d.Status.Error()
	case proxy.Continue, proxy.Wait:
	}
	return "-"
}

// follow plays a call that everybody fails with a code, until nothing more is decided.
func follow(service proxy.Service, c *proxy.Context, code int) string {
	d := service.Arrive(c)
	said := []string{outcome(d)}
	for d.Act == proxy.Fork {
		c.Step++
		d = service.Fail(c, code)
		said = append(said, outcome(d))
	}
	return strings.Join(said, " | ")
}

// steps are all at once, then one after the other, then a mobile phone that must say yes.
var steps = []directory.Step{
	{Targets: targets("phones", "carol"), For: directory.Duration(15 * time.Second)},
	{Targets: targets("dave", "1005", "sip:bob@elsewhere.test"), InTurn: true, For: directory.Duration(10 * time.Second)},
	{Targets: targets("+49171555"), Confirm: true},
}

// TestFindMe: the steps follow one another, by every code that moves on.
func TestFindMe(t *testing.T) {
	const all = "phones, carol 15s | dave 10s | 1005 10s | sip:bob@elsewhere.test 10s | +49171555 20s confirm | -"
	for _, test := range []struct {
		reason  string
		routing *directory.Routing
		code    int
		want    string
	}{
		{"nothing set", nil, 408, "-"},
		{"no steps", &directory.Routing{}, 408, "-"},
		{"switched off", &directory.Routing{FindMe: directory.FindMe{Off: true, Steps: steps}}, 408, "-"},
		{"do-not-disturb", &directory.Routing{DoNotDisturb: true, FindMe: directory.FindMe{Steps: steps}}, 408, "-"},
		{"nobody answers", &directory.Routing{FindMe: directory.FindMe{Steps: steps}}, 408, all},
		{"nobody is logged in", &directory.Routing{FindMe: directory.FindMe{Steps: steps}}, 480, all},
		{"everybody is busy", &directory.Routing{FindMe: directory.FindMe{Steps: steps}}, 486, all},
		{"everybody is cancelled", &directory.Routing{FindMe: directory.FindMe{Steps: steps}}, 487, all},
		{"everything is broken", &directory.Routing{FindMe: directory.FindMe{Steps: steps}}, 503, all},
		{"somebody declines for all", &directory.Routing{FindMe: directory.FindMe{Steps: steps}}, 603, "phones, carol 15s | -"},
		{"somebody is busy everywhere", &directory.Routing{FindMe: directory.FindMe{Steps: steps}}, 600, "phones, carol 15s | -"},
		{"somebody sends the caller elsewhere", &directory.Routing{FindMe: directory.FindMe{Steps: steps}}, 302, "phones, carol 15s | -"},
		{"a step of nobody, in turn", &directory.Routing{FindMe: directory.FindMe{Steps: []directory.Step{{InTurn: true}, {Targets: targets("carol")}}}}, 408, "carol 20s | -"},
	} {
		user := &directory.User{Name: "bob", Routing: test.routing}
		if got := follow(FindMe, &proxy.Context{Callee: user}, test.code); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.reason, got, test.want)
		}
		if got := follow(FindMe, &proxy.Context{Callee: user, Note: func(string) {}}, test.code); got != test.want {
			t.Errorf("%s, when it is asked what would happen:\n got %s\nwant %s", test.reason, got, test.want)
		}
	}
}

// TestFailElsewhere: what failed without a step is not find-me's.
func TestFailElsewhere(t *testing.T) {
	c := &proxy.Context{Callee: &directory.User{Name: "bob", Routing: &directory.Routing{FindMe: directory.FindMe{Steps: steps}}}}
	if got := outcome(FindMe.Fail(c, 408)); got != "-" {
		t.Errorf("got %s", got)
	}
	if got := outcome(FindMe.Fail(&proxy.Context{Group: &directory.Group{}, Step: 1}, 408)); got != "-" {
		t.Errorf("of a group: got %s", got)
	}
}

// TestGroup: members ring, and then the call goes where the group says.
func TestGroup(t *testing.T) {
	voicemail := targets("voicemail:alice")[0]
	members := []string{"alice", "bob", "carol"}
	for _, test := range []struct {
		reason string
		group  directory.Group
		caller string
		code   int
		want   string
	}{
		{"all at once", directory.Group{Members: members}, "", 408, "alice, bob, carol 20s | -"},
		{"for so long", directory.Group{Members: members, Ring: directory.Duration(5 * time.Second)}, "", 408, "alice, bob, carol 5s | -"},
		{"one after the other", directory.Group{Members: members, InTurn: true}, "", 408, "alice 20s | bob 20s | carol 20s | -"},
		{"one after the other is busy", directory.Group{Members: members, InTurn: true}, "", 486, "alice 20s | bob 20s | carol 20s | -"},
		{"nobody takes it", directory.Group{Members: members, NoAnswer: voicemail}, "", 408, "alice, bob, carol 20s | to voicemail:alice no-answer"},
		{"all are busy", directory.Group{Members: members, NoAnswer: voicemail}, "", 486, "alice, bob, carol 20s | to voicemail:alice user-busy"},
		{"nobody takes it, in turn", directory.Group{Members: members, InTurn: true, NoAnswer: voicemail}, "", 480, "alice 20s | bob 20s | carol 20s | to voicemail:alice no-answer"},
		{"one is busy everywhere", directory.Group{Members: members, InTurn: true, NoAnswer: voicemail}, "", 600, "alice 20s | to voicemail:alice user-busy"},
		{"one declines for all", directory.Group{Members: members, NoAnswer: voicemail}, "", 603, "alice, bob, carol 20s | -"},
		{"a member who calls is left out", directory.Group{Members: members}, "bob", 408, "alice, carol 20s | -"},
		{"a member who calls is left out, in turn", directory.Group{Members: members, InTurn: true}, "alice", 408, "bob 20s | carol 20s | -"},
		{"nobody is left", directory.Group{Members: []string{"alice"}}, "alice", 408, "480 Temporarily Unavailable"},
		{"nobody is left, and somewhere to go", directory.Group{Members: []string{"alice"}, NoAnswer: voicemail}, "alice", 408, "to voicemail:alice unavailable"},
	} {
		for _, note := range []func(string){nil, func(string) {}} {
			c := &proxy.Context{Group: &test.group, Note: note}
			c.Caller.Name = test.caller
			if got := follow(Group, c, test.code); got != test.want {
				t.Errorf("%s:\n got %s\nwant %s", test.reason, got, test.want)
			}
		}
	}
	if got := outcome(Group.Arrive(&proxy.Context{Callee: &directory.User{Name: "bob"}})); got != "-" {
		t.Errorf("a user is no group: got %s", got)
	}
}

// TestNotes: each step says whom it rings, and for how long.
func TestNotes(t *testing.T) {
	var got []string
	c := &proxy.Context{
		Callee: &directory.User{Name: "bob", Routing: &directory.Routing{FindMe: directory.FindMe{Steps: steps}}},
		Note:   func(text string) { got = append(got, text) },
	}
	follow(FindMe, c, 480)
	want := []string{
		"find-me step 1 of bob rings phones, carol for 15s",
		"find-me step 2 of bob rings dave for 10s",
		"find-me step 2 of bob rings 1005 for 10s",
		"find-me step 2 of bob rings sip:bob@elsewhere.test for 10s",
		"find-me step 3 of bob rings +49171555 for 20s; who answers must press 1",
		"find-me of bob has no further step",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestAllocations: no step costs an allocation.
func TestAllocations(t *testing.T) {
	c := &proxy.Context{Callee: &directory.User{Name: "bob", Routing: &directory.Routing{FindMe: directory.FindMe{Steps: steps}}}}
	if n := testing.AllocsPerRun(100, func() {
		for c.Step = range 6 {
			FindMe.Arrive(c)
			FindMe.Fail(c, 486)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkDecision is what a call that goes through all steps costs here.
func BenchmarkDecision(b *testing.B) {
	c := &proxy.Context{Callee: &directory.User{Name: "bob", Routing: &directory.Routing{FindMe: directory.FindMe{Steps: steps}}}}
	b.ReportAllocs()
	for b.Loop() {
		c.Step = 0
		for d := FindMe.Arrive(c); d.Act == proxy.Fork; d = FindMe.Fail(c, 480) {
			c.Step++
		}
	}
}
