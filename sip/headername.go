package sip

import "slices"

// Names that are spelled as we print them, with one space behind their colon, are found
// by comparing words. All others take the long way, by a hash without case.
const (
	nameOctets  = 24 // of the longest name, with colon and space, that is found by words
	nameSlots   = 256
	headerSlots = 512
	longestName = 32 // octets; no name here is longer
)

// knownName is a name, its colon and a space in three words, least octet first, and the
// octets of a text to compare with them.
type knownName struct {
	words, masks [nameOctets / 8]uint64
	length       uint8 // of the name; 0 at the end of the list
	next         uint8 // another name in the same slot, 0 without one
	header       Header
	checked      bool // by check
}

// nameTable leads from the first four octets of a name to its place in knownNames, and
// compactNames from a compact form. Place 0 takes any text and ends the search.
var knownNames, nameTable, compactNames = func() (names [256]knownName, table, compact [nameSlots]uint8) {
	count := 0
	add := func(h Header, printed string) {
		count++
		name := &names[count]
		for i := range len(printed) {
			name.words[i/8] |= uint64(printed[i]) << (i % 8 * 8)
			name.masks[i/8] |= 0xff << (i % 8 * 8)
		}
		name.length, name.header, name.checked = uint8(len(printed)-2), h, slices.Contains(checked[:], h)
	}
	for h := UnknownHeader + 1; h < headerCount; h++ {
		if c := headers[h].compact; c != 0 {
			add(h, string(c)+": ")
			compact[c] = uint8(count)
		}
		if len(headers[h].name)+2 <= nameOctets {
			add(h, headers[h].name+": ")
			slot := nameSlot(names[count].words[0])
			names[count].next, table[slot] = table[slot], uint8(count)
		}
	}
	return names, table, compact
}()

func nameSlot(word uint64) uint32 { return uint32(word) * 0x9e3779b1 >> 24 }

// headerTable is an open hash table.
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

func wordAt[text string | []byte](s text, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// knownNameAt finds the name that s begins with; its length is 0 when it is not spelled
// as printed. s has at least nameOctets octets.
func knownNameAt(s string) *knownName {
	s = s[:nameOctets]
	low, middle := wordAt(s, 0), wordAt(s, 8)
	place := nameTable[nameSlot(low)]
	if s[1] == ':' {
		place = compactNames[s[0]]
	}
	for {
		name := &knownNames[place]
		if low&name.masks[0] == name.words[0] && middle&name.masks[1] == name.words[1] && (name.masks[2] == 0 || wordAt(s, 16)&name.masks[2] == name.words[2]) {
			return name
		}
		place = name.next
	}
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
