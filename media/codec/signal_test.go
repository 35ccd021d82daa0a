package codec

import (
	"math"
	"math/rand/v2"
	"testing"

	"hookflash/media/graph"
)

// sine is a sine of a frequency, with a peak out of 32767.
func sine(rate int, hertz, peak float64, samples int) []int16 {
	pcm := make([]int16, samples)
	for i := range pcm {
		pcm[i] = int16(peak * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate)))
	}
	return pcm
}

// speech is like speech: a buzz of a wandering pitch through two wandering resonances, with
// pauses, and some breath.
func speech(rate, samples int, seed uint64) []int16 {
	random := rand.New(rand.NewPCG(seed, 1))
	pcm := make([]int16, samples)
	var phase float64
	var first, second [2]float64
	for i := range pcm {
		at := float64(i) / float64(rate)
		pitch := 120 + 30*math.Sin(2*math.Pi*0.7*at)
		phase += pitch / float64(rate)
		source := random.NormFloat64() * 0.01
		if phase >= 1 {
			phase--
			source++
		}
		if math.Mod(at, 1.1) > 0.9 {
			source *= 0.02
		}
		sound := resonate(&first, source, 500+200*math.Sin(2*math.Pi*1.3*at), float64(rate)) +
			resonate(&second, source, 1500+500*math.Sin(2*math.Pi*0.9*at), float64(rate))/2
		pcm[i] = int16(max(-32000, min(32000, sound*6000)))
	}
	return pcm
}

func resonate(memory *[2]float64, source, hertz, rate float64) float64 {
	radius := math.Exp(-math.Pi * 80 / rate)
	sound := source + 2*radius*math.Cos(2*math.Pi*hertz/rate)*memory[0] - radius*radius*memory[1]
	memory[1], memory[0] = memory[0], sound
	return sound
}

// ratio is the signal-to-noise ratio in dB of got against want, at the delay of got (in samples,
// up to most) where it is best.
func ratio(want, got []int16, most int) float64 {
	best := math.Inf(-1)
	for delay := range most + 1 {
		var signal, noise float64
		for i := most; i+delay < len(got) && i < len(want); i++ {
			difference := float64(want[i]) - float64(got[i+delay])
			signal += float64(want[i]) * float64(want[i])
			noise += difference * difference
		}
		best = max(best, 10*math.Log10(signal/(noise+1e-9)))
	}
	return best
}

func mustNew(t testing.TB, name string) Codec {
	t.Helper()
	c, err := New(graph.Codec{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// through encodes and decodes in frames of 20 ms.
func through(t testing.TB, c Codec, pcm []int16) []int16 {
	t.Helper()
	frame := c.Rate() / 50
	payload := make([]byte, 1500)
	out := make([]int16, 0, len(pcm))
	room := make([]int16, frame)
	for len(pcm) >= frame {
		n, err := c.Encode(payload, pcm[:frame])
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Decode(room, payload[:n])
		if err != nil || m != frame {
			t.Fatalf("a frame comes back as long as it went: %d samples, %v", m, err)
		}
		out = append(out, room...)
		pcm = pcm[frame:]
	}
	return out
}
