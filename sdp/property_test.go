package sdp

import (
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

var pool = []Codec{
	pcmu, pcma, g722, opus,
	{Name: "L16", Payload: 96, Rate: 16000},
	{Name: "speex", Payload: 97, Rate: 16000},
	{Name: "iLBC", Payload: 98, Rate: 8000, Format: "mode=30"},
}

func drawLocal(t *rapid.T, l Local, of byte) Local {
	codecs := rapid.Permutation(pool).Draw(t, "codecs")[:rapid.IntRange(1, len(pool)).Draw(t, "count")]
	l.Codecs = append([]Codec(nil), codecs...)
	for i := range l.Codecs {
		if dynamic(l.Codecs[i].Payload) {
			l.Codecs[i].Payload = uint8(rapid.IntRange(90, 110).Draw(t, "payload"))
		}
	}
	l.Port = uint16(rapid.IntRange(1, 1<<16-1).Draw(t, "port"))
	l.Events = uint8(rapid.SampledFrom([]int{0, 96, 101}).Draw(t, "events"))
	l.Direction = Direction(rapid.IntRange(0, 3).Draw(t, "direction"))
	l.Mux = rapid.Bool().Draw(t, "mux")
	l.Secure = Policy(rapid.IntRange(0, 2).Draw(t, "policy"))
	names := rapid.Permutation([]string{cm80, cm32, gcm, gcm256}).Draw(t, "suites")
	l.Crypto = keys(of, names[:rapid.IntRange(1, 4).Draw(t, "keys")]...)
	return l
}

// meanings are what payload numbers mean, by all that was agreed in a session.
type meanings map[uint8]Codec

func (m meanings) check(t *rapid.T, codecs []Codec) {
	for _, c := range codecs {
		if old, ok := m[c.Payload]; ok && !old.Is(c) {
			t.Fatalf("RFC 3264 §8.3.2: number %d was %s/%d and is %s/%d", c.Payload, old.Name, old.Rate, c.Name, c.Rate)
		}
		m[c.Payload] = c
	}
}

// checkText: what we write is right, has the m= lines, and its version rises by one
// exactly when it differs from what we wrote before.
func checkText(t *rapid.T, text, before string, least int) (lines int) {
	s, err := Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if len(s.Media) < least {
		t.Fatalf("RFC 3264 §8: %d m= lines after %d", len(s.Media), least)
	}
	var d description
	session := defaultsOf(s)
	for i := range s.Media {
		c, ok := s.Connection(&s.Media[i])
		if !ok || !unicast(c.Address) {
			t.Fatalf("c= is %+v", c)
		}
		d.read(&session, &s.Media[i])
		if d.count != len(fields(s.Media[i].Formats)) {
			t.Fatalf("a number twice in %q", s.Media[i].Formats)
		}
	}
	if before != "" {
		old, _ := Parse(before)
		was, _ := decimal(old.Origin.Version, 64)
		is, _ := decimal(s.Origin.Version, 64)
		if text == before && is != was || text != before && is != was+1 {
			t.Fatalf("RFC 3264 §8: version %d after %d", is, was)
		}
		s.Origin.Version = old.Origin.Version
		if s.Origin != old.Origin {
			t.Fatalf("RFC 3264 §8: o= is %+v after %+v", s.Origin, old.Origin)
		}
	}
	return len(s.Media)
}

func fields(text string) (all []string) {
	for f, rest := field(text); f != ""; f, rest = field(rest) {
		all = append(all, f)
	}
	return all
}

// mirrored: both sides see the same stream.
func mirrored(t *rapid.T, a, b Stream, ours, theirs Local) {
	if a.Rejected || b.Rejected {
		t.Fatalf("rejected: %v %v", a.Rejected, b.Rejected)
	}
	if !a.Codec.Is(b.Codec) {
		t.Fatalf("codec %+v and %+v", a.Codec, b.Codec)
	}
	if !holds(b.Accept, a.Codec) || !holds(a.Accept, b.Codec) {
		t.Fatalf("what one sends the other takes: %+v %+v", a, b)
	}
	if a.Direction != b.Direction.Reverse() || a.Mux != b.Mux || a.EventsRate != b.EventsRate || (a.Events == 0) != (b.Events == 0) {
		t.Fatalf("%+v\n%+v", a, b)
	}
	if a.Direction.Sends() && (!ours.Direction.Sends() || !theirs.Direction.Receives()) {
		t.Fatalf("sends %v though %v and %v are wanted", a.Direction, ours.Direction, theirs.Direction)
	}
	if a.Remote.Port() != theirs.Port || a.Remote.Addr() != theirs.Address || b.Remote.Port() != ours.Port || b.Remote.Addr() != ours.Address {
		t.Fatalf("addresses %v %v", a.Remote, b.Remote)
	}
	if a.Ours.Suite != b.Theirs.Suite || string(a.Ours.Key) != string(b.Theirs.Key) || string(a.Theirs.Key) != string(b.Ours.Key) {
		t.Fatalf("keys %+v %+v", a, b)
	}
	if ours.Secure == Required && a.Ours.Suite == "" || theirs.Secure == None && a.Ours.Suite != "" {
		t.Fatalf("security %+v", a)
	}
}

func holds(bound []Codec, c Codec) bool {
	i := find(bound, c)
	return i >= 0 && bound[i].Payload == c.Payload
}

// restored is a negotiation as the next process knows it.
func restored(t *rapid.T, n Negotiation) Negotiation {
	text, err := json.Marshal(n.Save())
	if err != nil {
		t.Fatal(err)
	}
	var saved Saved
	if err := json.Unmarshal(text, &saved); err != nil {
		t.Fatal(err)
	}
	again, err := Restore(saved)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return again
}

// TestNegotiations: two of us, any offers in any order, some refused, some withdrawn.
func TestNegotiations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sides := [2]*side{{Negotiation: NewNegotiation(1, 1)}, {Negotiation: NewNegotiation(2, 9)}}
		sides[0].local.Address, sides[1].local.Address = here, there
		for range rapid.IntRange(0, 3).Draw(t, "others") {
			// what a third party had negotiated with the first side before
			sides[0].slots = append(sides[0].slots, slot{"video", "RTP/AVP", "31"})
		}
		known, lines := meanings{}, len(sides[0].slots)
		for range rapid.IntRange(1, 8).Draw(t, "exchanges") {
			who := rapid.IntRange(0, 1).Draw(t, "who")
			if !sides[0].stands {
				who = 0
			}
			from, to := sides[who], sides[1-who]
			if rapid.Bool().Draw(t, "restarted") {
				from.Negotiation = restored(t, from.Negotiation)
			}
			from.local, to.local = drawLocal(t, from.local, byte(1+who)), drawLocal(t, to.local, byte(2-who))
			before, stood := from.sent, from.agreed
			offer := from.Offer(from.local)
			checkText(t, offer, before, lines)
			if rapid.IntRange(0, 9).Draw(t, "lost") == 0 {
				from.Withdraw()
				continue
			}
			before = to.sent
			answer, theirs, err := to.Answer(offer, to.local)
			if err != nil {
				if !errors.Is(err, ErrNoCommonCodec) && !errors.Is(err, ErrSecurity) {
					t.Fatalf("%v\n%s", err, offer)
				}
				from.Withdraw()
				if from.agreed.Remote != stood.Remote || from.agreed.Codec != stood.Codec {
					t.Fatal("a refused offer changes nothing")
				}
				continue
			}
			ours, err := from.Accept(answer)
			if err != nil {
				t.Fatalf("%v\n%s%s", err, offer, answer)
			}
			mirrored(t, ours, theirs, from.local, to.local)
			known.check(t, ours.Accept)
			known.check(t, ours.EventsTaken)
			known.check(t, theirs.Accept)
			now := checkText(t, answer, before, lines)
			if offers := checkText(t, offer, "", lines); offers != now {
				t.Fatalf("RFC 3264 §6: %d m= lines answered by %d", offers, now)
			}
			lines = now
		}
	})
}

// TestHoldProperty: whatever two sides want, who offers last gets what both allow.
func TestHoldProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := &side{NewNegotiation(1, 1), local(SendReceive)}
		two := &side{NewNegotiation(2, 1), local(SendReceive)}
		two.local.Address = there
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			from, to := one, two
			if rapid.Bool().Draw(t, "turn") {
				from, to = two, one
			}
			from.local.Direction = Direction(rapid.IntRange(0, 3).Draw(t, "wish"))
			answer, theirs, err := to.Answer(from.Offer(from.local), to.local)
			if err != nil {
				t.Fatal(err)
			}
			ours, err := from.Accept(answer)
			if err != nil {
				t.Fatal(err)
			}
			want := from.local.Direction.And(to.local.Direction.Reverse())
			if ours.Direction != want || theirs.Direction != want.Reverse() || theirs.Held == from.local.Direction.Receives() {
				t.Fatalf("%v and %v give %v and %v", from.local.Direction, to.local.Direction, ours.Direction, theirs.Direction)
			}
		}
	})
}
