package dtmf

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hookflash/media/tone"
)

func newDetector(t testing.TB, rate int) *Detector {
	t.Helper()
	detector, err := NewDetector(rate)
	if err != nil {
		t.Fatal(err)
	}
	return detector
}

// sound is digits as samples, with silence before and after.
func sound(t testing.TB, rate int, digits string, timing Timing) []int16 {
	t.Helper()
	tones, err := Tones(digits, timing)
	if err != nil {
		t.Fatal(err)
	}
	generator, err := tone.New(tones, rate)
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, int(generator.Length())+rate/5)
	generator.Generate(pcm[rate/10:], 0)
	return pcm
}

// listen gives the digits heard, in frames of 20 ms.
func listen(detector *Detector, pcm []int16) (digits string, presses []Press) {
	frame := detector.rate / 50
	for len(pcm) > 0 {
		n := min(frame, len(pcm))
		for _, press := range detector.Listen(pcm[:n]) {
			digits += string(press.Digit)
			presses = append(presses, press)
		}
		pcm = pcm[n:]
	}
	return digits, presses
}

// pair is one digit's two sines with levels in dBFS, detuned, at a phase.
func pair(rate int, digit byte, levels [2]float64, detune float64, milliseconds int) []int16 {
	place := strings.IndexByte(keypad, digit)
	pcm := make([]int16, rate*milliseconds/1000)
	for i := range pcm {
		at := float64(i) / float64(rate) * 2 * math.Pi * (1 + detune)
		value := 32767 * (math.Pow(10, levels[0]/20)*math.Sin(at*rows[place/4]) + math.Pow(10, levels[1]/20)*math.Sin(at*columns[place%4]+1))
		pcm[i] = int16(max(-32768, min(32767, value)))
	}
	return pcm
}

func TestEveryDigitAtEveryRate(t *testing.T) {
	for _, rate := range []int{8000, 16000, 24000, 32000, 48000} {
		for _, timing := range []Timing{{}, {Each: 40 * time.Millisecond, Pause: 40 * time.Millisecond}, {Each: 65 * time.Millisecond, Pause: 50 * time.Millisecond}} {
			const twice = "00112233445566778899**##AABBCCDD147*2580369#ABCD"
			got, presses := listen(newDetector(t, rate), sound(t, rate, twice, timing))
			if got != twice {
				t.Errorf("%d Hz, %+v: heard %q, want %q", rate, timing, got, twice)
			}
			for _, press := range presses {
				want := timing.filled().Each
				if wrong := press.Lasted - want; wrong < -13*time.Millisecond || wrong > 13*time.Millisecond {
					t.Errorf("%d Hz: %c lasted %v, want about %v", rate, press.Digit, press.Lasted, want)
				}
			}
		}
	}
}

func TestWhatIsADigit(t *testing.T) {
	usual := [2]float64{-13, -11}
	quiet := make([]int16, 800)
	for _, test := range []struct {
		reason string
		pcm    []int16
		want   string
	}{
		{"usual", pair(8000, '5', usual, 0, 60), "5"},
		{"Q.24: 40 ms are a digit", pair(8000, '5', usual, 0, 40), "5"},
		{"Q.24: 23 ms are none", pair(8000, '5', usual, 0, 23), ""},
		{"detuned by 1.5 % up", pair(8000, '5', usual, 0.015, 60), "5"},
		{"detuned by 1.5 % down", pair(8000, '9', usual, -0.015, 60), "9"},
		{"detuned by 4 %", pair(8000, '5', usual, 0.04, 60), ""},
		{"column 6 dB louder", pair(8000, '1', [2]float64{-19, -13}, 0, 60), "1"},
		{"row 4 dB louder", pair(8000, '1', [2]float64{-13, -17}, 0, 60), "1"},
		{"column 12 dB louder", pair(8000, '1', [2]float64{-25, -13}, 0, 60), ""},
		{"row 12 dB louder", pair(8000, '1', [2]float64{-13, -25}, 0, 60), ""},
		{"quiet", pair(8000, '#', [2]float64{-32, -32}, 0, 60), "#"},
		{"too quiet", pair(8000, '#', [2]float64{-45, -45}, 0, 60), ""},
		{"loudest", pair(8000, 'D', [2]float64{-6.1, -6.1}, 0, 60), "D"},
		{"clipped has harmonics, but not the second", pair(8000, 'D', [2]float64{-3, -3}, 0, 60), "D"},
		{"a row alone", pair(8000, '1', [2]float64{-13, -90}, 0, 60), ""},
		{"a column alone", pair(8000, '1', [2]float64{-90, -13}, 0, 60), ""},
		{"a dropout of 8 ms does not make two", gap(pair(8000, '7', usual, 0, 120), 400, 64), "7"},
		{"a pause of 40 ms does", gap(pair(8000, '7', usual, 0, 180), 560, 320), "77"},
	} {
		// At every place of the block's raster.
		for shift := range 4 {
			pcm := append(append(append([]int16(nil), quiet[:400+13*shift]...), test.pcm...), quiet...)
			if got, _ := listen(newDetector(t, 8000), pcm); got != test.want {
				t.Errorf("%s (shift %d): heard %q, want %q", test.reason, shift, got, test.want)
			}
		}
	}
	for _, rate := range []int{0, 7999, 48001} {
		if _, err := NewDetector(rate); !errors.Is(err, ErrRate) {
			t.Errorf("%d Hz: %v", rate, err)
		}
	}
}

