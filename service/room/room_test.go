package room_test

import (
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/room"
	"hookflash/ua"
)

const (
	pinPrompt = "alice hears conference's prompt:enter-pin"
	wrongPIN  = "alice hears conference's prompt:wrong-pin"
)

// never are people who don't answer.
func never(names ...string) map[string]office.Manner {
	manners := map[string]office.Manner{}
	for _, name := range names {
		manners[name] = office.Manner{Never: true}
	}
	return manners
}

func TestDialIn(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "dial-in", Title: "Alice is alone in the room, then Bob and Carol come", Golden: true, Hears: three,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice"), hears(o, alone), in(o, "3100", "bob"), hears(o, aliceBob), in(o, "team", "carol"))
			},
		},
		{
			Name: "dial-in-left", Title: "Bob leaves again, and Alice is alone", Golden: true, Hears: alone,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob"), hears(o, aliceBob), leaves(o, "bob"))
			},
		},
		{
			Name: "dial-in-moderator-left", Title: "the moderator leaves: the others talk on", Golden: true, Hears: "bob hears carol\ncarol hears bob",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob", "carol"), leaves(o, "alice"))
			},
		},
		{
			Name: "dial-in-given-up", Title: "Bob gives up before there is an answer", Golden: true, Hears: alone,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice"), func() error {
					o.Desk("bob").Do(func(a *ua.Agent) {
						if c, err := a.Invite(ua.Invitation{Target: office.AOR("3100")}); err == nil {
							c.HangUp()
						}
					})
					return o.Pause()
				})
			},
		},
		{
			Name: "unknown", Title: "there is no such room", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(refused(o, "alice", agent+";room=4711", 404), refused(o, "alice", agent+";room=", 404))
			},
		},
		{
			Name: "members", Title: "Carol is a member by her group, Bob is none and there is no PIN", Golden: true, Hears: "alice hears carol\ncarol hears alice",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3105", "alice", "carol"), refused(o, "bob", "3105", 403))
			},
		},
		{
			Name: "full", Title: "the room is full: Carol is told so, and gets 486", Golden: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3103", "alice", "bob"), refused(o, "carol", "3103", 486))
			},
		},
		{
			Name: "locked", Title: "the room is locked: Bob is told so, and gets 480; a moderator comes in, and opens it by *2", Golden: true,
			Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(refused(o, "bob", "3106", 480), in(o, "3106", "alice"), presses(o, "alice", "*2"), in(o, "3106", "bob"))
			},
		},
		{
			Name: "wait", Title: "Bob and Carol wait for the moderator, each with music, and again when she has left", Golden: true,
			Hears: "bob hears conference's music:default\ncarol hears conference's music:default",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3102", "bob", "carol"), hears(o, "bob hears conference's music:default\ncarol hears conference's music:default"),
					in(o, "3102", "alice"), hears(o, three), leaves(o, "alice"))
			},
		},
	})
}

