package sdp

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

var (
	here  = netip.MustParseAddr("192.0.2.1")
	there = netip.MustParseAddr("192.0.2.2")

	pcmu = Codec{Name: "PCMU", Payload: 0, Rate: 8000}
	pcma = Codec{Name: "PCMA", Payload: 8, Rate: 8000}
	g722 = Codec{Name: "G722", Payload: 9, Rate: 8000}
	opus = Codec{Name: "opus", Payload: 96, Rate: 48000, Channels: 2, Format: "useinbandfec=1"}
)

func local(d Direction) Local {
	return Local{Address: here, Port: 4000, Codecs: []Codec{pcmu, pcma}, Events: 101, Direction: d}
}

// offered is a description of the other side.
func offered(lines ...string) string {
	return "v=0\r\no=bob 7 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\n" + strings.Join(lines, "\r\n") + "\r\n"
}

// written is the direction of the only audio line of a description of ours.
func written(t *testing.T, text string) Direction {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatalf("what we write is right: %v\n%s", err, text)
	}
	if strings.Contains(text, "0.0.0.0") {
		t.Fatalf("RFC 3264 §8.4: the use of 0.0.0.0 is no longer recommended, we never write it:\n%s", text)
	}
	for i := range s.Media {
		if s.Media[i].Kind == "audio" {
			return s.Direction(&s.Media[i])
		}
	}
	t.Fatalf("no audio in\n%s", text)
	return 0
}

// TestHoldAnswered is the whole matrix of what may be offered against what we want.
func TestHoldAnswered(t *testing.T) {
	const (
		both = "RFC 3264 §6.1: sendrecv may be answered in any way; the wish of the answerer stands"
		only = "RFC 3264 §6.1: sendonly is answered recvonly or inactive"
		take = "RFC 3264 §6.1: recvonly is answered sendonly or inactive"
		none = "RFC 3264 §6.1: inactive is answered inactive"
		zero = "RFC 6337 §5.4: with c=0.0.0.0 the answer goes by the direction written, and nothing is sent there"
	)
	for _, test := range []struct {
		reason                string
		offer, wish, answered Direction
		zero                  bool // c=0.0.0.0
		effective             Direction
		held                  bool
	}{
		{both, SendReceive, SendReceive, SendReceive, false, SendReceive, false},
		{both, SendReceive, SendOnly, SendOnly, false, SendOnly, false},
		{both, SendReceive, ReceiveOnly, ReceiveOnly, false, ReceiveOnly, false},
		{both, SendReceive, Inactive, Inactive, false, Inactive, false},
		{only, SendOnly, SendReceive, ReceiveOnly, false, ReceiveOnly, true},
		{only, SendOnly, SendOnly, Inactive, false, Inactive, true}, // RFC 6337 §5.3: both held
		{only, SendOnly, ReceiveOnly, ReceiveOnly, false, ReceiveOnly, true},
		{only, SendOnly, Inactive, Inactive, false, Inactive, true},
		{take, ReceiveOnly, SendReceive, SendOnly, false, SendOnly, false},
		{take, ReceiveOnly, SendOnly, SendOnly, false, SendOnly, false},
		{take, ReceiveOnly, ReceiveOnly, Inactive, false, Inactive, false},
		{take, ReceiveOnly, Inactive, Inactive, false, Inactive, false},
		{none, Inactive, SendReceive, Inactive, false, Inactive, true},
		{none, Inactive, SendOnly, Inactive, false, Inactive, true},
		{none, Inactive, ReceiveOnly, Inactive, false, Inactive, true},
		{none, Inactive, Inactive, Inactive, false, Inactive, true},

		{zero, SendReceive, SendReceive, SendReceive, true, ReceiveOnly, true},
		{zero, SendReceive, SendOnly, SendOnly, true, Inactive, true},
		{zero, SendReceive, ReceiveOnly, ReceiveOnly, true, ReceiveOnly, true},
		{zero, SendReceive, Inactive, Inactive, true, Inactive, true},
		{zero, SendOnly, SendReceive, ReceiveOnly, true, ReceiveOnly, true},
		{zero, SendOnly, SendOnly, Inactive, true, Inactive, true},
		{zero, SendOnly, ReceiveOnly, ReceiveOnly, true, ReceiveOnly, true},
		{zero, SendOnly, Inactive, Inactive, true, Inactive, true},
		{zero, ReceiveOnly, SendReceive, SendOnly, true, Inactive, true},
		{zero, ReceiveOnly, SendOnly, SendOnly, true, Inactive, true},
		{zero, ReceiveOnly, ReceiveOnly, Inactive, true, Inactive, true},
		{zero, ReceiveOnly, Inactive, Inactive, true, Inactive, true},
		{zero, Inactive, SendReceive, Inactive, true, Inactive, true},
		{zero, Inactive, SendOnly, Inactive, true, Inactive, true},
		{zero, Inactive, ReceiveOnly, Inactive, true, Inactive, true},
		{zero, Inactive, Inactive, Inactive, true, Inactive, true},
	} {
		t.Run(fmt.Sprintf("%v to %v zero %v", test.offer, test.wish, test.zero), func(t *testing.T) {
			text := offered("m=audio 6000 RTP/AVP 0", "a="+test.offer.String())
			if test.zero {
				text = strings.Replace(text, "c=IN IP4 192.0.2.2", "c=IN IP4 0.0.0.0", 1)
			}
			n := NewNegotiation(1, 1)
			answer, agreed, err := n.Answer(text, local(test.wish))
			if err != nil {
				t.Fatalf("%s: %v", test.reason, err)
			}
			if got := written(t, answer); got != test.answered {
				t.Errorf("%s: answered %v, want %v", test.reason, got, test.answered)
			}
			if agreed.Direction != test.effective || agreed.Held != test.held {
				t.Errorf("%s: %v held %v, want %v held %v", test.reason, agreed.Direction, agreed.Held, test.effective, test.held)
			}
			if agreed.Remote.IsValid() == test.zero || agreed.Control.IsValid() == test.zero {
				t.Errorf("RFC 3264 §8.4: neither RTP nor RTCP is sent to 0.0.0.0: %v %v", agreed.Remote, agreed.Control)
			}
		})
	}
}