func gap(pcm []int16, from, length int) []int16 {
	clear(pcm[from : from+length])
	return pcm
}

func TestHarmonicsAreNoDigit(t *testing.T) {
	for i := range len(keypad) {
		place := i
		pcm := pair(8000, keypad[i], [2]float64{-15, -15}, 0, 200)
		for j := range pcm {
			at := 4 * math.Pi * float64(j) / 8000
			pcm[j] += int16(32767 * 0.08 * (math.Sin(at*rows[place/4]) + math.Sin(at*columns[place%4])))
		}
		if got, _ := listen(newDetector(t, 8000), append(pcm, make([]int16, 800)...)); got != "" {
			t.Errorf("%c with second harmonics 7 dB down, as a voice has: heard %q", keypad[i], got)
		}
	}
}

func TestDigitsInNoise(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	missed := 0
	for range 20 {
		pcm := sound(t, 8000, Digits, Timing{Each: 60 * time.Millisecond})
		for i := range pcm {
			pcm[i] += int16(random.NormFloat64() * 1000) // about 17 dB below
		}
		if got, _ := listen(newDetector(t, 8000), pcm); got != Digits {
			missed++
			t.Logf("heard %q", got)
		}
	}
	if missed > 0 {
		t.Errorf("%d of 20 sequences were misheard in noise 17 dB below", missed)
	}
}

// Sounds that are no digits, by seed; the seconds of each that are listened to.
func TestTalkOff(t *testing.T) {
	seconds := 300
	if testing.Short() {
		seconds = 40
	}
	for name, make := range map[string]func(random *rand.Rand, pcm []int16){
		"noise":   noise,
		"voice":   voice,
		"chords":  chords,
		"whistle": whistle,
	} {
		random := rand.New(rand.NewPCG(11, 12))
		detector := newDetector(t, 8000)
		heard := ""
		pcm := [8000]int16{}
		for range seconds {
			make(random, pcm[:])
			got, _ := listen(detector, pcm[:])
			heard += got
		}
		t.Logf("%s: %d digits in %d s", name, len(heard), seconds)
		if len(heard) > 0 {
			t.Errorf("%s: heard %q in %d s", name, heard, seconds)
		}
	}
}

func noise(random *rand.Rand, pcm []int16) {
	level := math.Exp(random.Float64()*4) * 150
	for i := range pcm {
		pcm[i] = int16(max(-32768, min(32767, random.NormFloat64()*level)))
	}
}

// voice is a buzz of a random, gliding pitch through three random resonances, changing ten times
// a second.
func voice(random *rand.Rand, pcm []int16) {
	var phase float64
	var memory [3][2]float64
	var hertz, width [3]float64
	pitch, glide := 0.0, 0.0
	for i := range pcm {
		if i%800 == 0 {
			pitch, glide = 80+240*random.Float64(), (random.Float64()-0.5)*0.01
			for j, base := range []float64{300, 900, 2000} {
				hertz[j], width[j] = base*(1+1.2*random.Float64()), 40+100*random.Float64()
			}
		}
		pitch += glide
		phase += pitch / 8000
		source := random.NormFloat64() * 0.02
		if phase >= 1 {
			phase--
			source++
		}
		sound := 0.0
		for j := range memory {
			radius := math.Exp(-math.Pi * width[j] / 8000)
			next := source + 2*radius*math.Cos(2*math.Pi*hertz[j]/8000)*memory[j][0] - radius*radius*memory[j][1]
			memory[j][1], memory[j][0] = memory[j][0], next
			sound += next / float64(j+1)
		}
		pcm[i] = int16(max(-32000, min(32000, sound*5000)))
	}
}

// chords are three notes with their overtones, as of an organ.
func chords(random *rand.Rand, pcm []int16) {
	var notes [3]float64
	for i := range pcm {
		if i%2000 == 0 {
			for j := range notes {
				notes[j] = 110 * math.Pow(2, float64(random.IntN(36))/12)
			}
		}
		sound := 0.0
		for _, note := range notes {
			for overtone := 1; overtone < 5 && note*float64(overtone) < 4000; overtone++ {
				sound += math.Sin(2*math.Pi*note*float64(overtone)*float64(i)/8000) / float64(overtone)
			}
		}
		pcm[i] = int16(sound * 4000)
	}
}

// whistle is two sines that glide over everything.
func whistle(random *rand.Rand, pcm []int16) {
	from, to := 500+1500*random.Float64(), 500+1500*random.Float64()
	var one, two float64
	for i := range pcm {
		hertz := from + (to-from)*float64(i)/float64(len(pcm))
		one += 2 * math.Pi * hertz / 8000
		two += 2 * math.Pi * hertz * 1.31 / 8000
		pcm[i] = int16(6000 * (math.Sin(one) + 0.2*math.Sin(two)))
	}
}

func TestListenDoesNotAllocate(t *testing.T) {
	detector := newDetector(t, 8000)
	pcm := sound(t, 8000, "159D", Timing{})
	at := 0
	if got := testing.AllocsPerRun(500, func() {
		detector.Listen(pcm[at : at+160])
		at = (at + 160) % (len(pcm) - 160)
	}); got != 0 {
		t.Errorf("listening allocates %g times", got)
	}
}

func BenchmarkListen(b *testing.B) {
	detector := newDetector(b, 8000)
	pcm := sound(b, 8000, "5", Timing{Each: 500 * time.Millisecond})[1600:1760]
	for b.Loop() {
		detector.Listen(pcm)
	}
}
