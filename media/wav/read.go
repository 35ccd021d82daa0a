package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"hookflash/media/codec"
)

// Reader reads the samples of one file, all channels mixed to one. One goroutine may use it. Make
// it with NewReader.
type Reader struct {
	source   io.Reader
	rate     int
	channels int
	encoding Encoding
	left     uint64 // bytes of sound that are still to come, if they do
	buffer   [8192]byte
	start    int // of what is in buffer and not yet given
	end      int
	failed   error
}

// unknown is the length of sound that goes on to the end of the file.
const unknown = 1<<64 - 1

// NewReader reads the header up to the sound: ErrFormat, or the error of source.
func NewReader(source io.Reader) (*Reader, error) {
	r := &Reader{source: source}
	head := r.buffer[:12]
	if err := r.full(head); err != nil {
		return nil, err
	}
	if string(head[:4]) != "RIFF" || string(head[8:12]) != "WAVE" {
		return nil, fmt.Errorf("%w: it does not begin with RIFF and WAVE", ErrFormat)
	}
	whole := binary.LittleEndian.Uint32(head[4:])
	skipped := uint64(0)
	for range MaxChunks {
		if err := r.full(head[:8]); err != nil {
			return nil, err
		}
		name, size := string(head[:4]), binary.LittleEndian.Uint32(head[4:])
		if name == "data" {
			if r.rate == 0 {
				return nil, fmt.Errorf("%w: sound before its format", ErrFormat)
			}
			r.left = soundLength(size, whole)
			return r, nil
		}
		rest := uint64(size) + uint64(size&1) // chunks begin at even places
		if name == "fmt " {
			used, err := r.format(size)
			if err != nil {
				return nil, err
			}
			rest -= uint64(used)
		}
		if skipped += rest; skipped > MaxSkip {
			return nil, fmt.Errorf("%w: no sound in the first %d bytes", ErrFormat, MaxSkip)
		}
		if err := r.skip(rest); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: no sound in the first %d chunks", ErrFormat, MaxChunks)
}

// soundLength is what to read: to the end of the file where the writer did not come to fill the
// lengths in.
func soundLength(size, whole uint32) uint64 {
	open := whole == 0 || whole == 0xFFFFFFFF
	if size == 0xFFFFFFFF || size == 0 && open || size >= 0x7FFFF000 && open {
		return unknown
	}
	return uint64(size)
}

// format reads as much of the format chunk as is needed, and tells how much that was.
func (r *Reader) format(size uint32) (used int, err error) {
	if size < 16 {
		return 0, fmt.Errorf("%w: a format of %d bytes", ErrFormat, size)
	}
	used = int(min(size, 40))
	head := r.buffer[16 : 16+used]
	if err := r.full(head); err != nil {
		return 0, err
	}
	tag, bits := binary.LittleEndian.Uint16(head), binary.LittleEndian.Uint16(head[14:])
	if tag == tagExtensible && used >= 26 { // the true format begins its GUID
		tag = binary.LittleEndian.Uint16(head[24:])
	}
	channels, rate := binary.LittleEndian.Uint16(head[2:]), binary.LittleEndian.Uint32(head[4:])
	if channels < 1 || channels > MaxChannels || rate < 1 || rate > MaxRate {
		return 0, fmt.Errorf("%w: %d channels at %d samples/s", ErrFormat, channels, rate)
	}
	r.encoding, err = encodingOf(tag, bits)
	r.channels, r.rate = int(channels), int(rate)
	return used, err
}

// full reads a piece of the header.
func (r *Reader) full(piece []byte) error {
	_, err := io.ReadFull(r.source, piece)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends before the sound begins", ErrFormat)
	}
	return err
}

func (r *Reader) skip(count uint64) error {
	for count > 0 {
		piece := r.buffer[:min(count, uint64(len(r.buffer)))]
		if err := r.full(piece); err != nil {
			return err
		}
		count -= uint64(len(piece))
	}
	return nil
}

// Rate is in samples per second, of one channel.
func (r *Reader) Rate() int { return r.rate }

// Channels is how many there are in the file.
func (r *Reader) Channels() int { return r.channels }

// Encoding is the file's.
func (r *Reader) Encoding() Encoding { return r.encoding }

// Read puts samples into dst and tells how many: fewer than asked for only at the end, then
// io.EOF with none. A sample that is cut is left out. It does not allocate.
func (r *Reader) Read(dst []int16) (n int, err error) {
	frame := r.encoding.size() * r.channels
	for n < len(dst) {
		if r.end-r.start < frame && !r.more(frame) {
			break
		}
		count := min((r.end-r.start)/frame, len(dst)-n)
		r.decode(dst[n:n+count], r.buffer[r.start:])
		r.start += count * frame
		n += count
	}
	if n == 0 && len(dst) > 0 {
		return 0, r.failed
	}
	return n, nil
}

// more fills the buffer until there is at least a frame in it; false at the end.
func (r *Reader) more(frame int) bool {
	r.end = copy(r.buffer[:], r.buffer[r.start:r.end])
	r.start = 0
	for idle := 0; r.end < frame; {
		if r.left == 0 && r.failed == nil {
			r.failed = io.EOF
		}
		if r.failed != nil {
			return false
		}
		room := r.buffer[r.end:]
		room = room[:min(uint64(len(room)), r.left)]
		n, err := r.source.Read(room)
		n = max(0, min(n, len(room)))
		r.end += n
		if r.left != unknown {
			r.left -= uint64(n)
		}
		r.failed = err
		if idle++; n > 0 {
			idle = 0
		} else if idle > 100 && err == nil {
			r.failed = io.ErrNoProgress
		}
	}
	return true
}

func (r *Reader) decode(dst []int16, bytes []byte) {
	size := r.encoding.size()
	if r.channels == 1 {
		for i := range dst {
			dst[i] = r.sample(bytes[i*size:])
		}
		return
	}
	for i := range dst {
		sum := 0
		for channel := range r.channels {
			sum += int(r.sample(bytes[(i*r.channels+channel)*size:]))
		}
		dst[i] = int16(sum / r.channels)
	}
}

func (r *Reader) sample(bytes []byte) int16 {
	switch r.encoding {
	case PCM16:
		return int16(binary.LittleEndian.Uint16(bytes))
	case PCM24:
		return int16(binary.LittleEndian.Uint16(bytes[1:]))
	case PCM32:
		return int16(binary.LittleEndian.Uint16(bytes[2:]))
	case PCM8:
		return (int16(bytes[0]) - 128) << 8
	case MuLaw:
		return codec.FromMuLaw(bytes[0])
	case ALaw:
		return codec.FromALaw(bytes[0])
	}
	return 0
}
