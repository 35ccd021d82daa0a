package assist_test

import (
	"fmt"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

const question = "bridge's prompt:en/one" // the number is said first

// wishes has carol ask somebody to let her join, and wait for nothing.
func wishes(o *office.Office, whom string) func() error { return invites(o, office.AOR("*33"+whom)) }

func invites(o *office.Office, target string, fields ...ua.Field) func() error {
	return func() error {
		o.Desk("carol").Do(func(a *ua.Agent) { _, _ = a.Invite(ua.Invitation{Target: target, Fields: fields}) })
		return o.RunFor(100 * time.Millisecond)
	}
}

// talks has carol attend to her call, once it is answered.
func talks(o *office.Office) func() error {
	return func() error {
		return o.Act("carol", func(t *task.Task, a *ua.Agent) error {
			for _, c := range a.Calls() {
				if err := c.Settle(t); err != nil {
					return err
				}
				a.Attend(c)
			}
			return nil
		})
	}
}

// told waits until carol is told a code.
func told(o *office.Office, code int) func() error {
	return func() error {
		err := o.RunUntil(func() bool {
			for _, e := range o.Desk("carol").Events {
				if e.Kind == ua.Ended {
					return true
				}
			}
			return false
		}, time.Minute)
		for _, e := range o.Desk("carol").Events {
			if e.Kind == ua.Ended && e.Code == code {
				return err
			}
		}
		return fmt.Errorf("%w: carol was told %v", errUnlike, o.Desk("carol").Events)
	}
}

// TestJoin: carol asks bob whether she may join his call.
func TestJoin(t *testing.T) {
	asked := func(o *office.Office) []func() error {
		return []func() error{wishes(o, "1002"), until(o, "bob hears "+question), wants(o, aliceMusic)}
	}
	for _, s := range []story{
		{Scene: play.Scene{Name: "join", Title: "bob lets carol join", Golden: true, Hears: three}, steps: func(o *office.Office) []func() error {
			return append(asked(o), press(o, "bob", "1"), talks(o), until(o, three))
		}},
		{Scene: play.Scene{Name: "join-hidden", Title: "carol hides, and bob is not told her number", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{
				invites(o, office.AOR("*331002"), ua.Field{Name: sip.HeaderPrivacy, Value: "id"}), until(o, hearsBridge("bob", "room-somebody")), press(o, "bob", "2"), told(o, 603),
			}
		}},
		{Scene: play.Scene{Name: "join-refused", Title: "bob refuses", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return append(asked(o), press(o, "bob", "2"), told(o, 603))
		}},
		{Scene: play.Scene{Name: "join-again", Title: "who has refused is not asked again at once", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return append(asked(o), press(o, "bob", "2"), told(o, 603), wishes(o, "1002"), hears(o, aliceBob), func() error { return o.RunFor(5 * time.Second) }, told(o, 480), hears(o, aliceBob))
		}},
		{Scene: play.Scene{Name: "join-mistyped", Title: "what is neither key counts for nothing", Hears: three}, steps: func(o *office.Office) []func() error {
			return append(asked(o), press(o, "bob", "971"), talks(o), until(o, three))
		}},
		{Scene: play.Scene{Name: "join-no-key", Title: "bob presses no key", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return append(asked(o), told(o, 480))
		}},
		{Scene: play.Scene{Name: "join-given-up", Title: "carol gives up: bob talks on with alice", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return append(asked(o), leaves(o, "carol"))
		}},
		{Scene: play.Scene{Name: "join-asked-left", Title: "bob hangs up while he is asked", Golden: true}, steps: func(o *office.Office) []func() error {
			return append(asked(o), hangsUp(o, "bob"), told(o, 480))
		}},
		{Scene: play.Scene{Name: "join-other-left", Title: "alice hangs up while bob is asked: carol talks with him", Golden: true, Hears: bobCarol}, steps: func(o *office.Office) []func() error {
			return append(asked(o), hangsUp(o, "alice"), press(o, "bob", "1"), talks(o), until(o, bobCarol))
		}},
		{Scene: play.Scene{Name: "join-other-left-refused", Title: "and where he refuses, he is hung up"}, steps: func(o *office.Office) []func() error {
			return append(asked(o), hangsUp(o, "alice"), press(o, "bob", "2"), told(o, 603))
		}},
		{Scene: play.Scene{Name: "join-left", Title: "carol leaves afterwards", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return append(asked(o), press(o, "bob", "1"), talks(o), until(o, three), leaves(o, "carol"))
		}},
		{Scene: play.Scene{Name: "join-dropped", Title: "bob hangs carol up again", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return append(asked(o), press(o, "bob", "1"), talks(o), until(o, three), press(o, "bob", "*3#"), until(o, aliceBob))
		}},
		{Scene: play.Scene{Name: "join-idle", Title: "dave is in no call", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{wishes(o, "1004"), told(o, 480)}
		}},
		{Scene: play.Scene{Name: "join-nobody", Title: "nobody has the name", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{wishes(o, "1009"), told(o, 404)}
		}},
		{Scene: play.Scene{Name: "join-stranger", Title: "nobody is asked whom no code led there", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{invites(o, "sip:bridge@example.test;join=1002"), told(o, 403)}
		}},
		{Scene: play.Scene{Name: "join-busy", Title: "bob is spoken to already", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*9"), until(o, "bob hears bridge's prompt:en/help-transfer"), wishes(o, "1002"), told(o, 480), press(o, "bob", "5"), until(o, aliceBob)}
		}},
	} {
		s.run(t)
	}
}

// TestHelp: bob presses *9.
func TestHelp(t *testing.T) {
	begins := func(o *office.Office) []func() error {
		return []func() error{press(o, "bob", "*9"), until(o, hearsBridge("bob", "hash")), until(o, hearsBridge("bob", "help-transfer"))}
	}
	for _, s := range []story{
		{Scene: play.Scene{Name: "help", Title: "all codes are read to bob, and to nobody else", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return append(begins(o), wants(o, aliceMusic), until(o, hearsBridge("bob", "help-pause")), until(o, aliceBob))
		}},
		{Scene: play.Scene{Name: "help-ended", Title: "a key ends that", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return append(begins(o), press(o, "bob", "0"), o.Pause, hears(o, aliceBob))
		}},
		{Scene: play.Scene{Name: "help-left", Title: "bob hangs up meanwhile"}, steps: func(o *office.Office) []func() error {
			return append(begins(o), leaves(o, "bob"))
		}},
		{Scene: play.Scene{Name: "help-other-left", Title: "so does alice"}, steps: func(o *office.Office) []func() error {
			return append(begins(o), leaves(o, "alice"), o.Pause)
		}},
	} {
		s.run(t)
	}
}
