package resample

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func mustNew(t testing.TB, from, to int) *Resampler {
	t.Helper()
	r, err := New(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sine(rate int, hertz, peak float64, samples int) []int16 {
	pcm := make([]int16, samples)
	for i := range pcm {
		pcm[i] = int16(math.Round(peak * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate))))
	}
	return pcm
}

// each runs a test for all pairs of different rates.
func each(t *testing.T, test func(t *testing.T, from, to int)) {
	for _, from := range rates {
		for _, to := range rates {
			if from != to {
				t.Run(fmt.Sprintf("%d-%d", from, to), func(t *testing.T) { test(t, from, to) })
			}
		}
	}
}

// level is in dB against a sine of the peak, in the middle of pcm.
func level(pcm []int16, peak float64) float64 {
	pcm = pcm[len(pcm)/4 : len(pcm)*3/4]
	var sum float64
	for _, sample := range pcm {
		sum += float64(sample) * float64(sample)
	}
	return 10 * math.Log10(2*sum/float64(len(pcm))/peak/peak+1e-12)
}

func TestPassesAndStops(t *testing.T) {
	each(t, func(t *testing.T, from, to int) {
		half := float64(min(from, to)) / 2
		for _, part := range []float64{0.02, 0.1, 0.3, 0.5, 0.7, 0.8, 0.88} {
			r := mustNew(t, from, to)
			out := make([]int16, r.Room(from/5))
			n := r.Resample(out, sine(from, half*part, 16000, from/5))
			// Against the ideal: the same sine, later by Delay.
			var signal, noise float64
			for i := n / 4; i < n*3/4; i++ {
				want := 16000 * math.Sin(2*math.Pi*half*part*(float64(i)-r.Delay())/float64(to))
				signal += want * want
				noise += (float64(out[i]) - want) * (float64(out[i]) - want)
			}
			least := 55.0
			if part > 0.85 {
				least = 25 // 0.5 dB
			}
			if got := 10 * math.Log10(signal/noise); got < least {
				t.Errorf("%.0f Hz: %.1f dB from the ideal, want %g (level %.2f)", half*part, got, least, level(out[:n], 16000))
			}
		}
		if to > from {
			return
		}
		for hertz := half * 1.03; hertz < float64(from)/2; hertz *= 1.17 {
			r := mustNew(t, from, to)
			out := make([]int16, r.Room(from/5))
			n := r.Resample(out, sine(from, hertz, 16000, from/5))
			if got := level(out[:n], 16000); got > -54 {
				t.Errorf("%.0f Hz folds over at %.1f dB", hertz, got)
			}
		}
	})
}

// However the stream is cut, the samples are the same.
func TestStreaming(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	each(t, func(t *testing.T, from, to int) {
		src := make([]int16, 20000)
		for i := range src {
			src[i] = int16(random.IntN(65536) - 32768)
		}
		r := mustNew(t, from, to)
		whole := make([]int16, r.Room(len(src)))
		whole = whole[:r.Resample(whole, src)]
		if want := len(src) * to / from; len(whole) < want || len(whole) > want+1 {
			t.Errorf("%d samples become %d, want %d", len(src), len(whole), want)
		}
		r.Reset()
		var pieces []int16
		room := make([]int16, 20000)
		for rest := src; len(rest) > 0; {
			n := min(len(rest), random.IntN(700))
			got := r.Resample(room[:r.Room(n)], rest[:n])
			pieces = append(pieces, room[:got]...)
			rest = rest[n:]
		}
		if !slices.Equal(pieces, whole) {
			t.Error("pieces are not the whole")
		}
		r.Reset()
		for at := 0; at+from/50 <= len(src); at += from / 50 {
			if n := r.Resample(room, src[at:at+from/50]); n != to/50 {
				t.Fatalf("20 ms are always 20 ms: %d samples", n)
			}
		}
	})
}

