package recall_test

import (
	"fmt"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/event/callcompletion"
	"hookflash/event/presence"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/order"
	"hookflash/service/redial/recall"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// waits is a step: somebody's phone waits for bob, whom it found busy.
func waits(o *office.Office, who string) func() error {
	return func() error {
		var err error
		o.Desk(who).Do(func(a *ua.Agent) {
			l := order.NewRedials(a, order.RedialSettings{})
			l.Refused(order.RedialRefusal{Target: office.AOR("bob"), Code: 486, Monitor: office.AOR("bob"), Mode: "BS"})
			_, err = l.Add("")
		})
		return office.InOrder(func() error { return err }, after(o, 20*time.Second))
	}
}

// TestReady: phones wait in Bob's queue (RFC 6910).
func TestReady(t *testing.T) {
	three := []string{"alice", "server", "bob"}
	run(t, nil,
		play.Scene{
			Name: "ready", Title: "RFC 6910 section 8: Alice's phone waits in Bob's queue, and calls when it is told to", Golden: true, Hears: aliceBob, Desks: three,
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), waits(o, "alice"), waiting(o, 1), free(o), hears(o, "alice", "bob"), o.Pause, waiting(o, 0))
			},
		},
		play.Scene{
			Name: "ready-two", Title: "two wait for Bob: one is told when the other's call is over", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), waits(o, "alice"), waits(o, "carol"), waiting(o, 2), free(o), bothInTurn(o, "alice", "carol"), waiting(o, 0))
			},
		},
		play.Scene{
			Name: "ready-mixed", Title: "one waits by telephone code, the other by phone: in one queue",
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), dials(o, "alice", ";argument=bob", "redial-on"), waits(o, "carol"), waiting(o, 2), free(o),
					bothInTurn(o, "alice", "carol"), waiting(o, 0))
			},
		},
		play.Scene{
			Name: "ready-elsewhere", Title: "Alice is in a call when it is her turn: Carol goes first", Golden: true,
			Desks: []string{"alice", "server", "bob", "carol", "dave"},
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), waits(o, "alice"), waits(o, "carol"), func() error { return o.Meet("dave", "alice") }, free(o),
					hears(o, "carol", "bob"), o.Pause, hangsUp(o, "dave"), hangsUp(o, "carol"), hears(o, "alice", "bob"), o.Pause, hangsUp(o, "alice"), waiting(o, 0))
			},
		},
		play.Scene{
			Name: "ready-busy-again", Title: "Bob is busy again, and Alice keeps her place", Golden: true, Hears: aliceBob, Desks: three,
			Play: func(o *office.Office) error {
				if err := office.InOrder(occupied(o, "bob"), waits(o, "alice")); err != nil {
					return err
				}
				faster := o.Now().Add(10 * time.Second)
				o.Desk("bob").Refuse(func(m *sip.Message) int {
					if m.Method() == sip.INVITE && m.ToTag() == "" && o.Now().Before(faster) {
						return 486
					}
					return 0
				})
				return office.InOrder(free(o), hears(o, "alice", "bob"), o.Pause, waiting(o, 0))
			},
		},
		play.Scene{
			Name: "ready-silent", Title: "a phone that never calls is told three times, and then not any more", Golden: true, Desks: three,
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), watches(o, "alice", office.AOR("bob")), free(o), after(o, 10*time.Minute), waiting(o, 0))
			},
		},
	)
}

// watches is a step: a phone waits that never calls.
func watches(o *office.Office, who, target string) func() error {
	return func() error {
		var err error
		o.Desk(who).Do(func(a *ua.Agent) {
			_, err = a.Watch(target, sip.Event{Package: callcompletion.Package}, time.Hour)
		})
		return office.InOrder(func() error { return err }, o.Pause)
	}
}

// subscribes gives the code with which a subscription is refused for good, 0 where it stands.
func subscribes(o *office.Office, who, target string) (w *ua.Watching, code int, err error) {
	err = o.Act(who, func(t *task.Task, a *ua.Agent) error {
		var problem error
		if w, problem = a.Watch(target, sip.Event{Package: callcompletion.Package}, time.Hour); problem != nil {
			return problem
		}
		if t.First(w.Documents, w.Ended(), t.After(20*time.Second)) == 1 {
			code = w.Failure().Code
		}
		if w.Documents.Len() == 0 && code == 0 {
			code = 480 // asked for again and again
			w.Close()
		}
		return nil
	})
	return w, code, err
}

