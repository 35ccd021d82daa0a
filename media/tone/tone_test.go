package tone

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func mustNew(t testing.TB, text string, rate int) *Generator {
	t.Helper()
	tone, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	generator, err := New(tone, rate)
	if err != nil {
		t.Fatal(err)
	}
	return generator
}

func TestEveryToneOfTheTable(t *testing.T) {
	for _, name := range Names() {
		for _, rate := range []int{8000, 16000, 48000} {
			generator := mustNew(t, name, rate)
			whole := make([]int16, 12*rate)
			whole = whole[:generator.Generate(whole, 0)]
			// Pure: any stretch is the same as in the whole.
			piece := make([]int16, 333)
			for at := 0; at+len(piece) <= len(whole); at += 4321 {
				if n := generator.Generate(piece, uint64(at)); n != len(piece) || !slices.Equal(piece, whole[at:at+n]) {
					t.Fatalf("%s at %d: what sounds at position %d depends on it alone", name, rate, at)
				}
			}
		}
	}
}

func TestCadence(t *testing.T) {
	for _, test := range []struct {
		name    string
		on, off time.Duration
	}{
		{"ringback", time.Second, 4 * time.Second},
		{"busy", 500 * time.Millisecond, 500 * time.Millisecond},
		{"congestion", 250 * time.Millisecond, 250 * time.Millisecond},
		{"ringback-us", 2 * time.Second, 4 * time.Second},
		{"busy-cn", 350 * time.Millisecond, 350 * time.Millisecond},
	} {
		generator := mustNew(t, test.name, 8000)
		sound, silence := int(test.on.Milliseconds())*8, int(test.off.Milliseconds())*8
		pcm := make([]int16, 3*(sound+silence))
		generator.Generate(pcm, 0)
		for cycle := range 3 {
			begin := cycle * (sound + silence)
			if got := level(pcm[begin : begin+sound]); math.Abs(got-(-16)) > 0.6 {
				t.Errorf("%s: cycle %d sounds at %.1f dBFS, want -16", test.name, cycle, got)
			}
			if got := level(pcm[begin+sound : begin+sound+silence]); !math.IsInf(got, -1) {
				t.Errorf("%s: cycle %d is silent after %v, but %.1f dBFS", test.name, cycle, test.on, got)
			}
		}
	}
}

// level is of a whole stretch, in dB against a full-scale sine.
func level(pcm []int16) float64 {
	var sum float64
	for _, sample := range pcm {
		sum += float64(sample) * float64(sample)
	}
	return 10 * math.Log10(2*sum/float64(len(pcm))/32767/32767)
}

func TestSineIsASine(t *testing.T) {
	generator := mustNew(t, "440", 8000)
	const far = uint64(1) << 52 // some thousand years on
	pcm := make([]int16, 8000)
	for _, from := range []uint64{8000, far} {
		generator.Generate(pcm, from)
		phase := float64(from%200) * 440 / 8000 // 200 samples are 11 turns
		for i, got := range pcm {
			want := 32767 * math.Pow(10, -16.0/20) * math.Sin(2*math.Pi*(phase+440*float64(i)/8000))
			if from == 8000 && math.Abs(float64(got)-want) > 2 {
				t.Fatalf("sample %d is %d, want %.1f", i, got, want)
			}
		}
		if got := level(pcm); math.Abs(got+16) > 0.05 {
			t.Errorf("from %d: %.2f dBFS, want -16", from, got)
		}
	}
}

func TestEnds(t *testing.T) {
	beep := mustNew(t, "beep", 8000)
	pcm := make([]int16, 160)
	if beep.Length() != 3200 {
		t.Errorf("400 ms are 3200 samples: %d", beep.Length())
	}
	if n := beep.Generate(pcm, 3100); n != 100 {
		t.Errorf("the end cuts what is given: %d samples", n)
	}
	if n := beep.Generate(pcm, 3200); n != 0 {
		t.Errorf("after the end there is nothing: %d samples", n)
	}
	if n := beep.Generate(pcm, math.MaxUint64-5); n != 0 {
		t.Errorf("nor at the end of time: %d samples", n)
	}
	if ring := mustNew(t, "ringback", 8000); ring.Length() != 0 || ring.Generate(pcm, 1<<60) != 160 {
		t.Error("a ringback does not end")
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct {
		reason string
		text   string
		want   error
	}{
		{"no name", "", ErrUnknown},
		{"no such tone", "ringbacks", ErrUnknown},
		{"not a number", "4x0", ErrFrequency},
		{"nothing after the plus", "440+", ErrFrequency},
		{"too high for any rate", "30000", ErrFrequency},
		{"no frequency", "0", ErrFrequency},
		{"too many", "1+2+3+4+5", ErrFrequency},
		{"not finite", "1e999", ErrFrequency},
	} {
		if _, err := Parse(test.text); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.reason, err, test.want)
		}
	}
	for _, test := range []struct {
		reason string
		tone   Tone
		want   error
	}{
		{"no step", Tone{}, ErrLength},
		{"endless but not last", Tone{Steps: []Step{on(0, 440), on(10, 440)}}, ErrLength},
		{"backwards", Tone{Steps: []Step{{Lasts: -1}}}, ErrLength},
		{"above half the rate", Tone{Steps: []Step{on(10, 4000)}}, ErrFrequency},
		{"louder than loudest", Tone{Steps: []Step{{Lasts: time.Second, Partials: []Partial{{Hertz: 440, Level: 1}}}}}, ErrFrequency},
		{"not a number", Tone{Steps: []Step{{Lasts: time.Second, Partials: []Partial{{Hertz: math.NaN()}}}}}, ErrFrequency},
		{"too many steps", Tone{Steps: make([]Step, MaxSteps+1)}, ErrLength},
	} {
		if _, err := New(test.tone, 8000); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.reason, err, test.want)
		}
	}
	for _, frequencies := range [][]float64{nil, {0}, {4000}, {math.NaN()}, make([]float64, MaxFrequencies+1)} {
		if _, err := NewDetector(8000, frequencies...); !errors.Is(err, ErrDetector) {
			t.Errorf("a detector of %v: %v", frequencies, err)
		}
	}
}

