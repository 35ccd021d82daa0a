package order_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"hookflash/b2bua"
	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/assist"
	"hookflash/service/park"
	"hookflash/service/transfer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// house is who is in the domain, for the park.
type house struct{}

func (house) User(name string) *directory.User {
	switch name {
	case "alice", "bob", "carol", "dave":
		return &directory.User{Name: name}
	}
	return nil
}
func (house) Group(string) *directory.Group       { return nil }
func (house) Number(string) string                { return "" }
func (house) Calendar(string) *directory.Calendar { return nil }

// lots is a domain in which all calls go through the agent that helps telephones, with a park.
func lots(timeout time.Duration, keep *tape) office.Options {
	settings := park.Settings{Domain: "example.test", Users: house{}, Number: "700", Orbits: []park.Orbit{
		{Name: "all", Slots: []string{"701"}, Timeout: timeout},
	}}
	recorder := &assist.Recorder{Recordings: keep, Allowed: func(string) bool { return true }}
	return office.Options{Digest: true, Server: func(c *domain.Config) {
		c.Assist = directory.AssistAll
		c.Alias = func(uri sip.URI) (string, bool) {
			if uri.User == "1003" {
				return office.AOR("carol"), true
			}
			return park.Alias(settings)(uri)
		}
		c.Inside = []domain.Agent{
			{Name: "bridge", Settings: ua.Settings{ContactParams: b2bua.ContactParams}, Install: func(a *ua.Agent) {
				b2bua.New(a, b2bua.Settings{
					Domain: "example.test", Local: localUser, Music: func(string) string { return "music:waiting" },
					Codes: []b2bua.Code{{Code: "#72", Does: "park"}, {Code: "##", Does: "transfer"}, {Code: "*3", Does: "three-way"}, {Code: "*1", Does: "record"}},
					Do: map[string]func(t *task.Task, p b2bua.Press){
						"park": assist.Park, "transfer": assist.Transfer, "three-way": assist.ThreeWay, "record": recorder.Record,
					},
				})
			}},
			{Name: "park", Settings: ua.Settings{ContactParams: park.ContactParams}, Install: func(a *ua.Agent) { park.Install(a, settings) }},
		}
	}}
}

var errTape = errors.New("other recordings")

// tape counts recordings.
type tape struct{ begun, kept int }

func (k *tape) Begin(assist.Taking) (id, sink string, err error) {
	k.begun++
	return strconv.Itoa(k.begun), "file:" + strconv.Itoa(k.begun), nil
}

func (k *tape) Keep(string, time.Duration) error {
	k.kept++
	return nil
}
func (*tape) Drop(string) error { return errTape }

// hearsLine waits until somebody hears something.
func hearsLine(o *office.Office, line string) func() error {
	return func() error {
		return o.RunUntil(func() bool { return strings.Contains("\n"+o.Hearing(), "\n"+line+"\n") }, 5*time.Minute)
	}
}

// pressesKeys has somebody press keys in the latest call, and waits no longer than that takes.
func pressesKeys(o *office.Office, who, digits string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) { a.Calls()[len(a.Calls())-1].Dial(digits, 100*time.Millisecond) })
		return o.RunFor(time.Duration(len(digits))*150*time.Millisecond + 100*time.Millisecond)
	}
}

// endsAll has somebody hang up everything.
func endsAll(o *office.Office, who string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) {
			for _, c := range a.Calls() {
				c.HangUp()
			}
		})
		return nil
	}
}

// calls has somebody call a number and attend to the call, or be refused with a code.
func calls(o *office.Office, who, number string, code int) func() error {
	return func() error {
		return errors.Join(o.Act(who, func(t *task.Task, a *ua.Agent) error {
			call, err := a.Invite(ua.Invitation{Target: office.AOR(number)})
			if err != nil {
				return err
			}
			err = call.Settle(t)
			if code != 0 {
				return office.Refused(err, code)
			}
			a.Attend(call)
			return err
		}), o.Pause())
	}
}

func hears(o *office.Office, want string) func() error { return func() error { return o.Hears(want) } }

