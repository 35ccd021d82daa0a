package codec

import "hookflash/media/graph"

// ITU-T G.711. Samples are 16 bits here; µ-law takes the upper 14 of them, A-law the upper 13.
var (
	muLawTable = muLawSamples()
	aLawTable  = aLawSamples()
	muLawCode  = muLawCodes()
	aLawCode   = aLawCodes()
)

// MuLaw is the µ-law code of a sample (G.711 table 2).
func MuLaw(sample int16) byte { return muLawCode[uint16(sample)>>2] }

// ALaw is the A-law code of a sample (G.711 table 1), even bits inverted as on the wire.
func ALaw(sample int16) byte { return aLawCode[uint16(sample)>>4] }

// FromMuLaw is the sample of a µ-law code.
func FromMuLaw(code byte) int16 { return muLawTable[code] }

// FromALaw is the sample of an A-law code.
func FromALaw(code byte) int16 { return aLawTable[code] }

// G.711 table 2: y = (2m+33)·2^s - 33 on a scale of 8159, all bits inverted.
func muLawSamples() (table [256]int16) {
	for code := range table {
		inverted := ^byte(code)
		magnitude := (int(inverted&15)*2+33)<<(inverted>>4&7) - 33
		if inverted&0x80 != 0 {
			magnitude = -magnitude
		}
		table[code] = int16(magnitude * 4)
	}
	return table
}

// G.711 table 1: linear in the first two segments, on a scale of 4096, even bits inverted.
func aLawSamples() (table [256]int16) {
	for code := range table {
		plain := byte(code) ^ 0x55
		segment := plain >> 4 & 7
		magnitude := int(plain&15)*2 + 1
		if segment > 0 {
			magnitude = (magnitude + 32) << (segment - 1)
		}
		if plain&0x80 == 0 {
			magnitude = -magnitude
		}
		table[code] = int16(magnitude * 8)
	}
	return table
}

func muLawCodes() (table [1 << 14]byte) {
	for index := range table {
		sample := int(int16(index << 2))
		sign := byte(0)
		if sample < 0 {
			sample, sign = ^sample, 0x80 // one's complement: -1 is the first value below zero
		}
		magnitude := min(sample>>2+33, 8191)
		segment := byte(0)
		for magnitude>>segment > 63 {
			segment++
		}
		table[index] = ^(sign | segment<<4 | byte(magnitude>>(segment+1)&15))
	}
	return table
}

func aLawCodes() (table [1 << 12]byte) {
	for index := range table {
		sample := int(int16(index << 4))
		sign := byte(0x80)
		if sample < 0 {
			sample, sign = ^sample, 0
		}
		magnitude := sample >> 4
		segment := byte(0)
		for magnitude > 31 {
			magnitude >>= 1
			segment++
		}
		if magnitude > 15 { // 16 to 31 carry the hidden bit of segment+1
			segment++
		}
		table[index] = (sign | segment<<4 | byte(magnitude&15)) ^ 0x55
	}
	return table
}

type muLaw struct{ concealment }

func newMuLaw(graph.Codec) (Codec, error) {
	c := &muLaw{}
	c.begin(8000)
	return c, nil
}

func (c *muLaw) Rate() int { return 8000 }

func (c *muLaw) Encode(dst []byte, pcm []int16) (int, error) {
	if len(pcm) > limit(8000) {
		return 0, ErrFrame
	}
	if len(dst) < len(pcm) {
		return 0, ErrRoom
	}
	dst = dst[:len(pcm)]
	for i, sample := range pcm {
		dst[i] = muLawCode[uint16(sample)>>2]
	}
	return len(pcm), nil
}

func (c *muLaw) Decode(dst []int16, payload []byte) (int, error) {
	if err := checkG711(dst, payload); err != nil {
		return 0, err
	}
	dst = dst[:len(payload)]
	for i, code := range payload {
		dst[i] = muLawTable[code]
	}
	c.good(dst)
	return len(dst), nil
}

func (c *muLaw) Conceal(dst []int16) int { return c.fill(dst) }

type aLaw struct{ concealment }

func newALaw(graph.Codec) (Codec, error) {
	c := &aLaw{}
	c.begin(8000)
	return c, nil
}

func (c *aLaw) Rate() int { return 8000 }

func (c *aLaw) Encode(dst []byte, pcm []int16) (int, error) {
	if len(pcm) > limit(8000) {
		return 0, ErrFrame
	}
	if len(dst) < len(pcm) {
		return 0, ErrRoom
	}
	dst = dst[:len(pcm)]
	for i, sample := range pcm {
		dst[i] = aLawCode[uint16(sample)>>4]
	}
	return len(pcm), nil
}

func (c *aLaw) Decode(dst []int16, payload []byte) (int, error) {
	if err := checkG711(dst, payload); err != nil {
		return 0, err
	}
	dst = dst[:len(payload)]
	for i, code := range payload {
		dst[i] = aLawTable[code]
	}
	c.good(dst)
	return len(dst), nil
}

func (c *aLaw) Conceal(dst []int16) int { return c.fill(dst) }

func checkG711(dst []int16, payload []byte) error {
	switch {
	case len(payload) == 0 || len(payload) > limit(8000):
		return ErrPayload
	case len(dst) < len(payload):
		return ErrRoom
	}
	return nil
}
