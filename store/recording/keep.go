package recording

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"
)

func (s *Store) incoming(id string) string  { return path.Join(s.settings.Incoming, id+".wav") }
func (s *Store) sound(id string) string     { return path.Join(s.settings.Kept, id+".wav") }
func (s *Store) described(id string) string { return path.Join(s.settings.Kept, id+".json") }

// Keep takes a recording over that the media side has written: it lasts from then on. One that is kept already, or that nobody
// began, is ErrNone.
func (s *Store) Keep(id string) error {
	r, ok := s.Find(id)
	if !ok || r.Whole {
		return ErrNone
	}
	if err := s.measure(&r); err != nil {
		return fmt.Errorf("keep a recording: %w", err)
	}
	if err := s.settings.Root.Rename(s.incoming(id), s.sound(id)); err != nil {
		return fmt.Errorf("keep a recording: %w", err)
	}
	r.Whole = true
	if err := errors.Join(s.write(r), s.sync()); err != nil {
		return fmt.Errorf("keep a recording: %w", err)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, there := s.all[id]; there {
		s.enter(r)
	}
	return nil
}

// sync has the names of what is kept last.
func (s *Store) sync() error {
	directory, err := s.settings.Root.Open(s.settings.Kept)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}

// header is how many octets of a file are no sound; its byte 28 begins how many octets a second has.
const (
	header  = 44
	rateAt  = 28
	rateEnd = 32
)

// measure finds out how long a recording is, and syncs it.
func (s *Store) measure(r *Recording) error {
	file, err := s.settings.Root.OpenFile(s.incoming(r.ID), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	var head [header]byte
	if _, err := io.ReadFull(file, head[:]); err != nil {
		return fmt.Errorf("%s is no recording: %w", r.ID, err)
	}
	r.Octets = info.Size()
	if rate := binary.LittleEndian.Uint32(head[rateAt:rateEnd]); rate > 0 {
		r.Lasted = time.Duration(float64(r.Octets-header) / float64(rate) * float64(time.Second)).Round(time.Millisecond)
	}
	return file.Sync()
}

// Drop removes a recording that is not to be kept, and Delete one that was. What is not there is ErrNone.
func (s *Store) Drop(id string) error { return s.Delete(id) }

// Delete removes a recording.
func (s *Store) Delete(id string) error {
	if _, ok := s.Find(id); !ok {
		return ErrNone
	}
	s.forget(id)
	var failed error
	for _, name := range []string{s.described(id), s.sound(id), s.incoming(id)} {
		if err := s.settings.Root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// Open gives the sound of a recording that is over, to be closed.
func (s *Store) Open(id string) (*os.File, error) {
	if r, ok := s.Find(id); !ok || !r.Whole {
		return nil, ErrNone
	}
	file, err := s.settings.Root.Open(s.sound(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	return file, err
}

// write writes what is known of a recording, under another name first.
func (s *Store) write(r Recording) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	temporary := path.Join(s.settings.Kept, r.ID+".new")
	file, err := s.settings.Root.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, failed := file.Write(text)
	if err := errors.Join(failed, file.Sync(), file.Close()); err != nil {
		return err
	}
	return s.settings.Root.Rename(temporary, s.described(r.ID))
}