const parked = "alice hears park's music:default"

func TestParkByCode(t *testing.T) {
	parks := func(o *office.Office) []func() error {
		return []func() error{meets(o, "alice", "bob"), pressesKeys(o, "bob", "#72"), hearsLine(o, parked), o.Pause, hears(o, parked)}
	}
	all := []string{"alice", "server", "bob", "carol", "dave"}
	for _, s := range []struct {
		play.Scene
		recall time.Duration
		steps  func(o *office.Office) []func() error
	}{
		{Scene: play.Scene{Name: "code-park", Title: "the callee parks the caller by a code", Golden: true, Hears: parked}, steps: func(o *office.Office) []func() error {
			return []func() error{
				meets(o, "alice", "bob"), pressesKeys(o, "bob", "#72"), hearsLine(o, "bob hears bridge's prompt:park-place"), hearsLine(o, "bob hears bridge's prompt:seven"),
				hearsLine(o, "bob hears bridge's prompt:one"), hears(o, parked+"\nbob hears bridge's prompt:one"), o.Pause,
			}
		}},
		{Scene: play.Scene{Name: "code-park-caller", Title: "and the caller the callee", Hears: "bob hears park's music:default"}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), pressesKeys(o, "alice", "#72"), o.Pause}
		}},
		{Scene: play.Scene{Name: "code-park-hung-up", Title: "the parker hangs up at once", Golden: true, Hears: parked}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), pressesKeys(o, "bob", "#72"), endsAll(o, "bob"), o.Pause}
		}},
		{Scene: play.Scene{Name: "code-park-left-at-once", Title: "so does who is parked"}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), pressesKeys(o, "bob", "#72"), endsAll(o, "alice"), o.Pause}
		}},
		{Scene: play.Scene{Name: "code-park-left", Title: "who is parked hangs up later, and the place is free", Golden: true, Hears: "carol hears park's music:default"}, steps: func(o *office.Office) []func() error {
			return append(parks(o), endsAll(o, "alice"), o.Pause, calls(o, "carol", "701", 480), meets(o, "carol", "bob"), pressesKeys(o, "bob", "#72"), o.Pause)
		}},
		{Scene: play.Scene{Name: "code-park-retrieved", Title: "somebody takes the call", Golden: true, Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return append(parks(o), calls(o, "carol", "701", 0))
		}},
		{Scene: play.Scene{Name: "code-park-taken-left", Title: "and hangs up", Golden: true}, steps: func(o *office.Office) []func() error {
			return append(parks(o), calls(o, "carol", "701", 0), endsAll(o, "carol"), o.Pause)
		}},
		{Scene: play.Scene{Name: "code-park-taken-ended", Title: "or who was parked does"}, steps: func(o *office.Office) []func() error {
			return append(parks(o), calls(o, "carol", "701", 0), endsAll(o, "alice"), o.Pause)
		}},
		{Scene: play.Scene{Name: "code-park-again", Title: "who took the call parks it again", Hears: parked}, steps: func(o *office.Office) []func() error {
			return append(parks(o), calls(o, "carol", "701", 0), pressesKeys(o, "carol", "#72"), o.Pause)
		}},
		{Scene: play.Scene{Name: "code-park-full", Title: "there is no place: the parker is told, and they talk on", Desks: all, Golden: true, Hears: parked + "\nbob hears carol\ncarol hears bob"}, steps: func(o *office.Office) []func() error {
			return append(parks(o), meets(o, "carol", "bob"), pressesKeys(o, "bob", "#72"), hearsLine(o, "bob hears bridge's prompt:park-full"), o.Pause)
		}},
		{Scene: play.Scene{Name: "code-park-three", Title: "three are not parked", Hears: "alice hears bob, carol\nbob hears alice, carol\ncarol hears alice, bob"}, steps: func(o *office.Office) []func() error {
			return []func() error{
				meets(o, "alice", "bob"), pressesKeys(o, "bob", "*31003#"), hearsLine(o, "alice hears bob, carol"),
				pressesKeys(o, "bob", "#72"), hearsLine(o, "bob hears bridge's prompt:code-refused"), o.Pause,
			}
		}},
		{Scene: play.Scene{Name: "code-park-recalled", Title: "nobody takes the call: the parker is called back", Golden: true, Hears: aliceBob}, recall: time.Minute, steps: func(o *office.Office) []func() error {
			return append(parks(o), hearsLine(o, "alice hears bob"), o.Pause)
		}},
		{Scene: play.Scene{Name: "code-park-recall-left", Title: "and hangs up", Golden: true}, recall: time.Minute, steps: func(o *office.Office) []func() error {
			return append(parks(o), hearsLine(o, "alice hears bob"), o.Pause, endsAll(o, "bob"), o.Pause)
		}},
		{Scene: play.Scene{Name: "code-park-transfer", Title: "a transfer by a code to the number of all places", Golden: true, Hears: parked}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), pressesKeys(o, "bob", "##700#"), o.Pause}
		}},
		{Scene: play.Scene{Name: "code-park-transfer-place", Title: "and to one, from where somebody takes the call", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), pressesKeys(o, "bob", "##701#"), o.Pause, hears(o, parked), calls(o, "carol", "701", 0)}
		}},
		{Scene: play.Scene{Name: "code-park-recorded", Title: "a recording goes on", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{
				meets(o, "alice", "bob"), pressesKeys(o, "bob", "*1"), hearsLine(o, "bridge hears alice, bob"), pressesKeys(o, "bob", "#72"),
				hearsLine(o, "bridge hears alice, park's music:default"), o.Pause, calls(o, "carol", "701", 0),
				hearsLine(o, "bridge hears alice, carol"), pressesKeys(o, "alice", "*1"), o.Pause,
			}
		}},
	} {
		if s.recall == 0 {
			s.recall = time.Hour
		}
		s.Office = lots(s.recall, &tape{})
		s.Play = func(o *office.Office) error { return office.InOrder(s.steps(o)...) }
		s.Run(t)
	}
}

