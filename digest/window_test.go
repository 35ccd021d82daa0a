package digest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// nonceAt is a nonce issued so long after start.
func nonceAt(after time.Duration) Nonce {
	return Nonce{Issued: start.Add(after).UnixMilli(), Salt: 1}
}

func wantVerdict(t *testing.T, reason string, got, want Verdict) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", reason, got, want)
	}
}

func TestWindowAcceptsEachCountOnce(t *testing.T) {
	var windows Windows
	nonce := nonceAt(0)
	for _, c := range []struct {
		reason string
		nc     uint32
		want   Verdict
	}{
		{"no count", 0, Replayed},
		{"first", 1, Fresh},
		{"again", 1, Replayed},
		{"one was lost", 5, Fresh},
		{"late", 3, Fresh},
		{"late again", 3, Replayed},
		{"later", 2, Fresh},
		{"no count", 0, Replayed},
		{"the end of the window is 63 behind", 68, Fresh},
		{"63 behind, used", 5, Replayed},
		{"64 behind, too far to tell", 4, Replayed},
		{"62 behind, not used", 6, Fresh},
		{"far ahead", 68 + 64, Fresh},
		{"64 behind", 68, Replayed},
		{"63 behind", 69, Fresh},
		{"as far as it goes", 1<<32 - 1, Fresh},
		{"as far as it goes, again", 1<<32 - 1, Replayed},
		{"just before", 1<<32 - 2, Fresh},
		{"long ago", 70, Replayed},
	} {
		wantVerdict(t, c.reason, windows.Accept(start, nonce, c.nc), c.want)
	}
	other := nonce
	other.Salt++
	wantVerdict(t, "another nonce of the same millisecond counts for itself", windows.Accept(start, other, 1), Fresh)
}

// Against a list of all that was ever used: what the window passes was never passed before, and
// what is new and within the window passes.
func TestWindowAgainstAList(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		var window Window
		used := map[uint32]bool{}
		next := uint32(1)
		for range 2000 {
			nc := next + random.Uint32N(8)
			if back := random.Uint32N(90); random.IntN(2) == 0 && back < nc {
				nc -= back
			}
			inside := nc+windowSize > window.Highest
			got := window.use(nc)
			if want := nc != 0 && inside && !used[nc]; got != want {
				t.Fatalf("seed %d: nc %d behind %d: %v, want %v", seed, nc, window.Highest, got, want)
			}
			used[nc] = used[nc] || got
			next = max(next, nc)
		}
	}
}

func TestWindowsEvictTheOldest(t *testing.T) {
	var windows Windows
	for i := range MaxWindows {
		wantVerdict(t, "room", windows.Accept(start, nonceAt(time.Duration(i-40)*time.Second), 1), Fresh)
	}
	oldest, second := nonceAt(-40*time.Second), nonceAt(-39*time.Second)
	wantVerdict(t, "the oldest goes on while there is room", windows.Accept(start, oldest, 2), Fresh)
	wantVerdict(t, "one too many", windows.Accept(start, nonceAt(0), 1), Fresh)
	if windows.Len() != MaxWindows || windows.Floor() != oldest.Issued {
		t.Fatalf("%d windows, floor %d", windows.Len(), windows.Floor())
	}
	wantVerdict(t, "the oldest is no longer known", windows.Accept(start, oldest, 3), Stale)
	wantVerdict(t, "a replay of the oldest", windows.Accept(start, oldest, 1), Stale)
	wantVerdict(t, "one issued with the oldest", windows.Accept(start, Nonce{oldest.Issued, 99}, 1), Stale)
	wantVerdict(t, "one issued before", windows.Accept(start, nonceAt(-50*time.Second), 1), Stale)
	wantVerdict(t, "the second oldest goes on", windows.Accept(start, second, 2), Fresh)
	wantVerdict(t, "a replay of the second oldest", windows.Accept(start, second, 1), Replayed)

	late := Nonce{oldest.Issued + 1, 99}
	wantVerdict(t, "older than all in use, but above the floor", windows.Accept(start, late, 1), Fresh)
	wantVerdict(t, "and never again", windows.Accept(start, late, 1), Stale)
	wantVerdict(t, "nor further", windows.Accept(start, late, 2), Stale)
}

