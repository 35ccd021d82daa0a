package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/iotest"
)

var encodings = map[string]Encoding{"PCM16": PCM16, "PCM24": PCM24, "PCM32": PCM32, "PCM8": PCM8, "µ-law": MuLaw, "A-law": ALaw}

func sine(samples int) []int16 {
	pcm := make([]int16, samples)
	for i := range pcm {
		pcm[i] = int16(12000 * math.Sin(float64(i)/7))
	}
	return pcm
}

// file writes samples into a file of a temporary folder and closes it, or not.
func file(t testing.TB, encoding Encoding, pcm []int16, closed bool) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "sound.wav")
	target, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	writer, err := NewWriter(target, 8000, encoding)
	if err != nil {
		t.Fatal(err)
	}
	for len(pcm) > 0 {
		n := min(len(pcm), 161)
		if err := writer.Write(pcm[:n]); err != nil {
			t.Fatal(err)
		}
		pcm = pcm[n:]
	}
	if closed {
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func readAll(source io.Reader) (pcm []int16, reader *Reader, err error) {
	reader, err = NewReader(source)
	if err != nil {
		return nil, nil, err
	}
	room := make([]int16, 160)
	for {
		n, err := reader.Read(room)
		pcm = append(pcm, room[:n]...)
		if err == io.EOF {
			return pcm, reader, nil
		}
		if err != nil {
			return pcm, reader, err
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for name, encoding := range encodings {
		for _, samples := range []int{0, 1, 999, 20000} {
			pcm := sine(samples)
			for _, closed := range []bool{true, false} {
				text := file(t, encoding, pcm, closed)
				if closed {
					if whole := binary.LittleEndian.Uint32(text[4:]); int(whole) != len(text)-8 {
						t.Errorf("%s: the header says %d bytes, there are %d", name, whole, len(text)-8)
					}
				}
				got, reader, err := readAll(iotest.HalfReader(bytes.NewReader(text)))
				if err != nil || reader.Rate() != 8000 || reader.Channels() != 1 || reader.Encoding() != encoding {
					t.Fatalf("%s: %+v, %v", name, reader, err)
				}
				if len(got) != len(pcm) {
					t.Fatalf("%s, closed %v: %d samples come back of %d", name, closed, len(got), len(pcm))
				}
				for i := range got {
					if wrong := math.Abs(float64(got[i]) - float64(pcm[i])); wrong > 512 || encoding <= PCM32 && wrong != 0 {
						t.Fatalf("%s: sample %d was %d and is %d", name, i, pcm[i], got[i])
					}
				}
			}
		}
	}
}

// Wherever a file is cut, it is refused or gives what is there.
func TestCutAnywhere(t *testing.T) {
	for name, encoding := range encodings {
		pcm := sine(300)
		for _, closed := range []bool{true, false} {
			text := file(t, encoding, pcm, closed)
			whole, _, err := readAll(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			head := len(text) - 300*encoding.size()
			for cut := range text {
				got, _, err := readAll(bytes.NewReader(text[:cut]))
				if cut < head {
					if !errors.Is(err, ErrFormat) {
						t.Fatalf("%s cut at %d, within the header: %v", name, cut, err)
					}
					continue
				}
				if err != nil || !slices.Equal(got, whole[:(cut-head)/encoding.size()]) {
					t.Fatalf("%s cut at %d: %d samples, %v", name, cut, len(got), err)
				}
			}
		}
	}
}

type chunk struct {
	name string
	size int // that is declared; -1: the true one
	body []byte
}

func riff(whole uint32, chunks ...chunk) []byte {
	text := binary.LittleEndian.AppendUint32([]byte("RIFF"), whole)
	text = append(text, "WAVE"...)
	for _, c := range chunks {
		text = append(text, c.name...)
		size := c.size
		if size < 0 {
			size = len(c.body)
		}
		text = binary.LittleEndian.AppendUint32(text, uint32(size))
		text = append(text, c.body...)
	}
	return text
}

func format(tag, channels uint16, rate uint32, bits uint16) chunk {
	order := binary.LittleEndian
	body := order.AppendUint16(nil, tag)
	body = order.AppendUint16(body, channels)
	body = order.AppendUint32(body, rate)
	body = order.AppendUint32(body, 0)
	body = order.AppendUint16(body, 0)
	return chunk{"fmt ", -1, order.AppendUint16(body, bits)}
}

func TestHeaders(t *testing.T) {
	sound := chunk{"data", -1, []byte{1, 0, 2, 0, 3, 0, 4, 0}}
	mono := format(tagPCM, 1, 8000, 16)
	extensible := format(tagExtensible, 1, 8000, 16)
	extensible.body = append(extensible.body, 22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71)
	long := format(tagPCM, 1, 8000, 16)
	long.body = append(long.body, make([]byte, 51)...)
	many := make([]chunk, MaxChunks)
	for i := range many {
		many[i] = chunk{"LIST", -1, nil}
	}
	with := func(c chunk, size int) chunk { c.size = size; return c }
	all := []int16{1, 2, 3, 4}
	for _, test := range []struct {
		reason string
		text   []byte
		want   []int16
		err    error
	}{
		{"usual", riff(44, mono, sound), all, nil},
		{"another chunk first, of odd length", riff(60, chunk{"LIST", 3, []byte{9, 9, 9, 0}}, mono, sound), all, nil},
		{"a chunk after the sound is not heard", riff(60, mono, sound, chunk{"LIST", -1, []byte{9, 9}}), all, nil},
		{"extensible", riff(68, extensible, sound), all, nil},
		{"a format that is longer than it should be, and odd", riff(96, long, chunk{"\x00dat", -1, nil}), nil, ErrFormat},
		{"stereo is mixed", riff(44, format(tagPCM, 2, 8000, 16), sound), []int16{1, 3}, nil},
		{"three channels, and a rest", riff(44, format(tagPCM, 3, 8000, 16), sound), []int16{2}, nil},
		{"it says less than there is", riff(44, mono, with(sound, 4)), []int16{1, 2}, nil},
		{"it says more than there is", riff(44, mono, with(sound, 5000)), all, nil},
		{"it says far more than there is", riff(44, mono, with(sound, 0x7FFFFFFF)), all, nil},
		{"the lengths were never filled in", riff(0, mono, with(sound, 0)), all, nil},
		{"nor by those who write the largest", riff(open, mono, with(sound, open)), all, nil},
		{"there is no sound, and it says so", riff(36, mono, with(sound, 0)), nil, nil},
		{"an odd number of bytes", riff(44, mono, chunk{"data", 3, []byte{1, 0, 2}}), []int16{1}, nil},

		{"nothing", nil, nil, ErrFormat},
		{"another file", []byte("GIF89a, or something of that length"), nil, ErrFormat},
		{"RIFX", append([]byte("RIFX"), riff(44, mono, sound)[4:]...), nil, ErrFormat},
		{"no sound", riff(28, mono), nil, ErrFormat},
		{"no format", riff(16, sound), nil, ErrFormat},
		{"no channel", riff(44, format(tagPCM, 0, 8000, 16), sound), nil, ErrFormat},
		{"too many channels", riff(44, format(tagPCM, MaxChannels+1, 8000, 16), sound), nil, ErrFormat},
		{"no rate", riff(44, format(tagPCM, 1, 0, 16), sound), nil, ErrFormat},
		{"too high a rate", riff(44, format(tagPCM, 1, MaxRate+1, 16), sound), nil, ErrFormat},
		{"12 bits", riff(44, format(tagPCM, 1, 8000, 12), sound), nil, ErrFormat},
		{"µ-law of 16 bits", riff(44, format(tagMuLaw, 1, 8000, 16), sound), nil, ErrFormat},
		{"floating point", riff(44, format(3, 1, 8000, 32), sound), nil, ErrFormat},
		{"a short format", riff(44, chunk{"fmt ", -1, make([]byte, 14)}, sound), nil, ErrFormat},
		{"a chunk of four gigabytes before the sound", riff(44, chunk{"LIST", open, nil}, mono, sound), nil, ErrFormat},
		{"a format of four gigabytes", riff(44, with(mono, open), sound), nil, ErrFormat},
		{"too many chunks", riff(44, append(many, mono, sound)...), nil, ErrFormat},
	} {
		got, _, err := readAll(bytes.NewReader(test.text))
		if !slices.Equal(got, test.want) || !errors.Is(err, test.err) {
			t.Errorf("%s: %v, %v; want %v, %v", test.reason, got, err, test.want, test.err)
		}
	}
}

func TestSourceFails(t *testing.T) {
	text := file(t, PCM16, sine(100), true)
	broken := errors.New("broken")
	got, _, err := readAll(io.MultiReader(bytes.NewReader(text[:len(text)-20]), iotest.ErrReader(broken)))
	if len(got) != 90 || !errors.Is(err, broken) {
		t.Errorf("what came before is given, then the error: %d samples, %v", len(got), err)
	}
	if _, _, err := readAll(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("in the header: %v", err)
	}
}

// limited takes so many bytes, then fails.
type limited struct{ left int }

var errDisk = errors.New("no space")

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > l.left {
		n := l.left
		l.left = 0
		return n, errDisk
	}
	l.left -= len(b)
	return len(b), nil
}

func TestTargetFails(t *testing.T) {
	if _, err := NewWriter(&limited{10}, 8000, PCM16); !errors.Is(err, errDisk) {
		t.Errorf("no room for the header: %v", err)
	}
	writer, err := NewWriter(&limited{44 + 101}, 8000, PCM16)
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Write(sine(100)); !errors.Is(err, errDisk) || writer.Written() != 50 {
		t.Errorf("a full disk: %v, %d samples", err, writer.Written())
	}
	if err := writer.Write(sine(1)); !errors.Is(err, errDisk) {
		t.Errorf("it stays: %v", err)
	}
	if err := writer.Close(); !errors.Is(err, errDisk) {
		t.Errorf("and is told at the end: %v", err)
	}
}

func TestWriterLimits(t *testing.T) {
	for _, bad := range []struct {
		rate     int
		encoding Encoding
	}{{0, PCM16}, {MaxRate + 1, PCM16}, {8000, ALaw + 1}} {
		if _, err := NewWriter(io.Discard, bad.rate, bad.encoding); !errors.Is(err, ErrFormat) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	writer, err := NewWriter(io.Discard, 8000, PCM16)
	if err != nil {
		t.Fatal(err)
	}
	writer.data = MaxData - 5
	if err := writer.Write(sine(100)); !errors.Is(err, ErrFull) || writer.data > MaxData {
		t.Errorf("lengths have 32 bits: %v at %d", err, writer.data)
	}
	if err := writer.Close(); err != nil {
		t.Errorf("it closes all the same: %v", err)
	}
	if err := writer.Write(sine(1)); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestNoAllocation(t *testing.T) {
	for name, encoding := range encodings {
		text := file(t, encoding, sine(100000), true)
		reader, err := NewReader(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		writer, err := NewWriter(io.Discard, 8000, encoding)
		if err != nil {
			t.Fatal(err)
		}
		pcm := make([]int16, 160)
		if got := testing.AllocsPerRun(500, func() {
			_, _ = reader.Read(pcm)
			_ = writer.Write(pcm)
		}); got != 0 {
			t.Errorf("%s: reading and writing allocate %g times", name, got)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	text := file(b, PCM16, sine(160000), true)
	pcm := make([]int16, 160)
	source := bytes.NewReader(text)
	reader, err := NewReader(source)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if n, _ := reader.Read(pcm); n == 0 {
			source.Reset(text)
			if reader, err = NewReader(source); err != nil {
				b.Fatal(err)
			}
		}
	}
}
