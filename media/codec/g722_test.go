package codec

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"
)

// sweep is a second of rising triangles and noise, in whole numbers, the same on every machine.
func sweep() []int16 {
	pcm := make([]int16, 16000)
	state, phase := uint32(1), 0
	for i := range pcm {
		state = (state*1103515245 + 12345) & 0x7fffffff
		phase = (phase + i*3) & 0xffff
		triangle := max(phase-32768, 32768-phase)*2 - 32768
		value := floor(triangle*(3+i/4000), 8) + floor(int(state>>16)-16384, 4)
		pcm[i] = int16(max(-32768, min(32767, value)))
	}
	return pcm
}

func floor(value, by int) int {
	if value < 0 {
		return -((-value + by - 1) / by)
	}
	return value / by
}

func little(pcm []int16) []byte {
	var out []byte
	for _, sample := range pcm {
		out = binary.LittleEndian.AppendUint16(out, uint16(sample))
	}
	return out
}

// The digests of codes and samples are of what ffmpeg 5.1 made of the same second.
func TestG722Vectors(t *testing.T) {
	c := mustNew(t, "G722")
	pcm := sweep()
	var payload []byte
	var back []int16
	code, room := make([]byte, 160), make([]int16, 320)
	for at := 0; at < len(pcm); at += 320 {
		n, err := c.Encode(code, pcm[at:at+320])
		if err != nil {
			t.Fatal(err)
		}
		payload = append(payload, code[:n]...)
		n, err = c.Decode(room, code[:n])
		if err != nil {
			t.Fatal(err)
		}
		back = append(back, room[:n]...)
	}
	for _, test := range []struct {
		reason string
		bytes  []byte
		digest string
	}{
		{"the sweep is the sweep", little(pcm), "a9b5cde3e153592bbd766824b57eb58391d7d2a4e604d4da0f404bdfc477bcc0"},
		{"codes are bit-exact", payload, "3ec1a52ac091a3002b4f71f18e092870b671a69fd1a3c9b38ef8a3b2143f3170"},
		{"samples are bit-exact", little(back), "56d3d0aa86e565dbd42418f96c18db98cb9650e2f9399b8951a780f279916ea1"},
	} {
		sum := sha256.Sum256(test.bytes)
		if got := hex.EncodeToString(sum[:]); got != test.digest {
			t.Errorf("%s: %s, want %s", test.reason, got, test.digest)
		}
	}
}
