package recall_test

import (
	"errors"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/proxy"
	"hookflash/service/redial/recall"
	"hookflash/sip"
	"hookflash/ua"
)

func TestCallBack(t *testing.T) {
	three := []string{"alice", "server", "bob"}
	run(t, nil,
		play.Scene{
			Name: "callback", Title: "Alice dials the code for Bob, who is busy: she is called back, and he then", Golden: true, Hears: aliceBob, Desks: three,
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), dials(o, "alice", ";argument=1002", "redial-on"), o.Pause, waiting(o, 1), free(o),
					hears(o, "alice", "bob"), o.Pause, waiting(o, 0))
			},
		},
		play.Scene{
			Name: "callback-last", Title: "the last call that failed is meant", Hears: aliceBob, Desks: three,
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), dials(o, "alice", "", "redial-nobody"), told(o, proxy.Refused{User: "alice", Callee: "bob", Code: 486}),
					dials(o, "alice", "", "redial-on"), dials(o, "alice", ";argument=bob", "redial-on"), waiting(o, 1), free(o), hears(o, "alice", "bob"), o.Pause)
			},
		},
		play.Scene{
			Name: "callback-free", Title: "Bob has hung up already: Alice is called back as soon as she has hung up", Hears: aliceBob, Desks: three,
			Play: func(o *office.Office) error {
				return office.InOrder(dials(o, "alice", ";argument=bob", "redial-on"), hears(o, "alice", "bob"), o.Pause)
			},
		},
		play.Scene{
			Name: "callback-cancelled", Title: "Alice takes it back", Golden: true, Desks: three,
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), dials(o, "alice", ";argument=bob", "redial-on"), dials(o, "alice", ";off", "redial-off"), waiting(o, 0),
					dials(o, "alice", ";off", "redial-none"), free(o), o.Pause)
			},
		},
		play.Scene{
			Name: "callback-suspended", Title: "Alice is in a call when Bob is free: she is called back afterwards", Golden: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), dials(o, "alice", ";argument=bob", "redial-on"), func() error { return o.Meet("carol", "alice") },
					free(o), o.Pause, state(o, recall.Suspended), hangsUp(o, "carol"), hears(o, "alice", "bob"), o.Pause)
			},
		},
		play.Scene{
			Name: "callback-two", Title: "two wait for Bob: the first is called back first, and then the other", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), dials(o, "alice", ";argument=bob", "redial-on"), dials(o, "carol", ";argument=bob", "redial-on"), waiting(o, 2),
					free(o), bothInTurn(o, "alice", "carol"), waiting(o, 0))
			},
		},
		play.Scene{
			Name: "callback-not-there", Title: "Alice does not answer: she is called back twice more, and then not any more", Desks: three,
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), dials(o, "alice", ";argument=bob", "redial-on"), func() error {
					deaf(o, "alice")
					return nil
				}, free(o), after(o, 10*time.Minute), waiting(o, 0))
			},
		},
		play.Scene{
			Name: "callback-declined", Title: "Alice does not want to call any more", Golden: true, Desks: three,
			Play: func(o *office.Office) error {
				return office.InOrder(occupied(o, "bob"), dials(o, "alice", ";argument=bob", "redial-on"), func() error {
					refuses(o, "alice", 603)
					return nil
				}, free(o), o.Pause, waiting(o, 0))
			},
		},
		play.Scene{
			Name: "callback-busy-again", Title: "somebody was faster: Alice is told, and called back once more", Golden: true, Hears: aliceBob, Desks: three,
			Play: func(o *office.Office) error {
				if err := office.InOrder(occupied(o, "bob"), dials(o, "alice", ";argument=bob", "redial-on"), o.Pause); err != nil {
					return err
				}
				faster := o.Now().Add(10 * time.Second)
				o.Desk("bob").Refuse(func(m *sip.Message) int {
					if m.Method() == sip.INVITE && m.ToTag() == "" && o.Now().Before(faster) {
						return 486
					}
					return 0
				})
				return office.InOrder(free(o), hears(o, "alice", "bob"), o.Pause)
			},
		},
		play.Scene{
			Name: "callback-hung-up", Title: "Alice hangs up while Bob's phone rings", Desks: three,
			Play: func(o *office.Office) error {
				deaf(o, "bob")
				return office.InOrder(occupied(o, "bob"), dials(o, "alice", ";argument=bob", "redial-on"), free(o),
					func() error { return o.RunUntil(o.Rings("alice", "bob"), time.Minute) }, hangsUp(o, "alice"), o.Pause, waiting(o, 0))
			},
		},
		play.Scene{
			Name: "callback-unknown", Title: "nobody knows when a number of the telephone network is free", Desks: three,
			Play: func(o *office.Office) error {
				return office.InOrder(dials(o, "alice", ";argument=0301234567", "redial-unknown"), dials(o, "alice", ";argument=alice", "redial-unknown"), func() error {
					houseOf(o).people.set("bob", &directory.Routing{Block: []directory.Pattern{pattern("alice")}})
					return nil
				}, dials(o, "alice", ";argument=bob", "redial-unknown"), waiting(o, 0))
			},
		},
		play.Scene{
			Name: "callback-do-not-disturb", Title: "who does not want to be disturbed is not free", Hears: aliceBob, Desks: three,
			Play: func(o *office.Office) error {
				h := func(r *directory.Routing) func() error {
					return func() error { houseOf(o).people.set("bob", r); return nil }
				}
				return office.InOrder(h(&directory.Routing{DoNotDisturb: true}), dials(o, "alice", ";argument=bob", "redial-on"), o.Pause, waiting(o, 1),
					h(nil), hears(o, "alice", "bob"), o.Pause)
			},
		},
	)
}

