package music

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// Bounds of what the headers of a Vorbis stream may ask for. What encoders write is far below.
const (
	maxEntries = 1 << 16 // of a codebook
	maxValues  = 1 << 20 // of all codebooks together
)

var errVorbis = errors.New("its Vorbis headers are broken, or ask for too much")

// checkVorbis looks at the three headers (Vorbis I, section 4.2) before the decoder does: it allocates what they
// say, and some that make no sense would have it never end.
func checkVorbis(headers [][]byte) error {
	identification, comment, setup := headers[0], headers[1], headers[2]
	for i, kind := range []string{"\x01vorbis", "\x03vorbis", "\x05vorbis"} {
		if len(headers[i]) < len(kind)+8 || string(headers[i][:len(kind)]) != kind {
			return errVorbis
		}
	}
	if len(identification) < 30 {
		return errVorbis
	}
	channels, small, large := identification[11], identification[28]&15, identification[28]>>4
	if channels == 0 || channels > MaxChannels || small < 6 || large > 13 || small > large {
		return errVorbis
	}
	vendor := uint64(binary.LittleEndian.Uint32(comment[7:]))
	if vendor+15 > uint64(len(comment)) {
		return errVorbis
	}
	if comments := uint64(binary.LittleEndian.Uint32(comment[11+vendor:])); comments > uint64(len(comment))/4 {
		return errVorbis
	}
	return checkCodebooks(setup[7:])
}

// checkCodebooks goes through all codebooks (Vorbis I, section 3.2.1).
func checkCodebooks(setup []byte) error {
	b := &bitReader{text: setup}
	values := 0
	for range b.take(8) + 1 {
		if b.take(24) != 0x564342 {
			return errVorbis
		}
		dimensions, entries := b.take(16), b.take(24)
		if values += dimensions * entries; dimensions == 0 || entries < 2 || entries > maxEntries || values > maxValues {
			return errVorbis
		}
		if !b.lengths(entries) {
			return errVorbis
		}
		switch lookup := b.take(4); lookup {
		case 0:
		case 1, 2:
			b.skip(64)
			size, count := b.take(4)+1, entries*dimensions
			b.skip(1)
			if lookup == 1 {
				count = root(entries, dimensions)
			}
			b.skip(size * count)
		default:
			return errVorbis
		}
		if b.over {
			return errVorbis
		}
	}
	return nil
}

// lengths goes through the lengths of codewords, and tells whether there are any.
func (b *bitReader) lengths(entries int) (used bool) {
	if b.take(1) == 1 { // in order
		b.skip(5)
		for at := 0; at < entries; {
			count := b.take(bits.Len(uint(entries - at)))
			if at += count; b.over || at > entries {
				return false
			}
		}
		return true
	}
	sparse := b.take(1) == 1
	for range entries {
		if !sparse || b.take(1) == 1 {
			b.skip(5)
			used = true
		}
	}
	return used && !b.over
}

// root is the largest whole number of which as many as there are dimensions, multiplied, are not above entries.
func root(entries, dimensions int) int {
	for r := 1; ; r++ {
		power := 1
		for i := 0; i < dimensions && power <= entries; i++ {
			power *= r + 1
		}
		if power > entries {
			return r
		}
	}
}

// bitReader reads numbers, the lowest bit first (Vorbis I, section 2.1).
type bitReader struct {
	text []byte
	at   int // bits
	over bool
}

func (b *bitReader) take(count int) (value int) {
	if b.at+count > 8*len(b.text) {
		b.over = true
		return 0
	}
	for i := range count {
		value |= int(b.text[b.at>>3]>>(b.at&7)&1) << i
		b.at++
	}
	return value
}

func (b *bitReader) skip(count int) {
	if b.at += count; b.at > 8*len(b.text) {
		b.over, b.at = true, 8*len(b.text)
	}
}
