package jitter

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const tick = 20 * time.Millisecond

// arrival is a packet of a sender of 20 ms frames, and when it comes.
type arrival struct {
	index int
	at    time.Duration
}

// stream plays the arrivals and gives what was heard: the index of a packet, -1 for a made-up
// frame, -2 for silence.
func stream(b *Buffer, arrivals []arrival, ticks int) []int {
	slices.SortStableFunc(arrivals, func(x, y arrival) int { return int(x.at - y.at) })
	var heard []int
	for t := range ticks {
		now := time.Duration(t)*tick + 7*time.Millisecond
		for len(arrivals) > 0 && arrivals[0].at <= now {
			b.Put(numbered(arrivals[0].index), arrivals[0].at)
			arrivals = arrivals[1:]
		}
		heard = append(heard, get(b, now))
	}
	return heard
}

func numbered(index int) Packet {
	return Packet{Sequence: uint16(65500 + index), Timestamp: uint32(index)*160 + 0xfffff000, Data: []byte{byte(index), byte(index >> 8)}}
}

func get(b *Buffer, now time.Duration) int {
	packet, verdict := b.Get(now)
	switch verdict {
	case Play:
		b.Lasted(160)
		return int(packet.Data[0]) | int(packet.Data[1])<<8
	case Conceal:
		return -1
	default:
		return -2
	}
}

func steady(count int, change func(index int, at time.Duration) (time.Duration, bool)) []arrival {
	var arrivals []arrival
	for i := range count {
		at := time.Duration(i) * tick
		keep := true
		if change != nil {
			at, keep = change(i, at)
		}
		if keep {
			arrivals = append(arrivals, arrival{i, at})
		}
	}
	return arrivals
}

func count(heard []int, what int) (n int) {
	for _, index := range heard {
		if index == what {
			n++
		}
	}
	return n
}

func played(heard []int) (indices []int) {
	for _, index := range heard {
		if index >= 0 {
			indices = append(indices, index)
		}
	}
	return indices
}

func TestStreams(t *testing.T) {
	for _, test := range []struct {
		reason    string
		change    func(index int, at time.Duration) (time.Duration, bool)
		missing   int // packets never heard, at most
		concealed int // frames made up, at most
		delay     int // ticks from a packet's sending to its playing, at the end, at most
	}{
		{"a steady stream is heard whole", nil, 1, 0, 2},
		{"jitter below the first delay costs nothing", func(i int, at time.Duration) (time.Duration, bool) {
			return at + time.Duration(i*7919%25)*time.Millisecond, true
		}, 1, 1, 3},
		{"every tenth packet lost is made up once each, and the delay stays", func(i int, at time.Duration) (time.Duration, bool) {
			return at, i%10 != 5
		}, 102, 102, 3},
		{"neighbours that changed places are put right", func(i int, at time.Duration) (time.Duration, bool) {
			if i%20 == 10 {
				return at + 25*time.Millisecond, true
			}
			return at, true
		}, 2, 2, 4},
		{"a stall of 200 ms is caught up with afterwards", func(i int, at time.Duration) (time.Duration, bool) {
			if i >= 100 && i < 110 {
				return 110 * tick, true
			}
			return at, true
		}, 14, 10, 3},
		{"a sender 1000 ppm fast makes the delay no longer", func(_ int, at time.Duration) (time.Duration, bool) {
			return at - at/1000, true
		}, 3, 1, 4},
		{"a sender 1000 ppm slow is waited for", func(_ int, at time.Duration) (time.Duration, bool) {
			return at + at/1000, true
		}, 2, 4, 3},
	} {
		b := New(8000)
		heard := stream(b, steady(1000, test.change), 1000)
		indices := played(heard)
		if !slices.IsSorted(indices) || len(slices.Compact(slices.Clone(indices))) != len(indices) {
			t.Errorf("%s: not in order, or twice", test.reason)
		}
		last := indices[len(indices)-1]
		if missed := last + 1 - len(indices); missed > test.missing {
			t.Errorf("%s: %d packets not heard, at most %d: %+v", test.reason, missed, test.missing, b.Statistics())
		}
		if n := count(heard, -1); n > test.concealed {
			t.Errorf("%s: %d frames made up, at most %d", test.reason, n, test.concealed)
		}
		if delay := 999 - last; delay > test.delay {
			t.Errorf("%s: the last packet heard was sent %d ticks before, at most %d", test.reason, delay, test.delay)
		}
	}
}

func TestDuplicatesAreHeardOnce(t *testing.T) {
	b := New(8000)
	arrivals := append(steady(200, nil), steady(200, func(_ int, at time.Duration) (time.Duration, bool) { return at + time.Millisecond, true })...)
	heard := stream(b, arrivals, 203)
	if n := len(played(heard)); n < 198 || count(heard, -1) > 3 {
		t.Errorf("each packet is heard once: %d played, %d made up", n, count(heard, -1))
	}
	if s := b.Statistics(); s.Duplicate != 200 || s.Late != 0 {
		t.Errorf("the copies are counted as duplicates: %+v", s)
	}
}

