package mix

import (
	"testing"

	"pgregory.net/rapid"
)

// repeat converts by repeating and by leaving out: easy to foresee.
type repeat struct{ converted, resets int }

func (r *repeat) Convert(to, from []int16) {
	r.converted++
	for i := range to {
		to[i] = from[i*len(from)/len(to)]
	}
}

func (r *repeat) Reset() { r.resets++ }

// TestEachHearsTheOthers compares with the definition: for every member the clipped sum of all
// others, converted by rate.
func TestEachHearsTheOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New(&repeat{}, &repeat{})
		count := rapid.IntRange(0, 8).Draw(t, "members")
		members := make([]*Member, count)
		for i := range members {
			members[i] = &Member{Wide: rapid.Bool().Draw(t, "wide"), Deaf: rapid.IntRange(0, 4).Draw(t, "deaf") == 0}
		}
		for range 3 {
			for _, member := range members {
				member.Says = nil
				if rapid.Bool().Draw(t, "speaks") {
					// A level per frame: converting by repeating keeps it.
					member.Says = level(member.Wide, int16(rapid.IntRange(-9000, 9000).Draw(t, "level")))
				}
			}
			m.Tick(members)
			for i := range members {
				check(t, m, members, i)
			}
		}
	})
}

func level(wide bool, value int16) []int16 {
	frame := make([]int16, Narrow)
	if wide {
		frame = make([]int16, Wide)
	}
	for i := range frame {
		frame[i] = value
	}
	return frame
}

func check(t *rapid.T, m *Mixer, members []*Member, i int) {
	member := members[i]
	hears := m.Hears(member)
	var same, other int32
	others := false
	for j, speaker := range members {
		if j == i || speaker.Says == nil {
			continue
		}
		others = true
		if speaker.Wide == member.Wide {
			same += int32(speaker.Says[0])
		} else {
			other += int32(speaker.Says[0])
		}
	}
	switch {
	case member.Deaf || !others:
		if hears != nil {
			t.Fatalf("member %d hears something", i)
		}
	case len(hears) != len(level(member.Wide, 0)):
		t.Fatalf("member %d hears %d samples", i, len(hears))
	default:
		want := saturate(same + int32(saturate(other)))
		for _, sample := range hears {
			if sample != want {
				t.Fatalf("member %d hears %d, not %d", i, sample, want)
			}
		}
	}
}

func TestTooLoudIsClipped(t *testing.T) {
	var m Mixer
	members := []*Member{{Says: level(false, 30000)}, {Says: level(false, 30000)}, {}, {Says: level(false, -30000)}}
	m.Tick(members)
	for i, want := range []int16{0, 0, 30000, 32767} {
		if m.Hears(members[i])[7] != want {
			t.Errorf("member %d hears %d, not %d", i, m.Hears(members[i])[7], want)
		}
	}
}

func TestSilentMembersShareOneFrame(t *testing.T) {
	var m Mixer
	members := []*Member{{Says: level(false, 1)}, {}, {}, {Says: level(false, 2)}}
	m.Tick(members)
	if &m.Hears(members[1])[0] != &m.Hears(members[2])[0] {
		t.Error("what the silent hear is made once")
	}
	members[3].Says = nil
	m.Tick(members)
	if &m.Hears(members[1])[0] != &members[0].Says[0] || m.Hears(members[0]) != nil {
		t.Error("a lone speaker's frame is passed on as it is, to the others only")
	}
}

func TestConvertersRunPerRoom(t *testing.T) {
	up, down := &repeat{}, &repeat{}
	m := New(up, down)
	members := []*Member{{Says: level(false, 1)}, {Wide: true}, {Wide: true}, {Wide: true}}
	m.Tick(members)
	if up.converted != 1 || down.converted != 0 {
		t.Errorf("one conversion for three hearers, none back: %d up, %d down", up.converted, down.converted)
	}
}

func TestNoAllocation(t *testing.T) {
	m := New(&repeat{}, &repeat{})
	members := []*Member{{Says: level(false, 1)}, {Says: level(true, 9), Wide: true}, {Says: level(false, 2)}, {}, {Wide: true}}
	if n := testing.AllocsPerRun(1000, func() {
		m.Tick(members)
		for _, member := range members {
			m.Hears(member)
		}
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func BenchmarkTwentySpeakers(b *testing.B) {
	var m Mixer
	members := make([]*Member, 20)
	for i := range members {
		members[i] = &Member{Says: level(false, int16(i))}
	}
	for b.Loop() {
		m.Tick(members)
		for _, member := range members {
			m.Hears(member)
		}
	}
}