// TestHoldOffered is the matrix of what we offer against what may come back, with the
// answers that RFC 3264 §6.1 forbids.
func TestHoldOffered(t *testing.T) {
	const (
		plain = "RFC 3264 §6.1: the answer counts, mirrored"
		bad   = "RFC 3264 §6.1 forbids this answer: what both allow counts"
		mute  = "RFC 6337 §5.3: the only valid answer says nothing about the wish of the answerer"
	)
	for _, test := range []struct {
		reason                string
		wish, answer, outcome Direction
		held                  bool
	}{
		{plain, SendReceive, SendReceive, SendReceive, false},
		{plain, SendReceive, SendOnly, ReceiveOnly, true},
		{plain, SendReceive, ReceiveOnly, SendOnly, false},
		{plain, SendReceive, Inactive, Inactive, true},
		{bad, SendOnly, SendReceive, SendOnly, false},
		{bad, SendOnly, SendOnly, Inactive, true},
		{plain, SendOnly, ReceiveOnly, SendOnly, false},
		{plain, SendOnly, Inactive, Inactive, true}, // RFC 6337 §5.3: they hold us too
		{bad, ReceiveOnly, SendReceive, ReceiveOnly, false},
		{plain, ReceiveOnly, SendOnly, ReceiveOnly, false},
		{bad, ReceiveOnly, ReceiveOnly, Inactive, false},
		{plain, ReceiveOnly, Inactive, Inactive, false},
		{bad, Inactive, SendReceive, Inactive, false},
		{bad, Inactive, SendOnly, Inactive, false},
		{bad, Inactive, ReceiveOnly, Inactive, false},
		{mute, Inactive, Inactive, Inactive, false},
	} {
		for _, zero := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v answered %v zero %v", test.wish, test.answer, zero), func(t *testing.T) {
				n := NewNegotiation(1, 1)
				if got := written(t, n.Offer(local(test.wish))); got != test.wish {
					t.Fatalf("RFC 6337 §5.1: an offer says what we want: %v, want %v", got, test.wish)
				}
				text := offered("m=audio 6000 RTP/AVP 0", "a="+test.answer.String())
				outcome, held := test.outcome, test.held
				if zero {
					text = strings.Replace(text, "c=IN IP4 192.0.2.2", "c=IN IP4 0.0.0.0", 1)
					outcome, held = flow(false, outcome.Receives()), true
				}
				agreed, err := n.Accept(text)
				if err != nil {
					t.Fatalf("%s: %v", test.reason, err)
				}
				if agreed.Direction != outcome || agreed.Held != held || agreed.Remote.IsValid() == zero {
					t.Errorf("%s: %v held %v to %v, want %v held %v", test.reason, agreed.Direction, agreed.Held, agreed.Remote, outcome, held)
				}
			})
		}
	}
}

