package forward

import (
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/proxy"
)

func target(text string) directory.Target {
	t, err := directory.ParseTarget(text)
	if err != nil {
		panic(err)
	}
	return t
}

var everything = directory.Forward{
	Busy: target("busy"), NoAnswer: directory.NoAnswer{To: target("voicemail"), After: directory.Duration(15 * time.Second)}, Unreachable: target("+49171555"),
}

// call is one to Bob, whose phones are there or not.
func call(routing *directory.Routing, registered bool) *proxy.Context {
	return &proxy.Context{Callee: &directory.User{Name: "bob", Routing: routing}, Registered: registered}
}

// outcome is a decision in short.
func outcome(d proxy.Decision) string {
	switch d.Act {
	case proxy.Redirect:
		text := d.Targets[0].String() + " " + d.Reason.String() + " by " + d.Rule
		if d.ByCaller {
			text += ", by the caller"
		}
		return text
	case proxy.Reject:
		return d.Status.Error() + " by " + d.Rule
	case proxy.Wait:
		return "wait " + d.Ring.String() + " by " + d.Rule
	case proxy.Fork:
		return "fork"
	case proxy.Continue:
	}
	return ""
}

// TestArrive: what is decided before any phone rings.
func TestArrive(t *testing.T) {
	for _, test := range []struct {
		reason     string
		service    proxy.Service
		routing    *directory.Routing
		registered bool
		want       string
	}{
		{"nothing set", Unconditional, nil, true, ""},
		{"nothing forwarded", Unconditional, &directory.Routing{}, true, ""},
		{"other conditions", Unconditional, &directory.Routing{Forward: everything}, true, ""},
		{"all calls", Unconditional, &directory.Routing{Forward: directory.Forward{Unconditional: target("carol")}}, true, "carol unconditional by unconditional forwarding"},
		{"all calls, phones or not", Unconditional, &directory.Routing{Forward: directory.Forward{Unconditional: target("carol")}}, false, "carol unconditional by unconditional forwarding"},
		{"all calls, the caller is told", Unconditional, &directory.Routing{Forward: directory.Forward{Unconditional: target("carol"), Redirect: true}}, true, "carol unconditional by unconditional forwarding, by the caller"},

		{"nobody minds", Busy, nil, true, ""},
		{"busy is not known yet", Busy, &directory.Routing{Forward: everything}, true, ""},
		{"do-not-disturb", Busy, &directory.Routing{DoNotDisturb: true}, true, "486 Do Not Disturb by do-not-disturb"},
		{"do-not-disturb is busy", Busy, &directory.Routing{DoNotDisturb: true, Forward: everything}, true, "busy user-busy by do-not-disturb, forwarding when busy"},

		{"nothing set", NoAnswer, nil, true, ""},
		{"nowhere to go", NoAnswer, &directory.Routing{}, false, ""},
		{"no target: the phones ring on", NoAnswer, &directory.Routing{Forward: directory.Forward{Unreachable: target("carol")}}, true, ""},
		{"the phones ring so long", NoAnswer, &directory.Routing{Forward: everything}, true, "wait 15s by forwarding when nobody answers"},
		{"as long as usual", NoAnswer, &directory.Routing{Forward: directory.Forward{NoAnswer: directory.NoAnswer{To: target("carol")}}}, true, "wait 20s by forwarding when nobody answers"},
		{"no phone", NoAnswer, &directory.Routing{Forward: everything}, false, "+49171555 unavailable by forwarding when unreachable"},
		{"no phone, as when nobody answers", NoAnswer, &directory.Routing{Forward: directory.Forward{NoAnswer: directory.NoAnswer{To: target("carol")}}}, false, "carol unavailable by forwarding when unreachable"},
	} {
		c := call(test.routing, test.registered)
		if got := outcome(test.service.Arrive(c)); got != test.want {
			t.Errorf("%s: %s: got %q, want %q", test.service.Name, test.reason, got, test.want)
		}
		c.Note = func(string) {}
		if got := outcome(test.service.Arrive(c)); got != test.want {
			t.Errorf("%s: %s, when it is asked what would happen: got %q, want %q", test.service.Name, test.reason, got, test.want)
		}
		c.Callee, c.Group = nil, &directory.Group{Name: "sales"}
		if got := outcome(test.service.Arrive(c)); got != "" {
			t.Errorf("%s: %s, of a group: got %q", test.service.Name, test.reason, got)
		}
	}
}

