package park_test

import (
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
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

// TestPark is RFC 5359 §2.15.
func TestPark(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "park", Title: "RFC 5359 section 2.15: Bob parks Alice, and Carol takes her", Golden: true, Want: parkLadder, Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return inOrder(o, parks(o, "701", "701"), hears(o, music), unparks(o, "carol", "701"))
			},
		},
	})
}
