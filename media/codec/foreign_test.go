package codec

import (
	"bytes"
	"encoding/binary"
	"os/exec"
	"slices"
	"testing"
)

// pipe runs another program over bytes; the short run goes without it.
func pipe(t *testing.T, input []byte, program string, arguments ...string) []byte {
	t.Helper()
	if testing.Short() {
		t.Skip("other programs are compared with in the full run only")
	}
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is not installed: interop/setup installs it; go test -short compares with nothing", program)
	}
	command := exec.Command(program, arguments...)
	var complaint bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(input), &complaint
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", program, arguments, err, complaint.Bytes())
	}
	return output
}

func words(text []byte) []int16 {
	pcm := make([]int16, len(text)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(text[2*i:]))
	}
	return pcm
}

func everyCode() (codes []byte) {
	for code := range 256 {
		codes = append(codes, byte(code))
	}
	return codes
}

func everySample() (pcm []int16) {
	for sample := -32768; sample <= 32767; sample++ {
		pcm = append(pcm, int16(sample))
	}
	return pcm
}

func TestG711AsFFmpeg(t *testing.T) {
	for kind, ours := range map[string]func(byte) int16{"mulaw": FromMuLaw, "alaw": FromALaw} {
		theirs := words(pipe(t, everyCode(), "ffmpeg", "-v", "error", "-f", kind, "-ar", "8000", "-i", "-", "-f", "s16le", "-"))
		for code, sample := range theirs {
			if got := ours(byte(code)); got != sample {
				t.Errorf("%s %02x: %d, ffmpeg has %d", kind, code, got, sample)
			}
		}
	}
}

func TestG711AsSox(t *testing.T) {
	raw := []string{"-D", "-t", "raw", "-r", "8000", "-c", "1", "-e", "signed", "-b", "16", "-L", "-"}
	for _, kind := range []string{"ul", "al"} {
		encode, decode, size := MuLaw, FromMuLaw, 4
		if kind == "al" {
			encode, decode, size = ALaw, FromALaw, 16
		}
		theirs := pipe(t, little(everySample()), "sox", append(slices.Clone(raw), "-t", kind, "-")...)
		different := 0
		for i, code := range theirs {
			sample := i - 32768
			// Sox rounds to 14 and 13 bits first, where the tables cut.
			got := encode(int16(sample))
			if got != code && encode(int16(min(32767, sample+size/2))) != code && encode(int16(max(-32768, sample-size/2))) != code {
				different++
				if different < 5 {
					t.Errorf("%s: %d is %02x, sox has %02x", kind, sample, got, code)
				}
			}
		}
		back := words(pipe(t, everyCode(), "sox", "-D", "-t", kind, "-r", "8000", "-c", "1", "-", "-t", "raw", "-e", "signed", "-b", "16", "-L", "-"))
		for code, sample := range back {
			if got := decode(byte(code)); got != sample {
				t.Errorf("%s %02x: %d, sox has %d", kind, code, got, sample)
			}
		}
	}
}

func TestG722AsFFmpeg(t *testing.T) {
	for seed := range uint64(3) {
		pcm := speech(16000, 32000, seed)
		for i := 16000; i < 17000; i++ { // and something rough
			pcm[i] = int16(i * 7919)
		}
		theirs := pipe(t, little(pcm), "ffmpeg", "-v", "error", "-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "-", "-c:a", "g722", "-f", "g722", "-")
		c := mustNew(t, "G722")
		var ours []byte
		var back []int16
		code, room := make([]byte, 160), make([]int16, 320)
		for at := 0; at < len(pcm); at += 320 {
			n, _ := c.Encode(code, pcm[at:at+320])
			ours = append(ours, code[:n]...)
			n, _ = c.Decode(room, code[:n])
			back = append(back, room[:n]...)
		}
		if !bytes.Equal(ours, theirs) {
			t.Errorf("seed %d: codes differ from ffmpeg's", seed)
		}
		decoded := words(pipe(t, ours, "ffmpeg", "-v", "error", "-f", "g722", "-i", "-", "-f", "s16le", "-"))
		if !slices.Equal(back, decoded) {
			t.Errorf("seed %d: samples differ from ffmpeg's", seed)
		}
	}
}
