package assist_test

import (
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
)

// TestConsult: bob presses *2, dials carol, and talks with her alone.
func TestConsult(t *testing.T) {
	const (
		ringback = "bob hears bridge's tone:ringback"
		apart    = aliceMusic + "\n" + bobCarol
	)
	never := map[string]office.Manner{"carol": {Never: true}}
	slow := map[string]office.Manner{"carol": {Rings: 30 * time.Second}}
	slowBusy := map[string]office.Manner{"carol": {Rings: 30 * time.Second, Code: 486}}
	confers := func(o *office.Office) func() error {
		return func() error {
			return office.InOrder(press(o, "bob", "*21003#"), until(o, bobCarol), o.Pause, hears(o, apart))
		}
	}
	for _, s := range []scene{
		{Scene: play.Scene{Name: "consult", Title: "bob consults carol, and hangs up: alice and carol talk", Golden: true, Hears: aliceCarol, Documents: "consult.go"}, steps: func(o *office.Office) []func() error {
			return []func() error{
				press(o, "bob", "*2"), until(o, "bob hears "+asks), press(o, "bob", "1003#"), until(o, ringback), hears(o, aliceMusic+"\n"+ringback),
				until(o, bobCarol), o.Pause, hears(o, apart), leaves(o, "bob"),
			}
		}},
		{Scene: play.Scene{Name: "consult-back", Title: "bob goes back to alice", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{confers(o), press(o, "bob", "*2"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-three", Title: "all three talk", Golden: true, Hears: three}, steps: func(o *office.Office) []func() error {
			return []func() error{confers(o), press(o, "bob", "*3"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-three-dropped", Title: "and carol is let go again", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{confers(o), press(o, "bob", "*3"), o.Pause, press(o, "bob", "*3#"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-target-left", Title: "carol hangs up: bob is back with alice", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{confers(o), leaves(o, "carol")}
		}},
		{Scene: play.Scene{Name: "consult-first-left", Title: "alice hangs up: bob is told, and talks on with carol", Golden: true, Hears: bobCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{confers(o), hangsUp(o, "alice"), until(o, "bob hears bridge's prompt:en/other-left, carol"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-nobody", Title: "alice hangs up, then bob", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{confers(o), leaves(o, "alice"), leaves(o, "bob")}
		}},
		{Scene: play.Scene{Name: "consult-crossing", Title: "alice and bob hang up at once: carol is hung up"}, steps: func(o *office.Office) []func() error {
			return []func() error{confers(o), hangsUp(o, "alice"), hangsUp(o, "bob"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-left", Title: "bob hangs up while it rings: alice waits for carol", Golden: true, Hears: aliceCarol, Manners: slow}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*21003#"), rings(o, "carol"), hangsUp(o, "bob"), until(o, "alice hears bridge's tone:ringback"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-left-busy", Title: "carol is busy after that: bob is called again", Golden: true, Hears: aliceBob, Manners: slowBusy}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*21003#"), rings(o, "carol"), leaves(o, "bob"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-first-left-ringing", Title: "alice hangs up while it rings: bob is told, and talks with carol", Golden: true, Hears: bobCarol, Manners: slow}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*21003#"), rings(o, "carol"), hangsUp(o, "alice"), until(o, "bob hears bridge's prompt:en/other-left, bridge's tone:ringback"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-both-left-ringing", Title: "and bob as well: carol is bothered no longer", Golden: true, Manners: never}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*21003#"), rings(o, "carol"), leaves(o, "alice"), leaves(o, "bob")}
		}},
		{Scene: play.Scene{Name: "consult-first-left-busy", Title: "alice hangs up while it rings, and carol is busy: bob is told both", Manners: slowBusy}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*21003#"), rings(o, "carol"), hangsUp(o, "alice"), until(o, "bob hears bridge's prompt:en/busy-here"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-asked-left", Title: "bob hangs up instead of dialling"}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*2"), until(o, aliceMusic), leaves(o, "bob")}
		}},
		{Scene: play.Scene{Name: "consult-asked-alone", Title: "alice hangs up while bob dials"}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*210"), until(o, aliceMusic), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "consult-busy", Title: "carol is busy: they talk on", Golden: true, Hears: aliceBob, Manners: map[string]office.Manner{"carol": {Code: 486}}}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*21003#"), until(o, "bob hears bridge's prompt:en/busy-here"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-no-answer", Title: "carol does not answer: they talk on", Hears: aliceBob, Manners: never}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*21003#"), until(o, "bob hears bridge's prompt:en/no-answer"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-given-up", Title: "bob waits no longer", Golden: true, Hears: aliceBob, Manners: never}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*21003#"), rings(o, "carol"), press(o, "bob", "*"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-digits", Title: "what is no code reaches carol, and nobody else", Hears: apart}, steps: func(o *office.Office) []func() error {
			return []func() error{confers(o), press(o, "bob", "5*7*"), o.Pause, heard(o, "carol", "5*7*"), heard(o, "alice", "")}
		}},
		{Scene: play.Scene{Name: "consult-caller", Title: "carol presses codes while she is consulted: they are nobody's", Hears: apart}, steps: func(o *office.Office) []func() error {
			return []func() error{confers(o), press(o, "carol", "##"), o.Pause}
		}},
		{Scene: play.Scene{Name: "consult-held-first", Title: "alice presses codes while she waits", Hears: apart}, steps: func(o *office.Office) []func() error {
			return []func() error{confers(o), press(o, "alice", "##5"), o.Pause, heard(o, "bob", ""), heard(o, "carol", "")}
		}},
	} {
		s.run(t)
	}
}
