package conference_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/conference"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// adds is bob's call to somebody who is to talk with him and alice.
func adds(who string) act {
	return func(t *task.Task, call *ua.Call) error {
		_, err := conference.Add(t, call, office.AOR(who))
		return err
	}
}

// calls has bob call carol beside the call that he has.
func calls(t *task.Task, call *ua.Call) error {
	a := call.Agent()
	third, err := a.Invite(ua.Invitation{Target: office.AOR("carol")})
	if err == nil {
		err = third.Settle(t)
	}
	if err == nil {
		a.Attend(third)
	}
	return err
}

// merges joins the call with bob's other one.
func merges(t *task.Task, call *ua.Call) error {
	for _, other := range call.Agent().Calls() {
		if other != call {
			return conference.Merge(t, call, other)
		}
	}
	return errors.New("there is no other call")
}

const addedLadder = `F1 alice>bob INVITE
F2 bob>alice 180 Ringing
F3 bob>alice 200 OK
F4 alice>bob ACK
F5 bob>alice INVITE isfocus
F6 alice>bob 200 OK
F7 bob>alice ACK
F8 bob>carol INVITE isfocus
F9 carol>bob 180 Ringing
F10 carol>bob 200 OK
F11 bob>carol ACK`

func TestAdded(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "added", Title: "RFC 5359 section 2.10: Bob calls Carol into his call with Alice",
			Golden: true, Documents: "added.go", Want: addedLadder, Hears: three,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{does(o, "bob", "alice", adds("carol"), three)}
			}),
		},
		{
			Name: "added-left", Title: "Alice leaves: Bob and Carol talk on", Golden: true, Hears: bobCarol,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{does(o, "bob", "alice", adds("carol"), three), leaves(o, "alice", "bob", bobCarol)}
			}),
		},
		{
			Name: "added-third-left", Title: "Carol leaves: Alice and Bob talk on", Hears: aliceBob,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{does(o, "bob", "alice", adds("carol"), three), leaves(o, "carol", "bob", aliceBob)}
			}),
		},
		{
			Name: "added-focus-left", Title: "Bob leaves: without a focus there is no conference", Golden: true,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{does(o, "bob", "alice", adds("carol"), three), leaves(o, "bob", "alice", bobCarol), leaves(o, "bob", "carol", "")}
			}),
		},
		{
			Name: "added-busy", Title: "Carol is busy: Alice and Bob talk on, without a focus", Golden: true, Hears: aliceBob,
			Manners: map[string]office.Manner{"carol": {Code: 486}},
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{
					does(o, "bob", "alice", office.Refuses(adds("carol"), 486), aliceBob),
					func() error { return noFocus(o) }, func() error { return toldSo(o) },
				}
			}),
		},
		{
			Name: "added-refused", Title: "Alice's phone does not let Bob be a focus: Carol is not called", Golden: true, Hears: aliceBob,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{stubborn(o, "alice", 488), does(o, "bob", "alice", office.Refuses(adds("carol"), 488), aliceBob), func() error { return noFocus(o) }}
			}),
		},
		{
			Name: "added-given-up", Title: "Bob gives Carol up while her phone rings", Hears: aliceBob,
			Manners: map[string]office.Manner{"carol": {Never: true}},
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{o.During(o.Starts("bob", "alice", office.Refuses(adds("carol"), 487)), o.Rings("bob", "carol"), leaves(o, "bob", "carol", aliceBob))}
			}),
		},
		{
			Name: "added-left-early", Title: "Alice leaves while Carol's phone rings: Bob and Carol talk", Hears: bobCarol,
			Manners: map[string]office.Manner{"carol": {Rings: 100 * time.Second}},
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{o.During(o.Starts("bob", "alice", adds("carol")), o.Rings("bob", "carol"), leaves(o, "alice", "bob", ""))}
			}),
		},
		{
			Name: "added-held", Title: "Bob holds Alice while the others talk on: she hears nobody, and nobody her", Golden: true, Hears: three,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{
					does(o, "bob", "alice", adds("carol"), three),
					does(o, "bob", "alice", holds, bobCarol), does(o, "bob", "alice", resumes, three),
				}
			}),
		},
		{
			Name: "added-held-before", Title: "Bob holds Alice before he calls Carol", Hears: three,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{does(o, "bob", "alice", holds, ""), does(o, "bob", "alice", adds("carol"), three)}
			}),
		},
		{
			Name: "added-holding", Title: "Alice holds: Bob and Carol talk on", Hears: three,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{
					does(o, "bob", "alice", adds("carol"), three),
					does(o, "alice", "bob", holds, bobCarol), does(o, "alice", "bob", resumes, three),
				}
			}),
		},
		{
			Name: "added-fourth", Title: "a fourth is called", Desks: []string{"alice", "server", "bob", "carol", "dave"},
			Hears: "alice hears bob, carol, dave\nbob hears alice, carol, dave\ncarol hears alice, bob, dave\ndave hears alice, bob, carol",
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{does(o, "bob", "alice", adds("carol"), three), func() error { return o.Do("bob", "alice", adds("dave")) }}
			}),
		},
	})
}