// TestRecordedTransfer: two calls that are recorded become one by an attended transfer: the recording of the one goes on, and
// that of the other is over.
func TestRecordedTransfer(t *testing.T) {
	kept := func(k *tape, begun, kept int) func() error {
		return func() error {
			if k.begun != begun || k.kept != kept {
				return fmt.Errorf("%w: %d recordings have begun, %d are kept", errTape, k.begun, k.kept)
			}
			return nil
		}
	}
	attended := func(o *office.Office) func() error {
		return does(o, "bob", "alice", func(t *task.Task, call *ua.Call) error {
			return transfer.Attended(t, call, o.Desk("bob").Call("carol"))
		})
	}
	const recorded = "alice hears bridge's tone:consent, carol\nbridge hears alice, carol\ncarol hears alice, bridge's tone:consent"
	for _, s := range []struct {
		play.Scene
		first, second bool
		begun         int
	}{
		{play.Scene{Name: "recorded-first", Title: "who is transferred is recorded", Hears: recorded}, true, false, 1},
		{play.Scene{Name: "recorded-second", Title: "who is consulted is", Hears: recorded}, false, true, 1},
		{play.Scene{Name: "recorded-both", Title: "both are", Hears: recorded}, true, true, 2},
	} {
		keep := &tape{}
		s.Office, s.Roles = lots(time.Hour, keep), ua.Handlers{Refer: transfer.Transferee, Replace: transfer.Target}
		s.Play = func(o *office.Office) error {
			*keep = tape{}
			steps := []func() error{meets(o, "alice", "bob")}
			if s.first {
				steps = append(steps, pressesKeys(o, "bob", "*1"), hearsLine(o, "bridge hears alice, bob"))
			}
			steps = append(steps, holds(o, "bob", "alice"), meets(o, "bob", "carol"))
			if s.second {
				steps = append(steps, pressesKeys(o, "bob", "*1"), o.Pause)
			}
			return office.InOrder(append(steps, attended(o), o.Pause, kept(keep, s.begun, s.begun-1), hears(o, recorded))...)
		}
		s.Run(t)
	}
}