// side is one end of a call in the tests.
type side struct {
	Negotiation
	local Local
}

// exchange offers from one side to the other.
func exchange(t *testing.T, from, to *side) (theirs, ours Stream) {
	t.Helper()
	answer, theirs, err := to.Answer(from.Offer(from.local), to.local)
	if err != nil {
		t.Fatal(err)
	}
	ours, err = from.Accept(answer)
	if err != nil {
		t.Fatal(err)
	}
	return theirs, ours
}

// TestHoldStory is RFC 6337 §5.3 told to its end.
func TestHoldStory(t *testing.T) {
	one := &side{NewNegotiation(1, 1), local(SendReceive)}
	two := &side{NewNegotiation(2, 1), local(SendReceive)}
	two.local.Address = there
	want := func(reason string, first, second Direction, firstHeld, secondHeld bool) {
		t.Helper()
		a, _ := one.Agreed()
		b, _ := two.Agreed()
		if a.Direction != first || b.Direction != second || a.Held != firstHeld || b.Held != secondHeld {
			t.Errorf("%s: %v held %v, %v held %v; want %v held %v, %v held %v", reason,
				a.Direction, a.Held, b.Direction, b.Held, first, firstHeld, second, secondHeld)
		}
	}
	exchange(t, one, two)
	want("a call begins with both talking", SendReceive, SendReceive, false, false)
	one.local.Direction = SendOnly
	exchange(t, one, two)
	want("UA1 holds UA2", SendOnly, ReceiveOnly, false, true)
	exchange(t, two, one)
	want("a refresh by UA2 offers what it wants, sendrecv, and gets sendonly: the hold stays", SendOnly, ReceiveOnly, false, true)
	two.local.Direction = SendOnly
	exchange(t, two, one)
	want("UA2 holds UA1 too: UA1 answers inactive", Inactive, Inactive, true, true)
	one.local.Direction = SendReceive
	exchange(t, one, two)
	want("UA1 resumes: UA2 still wants sendonly", ReceiveOnly, SendOnly, true, false)
	two.local.Direction = SendReceive
	exchange(t, two, one)
	want("UA2 resumes: both talk", SendReceive, SendReceive, false, false)
	one.local.Direction = Inactive
	exchange(t, one, two)
	want("hold without music is inactive", Inactive, Inactive, false, true)
	two.local.Direction = Inactive
	exchange(t, two, one)
	want("and from the other side as well", Inactive, Inactive, true, true)
	exchange(t, one, two)
	want("the only possible answer doesn't end the other's hold", Inactive, Inactive, true, true)
	one.local.Direction, two.local.Direction = SendReceive, SendReceive
	exchange(t, one, two)
	want("resumed", SendReceive, SendReceive, false, false)
}
