package music

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"hookflash/media/resample"
)

// Errors of files; errors.Is finds them.
var (
	ErrFormat = errors.New("not a WAV, MP3 or Ogg Vorbis file that can be read")
	ErrLong   = fmt.Errorf("longer than %v", MaxLength)
	ErrSlow   = fmt.Errorf("takes longer than %v to decode", MaxDecoding)
	ErrEmpty  = errors.New("holds no sound")
)

// formats are the endings of files that are music, and what reads them.
var formats = map[string]func(source io.ReadSeeker) (reader, error){".wav": openWAV, ".mp3": openMP3, ".ogg": openOgg}

// isMusic tells a file that is music by its ending.
func isMusic(file string) bool { return formats[strings.ToLower(path.Ext(file))] != nil }

// reader gives the sound of a file, its channels mixed to one.
type reader interface {
	rate() int
	// read fills the block and tells how much of it; io.EOF at the end.
	read(block []int16) (n int, err error)
}

// Decode is a file's sound at Rate, at the loudness of speech. The ending of the name says what it is. most is how much
// is wanted: zero is all of it, and ErrLong beyond MaxLength. It doesn't panic, and is over within MaxDecoding.
func Decode(ctx context.Context, name string, source io.ReadSeeker, most time.Duration) ([]int16, error) {
	return newJob(ctx, name, source, most).within(MaxDecoding)
}

func newJob(ctx context.Context, name string, source io.ReadSeeker, most time.Duration) *job {
	return &job{ctx: ctx, open: formats[strings.ToLower(path.Ext(name))], source: source, most: most}
}

// within decodes on another goroutine. It looks at the clock itself, unless a decoder hangs: then it is left behind.
func (j *job) within(limit time.Duration) ([]int16, error) {
	j.until = time.Now().Add(limit)
	if j.open == nil {
		return nil, ErrFormat
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer j.survive()
		j.samples, j.err = j.decode()
	}()
	patience := time.NewTimer(limit + time.Second)
	defer patience.Stop()
	select {
	case <-done:
	case <-patience.C:
		return nil, ErrSlow
	}
	if j.err != nil {
		return nil, j.err
	}
	level(j.samples)
	return j.samples, nil
}

// job is the decoding of one file. It belongs to its goroutine until that is done.
type job struct {
	ctx     context.Context
	open    func(io.ReadSeeker) (reader, error)
	source  io.ReadSeeker
	most    time.Duration
	gentle  bool // it rests as long as it works: others on the machine speak in real time
	until   time.Time
	samples []int16
	err     error
}

// survive makes an error of a panic: the decoders are not ours, and files are anybody's.
func (j *job) survive() {
	if fault := recover(); fault != nil {
		j.err = fmt.Errorf("%w: %v", ErrFormat, fault)
	}
}

func (j *job) decode() (samples []int16, err error) {
	r, err := j.open(j.source)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if r.rate() < minRate || r.rate() > maxRate {
		return nil, fmt.Errorf("%w: %d samples a second", ErrFormat, r.rate())
	}
	turn, err := resample.Blocks(r.rate(), Rate)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	limit := samplesOf(MaxLength)
	if j.most > 0 {
		limit = samplesOf(j.most)
	}
	block := make([]int16, r.rate()/10)
	for len(samples) <= limit {
		began := time.Now()
		n, err := r.read(block)
		samples = turn(samples, block[:n])
		if j.gentle {
			time.Sleep(time.Since(began))
		}
		switch {
		case j.ctx.Err() != nil:
			return nil, j.ctx.Err()
		case err == nil && time.Now().After(j.until):
			return nil, ErrSlow
		case err == nil:
		case errors.Is(err, io.EOF) || len(samples) >= Rate: // broken later on: it ends there
			if len(samples) == 0 {
				return nil, ErrEmpty
			}
			return slices.Clip(samples), nil
		default:
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}
	if j.most > 0 {
		return samples[:limit], nil
	}
	return nil, ErrLong
}

func samplesOf(d time.Duration) int { return int(d * Rate / time.Second) }

const (
	// speech is the level of speech on the telephone, -26 dB of the loudest (ITU-T P.56).
	speech = 0.05 * 32768
	// loudest is the highest peak that music is raised to.
	loudest = 30000
	// maxRaise is how much it is raised: what is quiet all along is mostly noise.
	maxRaise = 4
)

// level brings music to the level of speech: silence in it does not count.
func level(samples []int16) {
	sum, count, peak := 0.0, 0, 0
	for _, s := range samples {
		peak = max(peak, int(s), -int(s))
		if s > 30 || s < -30 {
			sum += float64(s) * float64(s)
			count++
		}
	}
	if count == 0 {
		return
	}
	gain := min(speech/math.Sqrt(sum/float64(count)), maxRaise, loudest/float64(peak))
	for i, s := range samples {
		samples[i] = int16(math.Round(float64(s) * gain))
	}
}
