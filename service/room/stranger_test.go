package room_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/machine"
	"hookflash/service/room"
	"hookflash/sip"
	"hookflash/ua"
)

// answers gives the final response of the rooms to a request of which nobody says who sent it; more are whole lines.
func answers(t *testing.T, method, target, more, body string) *sip.Message {
	t.Helper()
	local := netip.MustParseAddrPort("192.0.2.10:5060")
	now, flow := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), machine.ServerFlow(local, 1)
	a := ua.New(ua.Settings{AOR: agent, Local: local, Outbound: flow, ContactParams: room.ContactParams, Unattended: true, Seed: [32]byte{1}}, now)
	a.Ports.Add(30000)
	room.Install(a, settings(nil))
	if body != "" {
		more += "Content-Type: application/sdp\r\n"
	}
	text := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1\r\nMax-Forwards: 69\r\nFrom: \"Alice\" <sip:alice@example.test>;tag=1\r\n"+
		"To: <%[2]s>\r\nCall-ID: 1\r\nCSeq: 1 %[1]s\r\nContact: <sip:x@192.0.2.1:5060>\r\n%[3]sContent-Length: %[4]d\r\n\r\n%[5]s", method, target, more, len(body), body)
	m, err := sip.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var out machine.Output
	a.Receive(now, machine.Packet{Message: m, Flow: flow}, &out)
	for range 100 {
		for _, send := range out.Sends {
			if response, err := sip.Parse(string(send.Data)); err == nil && !response.IsRequest() && response.StatusCode() >= 200 {
				return response
			}
		}
		if now = a.Next(); now.IsZero() {
			break
		}
		out.Reset()
		a.Advance(now, &out)
	}
	t.Fatalf("%s %s is not answered", method, target)
	return nil
}

// TestStranger: who says to be Alice, and nobody vouches for it, comes in by a PIN alone, and sees and does nothing else.
func TestStranger(t *testing.T) {
	const offer = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
	for _, c := range []struct {
		reason, method, target, more, body string
		code                               int
	}{
		{"a room without a PIN, of which Alice is a moderator", "INVITE", agent + ";room=3100", "", offer, 403},
		{"a room with a PIN, which is asked for", "INVITE", agent + ";room=3101", "", offer, 200},
		{"a room of members", "INVITE", agent + ";room=3105", "", offer, 403},
		{"a room that would be made", "INVITE", agent + ";room=3001", "", offer, 404},
		{"the factory", "INVITE", agent, "", offer, 403},
		{"the number that asks", "INVITE", agent + ";ask", "", offer, 200},
		{"an address that can't be", "INVITE", agent + ";room=" + strings.Repeat("9", 65), "", offer, 404},
		{"who is in it", "SUBSCRIBE", agent + ";room=3100", "Event: conference\r\n", "", 403},
		{"to have somebody called", "REFER", agent + ";room=3100", "Refer-To: <sip:bob@example.test>\r\n", "", 403},
		{"to have somebody removed", "REFER", agent + ";room=3100", "Refer-To: <sip:bob@example.test;method=BYE>\r\n", "", 403},
		{"a dialog of a room that there is not", "INVITE", agent + ";room=3100", "Replaces: a;to-tag=1;from-tag=2\r\n", offer, 481},
	} {
		if got := answers(t, c.method, c.target, c.more, c.body); got.StatusCode() != c.code {
			t.Errorf("%s: %d, want %d", c.reason, got.StatusCode(), c.code)
		}
	}
	told := answers(t, "OPTIONS", agent+";room=team", "", "")
	if contact := told.Header(sip.HeaderContact); contact != "<"+agent+";room=3100>;isfocus" || !strings.Contains(told.Header(sip.HeaderAllowEvents), "conference") {
		t.Errorf("OPTIONS tells that it is a focus, and where: %s", contact)
	}
}
