package voicemail_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// tells is a step: a subscription's next document says so.
func tells(o *office.Office, who string, w **ua.Watching, want string) func() error {
	return func() error {
		return o.Act(who, func(t *task.Task, _ *ua.Agent) error {
			for {
				if t.First((*w).Documents, t.After(3*time.Minute)) == 1 {
					return fmt.Errorf("nobody tells %q", want)
				}
				if document, _ := (*w).Documents.Take(); strings.Contains(document, want) {
					return nil
				}
			}
		})
	}
}

func watches(o *office.Office, who, target string, w **ua.Watching) func() error {
	return func() error {
		return o.Act(who, func(_ *task.Task, a *ua.Agent) (err error) {
			*w, err = a.Watch(target, sip.Event{Package: "message-summary"}, 0)
			return err
		})
	}
}

func closes(o *office.Office, who string, w **ua.Watching) func() error {
	return func() error {
		o.Desk(who).Do(func(*ua.Agent) { (*w).Close() })
		return o.Pause()
	}
}

func TestMessageWaiting(t *testing.T) {
	run(t, nil,
		play.Scene{
			Name: "waiting", Title: "RFC 3842: the phone subscribes, and is told of each change", Golden: true,
			Play: func(o *office.Office) error {
				var w *ua.Watching
				return office.InOrder(watches(o, "bob", office.AOR("bob"), &w), tells(o, "bob", &w, "Voice-Message: 0/0"), o.Pause,
					calls(o, "alice", leaveForBob), hears(o, records), after(o, 5*time.Second), presses(o, "alice", "#"), over(o, "alice"),
					tells(o, "bob", &w, "Messages-Waiting: yes\r\nMessage-Account: sip:voicemail@example.test\r\nVoice-Message: 1/0"),
					enters(o, own, bobsPIN), hears(o, bobs+"message-menu"), tells(o, "bob", &w, "Messages-Waiting: no\r\nMessage-Account: sip:voicemail@example.test\r\nVoice-Message: 0/1"),
					presses(o, "bob", "3"), tells(o, "bob", &w, "Voice-Message: 0/0"), hangsUp(o, "bob"), closes(o, "bob", &w))
			},
		},
		play.Scene{
			Name: "waiting-own", Title: "subscribed at the agent's address: the own mailbox",
			Play: func(o *office.Office) error {
				var w *ua.Watching
				return office.InOrder(fill(o, 2), watches(o, "bob", own, &w), tells(o, "bob", &w, "Voice-Message: 2/0"), closes(o, "bob", &w))
			},
		},
		play.Scene{
			Name: "waiting-stranger", Title: "only the owner may", Golden: true,
			Play: func(o *office.Office) error {
				for _, target := range []string{office.AOR("bob"), office.AOR("dave"), office.AOR("nobody"), own + ";target=sip:bob%40example.test"} {
					var w *ua.Watching
					err := office.InOrder(watches(o, "alice", target, &w), func() error {
						return o.Act("alice", func(t *task.Task, _ *ua.Agent) error {
							if t.First(w.Ended(), w.Documents, t.After(time.Minute)) != 0 {
								return fmt.Errorf("alice is told of %s", target)
							}
							if code := w.Failure().Code; code != 403 {
								return fmt.Errorf("%s: %d", target, code)
							}
							return nil
						})
					})
					if err != nil {
						return err
					}
				}
				return o.Pause()
			},
		},
	)
	unsolicited := ua.Handlers{Unsolicited: map[string]func(*sip.Message){"message-summary": func(*sip.Message) {}}}
	run(t, func(r *rooms) { r.phones = 1 },
		play.Scene{
			Name: "waiting-unasked", Title: "a phone that does not subscribe is told unasked: of a change, and after it registered", Golden: true, Roles: unsolicited,
			Play: func(o *office.Office) error {
				registers := func() error {
					o.Inside("voicemail", func(*ua.Agent) { roomsOf(o).service.Registered("bob"); roomsOf(o).service.Registered("bob") })
					return o.Pause()
				}
				return office.InOrder(registers, told(o, "Voice-Message: 0/0", 1), fill(o, 1), func() error {
					o.Inside("voicemail", func(*ua.Agent) { roomsOf(o).service.Changed("bob") })
					o.Inside("voicemail", func(*ua.Agent) { roomsOf(o).service.Changed("bob") }) // and nothing did
					return o.Pause()
				}, told(o, "Voice-Message: 1/0", 1), registers, told(o, "Voice-Message: 1/0", 2))
			},
		},
		play.Scene{
			Name: "waiting-asked", Title: "a phone that subscribes after it registered is not told twice", Roles: unsolicited,
			Play: func(o *office.Office) error {
				var w *ua.Watching
				return office.InOrder(watches(o, "bob", office.AOR("bob"), &w), tells(o, "bob", &w, "Voice-Message: 0/0"), func() error {
					o.Inside("voicemail", func(*ua.Agent) { roomsOf(o).service.Registered("bob") })
					return o.Pause()
				}, fill(o, 1), func() error {
					o.Inside("voicemail", func(*ua.Agent) { roomsOf(o).service.Changed("bob") })
					return o.Pause()
				}, tells(o, "bob", &w, "Voice-Message: 1/0"), told(o, "", 0), closes(o, "bob", &w), told(o, "", 0))
			},
		},
	)
}

// told is a step: so many NOTIFYs outside of dialogs came to bob which say something.
func told(o *office.Office, what string, want int) func() error {
	return func() error {
		ladder := o.Ladder()
		seen := map[string]bool{}
		for _, arrow := range ladder.Arrows {
			m, err := sip.Parse(arrow.Text)
			if err == nil && m.IsRequest() && m.Method() == sip.NOTIFY && m.ToTag() == "" && ladder.Name(arrow.To) == "bob" && strings.Contains(m.Body(), what) {
				seen[m.CallID()] = true
			}
		}
		if len(seen) != want {
			return fmt.Errorf("%w: %d times %q, want %d", errTold, len(seen), what, want)
		}
		return nil
	}
}

var errTold = errors.New("bob was told unasked")
