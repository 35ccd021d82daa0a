package store

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// A frame is one entry of the log: a word with its length (24 bits) under a marker byte,
// the checksum of that word and the payload, the payload. Integers are little-endian.
// The checksum starts from a salt that only the segment's header tells: what clients
// have written into a binding can never pass for a frame of its own.
const (
	frameHeader = 8
	frameMarker = 0xB5
	// MaxRecord is how long an encoded record may be, in bytes. A longer one is refused
	// when it is staged, and never allocated for when it is read.
	MaxRecord = 1 << 20
	// resyncBudget is how many bytes the search for the next whole frame after damage
	// may read over, in one segment; then the rest of the segment is given up.
	resyncBudget = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openFrame makes room for a frame's header; the payload is appended after it.
func openFrame(buffer []byte) []byte {
	return append(buffer, 0, 0, 0, 0, 0, 0, 0, 0)
}

// closeFrame fills in the header of the frame that starts at start and ends with buffer.
// It is false when the payload is too long.
func closeFrame(buffer []byte, start int, salt uint32) bool {
	frame := buffer[start:]
	length := len(frame) - frameHeader
	if length > MaxRecord {
		return false
	}
	binary.LittleEndian.PutUint32(frame, uint32(length)|frameMarker<<24)
	binary.LittleEndian.PutUint32(frame[4:], frameSum(frame, salt))
	return true
}

// frameSum is the checksum of a whole frame.
func frameSum(frame []byte, salt uint32) uint32 {
	sum := crc32.Update(salt, castagnoli, frame[:4])
	return crc32.Update(sum, castagnoli, frame[frameHeader:])
}

// frameLength is the length of the frame at the start of data with its header; 0 when
// none can start there.
func frameLength(data []byte) int {
	if len(data) < frameHeader || data[3] != frameMarker {
		return 0
	}
	length := int(binary.LittleEndian.Uint32(data) & 0xFFFFFF)
	if length == 0 || length > MaxRecord {
		return 0
	}
	return frameHeader + length
}

// wholeFrame is the length of the whole, undamaged frame at the start of data, or 0.
func wholeFrame(data []byte, salt uint32) int {
	length := frameLength(data)
	if length == 0 || length > len(data) || frameSum(data[:length], salt) != binary.LittleEndian.Uint32(data[4:]) {
		return 0
	}
	return length
}

// scanned is what reading the frames of one segment came to.
type scanned struct {
	good    int // where the last whole frame ends
	torn    int // bytes of an unfinished write after it
	damaged int // places where bytes had changed
	dropped int // bytes given up there
}

// scan calls each with the payload of every whole frame of data, in order. What a write
// cut short left at the end is told apart from damage.
func scan(data []byte, salt uint32, each func(payload []byte)) scanned {
	var result scanned
	budget := resyncBudget
	for result.good < len(data) {
		rest := data[result.good:]
		if length := wholeFrame(rest, salt); length > 0 {
			each(rest[frameHeader:length])
			result.good += length
			continue
		}
		skip := resync(rest, salt, &budget)
		if skip == 0 {
			if unfinished(rest) {
				result.torn = len(rest)
			} else {
				result.damaged++
				result.dropped += len(rest)
			}
			return result
		}
		result.damaged++
		result.dropped += skip
		result.good += skip
	}
	return result
}

// resync is the distance to the next whole frame, 0 when there is none.
func resync(data []byte, salt uint32, budget *int) int {
	for at := 1; at+frameHeader <= len(data); at++ {
		next := bytes.IndexByte(data[at+3:], frameMarker)
		if next < 0 {
			return 0
		}
		at += next
		length := frameLength(data[at:])
		if length == 0 || length > len(data)-at {
			continue
		}
		if *budget -= length; *budget < 0 {
			return 0
		}
		if wholeFrame(data[at:], salt) > 0 {
			return at
		}
	}
	return 0
}

// unfinished tells whether data is what a write cut short leaves: the beginning of a
// frame, or nothing but zeros where the file had grown but no data had come.
func unfinished(data []byte) bool {
	if len(data) < frameHeader || frameLength(data) > len(data) {
		return true
	}
	return len(bytes.TrimLeft(data, "\x00")) == 0
}
