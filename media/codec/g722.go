package codec

import "hookflash/media/graph"

// g722 is ITU-T G.722 (11/88) mode 1: two bands of 8000 samples/s, adaptive differential PCM of
// 6 bits below and 2 bits above 4 kHz, one byte for two samples.
type g722 struct {
	concealment
	analysis, synthesis mirror
	sent, heard         [2]band
}

func newG722(graph.Codec) (Codec, error) {
	c := &g722{}
	c.begin(16000)
	for _, bands := range []*[2]band{&c.sent, &c.heard} {
		bands[0].step, bands[1].step = 32, 8 // G.722 section 3.6: the smallest steps
	}
	return c, nil
}

func (c *g722) Rate() int { return 16000 }

func (c *g722) Encode(dst []byte, pcm []int16) (int, error) {
	if len(pcm)%2 != 0 || len(pcm) > limit(16000) {
		return 0, ErrFrame
	}
	if len(dst) < len(pcm)/2 {
		return 0, ErrRoom
	}
	low, high := &c.sent[0], &c.sent[1]
	for i := 0; i+1 < len(pcm); i += 2 {
		c.analysis.push(int32(pcm[i]), int32(pcm[i+1]))
		even, odd := c.analysis.taps()
		// The filters' gain is 2^12, two of them add up, and the bands have 15 bits.
		below, above := (odd+even)>>14, (odd-even)>>14
		lower := low.quantizeLow(below)
		low.update(low.step*reconstructLow4[lower>>2]>>15, lower>>2, &lowLadder)
		upper := high.quantizeHigh(above)
		high.update(high.step*reconstructHigh[upper]>>15, upper, &highLadder)
		dst[i/2] = byte(upper<<6 | lower)
	}
	return len(pcm) / 2, nil
}

func (c *g722) Decode(dst []int16, payload []byte) (int, error) {
	switch {
	case len(payload) == 0 || len(payload) > limit(16000)/2:
		return 0, ErrPayload
	case len(dst) < 2*len(payload):
		return 0, ErrRoom
	}
	low, high := &c.heard[0], &c.heard[1]
	for i, code := range payload {
		lower, upper := int32(code&63), int32(code>>6)
		below := clamp(low.estimate+low.step*reconstructLow6[lower]>>15, -16384, 16383)
		low.update(low.step*reconstructLow4[lower>>2]>>15, lower>>2, &lowLadder)
		difference := high.step * reconstructHigh[upper] >> 15
		above := clamp(high.estimate+difference, -16384, 16383)
		high.update(difference, upper, &highLadder)
		c.synthesis.push(below+above, below-above)
		even, odd := c.synthesis.taps()
		dst[2*i] = int16(clamp(odd>>11, -32768, 32767))
		dst[2*i+1] = int16(clamp(even>>11, -32768, 32767))
	}
	dst = dst[:2*len(payload)]
	c.good(dst)
	return len(dst), nil
}

func (c *g722) Conceal(dst []int16) int { return c.fill(dst) }

// mirror is the memory of a quadrature mirror filter (G.722 section 3.1 and 4.4): 24 samples, in
// a window that slides through a longer line so that they are moved rarely.
type mirror struct {
	line [24 + mirrorRun]int32
	at   int // of the window
}

const mirrorRun = 2 * 64

func (m *mirror) push(first, second int32) {
	if m.at == mirrorRun {
		copy(m.line[:22], m.line[mirrorRun+2:])
		m.at = 0
	} else {
		m.at += 2
	}
	m.line[m.at+22], m.line[m.at+23] = first, second
}

// taps gives the sums over the window's even and odd places.
func (m *mirror) taps() (even, odd int32) {
	window := (*[24]int32)(m.line[m.at:])
	for i, coefficient := range mirrorTaps {
		even += window[2*i] * coefficient
		odd += window[23-2*i] * coefficient
	}
	return even, odd
}

// mirrorTaps is every other coefficient of G.722 table 11 (they are symmetric), times 2^13.
var mirrorTaps = [12]int32{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}