func TestSilentSender(t *testing.T) {
	b := New(8000)
	pause := func(i int, at time.Duration) (time.Duration, bool) { return at, i < 50 || i >= 150 }
	heard := stream(b, steady(200, pause), 200)
	if n := count(heard[60:145], -2); n != 85 {
		t.Errorf("a sender that pauses is silence, not noise: %d of 85", n)
	}
	if n := len(played(heard[150:])); n < 46 {
		t.Errorf("it is heard again after the pause: %d of 50", n)
	}
}

// Packets of telephone events take sequence numbers, and no time.
func TestPacketsWithoutAudio(t *testing.T) {
	b := New(8000)
	var heard []int
	for i := range 100 {
		now := time.Duration(i) * tick
		packet := numbered(i)
		if i >= 30 && i < 50 {
			packet.Data = nil
		}
		b.Put(packet, now)
		heard = append(heard, get(b, now+time.Millisecond))
	}
	if n := count(heard, -1); n != 0 {
		t.Errorf("nothing is made up for packets without audio: %d", n)
	}
	if n := len(played(heard)); n < 74 {
		t.Errorf("the audio around them is heard: %d of 80", n)
	}
}

func TestJumpNeedsTwoPackets(t *testing.T) {
	b := New(8000)
	stream(b, steady(50, nil), 50)
	b.Put(Packet{Sequence: 30000, Timestamp: 5, Data: []byte{1, 1}}, 50*tick)
	if b.Statistics().Strange != 1 {
		t.Error("a stray packet far away moves nothing")
	}
	b.Put(numbered(50), 50*tick)
	if packet, verdict := b.Get(50*tick + 1); verdict != Play || packet.Sequence > 50 && packet.Sequence < 65000 {
		t.Errorf("the stream goes on: %v %v", packet, verdict)
	}
	for i := range 10 {
		b.Put(Packet{Sequence: uint16(40000 + i), Timestamp: uint32(i) * 160, Data: []byte{byte(i), 2}}, time.Duration(51+i)*tick)
	}
	if packet, verdict := b.Get(61 * tick); verdict != Play || packet.Sequence < 40000 {
		t.Errorf("a sender that begins anew is believed: %v %v", packet, verdict)
	}
}

// RFC 3389 and friends: contiguous sequence numbers with a gap in the timestamps.
func TestGapInTimestamps(t *testing.T) {
	b := New(8000)
	for i := range 6 {
		packet := numbered(i)
		if i >= 3 {
			packet.Timestamp += 320
		}
		b.Put(packet, time.Duration(i)*time.Millisecond)
	}
	var heard []int
	for i := range 9 {
		heard = append(heard, get(b, 100*time.Millisecond+time.Duration(i)*tick))
	}
	heard = slices.DeleteFunc(heard, func(index int) bool { return index == -1 })
	if gap := slices.Index(heard, -2); gap < 0 || heard[gap+1] != -2 || heard[gap+2] != 3 {
		t.Errorf("the gap is silence of its length: %v", heard)
	}
}

func TestOverflowKeepsTheNewest(t *testing.T) {
	b := New(8000)
	for i := range 1000 {
		b.Put(numbered(i), 0)
	}
	if b.Waiting() > Slots {
		t.Errorf("%d wait, at most %d", b.Waiting(), Slots)
	}
	if index := get(b, time.Second); index < 1000-Slots {
		t.Errorf("the oldest are let go, heard %d", index)
	}
}

func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := New(8000)
		last := -1
		now := time.Duration(0)
		base := rapid.IntRange(0, 300).Draw(t, "base")
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now += time.Duration(rapid.IntRange(0, 40).Draw(t, "pass")) * time.Millisecond
			if rapid.Bool().Draw(t, "put") {
				index := base + rapid.IntRange(-10, 30).Draw(t, "index")
				base++
				if index >= 0 {
					b.Put(numbered(index), now)
				}
				continue
			}
			if index := get(b, now); index >= 0 {
				if index <= last {
					t.Fatalf("packet %d after %d", index, last)
				}
				last = index
			}
			if b.Waiting() < 0 || b.Waiting() > Slots {
				t.Fatalf("%d wait", b.Waiting())
			}
		}
	})
}

// TestHostilePackets: whatever numbers come, nothing breaks and little is kept.
func TestHostilePackets(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	b := New(8000)
	for i := range 200_000 {
		data := make([]byte, random.IntN(8)*300)
		b.Put(Packet{Sequence: uint16(random.Uint32() >> random.IntN(32)), Timestamp: random.Uint32(), Data: data}, time.Duration(i)*time.Millisecond)
		if i%7 == 0 {
			b.Get(time.Duration(i) * time.Millisecond)
			b.Lasted(random.Uint32() >> random.IntN(32))
		}
	}
}

