package music

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The files of testdata are 1.2 s of 440 Hz, made by
//
//	ffmpeg -f lavfi -i sine=frequency=440:duration=1.2 -ac CHANNELS -ar RATE -c:a libmp3lame FILE
//
// with a bit rate (-b:a) of 16k to 48k, with libvorbis, pcm_u8 and libopus likewise, and by sox -e u-law.
var refused = map[string]string{
	"opus.ogg":       "Opus in Ogg is not Vorbis",
	"mono-8000.mp3":  "MPEG 2.5 is beyond the decoder",
	"mono-22050.mp3": "the decoder makes noise of it",
}

func TestDecode(t *testing.T) {
	files, err := filepath.Glob("testdata/*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text := readFile(t, file)
		samples, err := Decode(context.Background(), file, bytes.NewReader(text), 0)
		if reason := refused[filepath.Base(file)]; reason != "" {
			if !errors.Is(err, ErrFormat) {
				t.Errorf("%s: %s: %v", file, reason, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if seconds := float64(len(samples)) / Rate; seconds < 1.15 || seconds > 1.35 {
			t.Errorf("%s: 1.2 seconds have become %.2f", file, seconds)
		}
		middle := samples[Rate/4 : Rate]
		if share := purity(middle, 440); share < 0.98 {
			t.Errorf("%s: %.3f of it is the tone", file, share)
		}
		if level := rms(middle); level < speech*0.85 || level > speech*1.15 {
			t.Errorf("%s: its level is %.0f, that of speech %.0f", file, level, speech)
		}
		first, err := Decode(context.Background(), file, bytes.NewReader(text), probed)
		if err != nil || len(first) != Rate {
			t.Errorf("%s: its beginning has %d samples: %v", file, len(first), err)
		}
	}
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// purity is how much of the energy is one tone.
func purity(samples []int16, hertz float64) float64 {
	var re, im, all float64
	for i, s := range samples {
		angle := 2 * math.Pi * hertz * float64(i) / Rate
		re += float64(s) * math.Cos(angle)
		im += float64(s) * math.Sin(angle)
		all += float64(s) * float64(s)
	}
	return 2 * (re*re + im*im) / float64(len(samples)) / all
}

func rms(samples []int16) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(samples)))
}

// endless is a file with no end.
type endless struct{ at int64 }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.at += int64(len(p))
	return len(p), nil
}

func (e *endless) Seek(offset int64, _ int) (int64, error) { e.at = offset; return offset, nil }

func TestRefused(t *testing.T) {
	mp3, ogg := readFile(t, "testdata/stereo-44100.mp3"), readFile(t, "testdata/stereo-44100.ogg")
	setup := bytes.Index(ogg, []byte("\x05vorbis"))
	book := setup + 8 // BCV, dimensions, entries
	with := func(text []byte, at int, bytes ...byte) []byte {
		changed := append([]byte(nil), text...)
		copy(changed[at:], bytes)
		return changed
	}
	for _, test := range []struct {
		reason, name string
		text         []byte
		want         error
	}{
		{"nothing", "a.mp3", nil, ErrFormat},
		{"nothing", "a.ogg", nil, ErrFormat},
		{"nothing", "a.wav", nil, ErrFormat},
		{"another ending", "a.flac", mp3, ErrFormat},
		{"MP3 that says it is Ogg", "a.ogg", mp3, ErrFormat},
		{"Ogg that says it is MP3", "a.mp3", ogg, ErrFormat},
		{"a tag of 256 MB", "a.mp3", []byte("ID3\x04\x00\x00\x7f\x7f\x7f\x7f"), ErrFormat},
		{"cut in the headers", "a.ogg", ogg[:setup+100], ErrFormat},
		{"255 channels", "a.ogg", with(ogg, 28+11, 255), ErrFormat},
		{"a codebook of 16 million entries", "a.ogg", with(ogg, book+5, 0xff, 0xff, 0xff), ErrFormat},
		{"a codebook without entries, which the decoder takes for four thousand millions", "a.ogg", with(ogg, book+5, 0, 0, 0), ErrFormat},
		{"a codebook without dimensions, on which it never ends", "a.ogg", with(ogg, book+3, 0, 0), ErrFormat},
		{"as many comments as there are numbers", "a.ogg", comments(ogg), ErrFormat},
		{"no sound in it", "a.wav", wavOf(nil), ErrEmpty},
	} {
		samples, err := Decode(context.Background(), test.name, bytes.NewReader(test.text), 0)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %d samples, %v; want %v", test.reason, len(samples), err, test.want)
		}
	}
}

// comments has its comment header say that there are 4294967295 of them.
func comments(ogg []byte) []byte {
	changed := append([]byte(nil), ogg...)
	at := bytes.Index(changed, []byte("\x03vorbis")) + 7
	at += 4 + int(binary.LittleEndian.Uint32(changed[at:]))
	copy(changed[at:], "\xff\xff\xff\xff")
	return changed
}

// wavOf is a WAV file at 8000 Hz.
func wavOf(samples []int16) []byte {
	var b bytes.Buffer
	b.WriteString("RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\xff\xff\xff\xff")
	_ = binary.Write(&b, binary.LittleEndian, samples)
	return b.Bytes()
}

func TestTooLong(t *testing.T) {
	if testing.Short() {
		t.Skip("decodes twenty minutes")
	}
	long := struct {
		io.Reader
		io.Seeker
	}{io.MultiReader(bytes.NewReader(wavOf(nil)), &endless{}), &endless{}}
	if _, err := Decode(context.Background(), "a.wav", long, 0); !errors.Is(err, ErrLong) {
		t.Errorf("a file without end: %v", err)
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := Decode(ended, "a.mp3", bytes.NewReader(readFile(t, "testdata/stereo-44100.mp3")), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits for it any more: %v", err)
	}
}

// TestBrokenOff: what comes before the break is played, if it is a second.
func TestBrokenOff(t *testing.T) {
	for _, name := range []string{"testdata/stereo-44100.mp3", "testdata/stereo-44100.ogg"} {
		text := readFile(t, name)
		junk := append(append([]byte(nil), text...), bytes.Repeat([]byte("TAGjunk"), 2000)...)
		if samples, err := Decode(context.Background(), name, bytes.NewReader(junk), 0); err != nil || len(samples) < Rate {
			t.Errorf("%s with junk behind it: %d samples, %v", name, len(samples), err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.*")
	for _, file := range files {
		f.Add(filepath.Ext(file), readFile(f, file))
	}
	f.Fuzz(func(t *testing.T, ending string, text []byte) {
		if len(text) > 1<<16 {
			return
		}
		j := &job{ctx: context.Background(), open: formats[ending], source: bytes.NewReader(text), most: 10 * time.Second}
		if j.open == nil {
			return
		}
		samples, err := j.within(5 * time.Second)
		if err == nil && (len(samples) == 0 || len(samples) > 10*Rate) {
			t.Errorf("%d samples", len(samples))
		}
		if errors.Is(err, ErrSlow) {
			t.Error(err)
		}
	})
}
