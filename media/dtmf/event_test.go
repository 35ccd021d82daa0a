package dtmf

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestEventOnTheWire(t *testing.T) {
	for _, test := range []struct {
		reason string
		event  Event
		bytes  []byte
	}{
		// RFC 4733 section 5: the first and the last digit of "911".
		{"section 5, 9 begins", Event{Code: 9, Volume: 7, Duration: 400}, []byte{9, 7, 1, 144}},
		{"section 5, 9 ends", Event{Code: 9, End: true, Volume: 7, Duration: 1600}, []byte{9, 0x87, 6, 64}},
		{"everything set", Event{Code: 255, End: true, Volume: 63, Duration: 65535}, []byte{255, 0xBF, 255, 255}},
	} {
		if got := test.event.Append(nil); !slices.Equal(got, test.bytes) {
			t.Errorf("%s: %x, want %x", test.reason, got, test.bytes)
		}
		if got, rest, err := ParseEvent(test.bytes); err != nil || got != test.event || len(rest) != 0 {
			t.Errorf("%s: %+v, %v, %v", test.reason, got, rest, err)
		}
	}
	if got, _, _ := ParseEvent([]byte{1, 0x40, 0, 1}); got != (Event{Code: 1, Duration: 1}) {
		t.Errorf("the reserved bit is ignored: %+v", got)
	}
	if _, _, err := ParseEvent([]byte{1, 2, 3}); !errors.Is(err, ErrEvent) {
		t.Errorf("three bytes are no event: %v", err)
	}
}

type sent struct {
	at     uint32
	packet Packet
}

