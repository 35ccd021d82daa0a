package codec

import (
	"math"
	"testing"
)

// lose sends pcm through c in frames of 20 ms and loses the frames that it is told to.
func lose(t *testing.T, c Codec, pcm []int16, lost func(frame int) bool) []int16 {
	t.Helper()
	frame := c.Rate() / 50
	payload, out := make([]byte, 1500), make([]int16, len(pcm)/frame*frame)
	for at := 0; at+frame <= len(pcm); at += frame {
		n, err := c.Encode(payload, pcm[at:at+frame])
		if err != nil {
			t.Fatal(err)
		}
		if lost(at / frame) {
			if n := c.Conceal(out[at : at+frame]); n != frame {
				t.Fatalf("all of a gap is filled: %d samples", n)
			}
			continue
		}
		if _, err := c.Decode(out[at:at+frame], payload[:n]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func level(pcm []int16) float64 {
	var sum float64
	for _, sample := range pcm {
		sum += float64(sample) * float64(sample)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}

func TestConcealKeepsASine(t *testing.T) {
	for _, name := range []string{"PCMU", "PCMA", "G722"} {
		for _, hertz := range []float64{100, 150, 440, 1000} {
			c := mustNew(t, name)
			pcm := sine(c.Rate(), hertz, 10000, c.Rate())
			frame := c.Rate() / 50
			out := lose(t, c, pcm, func(at int) bool { return at == 20 })
			if got := ratio(pcm[18*frame:24*frame], out[18*frame:24*frame], 40); got < 12 {
				t.Errorf("%s: one lost frame of a sine of %g Hz is hardly missed: %.1f dB", name, hertz, got)
			}
			step, most := 0, 10000*2*math.Pi*hertz/float64(c.Rate())*2+600
			for i := 19 * frame; i < 23*frame; i++ {
				step = max(step, int(out[i])-int(out[i-1]), int(out[i-1])-int(out[i]))
			}
			if float64(step) > most {
				t.Errorf("%s: no click at the seams of %g Hz: a step of %d, want at most %.0f", name, hertz, step, most)
			}
		}
	}
}

func TestConcealFades(t *testing.T) {
	for _, name := range []string{"PCMU", "PCMA", "G722"} {
		c := mustNew(t, name)
		frame := c.Rate() / 50
		pcm := speech(c.Rate(), 30*frame, 5)
		out := lose(t, c, pcm, func(at int) bool { return at >= 20 })
		before := level(out[18*frame : 20*frame])
		if first := level(out[20*frame : 21*frame]); first < before/4 || first > before*2 {
			t.Errorf("%s: the gap begins as loud as the sound: %.0f after %.0f", name, first, before)
		}
		if third := level(out[22*frame : 23*frame]); third > before/2 {
			t.Errorf("%s: at 40 ms it has faded: %.0f after %.0f", name, third, before)
		}
		if rest := level(out[23*frame:]); rest != 0 {
			t.Errorf("%s: after 60 ms it is silent: %.0f", name, rest)
		}
	}
}

func TestConcealBeforeAnything(t *testing.T) {
	for _, format := range Formats() {
		c := mustNew(t, format.Name)
		out := sine(c.Rate(), 440, 10000, c.Rate()/50+7)
		if n := c.Conceal(out); n != len(out) || level(out) != 0 {
			t.Errorf("%s: nothing heard, nothing to repeat: %d samples, level %.0f", format.Name, n, level(out))
		}
		if n := c.Conceal(nil); n != 0 {
			t.Errorf("%s: nothing to fill: %d", format.Name, n)
		}
	}
}

// One frame in ten is lost: concealing is better than silence.
func TestConcealBeatsSilence(t *testing.T) {
	for _, format := range Formats() {
		if testing.Short() && format.Name == "opus" {
			continue
		}
		lost := func(at int) bool { return at%10 == 7 }
		c := mustNew(t, format.Name)
		frame := c.Rate() / 50
		pcm := speech(c.Rate(), 2*c.Rate(), 9)
		clean := through(t, mustNew(t, format.Name), pcm)
		concealed := lose(t, c, pcm, lost)
		silent := lose(t, mustNew(t, format.Name), pcm, lost)
		for at := 0; at+frame <= len(silent); at += frame {
			if lost(at / frame) {
				clear(silent[at : at+frame])
			}
		}
		with, without := ratio(clean, concealed, 0), ratio(clean, silent, 0)
		t.Logf("%s: %.1f dB, with silence %.1f dB", format.Name, with, without)
		if with < without+0.5 {
			t.Errorf("%s: concealed %.1f dB, silence %.1f dB", format.Name, with, without)
		}
	}
}
