package wav

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

func little(pcm []int16) (text []byte) {
	for _, sample := range pcm {
		text = binary.LittleEndian.AppendUint16(text, uint16(sample))
	}
	return text
}

// What we write, closed or cut off, others read as we do.
func TestOthersReadOurs(t *testing.T) {
	for name, encoding := range encodings {
		for _, closed := range []bool{true, false} {
			text := file(t, encoding, sine(3000), closed)
			ours, _, err := readAll(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			for program, arguments := range map[string][]string{
				"ffmpeg": {"-v", "error", "-i", "-", "-f", "s16le", "-"},
				"sox":    {"-D", "-V1", "-t", "wav", "-", "-t", "raw", "-e", "signed", "-b", "16", "-L", "-"},
			} {
				if theirs := words(pipe(t, text, program, arguments...)); !slices.Equal(theirs, ours) {
					t.Errorf("%s, closed %v: %s reads %d samples, we %d", name, closed, program, len(theirs), len(ours))
				}
			}
		}
	}
}

// What others write into a pipe, with lengths they can't know, we read.
func TestWeReadOthers(t *testing.T) {
	pcm := sine(3000)
	for _, kind := range []string{"pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_u8", "pcm_mulaw", "pcm_alaw"} {
		raw := []string{"-v", "error", "-f", "s16le", "-ar", "16000", "-ac", "1", "-i", "-", "-c:a", kind}
		text := pipe(t, little(pcm), "ffmpeg", append(raw, "-f", "wav", "-")...)
		want := words(pipe(t, text, "ffmpeg", "-v", "error", "-i", "-", "-f", "s16le", "-"))
		got, reader, err := readAll(bytes.NewReader(text))
		if err != nil || reader.Rate() != 16000 || !slices.Equal(got, want) {
			t.Errorf("%s: %d samples of %d, %v", kind, len(got), len(want), err)
		}
	}
	text := pipe(t, little(pcm), "sox", "-D", "-t", "raw", "-r", "8000", "-c", "1", "-e", "signed", "-b", "16", "-L", "-", "-t", "wav", "-e", "mu-law", "-")
	if got, reader, err := readAll(bytes.NewReader(text)); err != nil || reader.Encoding() != MuLaw || len(got) != len(pcm) {
		t.Errorf("of sox: %d samples of %d, %v", len(got), len(pcm), err)
	}
}