// send gives all packets of digits, and the timestamps where sound goes on in between.
func send(t testing.TB, clock uint32, start uint32, digits string, timing Timing) (packets []sent, quiet int) {
	t.Helper()
	sender, err := NewSender(clock, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Dial(digits, timing); err != nil {
		t.Fatal(err)
	}
	for at := start; sender.Busy(); at += clock / 50 {
		packet, ok := sender.Next(at)
		if !ok {
			quiet++
			continue
		}
		packets = append(packets, sent{at, packet})
	}
	return packets, quiet
}

func TestSendOneDigit(t *testing.T) {
	packets, _ := send(t, 8000, 1000, "5", Timing{Each: 70 * time.Millisecond})
	want := []Packet{
		{1000, true, Event{Code: 5, Volume: 10, Duration: 160}},
		{1000, false, Event{Code: 5, Volume: 10, Duration: 320}},
		{1000, false, Event{Code: 5, Volume: 10, Duration: 480}},
		{1000, false, Event{Code: 5, Volume: 10, End: true, Duration: 560}},
		{1000, false, Event{Code: 5, Volume: 10, End: true, Duration: 560}},
		{1000, false, Event{Code: 5, Volume: 10, End: true, Duration: 560}},
	}
	for i, packet := range packets {
		if i >= len(want) || packet.packet != want[i] {
			t.Errorf("packet %d: %+v", i+1, packet)
		}
	}
	if len(packets) != len(want) {
		t.Errorf("%d packets, want a beginning, two more, and three ends", len(packets))
	}
}

func TestSendAndReceive(t *testing.T) {
	for _, test := range []struct {
		reason string
		clock  uint32
		start  uint32
		timing Timing
	}{
		{"usual", 8000, 0, Timing{}},
		{"the timestamp wraps", 8000, 0xFFFFFF00, Timing{}},
		{"opus", 48000, 77, Timing{}},
		{"shorter than a packet", 8000, 5, Timing{Each: 10 * time.Millisecond, Pause: 10 * time.Millisecond}},
		{"several segments", 48000, 5, Timing{Each: 5 * time.Second}},
		{"longest", 8000, 5, Timing{Each: MaxPress}},
		{"a segment and no more", 48000, 0, Timing{Each: 0xFFFF*time.Second/48000 + 1}},
	} {
		packets, _ := send(t, test.clock, test.start, "91a#", test.timing)
		receiver := NewReceiver(test.clock)
		var got string
		for _, one := range packets {
			presses, err := receiver.Receive(one.packet.Timestamp, one.packet.Event.Append(nil))
			if err != nil {
				t.Fatal(err)
			}
			for _, press := range presses {
				got += string(press.Digit)
				if want := test.timing.filled().Each; press.Lasted > want || press.Lasted < want-time.Millisecond {
					t.Errorf("%s: %c lasted %v, want %v", test.reason, press.Digit, press.Lasted, want)
				}
			}
		}
		if got != "91A#" {
			t.Errorf("%s: received %q", test.reason, got)
		}
		markers := 0
		for _, one := range packets {
			if one.packet.Marker {
				markers++
			}
		}
		if markers != 4 {
			t.Errorf("%s: the marker is on the first packet of an event alone, segments or not: %d", test.reason, markers)
		}
	}
}

func TestReceiveTable(t *testing.T) {
	type step struct {
		timestamp uint32
		event     Event
		want      string
	}
	five, end5 := Event{Code: 5, Duration: 160}, Event{Code: 5, End: true, Duration: 480}
	for _, test := range []struct {
		reason string
		steps  []step
	}{
		{"ends thrice, told once", []step{{100, five, ""}, {100, end5, "5"}, {100, end5, ""}, {100, end5, ""}}},
		{"only one end arrives", []step{{100, end5, "5"}, {100, end5, ""}}},
		{"all ends lost: the next digit tells", []step{{100, five, ""}, {2000, Event{Code: 6, Duration: 160}, "5"}, {2000, Event{Code: 6, End: true, Duration: 320}, "6"}}},
		{"the same digit twice is two timestamps", []step{{100, end5, "5"}, {2000, five, ""}, {2000, end5, "5"}}},
		{"an end after the next digit began is late", []step{{100, five, ""}, {2000, five, "5"}, {100, end5, ""}, {2000, end5, "5"}}},
		{"an update after the end is late", []step{{100, end5, "5"}, {100, five, ""}}},
		{"another code at the same time is a mistake", []step{{100, five, ""}, {100, Event{Code: 6, End: true, Duration: 160}, ""}, {100, end5, "5"}}},
		{"events that are no digits are passed over", []step{{100, Event{Code: 32, End: true, Duration: 160}, ""}, {2000, end5, "5"}}},
		{"a full report with another code after it is its end", []step{{100, Event{Code: 5, Duration: 0xFFFF}, ""}, {100 + 0xFFFF, Event{Code: 6, End: true, Duration: 160}, "56"}}},
	} {
		receiver := NewReceiver(8000)
		for i, step := range test.steps {
			presses, err := receiver.Receive(step.timestamp, step.event.Append(nil))
			got := ""
			for _, press := range presses {
				got += string(press.Digit)
			}
			if err != nil || got != step.want {
				t.Errorf("%s: step %d gives %q, %v, want %q", test.reason, i+1, got, err, step.want)
			}
		}
	}
}

func TestReceiveSeveralInOnePacket(t *testing.T) {
	receiver := NewReceiver(8000)
	payload := Event{Code: 1, End: true, Duration: 400}.Append(nil)
	payload = Event{Code: 2, End: true, Duration: 800}.Append(payload)
	payload = Event{Code: 3, Duration: 160}.Append(payload)
	for round, want := range []string{"12", ""} {
		presses, err := receiver.Receive(9000, payload)
		got := ""
		for _, press := range presses {
			got += string(press.Digit)
		}
		if err != nil || got != want {
			t.Errorf("round %d: %q, %v, want %q", round+1, got, err, want)
		}
	}
	if _, err := receiver.Receive(1, payload[:7]); !errors.Is(err, ErrEvent) {
		t.Errorf("half an event: %v", err)
	}
	if _, err := receiver.Receive(1, nil); !errors.Is(err, ErrEvent) {
		t.Errorf("no event: %v", err)
	}
}

func TestExpire(t *testing.T) {
	receiver := NewReceiver(8000)
	_, _ = receiver.Receive(1000, Event{Code: 4, Duration: 800}.Append(nil))
	if _, ok := receiver.Expire(1900, 60*time.Millisecond); ok {
		t.Error("it may still go on")
	}
	press, ok := receiver.Expire(1800+480, 60*time.Millisecond)
	if !ok || press != (Press{Digit: '4', Lasted: 100 * time.Millisecond}) {
		t.Errorf("60 ms without a report end it: %+v, %v", press, ok)
	}
	if _, ok := receiver.Expire(9000, 60*time.Millisecond); ok {
		t.Error("once")
	}
	if presses, _ := receiver.Receive(1000, Event{Code: 4, End: true, Duration: 900}.Append(nil)); len(presses) != 0 {
		t.Errorf("its end, late, is not another press: %v", presses)
	}
	receiver.Reset()
	if presses, _ := receiver.Receive(10, Event{Code: 4, End: true, Duration: 900}.Append(nil)); len(presses) != 1 {
		t.Errorf("another source begins with timestamps of its own: %v", presses)
	}
}

// Packets are lost, doubled and swapped with a neighbour: every digit of which anything arrived
// is told exactly once, in order.
func TestReceiveUnderLoss(t *testing.T) {
	const digits = "0123456789*#ABCD0123456789*#ABCD"
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		packets, _ := send(t, 8000, random.Uint32(), digits, Timing{Each: 60 * time.Millisecond, Pause: 80 * time.Millisecond})
		var wire []sent
		for _, packet := range packets {
			for range []int{1, 1, 1, 1, 1, 1, 0, 0, 2, 3}[random.IntN(10)] {
				wire = append(wire, packet)
			}
		}
		for i := 1; i < len(wire); i++ {
			if random.IntN(5) == 0 && wire[i].packet.Timestamp == wire[i-1].packet.Timestamp {
				wire[i], wire[i-1] = wire[i-1], wire[i]
			}
		}
		want, got := "", ""
		last := uint32(0)
		for i, one := range wire {
			if i == 0 || one.packet.Timestamp != last {
				want += string(Digits[one.packet.Event.Code])
				last = one.packet.Timestamp
			}
		}
		receiver := NewReceiver(8000)
		for _, one := range wire {
			presses, _ := receiver.Receive(one.packet.Timestamp, one.packet.Event.Append(nil))
			for _, press := range presses {
				got += string(press.Digit)
			}
		}
		if press, ok := receiver.Expire(last+80000, 60*time.Millisecond); ok {
			got += string(press.Digit)
		}
		if got != want {
			t.Fatalf("seed %d: told %q, want %q", seed, got, want)
		}
	}
}

