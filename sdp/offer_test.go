package sdp

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestOfferText(t *testing.T) {
	n := NewNegotiation(1, 5)
	l := Local{
		Address: here, Port: 4000, Codecs: []Codec{opus, pcmu, g722}, Events: 101, PacketTime: 20 * time.Millisecond,
		Mux: true, Secure: Required, Crypto: keys(0, gcm),
	}
	want := strings.Join([]string{
		"v=0", "o=- 1 5 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0",
		"m=audio 4000 RTP/SAVP 96 0 9 101 97",
		"a=rtpmap:96 opus/48000/2", "a=fmtp:96 useinbandfec=1", "a=rtpmap:0 PCMU/8000", "a=rtpmap:9 G722/8000",
		"a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=rtpmap:97 telephone-event/48000", "a=fmtp:97 0-15",
		"a=ptime:20", "a=rtcp-mux", "a=crypto:1 AEAD_AES_128_GCM inline:" + key(28, 0), "a=sendrecv", "",
	}, "\r\n")
	if got := n.Offer(l); got != want {
		t.Errorf("an offer with everything:\n%s", got)
	}
	six := NewNegotiation(1, 5)
	l = local(SendReceive)
	l.Address = netipAddr("2001:db8::1%eth0")
	if got := six.Offer(l); !strings.Contains(got, "c=IN IP6 2001:db8::1\r\n") || !strings.Contains(got, "o=- 1 5 IN IP6 2001:db8::1\r\n") {
		t.Errorf("IPv6, and a zone is nobody else's business:\n%s", got)
	}
}

// version is the o= line, which must be the same but for the version, and that.
func version(t *testing.T, text string) (rest string, number uint64) {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	number, _ = decimal(s.Origin.Version, 64)
	return s.Origin.User + " " + s.Origin.ID + " " + s.Origin.Address, number
}

func TestVersion(t *testing.T) {
	one := &side{NewNegotiation(1<<63|17, 100), local(SendReceive)}
	two := &side{NewNegotiation(2, 1), local(SendReceive)}
	at := func(reason, text string, want uint64) {
		t.Helper()
		rest, got := version(t, text)
		if got != want || rest != "- 17 IN IP4 192.0.2.1" {
			t.Errorf("%s: version %d, want %d; o= %s", reason, got, want, rest)
		}
	}
	first := one.Offer(one.local)
	at("RFC 3264 §5: a number of 63 bits", first, 100)
	if again := one.Offer(one.local); again != first {
		t.Error("RFC 3264 §8: when the version does not increment, the SDP MUST be identical")
	}
	answer, _, _ := two.Answer(first, two.local)
	if _, err := one.Accept(answer); err != nil {
		t.Fatal(err)
	}
	at("a refresh changes nothing", one.Offer(one.local), 100)
	one.Withdraw()
	one.local.Direction = SendOnly
	hold := one.Offer(one.local)
	at("RFC 3264 §8: a change adds one", hold, 101)
	one.Withdraw()
	at("RFC 6337 §5.2.5: one from what was sent, even if it was refused", one.Offer(one.local), 101)
	one.Withdraw()
	one.local.Direction = SendReceive
	at("and back is another change", one.Offer(one.local), 102)
	one.Withdraw()
	held, err := func() (string, error) {
		text, _, err := one.Answer(offered("m=audio 6000 RTP/AVP 0 8", "a=sendonly"), one.local)
		return text, err
	}()
	if err != nil {
		t.Fatal(err)
	}
	at("an answer counts as well", held, 103)
	one.local.Address, one.local.Port = netipAddr("192.0.2.77"), 4444
	moved := one.Offer(one.local)
	at("RFC 3264 §8: the o= line stays though the address moves", moved, 104)
	if !strings.Contains(moved, "c=IN IP4 192.0.2.77\r\n") {
		t.Errorf("c= moves:\n%s", moved)
	}
}

// TestAsymmetricNumbers: RFC 3264 §5.1: we send with the number of the answer and receive
// by the number of our offer.
func TestAsymmetricNumbers(t *testing.T) {
	n := NewNegotiation(1, 1)
	l := local(SendReceive)
	l.Codecs = []Codec{opus, pcmu}
	n.Offer(l)
	agreed, err := n.Accept(offered("m=audio 6000 RTP/AVP 120 121", "a=rtpmap:120 opus/48000/2", "a=fmtp:120 stereo=0", "a=rtpmap:121 telephone-event/8000"))
	if err != nil {
		t.Fatal(err)
	}
	if agreed.Codec.Payload != 120 || agreed.Codec.Format != "stereo=0" || agreed.Events != 121 || agreed.EventsRate != 8000 {
		t.Errorf("we send with their numbers: %+v", agreed)
	}
	if len(agreed.Accept) != 1 || agreed.Accept[0] != opus || len(agreed.EventsTaken) != 1 || agreed.EventsTaken[0].Payload != 101 {
		t.Errorf("we receive by our numbers: %+v %+v", agreed.Accept, agreed.EventsTaken)
	}
	offer := n.Offer(l)
	if !strings.Contains(offer, "a=rtpmap:96 opus/48000/2") || !strings.Contains(offer, "a=rtpmap:101 telephone-event/8000") {
		t.Errorf("RFC 3264 §8.3.2: the mapping MUST NOT change for the duration of a session:\n%s", offer)
	}
}

