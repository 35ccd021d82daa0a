package wav

import (
	"encoding/binary"
	"fmt"
	"io"

	"hookflash/media/codec"
)

// Writer writes one channel of sound. Nothing is held back: what Write took is with the target
// when it returns. Until Close the header's lengths say that they are not known yet, so a file
// that was cut off is read to its end, by this package and by others. One goroutine may use it.
// Make it with NewWriter.
type Writer struct {
	target   io.Writer
	encoding Encoding
	rate     int
	data     int64 // bytes of sound
	buffer   [4096]byte
	failed   error
}

// open is a length that is not known yet.
const open = 0xFFFFFFFF

// NewWriter writes the header of a file with a rate in Hz: ErrFormat, or the error of target.
// Where target can seek, it stands at the beginning of the file.
func NewWriter(target io.Writer, rate int, encoding Encoding) (*Writer, error) {
	if tag, _ := encoding.tag(); tag == 0 || rate < 1 || rate > MaxRate {
		return nil, fmt.Errorf("%w: encoding %d at %d samples/s", ErrFormat, encoding, rate)
	}
	w := &Writer{target: target, encoding: encoding, rate: rate}
	if _, err := target.Write(w.header(open, open, open)); err != nil {
		return nil, fmt.Errorf("wav: write the header: %w", err)
	}
	return w, nil
}

// header is the beginning of the file up to the sound. Formats other than PCM have an empty
// extension and tell how many samples there are.
func (w *Writer) header(whole, samples, data uint32) []byte {
	tag, bits := w.encoding.tag()
	size := bits / 8
	order := binary.LittleEndian
	b := append(w.buffer[:0], "RIFF"...)
	b = order.AppendUint32(b, whole)
	b = append(b, "WAVEfmt "...)
	if tag == tagPCM {
		b = order.AppendUint32(b, 16)
	} else {
		b = order.AppendUint32(b, 18)
	}
	b = order.AppendUint16(b, tag)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint32(b, uint32(w.rate))
	b = order.AppendUint32(b, uint32(w.rate)*uint32(size))
	b = order.AppendUint16(b, size)
	b = order.AppendUint16(b, bits)
	if tag != tagPCM {
		b = order.AppendUint16(b, 0)
		b = append(b, "fact"...)
		b = order.AppendUint32(b, 4)
		b = order.AppendUint32(b, samples)
	}
	b = append(b, "data"...)
	return order.AppendUint32(b, data)
}

// Write takes samples: ErrFull with as many as fit written, ErrClosed, or the error of target,
// after which nothing more is taken. It does not allocate.
func (w *Writer) Write(pcm []int16) error {
	size := w.encoding.size()
	for len(pcm) > 0 && w.failed == nil {
		count := min(len(pcm), len(w.buffer)/size)
		if room := int((MaxData - w.data) / int64(size)); count > room {
			if count = room; count == 0 {
				return ErrFull
			}
		}
		n, err := w.target.Write(w.encode(pcm[:count]))
		w.data += int64(max(n, 0))
		if err != nil {
			w.failed = fmt.Errorf("wav: write sound: %w", err)
		}
		pcm = pcm[count:]
	}
	return w.failed
}

func (w *Writer) encode(pcm []int16) []byte {
	b := w.buffer[:0]
	for _, sample := range pcm {
		low, high := byte(sample), byte(uint16(sample)>>8)
		switch w.encoding {
		case PCM16:
			b = append(b, low, high)
		case PCM24:
			b = append(b, 0, low, high)
		case PCM32:
			b = append(b, 0, 0, low, high)
		case PCM8:
			b = append(b, high+128)
		case MuLaw:
			b = append(b, codec.MuLaw(sample))
		case ALaw:
			b = append(b, codec.ALaw(sample))
		}
	}
	return b
}

// Written is how many samples there are.
func (w *Writer) Written() int64 { return w.data / int64(w.encoding.size()) }

// Close fills the lengths in, where the target can seek, and leaves it open and at its end. It
// gives the first error of all.
func (w *Writer) Close() error {
	if w.failed != nil {
		return w.failed
	}
	w.failed = ErrClosed
	if w.data%2 != 0 { // chunks end at even places
		if _, err := w.target.Write([]byte{0}); err != nil {
			return fmt.Errorf("wav: write the end: %w", err)
		}
	}
	seeker, can := w.target.(io.Seeker)
	if !can {
		return nil
	}
	if _, err := seeker.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("wav: go back to the header: %w", err)
	}
	head := int64(len(w.header(0, 0, 0)))
	whole := head - 8 + w.data + w.data%2
	if _, err := w.target.Write(w.header(uint32(whole), uint32(w.Written()), uint32(w.data))); err != nil {
		return fmt.Errorf("wav: write the lengths: %w", err)
	}
	if _, err := seeker.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("wav: go to the end: %w", err)
	}
	return nil
}
