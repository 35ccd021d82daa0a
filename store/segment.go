package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A segment is one file of the log: a header, twice, so that one damaged bit can't make
// the segment unreadable, and then frames.
const (
	segmentMagic   = "hkfbind\n"
	segmentVersion = 1
	headerSize     = 48
	framesStart    = 2 * headerSize
	segmentSuffix  = ".log"
)

// errNewer is the error for a segment that a newer hookflash wrote.
var errNewer = errors.New("written by a newer version of hookflash")

// header begins a segment.
type header struct {
	number uint64 // of this segment, from 1, never used twice
	// previous is the number of the segment before, and sealed the length at which it
	// was closed: bytes after that were never acknowledged. Zero for the first.
	previous uint64
	sealed   int64
	salt     uint32 // where checksums of frames start
}

// append encodes the header, twice.
func (h header) append(buffer []byte) []byte {
	for range 2 {
		start := len(buffer)
		buffer = append(buffer, segmentMagic...)
		buffer = binary.LittleEndian.AppendUint32(buffer, segmentVersion)
		buffer = binary.LittleEndian.AppendUint32(buffer, h.salt)
		buffer = binary.LittleEndian.AppendUint64(buffer, h.number)
		buffer = binary.LittleEndian.AppendUint64(buffer, h.previous)
		buffer = binary.LittleEndian.AppendUint64(buffer, uint64(h.sealed))
		buffer = append(buffer, 0, 0, 0, 0, 0, 0, 0, 0) // spare, checksum
		sealHeader(buffer[start:])
	}
	return buffer
}

// sealHeader fills in the checksum of one copy of a header, its last four bytes.
func sealHeader(part []byte) {
	sum := crc32.Checksum(part[:headerSize-4], castagnoli)
	binary.LittleEndian.PutUint32(part[headerSize-4:], sum)
}

// parseHeader reads the header at the start of data. It is false when both copies are
// damaged or missing; damaged tells that one of them is.
func parseHeader(data []byte) (h header, damaged, ok bool, err error) {
	for start := 0; start < framesStart; start += headerSize {
		if len(data) < start+headerSize {
			return h, true, ok, nil
		}
		part := data[start : start+headerSize]
		sum := binary.LittleEndian.Uint32(part[headerSize-4:])
		if string(part[:8]) != segmentMagic || crc32.Checksum(part[:headerSize-4], castagnoli) != sum {
			damaged = true
			continue
		}
		if version := binary.LittleEndian.Uint32(part[8:]); version != segmentVersion {
			return h, false, false, fmt.Errorf("format version %d: %w", version, errNewer)
		}
		ok = true
		h = header{
			salt:     binary.LittleEndian.Uint32(part[12:]),
			number:   binary.LittleEndian.Uint64(part[16:]),
			previous: binary.LittleEndian.Uint64(part[24:]),
			sealed:   int64(binary.LittleEndian.Uint64(part[32:])),
		}
	}
	return h, damaged, ok, nil
}

// segment is a file of the log that is not written to any more.
type segment struct {
	number uint64
	size   int64 // in bytes
}

// segmentPath is the file of a segment.
func segmentPath(directory string, number uint64) string {
	return filepath.Join(directory, fmt.Sprintf("%016x", number)+segmentSuffix)
}

// segmentNumbers lists the segments in a directory, oldest first.
func segmentNumbers(directory string) ([]uint64, error) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, entry := range entries {
		name, isSegment := strings.CutSuffix(entry.Name(), segmentSuffix)
		number, err := strconv.ParseUint(name, 16, 64)
		if isSegment && err == nil && len(name) == 16 && entry.Type().IsRegular() {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// file is what a segment is written through.
type file interface {
	Write(data []byte) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// createFile makes the file of a new segment. Everything is written at its end.
func createFile(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return newQuickFile(f), nil
}

// syncDirectory keeps the names in a directory through a power loss.
func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	err = directory.Sync()
	return errors.Join(err, directory.Close())
}
