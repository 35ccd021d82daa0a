package voicemail_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/voicemail"
	"hookflash/store/mailbox"
	"hookflash/task"
	"hookflash/ua"
)

const (
	leaveForBob = "sip:voicemail@example.test;target=sip:bob%40example.test;cause=486"
	own         = "sip:voicemail@example.test"
	bobsPIN     = "493817"
)

// rooms are the voicemail of one office, and all that goes on in it.
type rooms struct {
	*recording
	disk     *memory
	service  *voicemail.Service
	settings voicemail.Settings
	routing  map[string]*directory.Routing
	mails    []string
	unmailed int // mails that fail yet
	phones   int // that want to be told unasked
}

// all are the rooms of each office, by the agent in it.
var all sync.Map

func roomsOf(o *office.Office) *rooms {
	found, _ := all.Load(o.Agent("voicemail"))
	return found.(*rooms)
}

func newRooms(change func(r *rooms)) *rooms {
	r := &rooms{disk: newMemory(), routing: map[string]*directory.Routing{
		"bob":   {Numbers: []string{"1002"}, Mailbox: directory.Mailbox{PIN: "pin:" + bobsPIN}},
		"alice": {Numbers: []string{"1001"}},
		"dave":  {Mailbox: directory.Mailbox{Off: true}},
	}}
	boxes, err := mailbox.Open(mailbox.Settings{Disk: r.disk.disk(), Messages: 5})
	if err != nil {
		panic(err)
	}
	r.recording = &recording{Boxes: boxes, disk: r.disk}
	r.settings = voicemail.Settings{
		Domain: "example.test", Boxes: voicemail.Boxes{Recordings: r.recording, Messages: boxes, Sounds: boxes}, Users: view{r.routing},
		CheckPIN:   func(hash, pin string) bool { return hash == "pin:"+pin },
		PINProblem: func(pin string, _ []string) string { return map[bool]string{true: "short"}[len(pin) < 6] },
		SetPIN: func(user, pin string) error {
			changed := *r.routing[user]
			changed.Mailbox.PIN = "pin:" + pin
			r.routing[user] = &changed
			return nil
		},
		Mail: func(to string, text []byte) error {
			if r.unmailed > 0 {
				r.unmailed--
				return errBroken
			}
			r.mails = append(r.mails, to+"\n"+string(text))
			return nil
		},
		From:   "voicemail@example.test",
		Phones: func(string) int { return r.phones },
	}
	if change != nil {
		change(r)
	}
	return r
}

// options are an office with voicemail.
func options(change func(r *rooms)) office.Options {
	return office.Options{Server: func(c *domain.Config) {
		c.Packages = map[string]string{"message-summary": "voicemail"}
		c.Inside = []domain.Agent{{Name: "voicemail", Install: func(a *ua.Agent) {
			r := newRooms(change)
			r.service = voicemail.Install(a, r.settings)
			all.Store(a, r)
		}}}
	}}
}

// run plays a scene: alice calls, bob has the mailbox.
func run(t *testing.T, change func(r *rooms), scenes ...play.Scene) {
	t.Helper()
	for _, s := range scenes {
		s.Desks, s.Office = []string{"alice", "server", "bob"}, options(change)
		acted := s.Play
		s.Play = func(o *office.Office) error {
			if err := acted(o); err != nil {
				return err
			}
			if left := roomsOf(o).disk.left(); len(left) > 0 && !roomsOf(o).disk.broken {
				return fmt.Errorf("left behind: %v", left)
			}
			return nil
		}
		s.Run(t)
	}
}

// calls is a step: somebody calls, and is answered.
func calls(o *office.Office, who, target string) func() error {
	return func() error {
		return o.Act(who, func(t *task.Task, a *ua.Agent) error {
			c, err := a.Invite(ua.Invitation{Target: target})
			if err != nil {
				return err
			}
			if err := c.Settle(t); err != nil {
				return err
			}
			a.Attend(c)
			return nil
		})
	}
}

