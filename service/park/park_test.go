package park_test

import (
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/park"
	"hookflash/sip"
	"hookflash/ua"
)

const parkLadder = `F1 alice>bob INVITE
F2 bob>alice 180 Ringing
F3 bob>alice 200 OK
F4 alice>bob ACK
F5 bob>park REFER Replaces
F6 park>bob 200 OK
F7 park>bob NOTIFY 100 Trying
F8 bob>park 200 OK
F9 park>alice INVITE Replaces
F10 alice>park 200 OK
F11 park>alice ACK
F12 alice>bob BYE
F13 bob>alice 200 OK
F14 park>bob NOTIFY 200 OK
F15 bob>park 200 OK
F16 carol>park SUBSCRIBE
F17 park>carol 200 OK
F18 park>carol NOTIFY confirmed
F19 carol>park 200 OK
F20 carol>alice INVITE Replaces
F21 alice>carol 200 OK
F22 carol>alice ACK
F23 alice>park BYE
F24 park>alice 200 OK`

// one is a park of one place.
func one(s *park.Settings) {
	s.Orbits = []park.Orbit{{Name: "all", Slots: []string{"701"}, Timeout: time.Hour}}
}

// four are the desks of scenes in which somebody else is parked already: carol has parked dave at 701.
var four = []string{"alice", "server", "bob", "carol", "dave"}

func daveFirst(o *office.Office) func() error {
	return func() error {
		return office.InOrder(
			func() error { return o.Meet("dave", "carol") },
			func() error { return o.Do("carol", "dave", parksAt("701")) },
			hears(o, "dave hears park's music:default"),
			func() error { return o.Meet("alice", "bob") },
		)
	}
}

const daveWaits = "\ndave hears park's music:default"

// TestPark is RFC 5359 §2.15, and what keeps a call from being parked: it stands then, as it was.
func TestPark(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "park", Title: "RFC 5359 section 2.15: Bob parks Alice, and Carol takes her", Golden: true, Want: parkLadder, Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return inOrder(o, parks(o, "701", "701"), hears(o, music), unparks(o, "carol", "701"))
			},
		},
		{
			Name: "park-anywhere", Title: "Bob names no place, and is told which one it is", Hears: music,
			Play: func(o *office.Office) error { return inOrder(o, parks(o, "", "701")) },
		},
		{
			Name: "park-address", Title: "contacts are addresses that only the server reaches", Hears: aliceCarol,
			Office: func() office.Options { p := parking(nil); p.Rootless = true; return p }(),
			Play: func(o *office.Office) error {
				return inOrder(o, parks(o, "701", "701"), hears(o, music), unparks(o, "carol", "701"))
			},
		},
		{
			Name: "park-without-replaces", Title: "Alice's phone knows no Replaces: the call stands", Golden: true, Hears: aliceBob,
			Manners: map[string]office.Manner{"alice": {Plain: true}},
			Play:    func(o *office.Office) error { return inOrder(o, refused(o, "701", 420), calls(o, "carol", "701", 480)) },
		},
		{
			Name: "park-unknown-dialog", Title: "Alice's phone does not know the call that is to be replaced", Golden: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				refuses(o, "alice", 481)
				return inOrder(o, refused(o, "701", 481))
			},
		},
		{
			Name: "park-declined", Title: "Alice's phone does not want to be parked", Golden: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				refuses(o, "alice", 603)
				return inOrder(o, refused(o, "701", 603))
			},
		},
		{
			Name: "park-taken", Title: "somebody is parked there: the call stands, and nobody is joined with strangers", Golden: true,
			Desks: four, Hears: aliceBob + daveWaits,
			Play: func(o *office.Office) error { return office.InOrder(daveFirst(o), refused(o, "701", 486)) },
		},
		{
			Name: "park-full", Title: "all places are taken", Desks: four, Hears: aliceBob + daveWaits, Office: parking(one),
			Play: func(o *office.Office) error { return office.InOrder(daveFirst(o), refused(o, "", 486)) },
		},
		{
			Name: "park-nowhere", Title: "there is no such place", Hears: aliceBob,
			Play: func(o *office.Office) error { return inOrder(o, refused(o, "799", 404)) },
		},
		{
			Name: "park-left", Title: "Alice hangs up while she is parked: the place is free", Golden: true,
			Play: func(o *office.Office) error {
				return inOrder(o, parks(o, "701", "701"), leaves(o, "alice"), calls(o, "carol", "701", 480))
			},
		},
		{
			Name: "park-left-at-once", Title: "Alice hangs up while Bob parks her",
			Play: func(o *office.Office) error {
				return inOrder(o, o.During(
					o.Starts("bob", "alice", parksOrNot("701")),
					func() bool { return o.Desk("alice").Told(ua.Established) && o.Agent("park").Load().Calls > 0 },
					leaves(o, "alice")), leaves(o, "alice"), leaves(o, "bob"), calls(o, "carol", "701", 480))
			},
		},
		{
			Name: "park-silent", Title: "Alice's phone says nothing any more: the place is free after a while, the call stands", Hears: aliceBob, Seeds: 4,
			Play: func(o *office.Office) error {
				o.Desk("alice").Refuse(func(m *sip.Message) int {
					if m.Method() == sip.INVITE && m.Has(sip.HeaderReplaces) {
						return office.Drop
					}
					return 0
				})
				return inOrder(o, refused(o, "701", 408), calls(o, "carol", "701", 480))
			},
		},
	})
}

