package room_test

import (
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// together are three who talk by Bob's phone.
func together(o *office.Office) func() error {
	return func() error {
		return office.InOrder(func() error { return o.Meet("alice", "bob") }, func() error {
			return o.Do("bob", "alice", func(t *task.Task, c *ua.Call) error {
				return does(t, "conference", order.Request{Call: c, Target: office.AOR("carol")})
			})
		}, hears(o, three))
	}
}

func does(t *task.Task, name string, r order.Request) error {
	action, ok := order.Find(name)
	if !ok {
		return unlike(name)
	}
	return action.Run(t, r)
}

func toRoom(number string) office.Act {
	return func(t *task.Task, c *ua.Call) error {
		return does(t, "to-room", order.Request{Call: c, Target: number})
	}
}

// at wants so many to be in a room.
func at(o *office.Office, number string, count int) func() error {
	return func() error {
		if st := standing(o, number); len(st.Participants) != count {
			return unlike(st.Participants)
		}
		return nil
	}
}

// TestToRoom: a conversation of three is moved into a room, whatever their telephones know.
func TestToRoom(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "to-room", Title: "Bob moves the three into a new room, and leaves it", Golden: true, Hears: "alice hears carol\ncarol hears alice",
			Play: func(o *office.Office) error {
				return office.InOrder(together(o), func() error { return o.Do("bob", "alice", toRoom("")) }, o.Pause, hears(o, three), at(o, "3001", 3), leaves(o, "bob"))
			},
		},
		{
			Name: "to-room-number", Title: "into a room that there is", Hears: three,
			Play: func(o *office.Office) error {
				return office.InOrder(together(o), func() error { return o.Do("bob", "alice", toRoom("3100")) }, o.Pause, at(o, "team", 3))
			},
		},
		{
			Name: "to-room-without-refer", Title: "Carol's phone can't be referred: the room calls her, with Replaces", Golden: true, Hears: three,
			Play: func(o *office.Office) error {
				return office.InOrder(together(o), func() error { o.Desk("carol").RefuseAgain(sip.REFER, 603); return nil },
					func() error { return o.Do("bob", "alice", toRoom("")) }, o.Pause, at(o, "3001", 3))
			},
		},
		{
			Name: "to-room-plain", Title: "Carol's phone knows nothing of it: Bob's stands between her and the room", Golden: true, Hears: three,
			Manners: map[string]office.Manner{"carol": {Plain: true}},
			Play: func(o *office.Office) error {
				return office.InOrder(together(o), func() error { return o.Do("bob", "alice", toRoom("")) }, o.Pause, at(o, "3001", 2))
			},
		},
		{
			Name: "to-room-refused", Title: "Bob may not come into that room: all is as it was", Golden: true, Hears: three,
			Play: func(o *office.Office) error {
				return office.InOrder(together(o), func() error { return o.Do("bob", "alice", office.Refuses(toRoom("3105"), 403)) }, o.Pause, at(o, "3105", 0))
			},
		},
		{
			Name: "to-room-two", Title: "a conversation of two", Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return o.Meet("alice", "bob") }, func() error { return o.Do("bob", "alice", toRoom("3002")) }, o.Pause, at(o, "3002", 2))
			},
		},
	})
}