func refused(o *office.Office, who, target string, code int) func() error {
	return func() error { return office.Refused(calls(o, who, target)(), code) }
}

func after(o *office.Office, d time.Duration) func() error {
	return func() error { return o.RunFor(d) }
}

// hears is a step: it waits until somebody hears something of voicemail's, or voicemail records.
func hears(o *office.Office, line string) func() error {
	return func() error {
		heard := func() bool { return strings.Contains("\n"+o.Hearing()+"\n", "\n"+line+"\n") }
		if err := o.RunUntil(heard, 2*time.Minute); err != nil {
			return fmt.Errorf("%q: %w; instead %q", line, err, o.Hearing())
		}
		return nil
	}
}

const (
	records = "voicemail hears alice"
	prompts = "alice hears voicemail's prompt:"
)

// presses is a step: somebody dials digits.
func presses(o *office.Office, who, digits string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) {
			for _, c := range a.Calls() {
				c.Dial(digits, 100*time.Millisecond)
			}
		})
		return nil
	}
}

func hangsUp(o *office.Office, who string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) {
			for _, c := range a.Calls() {
				c.HangUp()
			}
		})
		return o.Pause()
	}
}

// over is a step: the server has hung up.
func over(o *office.Office, who string) func() error {
	return func() error {
		if err := o.RunUntil(func() bool { return len(o.Desk(who).Agent().Calls()) == 0 }, 10*time.Minute); err != nil {
			return err
		}
		return o.Pause()
	}
}

// has is a step: bob's box has so many messages.
func has(o *office.Office, want mailbox.Counts) func() error {
	return func() error {
		if got := roomsOf(o).Counts("bob"); got != want {
			return fmt.Errorf("bob has %+v, want %+v", got, want)
		}
		return nil
	}
}

// fill is a step: somebody left messages before.
func fill(o *office.Office, count int) func() error {
	return func() error {
		r := roomsOf(o)
		for i := range count {
			id, err := r.Begin("bob", o.Now())
			if err != nil {
				return err
			}
			meta := mailbox.Meta{From: "sip:alice@example.test", Asserted: true, Received: o.Now().Add(time.Duration(i) * time.Second), Length: time.Second}
			if err := r.Boxes.Keep("bob", id, meta); err != nil {
				return err
			}
		}
		return nil
	}
}

func message(o *office.Office, want mailbox.Meta) func() error {
	return func() error {
		list := roomsOf(o).List("bob")
		if len(list) != 1 {
			return fmt.Errorf("%d messages", len(list))
		}
		got := list[0].Meta
		// A BYE that is lost comes later, and is the end of the message all the same.
		if got.Length < want.Length || got.Length > want.Length+20*time.Second || got.Received.IsZero() {
			return fmt.Errorf("length %v of %v", got.Length, got.Received)
		}
		got.Length, got.Received = want.Length, want.Received
		if got != want {
			return fmt.Errorf("%+v, want %+v", got, want)
		}
		return nil
	}
}

var byAlice = mailbox.Meta{From: "sip:alice@example.test", Name: "Alice", Asserted: true, Cause: "486", Length: 5 * time.Second}

