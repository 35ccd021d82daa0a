package sdp

import "testing"

// TestAllocations: the figures of an ordinary call.
func TestAllocations(t *testing.T) {
	l := local(SendReceive)
	l.Codecs = []Codec{opus, g722, pcma, pcmu}
	offerer := NewNegotiation(1, 1)
	offer := offerer.Offer(l)
	other := l
	other.Address = there
	answerer := NewNegotiation(2, 1)
	answer, _, err := answerer.Answer(offer, other)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason string
		most   float64
		do     func()
	}{
		{"a description is one allocation", 1, func() { Parse(offer) }}, //nolint:errcheck // read above
		{"an offer: itself, the proposal, its codecs and m= lines", 4, func() { n := offerer; n.pending, n.sent = nil, ""; n.Offer(l) }},
		{"an answer: the description, slots, codecs, numbers, fmtp, and itself", 7, func() { n := NewNegotiation(2, 1); n.Answer(offer, other) }}, //nolint:errcheck // answered above
		{"an accepted answer", 5, func() { n := offerer; n.Accept(answer) }},                                                                      //nolint:errcheck // accepted above
		{"a refresh answered as before", 3, func() { n := answerer; n.Answer(offer, other) }},                                                     //nolint:errcheck // answered above
	} {
		if got := testing.AllocsPerRun(100, test.do); got > test.most {
			t.Errorf("%s: %v allocations, at most %v", test.reason, got, test.most)
		}
	}
}

func BenchmarkExchange(b *testing.B) {
	l := local(SendReceive)
	l.Codecs = []Codec{opus, g722, pcma, pcmu}
	other := l
	other.Address = there
	b.ReportAllocs()
	for b.Loop() {
		one, two := NewNegotiation(1, 1), NewNegotiation(2, 1)
		answer, _, err := two.Answer(one.Offer(l), other)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := one.Accept(answer); err != nil {
			b.Fatal(err)
		}
	}
}
