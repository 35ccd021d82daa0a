package music

import (
	"errors"
	"io"

	"github.com/jfreymuth/oggvorbis"
)

// oggReader mixes the channels.
type oggReader struct {
	decoder *oggvorbis.Reader
	values  []float32
}

func openOgg(source io.ReadSeeker) (reader, error) {
	headers, err := oggPackets(source, 3)
	if err == nil {
		err = checkVorbis(headers)
	}
	if err != nil {
		return nil, err
	}
	if _, err := source.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	// It is not to seek: that has it go through the whole file first.
	decoder, err := oggvorbis.NewReader(struct{ io.Reader }{source})
	if err != nil {
		return nil, err
	}
	return &oggReader{decoder: decoder}, nil
}

func (r *oggReader) rate() int { return r.decoder.SampleRate() }

func (r *oggReader) read(block []int16) (int, error) {
	channels := r.decoder.Channels()
	if len(r.values) < channels*len(block) {
		r.values = make([]float32, channels*len(block))
	}
	n, err := r.decoder.Read(r.values[:channels*len(block)])
	scale := 32767 / float32(channels)
	for i := range n / channels {
		var sum float32
		for _, value := range r.values[i*channels:][:channels] {
			sum += value
		}
		if sum *= scale; sum != sum { // not a number
			sum = 0
		}
		block[i] = int16(max(min(sum, 32767), -32768))
	}
	return n / channels, err
}

var errOgg = errors.New("it is no Ogg file, or a broken one")

// oggPackets are the first packets of a file (RFC 3533, section 6).
func oggPackets(source io.Reader, count int) (packets [][]byte, err error) {
	var packet []byte
	for read := 0; read <= maxHeaders; {
		var head [27]byte
		if _, err := io.ReadFull(source, head[:]); err != nil || string(head[:4]) != "OggS" || head[26] == 0 {
			return nil, errOgg
		}
		lacing := make([]byte, head[26])
		if _, err := io.ReadFull(source, lacing); err != nil {
			return nil, errOgg
		}
		for _, size := range lacing {
			segment := make([]byte, size)
			if _, err := io.ReadFull(source, segment); err != nil {
				return nil, errOgg
			}
			read += len(segment)
			packet = append(packet, segment...)
			if size < 255 {
				if packets = append(packets, packet); len(packets) == count {
					return packets, nil
				}
				packet = nil
			}
		}
	}
	return nil, errOgg
}