func TestMerge(t *testing.T) {
	twoCalls := func(o *office.Office, more ...func() error) []func() error {
		return append([]func() error{does(o, "bob", "alice", holds, ""), does(o, "bob", "alice", calls, bobCarol)}, more...)
	}
	run(t, []play.Scene{
		{
			Name: "merge", Title: "Bob merges his calls with Alice, who is held, and Carol", Golden: true, Hears: three,
			Play: meeting(func(o *office.Office) []func() error { return twoCalls(o, does(o, "bob", "carol", merges, three)) }),
		},
		{
			Name: "merge-left", Title: "Carol leaves after it", Hears: aliceBob,
			Play: meeting(func(o *office.Office) []func() error {
				return twoCalls(o, does(o, "bob", "alice", merges, three), leaves(o, "carol", "bob", aliceBob))
			}),
		},
		{
			Name: "merge-both-held", Title: "both are held", Hears: three,
			Play: meeting(func(o *office.Office) []func() error {
				return twoCalls(o, does(o, "bob", "carol", holds, ""), does(o, "bob", "alice", merges, three))
			}),
		},
		{
			Name: "merge-held-refuses", Title: "Alice does not come off hold: Bob talks with Carol, as before", Golden: true, Hears: bobCarol,
			Play: meeting(func(o *office.Office) []func() error {
				return twoCalls(o, stubborn(o, "alice", 488), does(o, "bob", "alice", office.Refuses(merges, 488), bobCarol), func() error { return noFocus(o) })
			}),
		},
		{
			Name: "merge-talking-refuses", Title: "Carol does not agree: Bob talks with her, as before", Hears: bobCarol,
			Play: meeting(func(o *office.Office) []func() error {
				return twoCalls(o, stubborn(o, "carol", 488), does(o, "bob", "alice", office.Refuses(merges, 488), bobCarol), func() error { return noFocus(o) })
			}),
		},
		{
			Name: "merge-with-itself", Title: "one call is no two", Hears: aliceBob, Seeds: 1,
			Play: meeting(func(o *office.Office) []func() error {
				return []func() error{does(o, "bob", "alice", func(t *task.Task, call *ua.Call) error {
					if err := conference.Merge(t, call, call); !errors.Is(err, conference.ErrSame) {
						return fmt.Errorf("got %w", err)
					}
					return nil
				}, aliceBob)}
			}),
		},
	})
}

// noFocus wants nobody to be a focus.
func noFocus(o *office.Office) error {
	for _, name := range []string{"alice", "bob", "carol"} {
		for _, call := range o.Desk(name).Agent().Calls() {
			if call.Focus {
				return fmt.Errorf("%s is a focus", name)
			}
		}
	}
	return nil
}

// toldSo wants the last Contact that bob gave in a call to say that, too.
func toldSo(o *office.Office) error {
	last := ""
	for _, arrow := range o.Ladder().Arrows {
		if m, err := sip.Parse(arrow.Text); err == nil && m.IsRequest() && m.Method() == sip.INVITE && o.Ladder().Name(arrow.From) == "bob" && m.ToTag() != "" {
			last = m.Header(sip.HeaderContact)
		}
	}
	if strings.Contains(last, "isfocus") {
		return fmt.Errorf("bob's last Contact is %s", last)
	}
	return nil
}

// TestAddedLeft: whoever hangs up everything at whatever moment, nothing is left.
func TestAddedLeft(t *testing.T) {
	for _, who := range []string{"alice", "bob", "carol"} {
		for moment := range 8 {
			run(t, []play.Scene{{
				Name: fmt.Sprintf("%s-%d", who, moment), Seeds: 6,
				Play: meeting(func(o *office.Office) []func() error {
					return []func() error{func() error {
						call := o.Desk("bob").Call("alice")
						wait := o.Begin("bob", func(t *task.Task, _ *ua.Agent) error { return adds("carol")(t, call) })
						if err := o.RunFor(time.Duration(moment) * 150 * time.Millisecond); err != nil {
							return err
						}
						o.Desk(who).Do(func(a *ua.Agent) {
							for _, c := range a.Calls() {
								c.HangUp()
							}
						})
						_ = wait()
						return office.InOrder(o.Pause, o.Leave)
					}}
				}),
			}})
		}
	}
}