func TestWindowsPrune(t *testing.T) {
	var windows Windows
	windows.Accept(start, nonceAt(0), 1)
	windows.Accept(start.Add(time.Minute), nonceAt(time.Minute), 1)
	windows.Prune(start.Add(Lifetime), Lifetime)
	if windows.Len() != 2 {
		t.Fatalf("forgot a nonce that still lives: %d", windows.Len())
	}
	windows.Prune(start.Add(Lifetime+time.Second), Lifetime)
	if windows.Len() != 1 {
		t.Fatalf("%d windows, want 1", windows.Len())
	}
	wantVerdict(t, "the clock was set back and a forgotten use comes again", windows.Accept(start, nonceAt(0), 1), Stale)
	wantVerdict(t, "the other goes on", windows.Accept(start, nonceAt(time.Minute), 2), Stale)
	wantVerdict(t, "the other goes on in its time", windows.Accept(start.Add(time.Minute), nonceAt(time.Minute), 2), Fresh)
	windows.Prune(start.Add(time.Hour), Lifetime)
	if windows.Len() != 0 || windows.Floor() != nonceAt(time.Minute).Issued {
		t.Errorf("%d windows, floor %d", windows.Len(), windows.Floor())
	}
}

// The clock goes ten years forward and comes back: nobody is locked out, nothing is replayed.
func TestWindowsWhenTheClockWasForward(t *testing.T) {
	const years = 10 * 365 * 24 * time.Hour
	var windows Windows
	before := nonceAt(0)
	wantVerdict(t, "before", windows.Accept(start, before, 1), Fresh)
	for i := range 2 * MaxWindows {
		after := years + time.Duration(i)*time.Second
		wantVerdict(t, "forward", windows.Accept(start.Add(after), nonceAt(after), 1), Fresh)
	}
	if windows.Floor() <= before.Issued {
		t.Fatal("the floor didn't rise: the test tests nothing")
	}
	now := start.Add(time.Minute)
	wantVerdict(t, "a replay from before", windows.Accept(now, before, 1), Stale)
	wantVerdict(t, "an unused one from before", windows.Accept(now, nonceAt(30*time.Second), 1), Stale)
	wantVerdict(t, "one from the future", windows.Accept(now, nonceAt(years+70*time.Second), 1), Stale)
	for i := range 2 * MaxWindows {
		after := time.Minute + time.Duration(i+1)*time.Second
		now := start.Add(after)
		wantVerdict(t, "a new one", windows.Accept(now, nonceAt(after), 1), Fresh)
		wantVerdict(t, "a new one, replayed", windows.Accept(now, nonceAt(after), 1), Replayed)
	}
	for window := range windows.All() {
		if window.Nonce.Issued > now.Add(time.Hour).UnixMilli() {
			t.Error("a nonce from the future takes the place of one in use")
			break
		}
	}
}

// What is accepted is logged, what is logged is restored: afterwards every use is refused and every
// live nonce goes on, whether all comes from the log, or from a snapshot at any point with the whole
// log on top.
func TestWindowsSurviveRestart(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	const steps = 400
	snapshots := []int{0, 1, steps / 2, steps}
	var live Windows
	var log []byte
	var accepted []Use
	var images [][]byte
	now := start
	for step := 0; step <= steps; step++ {
		if slices.Contains(snapshots, step) {
			images = append(images, live.Append(nil))
		}
		now = now.Add(time.Second)
		nonce := nonceAt(time.Duration(step-random.IntN(40)) * time.Second)
		nc := 1 + random.Uint32N(5)
		if live.Accept(now, nonce, nc) == Fresh {
			use := Use{Username: "alice@example.test", Nonce: nonce, NC: nc}
			accepted, log = append(accepted, use), use.Append(log)
		}
	}
	for i, image := range images {
		restored, rest, err := ParseWindows(image)
		if err != nil || len(rest) != 0 {
			t.Fatalf("snapshot %d: %v, %d bytes left", i, err, len(rest))
		}
		uses := 0
		for rest := log; len(rest) > 0; uses++ {
			var use Use
			if use, rest, err = ParseUse(rest); err != nil || use != accepted[uses] {
				t.Fatalf("use %d: %+v, %v", uses, use, err)
			}
			restored.Restore(now, use.Nonce, use.NC)
		}
		if uses != len(accepted) || uses < 2*MaxWindows {
			t.Fatalf("%d uses of %d", uses, len(accepted))
		}
		wantSameWindows(t, live, restored)
		for _, use := range accepted {
			if restored.Accept(now, use.Nonce, use.NC) == Fresh {
				t.Fatalf("snapshot %d: %+v was replayed", i, use)
			}
		}
		for window := range live.All() {
			wantVerdict(t, "a live nonce goes on", restored.Accept(now, window.Nonce, window.Highest+1), Fresh)
		}
	}
}

