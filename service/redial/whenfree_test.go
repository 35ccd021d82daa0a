package redial_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/redial"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

const redialLadder = `
F1 alice>bob INVITE
F2 bob>alice 486 Busy Here
F3 alice>bob ACK
F4 alice>bob SUBSCRIBE
F5 bob>alice 200 OK
F6 bob>alice NOTIFY confirmed
F7 alice>bob 200 OK
F8 bob>alice NOTIFY terminated
F9 alice>bob 200 OK
F10 alice>bob INVITE
F11 bob>alice 180 Ringing
F12 bob>alice 200 OK
F13 alice>bob ACK
F14 bob>alice NOTIFY confirmed
F15 alice>bob 200 OK
F16 alice>bob SUBSCRIBE Expires: 0
F17 bob>alice 200 OK
F18 bob>alice NOTIFY confirmed
F19 alice>bob 200 OK`

// redialled is how most scenes here begin: bob is busy, and alice waits for him.
func redialled(w func() redial.Wish, steps func(o *office.Office, wait func() error) []func() error) func(o *office.Office) error {
	return func(o *office.Office) error {
		if err := office.InOrder(occupied(o, "bob"), finds(o, "alice", "bob", 486)); err != nil {
			return err
		}
		wait := waits(o, "alice", w())
		if err := o.RunFor(20 * time.Second); err != nil {
			return err
		}
		return office.InOrder(steps(o, wait)...)
	}
}

func TestWhenFree(t *testing.T) {
	run(t,
		play.Scene{
			Name: "redial", Title: "RFC 5359 section 2.17: Alice waits until Bob is free", Golden: true,
			Want: redialLadder, Hears: aliceBob, Desks: []string{"alice", "server", "bob"},
			Play: redialled(forBob, func(o *office.Office, wait func() error) []func() error {
				return []func() error{free(o), wait, o.Pause}
			}),
		},
		play.Scene{
			Name: "redial-busy-again", Title: "somebody was faster: Bob is busy again, and called again", Golden: true, Hears: aliceBob,
			Desks: []string{"alice", "server", "bob"},
			Play: redialled(forBob, func(o *office.Office, wait func() error) []func() error {
				faster := o.Now().Add(8 * time.Second)
				refuses(o, "bob", sip.INVITE, func() int {
					if o.Now().Before(faster) {
						return 486
					}
					return 0
				})
				return []func() error{free(o), wait, o.Pause}
			}),
		},
		play.Scene{
			Name: "redial-busy-always", Title: "Bob does not want to be disturbed: he has no calls, and takes none", Golden: true,
			Desks: []string{"alice", "server", "bob"},
			Play: redialled(forBob, func(o *office.Office, wait func() error) []func() error {
				refuses(o, "bob", sip.INVITE, func() int { return 486 })
				return []func() error{free(o), fails(wait, redial.ErrBusyAgain, 486)}
			}),
		},
		play.Scene{
			Name: "redial-never-free", Title: "Bob talks for too long", Golden: true, Desks: []string{"alice", "server", "bob"},
			Play: redialled(func() redial.Wish {
				return redial.Wish{Target: office.AOR("bob"), Expires: 10 * time.Minute}
			}, func(o *office.Office, wait func() error) []func() error {
				return []func() error{fails(wait, redial.ErrExpired, 0), free(o)}
			}),
		},
		play.Scene{
			Name: "redial-refused", Title: "Bob is free, and does not want to talk with Alice", Golden: true, Desks: []string{"alice", "server", "bob"},
			Play: redialled(forBob, func(o *office.Office, wait func() error) []func() error {
				refuses(o, "bob", sip.INVITE, func() int { return 603 })
				return []func() error{free(o), func() error { return office.Refused(wait(), 603) }}
			}),
		},
		play.Scene{
			Name: "redial-suspended", Title: "Alice is in a call when Bob is free: he is called when she has hung up", Golden: true, Hears: aliceBob,
			Play: redialled(forBob, func(o *office.Office, wait func() error) []func() error {
				return []func() error{
					func() error { return o.Meet("alice", "carol") }, free(o), o.Pause, hangsUp(o, "alice"), wait, o.Pause,
				}
			}),
		},
		play.Scene{
			Name: "redial-not-free-any-more", Title: "while Alice is in a call, Bob is free, and then busy again", Hears: aliceBob,
			Play: redialled(forBob, func(o *office.Office, wait func() error) []func() error {
				return []func() error{
					func() error { return o.Meet("carol", "alice") }, free(o), o.Pause, func() error { return o.Act("bob", callsClock) }, o.Pause,
					hangsUp(o, "carol"), o.Pause, func() error { return noCall(o, "alice") }, free(o), wait, o.Pause,
				}
			}),
		},
		play.Scene{
			Name: "redial-several-dialogs", Title: "one of Bob's calls ends, and he is not free by that", Golden: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				if err := office.InOrder(func() error { return o.Meet("bob", "carol") }, occupied(o, "bob"), finds(o, "alice", "bob", 486)); err != nil {
					return err
				}
				wait := waits(o, "alice", forBob())
				return office.InOrder(o.Pause, free(o), o.Pause, func() error { return noCall(o, "alice") }, hangsUp(o, "carol"), wait, o.Pause)
			},
		},
		play.Scene{
			Name: "redial-free-already", Title: "Bob has hung up before Alice asks", Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(waits(o, "alice", forBob()), o.Pause)
			},
		},
		play.Scene{
			Name: "redial-jitter", Title: "two wait for Bob: they do not call at once, and who is late waits again", Hears: "",
			Play: func(o *office.Office) error {
				w := redial.Wish{Target: office.AOR("bob"), Jitter: 20 * time.Second, Tries: 10}
				if err := occupied(o, "bob")(); err != nil {
					return err
				}
				one, other := waits(o, "alice", w), waits(o, "carol", w)
				if err := office.InOrder(o.Pause, free(o), until(o, func() bool { return talks(o, "alice") || talks(o, "carol") }), after(o, time.Minute)); err != nil {
					return err
				}
				if talks(o, "alice") == talks(o, "carol") {
					return errors.New("bob talks with one of the two")
				}
				if talks(o, "carol") {
					one, other = other, one
				}
				return office.InOrder(one, hangsUp(o, "bob"), other, o.Pause, hangsUp(o, "bob"))
			},
		},
	)
}