// add mixes a tone into pcm.
func add(t *testing.T, pcm []int16, rate int, hertz, dB float64) {
	t.Helper()
	generator, err := New(Tone{Steps: []Step{{Partials: []Partial{{Hertz: hertz, Level: dB}}}}}, rate)
	if err != nil {
		t.Fatal(err)
	}
	more := make([]int16, len(pcm))
	generator.Generate(more, 12345)
	for i := range pcm {
		pcm[i] = int16(max(-32768, min(32767, int(pcm[i])+int(more[i]))))
	}
}

var phones = []float64{400, 440, 480, 520, 600, 700, 850, 1000, 1300, 1700, 2200}

func TestDetectorTellsMixedTonesApart(t *testing.T) {
	for _, rate := range []int{8000, 16000} {
		for i, first := range phones {
			for _, second := range phones[i+1:] {
				for _, quieter := range []float64{-16, -28} {
					pcm := make([]int16, rate/2)
					add(t, pcm, rate, first, -16)
					add(t, pcm, rate, second, quieter)
					got, err := Find(pcm, rate, -40, phones...)
					if err != nil || !slices.Equal(got, []float64{first, second}) {
						t.Errorf("%d samples/s: %g Hz and %g Hz (%g dB) are heard as %v, %v", rate, first, second, quieter, got, err)
					}
				}
			}
		}
	}
}

func TestDetectorLevel(t *testing.T) {
	for _, dB := range []float64{0, -10, -30, -50} {
		for _, rate := range []int{8000, 16000} {
			pcm := make([]int16, rate)
			add(t, pcm, rate, 440, dB)
			detector, err := NewDetector(rate, 440, 700)
			if err != nil {
				t.Fatal(err)
			}
			detector.Listen(pcm)
			if got := detector.Level(0); math.Abs(got-dB) > 0.3 {
				t.Errorf("a tone of %g dBFS measures %.2f", dB, got)
			}
			if detector.Hears(0, dB+1) || !detector.Hears(0, dB-1) || detector.Hears(1, -70) {
				t.Errorf("a tone of %g dBFS is heard below its level, not above it, and nothing else is", dB)
			}
			if detector.Heard() != time.Second {
				t.Errorf("a second was heard: %v", detector.Heard())
			}
		}
	}
}

// Lost packets and slips turn the phase; half the time missing is 6 dB at most.
func TestDetectorSurvivesSlips(t *testing.T) {
	pcm := make([]int16, 16000)
	add(t, pcm, 8000, 440, -16)
	var slipped []int16
	for at := 0; at+160 < len(pcm); at += 160 {
		end := at + 160
		if at/160%7 == 3 {
			end -= 9 // half a turn
		}
		slipped = append(slipped, pcm[at:end]...)
	}
	if got, _ := Find(slipped, 8000, -25, phones...); !slices.Equal(got, []float64{440}) {
		t.Errorf("a tone with slips: %v", got)
	}
	for at := 0; at+160 < len(pcm); at += 1600 {
		clear(pcm[at : at+160])
	}
	if got, _ := Find(pcm, 8000, -25, phones...); !slices.Equal(got, []float64{440}) {
		t.Errorf("a tone with one packet in ten lost: %v", got)
	}
}

func TestDetectorIgnoresNoise(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	wrong, checks := 0, 0
	for range 100 {
		pcm := make([]int16, 4000)
		for i := range pcm {
			pcm[i] = int16(random.NormFloat64() * 6000)
		}
		got, err := Find(pcm, 8000, -40, phones...)
		if err != nil {
			t.Fatal(err)
		}
		wrong += len(got)
		checks += len(phones)
	}
	t.Logf("noise of -12 dBFS: %d of %d heard as tones", wrong, checks)
	if wrong > checks/100 {
		t.Errorf("noise is heard as %d tones in %d looks", wrong, checks)
	}
	pcm := make([]int16, 4000)
	add(t, pcm, 8000, 440, -16)
	for i := range pcm {
		pcm[i] += int16(random.NormFloat64() * 3000)
	}
	if got, _ := Find(pcm, 8000, -25, phones...); !slices.Equal(got, []float64{440}) {
		t.Errorf("a tone within noise: %v", got)
	}
}

func TestNoAllocation(t *testing.T) {
	generator := mustNew(t, "ringback-us", 16000)
	detector, err := NewDetector(16000, phones...)
	if err != nil {
		t.Fatal(err)
	}
	pcm, heard := make([]int16, 320), make([]float64, 0, len(phones))
	position := uint64(0)
	if got := testing.AllocsPerRun(1000, func() {
		generator.Generate(pcm, position)
		position += 320
		detector.Listen(pcm)
		heard = detector.Tones(heard[:0], -40)
	}); got != 0 {
		t.Errorf("generating and listening allocate %g times", got)
	}
}

func BenchmarkGenerate(b *testing.B) {
	generator := mustNew(b, "350+440", 8000)
	pcm := make([]int16, 160)
	for b.Loop() {
		generator.Generate(pcm, 8000)
	}
}

func BenchmarkListen(b *testing.B) {
	detector, err := NewDetector(8000, phones...)
	if err != nil {
		b.Fatal(err)
	}
	pcm := make([]int16, 160)
	for b.Loop() {
		detector.Listen(pcm)
	}
}