// TestNumbersKept: what the other side's numbers mean holds in our offers too.
func TestNumbersKept(t *testing.T) {
	n := NewNegotiation(1, 1)
	l := local(SendReceive)
	l.Codecs = []Codec{opus, pcmu}
	if _, _, err := n.Answer(offered("m=audio 6000 RTP/AVP 0 96 101", "a=rtpmap:96 telephone-event/8000", "a=rtpmap:101 speex/8000"), l); err != nil {
		t.Fatal(err)
	}
	offer := n.Offer(l)
	for _, want := range []string{"m=audio 4000 RTP/AVP 97 0 96 98\r\n", "a=rtpmap:97 opus/48000/2", "a=rtpmap:96 telephone-event/8000", "a=rtpmap:98 telephone-event/48000"} {
		if !strings.Contains(offer, want) {
			t.Errorf("numbers of the session stay, and others are not used for something else: no %q in\n%s", want, offer)
		}
	}
	var full []string
	var formats strings.Builder
	for i := 35; i < 64; i++ {
		fmt.Fprintf(&formats, " %d", i)
		full = append(full, fmt.Sprintf("a=rtpmap:%d x%d/8000", i, i))
	}
	for i := 96; i < 128; i++ {
		fmt.Fprintf(&formats, " %d", i)
		full = append(full, fmt.Sprintf("a=rtpmap:%d x%d/8000", i, i))
	}
	n.Withdraw()
	if _, _, err := n.Answer(offered(append([]string{"m=audio 6000 RTP/AVP 0" + formats.String()}, full...)...), l); err != nil {
		t.Fatal(err)
	}
	if offer := n.Offer(l); !strings.Contains(offer, "opus/48000/2") {
		t.Errorf("who uses every number up can't keep us from offering:\n%s", offer)
	}
}

func TestMuxNumbers(t *testing.T) {
	n := NewNegotiation(1, 1)
	l := local(SendReceive)
	l.Mux = true
	if _, _, err := n.Answer(offered("m=audio 6000 RTP/AVP 72", "a=rtpmap:72 PCMU/8000"), l); err != nil {
		t.Fatal(err)
	}
	if offer := n.Offer(l); strings.Contains(offer, "a=rtcp-mux") {
		t.Errorf("RFC 5761 §4: payload numbers 64-95 MUST NOT be used with it:\n%s", offer)
	}
}

func TestProfileKept(t *testing.T) {
	n := NewNegotiation(1, 1)
	l := local(SendReceive)
	l.Secure, l.Crypto = Optional, keys(1, cm80)
	if _, _, err := n.Answer(offered("m=audio 6000 RTP/SAVPF 0", "a=crypto:1 "+cm80+" inline:"+key(30, 2)), l); err != nil {
		t.Fatal(err)
	}
	if got := mlines(n.Offer(l)); !strings.Contains(got[0], " RTP/SAVPF ") {
		t.Errorf("our next offer speaks the profile of the session: %q", got)
	}
}

