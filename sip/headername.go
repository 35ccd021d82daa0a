package sip

import "math/bits"

// Names that are spelled as we print them, in up to nameOctets octets, are found by
// comparing two words. All others take the long way, by a hash without case.
const (
	nameOctets  = 16
	headerSlots = 512
	longestName = 32 // octets; no name here is longer
	colons      = 0x3a3a3a3a3a3a3a3a
	lowBits     = 0x0101010101010101
	highBits    = 0x8080808080808080
)

// nameWords is a name in two words, least octet first, padded with zeros.
type nameWords struct{ low, high uint64 }

var headerWords = func() (words [headerCount]nameWords) {
	for h := UnknownHeader + 1; h < headerCount; h++ {
		if name := headers[h].name; len(name) < nameOctets {
			words[h], _ = wordsOf(name + ":               ")
		}
	}
	return words
}()

// wordTable and headerTable are open hash tables.
var wordTable = func() (table [headerSlots]Header) {
	for h := UnknownHeader + 1; h < headerCount; h++ {
		if headerWords[h].low == 0 {
			continue
		}
		slot := headerWords[h].slot()
		for table[slot] != UnknownHeader {
			slot = (slot + 1) % headerSlots
		}
		table[slot] = h
	}
	return table
}()

var headerTable = func() (table [headerSlots]Header) {
	for h := UnknownHeader + 1; h < headerCount; h++ {
		slot := slotOf(headers[h].name)
		for table[slot] != UnknownHeader {
			slot = (slot + 1) % headerSlots
		}
		table[slot] = h
	}
	return table
}()

var compactTable = func() (table [256]Header) {
	for h := UnknownHeader + 1; h < headerCount; h++ {
		if c := headers[h].compact; c != 0 {
			table[c], table[c-'a'+'A'] = h, h
		}
	}
	return table
}()

func (w nameWords) slot() uint64 {
	return (w.low*0x9e3779b97f4a7c15 + w.high*0xc2b2ae3d27d4eb4f) >> 55 % headerSlots
}

func wordAt(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// wordsOf takes the name that s begins with, up to a colon; length is 0 when there is no
// colon within nameOctets.
func wordsOf(s string) (words nameWords, length int) {
	low := wordAt(s, 0)
	// The lowest octet that is a colon has its high bit set here.
	x := low ^ colons
	if x = (x - lowBits) & ^x & highBits; x != 0 {
		colon := bits.TrailingZeros64(x) &^ 7
		return nameWords{low: low & (1<<(colon&63) - 1)}, colon / 8
	}
	high := wordAt(s, 8)
	x = high ^ colons
	if x = (x - lowBits) & ^x & highBits; x == 0 {
		return nameWords{}, 0
	}
	colon := bits.TrailingZeros64(x) &^ 7
	return nameWords{low, high & (1<<(colon&63) - 1)}, 8 + colon/8
}

// headerAt finds the header field whose name s begins with; length is that of the name.
// UnknownHeader when the name is not spelled as printed. Zeros that pad a name are no
// part of it, hence the length.
func headerAt(s string) (h Header, length int) {
	if len(s) < nameOctets {
		return UnknownHeader, 0
	}
	words, length := wordsOf(s)
	if length == 1 {
		return compactTable[s[0]], 1
	}
	for slot := words.slot(); wordTable[slot] != UnknownHeader; slot = (slot + 1) % headerSlots {
		if h := wordTable[slot]; headerWords[h] == words && len(headers[h].name) == length {
			return h, length
		}
	}
	return UnknownHeader, 0
}

// HeaderByName finds a header field by its name or compact form, in any case.
func HeaderByName(name string) Header {
	if len(name) == 1 {
		return compactTable[name[0]]
	}
	if len(name) > longestName {
		return UnknownHeader
	}
	for slot := slotOf(name); headerTable[slot] != UnknownHeader; slot = (slot + 1) % headerSlots {
		if h := headerTable[slot]; equalFold(headers[h].name, name) {
			return h
		}
	}
	return UnknownHeader
}

// slotOf hashes a name without case.
func slotOf(name string) uint32 {
	hash := uint32(0)
	for i := range len(name) {
		hash = hash*31 + uint32(name[i]|0x20)
	}
	return (hash ^ hash>>9) % headerSlots
}