func TestSenderLimits(t *testing.T) {
	sender, err := NewSender(8000, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		reason string
		digits string
		timing Timing
	}{
		{"none", "", Timing{}},
		{"no digit", "12x", Timing{}},
		{"too many", string(make([]byte, MaxQueue+1)), Timing{}},
		{"too long", "1", Timing{Each: MaxPress + 1}},
		{"backwards", "1", Timing{Pause: -1}},
	} {
		if err := sender.Dial(test.digits, test.timing); !errors.Is(err, ErrDigits) || sender.Busy() {
			t.Errorf("%s: %v", test.reason, err)
		}
	}
	const full = Digits + Digits + Digits + Digits
	if err := sender.Dial(full, Timing{}); err != nil {
		t.Errorf("%d digits fit: %v", MaxQueue, err)
	}
	if err := sender.Dial("1", Timing{}); !errors.Is(err, ErrDigits) {
		t.Errorf("no more fit: %v", err)
	}
	at := uint32(0)
	for range 3 {
		sender.Next(at)
		at += 160
	}
	sender.Cancel(at)
	ends := 0
	for sender.Busy() {
		packet, ok := sender.Next(at)
		if !ok || packet.Event.Code != 0 || packet.Event.Duration != 640 {
			t.Fatalf("after Cancel only the end of what was pressed: %+v, %v", packet, ok)
		}
		if packet.Event.End {
			ends++
		}
		at += 160
	}
	if ends != 3 {
		t.Errorf("%d ends, want 3", ends)
	}
	if _, err := NewSender(8000, 0); !errors.Is(err, ErrDigits) {
		t.Errorf("packets of no length: %v", err)
	}
}

func TestEventsDoNotAllocate(t *testing.T) {
	sender, err := NewSender(8000, 20*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	receiver := NewReceiver(8000)
	payload := make([]byte, 0, 8)
	at := uint32(0)
	if got := testing.AllocsPerRun(2000, func() {
		if !sender.Busy() {
			_ = sender.Dial("159", Timing{})
		}
		if packet, ok := sender.Next(at); ok {
			payload = packet.Event.Append(payload[:0])
			_, _ = receiver.Receive(packet.Timestamp, payload)
		}
		at += 160
	}); got != 0 {
		t.Errorf("sending and receiving allocate %g times", got)
	}
}

func BenchmarkReceive(b *testing.B) {
	receiver := NewReceiver(8000)
	payload := Event{Code: 5, Duration: 160}.Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = receiver.Receive(1000, payload)
	}
}