// TestEmergency: a call for help rings through do-not-disturb.
func TestEmergency(t *testing.T) {
	c := call(&directory.Routing{DoNotDisturb: true, Forward: everything}, true)
	c.Emergency = true
	if got := outcome(Busy.Arrive(c)); got != "" {
		t.Errorf("got %q", got)
	}
}

// TestFail: every code goes where it belongs, or back to the caller.
func TestFail(t *testing.T) {
	const (
		busy        = "busy user-busy by forwarding when busy"
		unanswered  = "voicemail no-answer by forwarding when nobody answers"
		unreachable = "+49171555 unavailable by forwarding when unreachable"
	)
	for _, test := range []struct {
		reason string
		code   int
		rang   bool
		step   int
		want   string
	}{
		{"busy", 486, true, 0, busy},
		{"busy everywhere", 600, false, 0, busy},
		{"busy at the last place", 486, false, 3, busy},
		{"nobody answered", 408, true, 0, unanswered},
		{"the phone gave up", 480, true, 0, unanswered},
		{"cancelled by us", 487, true, 0, unanswered},
		{"no place rang at last, but others did", 480, false, 2, unanswered},
		{"nothing was heard of the phone", 408, false, 0, unreachable},
		{"the phone is not logged in", 480, false, 0, unreachable},
		{"the connection broke", 430, false, 0, unreachable},
		{"no way to it", 503, false, 0, unreachable},
		{"out of order while it rang", 500, true, 0, unreachable},
		{"declined: the person said no", 603, true, 0, ""},
		{"wanted nowhere", 604, false, 0, ""},
		{"refused", 403, true, 0, ""},
		{"the session does not fit", 488, false, 0, ""},
		{"sent elsewhere by the phone", 302, true, 0, ""},
		{"credentials are the caller's to give", 401, false, 0, ""},
	} {
		c := call(&directory.Routing{Forward: everything}, true)
		c.Rang, c.Step = test.rang, test.step
		got := outcome(Busy.Fail(c, test.code)) + outcome(NoAnswer.Fail(c, test.code))
		if got != test.want {
			t.Errorf("%s (%d): got %q, want %q", test.reason, test.code, got, test.want)
		}
		c.Callee.Routing = &directory.Routing{}
		if got := outcome(Busy.Fail(c, test.code)) + outcome(NoAnswer.Fail(c, test.code)); got != "" {
			t.Errorf("%s (%d), nowhere to go: got %q", test.reason, test.code, got)
		}
		c.Callee.Routing = nil
		if got := outcome(Busy.Fail(c, test.code)) + outcome(NoAnswer.Fail(c, test.code)); got != "" {
			t.Errorf("%s (%d), nothing set: got %q", test.reason, test.code, got)
		}
	}
}

// TestAllocations: who forwards nothing costs nothing, who does one list of one target.
func TestAllocations(t *testing.T) {
	c := call(&directory.Routing{Forward: everything}, true)
	if n := testing.AllocsPerRun(100, func() { Unconditional.Arrive(c); Busy.Arrive(c); NoAnswer.Arrive(c); Busy.Fail(c, 408) }); n > 0 {
		t.Errorf("%v allocations of calls that ring", n)
	}
	if n := testing.AllocsPerRun(100, func() { Busy.Fail(c, 486) }); n > 1 {
		t.Errorf("%v allocations of a forwarded call", n)
	}
}

// BenchmarkDecision is what a call to who forwards costs here: it rings, and nobody answers.
func BenchmarkDecision(b *testing.B) {
	c := call(&directory.Routing{Forward: everything}, true)
	c.Rang = true
	b.ReportAllocs()
	for b.Loop() {
		Unconditional.Arrive(c)
		Busy.Arrive(c)
		NoAnswer.Arrive(c)
		Busy.Fail(c, 408)
		NoAnswer.Fail(c, 408)
	}
}
