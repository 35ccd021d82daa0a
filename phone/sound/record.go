package sound

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"hookflash/media/wav"
)

// maxFrames is how many frames wait for the disk; more are lost.
const maxFrames = 250 // 5 s

// fileSink writes what is heard to a file, on a goroutine of its own.
type fileSink struct {
	frames  chan []int16
	free    sync.Pool
	written sync.WaitGroup
	lost    atomic.Int64
	err     error // of the goroutine
}

// Record makes a WAV file of what is heard.
func Record(name string) (Sink, error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	writer, err := wav.NewWriter(file, Rate, wav.PCM16)
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("record to %s: %w", name, err)
	}
	s := &fileSink{frames: make(chan []int16, maxFrames)}
	s.free.New = func() any { return new([frame]int16) }
	s.written.Go(func() { s.err = s.run(file, writer) })
	return s, nil
}

func (s *fileSink) run(file *os.File, writer *wav.Writer) error {
	var failure error
	left := int64(MaxRecord / time.Second * Rate)
	for samples := range s.frames {
		if failure == nil && left > 0 {
			failure = writer.Write(samples)
			left -= int64(len(samples))
		}
		s.free.Put((*[frame]int16)(samples))
	}
	if err := writer.Close(); failure == nil {
		failure = err
	}
	if err := file.Close(); failure == nil {
		failure = err
	}
	return failure
}

// Write keeps silence too, so that the recording is as long as what was heard.
func (s *fileSink) Write(heard []int16) {
	samples := s.free.Get().(*[frame]int16)
	clear(samples[copy(samples[:], heard):])
	select {
	case s.frames <- samples[:]:
	default:
		s.lost.Add(1)
		s.free.Put(samples)
	}
}

// Close finishes the file.
func (s *fileSink) Close() error {
	close(s.frames)
	s.written.Wait()
	if lost := s.lost.Load(); s.err == nil && lost > 0 {
		return fmt.Errorf("record: the disk was too slow for %d ms", lost*20)
	}
	return s.err
}
