package sdp

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// mlines are the m= lines of a description.
func mlines(text string) (lines []string) {
	for _, line := range strings.Split(text, "\r\n") {
		if strings.HasPrefix(line, "m=") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestAnswerCodecs(t *testing.T) {
	all := Local{Address: here, Port: 4000, Codecs: []Codec{opus, g722, pcma, pcmu}, Events: 101, PacketTime: 20 * time.Millisecond}
	for _, test := range []struct {
		reason string
		offer  string // from the m= line
		want   string // lines of the answer
		codec  Codec
		events uint8
	}{
		{
			"RFC 3264 §6.1: the answer keeps the offer's order, not ours",
			"m=audio 6000 RTP/AVP 0 8 9", "m=audio 4000 RTP/AVP 0 8 9", pcmu, 0,
		},
		{
			"RFC 3551 §6: a static number needs no a=rtpmap; 9 is G722 with a clock of 8000",
			"m=audio 6000 RTP/AVP 9", "a=rtpmap:9 G722/8000", g722, 0,
		},
		{
			"some write the clock that G722 should have had",
			"m=audio 6000 RTP/AVP 9\r\na=rtpmap:9 G722/16000", "a=rtpmap:9 G722/8000", g722, 0,
		},
		{
			"RFC 3264 §6.1: the same dynamic number in the answer, though ours is another",
			"m=audio 6000 RTP/AVP 111\r\na=rtpmap:111 OPUS/48000/2\r\na=fmtp:111 maxplaybackrate=16000", "m=audio 4000 RTP/AVP 111",
			Codec{"opus", 111, 48000, 2, "maxplaybackrate=16000"},
			0,
		},
		{
			"our fmtp is declarative (RFC 7587 §7.1): what we take",
			"m=audio 6000 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2", "a=fmtp:111 useinbandfec=1",
			Codec{"opus", 111, 48000, 2, ""},
			0,
		},
		{
			"a clash: their 101 is opus and their events are 96",
			"m=audio 6000 RTP/AVP 101 96\r\na=rtpmap:101 opus/48000/2\r\na=rtpmap:96 telephone-event/48000", "m=audio 4000 RTP/AVP 101 96",
			Codec{"opus", 101, 48000, 2, ""},
			96,
		},
		{
			"RFC 4733 §2.1: events have the clock of the codec where both are offered",
			"m=audio 6000 RTP/AVP 111 100 102\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:100 telephone-event/8000\r\na=rtpmap:102 telephone-event/48000",
			"m=audio 4000 RTP/AVP 111 100 102",
			Codec{"opus", 111, 48000, 2, ""},
			102,
		},
		{
			"events at 8000 with opus are better than none",
			"m=audio 6000 RTP/AVP 111 100\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:100 telephone-event/8000\r\na=fmtp:100 0-16",
			"a=fmtp:100 0-15",
			Codec{"opus", 111, 48000, 2, ""},
			100,
		},
		{
			"events alone are no codec, and unknown codecs are left out",
			"m=audio 6000 RTP/AVP 18 98 8 101\r\na=rtpmap:98 speex/16000\r\na=rtpmap:101 telephone-event/8000",
			"m=audio 4000 RTP/AVP 8 101", pcma, 101,
		},
		{
			"RFC 8866 §6.6: a=rtpmap counts, even for a static number",
			"m=audio 6000 RTP/AVP 0 8\r\na=rtpmap:0 speex/8000", "m=audio 4000 RTP/AVP 8", pcma, 0,
		},
		{
			"an a=rtpmap that can't be read is none",
			"m=audio 6000 RTP/AVP 8 97\r\na=rtpmap:8\r\na=rtpmap:97 opus\r\na=rtpmap:x PCMU/8000\r\na=rtpmap:0 PCMU/8000", "m=audio 4000 RTP/AVP 8", pcma, 0,
		},
		{
			"a format twice, and formats that are no payload numbers",
			"m=audio 6000 RTP/AVP 8 8 300 x -1 128", "m=audio 4000 RTP/AVP 8", pcma, 0,
		},
		{
			"the same codec under two numbers is taken once",
			"m=audio 6000 RTP/AVP 97 98\r\na=rtpmap:97 opus/48000/2\r\na=rtpmap:98 opus/48000/2", "m=audio 4000 RTP/AVP 97",
			Codec{"opus", 97, 48000, 2, ""},
			0,
		},
		{
			"RFC 3551 §6: PCMU under a dynamic number is PCMU",
			"m=audio 6000 RTP/AVP 99\r\na=rtpmap:99 pcmu/8000/1", "a=rtpmap:99 PCMU/8000",
			Codec{"PCMU", 99, 8000, 0, ""},
			0,
		},
	} {
		n := NewNegotiation(1, 1)
		answer, agreed, err := n.Answer(offered(test.offer), all)
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		if !strings.Contains(answer, "\r\n"+test.want+"\r\n") {
			t.Errorf("%s: no %q in\n%s", test.reason, test.want, answer)
		}
		if agreed.Codec != test.codec || agreed.Events != test.events {
			t.Errorf("%s: %+v events %d, want %+v events %d", test.reason, agreed.Codec, agreed.Events, test.codec, test.events)
		}
	}
}

func TestAnswerMedia(t *testing.T) {
	for _, test := range []struct {
		reason string
		offer  string
		want   []string
	}{
		{
			"RFC 3264 §6: for each m= line of the offer one in the answer, in its place",
			"m=video 7000 RTP/AVP 31\r\nm=audio 6000 RTP/AVP 0\r\nm=image 7002 udptl t38\r\nm=text 7004 RTP/AVP 98",
			[]string{"m=video 0 RTP/AVP 31", "m=audio 4000 RTP/AVP 0", "m=image 0 udptl t38", "m=text 0 RTP/AVP 98"},
		},
		{
			"of two audio lines the first that can be accepted",
			"m=audio 6000 RTP/AVP 18\r\nm=audio 6002 RTP/AVP 0\r\nm=audio 6004 RTP/AVP 0",
			[]string{"m=audio 0 RTP/AVP 18", "m=audio 4000 RTP/AVP 0", "m=audio 0 RTP/AVP 0"},
		},
		{
			"profiles without RTP keys or with DTLS are rejected in place",
			"m=audio 6000 UDP/TLS/RTP/SAVPF 0\r\nm=audio 6002 RTP/AVPF 0\r\nm=application 6004 TCP/BFCP *",
			[]string{"m=audio 0 UDP/TLS/RTP/SAVPF 0", "m=audio 4000 RTP/AVPF 0", "m=application 0 TCP/BFCP *"},
		},
		{
			"a line that is disabled in the offer stays so (RFC 3264 §6: port zero MUST be answered by port zero)",
			"m=audio 0 RTP/AVP 0\r\nm=audio 6002 RTP/AVP 0",
			[]string{"m=audio 0 RTP/AVP 0", "m=audio 4000 RTP/AVP 0"},
		},
		{"all disabled: answered in kind", "m=audio 0 RTP/AVP 0\r\nm=video 0 RTP/AVP", []string{"m=audio 0 RTP/AVP 0", "m=video 0 RTP/AVP 0"}},
		{"RFC 3264 §5: an offer of no streams", "a=x", nil},
		{
			"a host name in a line that is rejected anyway",
			"m=video 7000 RTP/AVP 31\r\nc=IN IP4 video.example.com\r\nm=audio 6000 RTP/AVP 0",
			[]string{"m=video 0 RTP/AVP 31", "m=audio 4000 RTP/AVP 0"},
		},
	} {
		n := NewNegotiation(1, 1)
		answer, agreed, err := n.Answer(offered(test.offer), local(SendReceive))
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		if got := mlines(answer); strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
		if accepted := strings.Contains(strings.Join(test.want, "|"), " 4000 "); agreed.Rejected == accepted {
			t.Errorf("%s: rejected is %v", test.reason, agreed.Rejected)
		}
	}
}

func TestAnswerRefused(t *testing.T) {
	withKeys := local(SendReceive)
	withKeys.Secure, withKeys.Crypto = Required, []Crypto{{Suite: suites[0].name, Key: make([]byte, 30)}}
	for _, test := range []struct {
		reason, offer string
		local         Local
		err           error
	}{
		{"no audio at all (T.38 instead of audio too): 488 leaves what stood", offered("m=image 7002 udptl t38"), local(0), ErrNoAudio},
		{"no codec of ours", offered("m=audio 6000 RTP/AVP 18"), local(0), ErrNoCommonCodec},
		{"events are no codec", offered("m=audio 6000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"), local(0), ErrNoCommonCodec},
		{"a profile we don't speak", offered("m=audio 6000 TCP/RTP/AVP 0"), local(0), ErrProfile},
		{"a host name is no address", strings.Replace(offered("m=audio 6000 RTP/AVP 0"), "c=IN IP4 192.0.2.2", "c=IN IP4 pc.example.com", 1), local(0), ErrHostName},
		{"a multicast address", strings.Replace(offered("m=audio 6000 RTP/AVP 0"), "c=IN IP4 192.0.2.2", "c=IN IP4 233.252.0.1/127", 1), local(0), ErrAddress},
		{"a broadcast address", strings.Replace(offered("m=audio 6000 RTP/AVP 0"), "c=IN IP4 192.0.2.2", "c=IN IP4 255.255.255.255", 1), local(0), ErrAddress},
		{"an address under the other version's name", strings.Replace(offered("m=audio 6000 RTP/AVP 0"), "c=IN IP4 192.0.2.2", "c=IN IP4 2001:db8::1", 1), local(0), ErrHostName},
		{"a zone is of another machine", strings.Replace(offered("m=audio 6000 RTP/AVP 0"), "c=IN IP4 192.0.2.2", "c=IN IP6 fe80::1%eth0", 1), local(0), ErrHostName},
		{"IPv6 to our IPv4", strings.Replace(offered("m=audio 6000 RTP/AVP 0"), "c=IN IP4 192.0.2.2", "c=IN IP6 2001:db8::1", 1), local(0), ErrFamily},
		{"RFC 8866 §5.7: c= in the session or in the media", strings.Replace(offered("m=audio 6000 RTP/AVP 0"), "c=IN IP4 192.0.2.2\r\n", "", 1), local(0), ErrMalformed},
		{"RTP/SAVP without our wanting it", offered("m=audio 6000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+key30), local(0), ErrSecurity},
		{"required keys are not offered", offered("m=audio 6000 RTP/AVP 0"), withKeys, ErrSecurity},
		{"malformed", "v=0", local(0), ErrMalformed},
	} {
		n := NewNegotiation(1, 1)
		before := n
		answer, _, err := n.Answer(test.offer, test.local)
		if !errors.Is(err, test.err) || answer != "" {
			t.Errorf("%s: %v, want %v", test.reason, err, test.err)
		}
		if n.sent != before.sent || n.version != before.version || n.stands || n.Pending() {
			t.Errorf("%s: after an error nothing has changed", test.reason)
		}
	}
}

func TestAnswerStands(t *testing.T) {
	n := NewNegotiation(1, 1)
	if _, _, err := n.Answer(offered("m=video 7000 RTP/AVP 31", "m=audio 6000 RTP/AVP 0"), local(SendReceive)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := n.Answer(offered("m=audio 6000 RTP/AVP 0"), local(SendReceive)); !errors.Is(err, ErrFewerMedia) {
		t.Errorf("RFC 3264 §8: the number of m= lines MUST be at least that of before: %v", err)
	}
	if _, _, err := n.Answer(offered("m=video 7000 RTP/AVP 31", "m=image 6000 udptl t38"), local(SendReceive)); !errors.Is(err, ErrNoAudio) {
		t.Errorf("fax in place of audio is refused: %v", err)
	}
	if stream, ok := n.Agreed(); !ok || stream.Rejected || stream.Codec != pcmu {
		t.Errorf("RFC 3264 §8: a refused offer leaves what stood: %+v", stream)
	}
	offer := n.Offer(local(SendOnly))
	if got := mlines(offer); len(got) != 2 || got[0] != "m=video 0 RTP/AVP 31" || !strings.HasPrefix(got[1], "m=audio 4000 RTP/AVP 0") {
		t.Errorf("our offer keeps the m= lines of theirs: %q", got)
	}
	if _, _, err := n.Answer(offered("m=video 0 RTP/AVP 31", "m=audio 6000 RTP/AVP 0"), local(SendReceive)); !errors.Is(err, ErrPending) {
		t.Errorf("RFC 3264 §4: no new offer while one is pending: %v", err)
	}
	n.Withdraw()
	answer, agreed, err := n.Answer(offered("m=audio 7000 RTP/AVP 0", "m=audio 6000 RTP/AVP 0", "m=text 1 RTP/AVP 98"), local(SendReceive))
	if err != nil || agreed.Remote.Port() != 6000 || len(mlines(answer)) != 3 {
		t.Errorf("the stream stays at the m= line it had: %+v %v", agreed, err)
	}
	refusing := local(SendReceive)
	refusing.Port = 0
	answer, agreed, err = n.Answer(offered("m=audio 7000 RTP/AVP 0", "m=audio 6000 RTP/AVP 0", "m=text 1 RTP/AVP 98"), refusing)
	if err != nil || !agreed.Rejected || strings.Join(mlines(answer), "|") != "m=audio 0 RTP/AVP 0|m=audio 0 RTP/AVP 0|m=text 0 RTP/AVP 98" {
		t.Errorf("RFC 6337 §5.2.4: port zero for everything rejects an offer that can't be refused: %v %q", err, mlines(answer))
	}
}

func TestTransport(t *testing.T) {
	v6 := local(SendReceive)
	v6.Address = netipAddr("2001:db8::1")
	mux := local(SendReceive)
	mux.Mux = true
	six := "v=0\r\no=- 1 1 IN IP6 2001:db8::2\r\ns=-\r\nc=IN IP6 2001:db8::2\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"
	for _, test := range []struct {
		reason, offer   string
		local           Local
		remote, control string
		mux             bool
		packets         time.Duration
	}{
		{"RFC 3550 §11: RTCP on the next port", offered("m=audio 6000 RTP/AVP 0"), local(0), "192.0.2.2:6000", "192.0.2.2:6001", false, 20},
		{"RFC 3605 §2.1: a=rtcp names the port", offered("m=audio 6000 RTP/AVP 0", "a=rtcp:53020"), local(0), "192.0.2.2:6000", "192.0.2.2:53020", false, 20},
		{"and an address", offered("m=audio 6000 RTP/AVP 0", "a=rtcp:53020 IN IP4 192.0.2.9"), local(0), "192.0.2.2:6000", "192.0.2.9:53020", false, 20},
		{"a name there is nowhere to send to", offered("m=audio 6000 RTP/AVP 0", "a=rtcp:53020 IN IP4 x.example.com"), local(0), "192.0.2.2:6000", "invalid AddrPort", false, 20},
		{"multicast there neither", offered("m=audio 6000 RTP/AVP 0", "a=rtcp:53020 IN IP4 233.252.0.1"), local(0), "192.0.2.2:6000", "invalid AddrPort", false, 20},
		{"what can't be read is as if it were not there", offered("m=audio 6000 RTP/AVP 0", "a=rtcp:x"), local(0), "192.0.2.2:6000", "192.0.2.2:6001", false, 20},
		{"no port after the last", offered("m=audio 65535 RTP/AVP 0"), local(0), "192.0.2.2:65535", "invalid AddrPort", false, 20},
		{"RFC 5761 §5.1.1: both say a=rtcp-mux", offered("m=audio 6000 RTP/AVP 0", "a=rtcp-mux", "a=rtcp:6001"), mux, "192.0.2.2:6000", "192.0.2.2:6000", true, 20},
		{"one of them alone does not", offered("m=audio 6000 RTP/AVP 0"), mux, "192.0.2.2:6000", "192.0.2.2:6001", false, 20},
		{"nor the other", offered("m=audio 6000 RTP/AVP 0", "a=rtcp-mux"), local(0), "192.0.2.2:6000", "192.0.2.2:6001", false, 20},
		{"RFC 5761 §4: payload numbers 64-95 MUST NOT be used with it", offered("m=audio 6000 RTP/AVP 72", "a=rtpmap:72 PCMU/8000", "a=rtcp-mux"), mux, "192.0.2.2:6000", "192.0.2.2:6001", false, 20},
		{"the c= of the media", offered("m=audio 6000 RTP/AVP 0", "c=IN IP4 192.0.2.7"), local(0), "192.0.2.7:6000", "192.0.2.7:6001", false, 20},
		{"IPv6", six, v6, "[2001:db8::2]:6000", "[2001:db8::2]:6001", false, 20},
		{"RFC 8866 §6.4: a=ptime is what they want", offered("m=audio 6000 RTP/AVP 0", "a=ptime:30"), local(0), "192.0.2.2:6000", "192.0.2.2:6001", false, 30},
		{"in the session it is for all media", offered("a=ptime:40", "m=audio 6000 RTP/AVP 0"), local(0), "192.0.2.2:6000", "192.0.2.2:6001", false, 40},
		{"RFC 8866 §6.5: a=maxptime is the most", offered("m=audio 6000 RTP/AVP 0", "a=ptime:60", "a=maxptime:40"), local(0), "192.0.2.2:6000", "192.0.2.2:6001", false, 40},
		{"beyond our limits", offered("m=audio 6000 RTP/AVP 0", "a=ptime:65000"), local(0), "192.0.2.2:6000", "192.0.2.2:6001", false, 120},
		{"a fraction", offered("m=audio 6000 RTP/AVP 0", "a=ptime:30.0"), local(0), "192.0.2.2:6000", "192.0.2.2:6001", false, 30},
		{"nonsense", offered("m=audio 6000 RTP/AVP 0", "a=ptime:-5"), local(0), "192.0.2.2:6000", "192.0.2.2:6001", false, 20},
		{"zero", offered("m=audio 6000 RTP/AVP 0", "a=ptime:0"), local(0), "192.0.2.2:6000", "192.0.2.2:6001", false, 20},
	} {
		n := NewNegotiation(1, 1)
		answer, agreed, err := n.Answer(test.offer, test.local)
		if err != nil {
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		if agreed.Remote.String() != test.remote || agreed.Control.String() != test.control ||
			agreed.Mux != test.mux || agreed.PacketTime != test.packets*time.Millisecond {
			t.Errorf("%s: %v %v mux %v %v", test.reason, agreed.Remote, agreed.Control, agreed.Mux, agreed.PacketTime)
		}
		if strings.Contains(answer, "a=rtcp-mux") != test.mux {
			t.Errorf("%s: the answer says otherwise\n%s", test.reason, answer)
		}
	}
}

// TestInherited: RFC 8866 §5.13: attributes of the session are the default of the media.
func TestInherited(t *testing.T) {
	for _, test := range []struct {
		reason, offer string
		want          Direction
	}{
		{"the session's direction counts for media without one", offered("a=sendonly", "m=audio 6000 RTP/AVP 0"), ReceiveOnly},
		{"the media's own counts first", offered("a=sendonly", "m=audio 6000 RTP/AVP 0", "a=recvonly"), SendOnly},
		{"none: sendrecv (RFC 3264 §5.1)", offered("m=audio 6000 RTP/AVP 0"), SendReceive},
		{"another medium's doesn't count", offered("m=video 1 RTP/AVP 31", "a=inactive", "m=audio 6000 RTP/AVP 0"), SendReceive},
	} {
		n := NewNegotiation(1, 1)
		if _, agreed, err := n.Answer(test.offer, local(SendReceive)); err != nil || agreed.Direction != test.want {
			t.Errorf("%s: %v %v, want %v", test.reason, agreed.Direction, err, test.want)
		}
	}
}
