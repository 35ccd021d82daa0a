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

// TestModeratorsPlace: who takes the place of a moderator from outside, of whom nobody knows that they are the same, is none.
func TestModeratorsPlace(t *testing.T) {
	const description = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
	local := netip.MustParseAddrPort("192.0.2.10:5060")
	now, flow := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), machine.ServerFlow(local, 1)
	a := ua.New(ua.Settings{AOR: agent, Local: local, Outbound: flow, ContactParams: room.ContactParams, Unattended: true, Seed: [32]byte{1}}, now)
	a.Ports.Add(30000, 30002)
	s := room.Install(a, settings(nil))
	var out machine.Output
	// sent is the first message of those that were sent since that is wanted.
	sent := func(wanted func(m *sip.Message) bool) *sip.Message {
		t.Helper()
		for range 20 {
			for _, send := range out.Sends {
				if m, err := sip.Parse(string(send.Data)); err == nil && wanted(m) {
					return m
				}
			}
			out.Reset()
			now = now.Add(100 * time.Millisecond)
			a.Advance(now, &out)
		}
		t.Fatal("nothing of the kind was sent")
		return nil
	}
	comes := func(format string, arguments ...any) {
		t.Helper()
		m, err := sip.Parse(fmt.Sprintf(format, arguments...))
		if err != nil {
			t.Fatal(err)
		}
		out.Reset()
		a.Receive(now, machine.Packet{Message: m, Flow: flow}, &out)
	}
	a.Do(now, &out, func() {
		if err := s.Do(room.Act{Room: "3100", Does: "dial", Target: "sip:x@elsewhere.example", Role: room.Moderator}); err != nil {
			t.Fatal(err)
		}
	})
	i := sent(func(m *sip.Message) bool { return m.Method() == sip.INVITE && m.IsRequest() })
	comes("SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: <sip:x@elsewhere.example>;tag=9\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:x@192.0.2.1>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
		i.Header(sip.HeaderVia), i.From(), i.CallID(), i.Header(sip.HeaderCSeq), len(description), description)
	sent(func(m *sip.Message) bool { return m.Method() == sip.ACK })
	if found, _ := s.Find("3100"); len(found.Participants) != 1 || found.Participants[0].Role != room.Moderator {
		t.Fatalf("the room has called a moderator: %+v", found.Participants)
	}
	_, tag, _ := strings.Cut(i.From(), ";tag=")
	const ours = "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK%s\r\nMax-Forwards: 69\r\nFrom: <sip:y@elsewhere.example>;tag=1\r\nCall-ID: 1\r\nContact: <sip:y@192.0.2.1>\r\n" +
		"P-Asserted-Identity: <sip:y@elsewhere.example>\r\nCSeq: 1 %[2]s\r\n"
	comes("INVITE %s;room=3100 SIP/2.0\r\n"+fmt.Sprintf(ours, "1", "INVITE")+"To: <%[1]s>\r\nReplaces: %[2]s;to-tag=%[3]s;from-tag=9\r\nContent-Type: application/sdp\r\nContent-Length: %[4]d\r\n\r\n%[5]s",
		agent, i.CallID(), tag, len(description), description)
	answer := sent(func(m *sip.Message) bool { return !m.IsRequest() && m.StatusCode() >= 200 })
	comes("ACK %s SIP/2.0\r\n"+fmt.Sprintf(ours, "2", "ACK")+"To: %[2]s\r\nContent-Length: 0\r\n\r\n", agent, answer.To())
	if found, _ := s.Find("3100"); answer.StatusCode() != 200 || found.Participants[len(found.Participants)-1].Role != room.Member {
		t.Errorf("who took the place: %d %+v", answer.StatusCode(), found.Participants)
	}
}
