package codec

// concealment fills gaps by repeating the last pitch periods, after ITU-T G.711 appendix I: the
// first 10 ms sound on at full level, then it fades by a fifth each 10 ms and is silent at 60 ms;
// up to three periods are repeated the longer it lasts, so that it does not buzz; what comes
// after the gap is faded in. Unlike the appendix it adds no delay: the seam at the beginning of a
// gap is smoothed with the mirrored end of what was heard instead of by holding 3.75 ms back.
//
// It belongs to one codec's Decode and Conceal. Its memory is taken when it is first needed: most codecs of a call only
// encode, and many calls carry no sound here at all.
type concealment struct {
	rate    int
	held    int     // samples of history
	history []int16 // what was heard last, oldest first; nil: nothing was
	source  []int16 // the history when the gap began; nil: there was none yet
	pitch   int     // samples in a period of source
	periods int     // that are repeated: 1 to 3
	at      int     // in the periods
	before  int     // in one period fewer, while the change is blended
	lost    int     // samples since the gap began; 0: no gap
}

const (
	shortestPeriod = 200 // per second
	longestPeriod  = 66
	maxBlend       = 16000 / 100
)

func (c *concealment) begin(rate int) {
	c.rate = rate
	c.held = (3*4 + 1) * (rate / longestPeriod) / 4 // three periods, and a quarter for the blend
}

// good takes what was decoded into the history and, after a gap, blends it in.
func (c *concealment) good(pcm []int16) {
	if c.lost > 0 {
		c.blend(pcm)
		c.lost = 0
	}
	c.remember(pcm)
}

func (c *concealment) remember(pcm []int16) {
	if c.history == nil {
		c.history = make([]int16, c.held)
	}
	history := c.history
	if len(pcm) >= len(history) {
		copy(history, pcm[len(pcm)-len(history):])
		return
	}
	copy(history, history[len(pcm):])
	copy(history[len(history)-len(pcm):], pcm)
}

// blend fades from what would have been repeated to what came, over a quarter of the pitch and
// 4 ms for each 10 ms of gap, 10 ms at most.
func (c *concealment) blend(pcm []int16) {
	length := min(c.pitch/4+c.lost*2/5, c.rate/100, len(pcm))
	var room [maxBlend]int16
	old := room[:length]
	c.repeat(old)
	for i := range old {
		pcm[i] = mix(old[i], pcm[i], i+1, length+1)
	}
}

// mix goes from one sample to another, done of whole on the way.
func mix(from, to int16, done, whole int) int16 {
	return int16((int(from)*(whole-done) + int(to)*done) / whole)
}

// fill makes samples for a gap.
func (c *concealment) fill(dst []int16) int {
	if c.lost > 0 {
		c.repeat(dst)
	} else if len(dst) > 0 {
		if c.source == nil {
			c.source = make([]int16, c.held)
		}
		copy(c.source, c.history)
		c.findPitch()
		c.periods, c.at = 1, 0
		c.repeat(dst)
		for i := range min(c.pitch/4, len(dst)) {
			dst[i] = mix(c.source[c.held-1-i], dst[i], i+1, c.pitch/4+1)
		}
	}
	c.remember(dst)
	return len(dst)
}

// repeat puts the periods out, faded by how long the gap has lasted.
func (c *concealment) repeat(dst []int16) {
	tenth := c.rate / 100
	for i := range dst {
		if c.lost == tenth || c.lost == 2*tenth {
			c.before = c.at
			c.at %= c.pitch
			c.periods++
		}
		sample := c.sample(c.periods, &c.at)
		if since := c.lost % tenth; c.periods > 1 && c.lost < 3*tenth && since < c.pitch/4 {
			sample = mix(c.sample(c.periods-1, &c.before), sample, since+1, c.pitch/4+1)
		}
		if c.lost > tenth {
			sample = int16(int(sample) * max(0, 6*tenth-c.lost) / (5 * tenth))
		}
		dst[i] = sample
		c.lost++
	}
}

// sample is the one at a place in so many of the last periods, and goes on to the next. The last
// quarter of a period turns into what came before the first one, so that the end fits the
// beginning.
func (c *concealment) sample(periods int, at *int) int16 {
	length, quarter := periods*c.pitch, c.pitch/4
	first := c.held - length
	sample := c.source[first+*at]
	if into := *at - (length - quarter); into >= 0 {
		sample = mix(sample, c.source[first-quarter+into], into+1, quarter+1)
	}
	if *at++; *at == length {
		*at = 0
	}
	return sample
}
