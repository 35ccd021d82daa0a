package assist_test

import (
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
)

// TestThreeWay: bob presses *3, and dials carol.
func TestThreeWay(t *testing.T) {
	slow := map[string]office.Manner{"carol": {Rings: 30 * time.Second}}
	never := map[string]office.Manner{"carol": {Never: true}}
	all := []string{"alice", "server", "bob", "carol", "dave"}
	adds := func(o *office.Office) []func() error {
		return []func() error{press(o, "bob", "*31003#"), until(o, three), o.Pause}
	}
	for _, s := range []story{
		{Scene: play.Scene{Name: "three-way", Title: "bob calls carol in", Golden: true, Hears: three}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*3"), until(o, "bob hears "+asks), hears(o, aliceMusic+"\nbob hears "+asks), press(o, "bob", "1003#"), o.Pause}
		}},
		{Scene: play.Scene{Name: "three-way-caller", Title: "so does alice, who called", Hears: three}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "alice", "*31003#"), o.Pause}
		}},
		{Scene: play.Scene{Name: "three-way-busy", Title: "carol is busy: bob is told, and they talk on", Golden: true, Hears: aliceBob, Manners: map[string]office.Manner{"carol": {Code: 486}}}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*31003#"), until(o, hearsBridge("bob", "busy-here")), wants(o, aliceMusic), o.Pause}
		}},
		{Scene: play.Scene{Name: "three-way-unknown", Title: "nobody has the number", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*31009#"), until(o, hearsBridge("bob", "not-in-service")), o.Pause}
		}},
		{Scene: play.Scene{Name: "three-way-no-answer", Title: "carol does not answer", Golden: true, Hears: aliceBob, Manners: never}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*31003#"), until(o, hearsBridge("bob", "no-answer")), o.Pause}
		}},
		{Scene: play.Scene{Name: "three-way-given-up", Title: "bob gives up while it rings", Golden: true, Hears: aliceBob, Manners: never}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*31003#"), rings(o, "carol"), press(o, "bob", "*"), o.Pause}
		}},
		{Scene: play.Scene{Name: "three-way-no-number", Title: "bob dials nothing", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*3"), o.Pause}
		}},
		{Scene: play.Scene{Name: "three-way-asked-left", Title: "bob hangs up instead of dialling: so is alice hung up", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*3"), until(o, aliceMusic), leaves(o, "bob")}
		}},
		{Scene: play.Scene{Name: "three-way-asked-alone", Title: "alice hangs up while bob dials: he talks with carol", Golden: true, Hears: bobCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*310"), until(o, aliceMusic), hangsUp(o, "alice"), press(o, "bob", "03#"), o.Pause}
		}},
		{Scene: play.Scene{Name: "three-way-rings-left", Title: "bob hangs up while it rings: nobody is bothered any longer", Golden: true, Manners: never}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*31003#"), rings(o, "carol"), leaves(o, "bob")}
		}},
		{Scene: play.Scene{Name: "three-way-rings-alone", Title: "alice hangs up while it rings: two talk", Golden: true, Hears: bobCarol, Manners: slow}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*31003#"), rings(o, "carol"), leaves(o, "alice"), until(o, bobCarol)}
		}},
		{Scene: play.Scene{Name: "three-way-first-left", Title: "bob leaves the other two", Golden: true, Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return append(adds(o), leaves(o, "bob"))
		}},
		{Scene: play.Scene{Name: "three-way-second-left", Title: "alice leaves", Golden: true, Hears: bobCarol}, steps: func(o *office.Office) []func() error {
			return append(adds(o), leaves(o, "alice"))
		}},
		{Scene: play.Scene{Name: "three-way-third-left", Title: "carol leaves", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return append(adds(o), leaves(o, "carol"))
		}},
		{Scene: play.Scene{Name: "three-way-dropped", Title: "bob hangs carol up by the same code and #", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return append(adds(o), press(o, "bob", "*3#"), until(o, aliceBob), o.Pause)
		}},
		{Scene: play.Scene{Name: "three-way-nobody", Title: "where he let nobody in, he is told so", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*3#"), until(o, hearsBridge("bob", "code-refused")), o.Pause}
		}},
		{Scene: play.Scene{Name: "three-way-others", Title: "alice hangs up nobody whom bob let in", Hears: three}, steps: func(o *office.Office) []func() error {
			return append(adds(o), press(o, "alice", "*3#"), until(o, hearsBridge("alice", "code-refused")), o.Pause)
		}},
		{Scene: play.Scene{Name: "three-way-four", Title: "carol calls dave in", Desks: all, Golden: true, Hears: four}, steps: func(o *office.Office) []func() error {
			return append(adds(o), press(o, "carol", "*3"), until(o, "carol hears "+asks), wants(o, "alice hears bob\nbob hears alice"), press(o, "carol", "1004#"), o.Pause)
		}},
	} {
		s.run(t)
	}
}