// TestTransferred: whoever is transferred to a place is parked there.
func TestTransferred(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "transferred", Title: "Bob transfers Alice to a place, and Carol calls it", Golden: true, Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return inOrder(o, transfers(o, "701", 0), hears(o, music), calls(o, "carol", "701", 0))
			},
		},
		{
			Name: "transferred-anywhere", Title: "Bob transfers Alice to the number of all places, and is told by a message which one it is",
			Golden: true, Hears: music, Play: func(o *office.Office) error { return inOrder(o, transfers(o, "700", 0)) },
		},
		{
			Name: "transferred-names", Title: "places have other names", Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return inOrder(o, transfers(o, "park+702", 0), hears(o, music), calls(o, "carol", "702", 0))
			},
		},
		{
			Name: "transferred-taken", Title: "somebody is there: the transfer fails, and the call stands", Golden: true, Desks: four,
			Hears: aliceBob + daveWaits,
			Play:  func(o *office.Office) error { return office.InOrder(daveFirst(o), transfers(o, "701", 486)) },
		},
		{
			Name: "transferred-full", Title: "all places are taken: the transfer fails, and the call stands", Desks: four,
			Hears: aliceBob + daveWaits, Office: parking(one),
			Play: func(o *office.Office) error { return office.InOrder(daveFirst(o), transfers(o, "700", 486)) },
		},
		{
			Name: "attended", Title: "Bob asks for a place, hears which, and completes the transfer; Carol takes Alice", Golden: true, Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return inOrder(o, consults(o, "700"), until(o, "bob hears park's prompt:seven"), completes(o, 0), hears(o, music), unparks(o, "carol", "701"))
			},
		},
		{
			Name: "attended-late", Title: "Bob thinks it over for a while", Hears: music,
			Play: func(o *office.Office) error {
				return inOrder(o, consults(o, "700"), waits(o, time.Minute), hears(o, "bob hears park's music:default"), completes(o, 0))
			},
		},
		{
			Name: "attended-given-up", Title: "Bob hangs up instead: the place is free, and Alice waits for him", Golden: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				return inOrder(o, consults(o, "700"), func() error { return o.HangUp("bob", "700") }, resumes(o), calls(o, "carol", "701", 480))
			},
		},
		{
			Name: "attended-left", Title: "Alice hangs up before the transfer is complete",
			Play: func(o *office.Office) error {
				return inOrder(o, consults(o, "700"), leaves(o, "alice"), leaves(o, "bob"), calls(o, "carol", "701", 480))
			},
		},
		{
			Name: "valet", Title: "Alice parks herself at a free place, and Bob takes her by calling it too", Golden: true, Hears: aliceBob,
			Play: func(o *office.Office) error {
				return office.InOrder(calls(o, "alice", "*5907", 0), hears(o, music), calls(o, "bob", "*5907", 0))
			},
		},
		{
			Name: "empty", Title: "Carol calls a place where nobody is, and is told so", Golden: true,
			Play: func(o *office.Office) error { return calls(o, "carol", "701", 480)() },
		},
	})
}

