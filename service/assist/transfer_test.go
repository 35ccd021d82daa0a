package assist_test

import (
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
)

// TestTransfer: bob presses ##, and dials carol.
func TestTransfer(t *testing.T) {
	busy, never := map[string]office.Manner{"carol": {Code: 486}}, map[string]office.Manner{"carol": {Never: true}}
	all := []string{"alice", "server", "bob", "carol", "dave"}
	slow := map[string]office.Manner{"carol": {Rings: 100 * time.Second}}
	slowBusy := map[string]office.Manner{"carol": {Rings: 30 * time.Second, Code: 486}}
	slowLater := map[string]office.Manner{"carol": {Rings: 30 * time.Second}}
	for _, s := range []scene{
		{Scene: play.Scene{Name: "transfer", Title: "bob transfers alice to carol", Golden: true, Documents: "transfer.go", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##"), until(o, "bob hears "+asks), hears(o, aliceMusic+"\nbob hears "+asks), press(o, "bob", "1003#"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-caller", Title: "alice, who called, transfers bob to carol", Golden: true, Hears: bobCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "alice", "##1003#"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-no-hash", Title: "the number ends when nothing more is pressed", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-no-number", Title: "bob dials no number: they talk on", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##"), until(o, "bob hears "+asks), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-hash", Title: "nor with a # behind it", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "###"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-asked-left", Title: "bob hangs up instead of dialling: so is alice hung up", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##"), until(o, aliceMusic), leaves(o, "bob")}
		}},
		{Scene: play.Scene{Name: "transfer-asked-alone", Title: "alice hangs up while bob dials: so is bob hung up", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##10"), until(o, aliceMusic), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "transfer-busy", Title: "carol is busy: bob is told, and they talk on", Golden: true, Hears: aliceBob, Manners: busy}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), until(o, "bob hears bridge's prompt:en/busy-here"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-refused", Title: "carol does not want to", Hears: aliceBob, Manners: map[string]office.Manner{"carol": {Code: 603}}}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), until(o, "bob hears bridge's prompt:en/screening"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-unknown", Title: "nobody has the number", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1009#"), until(o, "bob hears bridge's prompt:en/not-in-service"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-no-answer", Title: "carol does not answer: bob is told, and they talk on", Golden: true, Hears: aliceBob, Manners: never}, steps: func(o *office.Office) []func() error {
			return []func() error{
				press(o, "bob", "##1003#"), until(o, "bob hears bridge's tone:ringback"), hears(o, aliceMusic+"\nbob hears bridge's tone:ringback"),
				until(o, "bob hears bridge's prompt:en/no-answer"), o.Pause,
			}
		}},
		{Scene: play.Scene{Name: "transfer-given-up", Title: "bob takes alice back while it rings", Golden: true, Hears: aliceBob, Manners: never}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), rings(o, "carol"), press(o, "bob", "*"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-left", Title: "bob hangs up while it rings: alice hears that, and carol answers", Golden: true, Hears: aliceCarol, Manners: slowLater}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), rings(o, "carol"), hangsUp(o, "bob"), until(o, "alice hears bridge's tone:ringback"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-left-busy", Title: "bob has hung up when carol turns out to be busy: he is called again", Golden: true, Documents: "../../b2bua/recall.go", Hears: aliceBob, Manners: slowBusy}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), rings(o, "carol"), leaves(o, "bob"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-told-left", Title: "bob hangs up while he is told so", Hears: aliceBob, Manners: busy}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), until(o, "bob hears bridge's prompt:en/busy-here"), leaves(o, "bob")}
		}},
		{Scene: play.Scene{Name: "transfer-lost", Title: "and when bob does not answer either, alice is told, and hung up", Golden: true, Manners: map[string]office.Manner{"carol": {Rings: 30 * time.Second, Code: 486}, "bob": {Code: 486}}}, calls: true, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), rings(o, "carol"), hangsUp(o, "bob"), until(o, "alice hears bridge's prompt:en/busy-here"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-alone", Title: "alice hangs up while it rings: carol is bothered no longer", Golden: true, Manners: slow}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), rings(o, "carol"), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "transfer-nobody", Title: "both hang up while it rings", Golden: true, Manners: slow}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), rings(o, "carol"), leaves(o, "bob"), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "transfer-recall-left", Title: "alice hangs up while bob is called again", Manners: map[string]office.Manner{"carol": {Rings: 30 * time.Second, Code: 486}, "bob": {Never: true}}}, calls: true, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), rings(o, "carol"), hangsUp(o, "bob"), o.Pause, rings(o, "bob"), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "transfer-target-left", Title: "carol hangs up afterwards", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), until(o, aliceCarol), o.Pause, leaves(o, "carol")}
		}},
		{Scene: play.Scene{Name: "transfer-again", Title: "carol transfers alice back to bob", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), o.Pause, press(o, "carol", "##1002#"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-three", Title: "of three: dave comes, bob goes", Desks: all, Hears: "alice hears carol, dave\ncarol hears alice, dave\ndave hears alice, carol"}, steps: func(o *office.Office) []func() error {
			return []func() error{
				press(o, "bob", "*31003#"), until(o, three), o.Pause, press(o, "bob", "##"), until(o, "bob hears "+asks),
				hears(o, "alice hears carol\nbob hears "+asks+"\ncarol hears alice"), press(o, "bob", "1004#"), o.Pause,
			}
		}},
		{Scene: play.Scene{Name: "transfer-three-busy", Title: "dave is busy, and bob has hung up: the two talk on", Desks: all, Hears: aliceCarol, Manners: map[string]office.Manner{"dave": {Rings: 20 * time.Second, Code: 486}}}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*31003#"), until(o, three), o.Pause, press(o, "bob", "##1004#"), rings(o, "dave"), leaves(o, "bob"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-self", Title: "bob transfers alice to another telephone of his, or this one", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1002#"), o.Pause}
		}},
		{Scene: play.Scene{Name: "transfer-digits", Title: "digits in between reach nobody", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), rings(o, "carol"), press(o, "bob", "12#"), o.Pause, heard(o, "alice", "")}
		}},
	} {
		s.run(t)
	}
}