func TestConstants(t *testing.T) {
	each(t, func(t *testing.T, from, to int) {
		for _, value := range []int16{0, 1, -1, 1000, 32767, -32768} {
			r := mustNew(t, from, to)
			out := make([]int16, r.Room(2000))
			n := r.Resample(out, slices.Repeat([]int16{value}, 2000))
			if got := out[n-1]; got != value {
				t.Errorf("%d becomes %d", value, got)
			}
		}
	})
}

func TestLoudest(t *testing.T) {
	each(t, func(t *testing.T, from, to int) {
		for _, taps := range mustNew(t, from, to).phases {
			sum, most := int32(0), int64(0)
			for _, tap := range taps {
				sum += tap
				most += int64(max(tap, -tap)) << 15
			}
			if sum != 1<<scale || most > math.MaxInt32-1<<scale {
				t.Errorf("a phase adds up to %d, at most %d with the loudest sound of the worst signs", sum, most)
			}
		}
	})
	for _, value := range []int16{32767, -32768} {
		line := slices.Repeat([]int16{value}, 8)
		if got := filter(line, []int32{10000, -100, 10000, 2500, 0, 0, 0, 0}); got != value {
			t.Errorf("what overshoots %d is cut there, and does not wrap: %d", value, got)
		}
	}
}

func TestThereAndBack(t *testing.T) {
	for _, wide := range []int{16000, 24000, 32000, 48000} {
		pcm := sine(8000, 1000, 12000, 8000)
		up, down := mustNew(t, 8000, wide), mustNew(t, wide, 8000)
		middle, out := make([]int16, wide), make([]int16, 8000)
		up.Resample(middle, pcm)
		down.Resample(out, middle)
		delay := up.Delay()*8000/float64(wide) + down.Delay()
		var signal, noise float64
		for i := 2000; i < 6000; i++ {
			want := 12000 * math.Sin(2*math.Pi*1000*(float64(i)-delay)/8000)
			signal += want * want
			noise += (float64(out[i]) - want) * (float64(out[i]) - want)
		}
		if got := 10 * math.Log10(signal/noise); got < 55 {
			t.Errorf("8000 to %d and back: %.1f dB", wide, got)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, pair := range [][2]int{{0, 8000}, {8000, 44100}, {11025, 8000}, {8000, -8000}, {96000, 48000}} {
		if _, err := New(pair[0], pair[1]); !errors.Is(err, ErrRates) {
			t.Errorf("%v: %v", pair, err)
		}
	}
	same := mustNew(t, 8000, 8000)
	out := make([]int16, 4)
	if n := same.Resample(out, []int16{1, 2, 3}); n != 3 || !slices.Equal(out[:3], []int16{1, 2, 3}) || same.Room(3) != 3 || same.Delay() != 0 {
		t.Errorf("equal rates are copied: %v", out)
	}
	up := mustNew(t, 8000, 16000)
	if n := up.Resample(out, make([]int16, 100)); n != 4 {
		t.Errorf("too little room takes what fits: %d", n)
	}
	if n := up.Resample(make([]int16, 320), make([]int16, 160)); n != 320 {
		t.Errorf("and it goes on: %d", n)
	}
	if n := up.Resample(nil, make([]int16, 160)); n != 0 {
		t.Errorf("no room: %d", n)
	}
}

func TestNoAllocation(t *testing.T) {
	up, down := mustNew(t, 8000, 48000), mustNew(t, 48000, 8000)
	narrow, wide := make([]int16, 160), make([]int16, 960)
	if got := testing.AllocsPerRun(100, func() {
		up.Resample(wide, narrow)
		down.Resample(narrow, wide)
	}); got != 0 {
		t.Errorf("resampling allocates %g times", got)
	}
}

func BenchmarkResample(b *testing.B) {
	for _, pair := range [][2]int{{8000, 16000}, {16000, 8000}, {16000, 48000}, {48000, 16000}, {8000, 48000}} {
		b.Run(fmt.Sprintf("%d-%d", pair[0], pair[1]), func(b *testing.B) {
			r := mustNew(b, pair[0], pair[1])
			src, dst := make([]int16, pair[0]/50), make([]int16, pair[1]/50)
			for b.Loop() {
				r.Resample(dst, src)
			}
		})
	}
}