// TestUnwatched: where nobody tells when Bob is free, Alice is told why.
func TestUnwatched(t *testing.T) {
	for _, code := range []int{403, 404, 405, 489, 603} {
		run(t, play.Scene{
			Name: fmt.Sprintf("redial-unwatched-%d", code), Title: "Bob's phone does not tell when it is free", Golden: code == 489 || code == 403,
			Desks: []string{"alice", "server", "bob"},
			Play: func(o *office.Office) error {
				refuses(o, "bob", sip.SUBSCRIBE, func() int { return code })
				if err := office.InOrder(occupied(o, "bob"), finds(o, "alice", "bob", 486)); err != nil {
					return err
				}
				return office.InOrder(fails(waits(o, "alice", forBob()), redial.ErrUnwatched, code), free(o))
			},
		})
	}
	for _, code := range []int{480, 481, 500, 503} {
		run(t, play.Scene{
			Name: fmt.Sprintf("redial-unheard-%d", code), Title: "what may pass is asked for again, and then given up",
			Desks: []string{"alice", "server", "bob"}, Seeds: 8,
			Play: func(o *office.Office) error {
				refuses(o, "bob", sip.SUBSCRIBE, func() int { return code })
				return fails(waits(o, "alice", forBob()), redial.ErrUnwatched, 408)()
			},
		})
	}
	run(t, play.Scene{
		Name: "redial-unheard", Title: "nobody answers the SUBSCRIBE", Desks: []string{"alice", "server", "bob"}, Seeds: 8,
		Play: func(o *office.Office) error {
			refuses(o, "bob", sip.SUBSCRIBE, func() int { return office.Drop })
			return fails(waits(o, "alice", forBob()), redial.ErrUnwatched, 408)()
		},
	})
}

// TestCancelled: at whatever moment a redial is cancelled, nothing of it is left.
func TestCancelled(t *testing.T) {
	for moment := range 12 {
		run(t, play.Scene{
			Name: fmt.Sprintf("redial-cancelled-%d", moment), Title: "Alice does not want to wait any more", Golden: moment == 11,
			Desks: []string{"alice", "server", "bob"}, Seeds: 8,
			Play: func(o *office.Office) error {
				if err := office.InOrder(occupied(o, "bob"), finds(o, "alice", "bob", 486)); err != nil {
					return err
				}
				var l *redial.List
				var err error
				o.Desk("alice").Do(func(a *ua.Agent) {
					l = redial.NewList(a, redial.Settings{})
					_, err = l.Add(office.AOR("bob"))
				})
				steps := []func() error{func() error { return err }, after(o, time.Duration(moment)*60*time.Millisecond)}
				if moment == 11 {
					steps[1] = o.Pause
				}
				return office.InOrder(append(steps, func() error {
					o.Desk("alice").Do(func(*ua.Agent) { err = l.Cancel(0) })
					return err
				}, o.Pause, free(o), o.Pause, func() error {
					if len(l.Pending()) > 0 {
						return errors.New("nothing waits any more")
					}
					return noCall(o, "bob")
				})...)
			},
		})
	}
}

// refuses has a desk refuse requests of a method while code gives one.
func refuses(o *office.Office, who string, method sip.Method, code func() int) {
	o.Desk(who).Refuse(func(m *sip.Message) int {
		if m.Method() == method && m.ToTag() == "" {
			return code()
		}
		return 0
	})
}

func callsClock(t *task.Task, a *ua.Agent) error {
	c, err := a.Invite(ua.Invitation{Target: "sip:clock@example.test"})
	if err != nil {
		return err
	}
	return c.Settle(t)
}

func noCall(o *office.Office, who string) error {
	if calls := o.Desk(who).Agent().Calls(); len(calls) > 0 {
		return fmt.Errorf("%s is in %d calls", who, len(calls))
	}
	return nil
}

func talks(o *office.Office, who string) bool {
	for _, c := range o.Desk(who).Agent().Calls() {
		if c.State == ua.Talking {
			return true
		}
	}
	return false
}
