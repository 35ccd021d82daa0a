package room_test

import (
	"strings"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/room"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// TestHidden: who hides (RFC 3323) is somebody else with each call to those who are no moderators, and is gone with it.
func TestHidden(t *testing.T) {
	hidden := ua.Invitation{
		Target: agent + ";room=3101", From: ua.Party{URI: "sip:anonymous@anonymous.invalid", Name: "Anonymous"},
		Fields: []ua.Field{{Name: sip.HeaderPrivacy, Value: "id"}},
	}
	counts := func(s *sight, users, endpoints int) func() error {
		return func() error {
			d := s.table.Document()
			all := 0
			for _, user := range d.Users {
				all += len(user.Endpoints)
			}
			if len(d.Users) != users || all != endpoints {
				return unlike(d.Users)
			}
			return nil
		}
	}
	enters := func(o *office.Office, who string) func() error {
		return func() error {
			return office.InOrder(func() error {
				return o.Act(who, func(t *task.Task, a *ua.Agent) error {
					c, err := a.Invite(hidden)
					if err == nil {
						err = c.Settle(t)
					}
					if err == nil {
						a.Attend(c)
					}
					return err
				})
			}, until(o, who+" hears conference's prompt:enter-pin"),
				func() error {
					o.Desk(who).Do(func(*ua.Agent) { callOf(o, who).Dial(pinOfAll+"#", 100*time.Millisecond) })
					return o.RunUntil(func() bool {
						return strings.Contains(o.Hearing(), who+" hears carol") || strings.Contains(o.Hearing(), who+" hears alice, carol")
					}, time.Minute)
				}, o.Pause)
		}
	}
	run(t, []play.Scene{{
		Name: "roster-hidden", Title: "two who hide come in by the PIN, and leave one after the other", Hears: "carol hears conference's music:default", Seeds: 4,
		Office: rooms(func(s *room.Settings) { s.Rooms[1].Entry, s.Rooms[1].Exit = room.None, room.None }),
		Play: func(o *office.Office) error {
			var some sight
			return office.InOrder(watches(o, "carol", "3101", &some), in(o, "3101", "carol"), enters(o, "alice"), counts(&some, 2, 2),
				enters(o, "bob"), counts(&some, 3, 3), leaves(o, "alice"), counts(&some, 2, 2), leaves(o, "bob"),
				counts(&some, 1, 1), some.closes(o, "carol"))
		},
	}})
}
