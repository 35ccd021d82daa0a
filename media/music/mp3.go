package music

import (
	"errors"
	"io"

	"github.com/hajimehoshi/go-mp3"
)

// mp3Reader mixes the two channels that the decoder always gives.
type mp3Reader struct {
	decoder *mp3.Decoder
	bytes   []byte
}

func openMP3(source io.ReadSeeker) (reader, error) {
	if err := skipTags(source); err != nil {
		return nil, err
	}
	if err := checkFrames(source); err != nil {
		return nil, err
	}
	// It is not to seek: that has it go through the whole file first.
	decoder, err := mp3.NewDecoder(struct{ io.Reader }{source})
	if err != nil {
		return nil, err
	}
	return &mp3Reader{decoder: decoder}, nil
}

func (r *mp3Reader) rate() int { return r.decoder.SampleRate() }

func (r *mp3Reader) read(block []int16) (int, error) {
	if len(r.bytes) < 4*len(block) {
		r.bytes = make([]byte, 4*len(block))
	}
	n, err := io.ReadFull(r.decoder, r.bytes[:4*len(block)])
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	for i := range n / 4 {
		left := int(int16(r.bytes[4*i]) | int16(r.bytes[4*i+1])<<8)
		right := int(int16(r.bytes[4*i+2]) | int16(r.bytes[4*i+3])<<8)
		block[i] = int16((left + right) / 2)
	}
	return n / 4, err
}

// skipTags goes behind the tags at the beginning (ID3v2, section 3.1): the decoder would read them whole, as long as
// they say they are.
func skipTags(source io.ReadSeeker) error {
	for at := int64(0); ; {
		if _, err := source.Seek(at, io.SeekStart); err != nil {
			return err
		}
		var head [10]byte
		if _, err := io.ReadFull(source, head[:]); err != nil || string(head[:3]) != "ID3" {
			_, err := source.Seek(at, io.SeekStart)
			return err
		}
		size := int64(0)
		for _, seven := range head[6:] {
			size = size<<7 | int64(seven&0x7f)
		}
		if head[5]&0x10 != 0 { // a footer
			size += int64(len(head))
		}
		if at += int64(len(head)) + size; at > maxTag {
			return errors.New("its tag is too long")
		}
	}
}
