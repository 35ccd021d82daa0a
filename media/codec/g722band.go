package codec

// band is the predictor and the step of one band, the same in encoder and decoder: G.722
// section 3.5 and 3.6; names in comments are the recommendation's.
type band struct {
	estimate int32    // SL, SH: the prediction of the next sample
	step     int32    // DETL, DETH
	scale    int32    // NBL, NBH: logarithm of the step
	zero     [6]int32 // BL, BH: coefficients of the zeros
	past     [6]int32 // DLT, DH: quantized differences, newest first
	pole     [2]int32 // AL, AH
	rebuilt  int32    // RLT1: the newest reconstructed sample
	older    int32    // RLT2
	partial  [2]int32 // PLT1, PLT2: signs steer the poles
	zeros    int32    // SZL, SZH: the zeros' part of the estimate
}

// ladder is how the codes move the logarithm of the step.
type ladder struct {
	moves []int32 // by code
	most  int32
	shift int32
}

// Tables of G.722 section 6.2: WL by RL42, WH by IH2; the codes of the lower band in their upper
// four bits.
var (
	lowLadder = ladder{
		moves: []int32{-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60},
		most:  18432, shift: 8,
	}
	highLadder = ladder{moves: []int32{798, -214, 798, -214}, most: 22528, shift: 10}

	// ILB: 2048·2^(i/32).
	logarithms = [32]int32{
		2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
	}
	// Q6: decision levels of the lower band.
	decideLow = [30]int32{
		0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714,
		786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
	}
	// QQ4, QQ6, QQ2: what the codes stand for, in parts of the step.
	reconstructLow4 = [16]int32{
		0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
	}
	reconstructLow6 = [64]int32{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
	}
	reconstructHigh = [4]int32{-7408, -1616, 7408, 1616}
)

// quantizeLow is QUANTL: the six-bit code of a sample of the lower band.
func (b *band) quantizeLow(sample int32) int32 {
	difference := saturate(sample - b.estimate)
	magnitude := difference ^ difference>>31 // one's complement
	// The level is the last one not above the magnitude, found in halves.
	low, high := int32(1), int32(30)
	for low < high {
		middle := (low + high) >> 1
		if magnitude < decideLow[middle]*b.step>>12 {
			high = middle
		} else {
			low = middle + 1
		}
	}
	if difference < 0 {
		if low < 3 {
			return 64 - low // ILN: 63, 62, then 31 and down
		}
		return 34 - low
	}
	return 62 - low // ILP: 61 and down
}

// quantizeHigh is QUANTH: the two-bit code of a sample of the upper band.
func (b *band) quantizeHigh(sample int32) int32 {
	difference := saturate(sample - b.estimate)
	magnitude := difference ^ difference>>31
	far := magnitude >= 564*b.step>>12
	switch {
	case difference < 0 && far:
		return 0
	case difference < 0:
		return 1
	case far:
		return 2
	}
	return 3
}

// update takes the quantized difference and its code in, and prepares step and estimate for the
// next sample.
func (b *band) update(difference, code int32, steps *ladder) {
	// LOGSCL, LOGSCH, SCALEL, SCALEH.
	b.scale = clamp(b.scale*127>>7+steps.moves[code], 0, steps.most)
	mantissa := logarithms[b.scale>>6&31]
	if down := steps.shift - b.scale>>11; down >= 0 {
		b.step = mantissa >> down << 2
	} else {
		b.step = mantissa << -down << 2
	}
	b.predict(difference)
}

// predict is PARREC, RECONS, UPPOL1, UPPOL2, UPZERO, FILTEP, FILTEZ and PREDIC.
func (b *band) predict(difference int32) {
	partial := saturate(b.zeros + difference)
	rebuilt := saturate(b.estimate + difference)
	agree1 := partial>>15 == b.partial[0]>>15
	agree2 := partial>>15 == b.partial[1]>>15

	// The first pole's weight on the second one is against the sign of their product.
	toSecond := saturate(b.pole[0] << 2)
	if agree1 {
		toSecond = min(-toSecond, 32767)
	}
	second := toSecond>>7 + b.pole[1]*32512>>15
	first := b.pole[0] * 32640 >> 15
	if agree2 {
		second += 128
	} else {
		second -= 128
	}
	if agree1 {
		first += 192
	} else {
		first -= 192
	}
	second = clamp(second, -12288, 12288)
	most := saturate(15360 - second)
	first = clamp(saturate(first), -most, most)

	b.zeros = b.slide(difference)
	b.pole = [2]int32{first, second}
	b.partial = [2]int32{partial, b.partial[0]}
	b.older, b.rebuilt = b.rebuilt, rebuilt
	poles := saturate(first*saturate(2*b.rebuilt)>>15 + second*saturate(2*b.older)>>15)
	b.estimate = saturate(poles + b.zeros)
}

// slide adapts the zeros to a difference, takes it into their past, and gives their estimate.
func (b *band) slide(difference int32) (sum int32) {
	gain := int32(128)
	if difference == 0 {
		gain = 0
	}
	carried := difference
	for i, old := range b.past {
		move := gain
		if old>>15 != difference>>15 {
			move = -gain
		}
		b.zero[i] = saturate(b.zero[i]*32640>>15 + move)
		b.past[i] = carried
		sum += b.zero[i] * saturate(2*carried) >> 15
		carried = old
	}
	return saturate(sum)
}

func saturate(value int32) int32 { return clamp(value, -32768, 32767) }

func clamp(value, least, most int32) int32 { return max(least, min(value, most)) }