func TestPIN(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "pin", Title: "Alice knows the PIN", Golden: true, Documents: "admit.go", Hears: alone,
			Play: func(o *office.Office) error {
				return office.InOrder(call(o, "alice", "3101"), until(o, pinPrompt), types(o, "alice", pinOfAll+"#", alone))
			},
		},
		{
			Name: "pin-again", Title: "Alice is wrong once", Golden: true, Hears: alone,
			Play: func(o *office.Office) error {
				return office.InOrder(call(o, "alice", "3101"), until(o, pinPrompt), types(o, "alice", "111111#", wrongPIN), until(o, pinPrompt), types(o, "alice", pinOfAll+"#", alone))
			},
		},
		{
			Name: "pin-wrong", Title: "Alice is wrong three times, and is hung up", Golden: true,
			Play: func(o *office.Office) error {
				wrong := types(o, "alice", "111111#", wrongPIN)
				return office.InOrder(call(o, "alice", "3101"), until(o, pinPrompt), wrong, until(o, pinPrompt), wrong, until(o, pinPrompt), wrong, gone(o, "alice"))
			},
		},
		{
			Name: "pin-left", Title: "Alice leaves while she is asked", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(call(o, "alice", "3101"), until(o, pinPrompt), leaves(o, "alice"))
			},
		},
		{
			Name: "pin-moderator", Title: "who knows the moderators' PIN is one: she may lock", Hears: alone,
			Play: func(o *office.Office) error {
				return office.InOrder(call(o, "alice", "3101"), until(o, pinPrompt), types(o, "alice", moderatorPIN+"#", alone), presses(o, "alice", "*2"), func() error {
					if st := standing(o, "3101"); !st.Locked || st.Participants[0].Role != room.Moderator {
						return unlike(st)
					}
					return nil
				})
			},
		},
		{
			Name: "pin-member", Title: "Carol is a member by name: nobody asks her", Hears: "carol hears conference's music:default",
			Play: func(o *office.Office) error { return in(o, "3101", "carol")() },
		},
		{
			Name: "menu", Title: "Alice is asked for the number of the room, then for its PIN", Golden: true, Hears: alone,
			Play: func(o *office.Office) error {
				return office.InOrder(call(o, "alice", "3000"), until(o, "alice hears conference's prompt:enter-room"), types(o, "alice", "3101#", pinPrompt),
					until(o, pinPrompt), types(o, "alice", pinOfAll+"#", alone))
			},
		},
		{
			Name: "menu-open", Title: "a room without a PIN is entered at once", Hears: alone,
			Play: func(o *office.Office) error {
				return office.InOrder(call(o, "alice", agent+";ask"), until(o, "alice hears conference's prompt:enter-room"), types(o, "alice", "3100#", alone))
			},
		},
		{
			Name: "menu-unknown", Title: "of a room that there is not the PIN is asked for all the same",
			Play: func(o *office.Office) error {
				wrong := types(o, "alice", pinOfAll+"#", wrongPIN)
				return office.InOrder(call(o, "alice", "3000"), until(o, "alice hears conference's prompt:enter-room"), types(o, "alice", "4711#", pinPrompt),
					until(o, pinPrompt), wrong, until(o, pinPrompt), wrong, until(o, pinPrompt), wrong, gone(o, "alice"))
			},
		},
	})
}

func TestFactory(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "factory", Title: "RFC 4579 section 5.4: Alice has a room made, and Bob calls it by its number", Golden: true, Documents: "factory.go",
			Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, agent, "alice"), hears(o, alone), func() error {
					if d := callOf(o, "alice").Dialog(); d.Target != agent+";room=3001" {
						return unlike(d.Target)
					}
					return nil
				}, in(o, "3001", "bob"))
			},
		},
		{
			Name: "factory-none", Title: "all rooms are taken", Golden: true, Hears: "alice hears conference's music:default\nbob hears conference's music:default",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, agent, "alice", "bob"), refused(o, "carol", agent, 486))
			},
		},
		{
			Name: "ad-hoc", Title: "Alice makes a room by calling its number; it ends when the last has left", Hears: "bob hears conference's music:default",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3002", "alice", "bob"), hears(o, aliceBob), leaves(o, "alice"))
			},
		},
		{
			Name: "ad-hoc-over", Title: "it is over",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3002", "alice", "bob"), leaves(o, "alice"), leaves(o, "bob"), func() error {
					if all := serviceOf(o).Rooms(); len(all) != 7 {
						return unlike(all)
					}
					return nil
				})
			},
		},
	})
}

