package music

import (
	"io"

	"hookflash/media/wav"
)

// wavReader is package wav, which is our own.
type wavReader struct{ *wav.Reader }

func openWAV(source io.ReadSeeker) (reader, error) {
	opened, err := wav.NewReader(source)
	if err != nil {
		return nil, err
	}
	return wavReader{opened}, nil
}

func (r wavReader) rate() int                       { return r.Rate() }
func (r wavReader) read(block []int16) (int, error) { return r.Read(block) }
