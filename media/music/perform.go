package music

import "math"

// voice is an instrument: a sum of sines, each of which fades by itself.
type voice struct {
	partials []partial
	attack   float64 // seconds until it is at its loudest
	release  float64 // seconds to fall silent after the note
	loud     float64
	sway     float64 // how much the loudness goes up and down, five times a second
}

// partial is one sine of a voice.
type partial struct {
	ratio float64 // of its frequency to that of the note
	loud  float64
	half  float64 // seconds in which it falls to half; 0: it doesn't
}

// highest is the frequency above which nothing is played: a narrow codec has 4000 Hz in all.
const highest = 3400

// perform makes the sound of a score. What sounds on beyond the end is at the beginning: it is played in a circle.
func perform(s *score) []int16 {
	events, length := s.events()
	mix := make([]float32, int(length*Rate))
	for _, e := range events {
		e.sound(mix)
	}
	room(mix)
	return quantise(mix)
}

// sound adds a note.
func (e *event) sound(mix []float32) {
	start := int(e.at * Rate)
	held := int(e.long * Rate)
	samples := held + int(e.voice.release*Rate)
	attack := max(int(e.voice.attack*Rate), 1)
	for _, p := range e.voice.partials {
		hertz := e.hertz * p.ratio
		if hertz > highest {
			continue
		}
		fade := 1.0
		if p.half > 0 {
			fade = math.Pow(0.5, 1/(p.half*Rate))
		}
		// A sine by two products a sample.
		turn := 2 * math.Cos(2*math.Pi*hertz/Rate)
		now, before := 0.0, -math.Sin(2*math.Pi*hertz/Rate)
		loud, at := p.loud*e.loud*e.voice.loud, start%len(mix)
		envelope, step := e.envelope(0, attack, held, samples), 0.0
		for i := range samples {
			if i%stretch == 0 {
				step = (e.envelope(i+stretch, attack, held, samples) - envelope) / stretch
			}
			mix[at] += float32(loud * envelope * now)
			now, before = turn*now-before, now
			loud *= fade
			envelope += step
			if at++; at == len(mix) {
				at = 0
			}
		}
	}
}

// stretch is for how many samples the envelope of a note is a straight line.
const stretch = 16

// envelope is how loud a note is at one of its samples: it begins softly, sways, and ends softly.
func (e *event) envelope(i, attack, held, samples int) float64 {
	if i >= samples {
		return 0
	}
	gain := 1.0
	if i < attack {
		gain *= 0.5 - 0.5*math.Cos(math.Pi*float64(i)/float64(attack))
	}
	if i > held {
		gain *= 0.5 + 0.5*math.Cos(math.Pi*float64(i-held)/float64(samples-held))
	}
	if e.voice.sway > 0 {
		gain *= 1 - e.voice.sway*(0.5+0.5*math.Sin(2*math.Pi*5*float64(i)/Rate))
	}
	return gain
}

// room lets the sound ring on a little, as in a room: four echoes that feed themselves, and go round the end too.
func room(mix []float32) {
	const wet = 0.16
	dry := append([]float32(nil), mix...)
	for _, delay := range [...]int{601, 743, 887, 1051} { // 38 to 66 ms, with no common rhythm
		line := make([]float32, delay)
		low, slot := float32(0), 0
		for i := -min(2*Rate, len(dry)); i < len(dry); i++ { // from before the end, which is heard at the beginning
			at := i
			if i < 0 {
				at += len(dry)
			}
			out := line[slot]
			low += 0.45 * (out - low) // walls take the highs
			line[slot] = dry[at] + 0.72*low
			if i >= 0 {
				mix[at] += wet * out
			}
			if slot++; slot == delay {
				slot = 0
			}
		}
	}
}

// quantise brings the loudest to three quarters of what there is, then all to the level of speech.
func quantise(mix []float32) []int16 {
	peak := float32(1e-9)
	for _, v := range mix {
		peak = max(peak, v, -v)
	}
	samples := make([]int16, len(mix))
	for i, v := range mix {
		samples[i] = int16(math.Round(float64(v / peak * 24000)))
	}
	level(samples)
	return samples
}
