package wav

import (
	"bytes"
	"testing"
)

// FuzzReader: whatever a file says, there are no more samples than bytes.
func FuzzReader(f *testing.F) {
	sound := chunk{"data", -1, []byte{1, 0, 2, 0, 3, 0}}
	f.Add(riff(42, format(tagPCM, 1, 8000, 16), sound))
	f.Add(riff(0, format(tagMuLaw, 2, 16000, 8), chunk{"data", 0, []byte{1, 2, 3}}))
	f.Add(riff(open, chunk{"LIST", 3, []byte{1, 2, 3, 0}}, format(tagPCM, 8, 48000, 24), chunk{"data", open, make([]byte, 50)}))
	f.Fuzz(func(t *testing.T, text []byte) {
		pcm, reader, err := readAll(bytes.NewReader(text))
		if err != nil {
			return
		}
		if len(pcm)*reader.Channels()*reader.Encoding().size() > len(text) {
			t.Fatalf("%d samples of %d bytes", len(pcm), len(text))
		}
	})
}