func TestReferred(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "dial-out", Title: "RFC 4579 section 5.5: Alice refers the room to Bob", Golden: true, Documents: "dial.go", Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice"), refers(o, "alice", office.AOR("bob"), 0))
			},
		},
		{
			Name: "dial-out-busy", Title: "Bob is busy", Golden: true, Manners: map[string]office.Manner{"bob": {Code: 486}}, Hears: alone,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice"), refers(o, "alice", office.AOR("bob"), 486))
			},
		},
		{
			Name: "dial-out-member", Title: "Bob is no moderator, but the room lets him", Hears: three,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob"), refers(o, "bob", office.AOR("carol"), 0))
			},
		},
		{
			Name: "dial-out-refused", Title: "and here it does not", Golden: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3103", "alice", "bob"), refers(o, "bob", office.AOR("carol"), 403))
			},
		},
		{
			Name: "dial-out-full", Title: "the room is full", Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3103", "alice", "bob"), refers(o, "alice", office.AOR("carol"), 486))
			},
		},
		{
			Name: "dial-out-outside", Title: "Alice refers the room outside of any call: she is its moderator", Golden: true, Hears: "bob hears conference's music:default",
			Play: func(o *office.Office) error {
				return office.InOrder(refersOutside(o, "alice", "3100", office.AOR("bob"), 0))
			},
		},
		{
			Name: "dial-out-stranger", Title: "Bob has nothing to do with the room", Golden: true, Hears: alone,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice"), refersOutside(o, "bob", "3100", office.AOR("carol"), 403), refersOutside(o, "bob", "3100", office.AOR("alice")+";method=BYE", 403))
			},
		},
		{
			Name: "dial-out-given-up", Title: "Alice leaves while Bob's phone rings: he is in the room alone", Hears: "bob hears conference's music:default",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice"), o.During(o.Starts("alice", "3100", anyhow(office.AOR("bob"))), func() bool { return len(o.Desk("bob").Agent().Calls()) > 0 }, leaves(o, "alice")))
			},
		},
		{
			Name: "dial-out-itself", Title: "the room is not called into itself", Hears: alone,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice"), refers(o, "alice", agent+";room=3100", 482))
			},
		},
		{
			Name: "removed", Title: "RFC 4579 section 5.11: Alice has Bob removed", Golden: true, Documents: "referred.go", Hears: "alice hears carol\ncarol hears alice",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob", "carol"), refers(o, "alice", office.AOR("bob")+";method=BYE", 0), gone(o, "bob"))
			},
		},
		{
			Name: "removed-refused", Title: "Bob may not", Golden: true, Hears: three,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob", "carol"), refers(o, "bob", office.AOR("alice")+";method=BYE", 403))
			},
		},
		{
			Name: "removed-nobody", Title: "Carol is not there", Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob"), refers(o, "alice", office.AOR("carol")+";method=BYE", 404))
			},
		},
		{
			Name: "dial-list", Title: "everybody on the list is called when the moderator comes", Golden: true, Hears: three,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3104", "alice"), until(o, "carol hears alice, bob"), o.Pause)
			},
		},
		{
			Name: "dial-list-left", Title: "she leaves while the telephones ring: nothing is left in the end", Manners: never("bob", "carol"),
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3104", "alice"), leaves(o, "alice"), func() error { return o.RunFor(2 * ua.RingLimit) }, o.Pause)
			},
		},
	})
}

func TestTransferred(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "replaced", Title: "Alice puts Bob in her place, by an attended transfer to the room", Golden: true, Documents: "replaced.go",
			Hears: "bob hears carol\ncarol hears bob",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "carol"), transfers(o, "alice", "bob"))
			},
		},
		{
			Name: "joined", Title: "Carol, Alice's assistant, joins her call with the room: she comes in like anybody", Golden: true, Hears: three,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob"), func() error {
					d := callOf(o, "alice").Dialog()
					return invites(o, "carol", ua.Invitation{Target: d.Target, Join: d.Triple()})()
				})
			},
		},
		{
			Name: "replaced-by-another", Title: "Carol takes Alice's place in a room that is locked: she is no moderator by that", Hears: "bob hears carol\ncarol hears bob",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob"), presses(o, "alice", "*2"), func() error {
					d := callOf(o, "alice").Dialog()
					return invites(o, "carol", ua.Invitation{Target: d.Target, Replaces: d.Triple()})()
				}, gone(o, "alice"), func() error {
					for _, p := range standing(o, "3100").Participants {
						if p.Role == room.Moderator {
							return unlike(p)
						}
					}
					return nil
				})
			},
		},
		{
			Name: "replaced-stranger", Title: "Bob knows the identifiers of Alice's call, and that is worth nothing", Golden: true,
			Hears: "alice hears carol\ncarol hears alice",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "carol"), func() error {
					d := callOf(o, "alice").Dialog()
					return office.Refused(invites(o, "bob", ua.Invitation{Target: d.Target, Replaces: d.Triple()})(), 403)
				})
			},
		},
	})
}