func TestLeave(t *testing.T) {
	run(t, nil,
		play.Scene{
			Name: "leave", Title: "a message is left", Golden: true, Documents: "leave.go",
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", leaveForBob), hears(o, prompts+"voicemail-greeting"), hears(o, "alice hears voicemail's tone:1000"),
					hears(o, records), after(o, 5*time.Second), presses(o, "alice", "#"), hears(o, prompts+"message-saved"), has(o, mailbox.Counts{New: 1}),
					over(o, "alice"), message(o, byAlice))
			},
		},
		play.Scene{
			Name: "leave-hangs-up", Title: "who hangs up has left a message", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", leaveForBob), hears(o, records), after(o, 5*time.Second), hangsUp(o, "alice"), message(o, byAlice))
			},
		},
		play.Scene{
			Name: "leave-during-greeting", Title: "the caller leaves during the greeting: there is no message", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", leaveForBob), hears(o, prompts+"voicemail-greeting"), hangsUp(o, "alice"), has(o, mailbox.Counts{}))
			},
		},
		play.Scene{
			Name: "leave-during-tone", Title: "the caller leaves at the tone: there is no message",
			Seeds: 1, // where the BYE is late there is a message, of nothing
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", leaveForBob), hears(o, "alice hears voicemail's tone:1000"), hangsUp(o, "alice"), has(o, mailbox.Counts{}))
			},
		},
		play.Scene{
			Name: "leave-before-answer", Title: "the caller gives up before there is an answer", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(func() error {
					return o.Act("alice", func(_ *task.Task, a *ua.Agent) error {
						c, err := a.Invite(ua.Invitation{Target: leaveForBob})
						if err != nil {
							return err
						}
						c.HangUp()
						return nil
					})
				}, o.Pause, has(o, mailbox.Counts{}))
			},
		},
		play.Scene{
			Name: "leave-after-saved", Title: "the caller leaves while it is said that it was saved",
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", leaveForBob), hears(o, records), after(o, 5*time.Second), presses(o, "alice", "#"),
					hears(o, prompts+"message-saved"), hangsUp(o, "alice"), message(o, byAlice))
			},
		},
		play.Scene{
			Name: "leave-skips", Title: "a key goes on to the tone",
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", leaveForBob), hears(o, prompts+"one"), presses(o, "alice", "1"), hears(o, "alice hears voicemail's tone:1000"),
					hears(o, records), after(o, 5*time.Second), presses(o, "alice", "#"), over(o, "alice"), message(o, byAlice))
			},
		},
		play.Scene{
			Name: "leave-brief", Title: "too short is not kept",
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", leaveForBob), hears(o, records), presses(o, "alice", "#"), hears(o, prompts+"message-too-short"),
					over(o, "alice"), has(o, mailbox.Counts{}))
			},
		},
		play.Scene{
			Name: "leave-long", Title: "after the longest time it is kept",
			Play: func(o *office.Office) error {
				long := byAlice
				long.Length = voicemail.DefaultLongest
				return office.InOrder(calls(o, "alice", leaveForBob), hears(o, records), after(o, voicemail.DefaultLongest), hears(o, prompts+"message-saved"),
					over(o, "alice"), message(o, long))
			},
		},
		play.Scene{
			Name: "leave-full", Title: "the mailbox is full: the caller is told before the tone", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(fill(o, 5), calls(o, "alice", leaveForBob), hears(o, prompts+"mailbox-full"), over(o, "alice"), has(o, mailbox.Counts{New: 5}))
			},
		},
		play.Scene{
			Name: "leave-unknown", Title: "nobody has that mailbox", Golden: true,
			Play: func(o *office.Office) error {
				for _, target := range []string{"sip:nobody%40example.test", "sip:dave%40example.test", "sip:bob%40elsewhere.test", "", "bob", "tel:1002", "sip:..%2F..%2Fetc%40example.test"} {
					if err := refused(o, "alice", "sip:voicemail@example.test;target="+target, 404)(); err != nil {
						return fmt.Errorf("%q: %w", target, err)
					}
				}
				return o.Pause()
			},
		},
	)
}

func TestLeaveWithTrouble(t *testing.T) {
	run(t, func(r *rooms) { r.disk.broken = true }, play.Scene{
		Name: "leave-broken", Title: "the disk does not work: the caller is told before the tone",
		Play: func(o *office.Office) error {
			return office.InOrder(calls(o, "alice", leaveForBob), hears(o, prompts+"storage-trouble"), over(o, "alice"), has(o, mailbox.Counts{}))
		},
	})
	run(t, func(r *rooms) { r.keepLess = true }, play.Scene{
		Name: "leave-unkept", Title: "it can't be kept: nobody says that it was",
		Play: func(o *office.Office) error {
			return office.InOrder(calls(o, "alice", leaveForBob), hears(o, records), after(o, 5*time.Second), presses(o, "alice", "#"),
				hears(o, prompts+"storage-trouble"), over(o, "alice"), has(o, mailbox.Counts{}))
		},
	})
}

