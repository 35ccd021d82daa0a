package domain_test

import (
	"fmt"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/sim"
)

// from is a screening rule about callers.
func from(action directory.Action, callers ...string) directory.Rule {
	rule := directory.Rule{Action: action}
	for _, caller := range callers {
		rule.From = append(rule.From, pattern(caller))
	}
	return rule
}

func pattern(text string) directory.Pattern {
	p, err := directory.ParsePattern(text)
	if err != nil {
		panic(err)
	}
	return p
}

// screened is what bob has set about who calls him.
func screened(rules ...directory.Rule) map[string]*directory.Routing {
	return map[string]*directory.Routing{"bob": {Screening: rules}}
}

func TestScreening(t *testing.T) {
	hangUp := sim.CallOptions{HangUp: 5 * time.Second}
	elsewhere := from(directory.ActionDivert, "alice")
	elsewhere.To = to("carol")
	later := from(directory.ActionLater, "alice")
	away := directory.Rule{Action: directory.ActionDivert, Away: true, To: to("carol")}
	answer := on(sim.AnswerAfter(time.Second))
	for _, s := range []scenario{
		{
			name: "screen-incoming", title: "bob does not let alice in (RFC 5359 section 2.13)", whole: true,
			play: office{routing: screened(from(directory.ActionRefuse, "alice")), bob: answer}.
				play(func(o *office) error { return o.ended(403, "") }),
		},
		{
			name: "screen-allowed", title: "the first rule that fits decides",
			play: office{routing: screened(from(directory.ActionAllow, "alice"), from(directory.ActionRefuse)), bob: answer, options: hangUp}.
				play(func(o *office) error { return o.ended(200, "bob ended") }),
		},
		{
			name: "screen-blocked", title: "alice is on bob's block list",
			play: office{routing: map[string]*directory.Routing{"bob": {Block: []directory.Pattern{pattern("alice")}}}, bob: answer}.
				play(func(o *office) error { return o.ended(403, "") }),
		},
		{
			name: "screen-anonymous", title: "alice hides, and bob wants to know who calls",
			play: office{
				routing: map[string]*directory.Routing{"bob": {RejectAnonymous: true}}, bob: answer,
				options: sim.CallOptions{Fields: []string{"Privacy: id"}},
			}.play(func(o *office) error { return o.ended(433, "") }),
		},
		{
			name: "screen-elsewhere", title: "bob sends alice to carol",
			play: office{routing: screened(elsewhere), bob: answer, carol: answer, options: hangUp}.
				play(func(o *office) error { return o.ended(200, "carol ended") }),
		},
		{
			name: "screen-away", title: "bob is away, and carol takes his calls",
			play: office{routing: map[string]*directory.Routing{"bob": {Away: true, Screening: []directory.Rule{away}}}, bob: answer, carol: answer, options: hangUp}.
				play(func(o *office) error { return o.ended(200, "carol ended") }),
		},
		{
			name: "screen-later", title: "alice is to call back later", whole: true,
			play: office{routing: screened(later), bob: answer}.
				play(func(o *office) error { return o.ended(480, "") }),
		},
		{
			name: "screen-silent", title: "alice hears ringing, and no phone rings",
			play: office{routing: screened(from(directory.ActionSilent, "alice")), bob: answer, options: sim.CallOptions{CancelAll: 10 * time.Second}}.
				play(func(o *office) error { return o.ended(487, "") }),
		},
		{
			name: "screen-silent-end", title: "alice hears ringing until nobody answered",
			play: office{routing: screened(from(directory.ActionSilent, "alice")), bob: answer}.
				play(func(o *office) error { return o.ended(480, "") }),
		},
		{
			name: "screen-outgoing", title: "alice may not call bob (RFC 5359 section 2.14)", whole: true,
			play: office{routing: map[string]*directory.Routing{"alice": {Outgoing: directory.Outgoing{
				Rules: []directory.DialRule{{To: []directory.Pattern{pattern("bob")}}},
			}}}, bob: answer}.play(func(o *office) error { return o.ended(403, "") }),
		},
		{
			name: "screen-forwarder", title: "bob may not call carol, so his calls can't be forwarded there",
			play: office{routing: map[string]*directory.Routing{"bob": {
				Forward:  directory.Forward{Busy: to("carol")},
				Outgoing: directory.Outgoing{Rules: []directory.DialRule{{To: []directory.Pattern{pattern("carol")}}}},
			}}, bob: on(sim.Busy()), carol: answer}.play(func(o *office) error { return o.ended(486, "bob failed") }),
		},
		{
			name: "screen-forwarded", title: "bob forwards to carol, who does not let alice in",
			play: office{routing: map[string]*directory.Routing{
				"bob":   {Forward: directory.Forward{Unconditional: to("carol")}},
				"carol": {Screening: []directory.Rule{from(directory.ActionRefuse, "alice")}},
			}, carol: answer}.play(func(o *office) error { return o.ended(403, "") }),
		},
	} {
		s.run(t)
	}
}

