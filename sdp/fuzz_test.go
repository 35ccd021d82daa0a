package sdp

import (
	"strings"
	"testing"
)

func addSeeds(f *testing.F) {
	f.Add(example)
	f.Add(offered("m=audio 6000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000", "a=ptime:20", "a=sendonly"))
	f.Add(offered("m=video 0 RTP/AVP 31", "m=audio 6000 RTP/SAVP 9 96", "a=rtpmap:96 opus/48000/2", "a=fmtp:96 useinbandfec=1",
		"a=crypto:1 "+cm80+" inline:"+key30+"|2^31 WSH=60", "a=rtcp-mux", "a=rtcp:6003 IN IP6 ::1"))
	f.Add(strings.Replace(offered("m=audio 6000 RTP/AVP 0", "m=image 7002 udptl t38"), "c=IN IP4 192.0.2.2", "c=IN IP4 0.0.0.0", 1))
	for _, text := range bombs() {
		f.Add(text[:min(len(text), 4096)])
	}
}

// FuzzParse: what is read and printed reads and prints the same.
func FuzzParse(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		printed := string(s.Append(nil))
		if len(printed) > MaxSession {
			return
		}
		again, err := Parse(printed)
		if err != nil {
			t.Fatalf("%v in %q", err, printed)
		}
		if twice := string(again.Append(nil)); twice != printed {
			t.Fatalf("%q\n%q", printed, twice)
		}
	})
}

// FuzzAnswer: an answer has the m= lines of the offer, and whoever reads it can go on; as an
// answer the same text does no harm either.
func FuzzAnswer(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		l := local(SendReceive)
		l.Codecs, l.Mux, l.Secure, l.Crypto = []Codec{opus, g722, pcma, pcmu}, true, Optional, keys(1, cm80, gcm256)
		n := NewNegotiation(1, 1)
		answer, agreed, err := n.Answer(text, l)
		if err == nil {
			checkAnswer(t, text, answer, agreed)
			checkOffer(t, &n, l)
		} else if answer != "" || n.stands {
			t.Fatal("after an error nothing has changed")
		}
		offerer := NewNegotiation(2, 1)
		offerer.Offer(l)
		if agreed, err := offerer.Accept(text); err == nil {
			checkStream(t, agreed)
			checkOffer(t, &offerer, l)
		}
	})
}

func checkAnswer(t *testing.T, offer, answer string, agreed Stream) {
	t.Helper()
	asked, _ := Parse(offer)
	s, err := Parse(answer)
	if err != nil || len(s.Media) != len(asked.Media) {
		t.Fatalf("%v: %q\n%q", err, offer, answer)
	}
	active := 0
	for i := range s.Media {
		if s.Media[i].Kind != asked.Media[i].Kind || s.Media[i].Protocol != asked.Media[i].Protocol {
			t.Fatalf("m= line %d differs: %q\n%q", i, offer, answer)
		}
		if s.Media[i].Port != 0 {
			active++
		}
		if asked.Media[i].Port == 0 && s.Media[i].Port != 0 {
			t.Fatalf("RFC 3264 §6: port zero is answered by port zero: %q\n%q", offer, answer)
		}
	}
	if active > 1 || agreed.Rejected == (active == 1) || strings.Contains(answer, "IP4 0.0.0.0") {
		t.Fatalf("%q\n%q", offer, answer)
	}
	checkStream(t, agreed)
}

func checkStream(t *testing.T, s Stream) {
	t.Helper()
	if s.Rejected {
		return
	}
	if !s.Remote.IsValid() && (!s.Held || s.Direction.Sends()) || s.Remote.IsValid() && !unicast(s.Remote.Addr()) {
		t.Fatalf("nowhere to send to: %+v", s)
	}
	if len(s.Accept) == 0 || s.Codec.Name == "" || len(s.Codec.Format) > MaxParameters || s.Codec.Payload > 127 ||
		s.PacketTime < MinPacketTime || s.PacketTime > MaxPacketTime ||
		len(s.Theirs.Key) != KeyLength(s.Theirs.Suite) || s.Ours.Suite != s.Theirs.Suite {
		t.Fatalf("%+v", s)
	}
}

func checkOffer(t *testing.T, n *Negotiation, l Local) {
	t.Helper()
	offer := n.Offer(l)
	s, err := Parse(offer)
	if err != nil || len(s.Media) < len(n.slots) {
		t.Fatalf("%v: %q", err, offer)
	}
	other := NewNegotiation(3, 1)
	l.Address, l.Crypto = there, keys(2, cm80, gcm256)
	if _, _, err := other.Answer(offer, l); err != nil {
		t.Fatalf("%v: %q", err, offer)
	}
}
