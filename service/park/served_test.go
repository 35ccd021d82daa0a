package park_test

import (
	"strings"
	"testing"
	"time"

	"hookflash/service/park"
)

// anywhere is a request for the first place that is free.
func anywhere(method, callID, from, to string, sequence int, branch, more string, body ...string) string {
	return strings.Replace(request(method, callID, from, to, sequence, branch, more, body...), ";orbit=701", "", 1)
}

// TestParkedOnBehalf: whom a user parks by a code counts as that user's, though nobody vouches for them, and who else says so
// counts as a guest. The answer names the place.
func TestParkedOnBehalf(t *testing.T) {
	const bob, carol, referred = "P-Served-User: <sip:bob@example.test>\r\n", "P-Served-User: <sip:carol@example.test>\r\n", "Referred-By: <sip:bob@example.test>\r\n"
	for _, test := range []struct {
		reason, fields string
		want           int
	}{
		{"nobody says for whom it is", referred, 486},
		{"the server says so", referred + bob, 200},
		{"it is another user than who refers", referred + carol, 486},
		{"nobody refers", bob, 403},
		{"it says nothing that can be read", referred + "P-Served-User: bob\r\n", 486},
	} {
		r := newRig()
		r.service.Configure(settings(func(s *park.Settings) {
			s.Orbits = []park.Orbit{{Name: "all", Slots: []string{"701", "702"}, Timeout: time.Hour}}
		}))
		first, second := "<sip:+4930@gw.example.net>;tag=1", "<sip:+4931@gw.example.net>;tag=2"
		r.send(anywhere("INVITE", "first", first, "<sip:park@example.test>", 1, "first", referred, offered))
		r.send(request("ACK", "first", first, "<sip:park@example.test>;tag="+r.tag["first"], 1, "ack", ""))
		r.send(anywhere("INVITE", "second", second, "<sip:park@example.test>", 1, "second", test.fields, offered))
		if r.final["first"] != 200 || r.final["second"] != test.want {
			t.Errorf("%s: the first guest is told %d, the second %d, want %d", test.reason, r.final["first"], r.final["second"], test.want)
		}
	}
}