// TestLimits: who waits for too many, and what takes too long.
func TestLimits(t *testing.T) {
	run(t, func(s *recall.Settings) { s.Limit, s.Expires = 1, 5*time.Minute }, play.Scene{
		Name: "callback-limit", Title: "one at a time", Desks: []string{"alice", "server", "bob", "carol"},
		Play: func(o *office.Office) error {
			return office.InOrder(occupied(o, "bob"), occupied(o, "carol"), dials(o, "alice", ";argument=bob", "redial-on"),
				dials(o, "alice", ";argument=carol", "redial-too-many"), after(o, 6*time.Minute), waiting(o, 0), free(o), o.Pause, func() error {
					if len(o.Desk("alice").Agent().Calls()) > 0 {
						return errors.New("alice is called back when it is too late")
					}
					return nil
				})
		},
	})
	run(t, func(s *recall.Settings) { s.Jitter = 20 * time.Second }, play.Scene{
		Name: "callback-jitter", Title: "Bob is left alone for a while", Hears: aliceBob,
		Play: func(o *office.Office) error {
			return office.InOrder(occupied(o, "bob"), dials(o, "alice", ";argument=bob", "redial-on"), free(o), hears(o, "alice", "bob"), o.Pause)
		},
	})
}

// bothInTurn is a step: bob talks with one, who hangs up, and then with the other. On good lines the first comes first; where
// Bob's phone hears too late that he is free, the other is called meanwhile.
func bothInTurn(o *office.Office, first, second string) func() error {
	return func() error {
		talking := func(who string) bool { return contains(o.Hearing(), who+" hears bob") }
		if err := o.RunUntil(func() bool { return talking(first) || talking(second) }, 10*time.Minute); err != nil {
			return err
		}
		if talking(second) {
			first, second = second, first
		}
		return office.InOrder(o.Pause, hangsUp(o, first), hears(o, second, "bob"), o.Pause, hangsUp(o, second), o.Pause)
	}
}

// state is a step: the first request is in a state.
func state(o *office.Office, want recall.State) func() error {
	return func() error {
		if all := houseOf(o).Requests(""); len(all) == 0 || all[0].State != want {
			return errors.Join(errRequests, errors.New(string(want)))
		}
		return nil
	}
}

// deaf makes a phone ring for ever.
func deaf(o *office.Office, who string) {
	o.Desk(who).Do(func(a *ua.Agent) { a.Handle(ua.Handlers{Invite: func(c *ua.Call) { c.Ring() }}) })
}

func refuses(o *office.Office, who string, code int) {
	o.Desk(who).Do(func(a *ua.Agent) {
		a.Handle(ua.Handlers{Invite: func(c *ua.Call) { c.Reject(sip.Answer{Code: code}) }})
	})
}

func pattern(text string) directory.Pattern {
	p, err := directory.ParsePattern(text)
	if err != nil {
		panic(err)
	}
	return p
}
