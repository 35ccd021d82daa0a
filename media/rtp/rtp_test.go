package rtp

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
)

func header(sequence uint16, timestamp uint32) *Header {
	return &Header{SequenceNumber: sequence, Timestamp: timestamp, SSRC: 7}
}

func TestWrite(t *testing.T) {
	s := NewSession("x")
	packet := make([]byte, 200)
	var before uint16
	for i := range 3 {
		n := s.Write(packet, Outgoing{Payload: 8, Timestamp: uint32(i) * 160, Marker: i == 0}, 160)
		var h Header
		start, err := h.Unmarshal(packet[:n])
		if err != nil || start != HeaderSize || n != 172 || h.SSRC != s.SSRC || h.PayloadType != 8 || h.Marker != (i == 0) {
			t.Fatalf("packet %d: %+v, %v", i, h, err)
		}
		if i > 0 && h.SequenceNumber != before+1 {
			t.Errorf("sequence numbers rise by one: %d after %d", h.SequenceNumber, before)
		}
		before = h.SequenceNumber
	}
}

func TestLossAndJitter(t *testing.T) {
	for _, test := range []struct {
		reason string
		keep   func(i int) bool
		late   func(i int) time.Duration
		lost   int32
		jitter time.Duration // about
	}{
		{"nothing lost across the wrap of the sequence number", func(int) bool { return true }, nil, 0, 0},
		{"every fourth lost", func(i int) bool { return i%4 != 2 }, nil, 250, 0},
		{
			"each second packet 8 ms late: a mean difference of 8 ms", func(int) bool { return true },
			func(i int) time.Duration { return time.Duration(i%2) * 8 * time.Millisecond }, 0, 8 * time.Millisecond,
		},
	} {
		s := NewSession("x")
		for i := range 1000 {
			now := time.Duration(i) * 20 * time.Millisecond
			if test.late != nil {
				now += test.late(i)
			}
			if test.keep(i) {
				s.Receive(header(uint16(65000+i), uint32(i)*160), 8000, now)
			}
		}
		got := s.Statistics()
		if got.Lost != test.lost {
			t.Errorf("%s: %d lost, not %d", test.reason, got.Lost, test.lost)
		}
		if diff := got.Jitter - test.jitter; diff > time.Millisecond || diff < -time.Millisecond {
			t.Errorf("%s: jitter %v, not %v", test.reason, got.Jitter, test.jitter)
		}
	}
}

func TestAnotherSourceBegins(t *testing.T) {
	s := NewSession("x")
	if s.Receive(header(1, 1), 8000, 0) {
		t.Error("the first source is no change")
	}
	other := header(900, 1)
	other.SSRC = 8
	if !s.Receive(other, 8000, 0) || s.Statistics().Received != 1 {
		t.Error("another source is counted anew")
	}
}

func TestReportsMeet(t *testing.T) {
	alice, bob := NewSession("alice"), NewSession("bob")
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(d time.Duration) Moment {
		return Moment{Since: d, Wall: start.Add(d), Timestamp: uint32(d / time.Millisecond * 8), Clock: 8000}
	}
	packet := make([]byte, 200)
	var h Header
	for i := range 100 {
		n := alice.Write(packet, Outgoing{Timestamp: uint32(i) * 160}, 160)
		if _, err := h.Unmarshal(packet[:n]); err != nil {
			t.Fatal(err)
		}
		if i%10 != 5 {
			bob.Receive(&h, 8000, time.Duration(i)*20*time.Millisecond)
		}
	}
	sender, err := alice.Report(at(2*time.Second), false)
	if err != nil || !IsControl(sender) || sender[1] != 200 {
		t.Fatalf("who sends makes a sender report: %v % x", err, sender)
	}
	if err := bob.Control(sender, at(2*time.Second+30*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	receiver, err := bob.Report(at(3*time.Second), true)
	if err != nil || receiver[1] != 201 {
		t.Fatalf("who only receives makes a receiver report: %v % x", err, receiver)
	}
	if err := alice.Control(receiver, at(3*time.Second+30*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	got := alice.Statistics()
	if got.FarLost != 10 {
		t.Errorf("alice learns what bob lost: %d", got.FarLost)
	}
	if trip := got.RoundTrip.Round(time.Millisecond); trip != 60*time.Millisecond {
		t.Errorf("round trip %v, not 60 ms", trip)
	}
	if !alice.Left() || bob.Left() {
		t.Error("bob said BYE")
	}
	packets, err := rtcp.Unmarshal(receiver)
	if err != nil || len(packets) != 3 {
		t.Errorf("RR, SDES and BYE in one packet: %v, %v", packets, err)
	}
	if report := packets[0].(*rtcp.ReceiverReport).Reports[0]; report.FractionLost != 25 {
		t.Errorf("a tenth lost is 25/256, not %d", report.FractionLost)
	}
}

func TestPadding(t *testing.T) {
	for _, test := range []struct {
		reason  string
		padding bool
		packet  []byte
		want    int
		ok      bool
	}{
		{"no padding", false, []byte{1, 2, 3}, 3, true},
		{"two bytes of it", true, []byte{1, 0, 2}, 1, true},
		{"more than there is", true, []byte{1, 0, 9}, 0, false},
		{"of length nothing", true, []byte{1, 0, 0}, 0, false},
		{"an empty packet", true, nil, 0, false},
	} {
		payload, ok := Payload(&Header{Padding: test.padding}, test.packet, 0)
		if ok != test.ok || len(payload) != test.want {
			t.Errorf("%s: %v %v", test.reason, payload, ok)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	s := NewSession("x")
	packet := make([]byte, 200)
	var h Header
	if n := testing.AllocsPerRun(1000, func() {
		size := s.Write(packet, Outgoing{Timestamp: 160}, 160)
		_, _ = h.Unmarshal(packet[:size])
		s.Receive(&h, 8000, 0)
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func FuzzControl(f *testing.F) {
	s := NewSession("x")
	s.Receive(header(1, 1), 8000, 0)
	seed, err := s.Report(Moment{Clock: 8000}, true)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(_ *testing.T, packet []byte) {
		session := NewSession("x")
		_ = session.Control(packet, Moment{Clock: 8000})
	})
}

// TestSpoke: RFC 3550 §6.3.7: "A participant which never sent an RTP or RTCP packet MUST NOT send a BYE packet".
func TestSpoke(t *testing.T) {
	moment := Moment{Wall: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Clock: 8000}
	for _, test := range []struct {
		reason string
		do     func(s *Session)
		want   bool
	}{
		{"who only listened, or not even that", func(*Session) {}, false},
		{"who sent a packet", func(s *Session) { s.Write(make([]byte, 200), Outgoing{}, 160) }, true},
		{"who passed one on", func(s *Session) { s.Pass(make([]byte, 200), Outgoing{}, 7, 160) }, true},
		{"who reported", func(s *Session) { _, _ = s.Report(moment, false) }, true},
	} {
		s := NewSession("alice")
		if test.do(s); s.Spoke() != test.want {
			t.Errorf("%s: %v", test.reason, s.Spoke())
		}
	}
}