func wantSameWindows(t *testing.T, want, got Windows) {
	t.Helper()
	known := map[Nonce]Window{}
	for window := range got.All() {
		known[window.Nonce] = window
	}
	for window := range want.All() {
		if known[window.Nonce] != window {
			t.Errorf("restored %+v, want %+v", known[window.Nonce], window)
		}
	}
	if got.Floor() != want.Floor() || got.Len() != want.Len() {
		t.Errorf("restored floor %d and %d windows, want %d and %d", got.Floor(), got.Len(), want.Floor(), want.Len())
	}
}

func TestRecordsThatAreNone(t *testing.T) {
	use := Use{Username: "alice", Nonce: nonceAt(0), NC: 1 << 30}.Append(nil)
	for i := range use {
		if _, _, err := ParseUse(use[:i]); err != ErrRecord {
			t.Errorf("a use cut at %d: %v", i, err)
		}
	}
	var windows Windows
	windows.Accept(start, nonceAt(0), 1)
	windows.Accept(start, nonceAt(time.Second), 1<<30)
	image := windows.Append(nil)
	for i := range image {
		if _, _, err := ParseWindows(image[:i]); err != ErrRecord {
			t.Errorf("windows cut at %d: %v", i, err)
		}
	}
	one := appendPayload(nil, nonceAt(0))
	for reason, data := range map[string][]byte{
		"a floor after the year 10889": {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0},
		"a window twice":               slices.Concat([]byte{0, 2}, one, []byte{1, 1}, one, []byte{2, 1}),
		"a highest count of 0":         slices.Concat([]byte{0, 1}, one, []byte{0, 1}),
		"a highest count not used":     slices.Concat([]byte{0, 1}, one, []byte{2, 2}),
		"33 windows":                   append([]byte{0, MaxWindows + 1}, make([]byte, 40*MaxWindows)...),
		"a number without an end":      {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80},
	} {
		if _, _, err := ParseWindows(data); err != ErrRecord {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

func TestAcceptDoesNotAllocateOnceFull(t *testing.T) {
	var windows Windows
	for i := range 2 * MaxWindows {
		windows.Accept(start, nonceAt(time.Duration(i)*time.Millisecond), 1)
	}
	after := time.Second
	allocations := testing.AllocsPerRun(100, func() {
		after += time.Millisecond
		if windows.Accept(start, nonceAt(after), 1) != Fresh || windows.Accept(start, nonceAt(after), 1) != Replayed {
			t.Fatal("not once")
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func FuzzRecords(f *testing.F) {
	var windows Windows
	windows.Accept(start, nonceAt(0), 1)
	windows.Accept(start, nonceAt(time.Second), 1<<30)
	f.Add(windows.Append(nil))
	f.Add(Use{Username: "alice", Nonce: nonceAt(0), NC: 1}.Append(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if use, rest, err := ParseUse(data); err == nil {
			again, left, err := ParseUse(append(use.Append(nil), rest...))
			if err != nil || again != use || len(left) != len(rest) {
				t.Errorf("%+v comes back as %+v, %v", use, again, err)
			}
		}
		windows, _, err := ParseWindows(data)
		if err != nil {
			return
		}
		again, left, err := ParseWindows(windows.Append(nil))
		if err != nil || len(left) != 0 {
			t.Fatalf("%+v: %v", windows, err)
		}
		wantSameWindows(t, windows, again)
	})
}