func TestAccept(t *testing.T) {
	for _, test := range []struct {
		reason string
		answer string
		err    error
	}{
		{"right", offered("m=audio 6000 RTP/AVP 0"), nil},
		{"RTP/AVPF for RTP/AVP is tolerated", offered("m=audio 6000 RTP/AVPF 0"), nil},
		{"RFC 3264 §6: the numbers of m= lines MUST be equal", offered("m=audio 6000 RTP/AVP 0", "m=video 1 RTP/AVP 31"), ErrUnmatched},
		{"none", offered("a=x"), ErrUnmatched},
		{"RFC 3264 §6: the media types of the answer are those of the offer", offered("m=video 6000 RTP/AVP 0"), ErrUnmatched},
		{"a codec we didn't offer", offered("m=audio 6000 RTP/AVP 18"), ErrNoCommonCodec},
		{"our number for something else", offered("m=audio 6000 RTP/AVP 0", "a=rtpmap:0 speex/8000"), ErrNoCommonCodec},
		{"a host name", strings.Replace(offered("m=audio 6000 RTP/AVP 0"), "c=IN IP4 192.0.2.2", "c=IN IP4 pc.example.com", 1), ErrHostName},
		{"another profile", offered("m=audio 6000 udptl 0"), ErrProfile},
		{"malformed", "x", ErrMalformed},
	} {
		n := NewNegotiation(1, 1)
		n.Offer(local(SendReceive))
		_, err := n.Accept(test.answer)
		if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
			t.Errorf("%s: %v, want %v", test.reason, err, test.err)
		}
		if _, stands := n.Agreed(); stands != (err == nil) || n.Pending() != (err != nil) {
			t.Errorf("%s: stands %v, pending %v", test.reason, stands, n.Pending())
		}
	}
	n := NewNegotiation(1, 1)
	if _, err := n.Accept(offered("m=audio 6000 RTP/AVP 0")); !errors.Is(err, ErrNoOffer) {
		t.Errorf("an answer to nothing: %v", err)
	}
	n.Offer(local(SendReceive))
	if agreed, err := n.Accept(offered("m=audio 0 RTP/AVP 0")); err != nil || !agreed.Rejected {
		t.Errorf("RFC 3264 §6: port zero rejects: %+v %v", agreed, err)
	}
	if got := mlines(n.Offer(local(SendReceive))); len(got) != 1 || !strings.HasPrefix(got[0], "m=audio 4000 ") {
		t.Errorf("RFC 3264 §8.1: the m= line of a rejected stream is used again: %q", got)
	}
	if _, err := n.Accept(offered("m=audio 6000 RTP/AVP 0")); err != nil {
		t.Error(err)
	}
	if _, err := n.Accept(offered("m=audio 6000 RTP/AVP 0")); !errors.Is(err, ErrNoOffer) {
		t.Errorf("the same answer once more, in the 200 after the 183, is not news: %v", err)
	}
	disabled := local(SendReceive)
	disabled.Port = 0
	if got := mlines(n.Offer(disabled)); len(got) != 1 || !strings.HasPrefix(got[0], "m=audio 0 ") {
		t.Errorf("RFC 3264 §8.2: a stream is ended by port zero: %q", got)
	}
}

// TestForks: one offer, an answer from each early dialog (RFC 3261 §13.2.2.4).
func TestForks(t *testing.T) {
	n := NewNegotiation(1, 1)
	n.Offer(local(SendReceive))
	first, second := n, n
	one, err := first.Accept(offered("m=audio 6000 RTP/AVP 0"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := second.Accept(offered("m=audio 7000 RTP/AVP 8"))
	if err != nil {
		t.Fatal(err)
	}
	if one.Codec != pcmu || two.Codec != pcma || !n.Pending() || first.Pending() || second.Pending() {
		t.Errorf("a copy stands on its own: %+v %+v", one.Codec, two.Codec)
	}
	first.Offer(local(SendOnly))
	first.Withdraw()
	if stands, _ := second.Agreed(); stands.Remote.Port() != 7000 || stands.Codec != pcma {
		t.Errorf("what one fork does next is not seen by the other: %+v", stands)
	}
}

// TestNoRoom: 32 m= lines of somebody else, all rejected.
func TestNoRoom(t *testing.T) {
	n := NewNegotiation(1, 1)
	lines := strings.Split(strings.TrimSuffix(strings.Repeat("m=video 0 RTP/AVP 31|", MaxMedia), "|"), "|")
	if _, agreed, err := n.Answer(offered(lines...), local(SendReceive)); err != nil || !agreed.Rejected {
		t.Fatal(err)
	}
	got := mlines(n.Offer(local(SendReceive)))
	if len(got) != MaxMedia || !strings.HasPrefix(got[MaxMedia-1], "m=audio 4000 ") {
		t.Errorf("RFC 3264 §8.1: the place of a rejected stream may be used for another: %q", got)
	}
}

func TestLocalMistakes(t *testing.T) {
	for _, test := range []struct {
		reason string
		change func(*Local)
	}{
		{"no address", func(l *Local) { l.Address = netipAddr("0.0.0.0") }},
		{"an invalid address", func(l *Local) { *l = Local{} }},
		{"no codecs", func(l *Local) { l.Codecs = nil }},
		{"SRTP without keys", func(l *Local) { l.Secure = Required }},
		{"a key too short", func(l *Local) { l.Secure, l.Crypto = Optional, []Crypto{{Suite: cm80, Key: make([]byte, 16)}} }},
	} {
		l := local(SendReceive)
		test.change(&l)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: a mistake of ours panics", test.reason)
				}
			}()
			n := NewNegotiation(1, 1)
			n.Offer(l)
		}()
	}
}