const bobs = "bob hears voicemail's prompt:"

// enters is a step: bob listens at his own phone.
func enters(o *office.Office, target, pin string) func() error {
	return func() error {
		return office.InOrder(calls(o, "bob", target), hears(o, bobs+"enter-pin"), presses(o, "bob", pin+"#"))
	}
}

func TestListen(t *testing.T) {
	run(t, nil,
		play.Scene{
			Name: "listen", Title: "the owner listens, and deletes", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(fill(o, 2), enters(o, own, bobsPIN), hears(o, bobs+"you-have"), hears(o, bobs+"two"), hears(o, bobs+"new-messages"),
					hears(o, bobs+"message"), hears(o, bobs+"message-from"), hears(o, bobs+"message-menu"), has(o, mailbox.Counts{New: 1, Old: 1}),
					presses(o, "bob", "3"), hears(o, bobs+"message-deleted"), hears(o, bobs+"message-menu"), presses(o, "bob", "2"),
					hears(o, bobs+"end-of-messages"), presses(o, "bob", "#"), over(o, "bob"), has(o, mailbox.Counts{Old: 1}))
			},
		},
		play.Scene{
			Name: "listen-own", Title: "who is sent to their own mailbox listens",
			Play: func(o *office.Office) error {
				return office.InOrder(enters(o, leaveForBob, bobsPIN), hears(o, bobs+"no-messages"), hears(o, bobs+"end-of-messages"), hangsUp(o, "bob"))
			},
		},
		play.Scene{
			Name: "listen-keeps", Title: "back, again, and kept as new",
			Play: func(o *office.Office) error {
				return office.InOrder(fill(o, 2), enters(o, own, bobsPIN), hears(o, bobs+"message-menu"), presses(o, "bob", "2"), hears(o, bobs+"message-from"),
					hears(o, bobs+"message-menu"), presses(o, "bob", "*"), hears(o, bobs+"message-from"), hears(o, bobs+"message-menu"), presses(o, "bob", "1"), hears(o, bobs+"message-from"),
					hears(o, bobs+"message-menu"), presses(o, "bob", "4"), hears(o, bobs+"message-kept"), hangsUp(o, "bob"), has(o, mailbox.Counts{New: 1, Old: 1}))
			},
		},
		play.Scene{
			Name: "listen-hangs-up", Title: "a message of which the end was not heard stays new",
			Play: func(o *office.Office) error {
				return office.InOrder(fill(o, 1), enters(o, own, bobsPIN), hears(o, bobs+"message-from"), hangsUp(o, "bob"), has(o, mailbox.Counts{New: 1}))
			},
		},
		play.Scene{
			Name: "listen-idle", Title: "who presses nothing comes to the end",
			Play: func(o *office.Office) error {
				return office.InOrder(fill(o, 1), enters(o, own, bobsPIN), over(o, "bob"), has(o, mailbox.Counts{Old: 1}))
			},
		},
		play.Scene{
			Name: "listen-wrong-pin", Title: "three PINs, and all wrong", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(fill(o, 1), enters(o, own, "000000"), hears(o, bobs+"wrong-pin"), hears(o, bobs+"enter-pin"), presses(o, "bob", "111111#"),
					hears(o, bobs+"wrong-pin"), hears(o, bobs+"enter-pin"), presses(o, "bob", "222222#"), hears(o, bobs+"wrong-pin"),
					hears(o, bobs+"too-many-tries"), over(o, "bob"), has(o, mailbox.Counts{New: 1}))
			},
		},
		play.Scene{
			Name: "listen-early-keys", Title: "keys that were pressed while it was said that the PIN was wrong are not the next PIN",
			Play: func(o *office.Office) error {
				return office.InOrder(enters(o, own, "000000"), hears(o, bobs+"wrong-pin"), presses(o, "bob", bobsPIN+"#"), hears(o, bobs+"enter-pin"),
					presses(o, "bob", bobsPIN+"#"), hears(o, bobs+"no-messages"), hangsUp(o, "bob"))
			},
		},
		play.Scene{
			Name: "listen-any", Title: "from somebody else's phone, by number and PIN", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(fill(o, 1), calls(o, "alice", own+";any"), hears(o, prompts+"enter-mailbox"), presses(o, "alice", "1002#"), hears(o, prompts+"enter-pin"),
					presses(o, "alice", bobsPIN+"#"), hears(o, prompts+"you-have"), hears(o, prompts+"message-menu"), presses(o, "alice", "#"), over(o, "alice"),
					has(o, mailbox.Counts{Old: 1}))
			},
		},
		play.Scene{
			Name: "listen-no-pin", Title: "without a PIN a mailbox opens to the own phone, and to no other",
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", own), hears(o, prompts+"no-messages"), hangsUp(o, "alice"),
					calls(o, "bob", own+";any"), hears(o, bobs+"enter-mailbox"), presses(o, "bob", "1001#"), hears(o, bobs+"enter-pin"), presses(o, "bob", "#"),
					hears(o, bobs+"enter-pin"), presses(o, "bob", "0#"), hears(o, bobs+"wrong-pin"), hangsUp(o, "bob"))
			},
		},
		play.Scene{
			Name: "listen-greeting", Title: "an own greeting, and without it again",
			Play: func(o *office.Office) error {
				return office.InOrder(enters(o, own, bobsPIN), hears(o, bobs+"end-of-messages"), presses(o, "bob", "5"), hears(o, bobs+"greeting-record"),
					hears(o, "voicemail hears bob"), after(o, 3*time.Second), presses(o, "bob", "#"), hears(o, bobs+"greeting-saved"), hangsUp(o, "bob"),
					calls(o, "alice", leaveForBob), func() error {
						name, err := roomsOf(o).Greeting("bob")
						if err != nil {
							return err
						}
						return hears(o, "alice hears voicemail's file:"+name)()
					}, hangsUp(o, "alice"),
					enters(o, own, bobsPIN), hears(o, bobs+"end-of-messages"), presses(o, "bob", "5"), hears(o, "voicemail hears bob"), presses(o, "bob", "#"),
					hears(o, bobs+"greeting-removed"), hangsUp(o, "bob"), calls(o, "alice", leaveForBob), hears(o, prompts+"voicemail-greeting"), hangsUp(o, "alice"))
			},
		},
		play.Scene{
			Name: "listen-new-pin", Title: "another PIN",
			Play: func(o *office.Office) error {
				return office.InOrder(enters(o, own, bobsPIN), hears(o, bobs+"end-of-messages"), presses(o, "bob", "6"), hears(o, bobs+"enter-pin"), presses(o, "bob", "12#"),
					hears(o, bobs+"code-refused"), hears(o, bobs+"end-of-messages"), presses(o, "bob", "6"), hears(o, bobs+"enter-pin"), presses(o, "bob", "816294#"), after(o, 1500*time.Millisecond),
					hears(o, bobs+"enter-pin"), presses(o, "bob", "816294#"), hears(o, bobs+"code-done"), hangsUp(o, "bob"),
					enters(o, own, bobsPIN), hears(o, bobs+"wrong-pin"), hears(o, bobs+"enter-pin"), presses(o, "bob", "816294#"), hears(o, bobs+"no-messages"), hangsUp(o, "bob"))
			},
		},
	)
}
