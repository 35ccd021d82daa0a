package assist_test

import (
	"fmt"
	"strings"
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/service/assist"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// offered is the address under which the last call was offered to somebody, "" for none.
func offered(o *office.Office, who string) (uri string) {
	for _, e := range o.Desk(who).Events {
		if e.Kind == ua.Message {
			uri = e.Text
		}
	}
	return uri
}

// takes has somebody call the address that was offered to somebody else, and wait for what becomes of it: 0 for an answer.
func takes(o *office.Office, who, whose string, code int) func() error {
	return func() error {
		uri := offered(o, whose)
		if uri == "" {
			return fmt.Errorf("%w: nothing was offered to %s", errUnlike, whose)
		}
		return calls(o, who, uri, code)()
	}
}

func calls(o *office.Office, who, uri string, code int) func() error {
	return func() error {
		return office.InOrder(func() error {
			return o.Act(who, func(t *task.Task, a *ua.Agent) error {
				c, err := a.Invite(ua.Invitation{Target: uri})
				if err == nil {
					err = c.Settle(t)
				}
				if code != 0 {
					return office.Refused(err, code)
				}
				if err == nil {
					a.Attend(c)
				}
				return err
			})
		}, o.Pause)
	}
}

// TestHandOver: bob presses *6, and dials carol, who is told under which address the call can be taken.
func TestHandOver(t *testing.T) {
	all := []string{"alice", "server", "bob", "carol", "dave"}
	done := "bob hears bridge's prompt:en/code-done"
	offers := func(o *office.Office) func() error {
		return func() error {
			return office.InOrder(press(o, "bob", "*61003#"), until(o, done), o.Pause, hears(o, aliceBob))
		}
	}
	says := func(o *office.Office, prompt string) func() error {
		return until(o, "bob hears bridge's prompt:en/"+prompt)
	}
	for _, s := range []scene{
		{Scene: play.Scene{Name: "hand-over", Title: "carol takes bob's call over", Golden: true, Hears: aliceCarol, Documents: "handover.go"}, steps: func(o *office.Office) []func() error {
			return []func() error{offers(o), takes(o, "carol", "carol", 0)}
		}},
		{Scene: play.Scene{Name: "hand-over-caller", Title: "alice, who called, offers it to bob's other half", Hears: bobCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "alice", "*61003#"), o.Pause, takes(o, "carol", "carol", 0)}
		}},
		{Scene: play.Scene{Name: "hand-over-once", Title: "once", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{offers(o), takes(o, "carol", "carol", 0), takes(o, "carol", "carol", 404), attends(o, "carol")}
		}},
		{Scene: play.Scene{Name: "hand-over-other", Title: "nobody else does", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{offers(o), takes(o, "bob", "carol", 404), takes(o, "alice", "carol", 404), attends(o, "bob"), attends(o, "alice")}
		}},
		{Scene: play.Scene{Name: "hand-over-late", Title: "not after five minutes", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{offers(o), func() error { return o.RunFor(assist.OfferLimit) }, takes(o, "carol", "carol", 404)}
		}},
		{Scene: play.Scene{Name: "hand-over-again", Title: "a second offer makes the first void", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			first := ""
			return []func() error{
				offers(o), func() error { first = offered(o, "carol"); return nil }, press(o, "bob", "*61003#"), until(o, done), o.Pause,
				func() error { return calls(o, "carol", first, 404)() }, takes(o, "carol", "carol", 0),
			}
		}},
		{Scene: play.Scene{Name: "hand-over-left", Title: "bob has hung up by then", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{offers(o), leaves(o, "bob"), takes(o, "carol", "carol", 404)}
		}},
		{Scene: play.Scene{Name: "hand-over-alone", Title: "alice has", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{offers(o), leaves(o, "alice"), takes(o, "carol", "carol", 404)}
		}},
		{Scene: play.Scene{Name: "hand-over-hold", Title: "bob holds alice when carol takes her", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{offers(o), press(o, "bob", "*4"), o.Pause, takes(o, "carol", "carol", 0)}
		}},
		{Scene: play.Scene{Name: "hand-over-asked", Title: "he is asked for a number", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{offers(o), press(o, "bob", "##"), until(o, aliceMusic), takes(o, "carol", "carol", 0)}
		}},
		{Scene: play.Scene{Name: "hand-over-transferring", Title: "he transfers alice to carol, whose phone rings", Hears: aliceCarol, Manners: map[string]office.Manner{"carol": {Never: true}}}, steps: func(o *office.Office) []func() error {
			return []func() error{offers(o), press(o, "bob", "##1003#"), rings(o, "carol"), takes(o, "carol", "carol", 0), o.Pause, o.Pause, attends(o, "carol")}
		}},
		{Scene: play.Scene{Name: "hand-over-consulting", Title: "he consults carol when dave takes his place: dave talks with carol, and goes back to alice", Hears: "alice hears dave\ndave hears alice", Desks: all}, steps: func(o *office.Office) []func() error {
			return []func() error{
				press(o, "bob", "*61004#"), until(o, done), o.Pause, press(o, "bob", "*21003#"), until(o, bobCarol), o.Pause, takes(o, "dave", "dave", 0),
				hears(o, "alice hears bridge's music:dave\ncarol hears dave\ndave hears carol"), press(o, "dave", "*2"), o.Pause,
			}
		}},
		{Scene: play.Scene{Name: "hand-over-ringing", Title: "while it rings: dave may give it up", Hears: "alice hears dave\ndave hears alice", Desks: all, Manners: map[string]office.Manner{"carol": {Never: true}}}, steps: func(o *office.Office) []func() error {
			return []func() error{
				press(o, "bob", "*61004#"), until(o, done), o.Pause, press(o, "bob", "##1003#"), rings(o, "carol"),
				func() error { return calls(o, "dave", offered(o, "dave"), 0)() }, press(o, "dave", "*"), o.Pause,
			}
		}},
		{Scene: play.Scene{Name: "hand-over-refused", Title: "carol's phone takes no messages", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			o.Desk("carol").Refuse(func(m *sip.Message) int {
				if m.Method() == sip.MESSAGE {
					return 405
				}
				return 0
			})
			return []func() error{press(o, "bob", "*61003#"), says(o, "unreachable"), o.Pause}
		}},
		{Scene: play.Scene{Name: "hand-over-unknown", Title: "nobody has the number", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*61009#"), says(o, "not-in-service"), o.Pause}
		}},
		{Scene: play.Scene{Name: "hand-over-self", Title: "bob dials himself: another telephone of his takes the call, or this one", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*61002#"), until(o, done), o.Pause, takes(o, "bob", "bob", 0)}
		}},
	} {
		s.run(t)
	}
}

// attends has somebody talk in the call that is there.
func attends(o *office.Office, who string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) { a.Attend(a.Calls()[0]) })
		return nil
	}
}

// TestAddress: what the agent is asked besides is for the server alone to ask.
func TestAddress(t *testing.T) {
	o := office.New(sim.New(sim.Config{}), helped(), "alice", "server", "bob")
	o.Staff(ua.Handlers{}, nil)
	for _, test := range []struct {
		reason, params string
		code           int
	}{
		{"nothing was offered under it", ";take=0123456789abcdefghijklmnop", 404},
		{"an empty one", ";take=", 404},
		{"a long one", ";take=" + strings.Repeat("a", 1000), 404},
		{"another parameter beside it", ";take=a;to=sip:bob%40example.test", 403},
		{"a callee alone", ";to=sip:bob%40example.test", 403},
		{"somebody to join", ";take=a;join=bob", 403},
		{"nothing", "", 403},
	} {
		if err := calls(o, "alice", "sip:bridge@example.test"+test.params, test.code)(); err != nil {
			t.Errorf("%s: %v", test.reason, err)
		}
	}
	if err := o.GoHome(); err != nil {
		t.Error(err)
	}
}
