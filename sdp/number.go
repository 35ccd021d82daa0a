package sdp

// Numbers that a=rtpmap may bind; 64 to 95 would be read as RTCP (RFC 5761 §4).
const (
	firstDynamic, lastDynamic = 96, 127
	firstSpare, lastSpare     = 35, 63
)

func dynamic(payload uint8) bool {
	return payload >= firstDynamic && payload <= lastDynamic || payload >= firstSpare && payload <= lastSpare
}

// numbers is a set of payload numbers.
type numbers [2]uint64

func (n numbers) has(payload uint8) bool { return n[payload>>6&1]>>(payload&63)&1 != 0 }

func (n *numbers) add(payload uint8) { n[payload>>6&1] |= 1 << (payload & 63) }

func (n *numbers) addAll(codecs []Codec) {
	for i := range codecs {
		n.add(codecs[i].Payload)
	}
}

// numbering gives out payload numbers for an offer. RFC 3264 §8.3.2: what a number meant
// once in a session, it means for ever.
type numbering struct {
	bound []Codec // what numbers mean
	taken numbers // by those, and in this offer
	seen  numbers // in anything that either side wrote; left alone while others are free
}

func newNumbering(s *state) *numbering {
	n := &numbering{bound: s.bound, seen: s.seen}
	n.taken.addAll(s.bound)
	return n
}

// number finds the number of a codec: the one it has in this session, the one it asks for,
// or a free one. ok is false when there is none left.
func (n *numbering) number(c Codec) (payload uint8, ok bool) {
	for i := len(n.bound) - 1; i >= 0; i-- {
		if n.bound[i].Is(c) {
			return n.bound[i].Payload, true
		}
	}
	fixed, known := static(c.Payload)
	if c.Payload < 128 && !n.taken.has(c.Payload) &&
		(known && fixed.Is(c) || dynamic(c.Payload) && !n.seen.has(c.Payload)) {
		n.taken.add(c.Payload)
		return c.Payload, true
	}
	for _, avoided := range [2]numbers{n.seen, {}} {
		for _, span := range [2][2]uint8{{firstDynamic, lastDynamic}, {firstSpare, lastSpare}} {
			for payload := span[0]; payload <= span[1]; payload++ {
				if !n.taken.has(payload) && !avoided.has(payload) {
					n.taken.add(payload)
					return payload, true
				}
			}
		}
	}
	return 0, false
}

// bind remembers what numbers mean, the latest last. A number that the other side gave a
// new meaning, against RFC 3264 §8.3.2, has that. The slice given is left as it is.
func bind(bound, codecs []Codec) []Codec {
	if old := len(bound) - len(codecs); old >= 0 && same(bound[old:], codecs) {
		return bound
	}
	result := make([]Codec, 0, len(bound)+len(codecs))
	for i := range bound {
		if !numbered(codecs, bound[i].Payload) {
			result = append(result, bound[i])
		}
	}
	result = append(result, codecs...)
	return result[max(0, len(result)-MaxBound):]
}

func same(bound, codecs []Codec) bool {
	for i := range codecs {
		if bound[i].Payload != codecs[i].Payload || !bound[i].Is(codecs[i]) {
			return false
		}
	}
	return true
}

func numbered(codecs []Codec, payload uint8) bool {
	for i := range codecs {
		if codecs[i].Payload == payload {
			return true
		}
	}
	return false
}