func TestNoAllocation(t *testing.T) {
	b := New(8000)
	data := make([]byte, 160)
	i := 0
	step := func() {
		b.Put(Packet{Sequence: uint16(i), Timestamp: uint32(i) * 160, Data: data}, time.Duration(i)*tick)
		b.Get(time.Duration(i) * tick)
		b.Lasted(160)
		i++
	}
	for range 2 * Slots {
		step()
	}
	if n := testing.AllocsPerRun(1000, step); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// TestWholeAfterStall: a sender who was held up sends everything at once.
func TestWholeAfterStall(t *testing.T) {
	for _, test := range []struct {
		reason string
		whole  bool
		stall  int // frames
		least  int // left out
		most   int
	}{
		{"what was concealed as long as it may be is played late or not at all", false, 15, 5, 20},
		{"where all is wanted, it is played late", true, 15, 0, 0},
		{"but not later than by MaxDelay", true, 45, 10, 45},
	} {
		b := New(8000)
		b.Whole = test.whole
		heard := map[int]bool{}
		const packets, held = 300, 100
		for i := range packets + 50 {
			now := time.Duration(i) * tick
			switch {
			case i >= held && i < held+test.stall:
			case i == held+test.stall:
				for late := held; late <= i; late++ {
					b.Put(numbered(late), now)
				}
			case i < packets:
				b.Put(numbered(i), now)
			}
			if index := get(b, now); index >= 0 {
				heard[index] = true
			}
		}
		if missing := packets - len(heard); missing < test.least || missing > test.most {
			t.Errorf("%s: of a stall of %d frames %d are left out", test.reason, test.stall, missing)
		}
	}
}

// TestWhole: a stream that came late at first and then in time is played ever sooner, unless all of it is wanted.
func TestWhole(t *testing.T) {
	for _, whole := range []bool{false, true} {
		b := New(8000)
		b.Whole = whole
		heard := map[int]bool{}
		const packets = 1000
		for i := range packets + 20 {
			now := time.Duration(i) * tick
			if i < packets {
				b.Put(numbered(i), now)
			}
			if index := get(b, now); index >= 0 {
				heard[index] = true
			}
		}
		if missing := packets - len(heard); (missing == 0) != whole {
			t.Errorf("frames are left out of a stream to shorten its delay, and of one that is to be whole none: whole %v, %d left out", whole, missing)
		}
	}
}

// TestTake: what waits is handed over in order, whatever its time.
func TestTake(t *testing.T) {
	b := New(8000)
	for _, sequence := range []uint16{65535, 2, 0} {
		b.Put(Packet{Sequence: sequence, Timestamp: uint32(sequence) * 160, Data: []byte{byte(sequence)}}, 0)
	}
	var got []uint16
	for packet, ok := b.Take(); ok; packet, ok = b.Take() {
		got = append(got, packet.Sequence)
		if packet.Data[0] != byte(packet.Sequence) {
			t.Errorf("packet %d has another's data", packet.Sequence)
		}
	}
	if !slices.Equal(got, []uint16{65535, 0, 2}) {
		t.Errorf("taken: %d", got)
	}
}

// TestResume: behind a packet that was played elsewhere, the next is played at once, and what isn't there yet is
// made up.
func TestResume(t *testing.T) {
	b := New(8000)
	b.Resume(Packet{Sequence: 9, Timestamp: 1440}, 160, 0)
	if _, verdict := b.Get(0); verdict != Conceal {
		t.Errorf("before anything came: %d", verdict)
	}
	b.Put(Packet{Sequence: 10, Timestamp: 1600, Data: []byte{1}}, 20*time.Millisecond)
	if packet, verdict := b.Get(20 * time.Millisecond); verdict != Play || packet.Sequence != 10 {
		t.Errorf("the next one: %d", verdict)
	}
	b.Resume(Packet{Sequence: 20, Timestamp: 3200}, 160, 0)
	b.Put(Packet{Sequence: 21, Timestamp: 3360, Data: []byte{1}}, 10*time.Millisecond)
	if _, verdict := b.Get(20 * time.Millisecond); verdict != Play {
		t.Errorf("one that came in time: %d", verdict)
	}
}

// TestPause: what comes after a pause waits as long as the stream has needed, and not as one of which nothing is known.
func TestPause(t *testing.T) {
	b := New(8000)
	at := func(i int) time.Duration { return time.Duration(i) * 20 * time.Millisecond }
	put := func(i int) { b.Put(Packet{Sequence: uint16(i), Timestamp: uint32(i) * 160, Data: []byte{1}}, at(i)) }
	for i := range 200 {
		put(i)
		b.Get(at(i))
	}
	b.Pause()
	if b.Waiting() != 0 {
		t.Error("nothing waits")
	}
	put(300)
	if _, verdict := b.Get(at(300) + leastDelay - 1); verdict != Silence {
		t.Errorf("before its time: %d", verdict)
	}
	if _, verdict := b.Get(at(300) + leastDelay + time.Millisecond); verdict != Play {
		t.Errorf("in its time: %d", verdict)
	}
}
