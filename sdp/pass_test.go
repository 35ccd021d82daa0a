package sdp_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"hookflash/sdp"
)

var ours = sdp.Local{
	Address: netip.MustParseAddr("192.0.2.1"), Port: 3456, Events: 101,
	Codecs: []sdp.Codec{{Name: "X", Payload: 90, Rate: 8000}, {Name: "Z", Payload: 102, Rate: 8000}},
}

// theirs is an offer of formats like "97 X".
func theirs(formats ...string) string {
	list, maps := "", ""
	for _, format := range formats {
		number, name, _ := strings.Cut(format, " ")
		list += " " + number
		maps += "a=rtpmap:" + number + " " + name + "/8000\r\n"
	}
	return "v=0\r\no=alice 5 5 IN IP4 192.0.2.2\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 49170 RTP/AVP" + list + "\r\n" + maps
}

// TestPass: what somebody else said becomes ours, with our o= line.
func TestPass(t *testing.T) {
	n := sdp.NewNegotiation(1, 10)
	first := n.Offer(ours)
	if !strings.HasPrefix(first, "v=0\r\no=- 1 10 IN IP4 192.0.2.1\r\n") {
		t.Fatal(first)
	}
	for _, test := range []struct{ reason, description, begins string }{
		{"a new one", theirs("96 Y"), "v=0\r\no=- 1 11 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.2\r\n"},
		{"the same again", theirs("96 Y"), "v=0\r\no=- 1 11 "},
		{"another one", theirs("97 W"), "v=0\r\no=- 1 12 "},
	} {
		text, err := n.Pass(test.description, netip.Addr{})
		if err != nil || !strings.HasPrefix(text, test.begins) || text != n.Sent() {
			t.Errorf("%s: %v\n%s", test.reason, err, text)
		}
	}
	if _, err := n.Pass(sdp.Empty(ours.Address), ours.Address); !errors.Is(err, sdp.ErrFewerMedia) {
		t.Errorf("m= lines never become fewer: %v", err)
	}
	if _, err := n.Pass("nonsense", ours.Address); !errors.Is(err, sdp.ErrMalformed) {
		t.Errorf("what can't be read: %v", err)
	}
	after := n.Offer(sdp.Local{Address: ours.Address, Port: 3456, Codecs: []sdp.Codec{{Name: "V", Payload: 96, Rate: 8000}}})
	if strings.Contains(after, "a=rtpmap:96 V") || !strings.HasPrefix(after, "v=0\r\no=- 1 13 ") {
		t.Errorf("a number that was passed on keeps its meaning, and the version rises:\n%s", after)
	}
}

// TestRestrict: no line goes further than allowed.
func TestRestrict(t *testing.T) {
	for _, test := range []struct {
		written string
		most    sdp.Direction
		want    string
	}{
		{"", sdp.ReceiveOnly, "a=recvonly"},
		{"a=sendrecv\r\n", sdp.ReceiveOnly, "a=recvonly"},
		{"a=sendonly\r\n", sdp.ReceiveOnly, "a=inactive"},
		{"a=recvonly\r\n", sdp.ReceiveOnly, "a=recvonly"},
		{"a=inactive\r\n", sdp.SendOnly, "a=inactive"},
		{"a=sendonly\r\n", sdp.SendReceive, "a=sendonly"},
	} {
		for _, level := range []string{theirs("0 PCMU") + test.written, strings.Replace(theirs("0 PCMU"), "m=", test.written+"m=", 1)} {
			got, err := sdp.Restrict(level, test.most)
			if err != nil || strings.Count(got, test.want+"\r\n") != 1 || strings.Count(got, "only\r\n")+strings.Count(got, "inactive")+strings.Count(got, "sendrecv") != 1 {
				t.Errorf("%q, at most %v: %v\n%s", test.written, test.most, err, got)
			}
			if sdp.Toward(got).String() != strings.TrimPrefix(test.want, "a=") {
				t.Errorf("it reads as %v", sdp.Toward(got))
			}
		}
	}
	if _, err := sdp.Restrict("", sdp.SendOnly); err == nil {
		t.Error("what can't be read is taken")
	}
}

// TestReserve: RFC 7088 §2.8: no payload number gets a second meaning in a session.
func TestReserve(t *testing.T) {
	for _, test := range []struct {
		reason string
		offer  []string
		want   []string // of the offer that goes on
	}{
		{"the RFC's example: Bob's Z keeps its number", []string{"98 X", "99 Y"}, []string{"98 X", "99 Y", "102 x-reserved"}},
		{"the same meaning", []string{"98 X", "102 Z"}, []string{"98 X", "102 Z"}},
		{"another meaning, and something is left", []string{"102 Y", "0 PCMU"}, []string{"0 PCMU", "98 x-reserved", "102 x-reserved"}},
		{"nothing is left", []string{"102 Y"}, []string{"102 Y"}},
		{"of events nobody can make music", []string{"102 Y", "103 telephone-event"}, []string{"102 Y", "103 telephone-event"}},
	} {
		n := sdp.NewNegotiation(1, 1)
		local := ours
		local.Events = 0
		local.Codecs = []sdp.Codec{{Name: "PCMU", Payload: 0, Rate: 8000}, {Name: "X", Payload: 98, Rate: 8000}, {Name: "Z", Payload: 102, Rate: 8000}}
		n.Offer(local)
		if _, err := n.Accept(theirs("0 PCMU", "98 X")); err != nil {
			t.Fatal(err)
		}
		want, err := sdp.Parse(theirs(test.want...))
		if err != nil {
			t.Fatal(err)
		}
		got, err := sdp.Parse(n.Reserve(theirs(test.offer...)))
		if err != nil {
			t.Fatal(err)
		}
		wants, gots := string(want.Append(nil)), string(got.Append(nil))
		if gots != wants {
			t.Errorf("%s:\n%s\nwant\n%s", test.reason, gots, wants)
		}
	}
}