// TestEarlyDialogsEnd: a caller who knows of 199 is told that bob's early dialog is over before
// carol's phone rings (RFC 6228), and nobody is told of a forward who requires reliable
// provisional responses.
func TestEarlyDialogsEnd(t *testing.T) {
	for _, test := range []struct {
		reason, field string
		codes         []int
	}{
		{"it knows 199", "Supported: 199", []int{100, 180, 199, 181, 180, 200}},
		{"it does not", "Supported: timer", []int{100, 180, 181, 180, 200}},
		{"it requires 100rel", "Require: 100rel", []int{100, 180, 180, 200}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			n := sim.New(sim.Config{})
			_, err := office{
				routing: map[string]*directory.Routing{"bob": {Forward: directory.Forward{Busy: to("carol")}}},
				bob:     on(sim.Behaviour{Ring: true, After: time.Second, Code: 486}), carol: on(sim.AnswerAfter(time.Second)),
				options: sim.CallOptions{HangUp: time.Second, Fields: []string{test.field}},
			}.play(func(o *office) error { return o.ended(200, "bob failed, carol ended") })(n)
			if err != nil {
				t.Fatal(err)
			}
			var codes []int
			drawn := n.Ladder()
			for i := range drawn.Arrows {
				arrow := &drawn.Arrows[i]
				if m, err := parse(arrow.Text); err == nil && !m.IsRequest() && drawn.Name(arrow.To) == "alice" && m.CSeq() == 2 {
					codes = append(codes, m.StatusCode())
				}
			}
			if fmt.Sprint(codes) != fmt.Sprint(test.codes) {
				t.Errorf("%s: alice got %d, not %d\n%s", test.reason, codes, test.codes, drawn.DrawPlain())
			}
		})
	}
}

// TestScreeningByThePhone: whoever calls a phone of bob's by its address, through the server, is
// screened as by his name; what he forwards does not matter there.
func TestScreeningByThePhone(t *testing.T) {
	for _, test := range []struct {
		reason  string
		routing directory.Routing
		code    int
		states  string
	}{
		{"alice is not let in", directory.Routing{Screening: []directory.Rule{from(directory.ActionRefuse, "alice")}}, 403, ""},
		{"bob forwards", directory.Routing{Forward: directory.Forward{Unconditional: to("carol")}}, 200, "bob ended"},
	} {
		n := sim.New(sim.Config{})
		_, err := office{
			routing: map[string]*directory.Routing{"bob": &test.routing}, bob: on(sim.AnswerAfter(0)), carol: on(sim.AnswerAfter(0)),
			target: "sip:bob@" + addresses["bob"].String(), options: sim.CallOptions{HangUp: time.Second},
		}.play(func(o *office) error { return o.ended(test.code, test.states) })(n)
		if err != nil {
			t.Errorf("%s: %v\n%s", test.reason, err, n.Ladder().DrawPlain())
		}
	}
}