// TestRetrieved: how somebody is taken by calling the place.
func TestRetrieved(t *testing.T) {
	unable := ua.Handlers{Refer: roles.Refer}
	run(t, []play.Scene{
		{
			Name: "retrieved", Title: "Carol calls the place, and the server replaces Alice's call", Golden: true, Drawn: true, Hears: aliceCarol,
			Play: func(o *office.Office) error { return inOrder(o, parks(o, "701", "701"), calls(o, "carol", "701", 0)) },
		},
		{
			Name: "retrieved-bridged", Title: "Alice's phone knows no Replaces: both talk through the server", Golden: true, Roles: unable, Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return inOrder(o, transfers(o, "701", 0), hears(o, music), calls(o, "carol", "701", 0))
			},
		},
		{
			Name: "retrieved-bridged-left", Title: "and Alice hangs up", Roles: unable,
			Play: func(o *office.Office) error {
				return inOrder(o, transfers(o, "701", 0), calls(o, "carol", "701", 0), leaves(o, "alice"), calls(o, "carol", "701", 480))
			},
		},
		{
			Name: "retrieved-refused", Title: "Alice's phone refuses the Replaces: both talk through the server", Golden: true, Drawn: true, Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return inOrder(o, parks(o, "701", "701"), func() error { refuses(o, "alice", 481); return nil }, calls(o, "carol", "701", 0))
			},
		},
		{
			Name: "retrieved-oldest", Title: "Carol takes the call that waits longest", Desks: four, Hears: aliceBob + "\ncarol hears dave\ndave hears carol",
			Play: func(o *office.Office) error { return office.InOrder(daveFirst(o), calls(o, "carol", "5901", 0)) },
		},
		{
			Name: "retrieved-twice", Title: "Carol and Dave call the place at once: one of them gets Alice", Desks: four,
			Play: func(o *office.Office) error {
				return inOrder(o, parks(o, "701", "701"), both(o, callsOrNot("701")), leaves(o, "alice"))
			},
		},
		{
			Name: "unparked-twice", Title: "Carol and Dave take Alice at once: one of them gets her", Desks: four,
			Play: func(o *office.Office) error {
				return inOrder(o, parks(o, "701", "701"), both(o, unparksOrNot("701")), leaves(o, "alice"))
			},
		},
		{
			Name: "retrieved-not-yours", Title: "Bob is no member of the place's group: he sees that it is taken, and gets nobody", Golden: true,
			Hears: "alice hears park's music:jazz",
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return o.Meet("alice", "carol") },
					func() error { return o.Do("carol", "alice", parksAt("721")) }, unparksRefused(o, "bob", "721", 403))
			},
		},
		{
			Name: "retrieved-members", Title: "Dave is one", Desks: four, Hears: aliceDave,
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return o.Meet("alice", "carol") },
					func() error { return o.Do("carol", "alice", parksAt("721")) }, unparks(o, "dave", "721"))
			},
		},
		{
			Name: "retrieved-left", Title: "Alice hangs up while Carol takes her",
			Play: func(o *office.Office) error {
				return inOrder(o, parks(o, "701", "701"), o.During(
					func() func() error { return o.Begin("carol", callsOrNot("701")) },
					func() bool { return len(o.Desk("carol").Agent().Calls()) > 0 },
					leaves(o, "alice")), leaves(o, "alice"), leaves(o, "carol"), calls(o, "bob", "701", 480))
			},
		},
	})
}