func TestKeys(t *testing.T) {
	mutedBob := "alice hears carol\nbob hears alice, carol\ncarol hears alice"
	run(t, []play.Scene{
		{
			Name: "mute", Title: "Bob mutes himself by *1", Golden: true, Hears: mutedBob,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob", "carol"), presses(o, "bob", "*1"))
			},
		},
		{
			Name: "unmute", Title: "and is heard again", Hears: three,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob", "carol"), presses(o, "bob", "*1"), presses(o, "bob", "*1"))
			},
		},
		{
			Name: "mute-all", Title: "Alice mutes everybody by *7: Bob can't change that by *1", Hears: "bob hears alice\ncarol hears alice",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob", "carol"), presses(o, "alice", "*7"), presses(o, "bob", "*1"))
			},
		},
		{
			Name: "keys-refused", Title: "Bob is no moderator: he locks, records and removes nobody", Hears: three,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob", "carol"), presses(o, "bob", "*2"), presses(o, "bob", "*4"), presses(o, "bob", "*5"), presses(o, "bob", "*8"), func() error {
					if st := standing(o, "3100"); st.Locked || st.Recording || len(st.Participants) != 3 {
						return unlike(st)
					}
					return nil
				})
			},
		},
		{
			Name: "remove-last", Title: "Alice removes who came last by *5", Golden: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob", "carol"), presses(o, "alice", "*5"), gone(o, "carol"))
			},
		},
		{
			Name: "dial-by-keys", Title: "Alice has Bob called by *6 and his number", Golden: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice"), types(o, "alice", "*6", "alice hears conference's prompt:enter-number"), types(o, "alice", "1002#", "bob hears alice"), o.Pause)
			},
		},
		{
			Name: "dial-by-keys-refused", Title: "Bob is no moderator of a room in which they alone call others", Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3103", "alice", "bob"), types(o, "bob", "*6", "bob hears conference's prompt:code-refused"), o.Pause)
			},
		},
		{
			Name: "told", Title: "Alice is told how many there are, and what the keys do; nobody else hears that", Hears: three,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob", "carol"), types(o, "alice", "*3", "alice hears conference's prompt:three"), hears(o, "alice hears conference's prompt:three\nbob hears carol\ncarol hears bob"),
					o.Pause, types(o, "alice", "*9", "alice hears conference's prompt:room-help-moderator"), o.Pause)
			},
		},
		{
			Name: "record", Title: "Alice records: all are told, and hear a tone; what is said meanwhile is left out by *0", Golden: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				const records = "conference hears alice, bob"
				return office.InOrder(in(o, "3100", "alice", "bob"), types(o, "alice", "*4", "alice hears bob, conference's prompt:room-recording"), until(o, records),
					hears(o, "alice hears bob, conference's tone:consent\n"+records+"\nbob hears alice, conference's tone:consent"), types(o, "alice", "*0", "alice hears bob, conference's prompt:recording-paused"),
					o.Pause, hears(o, aliceBob), presses(o, "alice", "*0"), until(o, records), types(o, "alice", "*4", "alice hears bob, conference's prompt:room-recorded"), o.Pause)
			},
		},
		{
			Name: "end", Title: "Alice ends the meeting by *8", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob", "carol"), presses(o, "alice", "*8"), gone(o, "bob"), gone(o, "carol"))
			},
		},
		{
			Name: "held", Title: "Bob holds the room: the others don't hear his music, and he is back", Hears: three,
			Office: func() office.Options { p := rooms(nil); p.Music = ""; return p }(),
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob", "carol"), holds(o, "bob", true), hears(o, "alice hears carol\ncarol hears alice"), holds(o, "bob", false))
			},
		},
	})
}

func TestControlled(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "deleted", Title: "the room is deleted: everybody is hung up", Golden: true,
			Play: func(o *office.Office) error {
				return office.InOrder(inside(o, func(s *room.Service) error { return s.Make(room.Room{Number: "3199"}) }), func() error { return nil },
					in(o, agent+";room=3199", "alice", "bob"), inside(o, func(s *room.Service) error { return s.Delete("3199") }), gone(o, "alice"), gone(o, "bob"))
			},
		},
		{
			Name: "controlled", Title: "who administers the server mutes Bob, and removes Carol", Hears: "bob hears alice",
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob", "carol"), acts(o, room.Act{Room: "3100", Participant: 2, Does: "mute"}),
					acts(o, room.Act{Room: "3100", Participant: 3, Does: "remove"}), gone(o, "carol"))
			},
		},
		{
			Name: "called-in", Title: "and has Carol called", Hears: three,
			Play: func(o *office.Office) error {
				return office.InOrder(in(o, "3100", "alice", "bob"), acts(o, room.Act{Room: "3100", Does: "dial", Target: "carol"}), until(o, "carol hears alice, bob"), o.Pause)
			},
		},
		{
			Name: "list-called", Title: "the list is called when the meeting is started from outside", Hears: "bob hears carol\ncarol hears bob",
			Play: func(o *office.Office) error {
				return office.InOrder(acts(o, room.Act{Room: "3104", Does: "dial-list"}), until(o, "carol hears bob"), o.Pause)
			},
		},
	})
}
