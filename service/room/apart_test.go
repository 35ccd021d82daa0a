package room_test

import (
	"strings"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/room"
	"hookflash/ua"
)

// TestApart: who is spoken to alone stays alone while others come and go, and hears everybody afterwards.
func TestApart(t *testing.T) {
	apart := func(o *office.Office, keys, prompt string) func() error {
		return func() error {
			return office.InOrder(in(o, "3100", "alice", "bob"), types(o, "alice", keys, "alice hears conference's prompt:"+prompt), func() error {
				o.Desk("carol").Do(func(a *ua.Agent) {
					if c, err := a.Invite(ua.Invitation{Target: office.AOR("3100")}); err == nil {
						a.Attend(c)
					}
				})
				leaked := func() bool {
					hears := "\n" + o.Hearing() + "\n"
					return strings.Contains(hears, "bob hears conference's prompt:") || strings.Contains(hears, "\nalice hears bob")
				}
				if o.RunUntil(leaked, time.Second) == nil {
					return unlike(o.Hearing())
				}
				return nil
			}, o.Pause, func() error {
				if c := callOf(o, "alice"); c == nil {
					return unlike("alice is gone")
				}
				return nil
			})
		}
	}
	quiet := rooms(func(s *room.Settings) { s.Rooms[0].Entry, s.Rooms[0].Exit = room.None, room.None })
	run(t, []play.Scene{
		{
			Name: "apart-help", Title: "Alice has the keys read while Carol comes", Office: quiet, Seeds: 1, Hears: three,
			Play: func(o *office.Office) error { return apart(o, "*9", "room-help")() },
		},
		{
			Name: "apart-number", Title: "Alice is asked for a number while Carol comes", Office: quiet, Seeds: 1, Hears: three,
			Play: func(o *office.Office) error { return apart(o, "*6", "enter-number")() },
		},
	})
}