// TestSubscribed: who may wait for whom.
func TestSubscribed(t *testing.T) {
	for _, row := range []struct {
		reason, who, target string
		prepare             func(o *office.Office) error
		code                int
	}{
		{"the address of a user", "alice", "sip:bob@example.test;m=BS", nil, 0},
		{"the agent's own, with whom it is about", "alice", agent + ";to=bob", nil, 0},
		{"a number of a user", "alice", agent + ";to=1002", nil, 0},
		{"an unknown mode (RFC 6910 §7.1)", "alice", "sip:bob@example.test;m=XYZ", nil, 0},
		{"nobody has that name", "alice", agent + ";to=nobody", nil, 404},
		{"nobody is named", "alice", agent, nil, 404},
		{"one does not wait for oneself", "alice", "sip:alice@example.test", nil, 403},
		{"who may not call may not wait (RFC 6910 §11)", "alice", "sip:bob@example.test", func(o *office.Office) error {
			houseOf(o).people.set("bob", &directory.Routing{Block: []directory.Pattern{pattern("alice")}})
			return nil
		}, 403},
		{"as many as may be", "alice", "sip:bob@example.test", func(o *office.Office) error {
			houseOf(o).Configure(recall.Settings{Domain: "example.test", Users: houseOf(o).people, Limit: 1})
			return watches(o, "alice", "sip:carol@example.test")()
		}, 480},
		{"a queue that is full (RFC 6910 §9.7)", "alice", "sip:bob@example.test", func(o *office.Office) error {
			houseOf(o).Configure(recall.Settings{Domain: "example.test", Users: houseOf(o).people, Limit: recall.MaxQueue})
			o.Inside("redial", func(*ua.Agent) {
				for i := range recall.MaxQueue {
					name := fmt.Sprintf("user%d", i)
					houseOf(o).people[name] = &directory.User{Name: name}
					if _, err := houseOf(o).Add(name, "bob"); err != nil {
						panic(err)
					}
				}
			})
			return nil
		}, 480},
	} {
		run(t, nil, play.Scene{
			Name: "subscribed", Title: row.reason, Desks: []string{"alice", "server", "bob", "carol"}, Seeds: 4,
			Play: func(o *office.Office) error {
				for _, who := range []string{"bob", "carol"} { // nobody is free, so that all wait
					if err := occupied(o, who)(); err != nil {
						return err
					}
				}
				if row.prepare != nil {
					if err := row.prepare(o); err != nil {
						return err
					}
				}
				_, code, err := subscribes(o, row.who, row.target)
				if err != nil || code != row.code {
					return fmt.Errorf("%s: got %d, want %d: %w", row.reason, code, row.code, err)
				}
				return office.InOrder(after(o, time.Hour), free(o), o.Pause, waiting(o, 0))
			},
		})
	}
}

func body(basic presence.Basic) string {
	d := presence.Document{Entity: office.AOR("alice"), Tuples: []presence.Tuple{{ID: "a", Basic: basic}}}
	return string(d.Append(nil))
}

// TestPublished: who suspends is passed over, and served when they are there again.
func TestPublished(t *testing.T) {
	alice, carol := ua.Party{URI: office.AOR("alice"), Asserted: true}, ua.Party{URI: office.AOR("carol"), Asserted: true}
	publishes := func(o *office.Office, who ua.Party, target, kind, text string, want int) func() error {
		return func() (err error) {
			o.Inside("redial", func(*ua.Agent) {
				if code := houseOf(o).Published(ua.Published{From: who, Target: target, Type: kind, Body: text}); code != want {
					err = fmt.Errorf("PUBLISH of %s: got %d, want %d", who.URI, code, want)
				}
			})
			return err
		}
	}
	run(t, nil,
		play.Scene{
			Name: "published", Title: "RFC 6910 section 7.5: Alice has suspended, so Carol goes first; section 7.6: she is back",
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), waits(o, "alice"), waits(o, "carol"),
					publishes(o, alice, agent+";to=bob;entry=1", presence.ContentType, body(presence.Closed), 200), state(o, recall.Suspended), free(o),
					hears(o, "carol", "bob"), o.Pause, hangsUp(o, "carol"), o.Pause, waiting(o, 1), state(o, recall.Suspended),
					publishes(o, alice, "sip:bob@example.test", presence.ContentType, body(presence.Open), 200), hears(o, "alice", "bob"), o.Pause, hangsUp(o, "alice"), waiting(o, 0))
			},
		},
		play.Scene{
			Name: "published-ready", Title: "Alice suspends when she is told to call: Carol is told to",
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), watches(o, "alice", office.AOR("bob")), waits(o, "carol"), free(o),
					func() error {
						return o.RunUntil(func() bool { return houseOf(o).Requests("alice")[0].State == recall.Ready }, time.Minute)
					},
					publishes(o, alice, agent+";to=bob;entry=1", presence.ContentType, body(presence.Closed), 200), hears(o, "carol", "bob"), o.Pause,
					state(o, recall.Suspended), hangsUp(o, "carol"), after(o, time.Hour), waiting(o, 0))
			},
		},
		play.Scene{
			Name: "published-wrong", Title: "what is not theirs, and what is no document", Seeds: 4,
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), watches(o, "alice", office.AOR("bob")),
					publishes(o, carol, agent+";to=bob;entry=1", presence.ContentType, body(presence.Closed), 404),
					publishes(o, ua.Party{URI: office.AOR("alice")}, agent+";to=bob;entry=1", presence.ContentType, body(presence.Closed), 403),
					publishes(o, alice, agent+";to=carol", presence.ContentType, body(presence.Closed), 404),
					publishes(o, alice, agent+";to=bob", "text/plain", "closed", 415),
					publishes(o, alice, agent+";to=bob", presence.ContentType, "closed", 400),
					publishes(o, alice, agent+";to=bob", presence.ContentType, "", 200), state(o, recall.Queued), after(o, time.Hour), waiting(o, 0), free(o))
			},
		},
	)
}

// TestRedirected: who calls the URI of an entry is sent on to the callee.
func TestRedirected(t *testing.T) {
	run(t, nil, play.Scene{
		Name: "redirected", Title: "the cc-URI leads to Bob", Hears: aliceBob, Desks: []string{"alice", "server", "bob"}, Seeds: 4,
		Play: func(o *office.Office) error {
			nobody := func() error { return office.Refused(o.Act("alice", talks(agent+";to=nobody")), 404) }
			return office.InOrder(nobody, func() error { return o.Act("alice", talks(agent+";to=bob;entry=7;m=BS")) }, hears(o, "alice", "bob"), o.Pause)
		},
	})
}
