package sip

import (
	"slices"
	"strings"
)

// Names that are spelled as we print them, in less than nameOctets octets, are found by
// comparing two words. All others take the long way, by a hash without case.
const (
	nameOctets  = 16
	headerSlots = 512
	longestName = 32 // octets; no name here is longer
	colons      = 0x3a3a3a3a3a3a3a3a
	lowBits     = 0x0101010101010101
	highBits    = 0x8080808080808080
)

// nameWords is a name and its colon in two words, least octet first, then zeros. The
// colon tells a name from one that ends in NUL.
type nameWords struct{ low, high uint64 }

// knownName is a slot of wordTable; with length 0 it is free.
type knownName struct {
	nameWords
	length  uint8
	header  Header
	checked bool // by check
}

// wordTable and headerTable are open hash tables.
var wordTable = func() (table [headerSlots]knownName) {
	for h := UnknownHeader + 1; h < headerCount; h++ {
		for _, name := range []string{headers[h].name, string(headers[h].compact)} {
			if len(name) >= nameOctets || name == "\x00" {
				continue
			}
			padded := name + ":" + strings.Repeat("\x00", nameOctets)
			words := nameWords{wordAt(padded, 0), wordAt(padded, 8)}
			slot := words.slot()
			for table[slot].length != 0 {
				slot = (slot + 1) % headerSlots
			}
			table[slot] = knownName{words, uint8(len(name)), h, slices.Contains(checked[:], h)}
		}
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

// knownNameAt finds the name that stands at s[at], which has nameOctets octets from there
// on; nil when it is not spelled as printed.
func knownNameAt(s string, at int) *knownName {
	s = s[at : at+nameOctets]
	words := nameWords{low: wordAt(s, 0)}
	if colon := firstColon(words.low); colon != 0 {
		words.low &= colon<<1 - 1
	} else {
		words.high = wordAt(s, 8)
		if colon = firstColon(words.high); colon == 0 {
			return nil
		}
		words.high &= colon<<1 - 1
	}
	for slot := words.slot(); ; slot = (slot + 1) % headerSlots {
		known := &wordTable[slot]
		if known.nameWords == words {
			return known
		}
		if known.length == 0 {
			return nil
		}
	}
}

// firstColon is the highest bit of the least octet of word that is a colon, 0 without one.
func firstColon(word uint64) uint64 {
	word ^= colons
	word = (word - lowBits) & ^word & highBits
	return word & -word
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
